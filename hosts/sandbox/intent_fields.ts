/**
 * The fields of a PaymentIntent: how they are read, and how they begin.
 * @see https://docs.stripe.com/api/payment_intents/create
 * @module
 */
import type Stripe from "stripe";
import { AMOUNT_MAX, leastAmount } from "../../engine/money.ts";
import { invalidParameter } from "./api_error.ts";
import type { ParameterReader } from "./parameters.ts";

/** When money is taken. */
export const CAPTURE_METHODS = [
  "automatic",
  "automatic_async",
  "manual",
] as const;
/** Returns the amount in minor units, or undefined when it may be absent. */
export function readAmount(
  parameters: ParameterReader,
  isRequired: boolean,
): number | undefined {
  if (isRequired) parameters.requiredText("amount");
  const amount = parameters.integer("amount", 1);
  if (amount !== undefined && amount > AMOUNT_MAX) {
    throw invalidParameter(
      "amount",
      `Amount must be no more than ${AMOUNT_MAX}.`,
      "amount_too_large",
    );
  }
  return amount;
}

/**
 * `allowed_payment_method_types` took the place of `payment_method_types` in
 * API version 2026-09-30; the sandbox reads both names in every version.
 */
export function readTypes(parameters: ParameterReader): string[] | undefined {
  const allowed = parameters.texts("allowed_payment_method_types");
  return parameters.texts("payment_method_types") ?? allowed;
}

/** Refuses an amount below the least of its currency. */
export function checkLeastAmount(amount: number, currency: string): void {
  const least = leastAmount(currency);
  if (amount >= least) return;
  throw invalidParameter(
    "amount",
    `Amount must be at least ${least} in the smallest unit of ${currency}.`,
    "amount_too_small",
  );
}

/** Returns an ISO 4217 code in lower case. */
export function readCurrency(text: string): string {
  if (!/^[A-Za-z]{3}$/.test(text)) {
    throw invalidParameter("currency", `Invalid currency: ${text}.`);
  }
  return text.toLowerCase();
}

/** Returns the fields that are kept as given; an empty one is null. */
export function readTexts(
  parameters: ParameterReader,
): Partial<Stripe.PaymentIntent> {
  const texts: Record<string, string | null> = {};
  for (
    const name of [
      "description",
      "receipt_email",
      "statement_descriptor",
      "statement_descriptor_suffix",
    ]
  ) {
    const text = parameters.text(name);
    if (text !== undefined) texts[name] = text === "" ? null : text;
  }
  const fee = parameters.integer("application_fee_amount");
  return fee === undefined ? texts : { ...texts, application_fee_amount: fee };
}

/** Who gets the money, as it is given. */
export interface Transfer {
  transfer_data?: { destination: string; amount?: number };
  transfer_group?: string;
}

/** Returns to whom the money goes. */
export function readTransfer(parameters: ParameterReader): Transfer {
  const group = parameters.text("transfer_group");
  const transfer = parameters.record("transfer_data");
  const data = transfer === undefined ? {} : {
    transfer_data: {
      destination: transfer.requiredText("destination"),
      ...amountOf(transfer.integer("amount", 1)),
    },
  };
  transfer?.done();
  return { ...(group ? { transfer_group: group } : {}), ...data };
}

function amountOf(amount: number | undefined): { amount?: number } {
  return amount === undefined ? {} : { amount };
}

/**
 * Refuses a fee without a connected account, and parts larger than the whole.
 * @see https://docs.stripe.com/connect/destination-charges
 */
export function checkFee(
  amount: number,
  fee: number | null | undefined,
  { transfer_data: data }: Transfer,
  isDirect: boolean,
): void {
  const part = data?.amount;
  if (part !== undefined && part > amount) {
    throw invalidParameter(
      "transfer_data[amount]",
      "The transfer amount cannot be greater than the PaymentIntent's amount.",
    );
  }
  if (fee === null || fee === undefined) return;
  const isWrong = fee > amount
    ? "The application fee cannot be greater than the PaymentIntent's amount."
    : data === undefined && !isDirect
    ? "Can only apply an application_fee_amount when the PaymentIntent is " +
      "attempting a direct payment (using an OAuth key or Stripe-Account " +
      "header) or destination payment (using `transfer_data[destination]`)."
    : part !== undefined
    ? "You may pass either `application_fee_amount` or " +
      "`transfer_data[amount]`, not both."
    : null;
  if (isWrong) throw invalidParameter("application_fee_amount", isWrong);
}

/** Returns the options of the card-present method. */
export function readMethodOptions(
  parameters: ParameterReader,
): Stripe.PaymentIntent.PaymentMethodOptions {
  const options = parameters.record("payment_method_options");
  const card = options?.record("card_present");
  const extended = card?.flag("request_extended_authorization") ?? null;
  const incremental = card?.flag("request_incremental_authorization_support") ??
    null;
  const captureMethod = card?.choice("capture_method", [
    "manual",
    "manual_preferred",
  ]);
  return {
    card_present: {
      request_extended_authorization: extended,
      request_incremental_authorization_support: incremental,
      ...(captureMethod ? { capture_method: captureMethod } : {}),
    },
  };
}

/** Interac takes money with its answer; it cannot be asked to wait, since API 2025-03-31. */
export function checkCapture(
  captureMethod: string,
  types: readonly string[],
): void {
  if (captureMethod !== "manual" || !types.includes("interac_present")) return;
  throw invalidParameter(
    "capture_method",
    "interac_present does not support the capture_method manual; use " +
      "payment_method_options[card_present][capture_method].",
  );
}

/** Whether money is only reserved until someone captures it. */
export function isManualCapture(
  intent: Stripe.PaymentIntent,
  type: string,
): boolean {
  if (type === "interac_present") return false;
  const card = intent.payment_method_options?.card_present;
  return intent.capture_method === "manual" ||
    card?.capture_method === "manual" ||
    card?.capture_method === "manual_preferred";
}

/** Returns an intent in which nothing has happened. */
export function emptyIntent(
  id: string,
  created: number,
  livemode: boolean,
): Omit<Stripe.PaymentIntent, "amount" | "currency"> {
  return {
    id,
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: "automatic_async",
    client_secret: null,
    confirmation_method: "automatic",
    created,
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: [],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "requires_payment_method",
    transfer_group: null,
  };
}
