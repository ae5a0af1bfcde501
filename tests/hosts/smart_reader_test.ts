// A smart reader and its point of sale as real processes' worth of trouble: kills, cuts, codes.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import {
  openSession,
  type Pairing,
  type Sale,
  type StoredPayment,
} from "../../engine/mod.ts";
import { connectReader } from "../../engine/reader/reader_client.ts";
import {
  type Counter,
  isDisconnected,
  ports,
  sellStubbornly,
  withCounter,
} from "../support/counter.ts";
import { withShop } from "../support/shop.ts";

test("a smart reader killed mid-sale again and again loses and doubles nothing", () =>
  withCounter(["visa", "mastercard:tap", "amex"], async (counter) => {
    await counter.control.setOffline(true);
    const reader = await counter.connect();
    const sales = Array.from({ length: 9 }, (_, at) => ({
      saleId: reader.createSaleId(),
      amountMinor: 1000 + at,
      currency: "usd",
    }));
    const taken: StoredPayment[] = [];
    for (const [at, sale] of sales.entries()) {
      const selling = sellStubbornly(counter, reader, sale);
      if (at % 3 === 1) {
        // The card comes after 40 ms: before it, around the commit, and after the answer.
        const delayMs = [10, 42, 100][(at - 1) / 3];
        await new Promise((resolve) => setTimeout(resolve, delayMs));
        await counter.kill();
        await counter.boot();
      }
      taken.push(await selling);
    }
    assert.equal(new Set(taken.map(({ localId }) => localId)).size, 9);
    assert.deepEqual(
      taken.map(({ amountMinor, saleId }) => [amountMinor, saleId]),
      sales.map(({ amountMinor, saleId }) => [amountMinor, saleId]),
    );
    // Every page of the list, in the order of the sales.
    const listed: StoredPayment[] = [];
    for await (const payment of reader.payments({ limit: 4 })) {
      listed.push(payment);
    }
    assert.deepEqual(
      listed.map(({ localId }) => localId),
      taken.map(({ localId }) => localId),
    );
    const { offlinePaymentsCount } = await reader.refreshStatus();
    assert.equal(offlinePaymentsCount, 9);
    await counter.control.setOffline(false);
    await reader.forwardNow();
    await counter.until(() => reader.offlineStatus?.offlinePaymentsCount === 0);
    const report = await counter.control.report();
    const intents = await counter.control.intents();
    const paid = intents.flatMap(({ charges }) =>
      charges.filter(({ status }) => status === "succeeded")
    );
    assert.equal(report.charges, 9);
    assert.equal(paid.length, 9);
    assert.equal(intents.length, 9);
    reader.close();
  }, 40));

test("a smart reader forwards by itself while no point of sale is there", () =>
  withCounter(["visa"], async (counter) => {
    await counter.control.setOffline(true);
    const reader = await counter.connect("webSocket");
    const sale = {
      saleId: reader.createSaleId(),
      amountMinor: 1250,
      currency: "usd",
    };
    const stored = await reader.sell(sale);
    assert.deepEqual([stored.state, stored.last4], ["stored", "4242"]);
    assert.equal(reader.info.deviceType, "wisepos_e");
    reader.close(); // The point of sale reboots.
    await counter.kill(); // And so does the reader.
    await counter.boot();
    await counter.control.setOffline(false);
    await counter.until(async () =>
      (await counter.control.report()).charges === 1
    );
    const again = await counter.connect("webSocket");
    const found = await again.find(sale.saleId);
    assert.equal(found?.state, "forwarded");
    assert.deepEqual(await again.sell(sale), found, "sold once");
    assert.equal((await counter.control.report()).charges, 1);
    again.close();
  }));

test("SmartReader.onEvent() tells of outcomes, of the status and of coming back", () =>
  withCounter(["charge_declined"], async (counter) => {
    await counter.control.setOffline(true);
    const reader = await counter.connect();
    const outcomes: (string | null)[][] = [];
    const kinds = new Set<string>();
    reader.onEvent((event) => {
      kinds.add(event.kind);
      if (event.kind === "store" && event.event.payment) {
        const { state, errorCode } = event.event.payment;
        outcomes.push([state, errorCode]);
      }
    });
    await reader.sell({
      saleId: reader.createSaleId(),
      amountMinor: 500,
      currency: "usd",
    });
    assert.ok(kinds.has("prompt"), "the cashier sees what the customer sees");
    await counter.kill();
    await counter.boot();
    await counter.until(() => kinds.has("reconnected"));
    await counter.control.setOffline(false);
    await reader.forwardNow();
    await counter.until(() => outcomes.length > 0);
    assert.deepEqual(outcomes, [["declined", "card_declined"]]);
    assert.equal(reader.offlineStatus?.offlinePaymentsCount, 0);
    reader.close();
  }));

