/**
 * Runs every test under Deno and under Node, or under the one it is bound to (`runtimesOf`);
 * `deno task test`.
 *
 *     deno task test [--runtime deno|node] [--filter TEXT] [--verbose] [FILE…]
 *
 * Owns: discovery, the pool and the last line, `N passed, N failed` over both runtimes. Each
 * file runs in a process of its own, so that tests may kill, lock and exit without touching
 * others, and so that a crash is charged to its file. Files below `tests/package/` prove the
 * packed artefact and run in `deno task ok`.
 * @module
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import process from "node:process";
import {
  readChoice,
  readWithPaths,
  runCommand,
  UsageError,
} from "../hosts/posix/command.ts";
import { listFiles } from "./_files.ts";
import { ensureChromium } from "./_chromium.ts";
import { denoPath, run } from "./_process.ts";
import { isInBrowser, type Job, type JobResult } from "./_test_run.ts";
import { runJob, type Runtime, runtimesOf } from "./_test_run.ts";
import { bold, dim, green, red, seconds, table } from "./_terminal.ts";
import { bundleAll } from "./bundle.ts";
import { staleFiles } from "./core_sources.ts";

const OUTPUTS = ".build/tests";
/** One folder a run, so that two runs in one tree do not sweep each other's bundles. */
const OUTPUT = `${OUTPUTS}/${process.pid}`;
const REPORTER = "scripts/_node_reporter.ts";
const FAILURE_LINES = 30;

/** What the command line asks for. */
interface Request {
  runtimes: Runtime[];
  filter: string;
  isVerbose: boolean;
  files: string[];
  isWhole: boolean;
}

const HELP = `Usage: deno task test [options] [FILE or FOLDER…]

  --runtime deno|node   only there (default: on both)
  --filter TEXT         only tests whose name holds it
  --verbose             says the tests that passed too`;

function readRequest(args: string[]): Request | null {
  const request = readWithPaths(args, HELP, {
    runtime: { type: "string" },
    filter: { type: "string", default: "" },
    verbose: { type: "boolean", default: false },
  });
  if (request === null) return null;
  const { values, paths } = request;
  const { runtime } = values;
  const all = listFiles(["tests"], "_test.ts")
    .filter((file) => !file.startsWith("tests/package/"));
  return {
    runtimes: runtime === undefined
      ? ["deno", "node"]
      : [readChoice("runtime", runtime, ["deno", "node"])],
    filter: values.filter,
    isVerbose: values.verbose,
    files: paths.length > 0 ? expand(paths) : all,
    isWhole: paths.length === 0 && !values.filter,
  };
}

