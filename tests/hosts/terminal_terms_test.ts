/** What is agreed besides the amount: accounts, authorisation, tips. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HoldfastError, Terminal } from "../../engine/mod.ts";
import { SimulatedReader } from "../../engine/reader/simulated_reader.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { through, withRelay } from "../support/relay.ts";
import { API_KEY, type Shop, withShop } from "../support/shop.ts";
import { openHere } from "./_posix_place.ts";

const USD = { amount: 2000, currency: "usd" };

interface WireIntent {
  amount: number;
  on_behalf_of: string | null;
  transfer_data?: { destination: string; amount?: number };
  transfer_group: string | null;
  application_fee_amount: number | null;
  receipt_email: string | null;
  metadata: Record<string, string>;
  payment_method_options: {
    card_present: { request_extended_authorization: boolean | null };
  };
}

async function wireIntent(shop: Shop): Promise<WireIntent> {
  const list = await shop.api<{ data: WireIntent[] }>("/v1/payment_intents");
  assert.equal(list.data.length, 1);
  return list.data[0];
}

/** Connects a smart reader, whose customers choose tips by its seed. */
async function connectSmart(shop: Shop): Promise<SimulatedReader> {
  const reader = new SimulatedReader({
    clock: new SystemClock(),
    deviceType: "stripe_s700",
    seed: "tips",
  });
  await shop.terminal.connectReader(shop.wire(reader));
  return reader;
}

async function sellTo(
  terminal: Terminal,
  params: Parameters<Terminal["createPaymentIntent"]>[0],
): Promise<ReturnType<Terminal["confirmPaymentIntent"]>> {
  const intent = await terminal.createPaymentIntent(params);
  await terminal.collectPaymentMethod(intent);
  return await terminal.confirmPaymentIntent(intent);
}

test("requestExtendedAuthorization of an offline payment reaches Stripe when it is forwarded", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    shop.reader.enqueue("visa");
    const sold = await sellTo(terminal, {
      ...USD,
      captureMethod: "manual",
      requestExtendedAuthorization: true,
    });
    assert.equal(sold.status, "requires_capture");
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    const { card_present } = (await wireIntent(shop)).payment_method_options;
    assert.equal(card_present.request_extended_authorization, true);
  }));

test("requestIncrementalAuthorizationSupport is refused offline and passed on online", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const params = { ...USD, requestIncrementalAuthorizationSupport: true };
    shop.reader.enqueue("visa");
    assert.equal((await sellTo(terminal, params)).state, "forwarded");
    const created = await terminal.createPaymentIntent(params);
    await shop.sandbox.control.setOffline(true);
    await terminal.probeNetwork();
    const refusal = { code: "INCREMENTAL_AUTHORIZATION_NOT_SUPPORTED_OFFLINE" };
    await assert.rejects(terminal.createPaymentIntent(params), refusal);
    shop.reader.enqueue("visa");
    await terminal.collectPaymentMethod(created);
    await assert.rejects(terminal.confirmPaymentIntent(created), refusal);
    assert.equal(terminal.listPayments().length, 1);
  }));

test("confirmPaymentIntent() with a surcharge is refused offline with its own code", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    shop.reader.enqueue("visa", "visa");
    const intent = await terminal.createPaymentIntent(USD);
    await terminal.collectPaymentMethod(intent);
    const options = { amountSurcharge: 50 };
    await assert.rejects(terminal.confirmPaymentIntent(intent, options), {
      code: "INVALID_ARGUMENT",
      field: "amountSurcharge",
    });
    await shop.sandbox.control.setOffline(true);
    await terminal.probeNetwork();
    await terminal.collectPaymentMethod(intent);
    await assert.rejects(terminal.confirmPaymentIntent(intent, options), {
      code: "AMOUNT_SURCHARGE_NOT_SUPPORTED_OFFLINE",
    });
    assert.equal(terminal.listPayments().length, 0);
  }));

test("tipAmount is part of the amount, on the receipt, in the close, and at Stripe", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    await shop.sandbox.control.setOffline(true);
    await terminal.probeNetwork();
    shop.reader.enqueue("visa");
    const { localId, payment } = await sellTo(terminal, {
      ...USD,
      tipAmount: 150,
    });
    assert.deepEqual([payment!.amount, payment!.terms.tip], [USD.amount, 150]);
    const { amounts } = terminal.receipt(localId, { name: "Shop" });
    assert.deepEqual(amounts[1], { name: "Tip", value: "1.50 USD" });
    assert.equal(terminal.closeDay().totals[0].tip, 150);
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    assert.equal((await wireIntent(shop)).metadata.holdfast_tip, "150");
    for (
      const bad of [{ tipAmount: USD.amount }, { tipAmount: -1 }, {
        tipAmount: 1,
        tip: { percentages: [10] },
      }]
    ) {
      await assert.rejects(
        terminal.createPaymentIntent({ ...USD, ...bad }),
        { code: "INVALID_ARGUMENT", field: "tipAmount" },
      );
    }
  }));

