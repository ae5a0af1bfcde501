/**
 * Forwarding one payment: create → persist the id → confirm that id only.
 *
 * Owns: exactly once. Creating moves no money, so it may happen twice; a PaymentIntent is a
 * state machine, so confirming the one id in our row may be repeated for ever. Every key is on
 * disk before its first send. An answer that does not come leaves the payment `unknown`, never
 * failed. This file decides nothing about when to try again.
 * @module
 */
import type { Gateway, GatewayResult, Intent } from "../gateway.ts";
import {
  OPEN_STATES,
  type PaymentError,
  type PaymentState,
} from "../payment.ts";
import type { Clock, Database } from "../ports.ts";
import type { ActivityLog } from "../store/activity.ts";
import type { Lease, Leases } from "../store/lease.ts";
import type { Payments } from "../store/payments.ts";
import type { PaymentRow } from "../store/rows.ts";
import type { Steps } from "../store/steps.ts";
import { formatUuid, toHex } from "../uuid.ts";
import type { Vault } from "../vault.ts";
import { withDeadline } from "./deadline.ts";
import { confirmKey, createKey } from "./keys.ts";

/** What forwarding works with; all owned by the engine. */
export interface ForwardContext {
  database: Database;
  payments: Payments;
  steps: Steps;
  leases: Leases;
  activity: ActivityLog;
  vault: Vault;
  clock: Clock;
  gateway: Gateway;
  /** Milliseconds one call may take. */
  callDeadlineMs: number;
}

/** How one attempt ended. */
export type ForwardResult =
  /** The payment has its outcome (or had it already). */
  | { kind: "settled" }
  /** Try again later with the same keys. */
  | {
    kind: "retry";
    code: string;
    retryAfterMs: number | null;
    isAnswered: boolean;
  }
  /** Nothing of this lane can be forwarded until a person acts. */
  | { kind: "parked"; code: string }
  /** Another drainer holds a newer lease. */
  | { kind: "fenced" };

/**
 * Stripe may forget a v1 key once it is 24 h old, and then executes it anew; an hour earlier we
 * stop trusting it and look the payment up instead.
 */
export const KEY_TRUST_MS = 23 * 60 * 60 * 1000;

/** How far before our first attempt to look, for a device whose clock runs ahead of Stripe's. */
const LOOK_BACK_MS = 60 * 60 * 1000;

/** Forwards the payment of `rowId` as far as one attempt gets; never throws for an answer. */
export async function forwardPayment(
  context: ForwardContext,
  rowId: number,
  lease: Lease,
  signal: AbortSignal,
): Promise<ForwardResult> {
  const row = context.payments.byRowId(rowId);
  if (row === null || !OPEN_STATES.includes(row.payment.state)) {
    return { kind: "settled" };
  }
  if (!context.leases.isCurrent(lease)) return { kind: "fenced" };
  if (row.payment.id !== null) {
    return await confirm(context, row, row.payment.id, signal);
  }
  const obtained = await obtainIntent(context, row, signal);
  if (typeof obtained !== "string") return obtained;
  if (!context.leases.isCurrent(lease)) return { kind: "fenced" };
  return await confirm(context, row, obtained, signal);
}

/** Creates or finds the PaymentIntent and persists its id, or says why not now. */
async function obtainIntent(
  context: ForwardContext,
  row: PaymentRow,
  signal: AbortSignal,
): Promise<string | ForwardResult> {
  const { payment, rowId } = row;
  const last = context.steps.latest(rowId, "create");
  const nowMs = context.clock.nowMs();
  let generation = last?.generation ?? 0;
  if (
    last !== null && (last.isSpent || isStale(last.firstAttemptAtMs, nowMs))
  ) {
    const found = await call(
      context,
      signal,
      (callSignal) =>
        context.gateway.findIntent(
          payment.localId,
          last.firstAttemptAtMs - LOOK_BACK_MS,
          { idempotencyKey: null, signal: callSignal },
        ),
    );
    if (found.kind === "intent") return adopt(context, row, found.intent);
    if (found.kind !== "not_found") return wait(context, row, found);
    generation++;
  }
  const metadata = {
    ...payment.metadata,
    holdfast_local_id: payment.localId,
    holdfast_device: formatUuid(context.vault.deviceId),
    holdfast_epoch: String(row.epoch),
    holdfast_seq: String(payment.seq),
    holdfast_hash: toHex(row.recordHash),
  };
  const request = {
    amount: payment.amount,
    currency: payment.currency,
    captureMethod: payment.captureMethod,
    metadata,
  };
  const step = context.steps.begin(
    rowId,
    "create",
    generation,
    createKey(payment.localId, generation),
    JSON.stringify(request),
    nowMs,
  );
  const result = await call(
    context,
    signal,
    (callSignal) =>
      context.gateway.createIntent(JSON.parse(step.parameters), {
        idempotencyKey: step.idempotencyKey,
        signal: callSignal,
      }),
  );
  if (result.kind === "intent") return adopt(context, row, result.intent);
  if (
    result.kind === "idempotency_conflict" ||
    (result.kind === "unavailable" && result.isSaved)
  ) {
    context.steps.spend(rowId, "create");
  }
  if (result.kind === "rejected") {
    return settle(context, row, "failed", refusal(result.code));
  }
  return wait(context, row, result);
}

