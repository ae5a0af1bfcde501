/**
 * Where a secret key may be.
 *
 * Owns: one rule, in a file of its own so that a page does not load a Stripe client for it.
 * @module
 */
import { failure } from "../errors.ts";

/**
 * Refuses what must not be where customers can read it.
 *
 * @throws {HoldfastError} `SECRET_KEY_IN_BROWSER` when `hasWindow` and the key is a secret one.
 */
export function assertServerSide(apiKey: string, hasWindow: boolean): void {
  if (!hasWindow || !/^(sk|rk)_/.test(apiKey)) return;
  throw failure(
    "SECRET_KEY_IN_BROWSER",
    "a secret key must not be used in a browser",
  );
}
