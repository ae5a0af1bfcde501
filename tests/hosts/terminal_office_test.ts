/** Receipts, offlineDetails, daily closes. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { dailyCloseText, receiptHtml, receiptText } from "../../engine/mod.ts";
import { withShop } from "../support/shop.ts";

const MERCHANT = { name: "Café <& Co>", address: ["1 Main Street"] };

test("offlineDetails of a stored payment has the card, the receipt and the time, and no more", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    const before = Date.now();
    const { offlineDetails, localId } = await shop.sell("visa:tap", 4200);
    const { storedAtMs, requiresUpload, amountDetails, cardPresentDetails } =
      offlineDetails!;
    assert.ok(storedAtMs >= before && storedAtMs <= Date.now());
    assert.equal(requiresUpload, true);
    assert.deepEqual(amountDetails, { tip: null });
    const { receiptDetails, ...card } = cardPresentDetails;
    assert.deepEqual(card, {
      brand: "visa",
      last4: "4242",
      expMonth: 12,
      expYear: 2030,
      readMethod: "contactless_emv",
      preferredLocales: card.preferredLocales,
      cardholderName: null,
    });
    assert.equal(receiptDetails.dedicatedFileName, "A0000000031010");
    assert.match(receiptDetails.applicationCryptogram!, /^[0-9A-F]{16}$/);
    assert.match(receiptDetails.terminalVerificationResult!, /^[0-9A-F]{10}$/);
    assert.equal(receiptDetails.accountType, null);
    assert.equal(receiptDetails.authorizationResponseCode, null);
    assert.equal(receiptDetails.authorizationCode, null);
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    const forwarded = terminal.getPayment(localId)!;
    assert.equal(forwarded.offlineDetails!.requiresUpload, false);
  }));

test("receipt() of a stored payment says that it is not authorised and what is not available", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    const { localId } = await shop.sell("offline_pin_cvm", 4200);
    const receipt = terminal.receipt(localId, MERCHANT);
    const text = receiptText(receipt);
    assert.match(text, /ACCEPTED OFFLINE/);
    assert.match(text, /Not authorised yet/);
    assert.match(text, /TOTAL +42\.00 USD/);
    assert.match(text, /AID +A0000000031010/);
    assert.match(text, /verified by PIN/);
    assert.match(text, /Account type +not available offline/);
    assert.match(text, /ARC\)\n +not available offline/);
    assert.match(text, /Mode +TEST/);
    for (const line of text.split("\n")) assert.ok(line.length <= 40, line);
    assert.doesNotMatch(text, /4001007020000002/);
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    const later = receiptText(terminal.receipt(localId, MERCHANT), 56);
    assert.match(later, /APPROVED/);
    assert.match(later, /pi_/);
    assert.doesNotMatch(later, /Not authorised/);
  }));

test("receiptHtml() escapes everything, the merchant's name and the card's label included", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    const { localId } = await shop.sell("visa", 4200);
    const payment = terminal.getPayment(localId)!;
    payment.cardPresent = {
      ...payment.cardPresent,
      applicationPreferredName: `<img src=x onerror="alert('1')">`,
    };
    const { receiptOf } = await import("../../engine/mod.ts");
    const html = receiptHtml(receiptOf(payment, MERCHANT));
    assert.doesNotMatch(html, /<img|Café <&/);
    assert.match(html, /Café &lt;&amp; Co&gt;/);
    assert.match(
      html,
      /&lt;img src=x onerror=&quot;alert\(&#39;1&#39;\)&quot;&gt;/,
    );
    assert.match(html, /<i>not available offline<\/i>/);
  }));

test("receiptText() turns a card's control characters into spaces", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    const { localId } = await shop.sell("visa", 4200);
    const receipt = terminal.receipt(localId, { name: "A\u001b[2JB\u009b" });
    const codes = [...receiptText(receipt)].map((it) => it.charCodeAt(0));
    const isControl = (code: number): boolean =>
      code !== 10 && (code < 32 || (code > 126 && code < 160));
    assert.equal(codes.some(isControl), false);
  }));

test("receipt() of a declined payment says that nothing was charged, and why", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    const { localId } = await shop.sell("charge_declined_lost_card");
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    const text = receiptText(terminal.receipt(localId, MERCHANT));
    assert.match(text, /DECLINED\n *Nothing was charged/);
  }));

test("closeDay() adds up each payment in exactly one close, by currency, brand and outcome", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    await control.setOffline(true);
    const terminal = await shop.openTerminal({
      offline: {
        isEnabled: true,
        limits: {
          cardCountMax: 9,
          paymentAmountMax: { usd: 100_000, eur: 100_000 },
        },
      },
    });
    await shop.sell("visa", 1000);
    await shop.sell("visa_debit", 500);
    await shop.sell("mastercard", 700, { currency: "eur" });
    await shop.sell("charge_declined_insufficient_funds", 900);
    await assert.rejects(shop.sell("interac"));
    await control.setOffline(false);
    await shop.drained();
    await control.setOffline(true);
    await terminal.probeNetwork();
    await shop.sell("amex", 300);
    const first = terminal.closeDay();
    assert.equal(first.number, 1);
    assert.deepEqual(first.totals.map(({ tip: _, ...total }) => total), [
      {
        currency: "eur",
        brand: "mastercard",
        outcome: "forwarded",
        count: 1,
        amount: 700,
      },
      {
        currency: "usd",
        brand: "amex",
        outcome: "stored",
        count: 1,
        amount: 300,
      },
      {
        currency: "usd",
        brand: "visa",
        outcome: "declined",
        count: 1,
        amount: 900,
      },
      {
        currency: "usd",
        brand: "visa",
        outcome: "forwarded",
        count: 2,
        amount: 1500,
      },
    ]);
    assert.deepEqual(first.authorised, { eur: 700, usd: 1500 });
    assert.equal(first.refusedCount, 1);
    assert.equal(first.activity.isIntact, true);
    assert.deepEqual(first.chains.map(({ epoch, seq }) => [epoch, seq]), [
      [1, 5],
    ]);
    await shop.sell("jcb", 200);
    const second = terminal.closeDay();
    assert.equal(second.number, 2);
    assert.deepEqual(second.totals.map(({ brand }) => brand), ["jcb"]);
    assert.deepEqual(second.stillOpen.map(({ brand }) => brand), ["amex"]);
    assert.equal(second.refusedCount, 0);
    assert.notEqual(second.chains[0].hash, first.chains[0].hash);
    assert.deepEqual(terminal.dailyCloses(), [second, first]);
    const text = dailyCloseText(first);
    assert.match(text, /DAILY CLOSE 1 {2}TEST MODE/);
    assert.match(text, /2 x visa forwarded +15\.00 USD/);
    assert.match(text, /chain 1, record 5 +[0-9a-f]{16}/);
    assert.match(text, /log of \d+ lines intact +[0-9a-f]{16}/);
    for (const line of text.split("\n")) assert.ok(line.length <= 48, line);
    const restarted = await shop.openTerminal();
    assert.deepEqual(restarted.dailyCloses(1), [second]);
  }));

test("closeDay() says when the activity log was tampered with", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal();
    await shop.sell("visa");
    await shop.terminal.close();
    const { openHere } = await import("./_posix_place.ts");
    const database = await openHere(shop.path);
    database.execute("UPDATE activity SET at_ms = 0");
    database.close();
    const close = (await shop.openTerminal()).closeDay();
    assert.equal(close.activity.isIntact, false);
    assert.match(dailyCloseText(close), /lines BROKEN/);
  }));
