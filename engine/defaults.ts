/**
 * Settings an app may leave out.
 *
 * Owns: that what is given as undefined counts as left out. Spread over its default, a limit of
 * undefined would be no limit.
 * @module
 */

/** `defaults` with what of `given` is there in its place. */
export function withDefaults<T extends object>(
  defaults: T,
  given: Partial<T> = {},
): T {
  const there = Object.entries(given).filter(([, value]) =>
    value !== undefined
  );
  return { ...defaults, ...Object.fromEntries(there) };
}
