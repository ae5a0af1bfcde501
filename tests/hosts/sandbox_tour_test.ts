import assert from "node:assert/strict";
import { test } from "node:test";
import type Stripe from "stripe";
import { ENDPOINT_NAMES, findRoute } from "../../hosts/sandbox/router.ts";
import {
  chipHex,
  clientOf,
  confirmParams,
  SALE,
  START_MS,
  startFrozen,
} from "../unit/sandbox/_support.ts";

/** Members every object of the type has, as the package declares them. */
type Members<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: true;
};

// The compiler refuses a list that lacks a member of the package's type or
// has one too many: the shapes cannot drift from the pinned package.
const INTENT = {
  id: true,
  object: true,
  allowed_payment_method_types: true,
  amount: true,
  amount_capturable: true,
  amount_received: true,
  application: true,
  application_fee_amount: true,
  automatic_payment_methods: true,
  canceled_at: true,
  cancellation_reason: true,
  capture_method: true,
  client_secret: true,
  confirmation_method: true,
  created: true,
  currency: true,
  customer: true,
  customer_account: true,
  description: true,
  excluded_payment_method_types: true,
  last_payment_error: true,
  latest_charge: true,
  livemode: true,
  managed_payments: true,
  metadata: true,
  next_action: true,
  on_behalf_of: true,
  payment_method: true,
  payment_method_configuration_details: true,
  payment_method_options: true,
  payment_method_types: true,
  payment_record: true,
  processing: true,
  receipt_email: true,
  review: true,
  setup_future_usage: true,
  shipping: true,
  source: true,
  statement_descriptor: true,
  statement_descriptor_suffix: true,
  status: true,
  transfer_group: true,
} satisfies Members<Stripe.PaymentIntent>;

const CARD_PRESENT = {
  amount_authorized: true,
  brand: true,
  brand_product: true,
  cardholder_name: true,
  country: true,
  emv_auth_data: true,
  exp_month: true,
  exp_year: true,
  fingerprint: true,
  funding: true,
  generated_card: true,
  incremental_authorization_supported: true,
  last4: true,
  network: true,
  network_transaction_id: true,
  offline: true,
  overcapture_supported: true,
  preferred_locales: true,
  read_method: true,
  receipt: true,
} satisfies Members<Stripe.Charge.PaymentMethodDetails.CardPresent>;

const READER = {
  id: true,
  object: true,
  action: true,
  device_sw_version: true,
  device_type: true,
  ip_address: true,
  label: true,
  last_seen_at: true,
  livemode: true,
  location: true,
  metadata: true,
  serial_number: true,
  status: true,
} satisfies Members<Stripe.Terminal.Reader>;

const REFUND = {
  id: true,
  object: true,
  amount: true,
  balance_transaction: true,
  charge: true,
  created: true,
  currency: true,
  customer: true,
  customer_account: true,
  metadata: true,
  payment_intent: true,
  payment_method: true,
  reason: true,
  receipt_number: true,
  source_transfer_reversal: true,
  status: true,
  transfer_reversal: true,
} satisfies Members<Stripe.Refund>;

function assertHas(object: object, members: Record<string, true>): void {
  const missing = Object.keys(members).filter((name) => !(name in object));
  assert.deepEqual(missing, []);
}

test("startSandbox() answers the official client on every endpoint it has", async () => {
  const sandbox = await startFrozen({ seed: 5 });
  try {
    const stripe = clientOf(sandbox);
    await tourIntents(stripe, sandbox.clock.advance.bind(sandbox.clock));
    await tourMoneyBack(stripe);
    await tourTerminal(stripe);
    await tourReading(stripe);
    const visited = new Set<string>();
    for (const { method, path, status } of await sandbox.control.requests()) {
      if (status === 200) visited.add(findRoute(method, path)!.endpoint);
    }
    const unvisited = ENDPOINT_NAMES.filter((name) => !visited.has(name));
    assert.deepEqual(unvisited, []);
  } finally {
    await sandbox.close();
  }
});

