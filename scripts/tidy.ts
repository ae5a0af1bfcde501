/**
 * Checks what no formatter checks: sizes, words, core's own rules, files in the repository.
 *
 * Owns: the size table (a warning at the soft number, a failure at the hard one) and its list of
 * exemptions by name. `deno task tidy`.
 * @module
 */
import { readFileSync, statSync } from "node:fs";
import { readArguments, runCommand } from "../hosts/posix/command.ts";
import { listFiles } from "./_files.ts";
import { run } from "./_process.ts";
import { tidyText } from "./_tidy_text.ts";
import { yellow } from "./_terminal.ts";
import { unusedExports } from "./_unused_exports.ts";

const BLOB_BYTES_MAX = 256 * 1024;
const TASK_COUNT_SOFT = 20;
const TASK_COUNT_HARD = 25;

const FOLDERS = [
  "core",
  "bindings",
  "engine",
  "hosts",
  "tests",
  "bench",
  "scripts",
  "docs",
];

/** Something to mend, or to think about. */
export interface Finding {
  /** True when it fails the gate. */
  isHard: boolean;
  /** File, place and rule. */
  message: string;
}

/** Paths of the files git knows or would add. */
async function trackedFiles(): Promise<string[]> {
  const args = ["ls-files", "-co", "--exclude-standard", "-z"];
  const { code, stdout, output } = await run("git", args);
  // An unpacked archive has no repository; then the tree itself is the list.
  if (code !== 0) {
    if (!/not a git repository/.test(output)) throw new Error(output);
    return listFiles(FOLDERS, "");
  }
  return stdout.split("\0").filter((path) => path !== "");
}

function blobFindings(path: string): Finding[] {
  const { size } = statSync(path);
  if (size <= BLOB_BYTES_MAX) return [];
  const message = `${path}: ${size} bytes, at most ${BLOB_BYTES_MAX}`;
  return [{ isHard: true, message }];
}

function taskFindings(): Finding[] {
  const config = JSON.parse(readFileSync("deno.json", "utf8"));
  const count = Object.keys(config.tasks).length;
  if (count <= TASK_COUNT_SOFT) return [];
  const message = `deno.json: ${count} tasks, aim at ${TASK_COUNT_SOFT}`;
  return [{ isHard: count > TASK_COUNT_HARD, message }];
}

/** Whose exports are looked at: the compiler reads `core/`, and generated code is what it is. */
function isCode(path: string): boolean {
  return /\.(ts|mjs)$/.test(path) && !path.startsWith("core/") &&
    !path.startsWith("bindings/_wasm/");
}

/** Entry files of the package, and what is used without being named. */
function usedOutside(): Set<string> {
  const { exports } = JSON.parse(readFileSync("deno.json", "utf8"));
  const entries = Object.values(exports as Record<string, string>)
    .map((path) => path.replace(/^\.\//, ""));
  // check_docs.ts takes every table that the module exports.
  return new Set([...entries, "bindings/error_codes.ts BINDING_ERROR_CODES"]);
}

/** Everything found in the project. */
async function findFindings(): Promise<Finding[]> {
  const findings = taskFindings();
  const code = new Map<string, string>();
  for (const path of await trackedFiles()) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat?.isFile()) continue;
    findings.push(...blobFindings(path));
    if (!/\.(ts|md|json|mjs)$/.test(path)) continue;
    const text = readFileSync(path, "utf8");
    findings.push(...tidyText(path, text));
    if (isCode(path)) code.set(path, text);
  }
  const unused = unusedExports(code, usedOutside());
  return [
    ...findings,
    ...unused.map((message) => ({ isHard: true, message })),
  ];
}

const HELP = `Usage: deno task tidy

Names files, functions, lines and names beyond what the house keeps to.`;

async function main(args: string[]): Promise<number> {
  const values = readArguments(args, HELP, {});
  if (values === null) return 0;
  const findings = await findFindings();
  const faults = findings.filter(({ isHard }) => isHard);
  const warnings = findings.filter(({ isHard }) => !isHard);
  for (const { message } of warnings) {
    console.log(`${yellow("warning")} ${message}`);
  }
  for (const { message } of faults) console.error(message);
  const figures = { faults: faults.length, warnings: warnings.length };
  console.log(JSON.stringify(figures));
  return faults.length > 0 ? 1 : 0;
}

if (import.meta.main) await runCommand(main);
