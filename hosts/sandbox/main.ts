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

const { values } = parseArgs({
  options: {
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
  },
});

function numberOf(name: keyof typeof values): number | undefined {
  const text = values[name];
  if (typeof text !== "string") return undefined;
  const number = Number(text);
  if (!Number.isInteger(number)) {
    process.stderr.write(`--${name} must be an integer, got ${text}\n`);
    process.exit(2);
  }
  return number;
}

if (values.help) {
  process.stdout.write(`${HELP}\n`);
} else {
  const startMs = numberOf("start-ms");
  const options: SandboxOptions = {
    port: numberOf("port") ?? 0,
    controlPort: numberOf("control-port") ?? 0,
    seed: numberOf("seed") ?? 1,
    clock: {
      isRunning: !values.frozen,
      ...(startMs === undefined ? {} : { startMs }),
    },
    ...(values.host ? { host: values.host } : {}),
    ...(values["no-rate-limits"] ? { rateLimits: null } : {}),
    ...(values["search-delay"]
      ? { searchDelayMs: numberOf("search-delay")! }
      : {}),
    declineByAmountEnding: values["amount-declines"] ?? false,
  };
  const sandbox = await startSandbox(options);
  const { url, controlUrl } = sandbox;
  process.stdout.write(`${JSON.stringify({ url, controlUrl })}\n`);
  const stop = () => void sandbox.close().then(() => process.exit(0));
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}
