/**
 * The relay as a program: `--config FILE`, `--new-device NAME`.
 *
 * Owns: the configuration file's form. Prints one line of JSON with the URL when it accepts
 * connections, then one line per alarm, and runs until it is told to stop. Configuration:
 * `docs/relay.md`.
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import {
  createCardPresentGateway,
  createOpener,
  type Database,
  loadCore,
} from "../../engine/mod.ts";
import { createStripeClient } from "../posix/stripe_gateway.ts";
import { SystemClock } from "../web/system_clock.ts";
import {
  createDevice,
  type Device,
  nameOf,
  startRelay,
  type TurnLimits,
} from "./mod.ts";

/** The configuration file. */
export interface RelayConfiguration {
  /** Where to listen. @default a free port of 127.0.0.1 */
  listen?: { host?: string; port?: number };
  /** The relay's own database file. */
  database: string;
  /** Stripe's secret key. @default the environment's STRIPE_API_KEY */
  apiKey?: string;
  /** Base URL of a sandbox. @default Stripe's own API */
  apiBase?: string;
  /** Connected account on whose behalf to act. */
  stripeAccount?: string;
  /** Private keys (64 hex digits) of the recipient by key id (16 hex digits). */
  recipientKeys: Record<string, string>;
  /** Devices, as `--new-device` prints them. */
  devices: Device[];
  /** Signing secret of the webhook endpoint. */
  webhookSecret?: string;
  /** How often Stripe may be asked; less where others use the account too. */
  turns?: Partial<TurnLimits>;
}

const HELP = `Usage: relay --config FILE | --new-device NAME

  --config FILE        JSON; "-" reads it from the standard input
  --new-device NAME    prints a token for the device and what the relay keeps of it`;

/** Runs the program over `open`, the runtime's own way to open a database. */
export async function runRelay(
  open: (path: string) => Promise<Database>,
): Promise<void> {
  const { values } = parseArgs({
    options: {
      "config": { type: "string" },
      "new-device": { type: "string" },
      "help": { type: "boolean" },
    },
  });
  if (values["new-device"] !== undefined) {
    return say(createDevice(values["new-device"]));
  }
  if (values.config === undefined || values.help) {
    process.stdout.write(`${HELP}\n`);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const text = readFileSync(values.config === "-" ? 0 : values.config, "utf8");
  const configuration = JSON.parse(text) as RelayConfiguration;
  const apiKey = configuration.apiKey ?? process.env.STRIPE_API_KEY;
  if (apiKey === undefined) throw new RangeError("there is no Stripe key");
  const core = await loadCore();
  const opener = createOpener(core, keysOf(configuration.recipientKeys));
  const { apiBase, stripeAccount } = configuration;
  const stripe = createStripeClient({
    apiKey,
    ...(apiBase === undefined ? {} : { apiBase }),
    ...(stripeAccount === undefined ? {} : { stripeAccount }),
  });
  const relay = await startRelay({
    ...configuration.listen,
    core,
    database: await open(configuration.database),
    clock: new SystemClock(),
    opener,
    gateway: createCardPresentGateway(stripe, opener),
    devices: configuration.devices,
    webhookSecret: configuration.webhookSecret ?? null,
    ...(configuration.turns === undefined
      ? {}
      : { turns: configuration.turns }),
    onAlarm: (alarm) => say({ t: "alarm", ...alarm }),
    onIntent: ({ id, status }) => say({ t: "intent", id, status }),
    onError: (error) => say({ t: "error", code: nameOf(error) }),
  });
  say({ t: "listening", url: relay.url });
  const stop = (): void => void relay.close().then(() => process.exit(0));
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

function keysOf(
  keys: Readonly<Record<string, string>>,
): Map<string, Uint8Array> {
  return new Map(
    Object.entries(keys).map(([id, hex]) => {
      if (!/^[0-9a-f]{16}$/.test(id) || !/^[0-9a-f]{64}$/.test(hex)) {
        throw new RangeError("recipientKeys maps 16 hex digits to 64");
      }
      return [
        id,
        Uint8Array.from(hex.match(/../g)!, (pair) => parseInt(pair, 16)),
      ];
    }),
  );
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
