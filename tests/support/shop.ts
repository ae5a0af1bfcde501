/**
 * A shop for tests: sandbox, reader, store and terminal, all real, in one process.
 *
 * Owns: putting them together on whatever runtime runs the test, and taking them apart.
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Buffer } from "node:buffer";
import process from "node:process";
import type Stripe from "stripe";
import { type Core, loadCore } from "../../bindings/mod.ts";
import {
  type ByteTransport,
  type Clock,
  createInProcessPair,
  createOpener,
  type OfflineBehavior,
  type Opener,
  openTerminal,
  type PaymentIntent,
  type Terminal,
  type TerminalPorts,
} from "../../engine/mod.ts";
import { ReaderServer } from "../../engine/reader/reader_server.ts";
import { SimulatedReader } from "../../engine/reader/simulated_reader.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { isStoreEmpty } from "../../engine/store/schema.ts";
import { FileKeyProvider } from "../../hosts/posix/file_key_provider.ts";
import {
  createStripeClient,
  stripePorts,
} from "../../hosts/posix/stripe_gateway.ts";
import type { ServerTerminalOptions } from "../../hosts/posix/terminal_options.ts";
import { HttpNetwork } from "../../hosts/web/http_network.ts";
import { SystemRandom } from "../../hosts/web/system_random.ts";
import { openHere } from "../hosts/_posix_place.ts";
import { type Sandbox, startSandbox } from "../../hosts/sandbox/mod.ts";

/** The key of the shop's own account. */
export const API_KEY = "sk_test_shop";

/** Options of a terminal without what every test has in common. */
export type TerminalChanges = Partial<ServerTerminalOptions>;

/** Opens a terminal with the host of the running runtime; the other one is not loaded. */
export async function openTerminalHere(
  options: ServerTerminalOptions,
): Promise<Terminal> {
  if ("deno" in process.versions) {
    const { openDenoTerminal } = await import("../../hosts/deno/mod.ts");
    return openDenoTerminal(options);
  }
  const { openNodeTerminal } = await import("../../hosts/node/mod.ts");
  return openNodeTerminal(options);
}

/** Everything between the customer's card and the charge. */
export class Shop {
  readonly core: Core;
  readonly sandbox: Sandbox;
  readonly reader: SimulatedReader;
  readonly folder: string;
  readonly account: string;
  /** What the reader shall send instead of what the card gave. */
  tamper: (emvData: Uint8Array) => Uint8Array = (emvData) => emvData;
  readonly #keys: { privateKey: Uint8Array; publicKey: Uint8Array };
  #terminal: Terminal | null = null;

  private constructor(core: Core, sandbox: Sandbox, account: string) {
    this.core = core;
    this.sandbox = sandbox;
    this.account = account;
    this.folder = mkdtempSync(join(tmpdir(), "holdfast-shop-"));
    this.reader = new SimulatedReader({
      clock: new SystemClock(),
      seed: "shop",
      deviceType: "wisepad_3",
    });
    this.#keys = core.seal.generateKeyPair(new Uint8Array(32).fill(7));
  }

