/** Cards that are taken online only: they work, and never become an offline sale. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HoldfastError } from "../../engine/mod.ts";
import { withShop } from "../support/shop.ts";
import {
  chargeOf,
  collected,
  confirmInto,
  confirmUntil,
  inCountry,
  onDisk,
} from "./_now_only.ts";

/** Script, country, currency, and the code that refuses it offline. */
const CARDS: [
  script: string,
  country: string,
  currency: string,
  code: string,
][] = [
  ["online_pin_cvm", "AU", "aud", "ONLINE_PIN_NOT_SUPPORTED_OFFLINE"],
  ["interac", "CA", "cad", "INTERAC_NOT_SUPPORTED_OFFLINE"],
  ["girocard", "DE", "eur", "CARD_NETWORK_NOT_SUPPORTED_OFFLINE"],
  ["eftpos_au_debit", "AU", "aud", "CARD_NETWORK_NOT_SUPPORTED_OFFLINE"],
  ["visa:tap", "DE", "eur", "OFFLINE_SCA_REQUIRED"],
];

for (const [script, country, currency, code] of CARDS) {
  test(`confirmPaymentIntent() online of ${script} in ${country} is forwarded and not deferred`, () =>
    withShop(async (shop) => {
      await shop.openTerminal(inCountry(country));
      const intent = await shop.sell(script, 1250, { currency });
      assert.equal(intent.state, "forwarded");
      assert.equal(intent.offlineDetails, null);
      const { payment_method_details: details } = await chargeOf(
        shop,
        intent.id!,
      );
      const kind = details[details.type] as { offline?: object | null };
      // An Interac payment does not even have the field.
      assert.equal(kind.offline ?? null, null);
      assert.equal((await shop.charges()).get(intent.localId), 1);
    }));

  // Offline the reader itself asks for the chip instead of a tap.
  if (script === "visa:tap") continue;
  test(`confirmPaymentIntent() offline of ${script} in ${country} is refused by ${code}`, () =>
    withShop(async (shop) => {
      await shop.sandbox.control.setOffline(true);
      await shop.openTerminal(inCountry(country));
      await assert.rejects(shop.sell(script, 1250, { currency }), { code });
      assert.equal(shop.terminal.listPayments().length, 0);
    }));
}

for (const [script, country, currency, code] of CARDS) {
  test(`confirmPaymentIntent() of ${script} in ${country} whose connection goes is taken back with ${code}`, () =>
    withShop(async (shop) => {
      const terminal = await shop.openTerminal(inCountry(country));
      const intent = await collected(shop, script, currency);
      terminal.pauseForwarding(); // Nothing leaves any more.
      const isStored = () => terminal.listPayments().length === 1;
      await assert.rejects(confirmUntil(shop, intent, isStored), { code });
      assert.equal(terminal.getPayment(intent.localId)!.state, "canceled");
      assert.equal(terminal.offlineStatus.sdk.offlinePaymentsCount, 0);
      terminal.resumeForwarding();
      const next = await shop.sell("visa:tap", 100, { currency });
      assert.equal(next.state, "forwarded");
      assert.equal((await shop.charges()).get(intent.localId) ?? 0, 0);
    }));
}

test("a payment that may be charged now only has no record on disk, whatever becomes of it", () =>
  withShop(async (shop) => {
    await shop.openTerminal(inCountry("AU"));
    const intent = await collected(shop, "online_pin_cvm", "aud");
    const confirmed = await confirmInto(shop, intent, "drop_request");
    assert.equal(confirmed.state, "unknown");
    await shop.sandbox.control.setOffline(true);
    assert.deepEqual(await onDisk(shop), { states: ["unknown"], sealed: 0 });
  }));

test("confirmPaymentIntent() of an online PIN whose request was lost is canceled at Stripe", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    const terminal = await shop.openTerminal(inCountry("AU"));
    const intent = await collected(shop, "online_pin_cvm", "aud");
    // For good: whatever still confirms it, meets it too.
    const confirmed = await confirmInto(shop, intent, "drop_request");
    assert.equal(confirmed.state, "unknown");
    await shop.until(() => {
      terminal.forwardNow();
      return terminal.getPayment(intent.localId)!.state === "canceled";
    });
    const [atStripe] = await control.intents();
    assert.equal(atStripe.status, "canceled");
    assert.equal((await shop.charges()).get(intent.localId), 0);
  }));

test("confirmPaymentIntent() of an online PIN whose answer was lost is found charged once", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    const terminal = await shop.openTerminal(inCountry("AU"));
    const intent = await collected(shop, "online_pin_cvm", "aud");
    const confirmed = await confirmInto(shop, intent, "drop_response");
    assert.equal(confirmed.state, "unknown");
    await control.clearFaults();
    await shop.until(() => {
      terminal.forwardNow();
      return terminal.getPayment(intent.localId)!.state === "forwarded";
    });
    assert.equal((await shop.charges()).get(intent.localId), 1);
  }));

