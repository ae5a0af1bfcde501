/** Taking payments without a connection, and forwarding them. @module */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { withShop } from "../support/shop.ts";

const VISA_PAN = "4242424242424242";

test("confirmPaymentIntent() offline returns a stored payment without an id", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    const { payment, ...intent } = await shop.sell("visa", 1250);
    assert.equal(intent.state, "stored");
    assert.equal(intent.status, "succeeded");
    assert.equal(intent.id, null);
    assert.equal(payment!.seq, 1);
    assert.equal(payment!.cardPresent.brand, "visa");
    assert.equal(payment!.cardPresent.last4, "4242");
    assert.equal(payment!.offlineDetails!.requiresUpload, true);
    assert.match(payment!.receiptCode, /^1-1-[0-9a-f]{8}$/);
    const { sdk } = terminal.offlineStatus;
    assert.equal(sdk.networkStatus, "offline");
    assert.equal(sdk.offlinePaymentsCount, 1);
    assert.deepEqual(sdk.offlinePaymentAmountsByCurrency, { usd: 1250 });
  }));

test("openTerminal() after a restart finds every stored payment", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal();
    const first = await shop.sell("visa");
    const second = await shop.sell("mastercard", 99);
    const terminal = await shop.openTerminal();
    assert.deepEqual(
      terminal.listPayments().map((payment) => payment.localId),
      [first.localId, second.localId],
    );
    const third = await shop.sell("amex", 5000);
    assert.equal(third.payment!.seq, 3);
  }));

test("the forwarder on reconnect charges each stored payment once", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    const sold = [];
    for (const card of ["visa", "mastercard:tap", "amex", "discover", "jcb"]) {
      sold.push(await shop.sell(card));
    }
    const outcomes: string[] = [];
    terminal.on("paymentForwarded", ({ payment, error }) => {
      assert.equal(error, null);
      assert.match(payment.id!, /^pi_/);
      outcomes.push(payment.localId);
    });
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    const ids = sold.map((intent) => intent.localId).sort();
    assert.deepEqual(outcomes.sort(), ids);
    const charges = await shop.charges();
    assert.deepEqual([...charges.keys()].sort(), ids);
    assert.ok([...charges.values()].every((count) => count === 1));
  }));

test("the forwarder over a lossy network loses nothing and doubles nothing", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    await control.setOffline(true);
    const terminal = await shop.openTerminal();
    const sold = [];
    for (let i = 0; i < 25; i++) {
      sold.push(await shop.sell(i % 2 ? "visa" : "mastercard", 100 + i));
    }
    await control.setOffline(false);
    await control.addFaults(
      { kind: "drop_request", probability: 0.15 },
      { kind: "drop_response", probability: 0.15 },
      { kind: "duplicate_delivery", probability: 0.15 },
      { kind: "error_after", probability: 0.1 },
      { kind: "error_before", probability: 0.1, is_saved: true },
    );
    for (let i = 0; i < 400; i++) {
      if (terminal.offlineStatus.sdk.offlinePaymentsCount === 0) break;
      // Ask at once instead of waiting for the backoff: more chances for harm.
      terminal.forwardNow();
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    assert.equal(terminal.offlineStatus.sdk.offlinePaymentsCount, 0);
    const charges = await shop.charges();
    for (const intent of sold) assert.equal(charges.get(intent.localId), 1);
    assert.equal((await control.report()).duplicates, 0);
    assert.equal((await control.report()).charges, sold.length);
  }));

test("a decline after forwarding is an outcome with Stripe's decline code", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    const sold = await shop.sell("charge_declined_insufficient_funds");
    assert.equal(sold.state, "stored");
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    const payment = terminal.getPayment(sold.localId)!;
    assert.equal(payment.state, "declined");
    assert.equal(payment.error!.code, "card_declined");
    assert.equal(payment.error!.declineCode, "insufficient_funds");
  }));

test("addEventListener() after the outcome still hears of it, once", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal();
    const sold = await shop.sell();
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    let terminal = await shop.openTerminal();
    const heard: string[] = [];
    terminal.on(
      "paymentForwarded",
      ({ payment }) => heard.push(payment.localId),
    );
    await shop.until(() => heard.length > 0);
    assert.deepEqual(heard, [sold.localId]);
    terminal = await shop.openTerminal();
    terminal.on(
      "paymentForwarded",
      ({ payment }) => heard.push(payment.localId),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(heard, [sold.localId]);
  }));

test("no card number is in the store's files, and no ciphertext after forwarding", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    await shop.sell("visa");
    const stored = Buffer.from(shop.rawFiles());
    const [record] = [stored.indexOf("SAF1", stored.indexOf("SAF1") + 1)];
    assert.ok(record > 0, "genesis and one record are there");
    for (const pan of [VISA_PAN, Buffer.from(VISA_PAN, "hex")]) {
      assert.equal(stored.includes(pan), false);
    }
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    await terminal.close();
    const after = Buffer.from(shop.rawFiles());
    const genesis = after.indexOf("SAF1");
    assert.ok(genesis > 0);
    assert.equal(after.indexOf("SAF1", genesis + 1), -1);
  }));

test("pauseForwarding() holds everything until resumeForwarding()", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    const { localId } = await shop.sell();
    terminal.pauseForwarding();
    await shop.sandbox.control.setOffline(false);
    terminal.forwardNow();
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(terminal.getPayment(localId)!.state, "stored");
    terminal.resumeForwarding();
    await shop.drained();
    assert.equal(terminal.getPayment(localId)!.state, "forwarded");
  }));

test("cancelPaymentIntent() voids a stored payment and never one that was sent", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    const voided = await shop.sell("visa");
    const kept = await shop.sell("mastercard");
    await terminal.cancelPaymentIntent(voided.localId);
    assert.equal(terminal.getPayment(voided.localId)!.state, "canceled");
    assert.equal(terminal.offlineStatus.sdk.offlinePaymentsCount, 1);
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    await assert.rejects(terminal.cancelPaymentIntent(kept.localId), {
      code: "PAYMENT_ALREADY_SENT",
    });
    assert.deepEqual([...(await shop.charges()).keys()], [kept.localId]);
  }));

test("a chip transaction presented twice is stored once", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    let captured: Uint8Array | null = null;
    shop.tamper = (emvData) => {
      captured ??= emvData.slice();
      return captured.slice();
    };
    const first = await shop.sell("visa", 777);
    const again = await shop.sell("visa", 777);
    assert.equal(again.localId, first.localId);
    assert.equal(terminal.listPayments().length, 1);
  }));
