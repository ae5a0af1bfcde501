/** What goes on by itself when a tab or its Worker dies; the browser's own parts are faked. @module */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { test } from "node:test";
import { createInProcessPair, type Terminal } from "../../engine/mod.ts";
import { SimulatedReader } from "../../engine/testing.ts";
import { PROTOCOL_VERSION } from "../../hosts/browser/protocol.ts";
import type { PageTerminal } from "../../hosts/browser/page_terminal.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { connectShopReader, Origin, sellAt } from "../support/origin.ts";
import { openTerminalHere, type Shop, withShop } from "../support/shop.ts";

/** A shop without a network, and tabs over its store. */
function withTabs(
  tabs: readonly string[],
  body: (
    shop: Shop,
    origin: Origin,
    pages: PageTerminal[],
    opened: Terminal[],
  ) => Promise<void>,
): Promise<void> {
  return withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const origin = new Origin();
    const opened: Terminal[] = [];
    const open = async (): Promise<Terminal> => {
      const terminal = await openTerminalHere(shop.options());
      opened.push(terminal);
      return terminal;
    };
    const pages = [];
    for (const tab of tabs) {
      let count = 1;
      const page = origin.openTab(tab, open, {
        restart: () => origin.startWorker(`${tab}${++count}`, open, true),
      });
      await page.ready;
      pages.push(page);
    }
    try {
      await body(shop, origin, pages, opened);
    } finally {
      for (const tab of [...tabs].reverse()) await origin.close(tab);
    }
  });
}

/** Another reader than the shop's, with a card that is always there. */
function otherReader(): SimulatedReader {
  return new SimulatedReader({
    clock: new SystemClock(),
    seed: "other",
    deviceType: "wisepad_3",
    customers: ["mastercard"],
  });
}

/** Resolves when the reader asks for a card. */
function asksForCard(page: PageTerminal): Promise<void> {
  return new Promise((resolve) =>
    page.on("readerEvent", ({ event }) => {
      if ((event as { kind: string }).kind === "prompt") resolve();
    })
  );
}

async function sellWithout(
  page: PageTerminal,
  amount: number,
): Promise<string> {
  const created = await page.createPaymentIntent({ amount, currency: "usd" });
  await page.collectPaymentMethod(created);
  return (await page.confirmPaymentIntent(created)).localId;
}

test("a reader of another tab is connected again when the leader dies in the middle of a sale", () =>
  withTabs(["a", "b", "c"], async (shop, origin, [, b, c]) => {
    await connectShopReader(shop, c);
    const first = await sellAt(shop, b, 100);
    shop.reader.enqueue("no_card");
    const asked = asksForCard(b);
    const created = await b.createPaymentIntent({
      amount: 99,
      currency: "usd",
    });
    const collecting = assert.rejects(b.collectPaymentMethod(created), {
      code: "STORE_LEADER_CHANGED",
    });
    await asked;
    await origin.crash("a");
    await collecting;
    assert.equal(await b.getPayment(created.localId), null);
    // No app connects anything: both tabs sell on, with the reader of the one.
    const second = await sellAt(shop, b, 200);
    const third = await sellAt(shop, c, 300);
    assert.equal(b.leads, true);
    const stored = (await c.listPayments()).map(({ localId }) => localId);
    assert.deepEqual(stored, [first, second, third]);
    const { serialNumber } = shop.reader;
    assert.equal((await b.connectedReader())!.serialNumber, serialNumber);
  }));

test("a page remembers an intent until it is confirmed or canceled, and no longer", () =>
  withTabs(["a", "b"], async (shop, origin, [, b]) => {
    await connectShopReader(shop, b);
    const params = { amount: 100, currency: "usd" };
    const sold = await sellAt(shop, b, 100);
    const canceled = await b.createPaymentIntent(params);
    await b.cancelPaymentIntent(canceled.localId);
    const open = await b.createPaymentIntent(params);
    await origin.crash("a");
    // What went with the other tab is told from what had its end before.
    const code = async (localId: string): Promise<string> => {
      const change = b.updatePaymentIntent(localId, { amount: 200 });
      const { code } = await change.then(() => ({ code: "none" }), (it) => it);
      return code;
    };
    assert.equal(await code(open.localId), "STORE_LEADER_CHANGED");
    assert.equal(await code(sold), "PAYMENT_NOT_FOUND");
    assert.equal(await code(canceled.localId), "PAYMENT_NOT_FOUND");
  }));

test("a reader of another tab stays when the leading tab is closed in order", () =>
  withTabs(["a", "b"], async (shop, origin, [, b]) => {
    await connectShopReader(shop, b);
    await origin.close("a");
    await sellAt(shop, b, 200);
    assert.equal((await b.listPayments()).length, 1);
  }));

test("a page whose Worker dies starts another one, joins who leads now and keeps its reader", () =>
  withTabs(["a", "b"], async (shop, origin, [a, b]) => {
    await connectShopReader(shop, a);
    await sellAt(shop, a, 100);
    await origin.crash("a");
    await sellAt(shop, a, 200);
    await sellAt(shop, b, 300);
    assert.deepEqual([a.leads, b.leads], [false, true]);
    const { serialNumber } = shop.reader;
    assert.equal((await b.connectedReader())!.serialNumber, serialNumber);
    assert.equal((await a.listPayments()).length, 3);
  }));

