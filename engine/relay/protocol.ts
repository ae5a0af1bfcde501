/**
 * What a till and its relay say to each other: JSON over HTTP, byte strings in lower-case hex.
 *
 * Owns: the form of every request and answer and the check of both. Neither side believes the
 * other: whatever is missing, of another type or too long is refused before it is used. Form:
 * `docs/relay.md`.
 * @module
 */
import type {
  ConfirmIntentRequest,
  CreateIntentRequest,
  GatewayIdentity,
  GatewayResult,
  Intent,
  IntentPageResult,
  IntentStatus,
  ListedIntent,
  RefundListResult,
  RefundResult,
} from "../gateway.ts";
import type {
  IntentClaim,
  OfferedIntent,
  OfferResult,
} from "../offered_intent.ts";
import type { PaymentError, PaymentTerms, TransferData } from "../payment.ts";
import {
  type Field,
  flag,
  integer,
  list,
  nullable,
  oneOf,
  optional,
  pattern,
  record,
  REJECTED,
  text,
} from "../reader/payload.ts";
import type { OnlinePin } from "../reader/messages.ts";
import { toHex } from "../uuid.ts";

/** Every path begins with this; the number is the protocol's version. */
export const RELAY_PATH = "/holdfast/1/";

/** Longest body either side accepts; a page of 100 intents with full metadata is the largest. */
export const RELAY_BODY_BYTES_MAX = 4 << 20;

/** Longest request a relay reads: two records in hex and Stripe's 50 metadata entries. */
export const RELAY_REQUEST_BYTES_MAX = 64 << 10;

/** Longest sealed record: header, point, 4,352 padded bytes and a tag. */
const RECORD_BYTES_MAX = 4640;
const MAX = Number.MAX_SAFE_INTEGER;

