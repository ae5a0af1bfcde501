/**
 * Says how far this is Stripe Terminal's offline mode, and proves it; `deno task parity`.
 *
 *     deno task parity [--write] [--run]
 *
 * Owns: `docs/parity.md`, which `--write` renews. `--run` also runs every file that a row names,
 * under both runtimes. It also finds error codes that nobody raises, or no test sees raised. The
 * last line is one JSON object.
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { readArguments, runCommand } from "../hosts/posix/command.ts";
import { codeTests, type Sources, unraisedCodes } from "./_code_tests.ts";
import { readCodeTable } from "./_error_tables.ts";
import { listFiles } from "./_files.ts";
import { countRows, parityFaults, parityPage, pathOf } from "./_parity.ts";
import { denoPath, run } from "./_process.ts";
import { runtimesOf } from "./_test_run.ts";
import { AFTER_SECTIONS } from "./parity/after_rows.ts";
import { CARD_SECTIONS } from "./parity/card_rows.ts";
import { FLOW_SECTIONS } from "./parity/flow_rows.ts";
import { RISK_SECTIONS } from "./parity/risk_rows.ts";
import type { ParitySection } from "./parity/row.ts";
import { SALE_SECTIONS } from "./parity/sale_rows.ts";

const PAGE = "docs/parity.md";
const CORE_TABLE = "bindings/error_codes.ts";
const TABLES = [CORE_TABLE, "engine/errors.ts"];
/** Where codes are listed, which is not raising them. */
const LISTS = [...TABLES, "engine/error_code.ts"];
/** The tests of this command talk about codes; they raise none. */
const OWN_TESTS = "tests/unit/scripts/";
const SECTIONS: readonly ParitySection[] = [
  ...FLOW_SECTIONS,
  ...SALE_SECTIONS,
  ...AFTER_SECTIONS,
  ...RISK_SECTIONS,
  ...CARD_SECTIONS,
];

async function readCodes(
  tables: readonly string[] = TABLES,
): Promise<string[]> {
  const codes: string[] = [];
  for (const path of tables) {
    const loaded = await import(pathToFileURL(path).href);
    const table = readCodeTable(path, loaded, readFileSync(path, "utf8"));
    codes.push(...table.entries.keys());
  }
  return codes;
}

function readSources(folders: string[]): Sources {
  const paths = listFiles(folders, ".ts")
    .filter((path) => !LISTS.includes(path) && !path.startsWith(OWN_TESTS));
  return new Map(paths.map((path) => [path, readFileSync(path, "utf8")]));
}

/** Codes without a test, and codes of the engine that nobody raises. */
async function codeFaults(
  tested: ReadonlyMap<string, readonly string[]>,
): Promise<string[]> {
  const core = await readCodes([CORE_TABLE]);
  const ours = [...tested.keys()].filter((code) => !core.includes(code));
  return [
    ...[...tested].filter(([, paths]) => paths.length === 0)
      .map(([code]) => `no test raises ${code}`),
    ...unraisedCodes(ours, readSources(["bindings", "engine", "hosts"]))
      .map((code) => `nobody raises ${code}`),
  ];
}

function findFaults(): string[] {
  return [
    ...parityFaults(SECTIONS, {
      read: (path) => existsSync(path) ? readFileSync(path, "utf8") : null,
      runtimes: runtimesOf,
    }),
  ];
}

/** Runs every linked file under both runtimes; a skipped test fails there. */
async function runLinked(): Promise<string[]> {
  const files = new Set(
    SECTIONS.flatMap(({ rows }) =>
      rows.flatMap((row) => row.tests.map(pathOf))
    ),
  );
  const args = ["run", "-A", "scripts/test.ts", ...files];
  const { code } = await run(denoPath(), args, {
    onOutput: (text: string) => process.stdout.write(text),
  });
  return code === 0 ? [] : ["a test that a row names does not pass"];
}

const HELP = `Usage: deno task parity [options]

  --write   writes ${PAGE} again
  --run     runs every test that a row names, on both runtimes`;

/** Checks the table and returns the exit status. */
export async function main(args: string[]): Promise<number> {
  const values = readArguments(args, HELP, {
    write: { type: "boolean", default: false },
    run: { type: "boolean", default: false },
  });
  if (values === null) return 0;
  const page = parityPage(SECTIONS);
  if (values.write) writeFileSync(PAGE, page);
  const isFresh = existsSync(PAGE) && readFileSync(PAGE, "utf8") === page;
  const tested = codeTests(await readCodes(), readSources(["tests"]));
  const faults = [
    ...(isFresh ? [] : [`${PAGE} is behind; run \`deno task parity --write\``]),
    ...findFaults(),
    ...await codeFaults(tested),
    ...(values.run ? await runLinked() : []),
  ];
  for (const { title, rows } of SECTIONS) {
    console.log(`\n${title}`);
    for (const { standing, behaviour, note } of rows) {
      const why = note === "" ? "" : ` (${note})`;
      console.log(`  ${standing.padEnd(8)} ${behaviour}${why}`);
    }
  }
  console.log("\nError codes, and a test that sees each raised");
  for (const [code, [path = "none"]] of tested) {
    console.log(`  ${code.padEnd(52)} ${path}`);
  }
  console.log("");
  for (const fault of faults) console.error(fault);
  const count = { ...countRows(SECTIONS), codes: tested.size };
  console.log(JSON.stringify(count));
  return faults.length > 0 ? 1 : 0;
}

if (import.meta.main) await runCommand(main);
