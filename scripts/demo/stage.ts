/**
 * The stage of the demo: sandbox, reader, relays, and however many tills a scene needs.
 *
 * Owns: starting processes on the chosen runtime and clearing everything away at the end.
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { loadCore } from "../../bindings/mod.ts";
import { createDevice } from "../../hosts/relay/devices.ts";
import type { RelayConfiguration } from "../../hosts/relay/configuration.ts";
import { SandboxControl } from "../../hosts/sandbox/control_client.ts";
import { Child, type Command, commandFor } from "./child.ts";
import type { DemoOptions } from "./options.ts";
import type { TillSettings } from "./till.ts";

/** Key of the shop's own account in the sandbox. */
const API_KEY = "sk_test_holdfast_demo";
const OTHER_API_KEY = "sk_test_another_shop";

/** Everything the scenes share. */
export class Stage {
  readonly options: DemoOptions;
  readonly folder: string;
  readonly control: SandboxControl;
  /** Where the relay of another shop is. */
  readonly otherRelayUrl: string;
  readonly #settings: TillSettings;
  readonly #start: Start;

  private constructor(
    options: DemoOptions,
    folder: string,
    control: SandboxControl,
    otherRelayUrl: string,
    settings: TillSettings,
    start: Start,
  ) {
    this.options = options;
    this.folder = folder;
    this.control = control;
    this.otherRelayUrl = otherRelayUrl;
    this.#settings = settings;
    this.#start = start;
  }

  /** Builds the stage, plays on it, and clears it away whatever happens. */
  static async build<T>(
    options: DemoOptions,
    play: (stage: Stage) => Promise<T>,
  ): Promise<T> {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-demo-"));
    const children: Child[] = [];
    const commands = new Map<string, Command>();
    const start: Start = async (entry, args = []) => {
      const command = commands.get(entry) ??
        await commandFor(options.runtime, entry);
      commands.set(entry, command);
      const child = new Child(command, args);
      children.push(child);
      return child;
    };
    const clear = (): void => {
      for (const child of children) child.kill();
      rmSync(folder, { recursive: true, force: true });
    };
    // Ended by hand, it clears away as well.
    const leave = (signal: NodeJS.Signals): void => {
      clear();
      process.exit(128 + constants.signals[signal]);
    };
    process.once("SIGINT", leave).once("SIGTERM", leave);
    try {
      const seed = String(options.seed);
      const sandbox = await start("hosts/sandbox/main.ts", ["--seed", seed]);
      const { url, controlUrl } = await sandbox.next();
      const reader = await start("hosts/reader/simulated_main.ts", [
        ...["--port", "0", "--seed", seed, "--device", "wisepad_3"],
        ...["--cards", "mix", "--country", "US"],
      ]);
      const { port } = await reader.next();
      const { relays, ...facts } = await shopFacts(folder, url);
      const [relayUrl, otherUrl] = await Promise.all(
        relays.map((path) => startRelay(start, options.runtime, path)),
      );
      const settings: TillSettings = {
        ...facts,
        relayUrl,
        readerPort: port,
        seed: options.seed,
      };
      const control = new SandboxControl(controlUrl);
      return await play(
        new Stage(options, folder, control, otherUrl, settings, start),
      );
    } finally {
      process.off("SIGINT", leave).off("SIGTERM", leave);
      clear();
    }
  }

  /** Starts a till over the shop's file; it connects no reader when `readerPort` is 0. */
  async till(changes: Partial<TillSettings> = {}): Promise<Child> {
    const till = await this.#start(
      `scripts/demo/till_${this.options.runtime}.ts`,
    );
    till.tell({ ...this.#settings, ...changes });
    return till;
  }
}

type Start = (entry: string, args?: readonly string[]) => Promise<Child>;

async function startRelay(
  start: Start,
  runtime: DemoOptions["runtime"],
  configPath: string,
): Promise<string> {
  const main = runtime === "deno" ? "main" : "main_node";
  const relay = await start(`hosts/relay/${main}.ts`, ["--config", configPath]);
  const { url } = await relay.expect("listening");
  return url;
}

/** What the till may know of its shop, and the configurations of both shops' relays. */
async function shopFacts(
  folder: string,
  apiBase: string,
): Promise<
  & Omit<TillSettings, "relayUrl" | "readerPort" | "seed">
  & { relays: string[] }
> {
  const response = await fetch(`${apiBase}/v1/account`, {
    headers: { authorization: `Bearer ${API_KEY}` },
  });
  const { id } = await response.json() as { id: string };
  const core = await loadCore();
  const pair = core.seal.generateKeyPair(
    crypto.getRandomValues(new Uint8Array(32)),
  );
  const { token, device } = createDevice("till");
  const relays = [API_KEY, OTHER_API_KEY].map((apiKey, index) => {
    const path = join(folder, `relay-${index}.json`);
    const configuration: RelayConfiguration = {
      database: join(folder, `relay-${index}.db`),
      apiKey,
      apiBase,
      recipientKeys: { [hex(pair.keyId)]: hex(pair.privateKey) },
      devices: [device],
    };
    writeFileSync(path, JSON.stringify(configuration), { mode: 0o600 });
    return path;
  });
  pair.privateKey.fill(0);
  return {
    path: join(folder, "till.db"),
    keyPath: join(folder, "till.db.key"),
    country: "US",
    probeUrl: apiBase,
    relayToken: token,
    account: id,
    recipientKeyId: hex(pair.keyId),
    recipientPublicKey: hex(pair.publicKey),
    relays,
  };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
