/**
 * Creating a PaymentIntent at Stripe before the card is read.
 *
 * Owns: what an answer, a refusal and silence mean for the intent. An intent that Stripe did not
 * answer for simply has no id yet; it is created when it is forwarded.
 * @module
 */
import { failure } from "./errors.ts";
import { withDeadline } from "./forward/deadline.ts";
import { createKey } from "./forward/keys.ts";
import type { OpenIntent } from "./intents.ts";
import type { Rooms } from "./rooms.ts";
import { termsOf } from "./terms.ts";
import { formatUuid } from "./uuid.ts";

/**
 * Asks Stripe for the id.
 *
 * @throws {HoldfastError} `INVALID_ARGUMENT` when Stripe refuses the parameters;
 *   `STRIPE_API_CONNECTION_ERROR` when the payment requires a connection and there was no answer.
 */
export async function createOnline(
  rooms: Rooms,
  open: OpenIntent,
  signal: AbortSignal,
): Promise<void> {
  const { ports, forward, connection } = rooms;
  const { intent } = open;
  open.wasSent = true;
  const result = await withDeadline(
    ports.clock,
    forward.callDeadlineMs,
    signal,
    (callSignal) =>
      ports.gateway.createIntent({
        amount: intent.amount,
        currency: intent.currency,
        captureMethod: intent.captureMethod,
        metadata: {
          ...intent.metadata,
          holdfast_local_id: intent.localId,
          holdfast_device: formatUuid(forward.vault.deviceId),
        },
        ...termsOf(open.terms),
      }, {
        idempotencyKey: createKey(intent.localId, 0),
        signal: callSignal,
      }),
  );
  signal.throwIfAborted();
  if (result.kind === "intent") {
    open.intent = { ...intent, id: result.intent.id };
    return;
  }
  if (result.kind === "rejected") {
    throw failure(
      "INVALID_ARGUMENT",
      `Stripe refuses the PaymentIntent: ${result.code}`,
    );
  }
  if (intent.offlineBehavior === "require_online") {
    throw failure(
      "STRIPE_API_CONNECTION_ERROR",
      `Stripe did not create the PaymentIntent: ${result.kind}`,
    );
  }
  const isSilent = result.kind === "unavailable" && !result.isAnswered;
  if (isSilent) await connection.doubt();
}
