/**
 * The relay as a program: `--config FILE`, `--forward FILE`, `--new-device NAME`.
 *
 * Owns: its lines. Prints one line of JSON with the URL when it accepts connections, then one line
 * per alarm, and runs until it is told to stop; with `--forward` it ends once the file's payments
 * have their outcomes. Configuration: `configuration.ts`.
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import {
  type Core,
  createCardPresentGateway,
  createOpener,
  type Database,
  HoldfastError,
  loadCore,
  type Recipient,
  type RecipientKey,
} from "../../engine/mod.ts";
import {
  readArguments,
  readInteger,
  runCommand,
  UsageError,
} from "../posix/command.ts";
import { isStoreEmpty } from "../../engine/store/schema.ts";
import { FileKeyProvider } from "../posix/file_key_provider.ts";
import { createStripeClient } from "../posix/stripe_gateway.ts";
import { HttpNetwork } from "../web/http_network.ts";
import { SystemClock } from "../web/system_clock.ts";
import { SystemRandom } from "../web/system_random.ts";
import {
  type ReadConfiguration,
  readRelayConfiguration,
  type RelayConfiguration,
} from "./configuration.ts";
import { forwardFile } from "./forward_file.ts";
import {
  type AnswerOptions,
  createDevice,
  nameOf,
  type RelayAlarm,
  startRelay,
} from "./mod.ts";
import { firstRecipient, readRecipientKeys } from "./recipient_keys.ts";

const HELP =
  `Usage: relay --config FILE [--forward FILE --code CODE [--as NAME]]
       relay --new-device NAME

  --config FILE        JSON; "-" reads it from the standard input
  --forward FILE       forwards a sealed export and ends; while no relay runs over the same book
  --code CODE          the code that opens it
  --as NAME            the device it is forwarded for, where the book does not know its chain
  --wait SECONDS       how long to go on while something is open; 300 when left out
  --new-device NAME    prints a token for the device and what the relay keeps of it`;

const OPTIONS = {
  "config": { type: "string" },
  "new-device": { type: "string" },
  "forward": { type: "string" },
  "code": { type: "string" },
  "as": { type: "string" },
  "wait": { type: "string", default: "300" },
} as const;

/** Runs the program over `open`, the runtime's own way to open a database. */
export function runRelay(
  open: (path: string) => Promise<Database>,
): Promise<void> {
  return runCommand(async (args) => {
    const values = readArguments(args, HELP, OPTIONS);
    if (values === null) return 0;
    const { "new-device": name, config, forward: file, code, as, wait } =
      values;
    if (name !== undefined) return newDevice(name);
    if (config === undefined) {
      throw new UsageError("relay needs --config or --new-device");
    }
    if (file !== undefined && code === undefined) {
      throw new UsageError("--forward needs --code");
    }
    const waitSeconds = readInteger("wait", wait, 1);
    const configuration = readRelayConfiguration(config);
    try {
      const core = await loadCore();
      const keys = await readRecipientKeys(core, configuration.recipientKeys);
      const parts = await partsOf(core, keys, configuration, open);
      if (file === undefined) return await serve(parts, configuration);
      const recipient = firstRecipient(core, keys);
      const order = { path: file, code: code!, as, waitSeconds, recipient };
      return await forward(parts, configuration, order, open);
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      const { code, remedy } = error;
      say({ t: "error", ok: false, code, remedy });
      return 1;
    }
  });
}

function newDevice(name: string): number {
  try {
    say(createDevice(name));
    return 0;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** What answering needs, serving or not. */
async function partsOf(
  core: Core,
  keys: ReadonlyMap<string, RecipientKey>,
  configuration: ReadConfiguration,
  open: (path: string) => Promise<Database>,
): Promise<AnswerOptions> {
  const opener = createOpener(core, keys);
  const { apiKey, apiBase, stripeAccount } = configuration;
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

/** Begins to serve, until it is told to stop. */
async function serve(
  parts: AnswerOptions,
  configuration: RelayConfiguration,
): Promise<null> {
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
  return null;
}

/** The options of `--forward`. */
interface ForwardOrder {
  path: string;
  code: string;
  as: string | undefined;
  waitSeconds: number;
  /** Whose private key the relay has. */
  recipient: Recipient;
}

/** Forwards a sealed export, prints what became of it, and ends. */
async function forward(
  parts: AnswerOptions,
  { database, apiBase }: RelayConfiguration,
  { path, code, as: actAs, waitSeconds, recipient }: ForwardOrder,
  open: (path: string) => Promise<Database>,
): Promise<number> {
  const place = `${database}.imports`;
  const imports = await open(place);
  const { imported, payments } = await forwardFile({
    ...parts,
    random: new SystemRandom(),
    imports,
    keys: new FileKeyProvider(`${place}.key`, isStoreEmpty(imports)),
    network: new HttpNetwork(apiBase ?? "https://api.stripe.com/healthcheck"),
    recipient,
    file: new Uint8Array(readFileSync(path)),
    code,
    ...(actAs === undefined ? {} : { actAs }),
    deadlineMs: waitSeconds * 1000,
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
  return ok ? 0 : 1;
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
