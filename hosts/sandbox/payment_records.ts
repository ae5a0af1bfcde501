/**
 * Payment records: telling Stripe of a payment another acquirer processed.
 * @see https://docs.stripe.com/api/payment-record/report
 * @module
 */
import type Stripe from "stripe";
import { invalidParameter, missingParameter } from "./api_error.ts";
import type { Call } from "./call.ts";
import { changedMetadata, type ParameterReader } from "./parameters.ts";

const OUTCOMES = ["guaranteed", "failed", "canceled"] as const;

/** Reports a payment and its outcome. */
export function reportPayment(call: Call): Stripe.PaymentRecord {
  const { parameters, state, mode } = call;
  const requested = readAmount(parameters);
  const initiatedAt = parameters.integer("initiated_at", 1);
  if (initiatedAt === undefined) throw missingParameter("initiated_at");
  const outcome = parameters.choice("outcome", OUTCOMES);
  const details = readMethod(parameters);
  const reference = readReference(parameters);
  const description = parameters.text("description") ?? null;
  const metadata = parameters.metadata();
  const presence = parameters.text("customer_presence") ?? null;
  for (const name of OUTCOMES) readOutcome(parameters, name, outcome);
  parameters.ignore("customer_details", "shipping_details");
  parameters.done();

  const share = (name: string) => ({
    currency: requested.currency,
    value: outcome === name ? requested.value : 0,
  });
  return mode.paymentRecords.add({
    id: state.ids.next("pr_"),
    object: "payment_record",
    amount: requested,
    amount_authorized: share("guaranteed"),
    amount_canceled: share("canceled"),
    amount_failed: share("failed"),
    amount_guaranteed: share("guaranteed"),
    amount_refunded: { currency: requested.currency, value: 0 },
    amount_requested: requested,
    application: null,
    created: state.clock.nowSeconds(),
    customer_details: null,
    customer_presence: presence,
    description,
    latest_payment_attempt_record: state.ids.next("par_"),
    livemode: mode.livemode,
    metadata: changedMetadata({}, metadata),
    payment_method_details: details,
    processor_details: {
      type: "custom",
      custom: { payment_reference: reference },
    },
    reported_by: "self",
    shipping_details: null,
  });
}

/** Returns the record of the path. */
export function retrievePaymentRecord(call: Call): Stripe.PaymentRecord {
  call.parameters.done();
  return call.mode.paymentRecords.get(call.id);
}

function readAmount(
  parameters: ParameterReader,
): { currency: string; value: number } {
  const record = parameters.record("amount_requested");
  if (!record) throw missingParameter("amount_requested");
  const currency = record.requiredText("currency").toLowerCase();
  const value = record.integer("value", 1);
  if (value === undefined) throw missingParameter("amount_requested[value]");
  record.done();
  return { currency, value };
}

function readMethod(
  parameters: ParameterReader,
): Stripe.PaymentRecord.PaymentMethodDetails {
  const record = parameters.record("payment_method_details");
  if (!record) throw missingParameter("payment_method_details");
  const type = record.choice("type", ["custom"]) ?? "custom";
  const custom = record.record("custom");
  const name = custom?.text("display_name") ?? "";
  const kind = custom?.text("type") ?? null;
  custom?.done();
  record.ignore("billing_details", "payment_method");
  record.done();
  return {
    type,
    billing_details: null,
    payment_method: null,
    custom: { display_name: name, type: kind },
  };
}

function readReference(parameters: ParameterReader): string | null {
  const record = parameters.record("processor_details");
  if (!record) return null;
  record.choice("type", ["custom"]);
  const custom = record.record("custom");
  const reference = custom?.requiredText("payment_reference") ?? null;
  custom?.done();
  record.done();
  return reference;
}

/** The hash of an outcome carries its time and belongs to that outcome. */
function readOutcome(
  parameters: ParameterReader,
  name: string,
  outcome: string | undefined,
): void {
  const record = parameters.record(name);
  if (!record && outcome === name) throw missingParameter(name);
  if (!record) return;
  if (outcome !== name) {
    throw invalidParameter(name, `${name} belongs to outcome=${name}.`);
  }
  const at = record.integer(`${name}_at`, 1);
  if (at === undefined) throw missingParameter(`${name}[${name}_at]`);
  record.done();
}