test("listPayments() with isNewestFirst gives the last ones first, of any state", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    for (const amount of [100, 200, 300]) await shop.sell("visa", amount);
    const amounts = (filter: object): number[] =>
      terminal.listPayments({ ...filter, isNewestFirst: true })
        .map(({ amount }) => amount);
    assert.deepEqual(amounts({ limit: 2 }), [300, 200]);
    assert.deepEqual(amounts({ limit: 2, states: ["stored"] }), [300, 200]);
  }));

test("onBehalfOf of an offline payment reaches Stripe, also through a restart", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal();
    shop.reader.enqueue("visa");
    const params = { ...USD, onBehalfOf: "acct_1Seller" };
    const sold = await sellTo(shop.terminal, params);
    const terminal = await shop.openTerminal();
    const { terms } = terminal.getPayment(sold.localId)!;
    assert.equal(terms.onBehalfOf, "acct_1Seller");
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    assert.equal((await wireIntent(shop)).on_behalf_of, "acct_1Seller");
    assert.equal((await shop.charges()).get(sold.localId), 1);
    await assert.rejects(
      terminal.createPaymentIntent({ ...USD, onBehalfOf: "someone" }),
      { code: "INVALID_ARGUMENT", field: "onBehalfOf" },
    );
  }));

test("a transfer, a fee and receipt_email of an offline payment reach Stripe, also through a restart", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal();
    shop.reader.enqueue("visa");
    await sellTo(shop.terminal, {
      ...USD,
      transferData: { destination: "acct_1Seller" },
      transferGroup: "order 17",
      applicationFeeAmount: 150,
      receiptEmail: "jo@example.com",
    });
    await shop.openTerminal();
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    const wire = await wireIntent(shop);
    assert.deepEqual(
      [wire.transfer_data, wire.transfer_group, wire.application_fee_amount],
      [{ destination: "acct_1Seller" }, "order 17", 150],
    );
    assert.equal(wire.receipt_email, "jo@example.com");
  }));

test("transferData with an amount reaches the charge, through a relay too", () =>
  withRelay(async (shop, relay) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal(
      through(relay.gateway(), relay),
    );
    shop.reader.enqueue("visa");
    const transferData = { destination: "acct_1Seller", amount: 1850 };
    const { localId } = await sellTo(terminal, { ...USD, transferData });
    assert.deepEqual(
      terminal.getPayment(localId)!.terms.transferData,
      transferData,
    );
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    assert.deepEqual((await wireIntent(shop)).transfer_data, transferData);
    const [charge] = (await shop.api<{ data: { transfer_data: object }[] }>(
      "/v1/charges",
    )).data;
    assert.deepEqual(charge.transfer_data, transferData);
  }));

test("createPaymentIntent() refuses transfers and fees that Stripe would refuse, with the field", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const destination = "acct_1Seller";
    const to = { transferData: { destination } };
    for (
      const [field, params] of [
        ["transferData.destination", { transferData: { destination: "me" } }],
        [
          "transferData.amount",
          { transferData: { destination, amount: USD.amount + 1 } },
        ],
        ["transferData.amount", { transferData: { destination, amount: 0 } }],
        ["transferGroup", { transferGroup: "" }],
        ["applicationFeeAmount", { ...to, applicationFeeAmount: 2001 }],
        ["applicationFeeAmount", { ...to, applicationFeeAmount: 0.5 }],
        // Whose sale it is moves no money to anyone.
        [
          "applicationFeeAmount",
          { onBehalfOf: destination, applicationFeeAmount: 150 },
        ],
        ["applicationFeeAmount", {
          transferData: { destination, amount: 1850 },
          applicationFeeAmount: 150,
        }],
        ["receiptEmail", { receiptEmail: "jo at example.com" }],
      ] as const
    ) {
      await assert.rejects(
        terminal.createPaymentIntent({ ...USD, ...params }),
        { code: "INVALID_ARGUMENT", field },
      );
    }
    assert.equal((await shop.sandbox.control.intents()).length, 0);
    const intent = await terminal.createPaymentIntent(
      { ...USD, ...to, applicationFeeAmount: 1500, tip: { percentages: [10] } },
    );
    await assert.rejects(
      terminal.updatePaymentIntent(intent.localId, { amount: 1499 }),
      { code: "INVALID_ARGUMENT", field: "applicationFeeAmount" },
    );
  }));

