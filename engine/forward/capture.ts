/**
 * Capturing a manual payment after it was forwarded.
 *
 * Owns: that a capture is asked for with one persisted key however often the app calls, and that
 * what Stripe says of the PaymentIntent, not what we remember, decides the state.
 * @module
 */
import { failure } from "../errors.ts";
import type { GatewayResult } from "../gateway.ts";
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
  if (row.payment.state === "captured") return;
  const intentId = requireCapturable(row);
  const key = beginCapture(context, row, intentId);
  const { gateway, steps } = context;
  let result = await call(
    context,
    signal,
    (callSignal) =>
      gateway.captureIntent(intentId, {
        idempotencyKey: key,
        signal: callSignal,
      }),
  );
  if (result.kind !== "intent" && result.kind !== "unavailable") {
    // Captured already, expired, or refused: the PaymentIntent itself knows.
    steps.spend(row.rowId, "capture");
    result = await call(
      context,
      signal,
      (callSignal) =>
        gateway.retrieveIntent(intentId, {
          idempotencyKey: null,
          signal: callSignal,
        }),
    );
  }
  if (result.kind === "unavailable") {
    if (result.isSaved) steps.spend(row.rowId, "capture");
    throw failure(
      "STRIPE_API_CONNECTION_ERROR",
      `no answer to the capture: ${result.code}`,
    );
  }
  const status = result.kind === "intent" ? result.intent.status : result.kind;
  if (status !== "succeeded") throw impossible(status);
  context.database.transaction(() => {
    context.payments.move(row.rowId, "captured");
    context.activity.add("captured", row.rowId);
  });
}

/** The id to capture, if this payment can be captured at all. */
function requireCapturable({ payment }: PaymentRow): string {
  const { state, captureMethod, id } = payment;
  const isReady = state === "forwarded" && captureMethod === "manual";
  if (isReady && id !== null) return id;
  throw impossible(`a ${captureMethod} payment in state ${state}`);
}

/** Writes the step down and returns its key. */
function beginCapture(
  { steps, clock }: ForwardContext,
  { rowId, payment }: PaymentRow,
  intentId: string,
): string {
  const last = steps.latest(rowId, "capture");
  const generation = last === null
    ? 0
    : last.generation + (last.isSpent ? 1 : 0);
  const key = captureKey(payment.localId, intentId, generation);
  const nowMs = clock.nowMs();
  return steps.begin(rowId, "capture", generation, key, "{}", nowMs)
    .idempotencyKey;
}

function impossible(status: string): Error {
  return failure(
    "CAPTURE_NOT_POSSIBLE",
    `the payment cannot be captured: ${status}`,
    { details: { status } },
  );
}

function call(
  { clock, callDeadlineMs }: ForwardContext,
  signal: AbortSignal,
  send: (signal: AbortSignal) => Promise<GatewayResult>,
): Promise<GatewayResult> {
  return withDeadline(clock, callDeadlineMs, signal, send);
}
