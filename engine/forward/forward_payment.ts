/**
 * Forwarding one payment: create → persist the id → confirm that id only.
 *
 * Owns: exactly once. Creating moves no money, so it may happen twice; a PaymentIntent is a
 * state machine, so confirming the one id in our row may be repeated for ever. Every key is on
 * disk before its first send. An answer that does not come leaves the payment `unknown`, never
 * failed. This file decides nothing about when to try again.
 * @module
 */
import type { GatewayResult, Intent } from "../gateway.ts";
import {
  OPEN_STATES,
  type PaymentError,
  type PaymentState,
} from "../payment.ts";
import type { Lease } from "../store/lease.ts";
import type { PaymentRow } from "../store/rows.ts";
import type { Step } from "../store/steps.ts";
import { termsOf } from "../terms.ts";
import { formatUuid, toHex } from "../uuid.ts";
import { withDeadline } from "./deadline.ts";
import type { ForwardContext, ForwardResult } from "./forward_context.ts";
import { cancelKey, confirmKey, createKey } from "./keys.ts";
import { isPresentedAgain, planAgain, waitToPresent } from "./present_again.ts";
export type { ForwardContext, ForwardResult } from "./forward_context.ts";

/**
 * Stripe may forget a v1 key once it is 24 h old, and then executes it anew; an hour earlier we
 * stop trusting it and look the payment up instead.
 */
export const KEY_TRUST_MS = 23 * 60 * 60 * 1000;

/** How far before our first attempt to look, for a device whose clock runs ahead of Stripe's. */
const LOOK_BACK_MS = 60 * 60 * 1000;

/** One attempt at one payment; `row` is as it was when the attempt began. */
interface Attempt {
  context: ForwardContext;
  row: PaymentRow;
  lease: Lease;
  signal: AbortSignal;
}

/** Forwards the payment of `rowId` as far as one attempt gets; never throws for an answer. */
export async function forwardPayment(
  context: ForwardContext,
  rowId: number,
  lease: Lease,
  signal: AbortSignal,
): Promise<ForwardResult> {
  const row = context.payments.byRowId(rowId);
  if (row === null) return { kind: "settled" };
  const attempt = { context, row, lease, signal };
  const bar = barred(attempt);
  if (bar !== null) return bar;
  if (row.payment.id !== null) return await confirm(attempt, row.payment.id);
  const obtained = await obtainIntent(attempt);
  if (typeof obtained !== "string") return obtained;
  return await confirm(attempt, obtained);
}

/**
 * Why this attempt may send nothing more: it was fenced off, or the payment got its outcome from
 * someone else. Asked after every wait, just before a step is written down and sent.
 */
function barred({ context, row, lease }: Attempt): ForwardResult | null {
  if (!context.leases.isCurrent(lease)) return { kind: "fenced" };
  const now = context.payments.byRowId(row.rowId);
  return now !== null && OPEN_STATES.includes(now.payment.state)
    ? null
    : { kind: "settled" };
}

/** Creates or finds the PaymentIntent and persists its id, or says why not now. */
async function obtainIntent(
  attempt: Attempt,
): Promise<string | ForwardResult> {
  const { context, row } = attempt;
  const { payment, rowId } = row;
  const last = context.steps.latest(rowId, "create");
  let generation = last?.generation ?? 0;
  if (last !== null && isUseless(last, context.clock.nowMs())) {
    // The intent may be older than our first attempt: online, it is made before the sale.
    const fromMs = Math.min(payment.createdAtMs, last.firstAttemptAtMs);
    const found = await call(
      attempt,
      (signal) =>
        context.gateway.findIntent(payment.localId, fromMs - LOOK_BACK_MS, {
          idempotencyKey: null,
          signal,
        }),
    );
    if (found.kind === "intent") return adopt(attempt, found.intent);
    if (found.kind !== "not_found") return wait(attempt, found);
    generation++;
  }
  const bar = barred(attempt);
  if (bar !== null) return bar;
  const metadata = {
    ...payment.metadata,
    holdfast_local_id: payment.localId,
    holdfast_device: formatUuid(context.vault.deviceId),
    holdfast_epoch: String(row.epoch),
    holdfast_seq: String(payment.seq),
    holdfast_hash: toHex(row.recordHash),
    ...(payment.terms.tip === null
      ? {}
      : { holdfast_tip: String(payment.terms.tip) }),
  };
  const request = {
    amount: payment.amount,
    currency: payment.currency,
    captureMethod: payment.captureMethod,
    metadata,
    ...termsOf(payment.terms),
  };
  const step = context.steps.begin(
    rowId,
    "create",
    generation,
    createKey(payment.localId, generation),
    JSON.stringify(request),
    context.clock.nowMs(),
  );
  const result = await call(
    attempt,
    (signal) =>
      context.gateway.createIntent(JSON.parse(step.parameters), {
        idempotencyKey: step.idempotencyKey,
        signal,
      }),
  );
  if (result.kind === "intent") return adopt(attempt, result.intent);
  if (
    result.kind === "idempotency_conflict" || result.kind === "rejected" ||
    (result.kind === "unavailable" && result.isSaved)
  ) {
    context.steps.spend(rowId, "create");
  }
  if (result.kind === "rejected") {
    return settle(attempt, "failed", refusal(result.code));
  }
  return wait(attempt, result);
}

