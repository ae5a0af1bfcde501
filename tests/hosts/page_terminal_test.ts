/** A page's terminal is a terminal: the same members, events, errors and data flows. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  HoldfastError,
  internetReaders,
  type Reading,
  Terminal,
  type TerminalEvents,
} from "../../engine/mod.ts";
import { SimulatedReader } from "../../engine/testing.ts";
import { connectReader } from "../../engine/reader/mod.ts";
import { createInProcessPair } from "../../engine/reader/in_process_transport.ts";
import { PageTerminal } from "../../hosts/browser/page_terminal.ts";
import type { ToTerminal } from "../../hosts/browser/protocol.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { connectShopReader, Origin, sellAt } from "../support/origin.ts";
import { openTerminalHere, type Shop, withShop } from "../support/shop.ts";

/** Members of one of the two that the other need not have, and why. */
const ALONE: Readonly<Record<string, string>> = {
  assertOpen: "inside of Terminal",
  isStoreClosed: "inside of Terminal",
  onProgress: "inside of Terminal",
  call: "inside of PageTerminal",
  callWith: "inside of PageTerminal",
  completed: "inside of PageTerminal",
  leads: "only a tab can lead",
  onNewLeader: "inside of PageTerminal",
  onOver: "inside of PageTerminal",
  onReaderBytes: "inside of PageTerminal",
  postBytes: "inside of PageTerminal",
};

function membersOf(prototype: object): Set<string> {
  const names = new Set<string>();
  for (
    let at = prototype;
    at !== EventTarget.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  }
  return names;
}

type Shared = Exclude<
  keyof Terminal & keyof PageTerminal,
  keyof EventTarget | "on" | "emit" | "iterate" | "backup" | "close"
>;
type Given<T> = T extends (...args: infer A) => unknown ? A : [];
type Got<T> = T extends (...args: never) => infer R ? Awaited<R> : T;
/** Takes what a terminal takes, and gives what it gives. */
type Same = {
  [K in Shared]: [Given<Terminal[K]>, Got<PageTerminal[K]>] extends
    [Given<PageTerminal[K]>, Got<Terminal[K]>] ? true : K;
}[Shared];
// A verb whose types differ makes this line an error that names it.
const areTypesSame: [Same] extends [true] ? true : Exclude<Same, true> = true;

test("PageTerminal has every member of Terminal, with its types", () => {
  assert.ok(areTypesSame);
  const terminal = membersOf(Terminal.prototype);
  const page = membersOf(PageTerminal.prototype);
  const missing = [...terminal].filter((name) => !page.has(name));
  const extra = [...page].filter((name) => !terminal.has(name));
  const unexplained = [...missing, ...extra].filter((name) => !ALONE[name]);
  assert.deepEqual(
    unexplained,
    [],
    "add it to hosts/browser/page_terminal.ts and served_terminal.ts",
  );
  const idle = Object.keys(ALONE).filter((name) =>
    !terminal.has(name) && !page.has(name) && name !== "isStoreClosed"
  );
  assert.deepEqual(idle, []);
});

test("a Worker serves every call that a PageTerminal makes", () =>
  withPage(async (_shop, page) => {
    const made: string[] = [];
    const stub = new PageTerminal({
      post: (message: ToTerminal) => {
        if (message.kind === "call") made.push(message.method);
      },
      listen: () => {},
      end: () => Promise.resolve(),
    });
    const [near] = createInProcessPair();
    const first = { connectReader: near, storePayments: [] } as object;
    const verbs = [...membersOf(PageTerminal.prototype)].filter((name) =>
      !(name in ALONE) && !membersOf(EventTarget.prototype).has(name) &&
      !["constructor", "on", "emit", "iterate", "close"].includes(name)
    );
    for (const name of verbs.filter((it) => !/Listener$/.test(it))) {
      const verb =
        (stub as unknown as Record<string, (arg: unknown) => unknown>)[
          name
        ];
      void Promise.resolve(verb.call(
        stub,
        (first as Record<string, unknown>)[name] ?? {},
      )).catch(() => {});
    }
    await stub.close();
    assert.ok(made.length > 35, `${made.length} calls`);
    const unknown: string[] = [];
    const raw = page as unknown as {
      call(method: string, args: unknown[]): Promise<unknown>;
    };
    for (const method of new Set(made)) {
      // Those that would end what the next ones need.
      if (["connectReader", "close"].includes(method)) continue;
      const error = await raw.call(method, [{}, {}]).then(
        () => null,
        (it) => it,
      );
      if (error?.field === "method") unknown.push(method);
    }
    assert.deepEqual(unknown, []);
  }));

