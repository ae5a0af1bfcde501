/**
 * Forwarding one payment: create → persist the id → confirm that id only.
 *
 * Owns: exactly once. Creating moves no money, so it may happen twice; a PaymentIntent is a
 * state machine, so confirming the one id in our row may be repeated for ever. Every key is on
 * disk before its first send. An answer that does not come leaves the payment `unknown`, never
 * failed. This file decides nothing about when to try again.
 * @module
 */
import type { CreateIntentRequest, GatewayResult, Intent } from "../gateway.ts";
import type { PaymentError } from "../payment.ts";
import type { Lease } from "../store/lease.ts";
import type { PaymentRow } from "../store/rows.ts";
import { readRequest, termsOf } from "../terms.ts";
import { formatUuid, toHex } from "../uuid.ts";
import {
  type Attempt,
  barred,
  call,
  isOfPayment,
  isUseless,
  markUnknown,
  refusal,
  retryLater,
  settle,
  wait,
} from "./attempt.ts";
import { beginCancel, CHARGED, isCanceling, sendCancel } from "./cancelling.ts";
import type { ForwardContext, ForwardResult } from "./forward_context.ts";
import { confirmKey, createKey } from "./keys.ts";
import { wipePin } from "./cards_at_hand.ts";
import { lookUp } from "./look_up.ts";
import { isPresentedAgain, planAgain, waitToPresent } from "./present_again.ts";
import { closeSibling } from "./siblings.ts";
export { KEY_TRUST_MS } from "./attempt.ts";
export type { ForwardContext, ForwardResult } from "./forward_context.ts";

/** The PaymentIntent cannot take money any more. */
const CANCELED = refusal("intent_canceled");

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
  if (isCardGone(attempt)) return await closeUnpaid(attempt);
  if (row.payment.id !== null) return await confirm(attempt, row.payment.id);
  const obtained = await obtainIntent(attempt);
  if (typeof obtained !== "string") return obtained;
  return await confirm(attempt, obtained);
}

/** Creates or finds the PaymentIntent and persists its id, or says why not now. */
async function obtainIntent(
  attempt: Attempt,
): Promise<string | ForwardResult> {
  const { context, row } = attempt;
  const { payment, rowId } = row;
  const last = context.steps.latest(rowId, "create");
  let generation = last?.generation ?? 0;
  const isStale = last !== null && isUseless(last, context.clock.nowMs());
  if (isStale || row.mustLook) {
    const found = await takeUpFound(attempt);
    if (found !== null) return found;
    if (isStale) generation++;
  }
  const bar = barred(attempt);
  if (bar !== null) return bar;
  const request = requestOf(context, row);
  const parameters = JSON.stringify(request);
  const step = context.steps.begin(
    rowId,
    "create",
    generation,
    createKey(payment.localId, generation),
    parameters,
    context.clock.nowMs(),
  );
  // What was written down first is what is asked for, whatever we would ask for today.
  const asked = step.parameters === parameters
    ? request
    : readRequest(step.parameters);
  const result = await call(
    attempt,
    (signal) =>
      context.gateway.createIntent(asked, {
        idempotencyKey: step.idempotencyKey,
        signal,
      }),
  );
  return concludeCreate(attempt, result);
}

/** What an answer to a creation means; whatever refuses this payment alone is for a person. */
function concludeCreate(
  attempt: Attempt,
  result: GatewayResult,
): string | ForwardResult {
  const { steps } = attempt.context;
  const { rowId } = attempt.row;
  switch (result.kind) {
    case "intent":
      return adopt(attempt, result.intent);
    case "rejected":
    case "not_found": // Something the parameters name does not exist.
    case "unexpected_state":
    case "declined": {
      steps.spend(rowId, "create");
      const error = result.kind === "declined"
        ? result.error
        : refusal(result.kind === "rejected" ? result.code : result.kind);
      return settle(attempt, "failed", error);
    }
    case "idempotency_conflict":
      steps.spend(rowId, "create");
      return wait(attempt, result);
    case "unavailable":
      if (result.isSaved) steps.spend(rowId, "create");
      return wait(attempt, result);
    case "unauthorized":
      return wait(attempt, result);
  }
}

