/**
 * Plays worlds against the forwarder: `deno task sim [--worlds N] [--seed S] [--bug NAME]`.
 *
 * Owns: the report. Without a bug the exit status is 0 only when no promise was broken; with one,
 * only when the simulator found and shrank it. The last line is JSON.
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { BUGS } from "../tests/sim/forward/bugs.ts";
import {
  type FailedWorld,
  replayCommand,
  shrink,
  type ShrunkWorld,
  simulate,
  type SimulationReport,
  tell,
} from "../tests/sim/forward/simulate.ts";
import { bold, dim, green, red } from "./_terminal.ts";

const HELP = `Usage: deno task sim [options]

  --worlds N   worlds to play (default 20000; with --bug at most 10000)
  --seed S     seed of the first world (default 1)
  --bug NAME   put a bug in and find it: ${Object.keys(BUGS).join(", ")}
`;

/** Plays what `args` ask for and returns the exit status. */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      worlds: { type: "string" },
      seed: { type: "string", default: "1" },
      bug: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const { bug } = values;
  const worlds = integer("worlds", values.worlds ?? (bug ? "10000" : "20000"));
  const seed = integer("seed", values.seed);
  const startedAt = performance.now();
  const report = await simulate({
    worlds,
    seed,
    stopsEarly: bug !== undefined,
    onProgress: showProgress,
    ...(bug === undefined ? {} : { bug }),
  });
  const seconds = (performance.now() - startedAt) / 1000;
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const [failure] = report.failures;
  const shrunk = failure === undefined ? null : await explain(failure, bug);
  const isCaught = shrunk !== null;
  const isGood = bug === undefined ? !isCaught : isCaught;
  showTotals(report);
  console.log(verdict(bug, report, isGood));
  console.log(JSON.stringify({
    worlds: report.worlds,
    payments: report.payments,
    requests: report.requests,
    lost: report.lost,
    duplicated: report.duplicated,
    findings: report.findings,
    ...(bug === undefined ? {} : { bug, caught: isCaught }),
    shrunk_events: shrunk?.events.length ?? null,
    worlds_per_s: Math.round(report.worlds / seconds),
    seconds: Number(seconds.toFixed(1)),
    seed,
  }));
  return isGood ? 0 : 1;
}

async function explain(
  failure: FailedWorld,
  bug: string | undefined,
): Promise<ShrunkWorld> {
  const shows = bug === undefined ? undefined : BUGS[bug].shows;
  const kind = shows ?? failure.violations[0].kind;
  const shrunk = await shrink(failure.seed, kind, bug);
  console.log(`${red(kind)} in world ${failure.seed}: ${shrunk.detail}`);
  console.log(dim(`the fewest events that show it:`));
  for (const line of tell(shrunk.events)) console.log(line);
  console.log(`replay: ${bold(replayCommand(failure.seed, bug))}\n`);
  return shrunk;
}

function showProgress({ worlds }: SimulationReport): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${worlds} worlds`);
}

function showTotals(report: SimulationReport): void {
  const { worlds, payments, attempts, requests } = report;
  console.log(
    `${worlds} worlds, ${payments} payments, ${attempts} attempts, ` +
      `${requests} requests`,
  );
}

function verdict(
  bug: string | undefined,
  { worlds, lost, duplicated, findings }: SimulationReport,
  isGood: boolean,
): string {
  const paint = isGood ? green : red;
  if (bug !== undefined) {
    return paint(`${bug}: ${isGood ? "caught" : "NOT caught"} in ${worlds}`);
  }
  const others = Object.keys(findings).join(", ") || "nothing";
  return paint(`${lost} lost, ${duplicated} duplicated; found: ${others}`);
}

function integer(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new RangeError(`--${name} must be a natural number, got ${text}`);
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) {
      throw error;
    }
    console.error(error.message);
    process.exitCode = 2;
  }
}
