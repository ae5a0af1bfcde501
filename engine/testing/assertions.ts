/**
 * The few assertions of a contract that runs under any test runner.
 *
 * Owns: comparing plain values deeply, and an error that says both. No runtime has assertions that
 * every other one has too.
 * @module
 */

/** Assertions that throw an `Error` of what was expected and what came. */
export const assert = {
  /** The same value, by `Object.is`. */
  equal(actual: unknown, expected: unknown, what = ""): void {
    if (!Object.is(actual, expected)) throw unlike(actual, expected, what);
  },
  /** The same plain values inside: records, lists, strings, numbers, flags and null. */
  deepEqual(actual: unknown, expected: unknown, what = ""): void {
    if (!isSame(actual, expected)) throw unlike(actual, expected, what);
  },
  /** True. */
  ok(condition: boolean, what = "it does not hold"): void {
    if (!condition) throw new Error(what);
  },
};

function isSame(one: unknown, two: unknown): boolean {
  if (Object.is(one, two)) return true;
  const isPlain = typeof one === "object" && typeof two === "object" &&
    one !== null && two !== null && Array.isArray(one) === Array.isArray(two);
  if (!isPlain) return false;
  const names = Object.keys(one);
  return names.length === Object.keys(two).length &&
    names.every((name) =>
      Object.hasOwn(two, name) &&
      isSame(
        (one as Record<string, unknown>)[name],
        (two as Record<string, unknown>)[name],
      )
    );
}

function unlike(actual: unknown, expected: unknown, what: string): Error {
  const expectation = `expected ${tell(expected)}, got ${tell(actual)}`;
  return new Error(what === "" ? expectation : `${what}: ${expectation}`);
}

function tell(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
