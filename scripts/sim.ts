/**
 * Plays worlds against the forwarder: `deno task sim [--worlds N] [--seed S] [--bug NAME]`.
 *
 * A world is a device with one to a few sales, one to four drainers and 6 to 39 events: attempts
 * that begin, requests that end in one of 18 ways, pauses of a second to a month, clocks that are
 * set, commits that fail, processes that die before or after one, leases that are taken or run out,
 * voids, captures, another account's key, a backup in the place of the device. Three of four have
 * one sale and much trouble, the fourth several and less. What runs is the engine's own
 * `forwardPayment` with its Stripe gateway; store, client and Stripe are models.
 *
 * Owns: the report. Without a bug the exit status is 0 only when no promise was broken; with one,
 * only when the simulator found and shrank it; 2 for arguments that make no sense. The last line
 * is JSON.
 * @module
 */
import { availableParallelism } from "node:os";
import process from "node:process";
import {
  readArguments,
  readChoice,
  readInteger,
  runCommand,
} from "../hosts/posix/command.ts";
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

  --worlds N   worlds to play (default 100000; with --bug at most 10000)
  --seed S     seed of the first world (default 1)
  --jobs N     worker threads (default: one for each core; a bug is looked for in one)
  --bug NAME   put a bug in and find it: ${Object.keys(BUGS).join(", ")}
`;

/** Worlds within which a bug must show, and within which every kind of trouble must occur. */
const CATCH_WITHIN = 10_000;
/** Beyond the cores of most machines; each is an engine of its own and takes its memory. */
const JOBS_MAX = 64;

/** Plays what `args` ask for and returns the exit status. */
export async function main(args: string[]): Promise<number> {
  const wish = readWish(args);
  if (wish === null) return 0;
  const { worlds, seed, bug, jobs } = wish;
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
    requests_per_s: Math.round(report.requests / seconds),
    seconds: Number(seconds.toFixed(1)),
    seed,
  }));
  return isGood ? 0 : 1;
}

interface Wish {
  worlds: number;
  seed: number;
  jobs: number;
  bug: string | undefined;
}

/** Null when help was asked for. @throws {UsageError} */
function readWish(args: string[]): Wish | null {
  const values = readArguments(args, HELP, {
    worlds: { type: "string" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: String(availableParallelism()) },
    bug: { type: "string" },
    help: { type: "boolean", default: false },
  });
  if (values === null) return null;
  const seed = readInteger("seed", values.seed);
  const jobs = readInteger("jobs", values.jobs, 1, JOBS_MAX);
  if (values.bug === undefined) {
    const worlds = readInteger("worlds", values.worlds ?? "100000", 1);
    return { worlds, seed, jobs, bug: undefined };
  }
  const bug = readChoice("bug", values.bug, Object.keys(BUGS));
  const most = String(CATCH_WITHIN);
  const worlds = readInteger("worlds", values.worlds ?? most, 1, CATCH_WITHIN);
  return { worlds, seed, jobs: 1, bug };
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

if (import.meta.main) await runCommand(main);
