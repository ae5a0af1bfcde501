/** Behaviour, deadline and cancelling, step by step. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Shop, withShop } from "../support/shop.ts";

const USD = { amount: 700, currency: "usd" };

async function offlineShop(body: (shop: Shop) => Promise<void>): Promise<void> {
  await withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal();
    await body(shop);
  });
}

test("confirmPaymentIntent() with its own require_online refuses what create would have stored", () =>
  offlineShop(async (shop) => {
    const { terminal } = shop;
    shop.reader.enqueue("visa");
    const intent = await terminal.createPaymentIntent(USD);
    await terminal.collectPaymentMethod(intent);
    await assert.rejects(
      terminal.confirmPaymentIntent(intent, {
        offlineBehavior: "require_online",
      }),
      { code: "NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET" },
    );
    assert.equal(terminal.listPayments().length, 0);
    const sold = await terminal.confirmPaymentIntent(intent);
    assert.equal(sold.state, "stored");
    assert.equal(sold.offlineBehavior, "prefer_online");
  }));

test("collectPaymentMethod() with its own behaviour decides for that step alone", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    shop.reader.enqueue("visa", "visa");
    const intent = await terminal.createPaymentIntent(USD);
    assert.match(intent.id!, /^pi_/);
    await terminal.collectPaymentMethod(intent, {
      offlineBehavior: "force_offline",
    });
    const sold = await terminal.confirmPaymentIntent(intent, {
      offlineBehavior: "force_offline",
    });
    assert.equal(sold.state, "stored");
    assert.equal(sold.id, intent.id);
    assert.equal(sold.offlineDetails!.requiresUpload, true);
    await shop.drained();
    assert.equal((await shop.charges()).get(sold.localId), 1);
  }));

test("collectPaymentMethod() and confirmPaymentIntent() refuse an unknown behaviour", () =>
  offlineShop(async (shop) => {
    const intent = await shop.terminal.createPaymentIntent(USD);
    const options = { offlineBehavior: "sometimes" as "force_offline" };
    for (
      const step of [
        () => shop.terminal.collectPaymentMethod(intent, options),
        () => shop.terminal.confirmPaymentIntent(intent, options),
      ]
    ) await assert.rejects(step(), { code: "INVALID_ARGUMENT" });
  }));

test("no step of a sale takes an option that there is not", () =>
  offlineShop(async (shop) => {
    const { terminal } = shop;
    const intent = await terminal.createPaymentIntent(USD);
    // Taken for nothing, the sale would be stored against the app's will.
    const slip = { offlineBehaviour: "require_online" } as object;
    for (
      const step of [
        () => terminal.createPaymentIntent(USD, slip),
        () => terminal.retrievePaymentIntent("pi_1_secret_2", slip),
        () => terminal.collectPaymentMethod(intent, slip),
        () => terminal.confirmPaymentIntent(intent, slip),
      ]
    ) {
      await assert.rejects(step(), {
        code: "INVALID_ARGUMENT",
        field: "offlineBehaviour",
      });
    }
    assert.equal(terminal.listPayments().length, 0);
  }));

test("on() and iterate() refuse an event that there is not", () =>
  offlineShop(async ({ terminal }) => {
    const slip = "paymentForwardd" as "paymentForwarded";
    const refusal = { code: "INVALID_ARGUMENT", field: "type" };
    assert.throws(() => terminal.on(slip, () => {}), refusal);
    const { signal } = new AbortController();
    await assert.rejects(terminal.iterate(slip, signal).next(), refusal);
  }));

test("cancelPaymentIntent() while the reader waits for a card ends the collect with CANCELED", () =>
  offlineShop(async (shop) => {
    const { terminal } = shop;
    shop.reader.enqueue("no_card");
    const intent = await terminal.createPaymentIntent(USD);
    const collect = terminal.collectPaymentMethod(intent);
    const rejected = assert.rejects(collect, { code: "CANCELED" });
    await new Promise((resolve) => setTimeout(resolve, 30));
    await terminal.cancelPaymentIntent(intent.localId);
    await rejected;
    assert.equal((await shop.sell("visa")).state, "stored");
  }));

test("collectPaymentMethod() ends by its signal and at its deadline, and may be called again", () =>
  offlineShop(async (shop) => {
    const { terminal } = shop;
    shop.reader.enqueue("no_card", "no_card", "visa");
    const intent = await terminal.createPaymentIntent(USD);
    const stop = new AbortController();
    const collect = terminal.collectPaymentMethod(intent, {
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(), 30);
    await assert.rejects(collect, { code: "CANCELED" });
    await assert.rejects(
      terminal.collectPaymentMethod(intent, { deadlineMs: 40 }),
      { code: "REQUEST_TIMED_OUT" },
    );
    await terminal.collectPaymentMethod(intent);
    const sold = await terminal.confirmPaymentIntent(intent);
    assert.equal(sold.state, "stored");
  }));

test("createPaymentIntent() over a network that never answers ends at its deadline", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    await shop.sandbox.control.addFaults({
      kind: "delay",
      path: "/v1/payment_intents",
      delay_ms: 60_000,
    });
    const startMs = performance.now();
    await assert.rejects(
      terminal.createPaymentIntent(USD, { deadlineMs: 150 }),
      { code: "REQUEST_TIMED_OUT" },
    );
    // Sooner than the five seconds of a call.
    assert.ok(performance.now() - startMs < 4_500);
    const stop = new AbortController();
    const create = terminal.createPaymentIntent(USD, { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await assert.rejects(create, { code: "CANCELED" });
  }));

test("confirmPaymentIntent() canceled before the commit stores nothing", () =>
  offlineShop(async (shop) => {
    const { terminal } = shop;
    shop.reader.enqueue("visa");
    const intent = await terminal.createPaymentIntent(USD);
    await terminal.collectPaymentMethod(intent);
    await assert.rejects(
      terminal.confirmPaymentIntent(intent, { signal: AbortSignal.abort() }),
      { code: "CANCELED" },
    );
    assert.equal(terminal.listPayments().length, 0);
    assert.equal(
      (await terminal.confirmPaymentIntent(intent)).state,
      "stored",
    );
  }));

test("confirmPaymentIntent() left after the commit keeps the payment and ends the waiting", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    shop.reader.enqueue("visa");
    const intent = await terminal.createPaymentIntent(USD);
    await terminal.collectPaymentMethod(intent);
    await shop.sandbox.control.addFaults({
      kind: "delay",
      path: "/confirm",
      delay_ms: 60_000,
      count: 1,
    });
    const startMs = performance.now();
    const sold = await terminal.confirmPaymentIntent(intent, {
      deadlineMs: 100,
    });
    assert.ok(performance.now() - startMs < 4_500);
    assert.equal(sold.state, "unknown");
    await shop.sandbox.control.advance(60_000);
    await shop.until(() => {
      terminal.forwardNow();
      return terminal.getPayment(sold.localId)!.state === "forwarded";
    });
    assert.equal((await shop.charges()).get(sold.localId), 1);
  }));

test("a second step on an intent throws PAYMENT_INTENT_BUSY and leaves the first alone", () =>
  offlineShop(async (shop) => {
    const { terminal } = shop;
    shop.reader.enqueue("no_card");
    const intent = await terminal.createPaymentIntent(USD);
    const first = terminal.collectPaymentMethod(intent, { deadlineMs: 200 });
    const ended = assert.rejects(first, { code: "REQUEST_TIMED_OUT" });
    await assert.rejects(terminal.confirmPaymentIntent(intent), {
      code: "PAYMENT_INTENT_BUSY",
    });
    await assert.rejects(terminal.updatePaymentIntent(intent.localId, {}), {
      code: "PAYMENT_INTENT_BUSY",
    });
    await ended;
  }));

test("confirmPaymentIntent() with require_online takes the payment back when the network goes", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal({ callDeadlineMs: 1_500 });
    shop.reader.enqueue("visa");
    const intent = await terminal.createPaymentIntent(USD, {
      offlineBehavior: "require_online",
    });
    await terminal.collectPaymentMethod(intent);
    // The confirmation is never begun: nobody may say that this card was charged.
    terminal.pauseForwarding();
    await assert.rejects(terminal.confirmPaymentIntent(intent), {
      code: "NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET",
    });
    assert.equal(terminal.getPayment(intent.localId)!.state, "canceled");
    terminal.resumeForwarding();
    await shop.drained();
    assert.equal((await shop.sandbox.control.report()).charges, 0);
  }));

test("confirmPaymentIntent() over an offline limit takes the payment back when the network goes", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal({
      callDeadlineMs: 1_500,
      offline: { isEnabled: true, limits: { paymentAmountMax: { usd: 100 } } },
    });
    shop.reader.enqueue("visa");
    const intent = await terminal.createPaymentIntent(USD);
    await terminal.collectPaymentMethod(intent);
    terminal.pauseForwarding();
    await assert.rejects(terminal.confirmPaymentIntent(intent), {
      code: "AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT",
    });
    assert.equal(terminal.getPayment(intent.localId)!.state, "canceled");
    terminal.resumeForwarding();
    await shop.drained();
    assert.equal((await shop.sandbox.control.report()).charges, 0);
  }));

test("updatePaymentIntent() offline changes the amount, and the card must be collected again", () =>
  offlineShop(async (shop) => {
    const { terminal } = shop;
    shop.reader.enqueue("visa", "visa");
    const intent = await terminal.createPaymentIntent(USD);
    await terminal.collectPaymentMethod(intent);
    const changed = await terminal.updatePaymentIntent(intent.localId, {
      amount: 900,
      metadata: { table: "7" },
    });
    assert.equal(changed.amount, 900);
    assert.equal(changed.status, "requires_payment_method");
    await assert.rejects(terminal.confirmPaymentIntent(changed), {
      code: "PAYMENT_INTENT_NOT_COLLECTED",
    });
    await terminal.collectPaymentMethod(changed);
    const sold = await terminal.confirmPaymentIntent(changed);
    assert.equal(sold.amount, 900);
    assert.deepEqual(sold.metadata, { table: "7" });
    await assert.rejects(
      terminal.updatePaymentIntent(intent.localId, { amount: -1 }),
      { code: "PAYMENT_NOT_FOUND" },
    );
  }));

test("updatePaymentIntent() of an intent Stripe knows throws UPDATE_PAYMENT_INTENT_UNAVAILABLE", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const intent = await terminal.createPaymentIntent(USD);
    await assert.rejects(
      terminal.updatePaymentIntent(intent.localId, { amount: 900 }),
      { code: "UPDATE_PAYMENT_INTENT_UNAVAILABLE" },
    );
  }));

test("collectPaymentMethod() with updatePaymentIntent shows the card online and not offline", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    shop.reader.enqueue("visa", "amex");
    const online = await terminal.createPaymentIntent(USD);
    const options = { updatePaymentIntent: true };
    const seen = await terminal.collectPaymentMethod(online, options);
    assert.equal(seen.cardPresent!.brand, "visa");
    assert.equal(seen.cardPresent!.last4, "4242");
    assert.equal("cardHmac" in seen.cardPresent!, false);
    await shop.sandbox.control.setOffline(true);
    await terminal.probeNetwork();
    const offline = await terminal.createPaymentIntent(USD);
    const unseen = await terminal.collectPaymentMethod(offline, options);
    assert.equal(unseen.status, "requires_confirmation");
    assert.equal(unseen.cardPresent, null);
    const sold = await terminal.confirmPaymentIntent(unseen);
    assert.equal(sold.cardPresent!.brand, "amex");
  }));

test("createSetupIntent() is refused offline and online", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const refusal = { code: "SETUP_INTENT_NOT_SUPPORTED" };
    await assert.rejects(terminal.createSetupIntent(), refusal);
    await shop.sandbox.control.setOffline(true);
    await assert.rejects(terminal.createSetupIntent(), refusal);
  }));
