#!/usr/bin/env node
/**
 * The programs of the package behind one name: `holdfast COMMAND [options]`.
 *
 * Owns: which program a word names, on Deno and on Node. What follows the word is the program's
 * own affair, `--help` too. `npx @holdfast/holdfast`, `deno run -A npm:@holdfast/holdfast` and
 * `hosts/cli/main.ts` are this file.
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { runCommand, UsageError } from "../posix/command.ts";

/** A program, and how it is begun: importing it runs it. */
interface Program {
  purpose: string;
  onDeno(): Promise<unknown>;
  onNode(): Promise<unknown>;
}

/** Literal paths: what packs or bundles this file must see where they lead. */
const PROGRAMS: Readonly<Record<string, Program>> = {
  "relay": {
    purpose: "keeps the Stripe key and the opener away from the tills",
    onDeno: () => import("../relay/main.ts"),
    onNode: () => import("../relay/main_node.ts"),
  },
  "reader": {
    purpose: "a smart reader, which stores and forwards by itself",
    onDeno: () => import("../reader/main.ts"),
    onNode: () => import("../reader/main_node.ts"),
  },
  "register": {
    purpose: "a cashier's terminal; without options a demo",
    onDeno: () => import("../register/main.ts"),
    onNode: () => import("../register/main_node.ts"),
  },
  "salvage": {
    purpose: "saves every intact record of a damaged store",
    onDeno: () => import("../salvage/main.ts"),
    onNode: () => import("../salvage/main_node.ts"),
  },
  "sandbox": {
    purpose: "Stripe's API, as far as a till needs it, without any money",
    onDeno: () => import("../sandbox/main.ts"),
    onNode: () => import("../sandbox/main.ts"),
  },
  "simulated-reader": {
    purpose: "a reader in software, over TCP",
    onDeno: () => import("../reader/simulated_main.ts"),
    onNode: () => import("../reader/simulated_main.ts"),
  },
};

const NAMES = Object.keys(PROGRAMS);
const LIST = Object.entries(PROGRAMS)
  .map(([name, { purpose }]) => `  ${name.padEnd(18)}${purpose}`);

const HELP = `Usage: holdfast COMMAND [options]

${LIST.join("\n")}

  --help, --version   of this; holdfast COMMAND --help tells of its options`;

/** The version in the manifest of the package, or of the source tree. */
function version(): string {
  const paths = ["../../package.json", "../../deno.json"]
    .map((path) => new URL(path, import.meta.url));
  const manifest = paths.find((url) =>
    url.protocol === "file:" && existsSync(url)
  );
  if (manifest === undefined) return "unknown";
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}

function programOf(word: string | undefined): Program {
  const name = NAMES.find((candidate) => candidate === word);
  if (name !== undefined) return PROGRAMS[name];
  const fault = word === undefined
    ? "a command is missing"
    : `no command ${word}`;
  throw new UsageError(`${fault}: ${NAMES.join(", ")}`);
}

await runCommand(async ([word]) => {
  if (word === "--help" || word === "-h") {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  if (word === "--version") {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const program = programOf(word);
  // The program reads its arguments as if it had been started by itself.
  process.argv.splice(2, 1);
  // npm knows one file by this name, whoever runs it: nothing before it could choose.
  // deno-lint-ignore holdfast/no-runtime-sniffing
  const isDeno = "deno" in process.versions;
  await (isDeno ? program.onDeno() : program.onNode());
  return null;
});
