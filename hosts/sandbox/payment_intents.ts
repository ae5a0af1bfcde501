/**
 * PaymentIntents: create, update, confirm, capture, cancel.
 *
 * Owns: the state machine. Repeating a step is never a second charge: a
 * confirmed intent answers `payment_intent_unexpected_state` with itself.
 * @see https://docs.stripe.com/payments/paymentintents/lifecycle
 * @module
 */
import type Stripe from "stripe";
import { invalidParameter, unexpectedState } from "./api_error.ts";
import type { Call } from "./call.ts";
import { type PresentedCard, readCardPresent } from "./card_present.ts";
import {
  CAPTURE_METHODS,
  checkCapture,
  checkFee,
  checkLeastAmount,
  emptyIntent,
  readAmount,
  readCurrency,
  readMethodOptions,
  readTexts,
  readTransfer,
  readTypes,
} from "./intent_fields.ts";
import { changedMetadata } from "./parameters.ts";
import { charge } from "./confirmation.ts";
import { emit } from "./events.ts";

const CANCELLATION_REASONS = [
  "abandoned",
  "duplicate",
  "fraudulent",
  "requested_by_customer",
] as const;
const UPDATABLE = ["requires_payment_method", "requires_confirmation"];
const CANCELABLE = [
  "requires_payment_method",
  "requires_capture",
  "requires_reauthorization",
  "requires_confirmation",
  "requires_action",
  "processing",
];

/** Creates an intent, and confirms it at once when asked. */
export function createIntent(call: Call): Stripe.PaymentIntent {
  const { parameters, state, mode } = call;
  const amount = readAmount(parameters, true)!;
  const currency = readCurrency(parameters.requiredText("currency"));
  checkLeastAmount(amount, currency);
  const types = readTypes(parameters);
  const options = readMethodOptions(parameters);
  const captureMethod = parameters.choice("capture_method", CAPTURE_METHODS);
  checkCapture(captureMethod ?? "automatic_async", types ?? []);
  const texts = readTexts(parameters);
  const metadata = parameters.metadata();
  const confirmation = parameters.flag("confirm")
    ? readConfirmation(call)
    : null;
  parameters.ignore(
    "automatic_payment_methods",
    "confirmation_method",
    "customer",
  );
  const onBehalfOf = parameters.text("on_behalf_of");
  const transfer = readTransfer(parameters);
  checkFee(amount, texts.application_fee_amount, transfer, call.isDirect);
  parameters.done();

  const id = state.ids.next("pi_3");
  const intent = mode.intents.add({
    ...emptyIntent(id, state.clock.nowSeconds(), mode.livemode),
    amount,
    currency,
    ...texts,
    capture_method: captureMethod ?? "automatic_async",
    automatic_payment_methods: types ? null : { enabled: true },
    client_secret: `${id}_secret_${state.ids.next("")}`,
    allowed_payment_method_types: types ?? null,
    payment_method_types: types ?? ["card"],
    payment_method_options: options,
    on_behalf_of: onBehalfOf ?? null,
    ...transfer,
    metadata: changedMetadata({}, metadata),
  });
  emit(call, "payment_intent.created", intent);
  if (confirmation) charge(call, intent, confirmation);
  return intent;
}

/** Changes an intent; the amount only before it is confirmed. */
export function updateIntent(call: Call): Stripe.PaymentIntent {
  const { parameters, mode } = call;
  const amount = readAmount(parameters, false);
  const currency = parameters.text("currency");
  const types = readTypes(parameters);
  const captureMethod = parameters.choice("capture_method", CAPTURE_METHODS);
  const texts = readTexts(parameters);
  const metadata = parameters.metadata();
  parameters.ignore("payment_method_options", "transfer_data");
  parameters.done();

  const intent = mode.intents.get(call.id);
  const isMoney = amount !== undefined || currency !== undefined ||
    types !== undefined || captureMethod !== undefined;
  if (isMoney && !UPDATABLE.includes(intent.status)) {
    throw unexpectedState(
      intent,
      "This PaymentIntent's amount could not be updated because it has a " +
        `status of ${intent.status}. You may only update the amount of a ` +
        `PaymentIntent with one of the following statuses: ` +
        `${UPDATABLE.join(", ")}.`,
    );
  }
  checkCapture(
    captureMethod ?? intent.capture_method,
    types ?? intent.payment_method_types,
  );
  if (amount !== undefined) intent.amount = amount;
  if (currency !== undefined) intent.currency = readCurrency(currency);
  if (types !== undefined) {
    intent.allowed_payment_method_types = types;
    intent.payment_method_types = types;
  }
  if (captureMethod) intent.capture_method = captureMethod;
  Object.assign(intent, texts);
  intent.metadata = changedMetadata(intent.metadata, metadata);
  return intent;
}

