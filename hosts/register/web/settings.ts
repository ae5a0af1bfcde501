/**
 * What the page is told before it opens its store.
 *
 * Owns: the form of `register.json`, which the service worker keeps for the time without a
 * connection. It holds no Stripe key and nothing that opens a record; the relay's token is this
 * device's own.
 * @module
 */
import type { OfflineLimits } from "../../../engine/limits.ts";

/** `register.json`. */
export interface PageSettings {
  shop: { name: string; address: readonly string[] };
  /** Name of the store in this browser. */
  store: string;
  account: { id: string; isLivemode: boolean };
  country: string;
  /** Lower case, the usual one first. */
  currencies: readonly string[];
  /** Hex digits. */
  recipient: { keyId: string; publicKey: string };
  /** This device's token at the relay. */
  token: string;
  limits: Partial<OfflineLimits>;
  tipPercentages: readonly number[];
  /** A WebSocket reader's address; null: the simulated reader in the page. */
  readerUrl: string | null;
  /** Milliseconds the simulated customer looks for the card. */
  customerDelayMs: number;
  /** Whether the demo's switches are shown. */
  isDemo: boolean;
}

/** Where the server puts the relay, beneath the page's own origin: no other origin is needed. */
export const RELAY_PREFIX = "/relay";
/** The demo's switch: `POST` with `{"isOnline": boolean}`. */
export const NETWORK_SWITCH = "/demo/network";
