/**
 * Runs one test file under one runtime, in a process of its own.
 *
 * Owns: the verdict on a file. Besides failing tests, these fail it: a non-zero exit status
 * without a failing test, a report without an end, no test at all, and the deadline.
 * @module
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { denoPath, type Finished, run } from "./_process.ts";
import {
  type FileReport,
  GUARD,
  readJunit,
  readNodeEvents,
} from "./_test_reports.ts";

/** A runtime that runs tests. */
export type Runtime = "deno" | "node";

/** One file to run. */
export interface Job {
  /** Where. */
  runtime: Runtime;
  /** The test file as written in the tree. */
  file: string;
  /** What Node runs; for Deno the same as `file`. */
  program: string;
}

/** What came of a {@link Job}. */
export interface JobResult extends FileReport {
  /** The job. */
  job: Job;
  /** Wall time of the process. */
  durationMs: number;
  /** All that the process printed. */
  output: string;
}

/** Options of {@link runJob}. */
export interface JobOptions {
  /** Part of a test name; other tests do not run. @default "" */
  filter?: string;
  /** Deadline of one file. @default 180000, far above the few seconds a file may take */
  timeoutMs?: number;
  /** Where reports are written. */
  reportDir: string;
  /** Path of the bundled `_node_reporter.ts`. */
  nodeReporter: string;
}

/** True for a file whose code under test runs in Chromium; Deno only drives it. */
export function isInBrowser(file: string): boolean {
  return file.startsWith("tests/browser/");
}

/**
 * Runtimes a file is for: all, unless its folder names one (`tests/hosts/deno/…`). A seeded bug is in
 * the module, whatever runs it, and the programs of `scripts/` run on Deno.
 */
export function runtimesOf(file: string): Runtime[] {
  if (/^tests\/fuzz\/\w+_mutations_test\.ts$/.test(file)) return ["node"];
  if (file.startsWith("tests/unit/scripts/")) return ["deno"];
  if (/^tests\/hosts\/deno\//.test(file)) return ["deno"];
  if (isInBrowser(file)) return ["deno"];
  if (/^tests\/hosts\/node\//.test(file)) return ["node"];
  return ["deno", "node"];
}

/** Adds to a report whatever the process itself says against the file. */
export function judge(
  report: FileReport,
  { code, isTimedOut }: Pick<Finished, "code" | "isTimedOut">,
  isFiltered: boolean,
): FileReport {
  const failures = [...report.failures];
  const fail = (message: string): void => {
    failures.push({ name: "(the file)", message });
  };
  if (isTimedOut) fail("did not end before the deadline");
  else if (code !== 0 && failures.length === 0) {
    fail(`ended with status ${code} although no test failed`);
  } else if (!report.isComplete && failures.length === 0) {
    fail("ended before its report was complete");
  } else if (report.passed === 0 && failures.length === 0 && !isFiltered) {
    fail("contains no test");
  }
  return { ...report, failures };
}

/** Runs the job and reads its report. */
export async function runJob(
  job: Job,
  options: JobOptions,
): Promise<JobResult> {
  const { filter = "", timeoutMs = 180_000, reportDir, nodeReporter } = options;
  const flatName = job.file.replaceAll("/", "__");
  const reportPath = `${reportDir}/${flatName}.${job.runtime}`;
  rmSync(reportPath, { force: true });
  const [command, args] = job.runtime === "deno"
    ? [denoPath(), denoArgs(filter, reportPath)]
    : ["node", nodeArgs(job.program, filter, reportPath, nodeReporter)];
  const env = { HOLDFAST_TEST_FILE: job.file };
  const finished = await run(command, args, { env, timeoutMs });
  const text = existsSync(reportPath) ? readFileSync(reportPath, "utf8") : "";
  const report = job.runtime === "deno"
    ? readJunit(text)
    : readNodeEvents(text);
  return {
    ...judge(report, finished, filter !== ""),
    job,
    durationMs: finished.durationMs,
    output: finished.output,
  };
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

function denoArgs(filter: string, reportPath: string): string[] {
  const args = ["test", "-A", "--no-check", `--junit-path=${reportPath}`];
  if (filter) args.push("--filter", `/${escapePattern(filter)}|${GUARD}/`);
  return [...args, "scripts/_test_entry.ts"];
}

function nodeArgs(
  program: string,
  filter: string,
  reportPath: string,
  nodeReporter: string,
): string[] {
  const args = [
    "--enable-source-maps",
    `--test-reporter=${nodeReporter}`,
    `--test-reporter-destination=${reportPath}`,
  ];
  if (filter) args.push(`--test-name-pattern=${escapePattern(filter)}`);
  return [...args, program];
}
