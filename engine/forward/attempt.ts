/**
 * One attempt at forwarding: what it may still do, and how its ends are written down.
 *
 * Owns: the fence before every send, the trust in a key, and the transactions of an outcome. Which
 * step comes when is `forward_payment.ts`'s.
 * @module
 */
import type { GatewayResult, Intent } from "../gateway.ts";
import {
  mayFollow,
  OPEN_STATES,
  type PaymentError,
  type PaymentState,
} from "../payment.ts";
import type { Lease } from "../store/lease.ts";
import type { PaymentRow } from "../store/rows.ts";
import type { Step } from "../store/steps.ts";
import { withDeadline } from "./deadline.ts";
import type { ForwardContext, ForwardResult } from "./forward_context.ts";

/**
 * Stripe may forget a v1 key once it is 24 h old, and then executes it anew; an hour earlier we
 * stop trusting it and look the payment up instead.
 */
export const KEY_TRUST_MS = 23 * 60 * 60 * 1000;

/** One attempt at one payment; `row` is as it was when the attempt began. */
export interface Attempt {
  context: ForwardContext;
  row: PaymentRow;
  lease: Lease;
  signal: AbortSignal;
}

/**
 * Why this attempt may send nothing more: it was fenced off, or the payment got its outcome from
 * someone else. Asked after every wait, just before a step is written down and sent.
 */
export function barred({ context, row, lease }: Attempt): ForwardResult | null {
  if (!context.leases.isCurrent(lease)) return { kind: "fenced" };
  const now = context.payments.byRowId(row.rowId);
  return now !== null && OPEN_STATES.includes(now.payment.state)
    ? null
    : { kind: "settled" };
}

/**
 * Writes the outcome; the ciphertext goes in the same transaction. An answer that comes so late that
 * another drainer has brought the payment further, a canceled authorisation for one, changes nothing.
 */
export function settle(
  attempt: Attempt,
  state: PaymentState,
  error: PaymentError | null,
): ForwardResult {
  const { context, row } = attempt;
  context.database.transaction(() => {
    const now = context.payments.byRowId(row.rowId)?.payment.state ?? state;
    if (now === state || !mayFollow(now, state)) return;
    context.payments.move(row.rowId, state, error);
    context.activity.add(state, row.rowId, {
      code: error?.code ?? null,
      declineCode: error?.declineCode ?? null,
    });
  });
  return { kind: "settled" };
}

/** Writes down that the money may have been taken. */
export function markUnknown({ context, row }: Attempt): void {
  context.database.transaction(() => {
    // Meanwhile another drainer may have learned the outcome; a fear does not replace it.
    const now = context.payments.byRowId(row.rowId);
    if (now?.payment.state !== "stored") return;
    context.payments.move(row.rowId, "unknown");
    context.activity.add("unknown", row.rowId);
  });
}

/** An answer that settles nothing: when may we ask again? */
export function wait(attempt: Attempt, result: GatewayResult): ForwardResult {
  switch (result.kind) {
    case "unauthorized":
      return { kind: "parked", code: result.code };
    case "unavailable":
      return {
        kind: "retry",
        code: result.code,
        retryAfterMs: result.retryAfterMs,
        isAnswered: result.isAnswered,
      };
    case "rejected":
      // A look-up that is refused settles nothing: the payment stays, a person is told.
      attempt.context.activity.add("lookup_refused", attempt.row.rowId, {
        code: result.code,
      });
      return retryLater(result.code);
    default:
      return retryLater(result.kind);
  }
}

/** Try again later with the same keys: an answer came and settled nothing. */
export function retryLater(code: string): ForwardResult {
  return { kind: "retry", code, retryAfterMs: null, isAnswered: true };
}

/** Whether the PaymentIntent is the one of this row. */
export function isOfPayment(intent: Intent, row: PaymentRow): boolean {
  const { payment } = row;
  return intent.metadata.holdfast_local_id === payment.localId &&
    intent.amount === payment.amount && intent.currency === payment.currency &&
    intent.isLivemode === payment.isLivemode;
}

/** True when a key only replays a useless answer, was perhaps forgotten, or our clock cannot tell. */
export function isUseless(step: Step, nowMs: number): boolean {
  const age = nowMs - step.firstAttemptAtMs;
  return step.isSpent || age >= KEY_TRUST_MS || age < 0;
}

/** An error of which only a code is known. */
export function refusal(code: string): PaymentError {
  return { code, declineCode: null, adviceCode: null };
}

/** Sends one request under the deadline. */
export function call<R>(
  { context, signal }: Attempt,
  send: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  return withDeadline(
    context.clock,
    context.callDeadlineMs,
    signal,
    send,
  );
}
