/**
 * The whole gate in one command; `deno task ok [--only STEP,STEP]`.
 *
 * Owns: the list of what must hold before a change is proposed. Every step runs even after a
 * failure, so one run shows everything; the status is non-zero if any step failed. The last line
 * is one JSON object.
 * @module
 */
import process from "node:process";
import {
  readArguments,
  runCommand,
  UsageError,
} from "../hosts/posix/command.ts";
import { listFiles } from "./_files.ts";
import { ownConfig } from "./_own_config.ts";
import { denoPath, run } from "./_process.ts";
import { bold, dim, green, red, seconds, table } from "./_terminal.ts";

/** One thing that must hold. */
interface Step {
  name: string;
  /** Arguments of Deno. */
  args: string[];
  /** Printed as it comes, because it takes long. */
  isStreamed?: boolean;
}

/** Without Deno's types: what `bindings/` and `engine/` must compile under. */
const NEUTRAL_LIB = ["dom", "dom.iterable", "esnext"];
/** Enough for a list of findings, little enough to scroll past. */
const FAILURE_LINES = 80;
const FOLDERS = ["bindings", "engine", "hosts", "tests", "bench", "scripts"];

function script(name: string, ...args: string[]): string[] {
  return ["run", "-A", `scripts/${name}.ts`, ...args];
}

function planSteps(): Step[] {
  const folders = FOLDERS
    .filter((folder) => listFiles([folder], ".ts").length > 0);
  const neutral = ownConfig("neutral", { lib: NEUTRAL_LIB });
  const packageTest = ["--runtime", "deno", "tests/package"];
  return [
    { name: "lock", args: ["install", "--frozen"] },
    { name: "fmt", args: ["fmt", "--check"] },
    { name: "lint", args: ["lint"] },
    { name: "layers", args: script("check_layers") },
    { name: "tidy", args: script("tidy") },
    { name: "types", args: ["check", ...folders] },
    { name: "neutral", args: ["check", ...neutral, "bindings", "engine"] },
    { name: "docs", args: script("check_docs") },
    { name: "parity", args: script("parity") },
    { name: "build", args: script("build_core", "--check") },
    { name: "tests", args: script("test"), isStreamed: true },
    { name: "publish", args: ["publish", "--dry-run", "--allow-dirty"] },
    { name: "package", args: script("test", ...packageTest) },
  ];
}

interface StepResult {
  name: string;
  isOk: boolean;
  durationMs: number;
}

/** What a failed step said, without the progress of the type checker. */
function excerpt(output: string): string {
  const lines = output.trimEnd().split("\n")
    .filter((line) => !/^Check \S+$/.test(line));
  return lines.slice(-FAILURE_LINES).join("\n");
}

async function runStep({ name, args, isStreamed }: Step): Promise<StepResult> {
  console.log(`${bold(name)} ${dim(`deno ${args.join(" ")}`)}`);
  const { code, output, durationMs } = await run(denoPath(), args, {
    ...(isStreamed
      ? { onOutput: (text: string) => process.stdout.write(text) }
      : {}),
  });
  const isOk = code === 0;
  if (!isOk && !isStreamed) console.log(excerpt(output));
  const mark = isOk ? green("ok") : red("FAILED");
  console.log(`${name}: ${mark} ${dim(seconds(durationMs))}\n`);
  return { name, isOk, durationMs };
}

/** Runs the steps that `args` name, all by default, and returns the exit status. */
export async function main(args: string[]): Promise<number> {
  const all = planSteps();
  const names = all.map(({ name }) => name).join(", ");
  const help = `Usage: deno task ok [--only STEP,STEP]

  --only STEP,STEP   of ${names}`;
  const values = readArguments(args, help, { only: { type: "string" } });
  if (values === null) return 0;
  const only = values.only?.split(",") ?? all.map(({ name }) => name);
  const unknown = only.filter((name) => !all.some((it) => it.name === name));
  if (unknown.length > 0) {
    throw new UsageError(`--only expects ${names}, got ${unknown.join(", ")}`);
  }
  const results: StepResult[] = [];
  for (const step of all.filter(({ name }) => only.includes(name))) {
    results.push(await runStep(step));
  }
  const rows = results.map(({ name, isOk, durationMs }) => [
    name,
    isOk ? "ok" : "FAILED",
    seconds(durationMs),
  ]);
  console.log(table([["step", "result", "time"], ...rows]) + "\n");
  const failed = results.filter(({ isOk }) => !isOk).map(({ name }) => name);
  const totalMs = results.reduce((sum, it) => sum + it.durationMs, 0);
  console.log(JSON.stringify({
    ok: failed.length === 0,
    steps: results.length,
    failed,
    seconds: Math.round(totalMs / 1000),
  }));
  return failed.length > 0 ? 1 : 0;
}

if (import.meta.main) await runCommand(main);
