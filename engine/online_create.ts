/**
 * Creating a PaymentIntent at Stripe before the card is read.
 *
 * Owns: that nothing is created with another shop's credentials, whose id would stay on the
 * payment for ever, and what an answer, a refusal and silence mean for the intent. An intent that
 * Stripe did not answer for simply has no id yet; it is created when it is forwarded.
 * @module
 */
import { failure, type HoldfastError } from "./errors.ts";
import { withDeadline } from "./forward/deadline.ts";
import { mismatchOf } from "./forward/identity.ts";
import { createKey } from "./forward/keys.ts";
import { laneOf } from "./forward/queue.ts";
import type { GatewayResult } from "./gateway.ts";
import type { OpenIntent } from "./intents.ts";
import type { Rooms } from "./rooms.ts";
import { termsOf } from "./terms.ts";
import { formatUuid } from "./uuid.ts";

/**
 * Asks Stripe for the id.
 *
 * @throws {HoldfastError} `INVALID_ARGUMENT` when Stripe refuses the parameters. When the payment
 *   requires a connection: `STRIPE_API_CONNECTION_ERROR` when there was no answer,
 *   `FORWARDING_UNAUTHORIZED` when the credentials are refused, and the mismatch's own code when
 *   they belong to another account or mode.
 */
export async function createOnline(
  rooms: Rooms,
  open: OpenIntent,
  signal: AbortSignal,
): Promise<void> {
  const { forwarder, configuration: { account }, connection } = rooms;
  const { intent } = open;
  const isRequired = intent.offlineBehavior === "require_online";
  const identity = await forwarder.identify(signal);
  signal.throwIfAborted();
  const ours = laneOf({
    account: account.id,
    isLivemode: account.isLivemode,
  });
  if (identity.kind === "known" && identity.lane !== ours) {
    // Without a connection required, the forwarder keeps the payment and raises the alarm.
    if (!isRequired) return;
    throw failure(
      mismatchOf(account.isLivemode, identity.isLivemode),
      `the credentials belong to ${identity.lane}`,
    );
  }
  const result = identity.kind === "known"
    ? await create(rooms, open, signal)
    : identity;
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
  if (isRequired) throw refusalOf(result);
  const isSilent = result.kind === "unavailable" && !result.isAnswered;
  if (isSilent) await connection.doubt();
}

async function create(
  { ports, forward, configuration: { location } }: Rooms,
  open: OpenIntent,
  signal: AbortSignal,
): Promise<GatewayResult> {
  const { intent } = open;
  open.wasSent = true;
  return await withDeadline(
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
          ...(open.terms.tip === null
            ? {}
            : { holdfast_tip: String(open.terms.tip) }),
        },
        ...termsOf(open.terms),
        // Which card comes is not known yet; Interac is taken in Canada, in its own dollars.
        ...(location.country === "CA" && intent.currency === "cad"
          ? { acceptsInterac: true as const }
          : {}),
      }, {
        idempotencyKey: createKey(intent.localId, 0),
        signal: callSignal,
      }),
  );
}

/** What it means to the app that Stripe did not do what was asked. */
export function refusalOf(
  result: { kind: string; code?: string },
): HoldfastError {
  if (result.kind === "unauthorized") {
    return failure(
      "FORWARDING_UNAUTHORIZED",
      `Stripe refuses the credentials: ${result.code}`,
    );
  }
  return failure(
    "STRIPE_API_CONNECTION_ERROR",
    `Stripe did not answer for the PaymentIntent: ${result.kind}`,
  );
}