test("a parameter that there is not is refused by its name, and the intent stays as it is", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const params = { amount: 1250, currency: "usd" };
    // Stripe's server would have known these; here they would have changed nothing.
    for (const slip of ["capture_method", "tipping", "statementDescriptor"]) {
      await assert.rejects(
        terminal.createPaymentIntent({ ...params, [slip]: "manual" }),
        { code: "INVALID_ARGUMENT", field: slip },
      );
    }
    assert.equal((await shop.sandbox.control.intents()).length, 0);
    const { localId } = await terminal.createPaymentIntent(params, {
      offlineBehavior: "force_offline",
    });
    const slip = { amount: 1300, currency: "eur" } as { amount: number };
    await assert.rejects(terminal.updatePaymentIntent(localId, slip), {
      code: "INVALID_ARGUMENT",
      field: "currency",
    });
    const same = await terminal.updatePaymentIntent(localId, {});
    assert.equal(same.amount, 1250);
  }));

test("a direct charge of a connected account carries a fee without a destination", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    const account = "acct_1Direct";
    await control.connect(API_KEY, account);
    const { gateway } = shop.options();
    const terminal = await shop.openTerminal({
      account: { id: account, isLivemode: false },
      gateway: { ...gateway, stripeAccount: account } as typeof gateway,
    });
    shop.reader.enqueue("visa");
    const fee = { applicationFeeAmount: 150 };
    const sold = await sellTo(terminal, { ...USD, ...fee });
    assert.equal(sold.state, "forwarded");
    const response = await fetch(
      `${shop.sandbox.url}/v1/payment_intents/${sold.id}`,
      {
        headers: {
          authorization: `Bearer ${API_KEY}`,
          "stripe-account": account,
        },
      },
    );
    const wire = await response.json() as WireIntent;
    assert.equal(wire.application_fee_amount, 150);
  }));

test("a store that kept a destination alone opens, and the transfer reaches Stripe", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal();
    const { localId } = await shop.sell("visa", USD.amount);
    await shop.terminal.close();
    const database = await openHere(shop.path);
    database.execute("UPDATE payment SET terms = ?", [
      JSON.stringify({ tip: null, transferDestination: "acct_1Seller" }),
    ]);
    database.close();
    const terminal = await shop.openTerminal();
    const transferData = { destination: "acct_1Seller" };
    assert.deepEqual(
      terminal.getPayment(localId)!.terms.transferData,
      transferData,
    );
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    assert.deepEqual((await wireIntent(shop)).transfer_data, transferData);
  }));

test("the charge of a forwarded payment says when it was stored, and that it was deferred", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal();
    const { localId } = await shop.sell("visa", 700);
    const { storedAtMs } = shop.terminal.getPayment(localId)!.offlineDetails!;
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    const { id } = shop.terminal.getPayment(localId)!;
    const intent = await shop.api<{
      latest_charge: {
        payment_method_details: { card_present: { offline: object } };
      };
    }>(`/v1/payment_intents/${id}?expand[]=latest_charge`);
    const { card_present } = intent.latest_charge.payment_method_details;
    assert.deepEqual(card_present.offline, {
      stored_at: Math.floor(storedAtMs / 1000),
      type: "deferred",
    });
  }));

test("two accounts on one device: each sees its own, nobody sends the other's, none is deleted", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    await control.setOffline(true);
    await shop.openTerminal();
    const first = await shop.sell("visa", 1100);
    const otherKey = "sk_test_another";
    await control.setOffline(false);
    const response = await fetch(`${shop.sandbox.url}/v1/account`, {
      headers: { authorization: `Bearer ${otherKey}` },
    });
    const { id } = await response.json() as { id: string };
    await control.setOffline(true);
    const { gateway } = shop.options();
    const changes = {
      account: { id, isLivemode: false },
      gateway: { ...gateway, apiKey: otherKey } as typeof gateway,
    };
    const terminal = await shop.openTerminal(changes);
    const second = await shop.sell("mastercard", 2200);
    const { sdk } = terminal.offlineStatus;
    assert.deepEqual(sdk.offlinePaymentAmountsByCurrency, { usd: 2200 });
    assert.equal(sdk.allAccounts.length, 2);
    const failures: HoldfastError[] = [];
    terminal.on("forwardingFailure", ({ error }) => failures.push(error));
    await control.setOffline(false);
    await shop.drained();
    assert.equal(terminal.getPayment(second.localId)!.state, "forwarded");
    assert.equal(terminal.getPayment(first.localId)!.state, "stored");
    assert.equal(failures[0].code, "ACCOUNT_ID_MISMATCH_WHILE_FORWARDING");
    await shop.openTerminal();
    await shop.drained();
    const charges = await shop.charges();
    assert.deepEqual([...charges.values()], [1, 1]);
  }));

