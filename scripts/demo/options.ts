/**
 * What the demo can be told.
 * @module
 */
import { parseArgs } from "node:util";

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

/** The text of `--help`. */
export const HELP = `Usage: deno task demo [options]

  --runtime deno|node   what till, reader, relay and sandbox run on (default deno)
  --payments N          payments to accept offline, 2 to 2000 (default 200)
  --kill-after N        acknowledged payments after which the till is killed (default half)
  --seed N              seed of amounts, cards and network faults (default 1)
`;

/** Reads the options; returns null when help was asked for, and throws for anything unclear. */
export function readOptions(args: readonly string[]): DemoOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      "runtime": { type: "string", default: "deno" },
      "payments": { type: "string", default: "200" },
      "kill-after": { type: "string" },
      "seed": { type: "string", default: "1" },
      "help": { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const payments = integer("payments", values.payments, 2, 2000);
  const killAfter = values["kill-after"] ?? String(Math.floor(payments / 2));
  const runtime = values.runtime;
  if (runtime !== "deno" && runtime !== "node") {
    throw new RangeError(`--runtime must be deno or node, got ${runtime}`);
  }
  return {
    runtime,
    payments,
    killAfter: integer("kill-after", killAfter, 1, payments - 1),
    seed: integer("seed", values.seed, 0, 2 ** 31),
  };
}

function integer(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(
    `--${name} must be an integer of ${min}..${max}, got ${text}`,
  );
}