test("the only page whose Worker dies sells on, and a call under way says what is unsure", () =>
  withTabs(["a"], async (shop, origin, [page], opened) => {
    await connectShopReader(shop, page);
    await sellAt(shop, page, 100);
    shop.reader.enqueue("no_card");
    const asked = asksForCard(page);
    const created = await page.createPaymentIntent({
      amount: 99,
      currency: "usd",
    });
    const collecting = assert.rejects(page.collectPaymentMethod(created), {
      code: "WORKER_GONE",
      retry: "same_key",
      remedy: /look the payment up; it may have been stored/,
    });
    await asked;
    const listing = page.listPayments();
    await origin.crash("a");
    await collecting;
    assert.equal((await listing).length, 1);
    await sellAt(shop, page, 200);
    assert.equal((await page.listPayments()).length, 2);
    assert.equal(opened.length, 2);
  }));

test("a Worker that dies again and again is not started for ever, and the page is told", () =>
  withTabs(["a"], async (shop, origin, [page]) => {
    const failures: string[] = [];
    page.on("forwardingFailure", ({ error }) => failures.push(error.code));
    for (const tab of ["a", "a2", "a3", "a4"]) {
      await shop.until(() => origin.workers.has(tab));
      await page.offlineStatus();
      await origin.crash(tab);
    }
    await shop.until(() => failures.length > 0);
    assert.deepEqual(failures, ["WORKER_GONE"]);
    await assert.rejects(page.listPayments(), { code: "WORKER_GONE" });
    assert.equal(origin.workers.size, 0);
  }));

test("a reader that comes back does not push aside the one that was connected meanwhile", () =>
  withTabs(["a", "b"], async (shop, origin, [a, b]) => {
    await connectShopReader(shop, a);
    const told = new Promise<{ kind: string; error?: { code: string } }>((
      resolve,
    ) =>
      a.on("readerEvent", ({ event }) => {
        const it = event as { kind: string; error?: { code: string } };
        if (it.error?.code === "READER_BUSY") resolve(it);
      })
    );
    const other = otherReader();
    const [pos, far] = createInProcessPair();
    void other.serve(far);
    // The page's own Worker hangs for a while: it is started when the other tab sells already.
    const { seat, die } = origin.workers.get("a")!;
    origin.workers.delete("a");
    await seat.leave();
    await b.connectReader(pos);
    die();
    assert.equal((await told).kind, "disconnected");
    await sellWithout(b, 500);
    assert.equal(
      (await b.connectedReader())!.serialNumber,
      other.serialNumber,
    );
  }));

test("forwarding that a page paused stays paused when another tab takes over", () =>
  withTabs(["a", "b"], async (shop, origin, [, b], opened) => {
    await connectShopReader(shop, b);
    await b.pauseForwarding();
    await origin.crash("a");
    const localId = await sellAt(shop, b, 100);
    await shop.sandbox.control.setOffline(false);
    await b.probeNetwork();
    await b.forwardNow();
    // Whatever is forwarded is asked of Stripe first, and nothing is.
    assert.equal((await b.getPayment(localId))!.state, "stored");
    assert.deepEqual(await shop.sandbox.control.intents(), []);
    await b.resumeForwarding();
    await shop.until(async () =>
      (await b.getPayment(localId))!.state === "forwarded"
    );
    assert.equal(opened.length, 2);
  }));

test("createPaymentIntent() asked again of a new leader charges nothing twice", () =>
  withTabs(["a", "b"], async (shop, origin, [, b]) => {
    await shop.sandbox.control.setOffline(false);
    await connectShopReader(shop, b);
    await b.probeNetwork();
    // Stripe creates it, and the leader dies before the answer is there.
    await shop.sandbox.control.addFaults({
      kind: "zombie",
      is_held: true,
      delay_ms: 1,
      count: 1,
      method: "POST",
      path: "/payment_intents",
    });
    const creating = b.createPaymentIntent({ amount: 900, currency: "usd" });
    await shop.until(async () =>
      (await shop.sandbox.control.intents()).length > 0
    );
    await origin.crash("a");
    await shop.sandbox.control.clearFaults();
    const created = await creating;
    shop.reader.enqueue("visa");
    await b.collectPaymentMethod(created);
    const paid = await b.confirmPaymentIntent(created);
    assert.equal(paid.state, "forwarded");
    const intents = await shop.sandbox.control.intents();
    const statuses = intents.map(({ status }) => status).sort();
    // What the dead leader left behind took no card and is confirmed by nobody.
    assert.deepEqual(statuses, ["requires_payment_method", "succeeded"]);
    const paidTimes = [...(await shop.charges()).values()];
    assert.equal(paidTimes.reduce((sum, count) => sum + count, 0), 1);
  }));

