/**
 * The relay as a program: `--config FILE`, `--forward FILE`, `--new-device NAME`.
 *
 * Owns: the configuration file's form. Prints one line of JSON with the URL when it accepts
 * connections, then one line per alarm, and runs until it is told to stop; with `--forward` it
 * ends once the file's payments have their outcomes. Configuration:
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
  HoldfastError,
  loadCore,
} from "../../engine/mod.ts";
import { FileKeyProvider } from "../posix/file_key_provider.ts";
import { createStripeClient } from "../posix/stripe_gateway.ts";
import { HttpNetwork } from "../web/http_network.ts";
import { SystemClock } from "../web/system_clock.ts";
import { SystemRandom } from "../web/system_random.ts";
import { forwardFile } from "./forward_file.ts";
import {
  type AnswerOptions,
  createDevice,
  type Device,
  nameOf,
  type RelayAlarm,
  startRelay,
  type TurnLimits,
} from "./mod.ts";
import {
  firstRecipient,
  readRecipientKeys,
  type RecipientKeyText,
} from "./recipient_keys.ts";

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
  /** Private keys of the recipient by key id (16 hex digits); see {@link RecipientKeyText}. */
  recipientKeys: Record<string, RecipientKeyText>;
  /** Devices, as `--new-device` prints them. */
  devices: Device[];
  /** Signing secret of the webhook endpoint. */
  webhookSecret?: string;
  /** How often Stripe may be asked; less where others use the account too. */
  turns?: Partial<TurnLimits>;
}

const HELP =
  `Usage: relay --config FILE [--forward FILE --code CODE [--as NAME]]
       relay --new-device NAME

  --config FILE        JSON; "-" reads it from the standard input
  --forward FILE       forwards a sealed export and ends; while no relay runs over the same book
  --code CODE          the code that opens it
  --as NAME            the device it is forwarded for, where the book does not know its chain
  --wait SECONDS       how long to go on while something is open; 300 when left out
  --new-device NAME    prints a token for the device and what the relay keeps of it`;

/** Runs the program over `open`, the runtime's own way to open a database. */
export async function runRelay(
  open: (path: string) => Promise<Database>,
): Promise<void> {
  const { values } = parseArgs({
    options: {
      "config": { type: "string" },
      "new-device": { type: "string" },
      "forward": { type: "string" },
      "code": { type: "string" },
      "as": { type: "string" },
      "wait": { type: "string", default: "300" },
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
  try {
    const parts = await partsOf(configuration, open);
    if (values.forward === undefined) await serve(parts, configuration);
    else await forward(parts, configuration, values as ForwardValues, open);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    const { code, remedy } = error;
    say({ t: "error", ok: false, code, remedy });
    process.exitCode = 1;
  }
}

/** What answering needs, serving or not. */
async function partsOf(
  configuration: RelayConfiguration,
  open: (path: string) => Promise<Database>,
): Promise<AnswerOptions> {
  const apiKey = configuration.apiKey ?? process.env.STRIPE_API_KEY;
  if (apiKey === undefined) throw new RangeError("there is no Stripe key");
  const core = await loadCore();
  const opener = createOpener(
    core,
    await readRecipientKeys(core, configuration.recipientKeys),
  );
  const { apiBase, stripeAccount } = configuration;
  const stripe = createStripeClient({
    apiKey,
    ...(apiBase === undefined ? {} : { apiBase }),
    ...(stripeAccount === undefined ? {} : { stripeAccount }),
  });
  return {
    core,
    database: await open(configuration.database),
    clock: new SystemClock(),
    opener,
    gateway: createCardPresentGateway(stripe, opener),
    devices: configuration.devices,
    ...(configuration.turns === undefined
      ? {}
      : { turns: configuration.turns }),
    onAlarm: (alarm: RelayAlarm): void => say({ t: "alarm", ...alarm }),
  };
}

/** Runs until it is told to stop. */
async function serve(
  parts: AnswerOptions,
  configuration: RelayConfiguration,
): Promise<void> {
  const relay = await startRelay({
    ...configuration.listen,
    ...parts,
    webhookSecret: configuration.webhookSecret ?? null,
    onIntent: ({ id, status }) => say({ t: "intent", id, status }),
    onError: (error) => say({ t: "error", code: nameOf(error) }),
  });
  say({ t: "listening", url: relay.url });
  const stop = (): void => void relay.close().then(() => process.exit(0));
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

/** The options of `--forward`. */
interface ForwardValues {
  forward: string;
  code?: string;
  as?: string;
  wait: string;
}

/** Forwards a sealed export, prints what became of it, and ends. */
async function forward(
  parts: AnswerOptions,
  { database, apiBase, recipientKeys }: RelayConfiguration,
  { forward: path, code = "", as: actAs, wait }: ForwardValues,
  open: (path: string) => Promise<Database>,
): Promise<void> {
  const imports = `${database}.imports`;
  const { core } = parts;
  const keys = await readRecipientKeys(core, recipientKeys);
  const { imported, payments } = await forwardFile({
    ...parts,
    random: new SystemRandom(),
    imports: await open(imports),
    keys: new FileKeyProvider(`${imports}.key`),
    network: new HttpNetwork(apiBase ?? "https://api.stripe.com/healthcheck"),
    recipient: firstRecipient(core, keys),
    file: new Uint8Array(readFileSync(path)),
    code,
    ...(actAs === undefined ? {} : { actAs }),
    deadlineMs: Number(wait) * 1000,
  });
  for (const { localId, id, state, error } of payments) {
    say({ t: "payment", localId, id, state, code: error?.code ?? null });
  }
  const count = (...states: string[]): number =>
    payments.filter(({ state }) => states.includes(state)).length;
  const ok = count("forwarded", "captured", "declined") === payments.length;
  say({
    t: "forwarded",
    ok,
    handover: imported.id,
    payments: payments.length,
    forwarded: count("forwarded", "captured"),
    declined: count("declined"),
    failed: count("failed"),
    open: count("stored", "unknown"),
  });
  process.exitCode = ok ? 0 : 1;
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
