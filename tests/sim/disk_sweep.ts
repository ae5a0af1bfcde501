/**
 * One fixed scenario, broken at every single disk operation.
 *
 * Owns: exhaustiveness. `sweepCuts` cuts the power at operation 1, 2, 3… until the scenario ends
 * by itself; `sweepFaults` makes the 1st, 2nd, 3rd… operation of a kind fail, once or for good,
 * while the till goes on as the engine does: reopen after an unclear write, look, go on.
 * The method is that of SQLite's own crash and I/O error tests.
 * @see https://www.sqlite.org/testing.html#i_o_error_testing (read 2026-11-24)
 * @module
 */
import type { Disk } from "../../hosts/sqlite/disk.ts";
import { SqliteDatabase } from "../../hosts/sqlite/sqlite_database.ts";
import type { Sqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { Prng } from "./prng.ts";
import {
  type Fault,
  type Mutation,
  type Operation,
  SimDisk,
} from "./sim_disk.ts";
import { type Medium, type MediumView, viewOf } from "./sim_opfs.ts";
import { createTable, TillModel, type Verdict } from "./till_model.ts";

/** What a sweep found; `findings` names every failure so that it can be replayed. */
export interface SweepReport {
  runs: number;
  /** Runs in which the cut or the fault struck. */
  struck: number;
  findings: string[];
}

const SCENARIO_SEED = 12;
const STEP_COUNT = 7;
const CHECKPOINT_PAGES = 8;
const CUT = { noise: 0.1, sectorBytes: 512 } as const;

/** Operations and errors that make sense together. */
const FAULTS: readonly Omit<Fault, "at" | "isPersistent">[] = [
  { operation: "write", code: "EIO" },
  { operation: "write", code: "EIO", isShort: true },
  { operation: "write", code: "ENOSPC" },
  { operation: "write", code: "ENOSPC", isShort: true },
  { operation: "sync", code: "EIO" },
  { operation: "sync", code: "EIO", isDropping: true },
  { operation: "sync", code: "ENOSPC", isDropping: true },
  { operation: "sync_directory", code: "EIO" },
  { operation: "truncate", code: "EIO" },
  { operation: "read", code: "EIO" },
  { operation: "length", code: "EIO" },
  { operation: "create", code: "EIO" },
  { operation: "create", code: "ENOSPC" },
  { operation: "open", code: "EIO" },
  { operation: "remove", code: "EIO" },
  { operation: "rename", code: "EIO" },
];

/** A till that lives through errors as the engine does. */
class Till {
  readonly model = new TillModel();
  readonly #sqlite: Sqlite;
  readonly #disk: SimDisk;
  readonly #view: MediumView;
  readonly #random = new Prng(SCENARIO_SEED);
  #database: SqliteDatabase | null = null;
  #hasTable = false;
  /** First thing the database did that it must not. */
  finding: string | null = null;

  constructor(sqlite: Sqlite, disk: SimDisk, view: MediumView) {
    this.#sqlite = sqlite;
    this.#disk = disk;
    this.#view = view;
  }

  /** Two sessions with a clean close between them. */
  run(): void {
    for (let session = 0; session < 2 && !this.#disk.isOff; session++) {
      for (let i = 0; i < STEP_COUNT && !this.#disk.isOff; i++) {
        this.#attempt(() => {
          if (!this.#hasTable) createTable(this.#use());
          this.#hasTable = true;
          this.model.step(this.#use(), this.#random);
        });
      }
      this.#database?.close();
      this.#database = null;
    }
  }

  #use(): SqliteDatabase {
    if (this.#database === null) {
      this.#database = new SqliteDatabase(
        this.#sqlite,
        this.#view(this.#disk),
      );
      this.#database.query(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      this.#look(this.#database, "open");
    }
    return this.#database;
  }

  #attempt(body: () => void): void {
    try {
      body();
    } catch (error) {
      if (this.#disk.isOff) return;
      const { name, code, retry } = error as Record<string, string>;
      if (name !== "HoldfastError") throw error;
      if (code === "STORE_FULL") {
        this.model.forgetPending();
        // Usable at once, and what was acknowledged can be read.
        if (this.#database !== null) this.#look(this.#database, code);
      } else if (retry === "same_key" && this.#database !== null) {
        this.#reopen();
      }
    }
  }

  #reopen(): void {
    try {
      this.#database!.reopen();
    } catch (error) {
      if ((error as Error).name !== "HoldfastError") throw error;
      // The device still fails; the till closes and tries anew at its next operation.
      this.#database!.close();
      this.#database = null;
      return;
    }
    this.#look(this.#database!, "reopen");
  }

  #look(database: SqliteDatabase, occasion: string): void {
    try {
      const verdict = this.model.check(database);
      if (verdict !== "right") this.finding ??= `${verdict} after ${occasion}`;
    } catch (error) {
      // A read may fail as well.
      if ((error as Error).name !== "HoldfastError") throw error;
    }
  }
}

