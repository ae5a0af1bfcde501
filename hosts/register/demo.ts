/**
 * The register without anything around it: a sandbox for Stripe and a reader in software.
 *
 * Owns: the switches a stranger plays with (the network, the next card) and what is kept between
 * two starts: the store and the key pair, so that what was accepted is forwarded after a restart.
 * The sandbox is made anew each time and knows nothing of the last one.
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadCore, type SealKeyPair } from "../../bindings/mod.ts";
import {
  type ByteTransport,
  createInProcessPair,
  type DeviceType,
} from "../../engine/mod.ts";
import { checkScript } from "../../engine/reader/simulated_script.ts";
import { SimulatedReader } from "../../engine/testing.ts";
import { toHex } from "../../engine/uuid.ts";
import { type Sandbox, startSandbox } from "../sandbox/mod.ts";
import { SystemClock } from "../web/system_clock.ts";
import type { OfflineLimits } from "../../engine/limits.ts";
import type { ServerTerminalOptions } from "../posix/terminal_options.ts";
import { createManager, type Manager } from "./managers.ts";

/** The demo's key at the sandbox; it opens nothing else. */
export const DEMO_API_KEY = "sk_test_holdfast_register";
/** The demo's shop. */
export const DEMO_SHOP = { name: "Corner Shop", address: ["1 Main Street"] };
/** The demo's manager; it is no secret, the screen shows it. */
export const DEMO_MANAGER = { name: "Ada", pin: "1234" } as const;
/** ISO 4217 codes of the demo's shop: two, none and three digits. */
export const DEMO_CURRENCIES = ["usd", "eur", "gbp", "jpy", "kwd"] as const;

/** How the demo starts. */
export interface DemoOptions {
  /** Where store and keys are kept; made if it is not there. */
  folder: string;
  deviceType: DeviceType;
  /** Milliseconds a customer needs to find the card. */
  customerDelayMs: number;
  seed: string;
}

/** Sandbox, reader and switches. */
export class Demo {
  readonly #options: DemoOptions;
  readonly #sandbox: Sandbox;
  readonly #reader: SimulatedReader;
  readonly #account: string;
  readonly #keys: SealKeyPair;
  #isOnline = true;
  #card = "mix";
  /** Who may lift a limit. */
  readonly managers: readonly Manager[] = [
    createManager(DEMO_MANAGER.name, DEMO_MANAGER.pin),
  ];

  private constructor(
    options: DemoOptions,
    sandbox: Sandbox,
    account: string,
    keys: SealKeyPair,
  ) {
    this.#options = options;
    this.#sandbox = sandbox;
    this.#account = account;
    this.#keys = keys;
    this.#reader = new SimulatedReader({
      clock: new SystemClock(),
      seed: options.seed,
      deviceType: options.deviceType,
      customerDelayMs: options.customerDelayMs,
    });
  }

  /** Starts the sandbox and reads or makes the keys. */
  static async start(options: DemoOptions): Promise<Demo> {
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    const keys = await demoKeys(join(options.folder, "recipient.seed"));
    // Other numbers each time: an id of an earlier sandbox must not come up again.
    const seed = crypto.getRandomValues(new Uint32Array(1))[0];
    const sandbox = await startSandbox({ seed, rateLimits: null });
    const response = await fetch(`${sandbox.url}/v1/account`, {
      headers: { authorization: `Bearer ${DEMO_API_KEY}` },
    });
    const { id } = await response.json() as { id: string };
    return new Demo(options, sandbox, id, keys);
  }

  /** Whether Stripe, that is the sandbox, can be reached. */
  get isOnline(): boolean {
    return this.#isOnline;
  }

  /** What the next customers do; `mix` is a day at the till. */
  get card(): string {
    return this.#card;
  }

  /** What a terminal is opened with. */
  terminalOptions(): ServerTerminalOptions {
    const { keyId, publicKey, privateKey } = this.#keys;
    return {
      path: join(this.#options.folder, "till.db"),
      account: { id: this.#account, isLivemode: false },
      location: { country: "US" },
      recipient: { keyId, publicKey },
      probeUrl: this.#sandbox.url,
      gateway: {
        apiKey: DEMO_API_KEY,
        apiBase: this.#sandbox.url,
        recipientKeys: new Map([[toHex(keyId), privateKey]]),
      },
      offline: {
        isEnabled: true,
        limits: demoLimits(),
      },
      callDeadlineMs: 5_000,
      forwarding: {
        probeDelayMsMin: 250,
        probeDelayMsMax: 2_000,
        reconnectSpreadMs: 0,
      },
    };
  }

  /** Opens a way to the reader. */
  openReader(): Promise<ByteTransport> {
    const [near, far] = createInProcessPair();
    void this.#reader.serve(far);
    return Promise.resolve(near);
  }

  /** Cuts every connection, or lets new ones through. */
  async setOnline(isOnline: boolean): Promise<void> {
    await this.#sandbox.control.setOffline(!isOnline);
    this.#isOnline = isOnline;
  }

  /** Chooses what customers do from now on. @throws {RangeError} for a card there is not. */
  setCard(card: string): void {
    if (card !== "mix") checkScript(card);
    this.#card = card;
  }

  /** The next customer steps up with the chosen card; call before each collect. */
  nextCustomer(): void {
    if (this.#card !== "mix") this.#reader.enqueue(this.#card);
  }

  /** Charges the sandbox has, and payments it charged twice. */
  async books(): Promise<{ charges: number; duplicates: number }> {
    const { charges, duplicates } = await this.#sandbox.control.report();
    return { charges, duplicates };
  }

  /** Ends the sandbox. */
  async close(): Promise<void> {
    await this.#sandbox.close();
  }
}

/** The pair that is made of the folder's 32 random bytes, which are drawn at the first start. */
export async function demoKeys(path: string): Promise<SealKeyPair> {
  const core = await loadCore();
  if (!existsSync(path)) {
    const entropy = crypto.getRandomValues(new Uint8Array(32));
    writeFileSync(path, entropy, { mode: 0o600 });
  }
  return core.seal.generateKeyPair(new Uint8Array(readFileSync(path)));
}

/** Limits of the demo: above 500 of the usual currency a manager is asked. */
export function demoLimits(): Partial<OfflineLimits> {
  return {
    paymentAmountMax: {
      usd: 50_000,
      eur: 50_000,
      gbp: 50_000,
      jpy: 50_000,
      kwd: 150_000,
    },
    // A few simulated cards stand in for many customers.
    cardCountMax: 10_000,
  };
}
