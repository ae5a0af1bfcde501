/**
 * Plays worlds against the forwarder: `deno task sim [--worlds N] [--seed S] [--bug NAME]`.
 *
 * A world is a device with one to a few sales, one or two drainers and 8 to 40 events: attempts
 * that begin, requests that end in one of 17 ways, pauses of a second to a month, clocks that are
 * set, processes that die before or after a commit, takeovers, voids. What runs is the engine's
 * own `forwardPayment` with its Stripe gateway; store, client and Stripe are models.
 *
 * Owns: the report. Without a bug the exit status is 0 only when no promise was broken; with one,
 * only when the simulator found and shrank it; 2 for arguments that make no sense. The last line
 * is JSON.
 * @module
 */
import { availableParallelism } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { BUGS } from "../tests/sim/forward/bugs.ts";
import { type Coverage, missing } from "../tests/sim/forward/coverage.ts";
import { simulateWithCrew } from "./_sim_crew.ts";
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
  --jobs N     worker threads (default: one for each core; a bug is looked for in one)
  --bug NAME   put a bug in and find it: ${Object.keys(BUGS).join(", ")}
`;

/** Worlds within which a bug must show, and within which every kind of trouble must occur. */
const CATCH_WITHIN = 10_000;

/** Plays what `args` ask for and returns the exit status. */
export async function main(args: string[]): Promise<number> {
  const { worlds, seed, bug, jobs, isHelp } = readArguments(args);
  if (isHelp) {
    console.log(HELP);
    return 0;
  }
  const startedAt = performance.now();
  const report = bug === undefined
    ? await simulateWithCrew({ worlds, seed, jobs, onProgress: showProgress })
    : await simulate({ worlds, seed, bug, stopsEarly: true });
  const seconds = (performance.now() - startedAt) / 1000;
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const [failure] = report.failures;
  const shrunk = failure === undefined ? null : await explain(failure, bug);
  const isCaught = shrunk !== null;
  const absent = bug === undefined && worlds >= CATCH_WITHIN
    ? missing(report.coverage, 1)
    : [];
  const isGood = bug === undefined
    ? !isCaught && absent.length === 0
    : isCaught;
  showTotals(report, absent);
  console.log(verdict(bug, report, isGood));
  const rate = report.worlds / seconds;
  console.log(JSON.stringify({
    worlds: report.worlds,
    payments: report.payments,
    requests: report.requests,
    lost: report.lost,
    duplicated: report.duplicated,
    findings: report.findings,
    ...(bug === undefined
      ? {
        coverage: report.coverage,
        jobs,
        worlds_per_s_and_job: Math.round(rate / jobs),
      }
      : { bug, caught: isCaught }),
    shrunk_events: shrunk?.events.length ?? null,
    worlds_per_s: Math.round(rate),
    seconds: Number(seconds.toFixed(1)),
    seed,
  }));
  return isGood ? 0 : 1;
}

interface Arguments {
  worlds: number;
  seed: number;
  jobs: number;
  bug: string | undefined;
  isHelp: boolean;
}

/** @throws {RangeError | TypeError} for what makes no sense. */
function readArguments(args: string[]): Arguments {
  const { values } = parseArgs({
    args,
    options: {
      worlds: { type: "string" },
      seed: { type: "string", default: "1" },
      jobs: { type: "string", default: String(availableParallelism()) },
      bug: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { bug } = values;
  if (bug !== undefined && !Object.hasOwn(BUGS, bug)) {
    const names = Object.keys(BUGS).join(", ");
    throw new RangeError(`--bug must be one of ${names}; got ${bug}`);
  }
  const fallback = bug === undefined ? 20_000 : CATCH_WITHIN;
  const worlds = integer("worlds", values.worlds ?? String(fallback), 1);
  if (bug !== undefined && worlds > CATCH_WITHIN) {
    throw new RangeError(`a bug must show within ${CATCH_WITHIN} worlds`);
  }
  return {
    worlds,
    seed: integer("seed", values.seed, 0),
    jobs: bug === undefined ? integer("jobs", values.jobs, 1) : 1,
    bug,
    isHelp: values.help,
  };
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

function showProgress(worlds: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${worlds} worlds`);
}

function showTotals(
  report: SimulationReport,
  absent: readonly (keyof Coverage)[],
): void {
  const { worlds, payments, attempts, requests, coverage } = report;
  console.log(
    `${worlds} worlds, ${payments} payments, ${attempts} attempts, ` +
      `${requests} requests`,
  );
  const rarest = Object.entries(coverage).sort((a, b) => a[1] - b[1]);
  const [name, count] = rarest[0];
  console.log(
    dim(`${rarest.length} kinds of trouble; the rarest, ${name}, in ${count}`),
  );
  if (absent.length > 0) {
    console.log(red(`did not occur: ${absent.join(", ")}`));
  }
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

function integer(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least && text !== "") {
    return value;
  }
  throw new RangeError(
    `--${name} must be an integer of at least ${least}, got ${text}`,
  );
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
