/** The same verbs with a connection, and what happens when it goes. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withShop } from "../support/shop.ts";

test("confirmPaymentIntent() online returns the forwarded payment with its id", () =>
  withShop(async (shop) => {
    await shop.openTerminal();
    const intent = await shop.sell("visa", 1999);
    assert.equal(intent.state, "forwarded");
    assert.equal(intent.status, "succeeded");
    assert.match(intent.id!, /^pi_/);
    assert.equal(intent.offlineDetails, null);
    const [atStripe] = await shop.sandbox.control.intents();
    assert.equal(atStripe.status, "succeeded");
    assert.equal(atStripe.amount_received, 1999);
  }));

test("confirmPaymentIntent() online of a declined card returns declined with its code", () =>
  withShop(async (shop) => {
    await shop.openTerminal();
    const intent = await shop.sell("charge_declined_lost_card");
    assert.equal(intent.state, "declined");
    assert.equal(intent.status, "requires_payment_method");
    assert.equal(intent.error!.declineCode, "lost_card");
  }));

test("capturePaymentIntent() captures a manual payment once, however often it is called", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    shop.reader.enqueue("visa");
    const created = await terminal.createPaymentIntent({
      amount: 2500,
      currency: "usd",
      captureMethod: "manual",
    });
    const collected = await terminal.collectPaymentMethod(created);
    const confirmed = await terminal.confirmPaymentIntent(collected);
    assert.equal(confirmed.status, "requires_capture");
    const captured = await terminal.capturePaymentIntent(confirmed.localId);
    assert.equal(captured.state, "captured");
    assert.deepEqual(
      await terminal.capturePaymentIntent(confirmed.localId),
      captured,
    );
    assert.deepEqual((await shop.sandbox.control.report()).amounts, {
      usd: 2500,
    });
  }));

test("capturePaymentIntent() whose answer was lost is repeated with the same key", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    const terminal = await shop.openTerminal();
    shop.reader.enqueue("visa");
    const created = await terminal.createPaymentIntent({
      amount: 2500,
      currency: "usd",
      captureMethod: "manual",
    });
    const collected = await terminal.collectPaymentMethod(created);
    const { localId } = await terminal.confirmPaymentIntent(collected);
    // Without a count: Deno's fetch repeats by itself where a kept connection breaks.
    await control.addFaults({ kind: "drop_response", path: "/capture" });
    await assert.rejects(terminal.capturePaymentIntent(localId), {
      code: "STRIPE_API_CONNECTION_ERROR",
    });
    await control.clearFaults();
    assert.equal(
      (await terminal.capturePaymentIntent(localId)).state,
      "captured",
    );
    const keys = (await control.requests())
      .filter((request) => request.path.endsWith("/capture"))
      .map((request) => request.idempotency_key);
    assert.ok(keys.length >= 2);
    assert.equal(new Set(keys).size, 1);
  }));

test("confirmPaymentIntent() whose answers are lost ends in one charge", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    const terminal = await shop.openTerminal({ callDeadlineMs: 1_500 });
    await control.addFaults({
      kind: "drop_response",
      path: "/confirm",
      count: 3,
    });
    const intent = await shop.sell("visa");
    assert.ok(["unknown", "forwarded"].includes(intent.state), intent.state);
    await shop.until(() => {
      terminal.forwardNow();
      return terminal.getPayment(intent.localId)!.state === "forwarded";
    });
    assert.equal((await shop.charges()).get(intent.localId), 1);
  }));

test("confirmPaymentIntent() whose requests are lost goes on as an offline payment", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    const terminal = await shop.openTerminal({ callDeadlineMs: 1_500 });
    shop.reader.enqueue("visa");
    const created = await terminal.createPaymentIntent({
      amount: 700,
      currency: "usd",
    });
    const collected = await terminal.collectPaymentMethod(created);
    await control.setOffline(true);
    const intent = await terminal.confirmPaymentIntent(collected);
    assert.ok(["stored", "unknown"].includes(intent.state), intent.state);
    await control.setOffline(false);
    terminal.forwardNow();
    await shop.drained();
    assert.equal((await shop.charges()).get(intent.localId), 1);
  }));

test("offlineStatusChange tells of every sale and every outcome", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    const counts: number[] = [];
    terminal.on("offlineStatusChange", ({ sdk }) => {
      counts.push(sdk.offlinePaymentsCount);
    });
    await shop.sell("visa");
    await shop.sell("mastercard");
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    await shop.until(() => counts.at(-1) === 0);
    assert.ok(counts.includes(1) && counts.includes(2), String(counts));
  }));

/** A till that starts at a random moment of three weeks when the connection returns. */
const SPREAD = {
  probeDelayMsMin: 20,
  probeDelayMsMax: 50,
  reconnectSpreadMs: 2_000_000_000,
};

test("forwardNow() before the connection returns spares the spread of a region's tills, once", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    await control.setOffline(true);
    const terminal = await shop.openTerminal({ forwarding: SPREAD });
    await shop.sell("visa");
    await control.setOffline(false);
    terminal.forwardNow();
    await shop.drained();
    // Pressed where there was a connection, it says nothing about the next outage.
    terminal.forwardNow();
    await control.setOffline(true);
    await shop.sell("mastercard", 900, { offlineBehavior: "force_offline" });
    await terminal.probeNetwork();
    await control.setOffline(false);
    await shop.until(() =>
      terminal.offlineStatus.sdk.networkStatus === "online"
    );
    const posts = (await control.requests()).filter(({ method }) =>
      method === "POST"
    );
    assert.equal(posts.length, 2, "the second payment waits for its moment");
    assert.equal(terminal.offlineStatus.sdk.offlinePaymentsCount, 1);
    terminal.forwardNow();
    await shop.drained();
    assert.equal((await control.report()).charges, 2);
  }));

test("offlineStatus turns online by itself when the network returns and nothing waits", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    assert.equal(await terminal.probeNetwork(), "offline");
    await shop.sandbox.control.setOffline(false);
    await shop.until(() =>
      terminal.offlineStatus.sdk.networkStatus === "online"
    );
  }));
