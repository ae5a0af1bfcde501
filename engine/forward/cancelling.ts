/**
 * Cancelling a PaymentIntent.
 *
 * Owns: which ones nobody has confirmed and can still be canceled, and that a cancellation has its
 * key on disk before it is sent.
 * @module
 */
import type { GatewayResult, IntentStatus } from "../gateway.ts";
import type { Step } from "../store/steps.ts";
import { type Attempt, call } from "./attempt.ts";
import { cancelKey } from "./keys.ts";

/** A PaymentIntent that no confirmation has brought to an end. */
export const UNCONFIRMED: readonly IntentStatus[] = [
  "requires_payment_method",
  "requires_confirmation",
  "requires_action",
];

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
