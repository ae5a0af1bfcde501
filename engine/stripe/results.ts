/**
 * What Stripe's answers mean for a stored payment.
 *
 * Owns: the classification of every answer and error of the `stripe` package. Nothing of the raw
 * error is kept but codes: its body may hold card data.
 * @see https://docs.stripe.com/error-low-level
 * @module
 */
import type {
  GatewayResult,
  Intent,
  IntentStatus,
  ListedIntent,
  ListedRefund,
  Unavailable,
} from "../gateway.ts";
import type { PaymentError } from "../payment.ts";

/** The part of Stripe's PaymentIntent that forwarding reads. */
export interface WireIntent {
  object: string;
  id: string;
  status: IntentStatus;
  amount: number;
  currency: string;
  livemode: boolean;
  /** Unix seconds. */
  created: number;
  metadata: Record<string, string> | null;
  last_payment_error: WireError | null;
}

/** The part of Stripe's Refund that is read. */
export interface WireRefund {
  id: string;
  status: string;
  amount: number;
  currency: string;
  metadata: Record<string, string> | null;
}

interface WireError {
  code?: string;
  decline_code?: string;
  advice_code?: string;
}

/** The fields of the `stripe` package's errors that forwarding reads. */
interface StripeErrorLike extends WireError {
  type?: string;
  rawType?: string;
  statusCode?: number;
  headers?: Record<string, string>;
}

/** The metadata of a Refund that says which of our refunds it is. */
export const REFUND_MARK = "holdfast_refund";

/** Codes that say: wrong credentials, account or mode, whatever the HTTP status. */
const LANE_CODES: ReadonlySet<string> = new Set([
  "account_invalid",
  "api_key_expired",
  "livemode_mismatch",
  "no_account",
  "platform_api_key_expired",
  "secret_key_required",
  "testmode_charges_only",
]);

/** Codes that say: the object has moved on; read it. */
const STATE_CODES: ReadonlySet<string> = new Set([
  "charge_already_captured",
  "intent_invalid_state",
  "payment_intent_unexpected_state",
]);

/** Makes an {@link Intent} of Stripe's PaymentIntent. */
export function readIntent(wire: WireIntent): Intent {
  return {
    id: wire.id,
    status: wire.status,
    amount: wire.amount,
    currency: wire.currency,
    isLivemode: wire.livemode,
    metadata: wire.metadata ?? {},
    error: wire.last_payment_error === null
      ? null
      : readError(wire.last_payment_error),
  };
}

/** As {@link readIntent}, with the time of creation. */
export function readListed(wire: WireIntent): ListedIntent {
  return { ...readIntent(wire), createdAtMs: wire.created * 1000 };
}

/** Makes a {@link ListedRefund} of Stripe's Refund. */
export function readRefund(wire: WireRefund): ListedRefund {
  const { id, status, amount, currency, metadata } = wire;
  const mark = metadata?.[REFUND_MARK] ?? null;
  return { id, status, amount, currency, mark };
}

/**
 * Thrown for an answer that is none of Stripe's: a proxy, a load balancer or a captive portal
 * spoke JSON without Stripe's `error`, which the package takes for success whatever the status.
 */
export class ForeignAnswer extends Error {
  override name = "ForeignAnswer";
}

/**
 * Returns `answer` when it is Stripe's `object` of that name.
 *
 * @throws {ForeignAnswer} when it is anything else.
 */
export function expectObject<T>(answer: unknown, name: string): T {
  const { object = null, id, status } = (answer ?? {}) as Partial<WireIntent>;
  const isWhole = name !== "payment_intent" ||
    (typeof id === "string" && typeof status === "string");
  if (object === name && isWhole) return answer as T;
  throw new ForeignAnswer(`expected Stripe's ${name}`);
}

/**
 * Classifies what the `stripe` package threw; keeps nothing of it but codes. What is no answer and
 * no broken connection is a bug of ours, and is rethrown rather than mistaken for bad weather.
 */
export function readFailure(thrown: unknown): GatewayResult {
  const error =
    (typeof thrown === "object" && thrown !== null
      ? thrown
      : {}) as StripeErrorLike;
  const status = error.statusCode;
  const code = error.code ?? error.rawType ?? error.type ?? "unknown";
  if (status === undefined) {
    // StripeAPIError without a status: what came was not JSON. How far the request got before
    // somebody on the way answered in Stripe's place is not known.
    if (error.type === "StripeAPIError" || thrown instanceof ForeignAnswer) {
      return unavailable("foreign_answer", {
        mayHaveExecuted: true,
        isAnswered: false,
      });
    }
    if (error.type !== "StripeConnectionError") throw thrown;
    return unavailable("connection", {
      mayHaveExecuted: true,
      isAnswered: false,
    });
  }
  if (LANE_CODES.has(code) || status === 401 || status === 403) {
    return { kind: "unauthorized", code };
  }
  if (status === 429) {
    // The limiter runs before anything is executed or saved.
    return unavailable("rate_limit", {
      mayHaveExecuted: false,
      retryAfterMs: readRetryAfter(error.headers),
    });
  }
  // 409: the same key is being executed right now, or the object is locked.
  if (status === 409) return unavailable("lock", { mayHaveExecuted: true });
  if (status >= 500) {
    // v1 saves a 500 and replays it for this key: only the object itself knows.
    return unavailable("server_error", {
      mayHaveExecuted: true,
      isSaved: true,
      retryAfterMs: readRetryAfter(error.headers),
    });
  }
  if (error.rawType === "idempotency_error") {
    return { kind: "idempotency_conflict" };
  }
  if (STATE_CODES.has(code)) return { kind: "unexpected_state" };
  if (status === 402) return { kind: "declined", error: readError(error) };
  if (status === 404) return { kind: "not_found" };
  return { kind: "rejected", code };
}

/** The result for a call that was given up at its deadline. */
export function timedOut(): Unavailable {
  return unavailable("timeout", { mayHaveExecuted: true, isAnswered: false });
}

function unavailable(
  code: string,
  facts: {
    mayHaveExecuted: boolean;
    isAnswered?: boolean;
    isSaved?: boolean;
    retryAfterMs?: number | null;
  },
): Unavailable {
  return {
    kind: "unavailable",
    code,
    mayHaveExecuted: facts.mayHaveExecuted,
    isAnswered: facts.isAnswered ?? true,
    isSaved: facts.isSaved ?? false,
    retryAfterMs: facts.retryAfterMs ?? null,
  };
}

function readError(error: WireError): PaymentError {
  return {
    code: error.code ?? "card_declined",
    declineCode: error.decline_code ?? null,
    adviceCode: error.advice_code ?? null,
  };
}

/** `Retry-After` in seconds (RFC 9110 §10.2.3); the date form is not used by Stripe. */
function readRetryAfter(
  headers: Record<string, string> | undefined,
): number | null {
  const seconds = Number(headers?.["retry-after"]);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}