/** Confirms an intent with what the reader sent. */
export function confirmIntent(call: Call): Stripe.PaymentIntent {
  const card = readConfirmation(call);
  const captureMethod = call.parameters.choice(
    "capture_method",
    CAPTURE_METHODS,
  );
  const email = call.parameters.text("receipt_email");
  call.parameters.done();

  const intent = call.mode.intents.get(call.id);
  if (!UPDATABLE.includes(intent.status)) {
    throw unexpectedState(
      intent,
      intent.status === "succeeded"
        ? "You cannot confirm this PaymentIntent because it has already " +
          "succeeded after being previously confirmed."
        : "You cannot confirm this PaymentIntent because it has a status of " +
          `${intent.status}.`,
    );
  }
  checkCapture(captureMethod ?? "automatic", intent.payment_method_types);
  if (captureMethod) intent.capture_method = captureMethod;
  if (email !== undefined) intent.receipt_email = email;
  charge(call, intent, card);
  return intent;
}

/** Captures an authorised intent, wholly or in part. */
export function captureIntent(call: Call): Stripe.PaymentIntent {
  const { parameters, mode } = call;
  const wanted = parameters.integer("amount_to_capture", 1);
  const metadata = parameters.metadata();
  parameters.flag("final_capture");
  parameters.ignore("application_fee_amount", "statement_descriptor");
  parameters.ignore("statement_descriptor_suffix", "transfer_data");
  parameters.done();

  const intent = mode.intents.get(call.id);
  if (intent.status !== "requires_capture") {
    throw unexpectedState(
      intent,
      "This PaymentIntent could not be captured because it has a status of " +
        `${intent.status}. Only a PaymentIntent with one of the following ` +
        "statuses may be captured: requires_capture.",
    );
  }
  const amount = wanted ?? intent.amount_capturable;
  if (amount > intent.amount_capturable) {
    throw invalidParameter(
      "amount_to_capture",
      "The provided capture amount is larger than the capturable amount.",
      "amount_too_large",
    );
  }
  intent.status = "succeeded";
  intent.amount_capturable = 0;
  intent.amount_received = amount;
  intent.metadata = changedMetadata(intent.metadata, metadata);
  const charged = mode.charges.get(intent.latest_charge as string);
  charged.captured = true;
  charged.amount_captured = amount;
  // What was authorised and not captured goes back to the card.
  charged.amount_refunded = charged.amount - amount;
  emit(call, "charge.captured", charged);
  emit(call, "payment_intent.succeeded", intent);
  return intent;
}

/** Cancels an intent and releases what it authorised. */
export function cancelIntent(call: Call): Stripe.PaymentIntent {
  const { parameters, mode, state } = call;
  const reason = parameters.choice("cancellation_reason", CANCELLATION_REASONS);
  parameters.done();

  const intent = mode.intents.get(call.id);
  if (!CANCELABLE.includes(intent.status)) {
    throw unexpectedState(
      intent,
      "You cannot cancel this PaymentIntent because it has a status of " +
        `${intent.status}. Only a PaymentIntent with one of the following ` +
        `statuses may be canceled: ${CANCELABLE.join(", ")}.`,
    );
  }
  if (intent.status === "requires_capture") {
    const released = mode.charges.get(intent.latest_charge as string);
    released.refunded = true;
    released.amount_refunded = released.amount;
    emit(call, "charge.refunded", released);
  }
  intent.status = "canceled";
  intent.amount_capturable = 0;
  intent.canceled_at = state.clock.nowSeconds();
  intent.cancellation_reason = reason ?? null;
  emit(call, "payment_intent.canceled", intent);
  return intent;
}

function readConfirmation(call: Call): PresentedCard {
  const data = call.parameters.record("payment_method_data");
  if (!data) {
    throw invalidParameter(
      "payment_method",
      "You cannot confirm this PaymentIntent because it's missing a payment " +
        "method.",
      "parameter_missing",
    );
  }
  return readCardPresent(data, call.state.emv);
}
