/**
 * The register as a program: `[--config FILE]`, or nothing at all for the demo.
 *
 * Owns: the command line and the exit status: 0 when everything was done, 1 when something was
 * not, 2 when the register could not even begin. Documented in `docs/register.md`.
 * @module
 */
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { DEVICE_TYPES } from "../../engine/reader/messages.ts";
import {
  readArguments,
  readChoice,
  readInteger,
  systemFault,
  UsageError,
} from "../posix/command.ts";
import { sayLine } from "../posix/say_line.ts";
import { readRegisterConfiguration } from "./configuration.ts";
import { type Desk, openDemoDesk, openDesk, type Runtime } from "./desk.ts";
import { runLines } from "./line_mode.ts";
import { createManager } from "./managers.ts";
import { pairWithReader } from "./reader_address.ts";
import { type Refusal, refusalOf } from "./words.ts";

const HELP = `Usage: register [options]

Without --config: a demo with a sandbox in place of Stripe and a reader in software.

  --config FILE       a real shop; see docs/register.md
  --pair CODE         pairs with the configuration's reader, which shows the code
  --data FOLDER       where the demo keeps its store (default: ~/.local/share/holdfast-register)
  --device TYPE       the demo's reader (default: wisepos_e)
  --delay-ms N        how long the demo's customers look for their card
  --plain             lines instead of a screen, also in a terminal
  --json              lines of JSON; implies --plain
  --web               serves the register as a page; with --config the reader is a WebSocket
  --port N            the page's port (default: any free one)
  --host ADDRESS      where the page is served (default: 127.0.0.1)
  --new-manager NAME  reads a PIN from the standard input, prints what the configuration keeps
  --help`;

const OPTIONS = {
  "config": { type: "string" },
  "pair": { type: "string" },
  "data": { type: "string" },
  "device": { type: "string", default: "wisepos_e" },
  "delay-ms": { type: "string" },
  "plain": { type: "boolean", default: false },
  "json": { type: "boolean", default: false },
  "web": { type: "boolean", default: false },
  "port": { type: "string", default: "0" },
  "host": { type: "string", default: "127.0.0.1" },
  "new-manager": { type: "string" },
} as const;

type Values = NonNullable<
  ReturnType<typeof readArguments<typeof OPTIONS>>
>;

/** Runs the program over what the runtime brings; sets the exit status. */
export async function runRegister(runtime: Runtime): Promise<void> {
  try {
    process.exitCode = await run(runtime);
  } catch (error) {
    process.exitCode = error instanceof UsageError ? 2 : 1;
    // Whoever read our lines has gone; there is nobody to tell.
    if ((error as { code?: string }).code === "EPIPE") process.exit();
    const { code, sentence, remedy } = startRefusal(error);
    sayLine(`The register cannot start. ${code}: ${sentence}\n  -> ${remedy}`);
    sayLine(JSON.stringify({ t: "end", ok: false, code, message: sentence }));
  }
  // A reader's or the sandbox's socket may linger; everything that counts is on disk.
  process.exit();
}

function startRefusal(error: unknown): Refusal {
  if (error instanceof UsageError) {
    return { code: "USAGE", sentence: error.message, remedy: "see --help" };
  }
  const fault = systemFault(error);
  if (fault === null) return refusalOf(error);
  const remedy = "mend what is named here, or choose another port or folder";
  return { code: fault.code, sentence: fault.message, remedy };
}

async function run(runtime: Runtime): Promise<number> {
  const values = readArguments(process.argv.slice(2), HELP, OPTIONS);
  if (values === null) return 0;
  const port = readInteger("port", values.port, 0, 65_535);
  if (values["new-manager"] !== undefined) {
    return await newManager(values["new-manager"]);
  }
  if (values.pair !== undefined) return await pair(values, values.pair);
  if (values.web) return await serveWeb(runtime, values, port);
  const isScreen = !values.plain && !values.json && process.stdin.isTTY &&
    process.stdout.isTTY;
  const desk = await openRegister(runtime, values, isScreen);
  if (!isScreen) return await runLines(desk, values.json);
  const { runScreen } = await import("./screen/cashier_screen.ts");
  return await runScreen(desk);
}

async function openRegister(
  runtime: Runtime,
  values: Values,
  isScreen: boolean,
): Promise<Desk> {
  if (values.config !== undefined) {
    return await openDesk(runtime, readRegisterConfiguration(values.config));
  }
  const { device, "delay-ms": delay = isScreen ? "900" : "0" } = values;
  return await openDemoDesk(runtime, {
    folder: dataFolder(values),
    deviceType: readChoice("device", device, DEVICE_TYPES),
    customerDelayMs: readInteger("delay-ms", delay, 0, 999_999),
    seed: "register",
  });
}

async function serveWeb(
  runtime: Runtime,
  values: Values,
  port: number,
): Promise<number> {
  const { config, host } = values;
  // Loaded here: a till without a page needs no bundler.
  const { runWeb } = await import("./web/web_program.ts");
  return await runWeb({
    sources: runtime.webSources,
    port,
    host,
    folder: join(dataFolder(values), "web"),
    configuration: config === undefined
      ? null
      : readRegisterConfiguration(config),
    openDatabase: (path) => runtime.openDatabase(path),
  });
}

/** Where the demo keeps what it has. */
function dataFolder({ data }: Values): string {
  const shared = process.env.XDG_DATA_HOME ??
    join(homedir(), ".local", "share");
  return data ?? join(shared, "holdfast-register");
}

async function pair({ config }: Values, code: string): Promise<number> {
  if (config === undefined) throw new UsageError("--pair needs --config");
  const { reader, database, shop } = readRegisterConfiguration(config);
  const name = await pairWithReader(reader, database, shop.name, code);
  sayLine(`Paired with ${name}.`);
  sayLine(JSON.stringify({ t: "paired", reader: name }));
  return 0;
}

async function newManager(name: string): Promise<number> {
  if (process.stdin.isTTY) process.stderr.write("PIN (4..12 digits): ");
  for await (const pin of createInterface({ input: process.stdin })) {
    try {
      sayLine(JSON.stringify(createManager(name, pin.trim())));
      return 0;
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  }
  throw new UsageError("there is no PIN on the standard input");
}
