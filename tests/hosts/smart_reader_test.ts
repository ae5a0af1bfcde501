// A smart reader and its point of sale as real processes' worth of trouble: kills, cuts, codes.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import test from "node:test";
import { loadCore } from "../../bindings/mod.ts";
import {
  type ByteTransport,
  HoldfastError,
  openSession,
  type Pairing,
  pairReader,
  type Sale,
  SmartReader,
  type StoredPayment,
} from "../../engine/mod.ts";
import { connectReader } from "../../engine/reader/reader_client.ts";
import { connectTcp } from "../../hosts/posix/tcp_transport.ts";
import { connectWebSocket } from "../../hosts/posix/websocket_listener.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { SystemRandom } from "../../hosts/web/system_random.ts";
import { type Sandbox, startSandbox } from "../../hosts/sandbox/mod.ts";
import { bundleForNode } from "../../scripts/bundle.ts";
import { withShop } from "../support/shop.ts";

const API_KEY = "sk_test_smart_reader";
const core = await loadCore();
const ports = { core, clock: new SystemClock(), random: new SystemRandom() };

const PROGRAM = "deno" in process.versions
  ? ["run", "--quiet", "--no-check", "-A", "hosts/reader/main.ts"]
  : [await bundleForNode("hosts/reader/main_node.ts")];

interface Address {
  tcpPort: number;
  webSocketPort: number;
}

/** One reader on its own disk, its sandbox, and what the point of sale knows of both. */
class Counter {
  readonly folder = mkdtempSync(join(tmpdir(), "holdfast-smart-"));
  readonly news: Record<string, unknown>[] = [];
  readonly #sandbox: Sandbox;
  #child: ChildProcess | null = null;
  #address: Address = { tcpPort: 0, webSocketPort: 0 };
  #pairing: Pairing | null = null;

  private constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  static async open(customers: string[], delayMs = 0): Promise<Counter> {
    const sandbox = await startSandbox({ seed: 1, rateLimits: null });
    const response = await fetch(`${sandbox.url}/v1/account`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    const { id } = await response.json() as { id: string };
    const counter = new Counter(sandbox);
    const keys = core.seal.generateKeyPair(new Uint8Array(32).fill(7));
    const hex = (bytes: Uint8Array): string =>
      [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    writeFileSync(
      counter.configPath,
      JSON.stringify({
        name: "Counter 1",
        database: join(counter.folder, "reader.db"),
        account: { id, isLivemode: false },
        country: "US",
        recipient: { keyId: "01".repeat(8), publicKey: hex(keys.publicKey) },
        stripe: {
          apiKey: API_KEY,
          apiBase: sandbox.url,
          recipientKeys: { ["01".repeat(8)]: hex(keys.privateKey) },
        },
        limits: { cardCountMax: 1000 },
        simulated: { customers, customerDelayMs: delayMs },
      }),
    );
    return counter;
  }

  get configPath(): string {
    return join(this.folder, "reader.json");
  }

  get control(): Sandbox["control"] {
    return this.#sandbox.control;
  }

  /** Switches the reader on; the ports are new each time, as after a change of lease. */
  async boot(...args: string[]): Promise<void> {
    const child = spawn(
      process.execPath,
      [...PROGRAM, "--config", this.configPath, ...args],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    this.#child = child;
    const before = this.news.length;
    createInterface({ input: child.stdout! })
      .on("line", (line) => this.news.push(JSON.parse(line)));
    await this.until(() => this.news.length > before);
    this.#address = this.news[before] as unknown as Address;
  }

  /** Types a line into the reader's menu. */
  menu(line: string): void {
    this.#child!.stdin!.write(`${line}\n`);
  }

  /** Pulls the plug. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  /** The newest pairing code, once it is shown. */
  async code(): Promise<string> {
    const shown = (): string | undefined =>
      this.news.findLast((line) => "pairingCode" in line)?.pairingCode as
        | string
        | undefined;
    await this.until(() => shown() !== undefined);
    return shown()!;
  }

  async pair(code?: string): Promise<Pairing> {
    this.#pairing = await pairReader(await this.tcp(), {
      ...ports,
      code: code ?? await this.code(),
      name: "Till 1",
    });
    return this.#pairing;
  }

  tcp(signal?: AbortSignal): Promise<ByteTransport> {
    return connectTcp({ port: this.#address.tcpPort }, signal);
  }

  webSocket(signal: AbortSignal): Promise<ByteTransport> {
    const { webSocketPort } = this.#address;
    return connectWebSocket(`ws://127.0.0.1:${webSocketPort}`, { signal });
  }

  connect(way: "tcp" | "webSocket" = "tcp"): Promise<SmartReader> {
    return SmartReader.connect({
      ...ports,
      retryDelayMs: 20,
      open: async (signal) =>
        openSession(await this[way](signal), this.#pairing!, ports),
    });
  }

  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (!await condition()) {
      if (performance.now() > deadline) throw new Error("nothing happened");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async close(): Promise<void> {
    await this.kill();
    await this.#sandbox.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function withCounter(
  customers: string[],
  body: (counter: Counter) => Promise<void>,
  delayMs = 0,
): Promise<void> {
  const counter = await Counter.open(customers, delayMs);
  try {
    await counter.boot("--pair");
    await counter.pair();
    await body(counter);
  } finally {
    await counter.close();
  }
}

function isDisconnected(error: unknown): boolean {
  return error instanceof HoldfastError &&
    error.code === "READER_DISCONNECTED";
}

/** Sells until the reader has an answer, as a till with a patient cashier does. */
async function sellStubbornly(
  counter: Counter,
  reader: SmartReader,
  sale: Sale,
): Promise<StoredPayment> {
  for (;;) {
    try {
      return await reader.sell(sale);
    } catch (error) {
      if (!isDisconnected(error)) throw error;
      await counter.until(() => reader.isConnected);
    }
  }
}

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
