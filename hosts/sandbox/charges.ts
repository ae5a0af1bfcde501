/**
 * Charges: one for every attempt to take money, successful or not.
 *
 * Owns: the shape of a charge and of the declined attempt around it.
 * @see https://docs.stripe.com/api/charges/object
 * @module
 */
import type Stripe from "stripe";
import { ApiFailure } from "./api_error.ts";
import type { PresentedCard } from "./card_present.ts";
import { brandOf, type Decline } from "./cards.ts";
import { isManualCapture } from "./intent_fields.ts";
import { hashText } from "./random.ts";
import type { ModeState, SandboxState } from "./state.ts";

type Details = Stripe.Charge.PaymentMethodDetails;
type CardDetails = Stripe.Charge.PaymentMethodDetails.CardPresent;
type InteracDetails = Stripe.Charge.PaymentMethodDetails.InteracPresent;

/** What a card's details and an Interac card's have in common. */
type CommonDetails =
  & Omit<InteracDetails, "receipt">
  & Pick<CardDetails, "receipt">;

/** Makes the charge of one attempt and adds it to the account. */
export function addCharge(
  state: SandboxState,
  mode: ModeState,
  intent: Stripe.PaymentIntent,
  card: PresentedCard,
  decline: Decline | null,
): Stripe.Charge {
  const isCaptured = !decline && !isManualCapture(intent, card.type);
  const charge: Stripe.Charge = {
    id: state.ids.next("ch_3"),
    object: "charge",
    amount: intent.amount,
    amount_captured: isCaptured ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: intent.application_fee_amount,
    balance_transaction: null,
    billing_details: NO_BILLING_DETAILS,
    calculated_statement_descriptor: intent.statement_descriptor,
    captured: isCaptured,
    created: state.clock.nowSeconds(),
    currency: intent.currency,
    customer: null,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: intent.livemode,
    metadata: { ...intent.metadata },
    on_behalf_of: intent.on_behalf_of,
    outcome: outcomeOf(decline),
    paid: !decline,
    payment_intent: intent.id,
    payment_method: state.ids.next("pm_1"),
    payment_method_details: detailsOf(state, intent, card, decline),
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: decline ? "failed" : "succeeded",
    transfer_data: transferOf(intent),
    transfer_group: intent.transfer_group,
  };
  return mode.charges.add(charge);
}

/** A charge says the amount of every transfer, null for all of it. */
function transferOf(
  intent: Stripe.PaymentIntent,
): Stripe.Charge["transfer_data"] {
  const { transfer_data: data } = intent;
  return data
    ? { destination: data.destination, amount: data.amount ?? null }
    : null;
}

const NO_BILLING_DETAILS: Stripe.Charge.BillingDetails = {
  address: {
    city: null,
    country: null,
    line1: null,
    line2: null,
    postal_code: null,
    state: null,
  },
  email: null,
  name: null,
  phone: null,
  tax_id: null,
};

function outcomeOf(decline: Decline | null): Stripe.Charge.Outcome {
  return {
    advice_code: decline?.advice ?? null,
    network_advice_code: null,
    network_decline_code: decline?.networkCode ?? null,
    network_status: decline ? "declined_by_network" : "approved_by_network",
    reason: decline?.declineCode ?? null,
    risk_level: "normal",
    seller_message: decline
      ? "The bank did not return any further details with this decline."
      : "Payment complete.",
    type: decline ? "issuer_declined" : "authorized",
  };
}

/** An Interac payment has no authorisation to keep, capture or defer. */
function detailsOf(
  state: SandboxState,
  intent: Stripe.PaymentIntent,
  card: PresentedCard,
  decline: Decline | null,
): Details {
  const { type } = card;
  const common = commonDetails(state, intent, card, decline);
  if (type === "interac_present") return { type, interac_present: common };
  const windowMs = state.behaviour.captureWindowMs;
  const card_present: CardDetails = {
    ...common,
    amount_authorized: decline ? null : intent.amount,
    brand_product: null,
    ...(decline ? {} : {
      capture_before: Math.floor((state.clock.nowMs() + windowMs) / 1000),
    }),
    incremental_authorization_supported: false,
    // Deferred is said by its presence; https://docs.stripe.com/terminal/
    // features/operate-offline/collect-card-payments.
    offline: card.storedAt === null
      ? null
      : { stored_at: card.storedAt, type: "deferred" },
    overcapture_supported: false,
  };
  return { type, card_present };
}

function commonDetails(
  state: SandboxState,
  intent: Stripe.PaymentIntent,
  card: PresentedCard,
  decline: Decline | null,
): CommonDetails {
  const brand = brandOf(card.number);
  const { receipt } = card;
  // A contactless brand writes its name as the application label when the
  // card did not send one; receipts must show some name (EMV Book 4, 11.4).
  const name = receipt.applicationName ?? brand.toUpperCase();
  return {
    brand,
    cardholder_name: null,
    country: null,
    emv_auth_data: null,
    exp_month: card.expMonth,
    exp_year: card.expYear,
    fingerprint: fingerprintOf(intent, card.number),
    funding: "credit",
    generated_card: null,
    last4: card.number.slice(-4),
    network: brand,
    network_transaction_id: null,
    preferred_locales: ["en"],
    read_method: card.readMethod,
    receipt: {
      account_type: "credit",
      application_cryptogram: receipt.cryptogram,
      application_preferred_name: name,
      authorization_code: decline ? null : state.ids.short("").slice(0, 6),
      authorization_response_code: decline ? "3035" : "3030",
      cardholder_verification_method: null,
      dedicated_file_name: receipt.applicationId,
      terminal_verification_results: receipt.tvr,
      transaction_status_information: receipt.tsi,
    },
  };
}

/** The same card gives the same text within a run, and nothing leads back. */
function fingerprintOf(intent: Stripe.PaymentIntent, number: string): string {
  const mixed = hashText(`${number}|${intent.livemode}`);
  return mixed.toString(36).toUpperCase().padStart(7, "0");
}

/** The last four digits of the card, whatever kind it is of. */
export function last4Of(
  { payment_method_details: details }: Stripe.Charge,
): string | null {
  return (details?.card_present ?? details?.interac_present)?.last4 ?? null;
}

/** 402: the issuer said no; the intent waits for another card. */
export function cardError(
  intent: Stripe.PaymentIntent,
  charge: Stripe.Charge,
  decline: Decline,
): ApiFailure {
  return new ApiFailure(402, {
    type: "card_error",
    code: decline.code,
    decline_code: decline.declineCode,
    advice_code: decline.advice,
    network_decline_code: decline.networkCode,
    message: decline.message,
    charge: charge.id,
    payment_intent: intent,
    payment_method_type: charge.payment_method_details?.type ?? "card_present",
  });
}
