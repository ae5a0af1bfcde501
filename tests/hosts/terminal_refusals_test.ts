/** What is not accepted, and why: each refusal is typed and stores nothing. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HoldfastError, type OfflineLimits } from "../../engine/mod.ts";
import { SIMULATED_CARDS } from "../../engine/reader/simulated_cards.ts";
import { type Shop, withShop } from "../support/shop.ts";

const PANS = new RegExp(
  Object.values(SIMULATED_CARDS).map((card) => card.pan).join("|"),
);

/** Asserts that `sale` is refused with `code`, tells a remedy, and stored nothing. */
async function refused(
  shop: Shop,
  sale: Promise<unknown>,
  code: string,
): Promise<HoldfastError> {
  const terminal = shop.terminal;
  const before = terminal.listPayments().length;
  let caught: unknown;
  try {
    await sale;
  } catch (error) {
    caught = error;
  }
  assert.ok(caught instanceof HoldfastError, `expected ${code}`);
  assert.equal(caught.code, code);
  assert.ok(caught.remedy.length > 0);
  assert.doesNotMatch(JSON.stringify(caught) + caught.message, PANS);
  assert.equal(terminal.listPayments().length, before);
  return caught;
}

async function offlineShop(
  body: (shop: Shop) => Promise<void>,
  limits: Partial<OfflineLimits> = {},
): Promise<void> {
  await withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal({ offline: { isEnabled: true, limits } });
    await body(shop);
  });
}

for (
  const [card, code] of [
    ["visa:swipe", "CARD_SWIPE_NOT_AVAILABLE"],
    ["interac", "INTERAC_NOT_SUPPORTED_OFFLINE"],
    ["visa_expired", "OFFLINE_AND_CARD_EXPIRED"],
    ["online_pin_cvm", "ONLINE_PIN_NOT_SUPPORTED_OFFLINE"],
    ["girocard", "CARD_NETWORK_NOT_SUPPORTED_OFFLINE"],
    ["visa_refused_by_chip", "OFFLINE_TRANSACTION_DECLINED"],
  ]
) {
  test(`confirmPaymentIntent() of ${card} offline throws ${code}`, () =>
    offlineShop(async (shop) => {
      await refused(shop, shop.sell(card), code);
      // The terminal goes on: the next customer is served.
      assert.equal((await shop.sell("visa")).state, "stored");
    }));
}

test("confirmPaymentIntent() of damaged TLV throws MISSING_EMV_DATA with an offset", () =>
  offlineShop(async (shop) => {
    shop.tamper = (emvData) => emvData.subarray(0, emvData.length - 3);
    const error = await refused(shop, shop.sell("visa"), "MISSING_EMV_DATA");
    assert.equal(typeof error.offset, "number");
  }));

test("confirmPaymentIntent() of a PIN block throws PIN_BLOCK_NOT_ACCEPTED", () =>
  offlineShop(async (shop) => {
    shop.tamper = (emvData) =>
      Uint8Array.of(...emvData, 0x99, 8, 1, 2, 3, 4, 5, 6, 7, 8);
    await refused(shop, shop.sell("visa"), "PIN_BLOCK_NOT_ACCEPTED");
  }));

test("confirmPaymentIntent() of another amount than was asked throws OFFLINE_TRANSACTION_DECLINED", () =>
  offlineShop(async (shop) => {
    let cheap: Uint8Array | null = null;
    shop.tamper = (emvData) => {
      cheap ??= emvData.slice();
      return cheap.slice();
    };
    await shop.sell("visa", 100);
    const error = await refused(
      shop,
      shop.sell("visa", 99_000),
      "OFFLINE_TRANSACTION_DECLINED",
    );
    assert.equal(error.details.reason, "emv_mismatch");
  }));

test("confirmPaymentIntent() at a limit accepts, one above it refuses", async () => {
  await offlineShop(async (shop) => {
    assert.equal((await shop.sell("visa", 5000)).state, "stored");
    const error = await refused(
      shop,
      shop.sell("visa", 5001),
      "AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT",
    );
    assert.deepEqual(error.details, {
      limit: 5000,
      needed: 5001,
      currency: "usd",
    });
  }, { paymentAmountMax: { usd: 5000 } });
  await offlineShop(async (shop) => {
    await shop.sell("visa", 6000);
    await shop.sell("mastercard", 4000);
    const error = await refused(
      shop,
      shop.sell("amex", 50),
      "OFFLINE_STORED_AMOUNT_LIMIT",
    );
    assert.equal(error.details.needed, 10_050);
  }, { storedAmountMax: { usd: 10_000 } });
  await offlineShop(async (shop) => {
    await shop.sell("visa");
    await shop.sell("mastercard");
    await refused(
      shop,
      shop.sell("amex"),
      "OFFLINE_PAYMENTS_DATABASE_TOO_LARGE",
    );
  }, { storedCountMax: 2 });
  await offlineShop(async (shop) => {
    await shop.sell("visa");
    await refused(shop, shop.sell("visa"), "OFFLINE_CARD_COUNT_LIMIT");
    await shop.sell("mastercard");
  }, { cardCountMax: 1 });
});

test("confirmPaymentIntent() in a currency without a limit throws INVALID_OFFLINE_CURRENCY", () =>
  offlineShop(async (shop) => {
    await refused(
      shop,
      shop.sell("visa", 100, { currency: "eur" }),
      "INVALID_OFFLINE_CURRENCY",
    );
  }));

