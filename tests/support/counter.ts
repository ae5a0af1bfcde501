/**
 * A counter: a smart reader as a process of its own, and the point of sale beside it.
 *
 * Owns: starting, killing and configuring the reader's program.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
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
import { connectTcp } from "../../hosts/posix/tcp_transport.ts";
import { connectWebSocket } from "../../hosts/posix/websocket_listener.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { SystemRandom } from "../../hosts/web/system_random.ts";
import { type Sandbox, startSandbox } from "../../hosts/sandbox/mod.ts";
import { bundleForNode } from "../../scripts/bundle.ts";

const API_KEY = "sk_test_smart_reader";
const core = await loadCore();

/** What a point of sale works with. */
export const ports = {
  core,
  clock: new SystemClock(),
  random: new SystemRandom(),
};

const PROGRAM = "deno" in process.versions
  ? ["run", "--quiet", "--no-check", "-A", "hosts/reader/main.ts"]
  : [await bundleForNode("hosts/reader/main_node.ts")];

interface Address {
  tcpPort: number;
  webSocketPort: number;
}

/** One reader on its own disk, its sandbox, and what the point of sale knows of both. */
export class Counter {
  readonly folder = mkdtempSync(join(tmpdir(), "holdfast-smart-"));
  readonly news: Record<string, unknown>[] = [];
  readonly #sandbox: Sandbox;
  #child: ChildProcess | null = null;
  #address: Address = { tcpPort: 0, webSocketPort: 0 };
  #pairing: Pairing | null = null;

  private constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Writes the configuration; the reader is still off. */
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
        forwarding: {
          probeDelayMsMin: 20,
          probeDelayMsMax: 50,
          reconnectSpreadMs: 0,
        },
        simulated: { customers, customerDelayMs: delayMs },
      }),
    );
    return counter;
  }

  /** The configuration file. */
  get configPath(): string {
    return join(this.folder, "reader.json");
  }

  /** The sandbox's switches. */
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

  /** Pairs the point of sale. */
  async pair(code?: string): Promise<Pairing> {
    this.#pairing = await pairReader(await this.tcp(), {
      ...ports,
      code: code ?? await this.code(),
      name: "Till 1",
    });
    return this.#pairing;
  }

  /** A plain stream by TCP. */
  tcp(signal?: AbortSignal): Promise<ByteTransport> {
    return connectTcp(
      { port: this.#address.tcpPort },
      signal === undefined ? {} : { signal },
    );
  }

  /** A plain stream by WebSocket. */
  webSocket(signal: AbortSignal): Promise<ByteTransport> {
    const { webSocketPort } = this.#address;
    return connectWebSocket(`ws://127.0.0.1:${webSocketPort}`, { signal });
  }

  /** Connects the point of sale, which stays connected. */
  connect(way: "tcp" | "webSocket" = "tcp"): Promise<SmartReader> {
    return SmartReader.connect({
      ...ports,
      retryDelayMs: 20,
      open: async (signal) =>
        openSession(await this[way](signal), this.#pairing!, ports),
    });
  }

  /** Waits until `condition` holds, or fails after a minute. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (!await condition()) {
      if (performance.now() > deadline) throw new Error("nothing happened");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Ends everything and removes the files. */
  async close(): Promise<void> {
    await this.kill();
    await this.#sandbox.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs `body` at a counter whose reader is paired, and closes it, whatever happens. */
export async function withCounter(
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

/** Whether the link ended, so that nobody knows. */
export function isDisconnected(error: unknown): boolean {
  return error instanceof HoldfastError &&
    error.code === "READER_DISCONNECTED";
}

/** Sells until the reader has an answer, as a till with a patient cashier does. */
export async function sellStubbornly(
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
