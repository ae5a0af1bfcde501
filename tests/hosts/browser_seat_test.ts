/** Several tabs over one store: one leads, the others pass on. The browser's own parts are faked. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createInProcessPair, type Terminal } from "../../engine/mod.ts";
import type { Envelope, Message } from "../../hosts/browser/protocol.ts";
import {
  PageTerminal,
  type WorkerNews,
} from "../../hosts/browser/page_terminal.ts";
import { Seat } from "../../hosts/browser/seat.ts";
import { openTerminalHere, type Shop, withShop } from "../support/shop.ts";

/** What tabs of one origin share: a broadcast channel and one lock. */
class Origin {
  readonly seats = new Map<string, Seat>();
  readonly pages = new Map<string, PageTerminal>();
  #last: Promise<void> = Promise.resolve();

  /** Opens a tab; `open` makes the terminal when it is the tab's turn. */
  openTab(tab: string, open: () => Promise<Terminal>): PageTerminal {
    let toPage: (message: Message | WorkerNews) => void = () => {};
    const seat = new Seat({
      tab,
      open,
      lock: (lead) => this.#last = this.#last.then(() => this.#hold(tab, lead)),
      broadcast: (envelope) => this.#broadcast(envelope),
      toPage: (message) => toPage(structuredClone(message)),
    });
    this.seats.set(tab, seat);
    const page = new PageTerminal({
      post: (message) => seat.onPage(structuredClone(message)),
      listen: (onMessage) => toPage = onMessage,
      end: () => void this.kill(tab),
    });
    this.pages.set(tab, page);
    void seat.take();
    return page;
  }

  /** The tab goes, as when it is closed: nobody is told, and its reader is let go. */
  async kill(tab: string): Promise<void> {
    const seat = this.seats.get(tab);
    const page = this.pages.get(tab);
    this.seats.delete(tab);
    this.pages.delete(tab);
    page?.close();
    await seat?.leave();
  }

  async #hold(tab: string, lead: () => Promise<void>): Promise<void> {
    if (this.seats.has(tab)) await lead();
  }

  #broadcast(envelope: Envelope): void {
    if (!this.seats.has(envelope.from)) return; // A dead tab says nothing.
    for (const [tab, seat] of this.seats) {
      if (tab === envelope.from) continue;
      const copy = structuredClone(envelope);
      queueMicrotask(() => seat.onEnvelope(copy));
    }
  }
}

async function connectReader(shop: Shop, page: PageTerminal): Promise<void> {
  const [pos, reader] = createInProcessPair();
  void shop.reader.serve(reader);
  const info = await page.connectReader(pos);
  assert.equal(info.deviceType, "wisepad_3");
}

async function sell(
  shop: Shop,
  page: PageTerminal,
  amount: number,
): Promise<string> {
  shop.reader.enqueue("visa");
  const created = await page.createPaymentIntent({ amount, currency: "usd" });
  const collected = await page.collectPaymentMethod(created);
  const confirmed = await page.confirmPaymentIntent(collected);
  assert.equal(confirmed.state, "stored");
  return confirmed.localId;
}

test("a second tab sells through the first one's store, with a reader of its own", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const origin = new Origin();
    const open = () => openTerminalHere(shop.options());
    const first = origin.openTab("a", open);
    await first.ready;
    assert.equal(first.leads, true);
    const second = origin.openTab("b", open);
    await second.ready;
    assert.equal(second.leads, false);
    const heard: string[] = [];
    first.on("offlineStatusChange", ({ sdk }) => {
      heard.push(`first ${sdk.offlinePaymentsCount}`);
    });
    await connectReader(shop, second);
    const localId = await sell(shop, second, 1234);
    assert.equal((await first.getPayment(localId))!.amount, 1234);
    assert.equal((await second.listPayments()).length, 1);
    assert.deepEqual(heard.at(-1), "first 1");
    await origin.kill("b");
    await origin.kill("a");
  }));