const key = pattern(/^[\x21-\x7e]{1,255}$/);
const id = pattern(/^[A-Za-z0-9_]{1,255}$/);
const currency = pattern(/^[a-z]{3}$/);
const localId = pattern(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const time = integer(0, MAX);
/** A flag that is left out when it is false. */
const always: Field<true> = (value) => value === true ? value : REJECTED;
const code = text(255);

const account = pattern(/^acct_[A-Za-z0-9]{1,64}$/);
const transferData: Field<TransferData> = record<TransferData>({
  destination: account,
  amount: optional(integer(1, MAX)),
});

const createRequest = record<CreateIntentRequest>({
  amount: integer(1, MAX),
  currency,
  captureMethod: oneOf(["automatic", "manual"]),
  metadata: entries(),
  onBehalfOf: optional(account),
  transferData: optional(transferData),
  transferGroup: optional(text(200)),
  applicationFeeAmount: optional(integer(1, MAX)),
  receiptEmail: optional(text(254)),
  acceptsInterac: optional(always),
  requestExtendedAuthorization: optional(always),
  requestIncrementalAuthorizationSupport: optional(always),
});

const confirmRequest = record<ConfirmIntentRequest>({
  localId,
  amount: integer(1, MAX),
  currency,
  genesis: hexBytes(RECORD_BYTES_MAX),
  record: hexBytes(RECORD_BYTES_MAX),
  storedAtMs: time,
  readMethod: text(64),
  isOnline: optional(always),
  method: optional(oneOf(["interac_present"])),
  onlinePin: optional(
    record<OnlinePin>({ block: hexBytes(16), keySerial: hexBytes(16) }),
  ),
});

const claim = record<IntentClaim>({
  localId: nullable(localId),
  device: localId,
  epoch: integer(1, MAX),
  previous: nullable(pattern(/^[0-9a-f-]{1,36}(:r)?$/)),
});

/** Verb → what a till asks; the verbs are those of the `Gateway` port. */
export interface RelayRequests {
  identify: Record<string, never>;
  create: { key: string; request: CreateIntentRequest };
  confirm: { key: string; id: string; request: ConfirmIntentRequest };
  capture: { key: string; id: string };
  cancel: { key: string; id: string };
  retrieve: { id: string };
  lookup: { reference: string };
  claim: { key: string; reference: string; claim: IntentClaim };
  find: { localId: string; createdFromMs: number };
  list: {
    createdFromMs: number;
    createdToMs: number;
    cursor: string | null;
  };
  refund: { key: string; id: string; amount: number | null; mark: string };
  refunds: { id: string };
}

/** A verb of the relay. */
export type RelayVerb = keyof RelayRequests;

/** Verb → what a relay answers. */
export interface RelayResults {
  identify: GatewayIdentity;
  create: GatewayResult;
  confirm: GatewayResult;
  capture: GatewayResult;
  cancel: GatewayResult;
  retrieve: GatewayResult;
  lookup: OfferResult;
  claim: OfferResult;
  find: GatewayResult;
  list: IntentPageResult;
  refund: RefundResult;
  refunds: RefundListResult;
}

const REQUESTS: { readonly [V in RelayVerb]: Field<RelayRequests[V]> } = {
  identify: record({}),
  create: record({ key, request: createRequest }),
  confirm: record({ key, id, request: confirmRequest }),
  capture: record({ key, id }),
  cancel: record({ key, id }),
  retrieve: record({ id }),
  lookup: record({ reference: id }),
  claim: record({ key, reference: id, claim }),
  find: record({ localId, createdFromMs: time }),
  list: record({
    createdFromMs: time,
    createdToMs: time,
    cursor: nullable(id),
  }),
  refund: record({ key, id, amount: nullable(integer(1, MAX)), mark: key }),
  refunds: record({ id }),
};

const STATUSES: readonly IntentStatus[] = [
  "requires_payment_method",
  "requires_confirmation",
  "requires_action",
  "processing",
  "requires_capture",
  "succeeded",
  "canceled",
];

const error = record<PaymentError>({
  code,
  declineCode: nullable(code),
  adviceCode: nullable(code),
});

const intentFields = {
  id,
  status: oneOf(STATUSES),
  amount: integer(0, MAX),
  currency,
  isLivemode: flag(),
  metadata: entries(),
  error: nullable(error),
};

const refundFields = {
  id,
  status: code,
  amount: integer(0, MAX),
  currency,
};

const terms = record<PaymentTerms>({
  tip: nullable(integer(0, MAX)),
  onBehalfOf: nullable(account),
  transferData: nullable(transferData),
  transferGroup: nullable(text(200)),
  applicationFeeAmount: nullable(integer(0, MAX)),
  receiptEmail: nullable(text(254)),
  isExtendedAuthorization: flag(),
  isIncrementalAuthorization: flag(),
  isRetrieved: flag(),
});

/** Kind of result → its fields; a verb's answer may have some of them. */
const KINDS: Readonly<Record<string, Field<object>>> = {
  identity: record({ account: id, isLivemode: flag() }),
  intent: record({ intent: record<Intent>(intentFields) }),
  offered: record({
    intent: record<OfferedIntent>({
      ...intentFields,
      captureMethod: oneOf(["automatic", "manual"]),
      paymentMethodTypes: list(text(64), 64),
      terms,
    }),
  }),
  page: record({
    intents: list(
      record<ListedIntent>({ ...intentFields, createdAtMs: time }),
      100,
    ),
    nextCursor: nullable(id),
  }),
  refund: record({ refund: record(refundFields) }),
  refunds: record({
    refunds: list(
      record({ ...refundFields, mark: nullable(text(500)) }),
      500,
    ),
  }),
  declined: record({ error }),
  unexpected_state: record({}),
  not_found: record({}),
  idempotency_conflict: record({}),
  unauthorized: record({ code }),
  rejected: record({ code }),
  unavailable: record({
    code,
    mayHaveExecuted: flag(),
    isSaved: flag(),
    isAnswered: flag(),
    retryAfterMs: nullable(time),
  }),
};

const ENDINGS = ["unauthorized", "rejected", "unavailable"];
const OF_OFFER = [
  ...ENDINGS,
  "offered",
  "unexpected_state",
  "not_found",
  "idempotency_conflict",
];
const OF_INTENT = [
  ...ENDINGS,
  "intent",
  "declined",
  "unexpected_state",
  "not_found",
  "idempotency_conflict",
];

const ANSWERS: { readonly [V in RelayVerb]: readonly string[] } = {
  identify: ["identity", "unauthorized", "unavailable"],
  create: OF_INTENT,
  confirm: OF_INTENT,
  capture: OF_INTENT,
  cancel: OF_INTENT,
  retrieve: OF_INTENT,
  lookup: OF_OFFER,
  claim: OF_OFFER,
  find: OF_INTENT,
  list: [...ENDINGS, "page"],
  refund: [
    ...ENDINGS,
    "refund",
    "unexpected_state",
    "not_found",
    "idempotency_conflict",
  ],
  refunds: [...ENDINGS, "refunds"],
};

/** Whether `text` names a verb. */
export function isRelayVerb(text: string): text is RelayVerb {
  return Object.hasOwn(REQUESTS, text);
}

/** Writes a request or an answer. */
export function encodeMessage(value: object): string {
  return JSON.stringify(
    value,
    (_, part) => part instanceof Uint8Array ? toHex(part) : part,
  );
}

/** Reads a request; null when it is not one. */
export function decodeRequest<V extends RelayVerb>(
  verb: V,
  body: string,
): RelayRequests[V] | null {
  const value = REQUESTS[verb](parse(body));
  return value === REJECTED ? null : value;
}

/** Reads an answer; null when it is not one a relay gives to this verb. */
export function decodeResult<V extends RelayVerb>(
  verb: V,
  body: string,
): RelayResults[V] | null {
  const parsed = parse(body) as { kind?: unknown } | null;
  const kind = parsed?.kind;
  if (typeof kind !== "string" || !ANSWERS[verb].includes(kind)) return null;
  const fields = KINDS[kind](parsed);
  return fields === REJECTED
    ? null
    : { kind, ...fields } as unknown as RelayResults[V];
}

/** The value of a JSON text, or null: an error of the parser would quote the text. */
function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/** Stripe's metadata: at most 50 entries, keys of 40 and values of 500 characters. */
function entries(): Field<Readonly<Record<string, string>>> {
  return (value) => {
    const isMap = typeof value === "object" && value !== null &&
      !Array.isArray(value);
    if (!isMap) return REJECTED;
    const pairs = Object.entries(value);
    const isGood = pairs.length <= 50 &&
      pairs.every(([name, item]) =>
        name.length <= 40 && typeof item === "string" && item.length <= 500
      );
    return isGood ? Object.fromEntries(pairs) : REJECTED;
  };
}

function hexBytes(lengthMax: number): Field<Uint8Array> {
  return (value) => {
    if (typeof value !== "string" || value.length > 2 * lengthMax) {
      return REJECTED;
    }
    if (!/^([0-9a-f]{2})+$/.test(value)) return REJECTED;
    return Uint8Array.from(
      { length: value.length / 2 },
      (_, i) => parseInt(value.slice(2 * i, 2 * i + 2), 16),
    );
  };
}
