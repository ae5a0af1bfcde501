/**
 * The messages about a smart reader's own store: numbers are in `messages.ts`, fields here.
 *
 * Owns: what a point of sale may ask of a reader that stores and forwards by itself, and every
 * limit of it. Nothing of the card crosses the link but its brand and last four digits.
 * @see docs/formats/reader-protocol.md §5.7
 * @module
 */
import type { NetworkStatus } from "../events.ts";
import {
  type CaptureMethod,
  type OfflineBehavior,
  OPEN_STATES,
  type Payment,
  type PaymentState,
} from "../payment.ts";
import type { CurrencyTotal } from "../store/payments.ts";
import type { Empty } from "./messages.ts";
import {
  flag,
  integer,
  list,
  nullable,
  oneOf,
  optional,
  pattern,
  record,
  type Schema,
  text,
} from "./payload.ts";

/** Payments in one answer; 25 of the largest fit a payload of 16,384 bytes. */
export const LIST_LIMIT_MAX = 25;
/** Metadata key under which a reader keeps whose sale a payment is. */
export const SALE_ID_KEY = "pos_sale_id";

/** A payment in the reader's store, as the point of sale sees it. */
export interface StoredPayment {
  /** The point of sale's own id of the sale, or null for one it did not ask for. */
  saleId: string | null;
  localId: string;
  /** Stripe's PaymentIntent id, or null while Stripe has not been asked. */
  id: string | null;
  state: PaymentState;
  amountMinor: number;
  currency: string;
  captureMethod: CaptureMethod;
  account: string;
  isLivemode: boolean;
  createdAtMs: number;
  /** Null for a payment that was confirmed online. */
  storedAtMs: number | null;
  /** Whether it still has to be forwarded. */
  requiresUpload: boolean;
  brand: string;
  last4: string;
  receiptCode: string;
  /** Why it was declined or failed, else null. */
  errorCode: string | null;
  declineCode: string | null;
}

/** Reply to STORE_STATUS: what waits in the reader. */
export interface StoreStatus {
  networkStatus: NetworkStatus;
  /** The account and mode the reader works for now. */
  account: string;
  isLivemode: boolean;
  /** Open payments of every account and currency. */
  totals: readonly CurrencyTotal[];
}

/** STORE_FORWARD_NOW: one payment, or all. */
export interface ForwardNowRequest {
  localId?: string;
}

/** STORE_LIST. */
export interface StoreListRequest {
  /** Where the page before ended; 0 begins. */
  cursor: number;
  /** Payments at most, 1..25. */
  limit: number;
  /** Only open ones, which still have to be forwarded. */
  isOpenOnly: boolean;
}

/** Reply to STORE_LIST, oldest first. */
export interface StoreListResult {
  payments: readonly StoredPayment[];
  /** Cursor of the next page, or null at the end. */
  nextCursor: number | null;
}

/** STORE_SUBSCRIBE: whether STORE_EVENTs are wanted on this connection. */
export interface SubscribeRequest {
  isOn: boolean;
}

/** STORE_SALE: take one payment and keep it. */
export interface SaleMessage {
  /** Chosen by the point of sale; the same id never makes a second payment. */
  saleId: string;
  amountMinor: number;
  currency: string;
  captureMethod: CaptureMethod;
  offlineBehavior: OfflineBehavior;
  /** Time the customer has to present a card. */
  deadlineMs: number;
}

/** STORE_FIND. */
export interface FindRequest {
  saleId: string;
}

/** Reply to STORE_FIND, when the sale is no longer under way. */
export interface FindResult {
  payment: StoredPayment | null;
}

/** STORE_EVENT: something in the store changed. */
export interface StoreEvent {
  status: StoreStatus;
  /** The payment that got its outcome, if that is what happened. */
  payment?: StoredPayment;
}

const MAX = Number.MAX_SAFE_INTEGER;
const uuid = pattern(
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
);
const currency = pattern(/^[a-z]{3}$/);
const code = nullable(text(64));
const captureMethod = oneOf<CaptureMethod>(["automatic", "manual"]);
const STATES = [
  "stored",
  "unknown",
  "forwarded",
  "captured",
  "declined",
  "failed",
  "canceled",
  "handed_over",
] as const satisfies readonly PaymentState[];

