/**
 * The sandbox as a program: `--port P --control-port Q [--seed S]`.
 *
 * Prints one line of JSON with both URLs when it accepts connections, and
 * runs until it is told to stop.
 * @module
 */
import process from "node:process";
import {
  readArguments,
  readInteger,
  readOptionalInteger,
  runCommand,
} from "../posix/command.ts";
import { type SandboxOptions, startSandbox } from "./mod.ts";

const PORT_MAX = 65_535;

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
  "port": { type: "string", default: "0" },
  "control-port": { type: "string", default: "0" },
  "host": { type: "string" },
  "seed": { type: "string", default: "1" },
  "start-ms": { type: "string" },
  "frozen": { type: "boolean", default: false },
  "no-rate-limits": { type: "boolean", default: false },
  "search-delay": { type: "string" },
  "amount-declines": { type: "boolean", default: false },
} as const;

function readOptions(args: readonly string[]): SandboxOptions | null {
  const values = readArguments(args, HELP, OPTIONS);
  if (values === null) return null;
  const startMs = readOptionalInteger("start-ms", values["start-ms"]);
  const searchDelayMs = readOptionalInteger(
    "search-delay",
    values["search-delay"],
  );
  return {
    port: readInteger("port", values.port, 0, PORT_MAX),
    controlPort: readInteger(
      "control-port",
      values["control-port"],
      0,
      PORT_MAX,
    ),
    seed: readInteger("seed", values.seed),
    clock: {
      isRunning: !values.frozen,
      ...(startMs === undefined ? {} : { startMs }),
    },
    ...(values.host ? { host: values.host } : {}),
    ...(values["no-rate-limits"] ? { rateLimits: null } : {}),
    ...(searchDelayMs === undefined ? {} : { searchDelayMs }),
    declineByAmountEnding: values["amount-declines"],
  };
}

await runCommand(async (args) => {
  const options = readOptions(args);
  if (options === null) return 0;
  const sandbox = await startSandbox(options);
  const { url, controlUrl } = sandbox;
  process.stdout.write(`${JSON.stringify({ url, controlUrl })}\n`);
  const stop = () => void sandbox.close().then(() => process.exit(0));
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return null;
});