/** What Stripe is asked for; written down once and never made anew for the same key. */
export function requestOf(
  context: Pick<ForwardContext, "vault">,
  row: PaymentRow,
): CreateIntentRequest {
  const { payment } = row;
  const metadata = {
    ...payment.metadata,
    holdfast_local_id: payment.localId,
    // Of the device that took it: whoever forwards it, the parameters stay the same.
    holdfast_device: row.origin?.device ?? formatUuid(context.vault.deviceId),
    holdfast_epoch: String(row.origin?.epoch ?? row.epoch),
    holdfast_seq: String(payment.seq),
    holdfast_hash: toHex(row.recordHash),
    ...(payment.terms.tip === null
      ? {}
      : { holdfast_tip: String(payment.terms.tip) }),
  };
  return {
    amount: payment.amount,
    currency: payment.currency,
    captureMethod: payment.captureMethod,
    metadata,
    ...termsOf(payment.terms),
    ...(payment.cardPresent.brand === "interac"
      ? { acceptsInterac: true as const }
      : {}),
  };
}

/**
 * Lets the first id in, and only if it is of this payment. Whoever was fenced off lets none in: the
 * one who forwards now may be closing that very PaymentIntent for another.
 */
function adopt(attempt: Attempt, intent: Intent): string | ForwardResult {
  const { context, row, lease } = attempt;
  if (!context.leases.isCurrent(lease)) return { kind: "fenced" };
  if (!isOfPayment(intent, row)) {
    return settle(attempt, "failed", refusal("intent_mismatch"));
  }
  return context.steps.adoptIntent(row.rowId, intent.id);
}

/** Looks for the PaymentIntent and lets its id in; null when there is none. */
async function takeUpFound(
  attempt: Attempt,
): Promise<string | ForwardResult | null> {
  const found = await lookUp(attempt);
  return found === null || "kind" in found
    ? found
    : await adoptFound(attempt, found);
}

/**
 * Lets a found id in. Where Stripe shows an end, that is the outcome: a confirmation could only
 * replay what its key was answered before, a decline that was overcome or a success that was
 * canceled since.
 */
async function adoptFound(
  attempt: Attempt,
  intent: Intent,
): Promise<string | ForwardResult> {
  const { steps } = attempt.context;
  if (
    intent.status === "requires_capture" &&
    isCanceling(steps, attempt.row, intent.id)
  ) {
    // A sibling whose closing got no answer; the one that was chosen beside it takes the money.
    return await closeSibling(attempt, intent.id);
  }
  const adopted = adopt(attempt, intent);
  const isOutcome = adopted === intent.id &&
    (intent.status === "canceled" || CHARGED.includes(intent.status));
  return isOutcome ? await settleByStatus(attempt, intent) ?? adopted : adopted;
}

