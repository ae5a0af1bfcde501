/**
 * Where a secret key may be.
 *
 * Owns: the rule, in a file of its own so that a page does not load a Stripe client for it. What is
 * made over a Stripe client works with a secret key only, whatever the client was told, so it
 * carries a mark, and the host of a browser refuses what carries it.
 * @module
 */
import { failure } from "../errors.ts";

/** Copies made by spreading a gateway have it too; the same in every copy of this package. */
const SERVER_SIDE = Symbol.for("@holdfast/holdfast/server-side");

/**
 * Refuses what must not be where customers can read it.
 *
 * @throws {HoldfastError} `SECRET_KEY_IN_BROWSER` when `hasWindow` and the key is a secret one.
 */
export function assertServerSide(apiKey: string, hasWindow: boolean): void {
  if (!hasWindow || !/^(sk|rk)_/.test(apiKey)) return;
  throw secretInBrowser("a secret key must not be used in a browser");
}

/** Marks a port that a Stripe client is behind, and returns it. */
export function markServerSide<P extends object>(port: P): P {
  return Object.assign(port, { [SERVER_SIDE]: true });
}

/**
 * Refuses, in a browser, a port that a Stripe client is behind.
 *
 * @throws {HoldfastError} `SECRET_KEY_IN_BROWSER`.
 */
export function assertForBrowser(port: object): void {
  if (!(SERVER_SIDE in port)) return;
  throw secretInBrowser("a gateway with a Stripe client must not be used here");
}

function secretInBrowser(message: string): Error {
  return failure("SECRET_KEY_IN_BROWSER", message);
}
