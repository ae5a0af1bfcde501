/**
 * The members of every object the sandbox answers with, as the pinned `stripe`
 * package declares them. The compiler refuses a list that lacks a member which
 * the package always has, or names one that it does not know.
 * @module
 */
import assert from "node:assert/strict";
import type Stripe from "stripe";

/** The members a type always has. */
type Always<T> = {
  [K in keyof T]-?: undefined extends T[K] ? never : K;
}[keyof T];

type Words<S extends string> = S extends `${infer First} ${infer Rest}`
  ? First | Words<Rest>
  : S;

/** Nothing when the lists are the type's, else an argument nobody can give. */
type Fault<T, A extends string, M extends string> =
  [Exclude<Always<T>, Words<A>>] extends [never]
    ? [Exclude<Words<A>, Always<T>>] extends [never]
      ? [Exclude<Words<M>, keyof T | "">] extends [never] ? []
      : [{ unknown: Exclude<Words<M>, keyof T> }]
    : [{ notAlways: Exclude<Words<A>, Always<T>> }]
    : [{ missing: Exclude<Always<T>, Words<A>> }];

/** What an answer must have, and what it may have besides. */
export interface Shape {
  readonly always: readonly string[];
  readonly maybe: readonly string[];
}

/** Lists the members of `T`: words, in as many lines as they need. */
function shapeOf<T>() {
  return <const A extends readonly string[], const M extends string = "">(
    always: A,
    maybe?: M,
    ..._fault: Fault<T, A[number], M>
  ): Shape => ({
    always: always.flatMap((line) => line.split(" ")),
    maybe: maybe?.split(" ") ?? [],
  });
}

/** Fails when `object` lacks a member, or has one that is not its type's. */
export function assertShape(object: object, { always, maybe }: Shape): void {
  const names = Object.keys(object);
  const missing = always.filter((name) => !names.includes(name));
  const unknown = names.filter((name) =>
    !always.includes(name) && !maybe.includes(name)
  );
  assert.deepEqual({ missing, unknown }, { missing: [], unknown: [] });
}

/** Shapes by what they are of. */
export const SHAPES = {
  intent: shapeOf<Stripe.PaymentIntent>()([
    "id object allowed_payment_method_types amount amount_capturable",
    "amount_received application application_fee_amount",
    "automatic_payment_methods canceled_at cancellation_reason",
    "capture_method client_secret confirmation_method created currency",
    "customer customer_account description excluded_payment_method_types",
    "last_payment_error latest_charge livemode managed_payments metadata",
    "next_action on_behalf_of payment_method",
    "payment_method_configuration_details payment_method_options",
    "payment_method_types payment_record processing receipt_email review",
    "setup_future_usage shipping source statement_descriptor",
    "statement_descriptor_suffix status transfer_group",
  ], "amount_details transfer_data"),
  charge: shapeOf<Stripe.Charge>()([
    "id object amount amount_captured amount_refunded application",
    "application_fee application_fee_amount balance_transaction",
    "billing_details calculated_statement_descriptor captured created",
    "currency customer description disputed failure_balance_transaction",
    "failure_code failure_message fraud_details livemode metadata",
    "on_behalf_of outcome paid payment_intent payment_method",
    "payment_method_details receipt_email receipt_number receipt_url",
    "refunded review shipping source source_transfer statement_descriptor",
    "statement_descriptor_suffix status transfer_data transfer_group",
  ]),
  outcome: shapeOf<Stripe.Charge.Outcome>()([
    "advice_code network_advice_code network_decline_code network_status",
    "reason seller_message type",
  ], "risk_level"),
  billingDetails: shapeOf<Stripe.Charge.BillingDetails>()([
    "address email name phone tax_id",
  ]),
  cardPresent: shapeOf<Stripe.Charge.PaymentMethodDetails.CardPresent>()([
    "amount_authorized brand brand_product cardholder_name country",
    "emv_auth_data exp_month exp_year fingerprint funding generated_card",
    "incremental_authorization_supported last4 network",
    "network_transaction_id offline overcapture_supported preferred_locales",
    "read_method receipt",
  ], "capture_before"),
  interacPresent: shapeOf<Stripe.Charge.PaymentMethodDetails.InteracPresent>()([
    "brand cardholder_name country emv_auth_data exp_month exp_year",
    "fingerprint funding generated_card last4 network",
    "network_transaction_id preferred_locales read_method receipt",
  ]),
  receipt: shapeOf<Stripe.Charge.PaymentMethodDetails.CardPresent.Receipt>()([
    "application_cryptogram application_preferred_name authorization_code",
    "authorization_response_code cardholder_verification_method",
    "dedicated_file_name terminal_verification_results",
    "transaction_status_information",
  ], "account_type"),
  refund: shapeOf<Stripe.Refund>()([
    "id object amount balance_transaction charge created currency customer",
    "customer_account metadata payment_intent payment_method reason",
    "receipt_number source_transfer_reversal status transfer_reversal",
  ], "failure_reason"),
  event: shapeOf<Stripe.Event>()([
    "id object api_version created data livemode pending_webhooks request",
    "type",
  ], "account"),
  eventRequest: shapeOf<Stripe.Event.Request>()([
    "id idempotency_key",
  ]),
  location: shapeOf<Stripe.Terminal.Location>()([
    "id object address display_name livemode metadata",
  ], "configuration_overrides"),
  address: shapeOf<Stripe.Address>()([
    "city country line1 line2 postal_code state",
  ]),
  configuration: shapeOf<Stripe.Terminal.Configuration>()([
    "id object is_account_default livemode name",
  ], "offline tipping"),
  connectionToken: shapeOf<Stripe.Terminal.ConnectionToken>()([
    "object secret",
  ], "location"),
  reader: shapeOf<Stripe.Terminal.Reader>()([
    "id object action device_sw_version device_type ip_address label",
    "last_seen_at livemode location metadata serial_number status",
  ]),
  readerAction: shapeOf<Stripe.Terminal.Reader.Action>()([
    "api_error failure_code failure_message status type",
  ], "process_payment_intent"),
  paymentRecord: shapeOf<Stripe.PaymentRecord>()([
    "id object amount amount_authorized amount_canceled amount_failed",
    "amount_guaranteed amount_refunded amount_requested application created",
    "customer_details customer_presence description",
    "latest_payment_attempt_record livemode metadata payment_method_details",
    "processor_details reported_by shipping_details",
  ]),
  recordMethod: shapeOf<Stripe.PaymentRecord.PaymentMethodDetails>()([
    "billing_details payment_method type",
  ], "custom"),
  account: shapeOf<Stripe.Account>()([
    "id object charges_enabled details_submitted email payouts_enabled type",
  ], "country default_currency metadata"),
  balance: shapeOf<Stripe.Balance>()([
    "object available livemode pending",
  ]),
} as const satisfies Record<string, Shape>;