test("a cancel while nobody leads ends the call, and the next leader never gets it", () =>
  withShop(async (shop) => {
    const origin = new Origin();
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => open = resolve);
    const page = origin.openTab("a", async () => {
      await gate;
      return await openTerminalHere(shop.options());
    });
    const abort = new AbortController();
    const creating = page.createPaymentIntent(
      { amount: 100, currency: "usd" },
      { signal: abort.signal },
    );
    abort.abort();
    await assert.rejects(creating, { code: "CANCELED" });
    open();
    await page.ready;
    assert.deepEqual(await shop.sandbox.control.intents(), []);
    await origin.close("a");
  }));

test("a tab of another release that leads: calls say reload, and work again once it is gone", () =>
  withTabs(["a", "b"], async (shop, origin, [a, b]) => {
    let end = (): void => {};
    origin.strangers.set("old", new Promise((resolve) => end = resolve));
    const seat = origin.workers.get("b")!.seat;
    const from = "old";
    seat.onEnvelope({
      version: PROTOCOL_VERSION + 1,
      from,
      to: "all",
      message: { kind: "leads" },
    });
    await assert.rejects(b.listPayments(), {
      code: "TAB_OUTDATED",
      remedy: /reload/,
    });
    end();
    await origin.crash("a");
    assert.deepEqual(await b.listPayments(), []);
    assert.equal(b.leads, true);
    // A leader says that it leads to whoever asks, of whatever release.
    const before = origin.envelopes.length;
    seat.onEnvelope({
      version: PROTOCOL_VERSION + 1,
      from,
      to: "all",
      message: { kind: "who_leads" },
    });
    const [{ version, message }] = origin.envelopes.slice(before);
    assert.deepEqual([version, message.kind], [PROTOCOL_VERSION, "leads"]);
    assert.deepEqual(await a.listPayments(), []);
    await shop.sandbox.control.setOffline(true);
  }));

test("a tab that comes to a leader of another release does not open, and says reload", () =>
  withShop(async (shop) => {
    const origin = new Origin();
    origin.strangers.set("old", new Promise(() => {}));
    const page = origin.openTab("a", () => new Promise(() => {}));
    origin.workers.get("a")!.seat.onEnvelope({
      version: PROTOCOL_VERSION - 1,
      from: "old",
      to: "all",
      message: { kind: "leads" },
    });
    await assert.rejects(page.ready, { code: "TAB_OUTDATED" });
    await assert.rejects(page.listPayments(), { code: "TAB_OUTDATED" });
    assert.equal(shop.reader.status().hasEncryptionKeys, true);
  }));

test("a takeover that fails ends what waits with its reason, and is tried again", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const origin = new Origin();
    const open = (): Promise<Terminal> => openTerminalHere(shop.options());
    await origin.openTab("a", open).ready;
    let tries = 0;
    const page = origin.openTab("b", () => {
      if (++tries > 1) return open();
      return Promise.reject(
        Object.assign(new Error("the disk"), { name: "DiskError" }),
      );
    });
    await page.ready;
    const params = { amount: 100, currency: "usd" };
    const refused = assert.rejects(page.createPaymentIntent(params), {
      code: "UNEXPECTED",
    });
    await origin.crash("a");
    await refused;
    assert.equal((await page.createPaymentIntent(params)).state, "created");
    assert.equal(tries, 2);
    await origin.close("b");
  }));

test("a page that hears nothing of its Worker gives its calls up by itself", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { PageTerminal } = await import("../../hosts/browser/page_terminal.ts");
  const posted: string[] = [];
  const page = new PageTerminal({
    post: ({ kind }) => posted.push(kind),
    listen: () => {},
    end: () => Promise.resolve(),
  }, { stepDeadlineMs: 1_000 });
  const silent = { code: "WORKER_SILENT", retry: "same_key" };
  const canceling = new AbortController();
  const { signal } = canceling;
  const params = { amount: 100, currency: "usd" };
  const ended: string[] = [];
  const note = (name: string, call: Promise<unknown>): Promise<void> =>
    assert.rejects(call, silent).then(() => void ended.push(name));
  const all = [
    note("canceled", page.createPaymentIntent(params, { signal })),
    note("short", page.createPaymentIntent(params, { deadlineMs: 200 })),
    note("step", page.createPaymentIntent(params)),
    note("plain", page.getPayment("x")),
    note("endless", page.createPaymentIntent(params, { deadlineMs: 1e12 })),
  ];
  const settle = (): Promise<void> =>
    new Promise((resolve) => setImmediate(resolve));
  canceling.abort();
  t.mock.timers.tick(10_000);
  await settle();
  assert.deepEqual(ended, ["canceled"]);
  t.mock.timers.tick(200);
  await settle();
  assert.deepEqual(ended, ["canceled", "short"]);
  t.mock.timers.tick(800);
  await settle();
  assert.deepEqual(ended.slice(2).sort(), ["plain", "step"]);
  t.mock.timers.tick(2_147_483_647);
  await Promise.all(all);
  assert.equal(ended.length, 5);
  assert.equal(posted.filter((kind) => kind === "cancel").length, 6);
});