test("when the leading tab goes, the next one opens the store and has everything", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const origin = new Origin();
    const open = () => openTerminalHere(shop.options());
    const first = origin.openTab("a", open);
    await first.ready;
    await connectReader(shop, first);
    const localId = await sell(shop, first, 500);
    const second = origin.openTab("b", open);
    await second.ready;
    await origin.kill("a");
    await shop.until(() => second.leads);
    assert.equal((await second.getPayment(localId))!.state, "stored");
    await connectReader(shop, second);
    await sell(shop, second, 600);
    const { offlinePaymentsCount } = (await second.offlineStatus()).sdk;
    assert.equal(offlinePaymentsCount, 2);
    await origin.kill("b");
  }));

test("a call under way when the leader goes throws STORE_LEADER_CHANGED", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const origin = new Origin();
    const open = () => openTerminalHere(shop.options());
    await origin.openTab("a", open).ready;
    const second = origin.openTab("b", open);
    await second.ready;
    await connectReader(shop, second);
    shop.reader.enqueue("no_card");
    const created = await second.createPaymentIntent({
      amount: 100,
      currency: "usd",
    });
    const collecting = second.collectPaymentMethod(created);
    const refused = assert.rejects(collecting, {
      name: "HoldfastError",
      code: "STORE_LEADER_CHANGED",
      retry: "same_key",
    });
    // The leader's Worker dies without closing anything: only its lock is gone.
    const dead = origin.seats.get("a")!;
    origin.seats.delete("a");
    await dead.leave();
    await refused;
    await origin.kill("b");
  }));

test("a page passes deadlines, behaviours and the rest of the options on", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const origin = new Origin();
    const open = () => openTerminalHere(shop.options());
    const page = origin.openTab("a", open);
    await page.ready;
    await connectReader(shop, page);
    const created = await page.createPaymentIntent({
      amount: 100,
      currency: "usd",
    });
    const updated = await page.updatePaymentIntent(created.localId, {
      amount: 120,
    });
    assert.equal(updated.amount, 120);
    shop.reader.enqueue("no_card");
    await assert.rejects(
      page.collectPaymentMethod(updated, { deadlineMs: 30 }),
      { code: "REQUEST_TIMED_OUT" },
    );
    shop.reader.enqueue("visa");
    const collected = await page.collectPaymentMethod(updated);
    await assert.rejects(
      page.confirmPaymentIntent(collected, {
        offlineBehavior: "require_online",
      }),
      { code: "NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET" },
    );
    const { localId } = await page.confirmPaymentIntent(collected);
    const receipt = await page.receipt(localId, { name: "Shop" });
    assert.match(receipt.amounts.at(-1)!.value!, /1\.20/);
    assert.deepEqual(await page.listRefunds(localId), []);
    await origin.kill("a");
  }));

test("a page's error keeps its code, and its signal cancels in the other tab", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const origin = new Origin();
    const open = () => openTerminalHere(shop.options());
    await origin.openTab("a", open).ready;
    const page = origin.openTab("b", open);
    await page.ready;
    await assert.rejects(
      page.createPaymentIntent({ amount: 0, currency: "usd" }),
      { name: "HoldfastError", code: "INVALID_ARGUMENT", field: "amount" },
    );
    await connectReader(shop, page);
    shop.reader.enqueue("no_card");
    const created = await page.createPaymentIntent({
      amount: 100,
      currency: "usd",
    });
    const abort = new AbortController();
    const collecting = page.collectPaymentMethod(created, {
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(), 50);
    await assert.rejects(collecting, { code: "CANCELED" });
    const { signal } = abort;
    const params = { amount: 100, currency: "usd" };
    await assert.rejects(
      page.createPaymentIntent(params, { signal }),
      { code: "CANCELED" },
    );
    await origin.kill("b");
    await origin.kill("a");
  }));