test("a terminal that died while an online PIN was confirmed cancels what was not charged", () =>
  withShop(async (shop) => {
    await shop.openTerminal(inCountry("AU"));
    const intent = await collected(shop, "online_pin_cvm", "aud");
    await confirmInto(shop, intent, "drop_request");
    const again = await shop.openTerminal(inCountry("AU"));
    await shop.until(() => {
      again.forwardNow();
      return again.getPayment(intent.localId)!.state === "canceled";
    });
    assert.equal((await shop.charges()).get(intent.localId), 0);
  }));

test("exportStored() leaves a payment that may be charged now only where it is", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal(inCountry("AU"));
    const intent = await collected(shop, "online_pin_cvm", "aud");
    await confirmInto(shop, intent, "drop_request");
    await shop.sandbox.control.setOffline(true);
    const { localId } = await shop.sell("visa", 700, {
      currency: "aud",
      offlineBehavior: "force_offline",
    });
    const file = await terminal.exportStored();
    assert.deepEqual(file!.localIds, [localId]);
    assert.equal(terminal.getPayment(intent.localId)!.state, "unknown");
  }));

test("an issuer's decline of an online PIN is an outcome", () =>
  withShop(async (shop) => {
    await shop.openTerminal(inCountry("AU"));
    const intent = await shop.sell("online_pin_cvm:insert:9999", 1250, {
      currency: "aud",
    });
    assert.equal(intent.state, "declined");
    assert.equal(intent.error!.declineCode, "incorrect_pin");
  }));

for (
  const [card, country, currency, reason] of [
    ["interac", "US", "usd", "interac_not_supported"],
    ["girocard", "AT", "eur", "network_not_offline"],
    ["visa_expired", "US", "usd", "expired"],
    ["visa_refused_by_chip", "US", "usd", "card_declined"],
  ]
) {
  test(`confirmPaymentIntent() online of ${card} in ${country} is DECLINED_BY_READER`, () =>
    withShop(async (shop) => {
      await shop.openTerminal(inCountry(country));
      await assert.rejects(
        shop.sell(card, 1250, { currency }),
        (error: HoldfastError) =>
          error.code === "DECLINED_BY_READER" &&
          error.details?.reason === reason,
      );
      assert.equal(shop.terminal.listPayments().length, 0);
    }));
}

test("confirmPaymentIntent() of a card that was collected offline goes by the offline rules", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    await control.setOffline(true);
    const terminal = await shop.openTerminal(inCountry("CA"));
    const intent = await collected(shop, "interac", "cad");
    await control.setOffline(false);
    await shop.until(async () => await terminal.probeNetwork() === "online");
    await assert.rejects(terminal.confirmPaymentIntent(intent), {
      code: "INTERAC_NOT_SUPPORTED_OFFLINE",
    });
  }));

test("confirmPaymentIntent() of a manual Interac payment takes the money at once, of a Visa it waits", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal(inCountry("CA"));
    const sell = async (card: string) => {
      shop.reader.enqueue(card);
      const created = await terminal.createPaymentIntent({
        amount: 900,
        currency: "cad",
        captureMethod: "manual",
      });
      const collected = await terminal.collectPaymentMethod(created);
      return await terminal.confirmPaymentIntent(collected);
    };
    const interac = await sell("interac");
    assert.equal(interac.status, "succeeded");
    const charge = await chargeOf(shop, interac.id!);
    assert.equal(charge.payment_method_details.type, "interac_present");
    assert.equal(charge.captured, true);
    const visa = await sell("visa");
    assert.equal(visa.status, "requires_capture");
    assert.equal((await chargeOf(shop, visa.id!)).captured, false);
  }));

test("refundPayment() of an Interac payment is refused before Stripe is asked: it needs the card", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal(inCountry("CA"));
    const { localId } = await shop.sell("interac", 900, { currency: "cad" });
    await assert.rejects(
      terminal.refundPayment(localId),
      (error: HoldfastError) =>
        error.code === "REFUND_NOT_POSSIBLE" &&
        error.details?.code === "interac_needs_card",
    );
    const asked = (await shop.sandbox.control.requests())
      .filter(({ path }) => path === "/v1/refunds");
    assert.deepEqual(asked, []);
  }));

test("the same chip transaction again, online only, is the same payment and one charge", () =>
  withShop(async (shop) => {
    await shop.openTerminal(inCountry("CA"));
    let first: Uint8Array | null = null;
    shop.tamper = (emvData) => (first ??= emvData.slice()).slice();
    const once = await shop.sell("interac", 900, { currency: "cad" });
    const twice = await shop.sell("interac", 900, { currency: "cad" });
    assert.equal(once.state, "forwarded");
    assert.deepEqual(
      [twice.localId, twice.state],
      [once.localId, "forwarded"],
    );
    assert.equal((await shop.sandbox.control.report()).charges, 1);
  }));