  /** Opens a shop whose network works; another seed gives other ids at Stripe. @default 1 */
  static async open(seed = 1): Promise<Shop> {
    const sandbox = await startSandbox({ seed, rateLimits: null });
    const response = await fetch(`${sandbox.url}/v1/account`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    const { id } = await response.json() as { id: string };
    return new Shop(await loadCore(), sandbox, id);
  }

  /** The database file. */
  get path(): string {
    return join(this.folder, "till.db");
  }

  /** The terminal that was opened last. */
  get terminal(): Terminal {
    if (this.#terminal === null) throw new Error("no terminal is open");
    return this.#terminal;
  }

  /** Opens the terminal over the shop's file and connects the reader. */
  async openTerminal(changes: TerminalChanges = {}): Promise<Terminal> {
    await this.#terminal?.close();
    const terminal = await openTerminalHere(this.options(changes));
    this.#terminal = terminal;
    await terminal.connectReader(this.wire());
    return terminal;
  }

  /** The private keys of whom the shop seals to, by key id in hex. */
  get recipientKeys(): Map<string, Uint8Array> {
    return new Map([["01".repeat(8), this.#keys.privateKey]]);
  }

  /** Opens what the shop sealed, as the far side does. */
  opener(): Opener {
    return createOpener(this.core, this.recipientKeys);
  }

  /** A client of the sandbox, with the shop's own key or another one. */
  stripe(apiKey = API_KEY): Stripe {
    return createStripeClient({ apiKey, apiBase: this.sandbox.url });
  }

  /** The options every terminal of this shop has, with `changes`. */
  options(changes: TerminalChanges = {}): ServerTerminalOptions {
    return {
      path: this.path,
      probeUrl: this.sandbox.url,
      account: { id: this.account, isLivemode: false },
      location: { country: "US" },
      recipient: {
        keyId: new Uint8Array(8).fill(1),
        publicKey: this.#keys.publicKey,
      },
      gateway: {
        apiKey: API_KEY,
        apiBase: this.sandbox.url,
        recipientKeys: this.recipientKeys,
      },
      offline: { isEnabled: true, limits: { cardCountMax: 1000 } },
      forwarding: {
        probeDelayMsMin: 20,
        probeDelayMsMax: 50,
        reconnectSpreadMs: 0,
      },
      callDeadlineMs: 5_000,
      ...changes,
    };
  }

  /** Opens a terminal over the shop's file with a clock of its own; no reader is connected. */
  async openTerminalAt(
    clock: Clock,
    changes: TerminalChanges = {},
    ports: Partial<TerminalPorts> = {},
  ): Promise<Terminal> {
    await this.#terminal?.close();
    const options = this.options(changes);
    const database = ports.database ?? await openHere(options.path);
    try {
      this.#terminal = await openTerminal({
        core: this.core,
        database,
        clock,
        random: new SystemRandom(),
        keys: new FileKeyProvider(
          `${options.path}.key`,
          isStoreEmpty(database),
        ),
        network: new HttpNetwork(options.probeUrl),
        ...stripePorts(this.core, options),
        ...ports,
      }, options);
    } catch (error) {
      database.close();
      throw error;
    }
    return this.#terminal;
  }

  /** A way to `reader`, or to the shop's own, whose other end is served. */
  wire(reader?: SimulatedReader): ByteTransport {
    const [pos, far] = createInProcessPair();
    if (reader === undefined) this.#serve(far);
    else void reader.serve(far);
    return pos;
  }

  /** Asks the sandbox's own API, as the shop's back end would. */
  async api<T>(
    path: string,
    parameters: Record<string, string> | null = null,
  ): Promise<T> {
    const response = await fetch(`${this.sandbox.url}${path}`, {
      headers: { authorization: `Bearer ${API_KEY}` },
      ...(parameters === null
        ? {}
        : { method: "POST", body: new URLSearchParams(parameters) }),
    });
    const body = await response.json() as T;
    if (!response.ok) throw new Error(JSON.stringify(body));
    return body;
  }

  /** Makes a Location whose configuration has these parameters; returns its id. */
  async makeLocation(
    configuration: Record<string, string> = { "offline[enabled]": "true" },
  ): Promise<{ location: string; configuration: string }> {
    const made = await this.api<{ id: string }>(
      "/v1/terminal/configurations",
      configuration,
    );
    const { id } = await this.api<{ id: string }>("/v1/terminal/locations", {
      display_name: "Shop",
      "address[line1]": "1 Main Street",
      "address[country]": "US",
      configuration_overrides: made.id,
    });
    return { location: id, configuration: made.id };
  }

  /** Create, collect and confirm one payment with the named card. */
  async sell(
    card = "visa",
    amount = 1250,
    options: { offlineBehavior?: OfflineBehavior; currency?: string } = {},
  ): Promise<PaymentIntent> {
    const { terminal } = this;
    this.reader.enqueue(card);
    const { currency = "usd", ...behavior } = options;
    const created = await terminal.createPaymentIntent(
      { amount, currency },
      behavior,
    );
    const collected = await terminal.collectPaymentMethod(created);
    return await terminal.confirmPaymentIntent(collected);
  }

  /** Presents a card to the reader as a gate or a bus has it, for itself; returns its EMV data. */
  async read(amountMinor: number): Promise<Uint8Array> {
    this.reader.enqueue("visa");
    const { emvData } = await this.reader.collect({
      amountMinor,
      currency: "usd",
      isOffline: true,
      terminalCountry: "US",
      transactionType: 0,
      deadlineMs: 5_000,
      swipe: "refuse",
    }, { signal: new AbortController().signal, prompt: () => {} });
    return emvData;
  }

  /** Waits until `condition` holds, or fails after half a minute or `limitMs`. */
  async until(
    condition: () => boolean | Promise<boolean>,
    limitMs = 30_000,
  ): Promise<void> {
    const deadline = performance.now() + limitMs;
    while (!await condition()) {
      if (performance.now() > deadline) throw new Error("nothing happened");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Waits until nothing is left to forward. */
  async drained(): Promise<void> {
    await this.until(() =>
      this.terminal.offlineStatus.sdk.offlinePaymentsCount === 0
    );
  }

  /** Charges that took money, by local id. */
  async charges(): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const intent of await this.sandbox.control.intents()) {
      const paid = intent.charges.filter((charge) =>
        charge.status === "succeeded"
      ).length;
      const id = intent.local_id ?? intent.id;
      counts.set(id, (counts.get(id) ?? 0) + paid);
    }
    return counts;
  }

  /** Every byte of every file of the store. */
  rawFiles(): Uint8Array {
    return Buffer.concat(
      readdirSync(this.folder).map((name) =>
        readFileSync(join(this.folder, name))
      ),
    );
  }

  /** Closes everything and removes the files. */
  async close(): Promise<void> {
    await this.#terminal?.close();
    await this.sandbox.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #serve(transport: ConstructorParameters<typeof ReaderServer>[0]): void {
    const { reader } = this;
    new ReaderServer(transport, {
      hello: () => reader.hello(),
      configure: (request) => reader.configure(request),
      collect: async (request, interaction) => {
        const result = await reader.collect(request, interaction);
        return { ...result, emvData: this.tamper(result.emvData) };
      },
      collectInputs: (request, interaction) =>
        reader.collectInputs(request, interaction),
      collectPin: (request, interaction) =>
        reader.collectPin(request, interaction),
      display: () => reader.display(),
      status: () => reader.status(),
      reboot: () => reader.reboot(),
      update: () => reader.update(),
    }, new SystemClock());
  }
}

/** Runs `body` with a shop and closes it, whatever happens. */
export async function withShop(
  body: (shop: Shop) => Promise<void>,
  seed?: number,
): Promise<void> {
  const shop = await Shop.open(seed);
  try {
    await body(shop);
  } finally {
    await shop.close();
  }
}