/** Lets the first id in, and only if it is of this payment. */
function adopt(
  context: ForwardContext,
  row: PaymentRow,
  intent: Intent,
): string | ForwardResult {
  if (!isOfPayment(intent, row)) {
    return settle(context, row, "failed", refusal("intent_mismatch"));
  }
  return context.steps.adoptIntent(row.rowId, intent.id);
}

/** Confirms the persisted id; safe to repeat. */
async function confirm(
  context: ForwardContext,
  row: PaymentRow,
  intentId: string,
  signal: AbortSignal,
): Promise<ForwardResult> {
  const { payment, rowId } = row;
  const last = context.steps.latest(rowId, "confirm");
  const nowMs = context.clock.nowMs();
  let generation = last?.generation ?? 0;
  if (
    last !== null && (last.isSpent || isStale(last.firstAttemptAtMs, nowMs))
  ) {
    const state = await retrieve(context, row, intentId, signal);
    if (state !== null) return state;
    generation++;
  }
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
    nowMs,
  );
  const result = await call(
    context,
    signal,
    (callSignal) =>
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
        { idempotencyKey: step.idempotencyKey, signal: callSignal },
      ),
  );
  switch (result.kind) {
    case "intent": {
      const state = settleByStatus(context, row, result.intent);
      if (state !== null) return state;
      // Nothing moved and this key will only ever replay that answer.
      context.steps.spend(rowId, "confirm");
      return retryLater("not_confirmed");
    }
    case "declined":
      return settle(context, row, "declined", result.error);
    case "rejected": {
      const state = await retrieve(context, row, intentId, signal);
      return state ?? settle(context, row, "failed", refusal(result.code));
    }
    case "unexpected_state":
    case "idempotency_conflict":
      context.steps.spend(rowId, "confirm");
      return await retrieve(context, row, intentId, signal) ??
        retryLater(result.kind);
    case "not_found":
      return settle(context, row, "failed", refusal("intent_not_found"));
    case "unavailable":
      if (result.isSaved) context.steps.spend(rowId, "confirm");
      if (result.mayHaveExecuted) markUnknown(context, row);
      return wait(context, row, result);
    case "unauthorized":
      return wait(context, row, result);
  }
}

/** Reads the PaymentIntent; null means it is there and no money has moved. */
async function retrieve(
  context: ForwardContext,
  row: PaymentRow,
  intentId: string,
  signal: AbortSignal,
): Promise<ForwardResult | null> {
  const result = await call(
    context,
    signal,
    (callSignal) =>
      context.gateway.retrieveIntent(intentId, {
        idempotencyKey: null,
        signal: callSignal,
      }),
  );
  if (result.kind === "intent") {
    return settleByStatus(context, row, result.intent);
  }
  if (result.kind === "not_found") {
    return settle(context, row, "failed", refusal("intent_not_found"));
  }
  return wait(context, row, result);
}

/** Settles by the PaymentIntent's status; null while it says nothing final. */
function settleByStatus(
  context: ForwardContext,
  row: PaymentRow,
  intent: Intent,
): ForwardResult | null {
  if (!isOfPayment(intent, row)) {
    return settle(context, row, "failed", refusal("intent_mismatch"));
  }
  switch (intent.status) {
    case "succeeded":
    case "requires_capture":
      return settle(context, row, "forwarded", null);
    case "canceled":
      return settle(context, row, "failed", refusal("intent_canceled"));
    case "requires_payment_method":
      // Without an error it was never confirmed, whatever the caller feared.
      return intent.error === null
        ? null
        : settle(context, row, "declined", intent.error);
    case "requires_action":
      return settle(context, row, "declined", refusal("requires_action"));
    case "processing":
      return retryLater("processing");
    case "requires_confirmation":
      return null;
  }
}

/** Writes the outcome; the ciphertext goes in the same transaction. */
function settle(
  context: ForwardContext,
  row: PaymentRow,
  state: PaymentState,
  error: PaymentError | null,
): ForwardResult {
  context.database.transaction(() => {
    if (!context.payments.move(row.rowId, state, error)) return;
    context.activity.add(state, row.rowId, {
      code: error?.code ?? null,
      declineCode: error?.declineCode ?? null,
    });
  });
  return { kind: "settled" };
}

function markUnknown(context: ForwardContext, row: PaymentRow): void {
  context.database.transaction(() => {
    if (!context.payments.move(row.rowId, "unknown")) return;
    context.activity.add("unknown", row.rowId);
  });
}

/** An answer that settles nothing: when may we ask again? */
function wait(
  context: ForwardContext,
  row: PaymentRow,
  result: GatewayResult,
): ForwardResult {
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
      context.activity.add("lookup_refused", row.rowId, { code: result.code });
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

/** True when a key may have been forgotten by the server, or our clock cannot tell. */
function isStale(firstAttemptAtMs: number, nowMs: number): boolean {
  const age = nowMs - firstAttemptAtMs;
  return age >= KEY_TRUST_MS || age < 0;
}

function refusal(code: string): PaymentError {
  return { code, declineCode: null, adviceCode: null };
}

async function call(
  context: ForwardContext,
  signal: AbortSignal,
  send: (signal: AbortSignal) => Promise<GatewayResult>,
): Promise<GatewayResult> {
  return await withDeadline(
    context.clock,
    context.callDeadlineMs,
    signal,
    send,
  );
}
