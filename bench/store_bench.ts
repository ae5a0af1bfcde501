/**
 * `deno task bench:store [--rounds N] [--payments N] [--only posix,large,browser]
 * [--with better-sqlite3]`: durable commits beside the raw disk, and a till over a long queue.
 *
 * Owns: the promises that can be measured. The exit status is 0 only when a commit runs at 0.9 of
 * raw append + fsync or better, on Deno and on Node, and the long queue opens within 200 ms, after a kill too.
 * `--with better-sqlite3` has npm build it once, into a folder of its own; it is no dependency.
 * Lines for people, then one line of JSON.
 * @module
 */
import { mkdirSync } from "node:fs";
import {
  readArguments,
  readChoice,
  readInteger,
  runCommand,
} from "../hosts/posix/command.ts";
import { denoPath, run } from "../scripts/_process.ts";
import { dim, green, red, table } from "../scripts/_terminal.ts";
import { bundleForNode } from "../scripts/bundle.ts";
import { type LargeFigures, measureLarge } from "./store/large.ts";
import { measurePosix, OPTIONAL_MODULES } from "./store/posix.ts";
import type { Figure } from "./store/race.ts";

const RUNTIMES = ["deno", "node"] as const;
const RATIO_MIN = 0.9;
const OPEN_MS_MAX = 200;
const SHORT = 100;
const PARTS = ["posix", "large", "browser"] as const;

type Figures = Record<string, Figure>;

/** Runs this file again under `runtime` and reads its figures. */
async function measureElsewhere<T>(
  runtime: typeof RUNTIMES[number],
  own: readonly string[],
): Promise<T> {
  const program = "bench/store_bench.ts";
  const [command, ...args] = runtime === "deno"
    ? [denoPath(), "run", "-A", program, ...own]
    : ["node", await bundleForNode(program), ...own];
  const { code, stdout, output } = await run(command, args);
  if (code !== 0) throw new Error(`${runtime} failed\n${output}`);
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

function show(name: string, figures: Figures): void {
  const rows = [[name, "per second", "against raw"]];
  for (const [operation, { perSecond, ratio }] of Object.entries(figures)) {
    rows.push([operation, String(perSecond), ratio.toFixed(2)]);
  }
  console.log(`${table(rows)}\n`);
}

function showLarge(runtime: string, columns: readonly LargeFigures[]): void {
  const names = Object.keys(columns[0]) as (keyof LargeFigures)[];
  const rows = names.map((name) => [
    name,
    ...columns.map((figures) => String(figures[name])),
  ]);
  console.log(`${runtime}, milliseconds where nothing else is said`);
  console.log(`${table(rows)}\n`);
}

async function install(name: string): Promise<void> {
  mkdirSync(OPTIONAL_MODULES, { recursive: true });
  console.log(dim(`npm builds ${name}; this takes a minute`));
  const { code, output } = await run("npm", [
    ...["install", "--prefix", OPTIONAL_MODULES, "--no-save", name],
  ], { timeoutMs: 300_000 });
  if (code !== 0) console.log(red(`${name} could not be built\n${output}`));
}

const HELP = `Usage: deno task bench:store [options]

  --rounds N              rounds of the race with the raw disk (default 15)
  --payments N            length of the long queue (default 100000)
  --only PARTS            of ${PARTS.join(",")} (default all)
  --with better-sqlite3   builds it once and races it too`;

const OPTIONS = {
  rounds: { type: "string", default: "15" },
  payments: { type: "string", default: "100000" },
  only: { type: "string", default: PARTS.join(",") },
  with: { type: "string" },
  child: { type: "string" },
} as const;

/** What the command line asks for. */
interface Request {
  rounds: number;
  parts: ReadonlySet<string>;
  withBetterSqlite: boolean;
  args: readonly string[];
}

async function measureAll(
  { rounds, parts, withBetterSqlite, args }: Request,
): Promise<boolean> {
  if (withBetterSqlite) await install("better-sqlite3@12.4.1");
  const report: Record<string, unknown> = {};
  const broken: string[] = [];
  for (const runtime of RUNTIMES) {
    const ask = <T>(child: string): Promise<T> =>
      measureElsewhere<T>(runtime, [
        "--child",
        child,
        ...args,
      ]);
    if (parts.has("posix")) {
      console.log(dim(`${runtime}: ${rounds} rounds`));
      const figures = await ask<Figures>("posix");
      show(runtime, figures);
      report[runtime] = figures;
      const { ratio } = figures.commit;
      if (ratio < RATIO_MIN) broken.push(`${runtime}: commit at ${ratio}`);
    }
    if (parts.has("large")) {
      const columns = await ask<LargeFigures[]>("large");
      showLarge(runtime, columns);
      report[`${runtime} large`] = columns;
      for (const name of ["open", "openAfterKill"] as const) {
        const ms = columns[1][name];
        if (ms > OPEN_MS_MAX) broken.push(`${runtime}: ${name} in ${ms} ms`);
      }
    }
  }
  if (parts.has("browser")) {
    // Only here: a bundle for Node has no use for playwright.
    const { measureBrowser } = await import("./store/browser.ts");
    const figures = await measureBrowser();
    show("chromium", figures);
    report.chromium = figures;
  }
  for (const promise of broken) console.log(red(promise));
  const isKept = broken.length === 0;
  if (isKept) console.log(green("commits and opening are as promised"));
  console.log(JSON.stringify({ isKept, broken, ...report }));
  return isKept;
}

await runCommand(async (args) => {
  const values = readArguments(args, HELP, OPTIONS);
  if (values === null) return 0;
  const rounds = readInteger("rounds", values.rounds, 1);
  const payments = readInteger("payments", values.payments, 1);
  const parts = values.only.split(",")
    .map((part) => readChoice("only", part, PARTS));
  const rival = values.with === undefined
    ? undefined
    : readChoice("with", values.with, ["better-sqlite3"]);
  if (values.child === "posix") {
    console.log(JSON.stringify(await measurePosix(rounds)));
    return 0;
  }
  if (values.child === "large") {
    const columns = [await measureLarge(SHORT), await measureLarge(payments)];
    console.log(JSON.stringify(columns));
    return 0;
  }
  const isKept = await measureAll({
    rounds,
    parts: new Set(parts),
    withBetterSqlite: rival !== undefined,
    args,
  });
  return isKept ? 0 : 1;
});
