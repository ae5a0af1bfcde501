/**
 * Checks what is written for readers: docstrings, error codes, links and decision numbers.
 *
 * Owns: `docs/errors.md`, which `--write` generates from the tables of codes. Reads docstrings
 * as `deno doc --json` sees them from the entry points, so an internal symbol is not judged.
 * @module
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { readArguments, runCommand } from "../hosts/posix/command.ts";
import { pathToFileURL } from "node:url";
import { listFiles } from "./_files.ts";
import { failureFaults } from "./_failure_table.ts";
import { docFaults, type DocJson } from "./_doc_faults.ts";
import { adrFaults, linkFaults } from "./_markdown_faults.ts";
import {
  type CodeTable,
  errorsPage,
  readCodeTable,
  unknownCodes,
} from "./_error_tables.ts";
import { denoPath, run } from "./_process.ts";
import { runtimesOf } from "./_test_run.ts";

const ERRORS_PAGE = "docs/errors.md";
const FAILURE_PAGE = "docs/reliability.md";
const TABLES = ["bindings/error_codes.ts", "engine/errors.ts"];

async function readTables(): Promise<CodeTable[]> {
  const tables: CodeTable[] = [];
  for (const path of TABLES.filter((path) => existsSync(path))) {
    const loaded = await import(pathToFileURL(path).href);
    tables.push(readCodeTable(path, loaded, readFileSync(path, "utf8")));
  }
  return tables;
}

async function readDocs(): Promise<{ docs: DocJson; faults: string[] }> {
  const config = JSON.parse(readFileSync("deno.json", "utf8"));
  const entries = Object.values(config.exports as Record<string, string>);
  const present = entries.filter((path) => existsSync(path));
  const faults = entries.filter((path) => !existsSync(path))
    .map((path) => `deno.json exports ${path}, which does not exist`);
  // One entry a call: with several, re-exports stay bare references without their docstrings.
  const nodes: DocJson["nodes"] = {};
  for (const path of present) {
    const args = ["doc", "--json", "--no-check", path];
    const { code, stdout, output } = await run(denoPath(), args);
    if (code === 0) Object.assign(nodes, JSON.parse(stdout).nodes);
    else faults.push(`deno doc ${path}: ${output}`);
  }
  return { docs: { nodes }, faults };
}

/** Texts of the files that throw, by path. */
function sources(): Map<string, string> {
  const files = listFiles(["bindings", "engine", "hosts"], ".ts");
  return new Map(files.map((path) => [path, readFileSync(path, "utf8")]));
}

/** Rows of the failure table that no test shows. */
export function untestedRows(): string[] {
  const tests = listFiles(["tests", "engine/testing"], ".ts")
    .map((path) => readFileSync(path, "utf8"));
  const tree = {
    read: (path: string) =>
      existsSync(path) ? readFileSync(path, "utf8") : null,
    runtimes: runtimesOf,
    isRun: (path: string) => {
      const name = `/${path.split("/").at(-1)}"`;
      return tests.some((source) => source.includes(name));
    },
  };
  const page = readFileSync(FAILURE_PAGE, "utf8");
  return failureFaults(page, "docs", tree)
    .map((fault) => `${FAILURE_PAGE}: ${fault}`);
}

/** Everything wrong with the project's documents; `isWriting` renews the generated page. */
export async function findFaults(isWriting = false): Promise<string[]> {
  const tables = await readTables();
  const codes = new Set(tables.flatMap(({ entries }) => [...entries.keys()]));
  const { docs, faults } = await readDocs();
  const page = errorsPage(tables);
  if (isWriting) writeFileSync(ERRORS_PAGE, page);
  const isFresh = existsSync(ERRORS_PAGE) &&
    readFileSync(ERRORS_PAGE, "utf8") === page;
  if (!isFresh) {
    faults.push(`${ERRORS_PAGE} is behind the tables; run \`deno task docs\``);
  }
  const rootUrl = pathToFileURL(process.cwd() + "/").href;
  const pages = [
    ...readdirSync(".").filter((path) => path.endsWith(".md")),
    ...listFiles(["docs", "tests"], ".md"),
  ];
  return [
    ...faults,
    ...docFaults(docs, codes, rootUrl),
    ...unknownCodes(sources(), codes),
    ...pages.flatMap((path) => linkFaults(path, readFileSync(path, "utf8"))),
    ...untestedRows(),
    ...adrFaults(listFiles(["docs/adr"], ".md").map((path) => path.slice(9))),
  ];
}

const HELP = `Usage: scripts/check_docs.ts [--write]

  --write   writes ${ERRORS_PAGE} again; so does deno task docs`;

async function main(args: string[]): Promise<number> {
  const values = readArguments(args, HELP, {
    write: { type: "boolean", default: false },
  });
  if (values === null) return 0;
  const faults = await findFaults(values.write);
  for (const fault of faults) console.error(fault);
  console.log(JSON.stringify({ faults: faults.length }));
  return faults.length > 0 ? 1 : 0;
}

if (import.meta.main) await runCommand(main);
