import assert from "node:assert/strict";
import { test } from "node:test";
import type Stripe from "stripe";
import { ENDPOINT_NAMES, findRoute } from "../../hosts/sandbox/router.ts";
import { assertShape, SHAPES } from "../unit/sandbox/_shapes.ts";
import {
  chipHex,
  clientOf,
  confirmParams,
  SALE,
  START_MS,
  startFrozen,
} from "../unit/sandbox/_support.ts";

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
  assertShape(manual, SHAPES.intent);
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
  assertShape(held, SHAPES.intent);
  const captured = await paymentIntents.capture(manual.id, {
    expand: ["latest_charge"],
  });
  assert.equal(captured.status, "succeeded");
  const charge = captured.latest_charge as Stripe.Charge;
  const card = charge.payment_method_details!.card_present!;
  assertCharge(charge);
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
  assertShape(refund, SHAPES.refund);
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
  assertShape(record, SHAPES.paymentRecord);
  assertShape(record.payment_method_details!, SHAPES.recordMethod);
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
  assertShape(configuration, SHAPES.configuration);
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
  assertShape(location, SHAPES.location);
  assertShape(location.address, SHAPES.address);
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
  assertShape(token, SHAPES.connectionToken);
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
  assertShape(reader, SHAPES.reader);
  await readers.update(reader.id, { label: "Right" });
  await readers.retrieve(reader.id);
  const listed = await readers.list({ location });
  assert.deepEqual(listed.data.map((r) => r.label), ["Right"]);

  const simulated = stripe.testHelpers.terminal.readers;
  const paid = await stripe.paymentIntents.create(SALE);
  const waiting = await readers.processPaymentIntent(reader.id, {
    payment_intent: paid.id,
  });
  assertShape(waiting.action!, SHAPES.readerAction);
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
  assertShape(account, SHAPES.account);
  assert.match(account.id, /^acct_/);
  const balance = await stripe.balance.retrieve();
  assertShape(balance, SHAPES.balance);
  assert.equal(balance.livemode, false);
  const charges = await stripe.charges.list();
  const charge = await stripe.charges.retrieve(charges.data[0].id);
  assertCharge(charge);
  assert.equal(charge.status, "failed");
  const events = await stripe.events.list({ type: "payment_intent.succeeded" });
  assert.equal(events.data.length, 3);
  const event = await stripe.events.retrieve(events.data[0].id);
  assert.equal(event.type, "payment_intent.succeeded");
  for await (const { id } of stripe.events.list({ limit: 100 })) {
    const one = await stripe.events.retrieve(id);
    assertShape(one, SHAPES.event);
    assertShape(one.request!, SHAPES.eventRequest);
    assertEvent(one);
  }
}

/** A charge and everything in it, paid or declined. */
function assertCharge(charge: Stripe.Charge): void {
  assertShape(charge, SHAPES.charge);
  assertShape(charge.outcome!, SHAPES.outcome);
  assertShape(charge.billing_details, SHAPES.billingDetails);
  assertShape(charge.billing_details.address!, SHAPES.address);
  const card = charge.payment_method_details!.card_present!;
  assertShape(card, SHAPES.cardPresent);
  assertShape(card.receipt!, SHAPES.receipt);
}

/** An event carries the object its type names, in that object's own shape. */
function assertEvent({ type, data }: Stripe.Event): void {
  const kind = type.slice(0, type.lastIndexOf("."));
  const { object } = data as { object: { object: string } };
  switch (kind) {
    case "charge":
      return assertCharge(object as Stripe.Charge);
    case "payment_intent":
      return assertShape(object, SHAPES.intent);
    case "refund":
      return assertShape(object, SHAPES.refund);
    case "terminal.reader":
      return assertShape(object, SHAPES.reader);
    default:
      assert.fail(`nothing checks ${type}`);
  }
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
