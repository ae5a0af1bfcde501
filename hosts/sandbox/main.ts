/**
 * The sandbox as a program: `--port P --control-port Q [--seed S]`.
 *
 * Prints one line of JSON with both URLs when it accepts connections, and
 * runs until it is told to stop.
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { type SandboxOptions, startSandbox } from "./mod.ts";

const HELP = `Usage: sandbox [options]

  --port N            port of the Stripe-shaped API (default: any free one)
  --control-port N    port of the control API and the inspection page
  --host ADDRESS      address both listen on (default 127.0.0.1)
  --seed N            seed of identifiers and faults (default 1)
  --start-ms N        virtual time at the start, epoch ms (default: now)
  --frozen            the virtual clock stands still until it is advanced
  --no-rate-limits    no 429, ever
  --search-delay N    ms until search finds a new intent (default 60000)
  --amount-declines   amount endings 01, 02, 03, 05, 55, 65, 75 decline`;

const OPTIONS = {
  "port": { type: "string" },
  "control-port": { type: "string" },
  "host": { type: "string" },
  "seed": { type: "string" },
  "start-ms": { type: "string" },
  "frozen": { type: "boolean" },
  "no-rate-limits": { type: "boolean" },
  "search-delay": { type: "string" },
  "amount-declines": { type: "boolean" },
  "help": { type: "boolean" },
} as const;

type Values = ReturnType<
  typeof parseArgs<{ options: typeof OPTIONS }>
>["values"];

/** @throws {RangeError | TypeError} for what makes no sense. */
function readArguments(): { options: SandboxOptions; isHelp: boolean } {
  const { values } = parseArgs({ options: OPTIONS });
  const startMs = integer(values, "start-ms");
  const searchDelayMs = integer(values, "search-delay");
  const options: SandboxOptions = {
    port: integer(values, "port", 65_535) ?? 0,
    controlPort: integer(values, "control-port", 65_535) ?? 0,
    seed: integer(values, "seed") ?? 1,
    clock: {
      isRunning: !values.frozen,
      ...(startMs === undefined ? {} : { startMs }),
    },
    ...(values.host ? { host: values.host } : {}),
    ...(values["no-rate-limits"] ? { rateLimits: null } : {}),
    ...(searchDelayMs === undefined ? {} : { searchDelayMs }),
    declineByAmountEnding: values["amount-declines"] ?? false,
  };
  return { options, isHelp: values.help ?? false };
}

function integer(
  values: Values,
  name: "port" | "control-port" | "seed" | "start-ms" | "search-delay",
  most: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (
    text !== "" && Number.isInteger(number) && number >= 0 && number <= most
  ) {
    return number;
  }
  throw new RangeError(
    `--${name} must be an integer of 0 to ${most}, got ${text}`,
  );
}

async function main(): Promise<void> {
  const { options, isHelp } = readArguments();
  if (isHelp) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  const sandbox = await startSandbox(options);
  const { url, controlUrl } = sandbox;
  process.stdout.write(`${JSON.stringify({ url, controlUrl })}\n`);
  const stop = () => void sandbox.close().then(() => process.exit(0));
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

try {
  await main();
} catch (error) {
  const isUsage = error instanceof RangeError || error instanceof TypeError;
  const { code, message } = error as { code?: string; message: string };
  // EADDRINUSE, EACCES and their kind: the machine's own words say it best.
  if (!isUsage && code === undefined) throw error;
  process.stderr.write(`${message}\n`);
  process.exit(isUsage ? 2 : 1);
}