/** A folder stands for the test files below it. */
function expand(paths: string[]): string[] {
  return paths.flatMap((path) => {
    const file = path.replace(/^\.\//, "").replace(/\/$/, "");
    if (file.endsWith(".ts")) return [file];
    return listFiles([file], "_test.ts");
  });
}

async function install(): Promise<void> {
  const result = await run(denoPath(), ["install"], { timeoutMs: 300_000 });
  if (result.code !== 0) {
    throw new Error(`dependencies did not install\n${result.output}`);
  }
  console.log(dim(`dependencies ready, ${seconds(result.durationMs)}`));
}

function needsBrowser({ files, runtimes }: Request): boolean {
  return runtimes.includes("deno") && files.some(isInBrowser);
}

/** Before the clock of any test runs: a package manager may take minutes. */
function installChromium(faults: string[]): void {
  try {
    ensureChromium();
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  }
}

/** Bundles all at once; if that fails, one by one, to charge it to the file at fault. */
async function bundleTests(
  files: string[],
  faults: string[],
): Promise<Map<string, string>> {
  try {
    return await bundleAll([...files, REPORTER], OUTPUT);
  } catch {
    const bundles = await bundleAll([REPORTER], OUTPUT);
    for (const file of files) {
      try {
        bundles.set(file, (await bundleAll([file], OUTPUT)).get(file) ?? "");
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        faults.push(`node ${file} does not bundle: ${reason}`);
      }
    }
    return bundles;
  }
}

/** Removes what runs left behind that were killed. */
function sweep(): void {
  if (!existsSync(OUTPUTS)) return;
  for (const name of readdirSync(OUTPUTS)) {
    if (!isRunning(Number(name))) {
      rmSync(`${OUTPUTS}/${name}`, { recursive: true, force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    // ESRCH: no such process. EPERM cannot be: the folder is ours.
    return false;
  }
}

async function planJobs(request: Request, faults: string[]): Promise<Job[]> {
  const pick = (runtime: Runtime): string[] =>
    request.runtimes.includes(runtime)
      ? request.files.filter((file) => runtimesOf(file).includes(runtime))
      : [];
  const jobs: Job[] = pick("deno")
    .map((file) => ({ runtime: "deno", file, program: file }));
  const nodeFiles = pick("node");
  if (nodeFiles.length > 0) {
    const startedAt = performance.now();
    const bundles = await bundleTests(nodeFiles, faults);
    const took = seconds(performance.now() - startedAt);
    console.log(dim(`${nodeFiles.length} files bundled for Node, ${took}`));
    for (const file of nodeFiles) {
      const program = bundles.get(file);
      if (program !== undefined) jobs.push({ runtime: "node", file, program });
    }
  }
  return jobs;
}

function printResult(result: JobResult, width: number): void {
  const { job, passed, failures, durationMs } = result;
  const mark = failures.length > 0 ? red("FAIL") : green("ok  ");
  const count = String(passed + failures.length).padStart(5);
  const name = job.file.padEnd(width);
  const took = seconds(durationMs).padStart(7);
  console.log(`${mark}  ${job.runtime}  ${name} ${count} ${dim(took)}`);
}

function printFailures(results: JobResult[], isVerbose: boolean): void {
  for (const { job, failures, output } of results) {
    for (const { name, message } of failures) {
      console.log(
        `\n${red("FAIL")} ${job.runtime} ${bold(job.file)} › ${name}`,
      );
      const lines = message.trimEnd().split("\n");
      console.log(lines.slice(0, FAILURE_LINES).join("\n"));
      if (lines.length > FAILURE_LINES) console.log(dim("…"));
    }
    const isUnexplained = failures.some(({ name }) => name === "(the file)");
    if (isVerbose || isUnexplained) {
      console.log(dim(`--- output of ${job.file} under ${job.runtime}`));
      console.log(output.trimEnd().split("\n").slice(-80).join("\n"));
    }
  }
}

async function runAll(jobs: Job[], filter: string): Promise<JobResult[]> {
  const queue = [...jobs];
  const results: JobResult[] = [];
  const width = Math.max(0, ...jobs.map(({ file }) => file.length));
  const options = {
    filter,
    reportDir: `${OUTPUT}/reports`,
    nodeReporter: resolve(`${OUTPUT}/${REPORTER.replace(/ts$/, "mjs")}`),
    timeoutMs: process.env.HOLDFAST_SOAK ? 0 : 180_000,
  };
  const work = async (): Promise<void> => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      const result = await runJob(job, options);
      results.push(result);
      printResult(result, width);
    }
  };
  // A third of the time of all files is spent waiting, for processes, sockets and deadlines.
  const workerCount = Number(process.env.HOLDFAST_JOBS) ||
    availableParallelism() + 1;
  await Promise.all(Array.from({ length: workerCount }, work));
  return results;
}

function summary(results: JobResult[], runtimes: Runtime[]): string {
  const rows = [["runtime", "files", "passed", "failed", "time"]];
  for (const runtime of runtimes) {
    const own = results.filter(({ job }) => job.runtime === runtime);
    const total = (read: (result: JobResult) => number): number =>
      own.reduce((sum, result) => sum + read(result), 0);
    rows.push([
      runtime,
      String(own.length),
      String(total((result) => result.passed)),
      String(total((result) => result.failures.length)),
      seconds(total((result) => result.durationMs)),
    ]);
  }
  return table(rows);
}

/** Runs the tests that `args` name and returns the exit status. */
export async function main(args: string[]): Promise<number> {
  const request = readRequest(args);
  if (request === null) return 0;
  const startedAt = performance.now();
  const extra: string[] = [];
  await install();
  if (needsBrowser(request)) installChromium(extra);
  sweep();
  mkdirSync(`${OUTPUT}/reports`, { recursive: true });
  // Where files of this run keep what one of them makes for all.
  process.env.HOLDFAST_TEST_RUN = resolve(OUTPUT);
  for (const file of request.files) {
    if (!existsSync(file)) extra.push(`${file} does not exist`);
  }
  if (request.isWhole) {
    for (const file of staleFiles()) {
      extra.push(`${file} is not built from core/; run \`deno task build\``);
    }
  }
  const jobs = extra.length > 0 && !request.isWhole
    ? []
    : await planJobs(request, extra);
  const results = await runAll(jobs, request.filter);
  for (const runtime of request.runtimes) {
    const own = results.filter(({ job }) => job.runtime === runtime);
    const ran = own.some((it) => it.passed + it.failures.length > 0);
    if (!ran && own.length > 0) extra.push(`${runtime} ran no test`);
  }
  if (results.length === 0 && extra.length === 0) extra.push("no test file");
  printFailures(results, request.isVerbose);
  for (const message of extra) console.log(`\n${red("FAIL")} ${message}`);
  console.log(`\n${summary(results, request.runtimes)}`);
  console.log(`total ${seconds(performance.now() - startedAt)}\n`);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = extra.length +
    results.reduce((sum, result) => sum + result.failures.length, 0);
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

if (import.meta.main) {
  await runCommand(async (args) => {
    try {
      return await main(args);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      console.error(error instanceof Error ? error.message : error);
      console.log("0 passed, 1 failed");
      return 1;
    } finally {
      rmSync(OUTPUT, { recursive: true, force: true });
    }
  });
}