test("confirmPaymentIntent() with the oldest payment too old throws OFFLINE_STORED_AGE_LIMIT", () =>
  offlineShop(async (shop) => {
    await shop.sell("visa");
    await new Promise((resolve) => setTimeout(resolve, 30));
    await refused(shop, shop.sell("mastercard"), "OFFLINE_STORED_AGE_LIMIT");
  }, { storedAgeMsMax: 10 }));

test("confirmPaymentIntent() without room on the disk throws STORE_FULL before accepting", () =>
  offlineShop(async (shop) => {
    await refused(shop, shop.sell("visa"), "STORE_FULL");
  }, { freeBytesMin: Number.MAX_SAFE_INTEGER }));

test("voiding or forwarding frees what a limit held", () =>
  offlineShop(async (shop) => {
    const first = await shop.sell("visa");
    await refused(
      shop,
      shop.sell("mastercard"),
      "OFFLINE_PAYMENTS_DATABASE_TOO_LARGE",
    );
    await shop.terminal.cancelPaymentIntent(first.localId);
    await shop.sell("mastercard");
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    await shop.sandbox.control.setOffline(true);
    assert.equal((await shop.sell("amex")).state, "stored");
  }, { storedCountMax: 1 }));

test("createPaymentIntent() of anything malformed throws INVALID_ARGUMENT with the field", () =>
  offlineShop(async (shop) => {
    const cases: [string, object, object][] = [
      ["amount", { amount: 0, currency: "usd" }, {}],
      ["amount", { amount: 1.5, currency: "usd" }, {}],
      ["amount", { amount: 100_000_000, currency: "usd" }, {}],
      ["amount", { amount: "5", currency: "usd" }, {}],
      ["currency", { amount: 100, currency: "dollars" }, {}],
      [
        "captureMethod",
        { amount: 99, currency: "usd", captureMethod: "x" },
        {},
      ],
      ["metadata", {
        amount: 100,
        currency: "usd",
        metadata: { holdfast_seq: "9" },
      }, {}],
      ["metadata", { amount: 100, currency: "usd", metadata: { a: 1 } }, {}],
      ["offlineBehavior", { amount: 100, currency: "usd" }, {
        offlineBehavior: "prefer_offline",
      }],
    ];
    for (const [field, params, options] of cases) {
      const create = shop.terminal.createPaymentIntent(
        params as { amount: number; currency: string },
        options,
      );
      const error = await refused(shop, create, "INVALID_ARGUMENT");
      assert.equal(error.field, field);
    }
  }));

test("createPaymentIntent() below Stripe's least amount throws AMOUNT_TOO_SMALL", () =>
  offlineShop(async (shop) => {
    const below = shop.terminal.createPaymentIntent({
      amount: 49,
      currency: "USD",
    });
    const error = await refused(shop, below, "AMOUNT_TOO_SMALL");
    assert.equal(error.details.least, 50);
    const { state } = await shop.sell("visa", 50);
    assert.equal(state, "stored");
  }));

test("createPaymentIntent() with require_online offline throws Stripe's own code", () =>
  offlineShop(async (shop) => {
    await refused(
      shop,
      shop.sell("visa", 100, { offlineBehavior: "require_online" }),
      "NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET",
    );
  }));

test("createPaymentIntent() without offline mode refuses force_offline, and prefer_online offline", () =>
  withShop(async (shop) => {
    await shop.openTerminal({ offline: { isEnabled: false } });
    await refused(
      shop,
      shop.sell("visa", 100, { offlineBehavior: "force_offline" }),
      "FORCE_OFFLINE_WITH_FEATURE_DISABLED",
    );
    const { isReady, reasons } = shop.terminal.canOperateOffline();
    assert.equal(isReady, false);
    assert.deepEqual(reasons, [
      "offline mode is not enabled in the configuration",
    ]);
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal({ offline: { isEnabled: false } });
    await refused(shop, shop.sell("visa"), "STRIPE_API_CONNECTION_ERROR");
  }));

test("confirmPaymentIntent() before collecting throws PAYMENT_INTENT_NOT_COLLECTED", () =>
  offlineShop(async (shop) => {
    const intent = await shop.terminal.createPaymentIntent({
      amount: 100,
      currency: "usd",
    });
    await refused(
      shop,
      shop.terminal.confirmPaymentIntent(intent),
      "PAYMENT_INTENT_NOT_COLLECTED",
    );
  }));

test("confirmPaymentIntent() offline of a card collected online throws the mismatch", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    shop.reader.enqueue("visa");
    const created = await terminal.createPaymentIntent({
      amount: 100,
      currency: "usd",
    });
    assert.match(created.id!, /^pi_/);
    const collected = await terminal.collectPaymentMethod(created);
    await shop.sandbox.control.setOffline(true);
    await terminal.probeNetwork();
    await refused(
      shop,
      terminal.confirmPaymentIntent(collected),
      "OFFLINE_COLLECT_AND_CONFIRM_MISMATCH",
    );
    // Created online, collected and confirmed offline is allowed.
    const again = await terminal.collectPaymentMethod(created);
    const stored = await terminal.confirmPaymentIntent(again);
    assert.equal(stored.state, "stored");
    assert.equal(stored.id, created.id);
    assert.notEqual(stored.offlineDetails, null);
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    assert.equal((await shop.sandbox.control.intents()).length, 1);
    assert.equal((await shop.charges()).get(stored.localId), 1);
  }));
