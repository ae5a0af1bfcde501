/**
 * Giving money back after a payment was forwarded.
 *
 * Owns: that one wish of the app gives money back once, however often it is repeated and whatever
 * dies in between. A refund is no state machine: Stripe forgets its key after a day and would make
 * a second one of the same part. So the first send has its key on disk, and every repetition asks
 * Stripe's list first, whatever the clock says. What the list shows was made; what it does not show
 * is asked for with the same key for ever, so that a request still on its way counts as the same:
 * a second key beside it could give the money back twice. A failure that Stripe saved for the key
 * is repeated until Stripe forgets the key after a day; then the same key makes the refund.
 * @module
 */
import { type ErrorCode, failure, type HoldfastError } from "../errors.ts";
import type {
  GatewayCall,
  ListedRefund,
  Refund,
  RefundListResult,
  RefundResult,
} from "../gateway.ts";
import type { OpenRefund, Refunds } from "../store/refunds.ts";
import type { PaymentRow } from "../store/rows.ts";
import { withDeadline } from "./deadline.ts";
import type { ForwardContext } from "./forward_context.ts";
import { refundKey, refundMark } from "./keys.ts";

/** What refunding works with. */
export interface RefundContext extends
  Pick<
    ForwardContext,
    "clock" | "gateway" | "callDeadlineMs" | "database" | "activity"
  > {
  refunds: Pick<
    Refunds,
    | "open"
    | "isKnown"
    | "isTold"
    | "madeSince"
    | "begin"
    | "settle"
    | "reject"
    | "tellUnclear"
  >;
}

/** One wish of one payment. */
interface Asking {
  context: RefundContext;
  row: PaymentRow;
  intentId: string;
  wish: OpenRefund;
  signal: AbortSignal;
  /** Aborted when whoever asked does not listen any more; the refund under way goes on. */
  listening: AbortSignal;
}

/**
 * Refunds `amount` minor units of `row`, or all that is left when null. The same amount asked for
 * again before there was an answer is the same wish.
 *
 * @throws {HoldfastError} `REFUND_NOT_POSSIBLE`, `REFUND_UNCLEAR`, `FORWARDING_UNAUTHORIZED`;
 *   `STRIPE_API_CONNECTION_ERROR` when no answer came: calling again asks for the same refund.
 */
export async function refundPayment(
  context: RefundContext,
  row: PaymentRow,
  amount: number | null,
  signal: AbortSignal,
  listening: AbortSignal = signal,
): Promise<Refund> {
  const intentId = requireRefundable(row, amount);
  const waiting = context.refunds.open(row.rowId);
  if (waiting === null) {
    const wish = begin(context, row, intentId, amount);
    return await send({ context, row, intentId, wish, signal, listening });
  }
  const asking = { context, row, intentId, wish: waiting, signal, listening };
  const made = await lookUp(asking);
  if (made !== null) {
    settle(asking, made);
    if (waiting.amount === amount) return made;
  } else if (context.refunds.open(row.rowId)?.id === waiting.id) {
    if (waiting.amount === amount) return await send(asking);
    throw impossible("another refund of this payment waits for its answer", {
      amount: waiting.amount,
    });
  }
  return meanwhile(asking, amount) ??
    await refundPayment(context, row, amount, signal, listening);
}

function begin(
  { refunds, clock }: RefundContext,
  row: PaymentRow,
  intentId: string,
  amount: number | null,
): OpenRefund {
  const { localId } = row.payment;
  return refunds.begin(
    row.rowId,
    amount,
    (name) => refundKey(localId, intentId, name),
    clock.nowMs(),
  );
}

/**
 * The wish that was waiting is over. Whoever asked at the same time may have got what we were asked
 * for, and that is one wish; null when another amount is a wish of its own now.
 */
function meanwhile(asking: Asking, amount: number | null): Refund | null {
  const { context: { refunds }, row, wish } = asking;
  const made = refunds.madeSince(row.rowId, wish, amount, row.payment.currency);
  if (made !== null) return made;
  const isForAPerson = refunds.isTold(wish) && wish.amount === amount;
  if (isForAPerson && refunds.open(row.rowId) === null) throw unclear(asking);
  return null;
}

