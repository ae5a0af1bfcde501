/** Daily closes over several days: what an issuer says yes to later is counted, and once. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type DailyClose, dailyCloseText } from "../../engine/mod.ts";
import { type Shop, withShop } from "../support/shop.ts";
import { openHere } from "./_posix_place.ts";

/** Outcomes and their number, for comparing. */
const outcomes = (totals: DailyClose["totals"]): string[] =>
  totals.map(({ outcome, count }) => `${count} ${outcome}`).sort();

/** Goes online until nothing waits, and offline again. */
async function forwardAll(shop: Shop): Promise<void> {
  await shop.sandbox.control.setOffline(false);
  await shop.drained();
  await shop.sandbox.control.setOffline(true);
  await shop.terminal.probeNetwork();
}

/** A sale that is captured later. */
async function sellManually(shop: Shop, amount: number): Promise<string> {
  const { terminal } = shop;
  shop.reader.enqueue("visa");
  const created = await terminal.createPaymentIntent({
    amount,
    currency: "usd",
    captureMethod: "manual",
  });
  const collected = await terminal.collectPaymentMethod(created);
  return (await terminal.confirmPaymentIntent(collected)).localId;
}

/** What all closes together call authorised. */
function sumOf(closes: readonly DailyClose[]): number {
  return closes.reduce((sum, { authorised }) => sum + (authorised.usd ?? 0), 0);
}

test("closeDay() counts what is forwarded a day after it was stored in the close of that day, once", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    await shop.sell("visa", 1000);
    const manual = await sellManually(shop, 500);
    await shop.sell("charge_declined_lost_card", 900);
    const monday = terminal.closeDay();
    assert.deepEqual(outcomes(monday.totals), ["3 stored"]);
    assert.deepEqual([monday.authorised, monday.settledLater], [{}, []]);

    await forwardAll(shop);
    await shop.sell("mastercard", 70);
    const tuesday = terminal.closeDay();
    assert.deepEqual(outcomes(tuesday.totals), ["1 stored"]);
    assert.deepEqual(outcomes(tuesday.settledLater), [
      "1 declined",
      "2 forwarded",
    ]);
    assert.deepEqual(tuesday.authorised, { usd: 1500 });
    assert.deepEqual(tuesday.stillOpen, []);
    assert.match(
      dailyCloseText(tuesday),
      /OUTCOMES OF EARLIER CLOSES\n[^]*2 x visa forwarded +15\.00 USD\n[^]*AUTHORISED BY THE ISSUERS\n +15\.00 USD\n/,
    );

    // Capturing takes no more than was authorised: it is not money once more.
    await shop.sandbox.control.setOffline(false);
    await terminal.capturePaymentIntent(manual);
    await shop.drained();
    await shop.sell("visa", 80);
    const restarted = await shop.openTerminal();
    const wednesday = restarted.closeDay();
    assert.deepEqual(outcomes(wednesday.totals), ["1 forwarded"]);
    assert.deepEqual(outcomes(wednesday.settledLater), ["1 forwarded"]);
    assert.deepEqual(wednesday.authorised, { usd: 150 });
    const thursday = restarted.closeDay();
    assert.deepEqual(
      [thursday.totals, thursday.settledLater, thursday.authorised],
      [[], [], {}],
    );
    const closes = restarted.dailyCloses();
    assert.deepEqual(closes, [thursday, wednesday, tuesday, monday]);
    assert.equal(sumOf(closes), 1650);
    const { charges } = await shop.sandbox.control.report();
    assert.equal(charges, 4);
  }));

test("closeDay() with a close of another account in between forgets nothing of its own", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal();
    await shop.sell("visa", 1000);
    assert.equal(shop.terminal.closeDay().number, 1);
    await forwardAll(shop);
    const account = { id: "acct_other", isLivemode: false };
    const other = await shop.openTerminal({ account });
    const theirs = other.closeDay();
    assert.deepEqual([theirs.number, theirs.authorised], [2, {}]);
    const mine = (await shop.openTerminal()).closeDay();
    assert.deepEqual([mine.number, mine.authorised], [3, { usd: 1000 }]);
    assert.deepEqual(shop.terminal.closeDay().authorised, {});
  }));

test("closeDay() counts what reconciling found out, once", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    await control.setOffline(true);
    await shop.openTerminal();
    await shop.sell("visa", 1000);
    shop.terminal.closeDay();
    await forwardAll(shop);
    await shop.terminal.close();
    // As if the answer had been lost and a proxy had denied the charge.
    const database = await openHere(shop.path);
    database.execute("UPDATE payment SET state = 'failed'");
    database.execute("DELETE FROM activity WHERE kind = 'forwarded'");
    database.close();
    await control.setOffline(false);
    const terminal = await shop.openTerminal();
    assert.equal((await terminal.reconcile()).recovered.length, 1);
    const { authorised, settledLater } = terminal.closeDay();
    assert.deepEqual(authorised, { usd: 1000 });
    assert.deepEqual(outcomes(settledLater), ["1 forwarded"]);
    assert.deepEqual(terminal.closeDay().authorised, {});
  }));

test("dailyCloses() of a close that was made before outcomes of earlier closes were kept", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal();
    await shop.sell("visa", 1000);
    const close = shop.terminal.closeDay();
    await shop.terminal.close();
    const database = await openHere(shop.path);
    database.execute(
      "UPDATE daily_close SET body = json_remove(body, '$.settledLater')",
    );
    database.close();
    const terminal = await shop.openTerminal();
    assert.deepEqual(terminal.dailyCloses(), [close]);
    await forwardAll(shop);
    assert.deepEqual(terminal.closeDay().authorised, { usd: 1000 });
  }));
