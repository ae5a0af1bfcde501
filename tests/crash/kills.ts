/**
 * Real SIGKILLs of a real process on a real file.
 *
 * Owns: the verdict after each kill. The file must open at once (no lock may outlive its owner),
 * pass the integrity check, hold every acknowledged row and nothing of the operation under way
 * but all or nothing. Every other time only a copy is looked at, so that the next process finds
 * the file as the kill left it. Says nothing about power loss; the simulated disk does.
 * @module
 */
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Database } from "../../engine/ports.ts";
import { denoPath } from "../../scripts/_process.ts";
import { bundleForNode } from "../../scripts/bundle.ts";
import { makePlace, openHere } from "../hosts/_posix_place.ts";
import { Prng } from "../sim/prng.ts";
import { bodyOf } from "../sim/till_model.ts";

/** What one operation changes. */
export interface Change {
  /** Ids and body lengths. */
  added: [number, number][];
  removed: number[];
}

/** What to run. */
export interface KillOptions {
  runtime: "deno" | "node";
  kills: number;
  seed: number;
  /**
   * Reports rows before they are written, to show that the harness sees it, and ends when it has.
   * @default false
   */
  isEarly?: boolean;
  /** Called after every kill. @default nothing */
  onKill?: (report: KillReport) => void;
}

/** What came of it. */
export interface KillReport {
  kills: number;
  /** Operations that were acknowledged. */
  acked: number;
  /** Kills that left a log behind. */
  hot: number;
  /** Kills while the process was starting or recovering. */
  early: number;
  lost: number;
  torn: number;
  corrupt: number;
  unopenable: number;
  /** Findings, for a person. */
  failures: string[];
}

const CHILD = "tests/crash/_kill_child.ts";
/** Longer than a start takes, so that some kills land in it and in recovery. */
const START_DELAY_MS_MAX = 250;
const RUN_DELAY_MS_MAX = 120;

/** Starts, kills and checks; see {@link KillOptions}. */
export async function runKills(options: KillOptions): Promise<KillReport> {
  const report: KillReport = {
    kills: 0,
    acked: 0,
    hot: 0,
    early: 0,
    lost: 0,
    torn: 0,
    corrupt: 0,
    unopenable: 0,
    failures: [],
  };
  const command = options.runtime === "deno"
    ? [denoPath(), "run", "-A", "--no-check", CHILD]
    : ["node", await bundleForNode(CHILD)];
  const place = makePlace();
  const witness = new Witness(place.path, report);
  const random = new Prng(options.seed);
  try {
    while (report.kills < options.kills) {
      const seed = String(random.below(2 ** 31));
      const args = [...command, place.path, seed, String(witness.nextId)];
      if (options.isEarly) args.push("early");
      await runOne(args, random, witness, report);
      await witness.check(random.chance(0.5));
      options.onKill?.(report);
      if (options.isEarly && report.lost > 0) break;
    }
  } finally {
    place.remove();
  }
  return report;
}

/** Starts one process, kills it, and tells the witness every line it said. */
async function runOne(
  [command, ...args]: string[],
  random: Prng,
  witness: Witness,
  report: KillReport,
): Promise<void> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const isEarly = random.chance(1 / 6);
  let isReady = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const killAfter = (delayMs: number): void => {
    timer = setTimeout(() => child.kill("SIGKILL"), delayMs);
  };
  if (isEarly) killAfter(random.below(START_DELAY_MS_MAX));
  const delayMs = random.below(RUN_DELAY_MS_MAX);
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (!isReady && !isEarly) killAfter(delayMs);
    isReady = true;
    witness.hear(line);
  });
  const [code, signal] = await new Promise<[number | null, string | null]>(
    (resolve) => child.on("close", (...end) => resolve(end)),
  );
  clearTimeout(timer);
  if (signal !== "SIGKILL") {
    throw new Error(`the process ended by itself (${code}): ${complaint}`);
  }
  report.kills++;
  if (!isReady) report.early++;
}

/** Knows what must be in the file. */
class Witness {
  readonly #path: string;
  readonly #report: KillReport;
  readonly #rows = new Map<number, number>();
  #pending: Change | null = null;
  /** No process has used this id or a higher one. */
  nextId = 1;

  constructor(path: string, report: KillReport) {
    this.#path = path;
    this.#report = report;
  }

  hear(line: string): void {
    const change = JSON.parse(line.slice(1)) as Change;
    if (line.startsWith("?")) this.#pending = change;
    else {
      this.#apply(change);
      this.#pending = null;
      this.#report.acked++;
    }
    for (const [id] of change.added) {
      this.nextId = Math.max(this.nextId, id + 1);
    }
  }

  async check(isCopy: boolean): Promise<void> {
    const log = `${this.#path}-wal`;
    if (existsSync(log) && statSync(log).size > 0) this.#report.hot++;
    const path = isCopy ? this.#copy() : this.#path;
    let database: Database;
    try {
      database = await openHere(path);
    } catch (error) {
      return this.#find("unopenable", (error as Error).message);
    }
    try {
      this.#compare(database);
    } finally {
      database.close();
    }
  }

  #apply({ added, removed }: Change): void {
    for (const [id, length] of added) this.#rows.set(id, length);
    for (const id of removed) this.#rows.delete(id);
  }

  #copy(): string {
    const folder = join(this.#path, "..", "copy");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const copy = join(folder, "till.db");
    for (const suffix of ["", "-wal", "-journal"]) {
      if (!existsSync(this.#path + suffix)) continue;
      copyFileSync(this.#path + suffix, copy + suffix);
    }
    return copy;
  }

  #compare(database: Database): void {
    const [[integrity]] = database.query("PRAGMA integrity_check");
    if (integrity !== "ok") return this.#find("corrupt", String(integrity));
    const found = readRows(database);
    const pending = this.#pending;
    if (pending !== null) {
      // All of it or nothing of it: one row tells which.
      const isDone = pending.added.length > 0
        ? found.has(pending.added[0][0])
        : !found.has(pending.removed[0]);
      if (isDone) this.#apply(pending);
      this.#pending = null;
    }
    for (const [id, length] of this.#rows) {
      if (found.get(id) !== length) return this.#find("lost", `row ${id}`);
    }
    if (found.size !== this.#rows.size) {
      this.#find("torn", `${found.size} rows, expected ${this.#rows.size}`);
    }
  }

  #find(kind: "lost" | "torn" | "corrupt" | "unopenable", what: string): void {
    this.#report[kind]++;
    this.#report.failures.push(`kill ${this.#report.kills}: ${kind}, ${what}`);
  }
}

/** Ids and lengths of the rows whose body is what was written. */
function readRows(database: Database): Map<number, number> {
  const rows = new Map<number, number>();
  const table = "SELECT 1 FROM sqlite_schema WHERE name = 'item'";
  if (database.query(table).length === 0) return rows;
  for (const row of database.query("SELECT id, body FROM item")) {
    const [id, body] = row as [number, Uint8Array];
    const expected = bodyOf(id, body.length);
    if (body.every((byte, i) => byte === expected[i])) {
      rows.set(id, body.length);
    }
  }
  return rows;
}
