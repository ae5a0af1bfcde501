/**
 * One attempt to take money: the issuer's answer applied to an intent.
 *
 * Owns: what a confirmation changes, and the ledger of chip cryptograms. The
 * same chip transaction charged on two intents is charged twice, on purpose:
 * the sandbox makes a double charge visible, it does not prevent it.
 * @module
 */
import type Stripe from "stripe";
import { invalidParameter } from "./api_error.ts";
import type { Call, Origin } from "./call.ts";
import type { PresentedCard } from "./card_present.ts";
import { type Decline, declineOf } from "./cards.ts";
import { addCharge, cardError } from "./charges.ts";
import { emit } from "./events.ts";
import { isManualCapture } from "./intent_fields.ts";

/** What came of an attempt. */
export interface Attempt {
  readonly charge: Stripe.Charge;
  /** Why the issuer said no, or null when it paid. */
  readonly decline: Decline | null;
}

/**
 * Charges `card` for `intent`, which must be waiting for a payment method.
 *
 * @throws {ApiFailure} 402 `card_error` when the issuer declines
 */
export function charge(
  call: Call,
  intent: Stripe.PaymentIntent,
  card: PresentedCard,
): void {
  const attempt = attemptCharge(call, intent, card);
  if (attempt.decline) throw cardError(intent, attempt.charge, attempt.decline);
}

/**
 * Charges `card` for `intent` and returns what came of it; a decline is an
 * outcome here, because a reader reports it as the result of its action.
 *
 * @throws {ApiFailure} 400 when the chip signed another amount
 */
export function attemptCharge(
  origin: Origin,
  intent: Stripe.PaymentIntent,
  card: PresentedCard,
): Attempt {
  if (!intent.payment_method_types.includes(card.type)) {
    throw invalidParameter(
      "payment_method_data[type]",
      `The PaymentIntent does not allow the payment method type ${card.type}.`,
    );
  }
  if (card.amount !== null && card.amount !== intent.amount) {
    throw invalidParameter(
      "amount",
      `The card authorised ${card.amount}, the PaymentIntent asks for ` +
        `${intent.amount}.`,
    );
  }
  const { state, mode } = origin;
  const decline = declineOf({
    number: card.number,
    amount: intent.amount,
    readMethod: card.readMethod,
    pin: card.pin,
    livemode: mode.livemode,
    isAmountDecisive: state.behaviour.declineByAmountEnding,
  });
  const made = addCharge(state, mode, intent, card, decline);
  intent.latest_charge = made.id;
  if (decline) applyDecline(origin, intent, made, decline);
  else applyApproval(origin, intent, made, card);
  return { charge: made, decline };
}

function applyDecline(
  origin: Origin,
  intent: Stripe.PaymentIntent,
  made: Stripe.Charge,
  decline: Decline,
): void {
  intent.status = "requires_payment_method";
  intent.payment_method = null;
  const { body } = cardError(intent, made, decline);
  // The intent must not contain itself.
  const { payment_intent: _, ...lastError } = body;
  intent.last_payment_error =
    lastError as Stripe.PaymentIntent.LastPaymentError;
  emit(origin, "charge.failed", made);
  emit(origin, "payment_intent.payment_failed", intent);
}

function applyApproval(
  origin: Origin,
  intent: Stripe.PaymentIntent,
  made: Stripe.Charge,
  card: PresentedCard,
): void {
  const { state, mode } = origin;
  intent.last_payment_error = null;
  intent.payment_method = made.payment_method;
  if (card.cryptogram) {
    const uses = state.cryptograms.get(card.cryptogram) ?? [];
    uses.push({
      account: mode.accountId,
      intent: intent.id,
      charge: made.id,
    });
    state.cryptograms.set(card.cryptogram, uses);
  }
  emit(origin, "charge.succeeded", made);
  if (isManualCapture(intent, card.type)) {
    intent.status = "requires_capture";
    intent.amount_capturable = intent.amount;
    emit(origin, "payment_intent.amount_capturable_updated", intent);
    const { captureWindowMs } = state.behaviour;
    state.clock.after(captureWindowMs, () => expire(origin, intent, made));
  } else {
    intent.status = "succeeded";
    intent.amount_received = intent.amount;
    emit(origin, "payment_intent.succeeded", intent);
  }
}

/** Two days without a capture: the authorisation is gone, and the sale. */
function expire(
  origin: Origin,
  intent: Stripe.PaymentIntent,
  made: Stripe.Charge,
): void {
  if (intent.status !== "requires_capture") return;
  const own = { ...origin, requestId: null, idempotencyKey: null };
  made.refunded = true;
  made.amount_refunded = made.amount;
  intent.status = "canceled";
  intent.amount_capturable = 0;
  intent.canceled_at = origin.state.clock.nowSeconds();
  intent.cancellation_reason = "automatic";
  emit(own, "charge.expired", made);
  emit(own, "payment_intent.canceled", intent);
}