/** Confirms the persisted id; safe to repeat. */
async function confirm(
  attempt: Attempt,
  intentId: string,
): Promise<ForwardResult> {
  const { context, row } = attempt;
  const { rowId } = row;
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
  // The one who waited has left, and taken with him what could charge it.
  if (isCardGone(attempt)) return await closeUnpaid(attempt);
  const result = await sendConfirm(attempt, intentId, generation);
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

/** Writes the confirmation down and sends it. */
function sendConfirm(
  attempt: Attempt,
  intentId: string,
  generation: number,
): Promise<GatewayResult> {
  const { context, row } = attempt;
  const { payment, rowId } = row;
  const { atHand } = context;
  const record = atHand?.get(rowId)?.record ??
    context.payments.sealedRecord(rowId);
  if (record === null) {
    throw new Error(`open payment in row ${rowId} has no sealed record`);
  }
  // It may have become an offline one since the attempt began.
  const { offlineDetails } = context.payments.byRowId(rowId)!.payment;
  const onlinePin = atHand?.sendPin(rowId) ?? null;
  const step = context.steps.begin(
    rowId,
    "confirm",
    generation,
    confirmKey(payment.localId, intentId, generation),
    "{}", // The sealed record is the parameter, and it never changes.
    context.clock.nowMs(),
  );
  const request = {
    localId: payment.localId,
    amount: payment.amount,
    currency: payment.currency,
    genesis: context.vault.genesis(row.epoch),
    record,
    storedAtMs: row.storedAtMs,
    readMethod: payment.cardPresent.readMethod,
    ...(offlineDetails === null ? { isOnline: true as const } : {}),
    ...(payment.cardPresent.brand === "interac"
      ? { method: "interac_present" as const }
      : {}),
    ...(onlinePin === null ? {} : { onlinePin }),
  };
  return call(
    attempt,
    (signal) =>
      context.gateway.confirmIntent(intentId, request, {
        idempotencyKey: step.idempotencyKey,
        signal,
      }).finally(() => wipePin(onlinePin)),
  );
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
  const { row, context: { steps } } = attempt;
  if (!isOfPayment(intent, row)) {
    return settle(attempt, "failed", refusal("intent_mismatch"));
  }
  switch (intent.status) {
    case "requires_capture":
      // A cancellation that is on its way would take what a late confirmation has authorised.
      return isCanceling(steps, row, intent.id)
        ? await finishCancel(attempt, intent.id)
        : settle(attempt, "forwarded", null);
    case "succeeded":
      return settle(attempt, "forwarded", null);
    case "canceled":
      // Closed by us, or by whoever was faster: it is what was wanted.
      if (isCardGone(attempt)) return settle(attempt, "canceled", null);
      // After a refusal it is most likely we who closed it; see settleDeclined. A confirmation that
      // went through before leaves no error there.
      return intent.error === null && !isCanceling(steps, row, intent.id)
        ? settle(attempt, "failed", CANCELED)
        : settle(attempt, "declined", intent.error ?? CANCELED);
    case "requires_payment_method":
      // Without an error it was never confirmed, whatever the caller feared. With one that was
      // weighed already, it is time to confirm it again.
      return intent.error === null || isPinFresh(attempt) ||
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
  // Whoever was fenced off may hold the answer to an older confirmation than the newest.
  const bar = barred(attempt);
  if (bar !== null) return bar;
  if (context.atHand?.wantsPin(row.rowId, error)) {
    context.steps.spend(row.rowId, "confirm");
    return { kind: "pin_wanted" };
  }
  const again = planAgain(context, row, error);
  if (again !== null) return again;
  const sent = context.steps.latest(row.rowId, "confirm");
  // A copied row knows nothing of what was sent from where it was copied.
  const isOnly = !row.mustLook &&
    (sent === null || (sent.attempts === 1 && sent.generation === 0));
  if (isOnly) return settle(attempt, "declined", error);
  const left = await cancel(attempt, intentId);
  return left ?? settle(attempt, "declined", error);
}

/** Cancels the PaymentIntent; null when Stripe says that it is canceled now. */
async function cancel(
  attempt: Attempt,
  intentId: string,
): Promise<ForwardResult | null> {
  const { context, row } = attempt;
  const last = context.steps.latest(row.rowId, "cancel");
  const isNew = last !== null && isUseless(last, context.clock.nowMs());
  const generation = (last?.generation ?? 0) + (isNew ? 1 : 0);
  const step = beginCancel(attempt, intentId, generation);
  const result = await sendCancel(attempt, intentId, step);
  if (result.kind === "intent" && result.intent.status === "canceled") {
    return null;
  }
  // Whatever else came, the next attempt reads the PaymentIntent before it does anything.
  context.steps.spend(row.rowId, "confirm");
  context.steps.spend(row.rowId, "cancel");
  markUnknown(attempt);
  return wait(attempt, result);
}

/** Cancels what was being canceled when a late confirmation went through. */
async function finishCancel(
  attempt: Attempt,
  intentId: string,
): Promise<ForwardResult> {
  const left = barred(attempt) ?? await cancel(attempt, intentId);
  if (left !== null) return left;
  return isCardGone(attempt)
    ? settle(attempt, "canceled", null)
    : settle(attempt, "declined", CANCELED);
}

/** Whether this payment can only be looked up and canceled: its card is at no hand any more. */
function isCardGone({ context, row }: Attempt): boolean {
  return row.payment.offlineDetails === null &&
    (context.atHand?.get(row.rowId)?.record ?? null) === null &&
    context.payments.sealedRecord(row.rowId) === null;
}

function isPinFresh({ context, row }: Attempt): boolean {
  return context.atHand?.isPinFresh(row.rowId) ?? false;
}

/**
 * Ends a payment that must not go on offline: what Stripe has charged is an outcome, and what it
 * has not is canceled there first, so that a confirmation still on its way finds nothing to take.
 */
async function closeUnpaid(attempt: Attempt): Promise<ForwardResult> {
  const { context, row } = attempt;
  let intentId = context.payments.byRowId(row.rowId)?.payment.id ?? null;
  // Where this row was copied from, one may have been made and confirmed since.
  if (intentId === null && row.mustLook) {
    const found = await takeUpFound(attempt);
    if (found !== null && typeof found !== "string") return found;
    intentId = found;
    const bar = barred(attempt);
    if (bar !== null) return bar;
  }
  // Without an id nothing was ever confirmed; reconciliation cancels the orphan.
  if (intentId === null) return settle(attempt, "canceled", null);
  const state = await retrieve(attempt, intentId);
  if (state !== null) return state;
  const bar = barred(attempt);
  if (bar !== null) return bar;
  return await cancel(attempt, intentId) ?? settle(attempt, "canceled", null);
}