/** Lets the first id in, and only if it is of this payment. */
function adopt(attempt: Attempt, intent: Intent): string | ForwardResult {
  const { context, row } = attempt;
  if (!isOfPayment(intent, row)) {
    return settle(attempt, "failed", refusal("intent_mismatch"));
  }
  return context.steps.adoptIntent(row.rowId, intent.id);
}

/** Confirms the persisted id; safe to repeat. */
async function confirm(
  attempt: Attempt,
  intentId: string,
): Promise<ForwardResult> {
  const { context, row } = attempt;
  const { payment, rowId } = row;
  const last = context.steps.latest(rowId, "confirm");
  let generation = last?.generation ?? 0;
  const early = waitToPresent(context, row);
  if (early !== null) return early;
  if (last !== null && isUseless(last, context.clock.nowMs())) {
    const state = await retrieve(attempt, intentId);
    if (state !== null) return state;
    generation++;
  }
  const bar = barred(attempt);
  if (bar !== null) return bar;
  const record = context.payments.sealedRecord(rowId);
  if (record === null) {
    throw new Error(`open payment in row ${rowId} has no sealed record`);
  }
  const step = context.steps.begin(
    rowId,
    "confirm",
    generation,
    confirmKey(payment.localId, intentId, generation),
    "{}", // The sealed record is the parameter, and it never changes.
    context.clock.nowMs(),
  );
  const result = await call(
    attempt,
    (signal) =>
      context.gateway.confirmIntent(
        intentId,
        {
          localId: payment.localId,
          amount: payment.amount,
          currency: payment.currency,
          genesis: context.vault.genesis(row.epoch),
          record,
          storedAtMs: row.storedAtMs,
          readMethod: payment.cardPresent.readMethod,
        },
        { idempotencyKey: step.idempotencyKey, signal },
      ),
  );
  switch (result.kind) {
    case "intent": {
      const state = await settleByStatus(attempt, result.intent);
      if (state?.kind === "settled") return state;
      // Nothing is final and this key will only ever replay that answer.
      context.steps.spend(rowId, "confirm");
      return state ?? retryLater("not_confirmed");
    }
    case "declined":
      return await settleDeclined(attempt, intentId, result.error);
    case "rejected":
      context.steps.spend(rowId, "confirm");
      return await retrieve(attempt, intentId) ??
        settle(attempt, "failed", refusal(result.code));
    case "unexpected_state":
    case "idempotency_conflict":
      context.steps.spend(rowId, "confirm");
      return await retrieve(attempt, intentId) ?? retryLater(result.kind);
    case "not_found":
      return settle(attempt, "failed", refusal("intent_not_found"));
    case "unavailable":
      if (result.isSaved) context.steps.spend(rowId, "confirm");
      if (result.mayHaveExecuted) markUnknown(attempt);
      return wait(attempt, result);
    case "unauthorized":
      return wait(attempt, result);
  }
}

/** Reads the PaymentIntent; null means it is there and no money has moved. */
async function retrieve(
  attempt: Attempt,
  intentId: string,
): Promise<ForwardResult | null> {
  const result = await call(
    attempt,
    (signal) =>
      attempt.context.gateway.retrieveIntent(intentId, {
        idempotencyKey: null,
        signal,
      }),
  );
  if (result.kind === "intent") {
    return await settleByStatus(attempt, result.intent);
  }
  if (result.kind === "not_found") {
    return settle(attempt, "failed", refusal("intent_not_found"));
  }
  return wait(attempt, result);
}

