/** Every call an app makes ends when it says so. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallOptions, Terminal } from "../../engine/mod.ts";
import { createInProcessPair } from "../../engine/reader/in_process_transport.ts";
import { SimulatedReader } from "../../engine/reader/simulated_reader.ts";
import { LIMITED_METHODS } from "../../hosts/browser/served_methods.ts";
import { PageTerminal } from "../../hosts/browser/page_terminal.ts";
import type { Call, ToTerminal } from "../../hosts/browser/protocol.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { type Shop, withShop } from "../support/shop.ts";

type AsyncMethod = {
  [K in keyof Terminal]: Terminal[K] extends
    (...args: never[]) => Promise<unknown> ? K : never;
}[keyof Terminal];

/** Methods without limits, and why. */
const UNLIMITED = {
  createSetupIntent: "it refuses at once, whatever happens",
  close:
    "what is under way is ended by it, and a store half closed helps nobody",
} as const;

type LimitedMethod = Exclude<AsyncMethod, keyof typeof UNLIMITED>;

const LOCAL_ID = "00000000-0000-7000-8000-000000000000";

/** Every other one, called with options; the compiler misses one that is left out. */
const CALLS: Readonly<
  Record<
    LimitedMethod,
    (shop: Shop, options: CallOptions) => Promise<unknown>
  >
> = {
  createPaymentIntent: ({ terminal }, options) =>
    terminal.createPaymentIntent({ amount: 900, currency: "usd" }, options),
  retrievePaymentIntent: ({ terminal }, options) =>
    terminal.retrievePaymentIntent("pi_1", options),
  updatePaymentIntent: ({ terminal }, options) =>
    terminal.updatePaymentIntent(LOCAL_ID, { amount: 1 }, options),
  collectPaymentMethod: async ({ terminal }, options) => {
    const params = { amount: 900, currency: "usd" };
    const intent = await terminal.createPaymentIntent(params);
    return await terminal.collectPaymentMethod(intent, options);
  },
  confirmPaymentIntent: async ({ terminal }, options) => {
    const params = { amount: 900, currency: "usd" };
    const intent = await terminal.createPaymentIntent(params);
    return await terminal.confirmPaymentIntent(intent, options);
  },
  cancelPaymentIntent: async (shop, options) => {
    const { id } = await shop.api<{ id: string }>("/v1/payment_intents", {
      amount: "900",
      currency: "usd",
      "payment_method_types[0]": "card_present",
    });
    const intent = await shop.terminal.retrievePaymentIntent(id);
    return await shop.terminal.cancelPaymentIntent(intent.localId, options);
  },
  storePayments: ({ terminal }, options) =>
    terminal.storePayments([
      { amount: 900, currency: "usd", emvData: new Uint8Array(8) },
    ], options),
  capturePaymentIntent: async (shop, options) => {
    const { localId } = await shop.sell("visa");
    return await shop.terminal.capturePaymentIntent(localId, options);
  },
  refundPayment: async (shop, options) => {
    const { localId } = await shop.sell("mastercard");
    return await shop.terminal.refundPayment(localId, 1, options);
  },
  probeNetwork: ({ terminal }, options) => terminal.probeNetwork(options),
  reconcile: ({ terminal }, options) => terminal.reconcile(options),
  discoverReaders: ({ terminal }, options) =>
    terminal.discoverReaders(() => new Promise(() => {}), options),
  connectReader: ({ terminal }, options) =>
    terminal.connectReader(createInProcessPair()[0], options),
  collectInputs: ({ terminal }, options) =>
    terminal.collectInputs([{
      kind: "selection",
      title: "Milk?",
      isRequired: false,
      choices: ["Yes", "No"],
    }], options),
  setReaderDisplay: ({ terminal }, options) =>
    terminal.setReaderDisplay(
      { lines: [], totalMinor: 0, currency: "usd" },
      options,
    ),
  readerStatus: ({ terminal }, options) => terminal.readerStatus(options),
  rebootReader: ({ terminal }, options) => terminal.rebootReader(options),
  installReaderUpdate: ({ terminal }, options) =>
    terminal.installReaderUpdate(options),
  refreshConfiguration: ({ terminal }, options) =>
    terminal.refreshConfiguration(options),
  exportStored: ({ terminal }, options) => terminal.exportStored(options),
  importStored: ({ terminal }, options) =>
    terminal.importStored(new Uint8Array(8), "code", options),
  backup: ({ terminal }, options) =>
    terminal.backup(() => new Promise(() => {}), options),
};

