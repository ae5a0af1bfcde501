/**
 * Refunds of captured charges.
 *
 * Owns: how much of a charge can still go back, and the test card whose
 * refunds succeed at first and fail later.
 * @see https://docs.stripe.com/api/refunds
 * @module
 */
import type Stripe from "stripe";
import { invalidParameter, missingParameter } from "./api_error.ts";
import type { Call, Origin } from "./call.ts";
import { REFUND_FAILS_CARD } from "./cards.ts";
import { type ListPage, readPageQuery } from "./collection.ts";
import { last4Of } from "./charges.ts";
import { emit } from "./events.ts";
import { changedMetadata } from "./parameters.ts";

const REASONS = [
  "duplicate",
  "fraudulent",
  "requested_by_customer",
] as const;
/** When the failing test card's refund fails: a choice, Stripe says "later". */
const FAILURE_DELAY_MS = 5000;

/** Creates a refund of a charge, or of an intent's latest charge. */
export function createRefund(call: Call): Stripe.Refund {
  const { parameters, state, mode } = call;
  const chargeId = parameters.text("charge");
  const intentId = parameters.text("payment_intent");
  const wanted = parameters.integer("amount", 1);
  const reason = parameters.choice("reason", REASONS);
  const metadata = parameters.metadata();
  if (!chargeId && !intentId) throw missingParameter("payment_intent");
  parameters.ignore("refund_application_fee", "reverse_transfer");
  parameters.done();

  const charge = chargeId
    ? mode.charges.get(chargeId)
    : chargeOfIntent(call, intentId!);
  const amount = refundable(charge, wanted);
  if (charge.payment_method_details?.type === "interac_present") {
    throw invalidParameter(
      "charge",
      "Interac gives money back to a card that is there; refund it on a reader.",
      "charge_not_refundable",
    );
  }
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount;
  const refund = mode.refunds.add({
    id: state.ids.next("re_3"),
    object: "refund",
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: state.clock.nowSeconds(),
    currency: charge.currency,
    customer: null,
    customer_account: null,
    metadata: changedMetadata({}, metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: "succeeded",
    transfer_reversal: null,
  });
  emit(call, "refund.created", refund);
  emit(call, "charge.refunded", charge);
  const last4 = last4Of(charge);
  if (last4 === REFUND_FAILS_CARD.slice(-4)) {
    state.clock.after(FAILURE_DELAY_MS, () => fail(call, refund, charge));
  }
  return refund;
}

/** Returns the refund of the path. */
export function retrieveRefund(call: Call): Stripe.Refund {
  call.parameters.done();
  return call.mode.refunds.get(call.id);
}

/** Returns a page of refunds, newest first. */
export function listRefunds(call: Call): ListPage<Stripe.Refund> {
  const query = readPageQuery(call.parameters);
  const charge = call.parameters.text("charge");
  const intent = call.parameters.text("payment_intent");
  call.parameters.done();
  return call.mode.refunds.page(
    query,
    (refund) =>
      (charge === undefined || refund.charge === charge) &&
      (intent === undefined || refund.payment_intent === intent),
  );
}

/** Returns the amount that goes back, or refuses it. */
function refundable(charge: Stripe.Charge, wanted: number | undefined): number {
  const left = charge.amount - charge.amount_refunded;
  if (!charge.captured || charge.status !== "succeeded") {
    throw invalidParameter(
      "charge",
      `Charge ${charge.id} has not been captured; cancel its PaymentIntent.`,
      "charge_not_refundable",
    );
  }
  if (left === 0) {
    throw invalidParameter(
      "charge",
      `Charge ${charge.id} has already been refunded.`,
      "charge_already_refunded",
    );
  }
  const amount = wanted ?? left;
  if (amount > left) {
    throw invalidParameter(
      "amount",
      `Refund amount (${amount}) is greater than unrefunded amount on ` +
        `charge (${left})`,
      "amount_too_large",
    );
  }
  return amount;
}

function chargeOfIntent(call: Call, id: string): Stripe.Charge {
  const intent = call.mode.intents.get(id);
  if (!intent.latest_charge) {
    throw invalidParameter(
      "payment_intent",
      "This PaymentIntent does not have a successful charge to refund.",
      "charge_not_refundable",
    );
  }
  return call.mode.charges.get(intent.latest_charge as string);
}

function fail(
  origin: Origin,
  refund: Stripe.Refund,
  charge: Stripe.Charge,
): void {
  refund.status = "failed";
  refund.failure_reason = "expired_or_canceled_card";
  charge.amount_refunded -= refund.amount;
  charge.refunded = false;
  emit({ ...origin, requestId: null, idempotencyKey: null }, "refund.failed", {
    ...refund,
  });
}