/** Settles by the PaymentIntent's status; null while it says nothing final. */
async function settleByStatus(
  attempt: Attempt,
  intent: Intent,
): Promise<ForwardResult | null> {
  if (!isOfPayment(intent, attempt.row)) {
    return settle(attempt, "failed", refusal("intent_mismatch"));
  }
  switch (intent.status) {
    case "succeeded":
    case "requires_capture":
      return settle(attempt, "forwarded", null);
    case "canceled":
      // After a refusal it is most likely we who closed it; see settleDeclined.
      return intent.error === null
        ? settle(attempt, "failed", refusal("intent_canceled"))
        : settle(attempt, "declined", intent.error);
    case "requires_payment_method":
      // Without an error it was never confirmed, whatever the caller feared. With one that was
      // weighed already, it is time to confirm it again.
      return intent.error === null ||
          isPresentedAgain(attempt.context, attempt.row)
        ? null
        : await settleDeclined(attempt, intent.id, intent.error);
    case "requires_action":
      return await settleDeclined(
        attempt,
        intent.id,
        refusal("requires_action"),
      );
    case "processing":
      markUnknown(attempt);
      return retryLater("processing");
    case "requires_confirmation":
      return null;
  }
}

/**
 * Settles a refusal. A refused PaymentIntent may be confirmed again, so a confirmation of ours
 * that got no answer and is still on its way could take the money after we said no. When there
 * may be one, the PaymentIntent is cancelled first, and what it then says decides. A decline
 * that is not final, see `present_again.ts`, settles nothing.
 */
async function settleDeclined(
  attempt: Attempt,
  intentId: string,
  error: PaymentError,
): Promise<ForwardResult> {
  const { context, row } = attempt;
  const again = planAgain(context, row, error);
  if (again !== null) return again;
  const sent = context.steps.latest(row.rowId, "confirm");
  if (sent === null || (sent.attempts === 1 && sent.generation === 0)) {
    return settle(attempt, "declined", error);
  }
  const bar = barred(attempt);
  if (bar !== null) return bar;
  const last = context.steps.latest(row.rowId, "cancel");
  const isNew = last !== null && isUseless(last, context.clock.nowMs());
  const generation = (last?.generation ?? 0) + (isNew ? 1 : 0);
  const step = context.steps.begin(
    row.rowId,
    "cancel",
    generation,
    cancelKey(row.payment.localId, intentId, generation),
    "{}",
    context.clock.nowMs(),
  );
  const result = await call(
    attempt,
    (signal) =>
      context.gateway.cancelIntent(intentId, {
        idempotencyKey: step.idempotencyKey,
        signal,
      }),
  );
  if (result.kind === "intent" && result.intent.status === "canceled") {
    return settle(attempt, "declined", error);
  }
  // Whatever else came, the next attempt reads the PaymentIntent before it does anything.
  context.steps.spend(row.rowId, "confirm");
  context.steps.spend(row.rowId, "cancel");
  markUnknown(attempt);
  return wait(attempt, result);
}

/** Writes the outcome; the ciphertext goes in the same transaction. */
function settle(
  attempt: Attempt,
  state: PaymentState,
  error: PaymentError | null,
): ForwardResult {
  const { context, row } = attempt;
  context.database.transaction(() => {
    if (!context.payments.move(row.rowId, state, error)) return;
    context.activity.add(state, row.rowId, {
      code: error?.code ?? null,
      declineCode: error?.declineCode ?? null,
    });
  });
  return { kind: "settled" };
}

function markUnknown({ context, row }: Attempt): void {
  context.database.transaction(() => {
    // Meanwhile another drainer may have learned the outcome; a fear does not replace it.
    const now = context.payments.byRowId(row.rowId);
    if (now?.payment.state !== "stored") return;
    context.payments.move(row.rowId, "unknown");
    context.activity.add("unknown", row.rowId);
  });
}

/** An answer that settles nothing: when may we ask again? */
function wait(attempt: Attempt, result: GatewayResult): ForwardResult {
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

function retryLater(code: string): ForwardResult {
  return { kind: "retry", code, retryAfterMs: null, isAnswered: true };
}

function isOfPayment(intent: Intent, row: PaymentRow): boolean {
  const { payment } = row;
  return intent.metadata.holdfast_local_id === payment.localId &&
    intent.amount === payment.amount && intent.currency === payment.currency &&
    intent.isLivemode === payment.isLivemode;
}

/** True when a key only replays a useless answer, was perhaps forgotten, or our clock cannot tell. */
function isUseless(step: Step, nowMs: number): boolean {
  const age = nowMs - step.firstAttemptAtMs;
  return step.isSpent || age >= KEY_TRUST_MS || age < 0;
}

function refusal(code: string): PaymentError {
  return { code, declineCode: null, adviceCode: null };
}

async function call(
  { context, signal }: Attempt,
  send: (signal: AbortSignal) => Promise<GatewayResult>,
): Promise<GatewayResult> {
  return await withDeadline(
    context.clock,
    context.callDeadlineMs,
    signal,
    send,
  );
}
