/**
 * Cancelling a PaymentIntent.
 *
 * Owns: which ones nobody has confirmed and which have the money, that a cancellation has its key
 * on disk before it is sent, and that one may be on its way.
 * @module
 */
import type { GatewayResult, IntentStatus } from "../gateway.ts";
import type { PaymentRow } from "../store/rows.ts";
import type { Step, Steps } from "../store/steps.ts";
import { type Attempt, call } from "./attempt.ts";
import { cancelKey } from "./keys.ts";

/** A PaymentIntent that no confirmation has brought to an end. */
export const UNCONFIRMED: readonly IntentStatus[] = [
  "requires_payment_method",
  "requires_confirmation",
  "requires_action",
];

/** Authorised or captured: the card holder's money is held or taken. */
export const CHARGED: readonly IntentStatus[] = [
  "succeeded",
  "requires_capture",
];

/** Whether a cancellation of this PaymentIntent was written down, and so may be on its way. */
export function isCanceling(
  steps: Pick<Steps, "latest">,
  { rowId, payment: { localId } }: PaymentRow,
  intentId: string,
): boolean {
  const last = steps.latest(rowId, "cancel");
  return last !== null &&
    last.idempotencyKey === cancelKey(localId, intentId, last.generation);
}

/** Writes the cancellation down. */
export function beginCancel(
  { context: { steps, clock }, row }: Attempt,
  intentId: string,
  generation: number,
): Step {
  const { rowId, payment: { localId } } = row;
  const key = cancelKey(localId, intentId, generation);
  return steps.begin(rowId, "cancel", generation, key, "{}", clock.nowMs());
}

/** Sends what {@link beginCancel} wrote down. */
export function sendCancel(
  attempt: Attempt,
  intentId: string,
  { idempotencyKey }: Step,
): Promise<GatewayResult> {
  const { gateway } = attempt.context;
  return call(
    attempt,
    (signal) => gateway.cancelIntent(intentId, { idempotencyKey, signal }),
  );
}