/** Opens what is left and compares; a file that does not open is as bad as a lost row. */
export function judge(
  sqlite: Sqlite,
  disk: Disk,
  model: TillModel,
): Verdict | string {
  try {
    const database = new SqliteDatabase(sqlite, disk);
    try {
      return model.check(database);
    } finally {
      database.close();
    }
  } catch (error) {
    return `unopenable: ${(error as Error).message}`;
  }
}

/** Cuts the power at every operation of the scenario, each time with several outcomes. */
export function sweepCuts(
  sqlite: Sqlite,
  mutation: Mutation = {},
  medium: Medium = "posix",
): SweepReport {
  const view = viewOf(medium);
  const report: SweepReport = { runs: 0, struck: 0, findings: [] };
  for (let at = 1, isOver = false; !isOver; at++) {
    const disk = new SimDisk(mutation);
    disk.cutAt = at;
    const till = new Till(sqlite, disk, view);
    till.run();
    isOver = !disk.isOff;
    disk.switchOff();
    if (!isOver) report.struck++;
    for (const mode of ["none", "all", "random", "random"] as const) {
      report.runs++;
      const seed = at * 4 + report.runs;
      const rest = disk.afterCut(new Prng(seed), { ...CUT, mode });
      // The check adopts the operation under way, so each outcome needs a till of its own.
      const verdict = judge(sqlite, view(rest), till.model.copy());
      if (verdict !== "right") {
        report.findings.push(`cut at ${at}, ${mode}, seed ${seed}: ${verdict}`);
      }
    }
  }
  return report;
}

/**
 * Makes every operation fail, once and for good, and cuts the power afterwards; `isThorough`
 * tries three ways to end each run instead of one in turn.
 */
export function sweepFaults(
  sqlite: Sqlite,
  isThorough = false,
  medium: Medium = "posix",
): SweepReport {
  const report: SweepReport = { runs: 0, struck: 0, findings: [] };
  const view = viewOf(medium);
  const counts = countOperations(sqlite, view);
  for (const kind of FAULTS) {
    for (const isPersistent of [false, true]) {
      // One more than there are: what a fault provokes has operations of its own.
      const end = (counts.get(kind.operation) ?? 0) + 1;
      for (let at = 1; at <= end; at++) {
        const fault = { ...kind, at, isPersistent };
        const outcome = isThorough ? null : at % 3;
        runFault(sqlite, view, fault, outcome, report);
      }
    }
  }
  return report;
}

function countOperations(
  sqlite: Sqlite,
  view: MediumView,
): ReadonlyMap<Operation, number> {
  const disk = new SimDisk();
  new Till(sqlite, disk, view).run();
  return disk.counts;
}

function runFault(
  sqlite: Sqlite,
  view: MediumView,
  fault: Fault,
  outcomeIndex: number | null,
  report: SweepReport,
): void {
  const disk = new SimDisk();
  disk.fault = fault;
  const till = new Till(sqlite, disk, view);
  till.run();
  if (disk.faultCount > 0) report.struck++;
  disk.fault = null;
  const outcomes = {
    "no cut": (): SimDisk => disk.snapshot(),
    "cut, none": (): SimDisk =>
      disk.afterCut(new Prng(1), { ...CUT, mode: "none" }),
    "cut, random": (): SimDisk =>
      disk.afterCut(new Prng(fault.at), { ...CUT, mode: "random" }),
  };
  for (const [i, [name, outcome]] of Object.entries(outcomes).entries()) {
    if (outcomeIndex !== null && outcomeIndex !== i) continue;
    report.runs++;
    const verdict = judge(sqlite, view(outcome()), till.model.copy());
    const finding = till.finding ?? (verdict === "right" ? null : verdict);
    if (finding !== null) {
      report.findings.push(`${JSON.stringify(fault)}, ${name}: ${finding}`);
    }
  }
}