const METHODS = Object.keys(CALLS) as LimitedMethod[];

/** What has to wait for somebody: the reader, the network, the app. */
const WAITING: readonly LimitedMethod[] = METHODS.filter((method) =>
  ![
    "updatePaymentIntent", // The store answers these at once.
    "storePayments",
    "importStored",
    "exportStored", // Waits for calls under way only; there are none.
    "confirmPaymentIntent", // Without a card it refuses at once.
  ].includes(method)
);

/** A smart reader that says hello, and hears nothing from then on. */
async function connectDumb(shop: Shop): Promise<void> {
  const [pos, far] = createInProcessPair();
  const reader = new SimulatedReader({
    clock: new SystemClock(),
    seed: "dumb",
    deviceType: "stripe_s700",
  });
  void reader.serve(far);
  let isMute = false;
  await shop.terminal.connectReader({
    send: (bytes) => isMute ? Promise.resolve() : pos.send(bytes),
    receive: (onBytes, onClose) => pos.receive(onBytes, onClose),
    close: () => pos.close(),
  });
  isMute = true;
}

test("every asynchronous method of Terminal takes a deadline and a signal, or says why not", () => {
  const found = new Set<string>();
  return withShop(async (shop) => {
    let prototype = Object.getPrototypeOf(await shop.openTerminal());
    for (
      ;
      Object.hasOwn(prototype, "constructor") &&
      prototype !== EventTarget.prototype &&
      prototype !== Object.prototype;
      prototype = Object.getPrototypeOf(prototype)
    ) {
      const all = Object.getOwnPropertyDescriptors(prototype);
      for (const [name, { value }] of Object.entries(all)) {
        if (value?.constructor.name === "AsyncFunction") found.add(name);
      }
    }
    assert.ok(found.size > 20, `${found.size} found`);
    assert.deepEqual(
      [...found].toSorted(),
      [...METHODS, ...Object.keys(UNLIMITED)].toSorted(),
    );
  });
});

test("a call whose signal is aborted already ends with CANCELED and does nothing", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    await connectDumb(shop);
    const signal = AbortSignal.abort(new Error("left"));
    for (const method of METHODS) {
      if (method === "capturePaymentIntent") continue; // These two sell first.
      if (method === "refundPayment") continue;
      await assert.rejects(
        CALLS[method](shop, { signal }),
        { code: "CANCELED" },
        method,
      );
      // A reader that is being replaced is let go first.
      if (method === "connectReader") await connectDumb(shop);
    }
    assert.equal(terminal.listPayments().length, 0);
    assert.equal(terminal.listHandovers().length, 0);
    await shop.openTerminal();
    for (const method of ["capturePaymentIntent", "refundPayment"] as const) {
      await assert.rejects(CALLS[method](shop, { signal }), {
        code: "CANCELED",
      });
    }
  }));

test("a call refuses an option that there is not, and does nothing", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    // Taken for nothing, the call would last as long as it likes.
    const slip = { deadlineMS: 40 } as CallOptions;
    for (const method of METHODS) {
      await assert.rejects(
        CALLS[method](shop, slip),
        { code: "INVALID_ARGUMENT", field: "deadlineMS" },
        method,
      );
    }
    // What was captured and refunded was sold before.
    const states = terminal.listPayments().map(({ state }) => state);
    assert.deepEqual(states, ["forwarded", "forwarded"]);
  }));