async function tourIntents(
  stripe: Stripe,
  advance: (ms: number) => void,
): Promise<void> {
  const { paymentIntents } = stripe;
  const manual = await paymentIntents.create({
    ...SALE,
    capture_method: "manual",
    metadata: { local_id: "tour" },
  });
  assertHas(manual, INTENT);
  const updated = await paymentIntents.update(manual.id, {
    amount: 1200,
    description: "Two coffees",
  });
  assert.equal(updated.amount, 1200);
  const storedAt = START_MS / 1000 - 60;
  const held = await paymentIntents.confirm(
    manual.id,
    confirmParams({ amount: 1200 }, {
      storedAt,
      readMethod: "contactless_emv",
    }),
  );
  assert.equal(held.status, "requires_capture");
  const captured = await paymentIntents.capture(manual.id, {
    expand: ["latest_charge"],
  });
  assert.equal(captured.status, "succeeded");
  const charge = captured.latest_charge as Stripe.Charge;
  const card = charge.payment_method_details!.card_present!;
  assertHas(card, CARD_PRESENT);
  assert.equal(card.read_method, "contactless_emv");
  assert.deepEqual(card.offline, { stored_at: storedAt, type: "deferred" });
  assert.equal(card.receipt!.application_cryptogram, "a1b2c3d4e5f60718");
  assert.equal(card.receipt!.dedicated_file_name, "a0000000031010");
  assert.equal(card.receipt!.application_preferred_name, "VISA");

  const canceled = await paymentIntents.cancel(
    (await paymentIntents.create(SALE)).id,
  );
  assert.equal(canceled.status, "canceled");
  assert.equal((await paymentIntents.retrieve(manual.id)).id, manual.id);
  const ids: string[] = [];
  for await (const intent of paymentIntents.list({ limit: 1 })) {
    ids.push(intent.id);
  }
  assert.deepEqual(ids, [canceled.id, manual.id]);
  advance(60_000);
  const found = await paymentIntents.search({
    query: "metadata['local_id']:'tour'",
  });
  assert.deepEqual(found.data.map((intent) => intent.id), [manual.id]);
}

async function tourMoneyBack(stripe: Stripe): Promise<void> {
  const { id } = await stripe.paymentIntents.create(SALE);
  await stripe.paymentIntents.confirm(id, confirmParams({ counter: "0009" }));
  const refund = await stripe.refunds.create({
    payment_intent: id,
    amount: 400,
    reason: "requested_by_customer",
  });
  assertHas(refund, REFUND);
  assert.equal((await stripe.refunds.retrieve(refund.id)).amount, 400);
  await assert.rejects(
    stripe.refunds.create({ payment_intent: id, amount: 601 }),
    { code: "amount_too_large" },
  );
  await stripe.refunds.create({ payment_intent: id });
  await assert.rejects(stripe.refunds.create({ payment_intent: id }), {
    code: "charge_already_refunded",
  });
  const list = await stripe.refunds.list({ payment_intent: id });
  assert.deepEqual(list.data.map((r) => r.amount), [600, 400]);

  const record = await stripe.paymentRecords.reportPayment({
    amount_requested: { currency: "usd", value: 1000 },
    initiated_at: START_MS / 1000,
    outcome: "guaranteed",
    guaranteed: { guaranteed_at: START_MS / 1000 },
    payment_method_details: {
      type: "custom",
      custom: { display_name: "Card", type: "card" },
    },
    processor_details: {
      type: "custom",
      custom: { payment_reference: "acquirer-1" },
    },
    metadata: { local_id: "reported" },
  });
  assert.equal(record.amount_guaranteed.value, 1000);
  const read = await stripe.paymentRecords.retrieve(record.id);
  assert.equal(read.processor_details.custom!.payment_reference, "acquirer-1");
}

async function tourTerminal(stripe: Stripe): Promise<void> {
  const { terminal } = stripe;
  const configuration = await terminal.configurations.create({
    name: "Market stall",
    offline: { enabled: true },
    tipping: { usd: { percentages: [10, 15, 20] } },
  });
  assert.deepEqual(configuration.offline, { enabled: true });
  assert.deepEqual(configuration.tipping, {
    usd: { percentages: [10, 15, 20] },
  });
  const renamed = await terminal.configurations.update(configuration.id, {
    offline: { enabled: false },
  }) as Stripe.Terminal.Configuration;
  assert.equal(renamed.offline!.enabled, false);
  await terminal.configurations.retrieve(configuration.id);
  assert.equal((await terminal.configurations.list()).data.length, 1);

  const location = await terminal.locations.create({
    display_name: "Stall 4",
    address: { line1: "1 Main St", city: "Reno", country: "US", state: "NV" },
    configuration_overrides: configuration.id,
  });
  assert.equal(location.address.country, "US");
  await terminal.locations.retrieve(location.id);
  await terminal.locations.update(location.id, { display_name: "Stall 5" });
  assert.equal(
    (await terminal.locations.list()).data[0].display_name,
    "Stall 5",
  );
  const token = await terminal.connectionTokens.create({
    location: location.id,
  });
  assert.match(token.secret, /^pst_test_/);

  await tourReader(stripe, location.id);
  await assert.rejects(terminal.configurations.del(configuration.id), {
    type: "StripeInvalidRequestError",
  });
  const gone = await terminal.locations.del(location.id);
  assert.equal(gone.deleted, true);
  await terminal.configurations.del(configuration.id);
  await assert.rejects(terminal.locations.retrieve(location.id), {
    code: "resource_missing",
    statusCode: 404,
  });
}

