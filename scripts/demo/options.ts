/**
 * What the demo can be told.
 * @module
 */
import {
  readArguments,
  readChoice,
  readInteger,
} from "../../hosts/posix/command.ts";

/** Settings of one run. */
export interface DemoOptions {
  /** Runtime of the till, the reader, the relay and the sandbox. @default "deno" */
  runtime: "deno" | "node";
  /** Payments to be accepted offline. @default 200 */
  payments: number;
  /** Acknowledged payments after which the till is killed. @default half of them */
  killAfter: number;
  /** Seed of amounts, cards and network faults. @default 1 */
  seed: number;
}

const HELP = `Usage: deno task demo [options]

  --runtime deno|node   what till, reader, relay and sandbox run on (default deno)
  --payments N          payments to accept offline, 2 to 2000 (default 200)
  --kill-after N        acknowledged payments after which the till is killed (default half)
  --seed N              seed of amounts, cards and network faults (default 1)
`;

/**
 * Reads the options.
 *
 * @returns Null when help was asked for.
 * @throws {UsageError} For anything unclear.
 */
export function readOptions(args: readonly string[]): DemoOptions | null {
  const values = readArguments(args, HELP, {
    "runtime": { type: "string", default: "deno" },
    "payments": { type: "string", default: "200" },
    "kill-after": { type: "string" },
    "seed": { type: "string", default: "1" },
  });
  if (values === null) return null;
  const payments = readInteger("payments", values.payments, 2, 2000);
  const killAfter = values["kill-after"] ?? String(Math.floor(payments / 2));
  return {
    runtime: readChoice("runtime", values.runtime, ["deno", "node"]),
    payments,
    killAfter: readInteger("kill-after", killAfter, 1, payments - 1),
    seed: readInteger("seed", values.seed, 0, 2 ** 31),
  };
}