test("showSmartReader() puts a smart reader's counters into offlineStatus and tells of their changes", () =>
  withCounter(["visa"], (counter) =>
    withShop(async (shop) => {
      await counter.control.setOffline(true);
      const terminal = await shop.openTerminal();
      const shownFirst = terminal.offlineStatus.reader;
      const reader = await counter.connect();
      terminal.showSmartReader(reader);
      const counts: (number | undefined)[] = [];
      terminal.on("offlineStatusChange", ({ reader }) =>
        counts.push(reader?.offlinePaymentsCount));
      await reader.sell({
        saleId: reader.createSaleId(),
        amountMinor: 500,
        currency: "usd",
      });
      await counter.until(() =>
        counts.includes(1)
      );
      const { sdk, reader: shown } = terminal.offlineStatus;
      assert.equal(sdk.offlinePaymentsCount, 0);
      assert.deepEqual(shown?.offlinePaymentAmountsByCurrency, { usd: 500 });
      assert.equal(shownFirst, null);
      await counter.control.setOffline(false);
      await reader.forwardNow();
      await counter.until(() => counts.at(-1) === 0);
      terminal.showSmartReader(null);
      assert.equal(terminal.offlineStatus.reader, null);
      reader.close();
    })));

test("SmartReader.sell() says by name why the reader refuses, and what was canceled", () =>
  withCounter(["visa_swipe", "visa", "no_card"], async (counter) => {
    await counter.control.setOffline(true);
    const reader = await counter.connect();
    const sale = (amountMinor: number): Sale => ({
      saleId: reader.createSaleId(),
      amountMinor,
      currency: "usd",
    });
    await assert.rejects(reader.sell(sale(100)), {
      code: "CARD_SWIPE_NOT_AVAILABLE",
    });
    await assert.rejects(reader.sell(sale(2_000_000)), {
      code: "AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT",
    });
    const given = sale(100);
    const cancel = new AbortController();
    reader.onEvent(({ kind }) => kind === "prompt" && cancel.abort());
    await assert.rejects(reader.sell(given, cancel.signal), {
      code: "CANCELED",
    });
    assert.equal(await reader.find(given.saleId), null);
    assert.equal((await reader.refreshStatus()).offlinePaymentsCount, 0);
    assert.equal(reader.isConnected, true);
    reader.close();
  }));

test("a smart reader refuses whoever has no session, and hands card data to nobody", () =>
  withCounter(["visa"], async (counter) => {
    const deadlineMs = 5_000;
    const plain = connectReader(await counter.tcp(), { ...ports, deadlineMs });
    await assert.rejects(plain, isDisconnected);
    await assert.rejects(counter.pair("0000-0000-0000-0000"), {
      code: "READER_PAIRING_FAILED",
    });
    const refused = (): unknown[] =>
      counter.news.filter(({ kind }) => kind === "refused")
        .map(({ code }) => code);
    await counter.until(() => refused().length === 2);
    assert.deepEqual(refused(), [
      "READER_SESSION_REQUIRED",
      "READER_PAIRING_FAILED",
    ]);
    const pairings = readdirSync(join(counter.folder, "reader.db.pairings"));
    assert.equal(pairings.length, 1);

    const pairing = await repair(counter);
    const session = await openSession(await counter.tcp(), pairing, ports);
    const client = await connectReader(session, { ...ports, deadlineMs });
    const collecting = client.collect({
      amountMinor: 100,
      currency: "usd",
      isOffline: true,
      terminalCountry: "US",
    });
    await assert.rejects(collecting, {
      code: "FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER",
    });
    client.close();
  }));

/** Pairs once more, by the menu of the running reader. */
async function repair(counter: Counter): Promise<Pairing> {
  const codes = (): number =>
    counter.news.filter((line) => "pairingCode" in line).length;
  const before = codes();
  counter.menu("pair");
  await counter.until(() => codes() > before);
  return await counter.pair();
}