/** What became of a wish that was sent before: Stripe's refund of its mark, or null. */
async function lookUp(asking: Asking): Promise<Refund | null> {
  const { context, row, intentId, wish } = asking;
  const result = await call(
    asking,
    null,
    (read) => context.gateway.listRefunds(intentId, read),
  );
  if (result.kind !== "refunds") throw unread(asking, result);
  const mark = refundMark(row.payment.localId, wish.wish);
  const found = result.refunds.find((refund) => refund.mark === mark);
  if (found !== undefined) return withoutMark(found);
  if (wish.amount === null) return null;
  // Whoever made it, an older version of ours or a person, left no mark: it may be this one.
  const mayBe = result.refunds.some((refund) =>
    refund.mark === null && refund.amount === wish.amount &&
    !context.refunds.isKnown(refund.id)
  );
  if (mayBe) throw unclear(asking);
  return null;
}

/** Why nothing more is sent when the list cannot be read. */
function unread(
  asking: Asking,
  result: Exclude<RefundListResult, { kind: "refunds" }>,
): HoldfastError {
  switch (result.kind) {
    case "unauthorized":
      return unauthorized(result.code);
    case "unavailable":
      return noAnswer(result.code);
    case "rejected":
      return unclear(asking);
  }
}

async function send(asking: Asking): Promise<Refund> {
  const { context, row, intentId, wish } = asking;
  const request = {
    amount: wish.amount,
    mark: refundMark(row.payment.localId, wish.wish),
  };
  const result = await call(
    asking,
    wish.idempotencyKey,
    (sending) => context.gateway.refundIntent(intentId, request, sending),
  );
  if (result.kind !== "refund") throw refused(asking, result);
  settle(asking, result.refund);
  return result.refund;
}

function call<R>(
  { context, signal }: Asking,
  idempotencyKey: string | null,
  ask: (call: GatewayCall) => Promise<R>,
): Promise<R> {
  return withDeadline(
    context.clock,
    context.callDeadlineMs,
    signal,
    (callSignal) => ask({ idempotencyKey, signal: callSignal }),
  );
}

function settle({ context, row, wish }: Asking, refund: Refund): void {
  context.database.transaction(() => {
    if (!context.refunds.settle(wish, refund)) return;
    context.activity.add("refunded", row.rowId, {
      refundId: refund.id,
      amount: refund.amount,
      status: refund.status,
    });
  });
}

function withoutMark({ mark: _, ...refund }: ListedRefund): Refund {
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
  if (payment.cardPresent.brand === "interac") {
    throw impossible("Interac gives money back only to a card that is there", {
      code: "interac_needs_card",
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

/** What an answer that is no refund means; what it settles is written down. */
function refused(
  asking: Asking,
  result: Exclude<RefundResult, { kind: "refund" }>,
): HoldfastError {
  const { context, wish } = asking;
  switch (result.kind) {
    case "unauthorized":
      return unauthorized(result.code);
    case "unavailable":
      return noAnswer(result.code);
    case "idempotency_conflict":
      // The key was used with other parameters: by an older version of ours, or by nobody we know.
      return unclear(asking);
    case "rejected":
    case "not_found":
    case "unexpected_state": {
      const code = result.kind === "rejected" ? result.code : result.kind;
      context.refunds.reject(wish);
      return impossible(`Stripe refuses the refund: ${code}`, { code });
    }
  }
}

/**
 * Nobody here can tell whether it went back; it must not go back twice. The wish stays as it is
 * until whoever is told asks again: a process may die, or a caller leave, before anybody has heard.
 */
function unclear(
  { context, row, wish, listening }: Asking,
): HoldfastError {
  if (!listening.aborted && !context.refunds.isTold(wish)) {
    context.activity.add("refund_unclear", row.rowId, { amount: wish.amount });
    // Last: where the line cannot be written, another error is told instead.
    context.refunds.tellUnclear(wish);
  }
  return failure(
    "REFUND_UNCLEAR",
    "the refund was asked for and never answered",
    { details: { amount: wish.amount } },
  );
}

function unauthorized(code: string): HoldfastError {
  return failure(
    "FORWARDING_UNAUTHORIZED",
    `Stripe refuses the credentials: ${code}`,
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
