/**
 * Capturing a manual payment after it was forwarded.
 *
 * Owns: that a capture is asked for with one persisted key however often the app calls, and that
 * what Stripe says of the PaymentIntent, not what we remember, decides the state.
 * @module
 */
import { failure } from "../errors.ts";
import type { PaymentRow } from "../store/rows.ts";
import { withDeadline } from "./deadline.ts";
import type { ForwardContext } from "./forward_payment.ts";
import { captureKey } from "./keys.ts";

/**
 * Captures `row`; calling it again, also after a crash, repeats the same capture.
 *
 * @throws {HoldfastError} `CAPTURE_NOT_POSSIBLE` when the payment is not a forwarded manual one or
 *   Stripe refuses; `STRIPE_API_CONNECTION_ERROR` when no answer came.
 */
export async function capturePayment(
  context: ForwardContext,
  row: PaymentRow,
  signal: AbortSignal,
): Promise<void> {
  const { payment, rowId } = row;
  if (payment.state === "captured") return;
  if (
    payment.state !== "forwarded" || payment.captureMethod !== "manual" ||
    payment.id === null
  ) {
    throw failure(
      "CAPTURE_NOT_POSSIBLE",
      `a ${payment.captureMethod} payment in state ${payment.state} cannot be captured`,
      {
        details: { state: payment.state, captureMethod: payment.captureMethod },
      },
    );
  }
  const intentId = payment.id;
  const last = context.steps.latest(rowId, "capture");
  const generation = last === null
    ? 0
    : last.generation + (last.isSpent ? 1 : 0);
  const step = context.steps.begin(
    rowId,
    "capture",
    generation,
    captureKey(payment.localId, intentId, generation),
    "{}",
    context.clock.nowMs(),
  );
  let result = await withDeadline(
    context.clock,
    context.callDeadlineMs,
    signal,
    (callSignal) =>
      context.gateway.captureIntent(intentId, {
        idempotencyKey: step.idempotencyKey,
        signal: callSignal,
      }),
  );
  if (result.kind !== "intent" && result.kind !== "unavailable") {
    // Captured already, expired, or refused: the PaymentIntent itself knows.
    context.steps.spend(rowId, "capture");
    result = await withDeadline(
      context.clock,
      context.callDeadlineMs,
      signal,
      (callSignal) =>
        context.gateway.retrieveIntent(intentId, {
          idempotencyKey: null,
          signal: callSignal,
        }),
    );
  }
  if (result.kind === "unavailable") {
    if (result.isSaved) context.steps.spend(rowId, "capture");
    throw failure(
      "STRIPE_API_CONNECTION_ERROR",
      `no answer to the capture: ${result.code}`,
    );
  }
  const status = result.kind === "intent" ? result.intent.status : result.kind;
  if (status !== "succeeded") {
    throw failure(
      "CAPTURE_NOT_POSSIBLE",
      `the PaymentIntent cannot be captured: ${status}`,
      {
        details: { status },
      },
    );
  }
  context.database.transaction(() => {
    context.payments.move(rowId, "captured");
    context.activity.add("captured", rowId);
  });
}