test("live payments met by a test key are kept and sent with live credentials later", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    const { gateway } = shop.options();
    const live = {
      account: { id: shop.account, isLivemode: true },
      gateway: { ...gateway, apiKey: API_KEY.replace("_test_", "_live_") },
    } as Parameters<Shop["openTerminal"]>[0];
    await control.setOffline(true);
    await shop.openTerminal(live);
    shop.tamper = (emvData) => swapPan(emvData);
    const sold = await shop.sell("visa");
    const terminal = await shop.openTerminal();
    const failures: HoldfastError[] = [];
    terminal.on("forwardingFailure", ({ error }) => failures.push(error));
    await control.setOffline(false);
    terminal.forwardNow();
    await shop.until(() => failures.length > 0);
    assert.equal(failures[0].code, "OFFLINE_LIVEMODE_PAYMENT_IN_TESTMODE");
    assert.equal(terminal.getPayment(sold.localId)!.state, "stored");
    assert.equal((await control.intents()).length, 0);
    await shop.openTerminal(live);
    await shop.drained();
    assert.equal(shop.terminal.getPayment(sold.localId)!.state, "forwarded");
  }));

/** Another number in 5A and 57, because a published test card is refused in live mode. */
function swapPan(emvData: Uint8Array): Uint8Array {
  const data = emvData.slice();
  for (let i = 0; i + 8 <= data.length; i++) {
    const isPan = [0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42]
      .every((byte, at) => data[i + at] === byte);
    if (isPan) data.set([0x45, 0x39, 0x57, 0x80, 0x60, 0x62, 0x34, 0x11], i);
  }
  return data;
}

test("a tip on a smart reader is in the amount the card signed, and in amountDetails", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    const reader = await connectSmart(shop);
    const tips = new Set<number>();
    for (let i = 0; i < 6; i++) {
      reader.enqueue(i % 2 === 0 ? "visa" : "mastercard");
      const sold = await sellTo(terminal, {
        ...USD,
        amount: 2000 + i,
        tip: { amountsMinor: [100, 300] },
      });
      const { tip } = sold.offlineDetails!.amountDetails;
      tips.add(tip!);
      assert.equal(sold.amount, 2000 + i + tip!);
    }
    assert.ok(tips.size > 1, "the customers chose differently");
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    const list = await shop.api<{ data: WireIntent[] }>("/v1/payment_intents");
    for (const { amount, metadata } of list.data) {
      const tip = Number(metadata.holdfast_tip);
      assert.ok(tips.has(tip));
      assert.ok(amount - tip >= 2000 && amount - tip < 2006);
    }
    assert.equal((await shop.sandbox.control.report()).charges, 6);
  }));

test("a tip online is known before the PaymentIntent is created at Stripe", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const reader = await connectSmart(shop);
    reader.enqueue("visa");
    const created = await terminal.createPaymentIntent({
      ...USD,
      tip: { percentages: [10] },
    });
    assert.equal(created.id, null);
    await terminal.collectPaymentMethod(created);
    const sold = await terminal.confirmPaymentIntent(created);
    assert.equal(sold.state, "forwarded");
    assert.equal((await wireIntent(shop)).amount, sold.amount);
  }));

test("a tip on a mobile reader throws FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    const intent = await terminal.createPaymentIntent({
      ...USD,
      tip: { amountsMinor: [100] },
    });
    await assert.rejects(terminal.collectPaymentMethod(intent), {
      code: "FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER",
    });
  }));

test("the Location's tipping is offered on a smart reader, never on a mobile one, and can be skipped", () =>
  withShop(async (shop) => {
    const { location } = await shop.makeLocation({
      "offline[enabled]": "true",
      "tipping[usd][fixed_amounts][]": "150",
    });
    const terminal = await shop.openTerminal({
      location: { country: "US", id: location },
      offline: { limits: { cardCountMax: 100 } },
    });
    shop.reader.enqueue("visa");
    const mobile = await sellTo(terminal, USD);
    assert.equal(mobile.payment!.terms.tip, null);
    const reader = await connectSmart(shop);
    reader.enqueue("visa", "visa");
    const tipped = await sellTo(terminal, USD);
    assert.ok([0, 150].includes(tipped.payment!.terms.tip!));
    const skipped = await sellTo(terminal, { ...USD, skipTipping: true });
    assert.equal(skipped.payment!.terms.tip, null);
  }));

test("collectInputs() asks on a smart reader and is refused on a mobile one", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const questions = [{
      kind: "email" as const,
      title: "Your address",
      isRequired: true,
    }];
    await assert.rejects(terminal.collectInputs(questions), {
      code: "FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER",
    });
    await connectSmart(shop);
    const { inputs } = await terminal.collectInputs(questions);
    assert.equal(inputs[0].text, "customer@example.com");
    terminal.disconnectReader();
    await assert.rejects(terminal.collectInputs(questions), {
      code: "READER_NOT_CONNECTED",
    });
  }));