/** A page over a shop that is offline, in the only tab. */
function withPage(
  body: (shop: Shop, page: PageTerminal, terminal: Terminal) => Promise<void>,
  offline: object = {},
): Promise<void> {
  return withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const origin = new Origin();
    let terminal!: Terminal;
    const page = origin.openTab("a", async () => {
      const options = shop.options();
      terminal = await openTerminalHere({
        ...options,
        offline: { ...options.offline, ...offline },
      });
      return terminal;
    });
    await page.ready;
    try {
      await body(shop, page, terminal);
    } finally {
      await origin.close("a");
    }
  });
}

test("PageTerminal finds, connects and lets go of readers as a terminal does", () =>
  withPage(async (shop, page) => {
    assert.equal(await page.connectedReader(), null);
    assert.equal(await page.location(), null);
    const [found] = await page.discoverReaders((request) => {
      assert.deepEqual(request.remembered, []);
      return Promise.resolve([{
        label: "counter",
        deviceType: "wisepad_3" as const,
        serialNumber: shop.reader.serialNumber,
        connectionType: "in_process" as const,
        networkStatus: "online" as const,
        address: null,
        open: () => Promise.resolve(shop.wire()),
      }]);
    });
    const info = await page.connectReader(found);
    assert.deepEqual(await page.connectedReader(), info);
    const localId = await sellAt(shop, page, 700);
    assert.deepEqual(await page.readerTotals(), [{
      serialNumber: info.serialNumber,
      currency: "usd",
      count: 1,
      amount: 700,
    }]);
    await page.disconnectReader();
    assert.equal(await page.connectedReader(), null);
    assert.equal((await page.getPayment(localId))!.state, "stored");
    await assert.rejects(page.createSetupIntent(), {
      code: "SETUP_INTENT_NOT_SUPPORTED",
    });
    const none = internetReaders(null, () => Promise.reject(new Error("none")));
    assert.deepEqual(await page.discoverReaders(none), []);
    const never = page.discoverReaders(() => new Promise(() => {}), {
      deadlineMs: 20,
    });
    await assert.rejects(never, { code: "REQUEST_TIMED_OUT" });
  }));

test("PageTerminal.storePayments() stores, revives errors, and wipes the card data", () =>
  withPage(async (shop, page) => {
    const client = await connectReader(shop.wire(), {
      clock: new SystemClock(),
      deadlineMs: 5_000,
    });
    shop.reader.enqueue("visa", "visa_debit");
    const readings: Reading[] = [];
    for (const amount of [300, 2_000_000]) {
      const { emvData } = await client.collect({
        amountMinor: amount,
        currency: "usd",
        isOffline: true,
        terminalCountry: "US",
      });
      readings.push({ amount, currency: "usd", emvData });
    }
    client.close();
    const [stored, refused] = await page.storePayments(readings);
    assert.equal(stored.payment!.amount, 300);
    assert.equal(stored.error, null);
    assert.ok(refused.error instanceof HoldfastError);
    assert.equal(refused.error.code, "AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT");
    for (const { emvData } of readings) {
      assert.ok(emvData.length > 0 && emvData.every((byte) => byte === 0));
    }
  }));

test("every event of a terminal reaches a page, and errors in it are HoldfastErrors", () =>
  withPage(async (_shop, page, terminal) => {
    const error = new HoldfastError("READER_DISCONNECTED", {
      message: "gone",
      retry: "safe",
      remedy: "connect again",
      details: { after: 3 },
    });
    const details = {
      offlineStatusChange: terminal.offlineStatus,
      paymentForwarded: { payment: {}, error: null },
      forwardingFailure: { error },
      reconciliationFinished: { disagreements: [] },
      captureWindowClosing: { payment: {}, closesAtMs: 1 },
      readerEvent: { event: { kind: "disconnected", error } },
    } as unknown as TerminalEvents;
    for (const name of Object.keys(details)) {
      const type = name as keyof TerminalEvents;
      const heard = new Promise((resolve) => page.on(type, resolve));
      await page.offlineStatus(); // The listener is known behind the Worker now.
      terminal.emit(type, details[type]);
      assert.deepEqual(await heard, details[type], type);
    }
    assert.equal(Object.keys(details).length, 6);
  }));

