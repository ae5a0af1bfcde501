/**
 * Every error code of the engine and its hosts, with its remedy.
 *
 * Owns: the table from which errors are made and `docs/errors.md` is checked. A code that is not
 * here cannot be thrown; a code whose meaning changes gets a new name.
 * @module
 */
import { HoldfastError, type HoldfastErrorOptions, type Retry } from "../bindings/errors.ts";
export { HoldfastError, type HoldfastErrorOptions, type Retry };

interface CodeEntry {
  readonly retry: Retry;
  readonly remedy: string;
}

const never = (remedy: string): CodeEntry => ({ retry: "never", remedy });
const safe = (remedy: string): CodeEntry => ({ retry: "safe", remedy });
const sameKey = (remedy: string): CodeEntry => ({ retry: "same_key", remedy });

/** Code → retry class and remedy. Grouped by the room that throws it. */
export const ERROR_CODES = {
  // Ports: random, keys.
  RANDOM_UNAVAILABLE: safe("no payment can be sealed until the system's random source answers"),
  DEVICE_KEY_UNAVAILABLE: safe("unlock the device or restore its key file, then try again"),

  // Store.
  STORE_IN_USE: safe("close the other process or tab that holds this store, then open again"),
  STORE_FULL: safe("free disk space; stored payments are untouched and can still be forwarded"),
  STORE_CONSTRAINT: never("the row breaks a rule of the schema; see the named constraint"),
  STORE_IO: sameKey("reopen the store and look the payment up before repeating it"),
  STORE_COMMIT_UNKNOWN: sameKey("reopen the store and look the payment up before repeating it"),
  STORE_POISONED: sameKey("reopen the store; the device failed a write or a sync"),
  STORE_CORRUPT: never("keep a copy of the files and run the salvage command; delete nothing"),
  STORE_NOT_HOLDFAST: never("the file is another program's database; choose another path"),
  STORE_TOO_NEW: never("this store was written by a newer release; install that release or later"),
  STORE_KEY_MISMATCH: never("open the store with the device key it was created with"),

  // Reader.
  READER_DISCONNECTED: safe("reconnect the reader and collect again; nothing was stored"),
} as const satisfies Record<string, CodeEntry>;

/** A code of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Makes the error for `code`; the retry class and the remedy come from the table. */
export function failure(
  code: ErrorCode,
  message: string,
  options: Omit<HoldfastErrorOptions, "message" | "retry" | "remedy"> = {},
): HoldfastError {
  return new HoldfastError(code, { ...ERROR_CODES[code], ...options, message });
}
