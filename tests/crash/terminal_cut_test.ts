/**
 * The power goes at every disk operation of what a terminal does to its store besides selling.
 *
 * A void, a daily close, a copy of the store, and payments stored several at once: each is done or
 * not done after the cut, done when it was acknowledged, and the till goes on with an intact log.
 * @module
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Terminal } from "../../engine/mod.ts";
import { Shop } from "../support/shop.ts";
import { SimDevice, sweep } from "./_sim_device.ts";

const COUNT = 3;

let shop: Shop;
let file: Uint8Array;
let key: Uint8Array;
/** Cards that were read and not stored yet. */
let cards: Uint8Array[];

before(async () => {
  shop = await Shop.open();
  await shop.sandbox.control.setOffline(true);
  const terminal = await shop.openTerminal();
  for (let i = 0; i < COUNT; i++) await shop.sell("visa", 1000 + i);
  cards = [await shop.read(500), await shop.read(600)];
  await terminal.close();
  file = readFileSync(shop.path);
  key = Uint8Array.from(readFileSync(`${shop.path}.key`));
});
after(() => shop.close());

const states = (terminal: Terminal): string[] =>
  terminal.listPayments().map(({ state }) => state);

/** What each cut leaves; `isDone` says whether the step is in it, and throws where it is half in. */
interface Step {
  run: (terminal: Terminal) => Promise<unknown> | unknown;
  isDone: (terminal: Terminal) => boolean;
  /** What must work from there. */
  goOn?: (terminal: Terminal, isDone: boolean) => Promise<void> | void;
}

const storeCards = (
  terminal: Terminal,
): ReturnType<Terminal["storePayments"]> =>
  terminal.storePayments(
    cards.map((emvData, i) => ({
      ...{ amount: 500 + 100 * i, currency: "usd", emvData: emvData.slice() },
    })),
  );

const STEPS: Readonly<Record<string, Step>> = {
  "cancelPaymentIntent()": {
    run: (terminal) =>
      terminal.cancelPaymentIntent(terminal.listPayments()[1].localId),
    isDone: (terminal) => {
      const [first, second, third] = states(terminal);
      assert.deepEqual([first, third], ["stored", "stored"]);
      const { sdk } = terminal.offlineStatus;
      assert.equal(sdk.offlinePaymentsCount, second === "canceled" ? 2 : 3);
      return second === "canceled";
    },
  },
  "closeDay()": {
    run: (terminal) => terminal.closeDay(),
    isDone: (terminal) => terminal.dailyCloses().length === 1,
    goOn: (terminal, isDone) => {
      // No payment is in two closes or in none.
      const { number, totals } = terminal.closeDay();
      assert.equal(number, isDone ? 2 : 1);
      const counted = terminal.dailyCloses().flatMap((close) => close.totals);
      assert.deepEqual(counted.map(({ count }) => count), [COUNT]);
      assert.equal(totals.length, isDone ? 0 : 1);
    },
  },
  "backup()": {
    run: (terminal) => terminal.backup(() => {}),
    // A copy changes nothing that is asked for; its line in the log is written last.
    isDone: (terminal) => {
      assert.deepEqual(states(terminal), new Array(COUNT).fill("stored"));
      return true;
    },
    goOn: async (terminal) => {
      const results = await storeCards(terminal);
      assert.ok(results.every(({ error }) => error === null));
    },
  },
  "storePayments()": {
    run: storeCards,
    isDone: (terminal) => {
      const payments = terminal.listPayments();
      assert.ok(payments.every(({ state }) => state === "stored"));
      const places = payments.map(({ seq }) => seq);
      assert.deepEqual(places, places.map((_, i) => i + 1), "one chain");
      assert.ok([COUNT, COUNT + 2].includes(payments.length));
      return payments.length > COUNT;
    },
    goOn: async (terminal, isDone) => {
      // The same card data is stored once, whenever it comes.
      const before = terminal.listPayments().map(({ localId }) => localId);
      const results = await storeCards(terminal);
      const ids = results.map(({ payment }) => payment!.localId);
      if (isDone) assert.deepEqual(ids, before.slice(COUNT));
      assert.equal(terminal.listPayments().length, COUNT + 2);
    },
  },
};

for (const [name, { run, isDone, goOn }] of Object.entries(STEPS)) {
  test(`${name} cut at every disk operation is done or not done, and done when it said so`, async () => {
    const seen = new Set<boolean>();
    const cuts = await sweep(async (at) => {
      const device = new SimDevice(() => shop, key, file);
      const { isStruck, isAcknowledged } = await device.cut(at, run);
      const terminal = await device.open();
      const wasDone = isDone(terminal);
      seen.add(wasDone);
      if (isAcknowledged) assert.ok(wasDone, `cut ${at}: undone`);
      assert.equal(terminal.verifyActivityLog().isIntact, true, `cut ${at}`);
      await goOn?.(terminal, wasDone);
      assert.equal(terminal.verifyActivityLog().isIntact, true, `cut ${at}`);
      await device.close();
      return isStruck;
    });
    assert.ok(cuts > 20, `${cuts} cuts`);
    if (name !== "backup()") assert.equal(seen.size, 2);
  });
}