async function tourReader(stripe: Stripe, location: string): Promise<void> {
  const { readers } = stripe.terminal;
  const reader = await readers.create({
    registration_code: "simulated-s700",
    label: "Left",
    location,
  });
  assertHas(reader, READER);
  await readers.update(reader.id, { label: "Right" });
  await readers.retrieve(reader.id);
  const listed = await readers.list({ location });
  assert.deepEqual(listed.data.map((r) => r.label), ["Right"]);

  const simulated = stripe.testHelpers.terminal.readers;
  const paid = await stripe.paymentIntents.create(SALE);
  const waiting = await readers.processPaymentIntent(reader.id, {
    payment_intent: paid.id,
  });
  assert.equal(waiting.action!.status, "in_progress");
  await assert.rejects(
    readers.processPaymentIntent(reader.id, { payment_intent: paid.id }),
    { code: "terminal_reader_busy" },
  );
  const done = await simulated.presentPaymentMethod(reader.id, {
    amount_tip: 200,
  });
  assert.equal(done.action!.status, "succeeded");
  const after = await stripe.paymentIntents.retrieve(paid.id);
  assert.equal(after.status, "succeeded");
  assert.equal(after.amount, 1200);

  const declined = await stripe.paymentIntents.create(SALE);
  await readers.processPaymentIntent(reader.id, {
    payment_intent: declined.id,
  });
  const failed = await simulated.presentPaymentMethod(reader.id, {
    type: "card_present",
    card_present: { number: "4000000000009995" },
  });
  assert.equal(failed.action!.status, "failed");
  assert.equal(failed.action!.failure_code, "card_declined");
  assert.equal(failed.action!.api_error!.decline_code, "insufficient_funds");
  await readers.processPaymentIntent(reader.id, {
    payment_intent: declined.id,
  });
  const idle = await readers.cancelAction(reader.id);
  assert.equal((idle as Stripe.Terminal.Reader).action, null);
  assert.equal((await readers.del(reader.id)).deleted, true);
}

async function tourReading(stripe: Stripe): Promise<void> {
  const account = await stripe.accounts.retrieveCurrent();
  assert.match(account.id, /^acct_/);
  const balance = await stripe.balance.retrieve();
  assert.equal(balance.livemode, false);
  const charges = await stripe.charges.list();
  const charge = await stripe.charges.retrieve(charges.data[0].id);
  assert.equal(charge.status, "failed");
  const events = await stripe.events.list({ type: "payment_intent.succeeded" });
  assert.equal(events.data.length, 3);
  const event = await stripe.events.retrieve(events.data[0].id);
  assert.equal(event.type, "payment_intent.succeeded");
}

test("the client's errors carry type, code and the intent", async () => {
  const sandbox = await startFrozen();
  try {
    const stripe = clientOf(sandbox);
    const { id } = await stripe.paymentIntents.create(SALE);
    await assert.rejects(
      stripe.paymentIntents.confirm(
        id,
        confirmParams({ number: "4000000000009995" }),
      ),
      (error: Stripe.errors.StripeCardError) => {
        assert.equal(error.type, "StripeCardError");
        assert.equal(error.statusCode, 402);
        assert.equal(error.code, "card_declined");
        assert.equal(error.decline_code, "insufficient_funds");
        assert.equal(error.payment_intent!.id, id);
        assert.match(error.requestId!, /^req_/);
        return true;
      },
    );
    await assert.rejects(stripe.paymentIntents.capture(id), {
      type: "StripeInvalidRequestError",
      code: "payment_intent_unexpected_state",
    });
    const options = { idempotencyKey: "k" };
    await stripe.paymentIntents.create(SALE, options);
    await assert.rejects(
      stripe.paymentIntents.create({ ...SALE, amount: 7 }, options),
      { type: "StripeIdempotencyError" },
    );
    await sandbox.control.setKey("sk_test_shop", "expired");
    await assert.rejects(stripe.paymentIntents.retrieve(id), {
      type: "StripeAuthenticationError",
      code: "api_key_expired",
    });
    await sandbox.control.setKey("sk_test_shop", "restricted");
    await assert.rejects(stripe.paymentIntents.retrieve(id), {
      type: "StripePermissionError",
    });
  } finally {
    await sandbox.close();
  }
});

test("rawRequest() confirms with fields the client does not know", async () => {
  const sandbox = await startFrozen();
  try {
    const stripe = clientOf(sandbox);
    const { id } = await stripe.paymentIntents.create(SALE);
    const path = `/v1/payment_intents/${id}/confirm`;
    const intent = await stripe.rawRequest("POST", path, {
      payment_method_data: {
        type: "card_present",
        card_present: { emv_data: chipHex(), read_method: "contact_emv" },
      },
    }) as unknown as Stripe.PaymentIntent;
    assert.equal(intent.status, "succeeded");
  } finally {
    await sandbox.close();
  }
});
