/**
 * The command line or the configuration is wrong.
 * @module
 */

/** Nothing was opened; the exit status is 2. */
export class UsageError extends Error {
  override name = "UsageError";
}
