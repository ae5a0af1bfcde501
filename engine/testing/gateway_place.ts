/**
 * One gateway and its far side, as the contract works with them.
 * @module
 */
import type {
  ConfirmIntentRequest,
  CreateIntentRequest,
  Gateway,
  GatewayCall,
  GatewayResult,
  Intent,
} from "../gateway.ts";
import { assert } from "./assertions.ts";

/** What the way to the far side does to every request until `calm`. */
export type Trouble =
  /** The connection breaks before anything is executed. */
  | "request_lost"
  /** It is executed, and the connection breaks. */
  | "response_lost"
  /**
   * Nobody answers, for ever; nothing is executed. A double in memory keeps a timer until the
   * signal aborts, as an open socket would keep the process.
   */
  | "silence"
  /** 500, remembered under the key; nothing was executed. */
  | "saved_500_before"
  /** 500, remembered under the key; it was executed. */
  | "saved_500_after"
  /** Too many requests; wait two seconds. */
  | "rate_limited"
  /** The key or the object is in use. */
  | "locked"
  /** The credentials have expired. */
  | "expired_key"
  /** The credentials may not do this. */
  | "restricted_key"
  /** Somebody on the way answers 200 with JSON of his own. */
  | "captive_portal"
  /** Somebody on the way answers 503 with JSON of his own. */
  | "foreign_503"
  /** Somebody on the way answers 502 with a page. */
  | "bad_gateway_page";

/** How the issuer, or the opener, takes a sale. */
export type SaleKind = "approved" | "declined" | "unreadable";

/** What a gateway is asked for one sale. */
export interface SaleRequests {
  create: CreateIntentRequest;
  confirm: ConfirmIntentRequest;
}

/** One gateway and its far side. */
export interface GatewayPlace {
  gateway: Gateway;
  /** Account and mode of the gateway's credentials. */
  identity: { account: string; isLivemode: boolean };
  /** A new sale of 12.50 usd with a card that goes as `kind` says. */
  sale(kind: SaleKind): SaleRequests;
  /** An intent that a back end made, as {@link Offer} says; asked for only when there are any. */
  offer(): Promise<Offer>;
  /** Makes every request meet `trouble` until `calm`. */
  trouble(trouble: Trouble): Promise<void> | void;
  /** Ends all trouble. */
  calm(): Promise<void> | void;
  /** Milliseconds of the far side's clock. */
  nowMs(): number;
  /** Moves the far side's clock on. */
  pass(ms: number): Promise<void> | void;
  /** How often money was taken for a sale, by the far side's own books. */
  charges(localId: string): Promise<number> | number;
  /** Whether the far side binds a payment to its first intent and never makes a second. */
  readonly isOneIntentPerPayment: boolean;
  /** Digits of the cards of `sale`, which must be in no result. */
  cardNumbers: readonly string[];
  /** Ends it; called once, also after a check that failed. */
  close(): Promise<void>;
}

/** An intent of a back end: 12.50 usd, captured by hand, of order 17. */
export interface Offer {
  id: string;
  clientSecret: string;
}

/** Adds one check to the contract. */
export type AddCheck = (
  name: string,
  body: (place: GatewayPlace) => Promise<void>,
) => void;

/** A call with a key and nobody who aborts it. */
export function callOf(idempotencyKey: string | null): GatewayCall {
  return { idempotencyKey, signal: new AbortController().signal };
}

/** Asserts that the result is an intent and returns it. */
export function expectIntent(result: GatewayResult): Intent {
  assert.equal(result.kind, "intent", JSON.stringify(result));
  return (result as { intent: Intent }).intent;
}

/** Creates the intent of a new sale. */
export async function create(
  place: GatewayPlace,
  kind: SaleKind,
  changes: Partial<CreateIntentRequest> = {},
): Promise<{ id: string; sale: SaleRequests; localId: string }> {
  const sale = place.sale(kind);
  const { localId } = sale.confirm;
  const result = await place.gateway.createIntent(
    { ...sale.create, ...changes },
    callOf(`${localId}:c:0`),
  );
  return { id: expectIntent(result).id, sale, localId };
}