test("storePayments() that was canceled wipes its card data all the same", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const emvData = Uint8Array.of(1, 2, 3);
    const reading = { amount: 900, currency: "usd", emvData };
    const signal = AbortSignal.abort();
    await assert.rejects(terminal.storePayments([reading], { signal }), {
      code: "CANCELED",
    });
    assert.deepEqual([...emvData], [0, 0, 0]);
  }));

test("a call that gets no answer ends at its deadline with REQUEST_TIMED_OUT", () =>
  withShop(async (shop) => {
    await shop.openTerminal();
    const sold = [await shop.sell("visa"), await shop.sell("mastercard")];
    await connectDumb(shop);
    const { terminal } = shop;
    const hangs = { deadlineMs: 40 };
    const { id } = await shop.api<{ id: string }>("/v1/payment_intents", {
      amount: "900",
      currency: "usd",
      "payment_method_types[0]": "card_present",
    });
    const held = await terminal.retrievePaymentIntent(id);
    const intent = await terminal.createPaymentIntent(
      { amount: 900, currency: "usd" },
    );
    await shop.sandbox.control.addFaults({ kind: "delay", delay_ms: 5_000 });
    const own: Partial<Record<LimitedMethod, () => Promise<unknown>>> = {
      collectPaymentMethod: () => terminal.collectPaymentMethod(intent, hangs),
      cancelPaymentIntent: () =>
        terminal.cancelPaymentIntent(held.localId, hangs),
      refundPayment: () => terminal.refundPayment(sold[1].localId, 1, hangs),
    };
    for (const method of WAITING) {
      if (method === "capturePaymentIntent") continue; // Only manual ones wait.
      if (method === "refreshConfiguration") continue; // There is no Location.
      const call = own[method] ?? (() => CALLS[method](shop, hangs));
      await assert.rejects(call(), { code: "REQUEST_TIMED_OUT" }, method);
      if (method === "connectReader") await connectDumb(shop);
    }
    await shop.sandbox.control.clearFaults();
  }));

test("a page passes deadline and signal of every limited method on", () => {
  const posted: ToTerminal[] = [];
  const page = new PageTerminal({
    post: (message) => void posted.push(message),
    listen: () => {},
    end: () => Promise.resolve(),
  });
  // Looking for readers runs in the page itself.
  const names = METHODS.filter((method) => method !== "discoverReaders");
  const special = ["connectReader", "storePayments", "backup"];
  for (const name of names.filter((it) => !special.includes(it))) {
    assert.ok(LIMITED_METHODS.includes(name), name);
  }
  for (const name of names) {
    const leaving = new AbortController();
    const shop = { terminal: page } as unknown as Shop;
    const options = { deadlineMs: 7, signal: leaving.signal };
    const call = pageCall(shop, name, options);
    call.catch(() => {}); // It ends with the page.
    const sent = posted.at(-1) as Call;
    assert.equal(sent.method, name);
    assert.deepEqual(sent.args.at(-1), { deadlineMs: 7 }, name);
    leaving.abort();
    assert.deepEqual(posted.at(-1), { kind: "cancel", id: sent.id }, name);
  }
  return page.close();
});

/** The call of a page, which has the same arguments but a sink of its own. */
function pageCall(
  shop: Shop,
  name: LimitedMethod,
  options: CallOptions,
): Promise<unknown> {
  const page = shop.terminal as unknown as PageTerminal;
  const intent = { localId: LOCAL_ID } as never;
  switch (name) {
    case "backup":
      return page.backup(options);
    case "collectPaymentMethod":
      return page.collectPaymentMethod(intent, options);
    case "confirmPaymentIntent":
      return page.confirmPaymentIntent(intent, options);
    case "cancelPaymentIntent":
      return page.cancelPaymentIntent(LOCAL_ID, options);
    case "capturePaymentIntent":
      return page.capturePaymentIntent(LOCAL_ID, options);
    case "refundPayment":
      return page.refundPayment(LOCAL_ID, 1, options);
    default:
      return CALLS[name](shop, options);
  }
}