test("an outcome waits for a page that listens, however late", () =>
  withPage(async (shop, page) => {
    await connectShopReader(shop, page);
    const localId = await sellAt(shop, page, 400);
    await shop.sandbox.control.setOffline(false);
    await page.forwardNow();
    await shop.until(async () =>
      (await page.getPayment(localId))!.state === "forwarded"
    );
    const heard = new Promise<string>((resolve) =>
      page.on("paymentForwarded", ({ payment }) => resolve(payment.localId))
    );
    assert.equal(await heard, localId);
  }));

test("PageTerminal.reconcile() tells of its end, and reconciliations() keeps it", () =>
  withPage(async (shop, page) => {
    await shop.sandbox.control.setOffline(false);
    const heard = new Promise((resolve) =>
      page.on("reconciliationFinished", resolve)
    );
    await page.offlineStatus();
    const report = await page.reconcile();
    assert.deepEqual(await heard, report);
    assert.deepEqual(await page.reconciliations(), [report]);
  }));

test("PageTerminal.showSmartReader() puts the reader's counters into its own status", () =>
  withPage(async (_shop, page) => {
    const { sdk } = await page.offlineStatus();
    let tell = (): void => {};
    const shown = {
      offlineStatus: { ...sdk, offlinePaymentsCount: 7 },
      onEvent: (handler: (event: never) => void) => {
        tell = () => handler({} as never);
        return (): void => void (tell = (): void => {});
      },
    };
    const heard: (number | undefined)[] = [];
    page.on(
      "offlineStatusChange",
      ({ reader }) => heard.push(reader?.offlinePaymentsCount),
    );
    await page.showSmartReader(shown);
    shown.offlineStatus = { ...sdk, offlinePaymentsCount: 8 };
    tell();
    const { reader } = await page.offlineStatus();
    assert.equal(reader!.offlinePaymentsCount, 8);
    await page.showSmartReader(null);
    assert.equal((await page.offlineStatus()).reader, null);
    assert.deepEqual(heard, [7, 8, undefined]);
  }));

test("a function in an argument is refused with INVALID_ARGUMENT and its field", () =>
  withPage(async (_shop, page) => {
    const f = (): void => {};
    const params = { amount: 100, currency: "usd" };
    const cases: [Promise<unknown>, string][] = [
      [
        page.createPaymentIntent({ ...params, metadata: { f } as never }),
        "metadata.f",
      ],
      [page.createPaymentIntent(params, { f } as never), "f"],
      [page.receipt("id", f as never), "receipt"],
      [page.collectInputs([{ f } as never]), "0.f"],
      [page.importStored(new WeakMap() as never, "code"), "importStored"],
    ];
    for (const [call, field] of cases) {
      await assert.rejects(call, {
        name: "HoldfastError",
        code: "INVALID_ARGUMENT",
        field,
      });
    }
    // Nothing is left of them: the terminal goes on.
    assert.equal((await page.createPaymentIntent(params)).state, "created");
  }));

test("a call leaves no listener on its signal behind, however it ends", () =>
  withPage(async (_shop, page) => {
    const abort = new AbortController();
    const { signal } = abort;
    const kept = new Set<unknown>();
    signal.addEventListener = (type: string, listener: never): void => {
      AbortSignal.prototype.addEventListener.call(signal, type, listener);
      kept.add(listener);
    };
    signal.removeEventListener = (type: string, listener: never): void => {
      AbortSignal.prototype.removeEventListener.call(signal, type, listener);
      kept.delete(listener);
    };
    const params = { amount: 100, currency: "usd" };
    for (let i = 0; i < 50; i++) {
      await page.createPaymentIntent(params, { signal });
    }
    const refused = page.createPaymentIntent({ ...params, amount: 0 }, {
      signal,
    });
    await assert.rejects(refused, { code: "INVALID_ARGUMENT" });
    assert.equal(kept.size, 0);
    const intent = await page.createPaymentIntent(params);
    const reader = new SimulatedReader({
      clock: new SystemClock(),
      seed: "slow",
      deviceType: "wisepad_3",
    });
    reader.enqueue("no_card");
    const [pos, far] = createInProcessPair();
    void reader.serve(far);
    await page.connectReader(pos);
    const collecting = page.collectPaymentMethod(intent, { signal });
    assert.equal(kept.size, 1);
    abort.abort();
    await assert.rejects(collecting, { code: "CANCELED" });
    assert.equal(kept.size, 0);
  }));