/** Shape of {@link StoredPayment}. */
export const STORED_PAYMENT: Schema<StoredPayment> = {
  saleId: nullable(uuid),
  localId: uuid,
  id: nullable(text(64)),
  state: oneOf<PaymentState>(STATES),
  amountMinor: integer(0, 999_999_999_999),
  currency,
  captureMethod,
  account: text(64),
  isLivemode: flag(),
  createdAtMs: integer(0, MAX),
  storedAtMs: nullable(integer(0, MAX)),
  requiresUpload: flag(),
  brand: text(32),
  last4: pattern(/^[0-9]{4}$/),
  receiptCode: text(64),
  errorCode: code,
  declineCode: code,
};
/** Shape of {@link StoreStatus}. */
export const STORE_STATUS: Schema<StoreStatus> = {
  networkStatus: oneOf<NetworkStatus>(["unknown", "offline", "online"]),
  account: text(64),
  isLivemode: flag(),
  totals: list(
    record<CurrencyTotal>({
      account: text(64),
      isLivemode: flag(),
      currency,
      count: integer(0, MAX),
      amount: integer(0, MAX),
    }),
    64,
  ),
};
/** Shape of {@link ForwardNowRequest}. */
export const FORWARD_NOW_REQUEST: Schema<ForwardNowRequest> = {
  localId: optional(uuid),
};
/** Shape of {@link StoreListRequest}. */
export const STORE_LIST_REQUEST: Schema<StoreListRequest> = {
  cursor: integer(0, MAX),
  limit: integer(1, LIST_LIMIT_MAX),
  isOpenOnly: flag(),
};
/** Shape of {@link StoreListResult}. */
export const STORE_LIST_RESULT: Schema<StoreListResult> = {
  payments: list(record(STORED_PAYMENT), LIST_LIMIT_MAX),
  nextCursor: nullable(integer(0, MAX)),
};
/** Shape of {@link SubscribeRequest}. */
export const SUBSCRIBE_REQUEST: Schema<SubscribeRequest> = { isOn: flag() };
/** Shape of {@link SaleMessage}. */
export const SALE_REQUEST: Schema<SaleMessage> = {
  saleId: uuid,
  amountMinor: integer(1, 99_999_999),
  currency,
  captureMethod,
  offlineBehavior: oneOf<OfflineBehavior>([
    "prefer_online",
    "require_online",
    "force_offline",
  ]),
  deadlineMs: integer(1, 600_000),
};
/** Shape of {@link FindRequest}. */
export const FIND_REQUEST: Schema<FindRequest> = { saleId: uuid };
/** Shape of {@link FindResult}. */
export const FIND_RESULT: Schema<FindResult> = {
  payment: nullable(record(STORED_PAYMENT)),
};
/** Shape of {@link StoreEvent}. */
export const STORE_EVENT: Schema<StoreEvent> = {
  status: record(STORE_STATUS),
  payment: optional(record(STORED_PAYMENT)),
};
/** Shape of a message without fields. */
export const NO_FIELDS: Schema<Empty> = {};

/** A payment without what the point of sale has no business with. */
export function toStoredPayment(payment: Payment): StoredPayment {
  const { offlineDetails, error, cardPresent, metadata } = payment;
  return {
    saleId: metadata[SALE_ID_KEY] ?? null,
    localId: payment.localId,
    id: payment.id,
    state: payment.state,
    amountMinor: payment.amount,
    currency: payment.currency,
    captureMethod: payment.captureMethod,
    account: payment.account,
    isLivemode: payment.isLivemode,
    createdAtMs: payment.createdAtMs,
    storedAtMs: offlineDetails?.storedAtMs ?? null,
    requiresUpload: OPEN_STATES.includes(payment.state),
    brand: cardPresent.brand,
    last4: cardPresent.last4,
    receiptCode: payment.receiptCode,
    errorCode: error?.code ?? null,
    declineCode: error?.declineCode ?? null,
  };
}
