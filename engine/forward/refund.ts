/**
 * Giving money back after a payment was forwarded.
 *
 * Owns: that a refund is asked for with one persisted key until Stripe has answered, however
 * often the app calls and whatever dies in between. All that is left may be asked for again with
 * another key, since Stripe gives no more back than was taken; a part of it may not, and is
 * handed to a person once its key is too old to be trusted.
 * @module
 */
import { type ErrorCode, failure, type HoldfastError } from "../errors.ts";
import type { Refund, RefundResult } from "../gateway.ts";
import type { OpenRefund, Refunds } from "../store/refunds.ts";
import type { PaymentRow } from "../store/rows.ts";
import { withDeadline } from "./deadline.ts";
import type { ForwardContext } from "./forward_context.ts";
import { KEY_TRUST_MS } from "./forward_payment.ts";
import { refundKey } from "./keys.ts";

/** What refunding works with. */
export interface RefundContext extends ForwardContext {
  refunds: Refunds;
}

/**
 * Refunds `amount` minor units of `row`, or all that is left when null.
 *
 * @throws {HoldfastError} `REFUND_NOT_POSSIBLE`, `REFUND_UNCLEAR`, `FORWARDING_UNAUTHORIZED`;
 *   `STRIPE_API_CONNECTION_ERROR` when no answer came: calling again asks for the same refund.
 */
export async function refundPayment(
  context: RefundContext,
  row: PaymentRow,
  amount: number | null,
  signal: AbortSignal,
): Promise<Refund> {
  const intentId = requireRefundable(row, amount);
  const wish = openWish(context, row, intentId, amount);
  const result = await withDeadline(
    context.clock,
    context.callDeadlineMs,
    signal,
    (callSignal) =>
      context.gateway.refundIntent(intentId, wish.amount, {
        idempotencyKey: wish.idempotencyKey,
        signal: callSignal,
      }),
  );
  if (result.kind !== "refund") {
    throw refused(context, row, intentId, wish, result);
  }
  const { refund } = result;
  context.database.transaction(() => {
    context.refunds.settle(wish, refund);
    context.activity.add("refunded", row.rowId, {
      refundId: refund.id,
      amount: refund.amount,
      status: refund.status,
    });
  });
  return refund;
}

function requireRefundable(row: PaymentRow, amount: number | null): string {
  const { payment } = row;
  const isTaken = payment.state === "captured" ||
    (payment.state === "forwarded" && payment.captureMethod === "automatic");
  if (!isTaken || payment.id === null) {
    throw impossible(`a payment in state ${payment.state} took no money yet`, {
      state: payment.state,
    });
  }
  const isAmount = amount === null ||
    (Number.isSafeInteger(amount) && amount > 0 && amount <= payment.amount);
  if (isAmount) return payment.id;
  throw failure(
    "INVALID_ARGUMENT",
    `amount must be an integer of 1..${payment.amount}, or left out`,
    { field: "amount" },
  );
}

/** The wish to send: the one that waits for an answer, or a new one. */
function openWish(
  context: RefundContext,
  row: PaymentRow,
  intentId: string,
  amount: number | null,
): OpenRefund {
  const { refunds, clock } = context;
  const { rowId, payment: { localId } } = row;
  const nowMs = clock.nowMs();
  const waiting = refunds.open(rowId);
  if (waiting === null) {
    const key = (wish: number): string => refundKey(localId, intentId, wish, 0);
    return refunds.begin(rowId, amount, key, nowMs);
  }
  if (waiting.amount !== amount) {
    throw impossible("another refund of this payment waits for its answer", {
      amount: waiting.amount,
    });
  }
  const ageMs = nowMs - waiting.firstAttemptAtMs;
  if (ageMs >= 0 && ageMs < KEY_TRUST_MS) return waiting;
  if (amount !== null) throw unclear(context, row, waiting);
  return renew(context, row, intentId, waiting);
}

function renew(
  context: RefundContext,
  row: PaymentRow,
  intentId: string,
  wish: OpenRefund,
): OpenRefund {
  const { refunds, clock } = context;
  const { localId } = row.payment;
  const key = refundKey(localId, intentId, wish.id, wish.generation + 1);
  refunds.renew(wish, key, clock.nowMs());
  return refunds.open(row.rowId)!;
}

/** What an answer that is no refund means; what it settles is written down. */
function refused(
  context: RefundContext,
  row: PaymentRow,
  intentId: string,
  wish: OpenRefund,
  result: Exclude<RefundResult, { kind: "refund" }>,
): HoldfastError {
  switch (result.kind) {
    case "unauthorized":
      return failure(
        "FORWARDING_UNAUTHORIZED",
        `Stripe refuses the credentials: ${result.code}`,
      );
    case "unavailable":
      if (!result.isSaved) return noAnswer(result.code);
      // The key will only ever replay that failure.
      if (wish.amount !== null) return unclear(context, row, wish);
      renew(context, row, intentId, wish);
      return noAnswer(result.code);
    case "rejected":
    case "not_found":
    case "unexpected_state":
    case "idempotency_conflict": {
      const code = result.kind === "rejected" ? result.code : result.kind;
      context.refunds.end(wish, "rejected");
      return impossible(`Stripe refuses the refund: ${code}`, { code });
    }
  }
}

/** Nobody here can tell whether a part went back; it must not go back twice. */
function unclear(
  context: RefundContext,
  row: PaymentRow,
  wish: OpenRefund,
): HoldfastError {
  context.database.transaction(() => {
    context.refunds.end(wish, "unclear");
    context.activity.add("refund_unclear", row.rowId, { amount: wish.amount });
  });
  return failure(
    "REFUND_UNCLEAR",
    "the refund was asked for and never answered",
    { details: { amount: wish.amount } },
  );
}

function noAnswer(code: string): HoldfastError {
  return failure(
    "STRIPE_API_CONNECTION_ERROR",
    `no answer to the refund: ${code}`,
  );
}

function impossible(
  message: string,
  details: Record<string, string | number | null>,
): HoldfastError {
  const code: ErrorCode = "REFUND_NOT_POSSIBLE";
  return failure(code, message, { details });
}
