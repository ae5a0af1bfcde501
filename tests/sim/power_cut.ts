/**
 * Power cuts under the real SQLite, VFS and database, on the simulated disk.
 *
 * Owns: the worlds. One world is one seed: up to three sessions on one disk, each ended by a
 * cut at a random operation, often followed by more cuts during recovery, and each checked
 * against the model. Any failure is replayed by its seed.
 * @module
 */
import { SqliteDatabase } from "../../hosts/sqlite/sqlite_database.ts";
import type { Sqlite } from "../../hosts/sqlite/load_sqlite.ts";
import type { VfsOptions } from "../../hosts/sqlite/mount.ts";
import { Prng } from "./prng.ts";
import { type Fault, type Mutation, SimDisk } from "./sim_disk.ts";
import type { CutOptions } from "./sim_file.ts";
import { type Medium, viewOf } from "./sim_opfs.ts";
import { createTable, TillModel, type Verdict } from "./till_model.ts";

/** What to simulate. */
export interface PowerCutOptions {
  /** First seed; world i has seed + i. */
  seed: number;
  /** Runs worlds until there were this many cuts. */
  cuts: number;
  /** Stops at the first failure, which is enough for a mutant. @default false */
  stopsEarly?: boolean;
  /** A broken disk. @default none */
  mutation?: Mutation;
  /** Whose files lie on the simulated medium. @default "posix" */
  medium?: Medium;
  /**
   * What fails beside the power, in every third session: a sync that loses what it should keep, or
   * any operation that changes something. @default "sync"
   */
  faults?: "sync" | "any";
  /** A VFS that claims too much. @default none */
  vfs?: VfsOptions;
  /** Another setting of `synchronous`. @default "FULL" */
  synchronous?: "FULL" | "NORMAL";
  /** Called after every world. @default nothing */
  onWorld?: (report: PowerCutReport) => void;
}

/** What came of it. */
export interface PowerCutReport {
  worlds: number;
  /** All cuts, those during recovery included. */
  cuts: number;
  recoveryCuts: number;
  /** Operations that were acknowledged. */
  commits: number;
  /** Reads, writes, syncs and so on. */
  diskOperations: number;
  lost: number;
  torn: number;
  corrupt: number;
  unopenable: number;
  /** Seed and finding of the first failures. */
  failures: string[];
}

const FAILURE_COUNT_MAX = 5;
const STEP_COUNT = 40;

const DROPPING_SYNC: Omit<Fault, "at" | "isPersistent"> = {
  operation: "sync",
  code: "EIO",
  isDropping: true,
};
const FAULTS: readonly Omit<Fault, "at" | "isPersistent">[] = [
  DROPPING_SYNC,
  { operation: "sync", code: "EIO" },
  { operation: "sync", code: "ENOSPC", isDropping: true },
  { operation: "write", code: "EIO", isShort: true },
  { operation: "write", code: "ENOSPC", isShort: true },
  { operation: "truncate", code: "EIO" },
  { operation: "sync_directory", code: "EIO" },
  { operation: "rename", code: "EIO" },
  { operation: "create", code: "EIO" },
];

/** A log that is folded back this often has its checkpoints cut too. */
const CHECKPOINT_PAGES = 12;

/** Runs worlds; see {@link PowerCutOptions}. */
export function runPowerCuts(
  sqlite: Sqlite,
  options: PowerCutOptions,
): PowerCutReport {
  const report: PowerCutReport = {
    worlds: 0,
    cuts: 0,
    recoveryCuts: 0,
    commits: 0,
    diskOperations: 0,
    lost: 0,
    torn: 0,
    corrupt: 0,
    unopenable: 0,
    failures: [],
  };
  for (let seed = options.seed; report.cuts < options.cuts; seed++) {
    new World(sqlite, seed, options, report).run();
    report.worlds++;
    options.onWorld?.(report);
    if (options.stopsEarly && report.failures.length > 0) break;
  }
  return report;
}

/** Everything that happens under one seed. */
class World {
  readonly #sqlite: Sqlite;
  readonly #seed: number;
  readonly #options: PowerCutOptions;
  readonly #report: PowerCutReport;
  readonly #random: Prng;
  readonly #model = new TillModel();
  readonly #cut: CutOptions;
  #disk: SimDisk;
  #database: SqliteDatabase | null = null;
  #isRight = true;

  constructor(
    sqlite: Sqlite,
    seed: number,
    options: PowerCutOptions,
    report: PowerCutReport,
  ) {
    this.#sqlite = sqlite;
    this.#seed = seed;
    this.#options = options;
    this.#report = report;
    this.#random = new Prng(seed);
    this.#disk = new SimDisk(options.mutation);
    this.#cut = {
      mode: "random",
      noise: this.#random.chance(0.5) ? 0.15 : 0,
      sectorBytes: this.#random.chance(0.5) ? 512 : 4096,
    };
  }

  run(): void {
    const sessionCount = 1 + this.#random.below(3);
    for (let i = 0; i < sessionCount && this.#isRight; i++) {
      this.#session();
      this.#cutPower();
      this.#cutRecovery();
      this.#recover();
      // A file that was closed, and one whose owner goes on after recovery.
      if (this.#random.chance(0.5)) this.#close();
    }
    this.#close();
    this.#report.commits += this.#model.commitCount;
  }

  #session(): void {
    const random = this.#random;
    const span = random.chance(0.3) ? 60 : 900;
    this.#disk.cutAt = this.#disk.operationCount + 1 + random.below(span);
    try {
      const database = this.#database ?? this.#open();
      createTable(database);
      if (random.chance(0.3)) this.#failOne();
      for (let i = 0; i < STEP_COUNT && this.#isRight; i++) this.#step();
      if (random.chance(0.5)) this.#close();
    } catch (error) {
      if (!this.#disk.isOff) throw error;
    }
  }

  /** One of the next operations fails, once. */
  #failOne(): void {
    const kinds = this.#options.faults === "any" ? FAULTS : [DROPPING_SYNC];
    // Drawn only where there is a choice: seeds of before play as they did.
    const kind = kinds.length === 1
      ? DROPPING_SYNC
      : kinds[this.#random.below(kinds.length)];
    const at = (this.#disk.counts.get(kind.operation) ?? 0) + 1 +
      this.#random.below(20);
    this.#disk.fault = { ...kind, at, isPersistent: false };
  }

  #step(): void {
    try {
      this.#model.step(this.#database ?? this.#open(), this.#random);
    } catch (error) {
      if (this.#disk.isOff || !isVerdict(error)) throw error;
      // Half of the tills reopen; the others die, and a new process finds the same page cache.
      if (this.#random.chance(0.5)) this.#database!.reopen();
      else {
        this.#close();
        this.#open();
      }
      this.#judge(this.#model.check(this.#database!));
      // What was looked up counts as acknowledged, so the next moment must not take it back.
      if (this.#random.chance(0.5)) {
        this.#disk.cutAt = this.#disk.operationCount + 1;
      }
    }
  }

  #open(): SqliteDatabase {
    const { vfs, synchronous = "FULL", medium = "posix" } = this.#options;
    const disk = viewOf(medium)(this.#disk);
    this.#database = new SqliteDatabase(this.#sqlite, disk, vfs);
    this.#database.query(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    if (synchronous !== "FULL") {
      this.#database.query(`PRAGMA synchronous = ${synchronous}`);
    }
    return this.#database;
  }

  #close(): void {
    this.#database?.close();
    this.#database = null;
  }

  #cutPower(): void {
    const { mode } = this.#cut;
    this.#disk.switchOff();
    this.#close();
    this.#report.cuts++;
    this.#report.diskOperations += this.#disk.operationCount;
    const dice = this.#random.fraction();
    this.#disk = this.#disk.afterCut(this.#random, {
      ...this.#cut,
      mode: dice < 0.1 ? "none" : dice < 0.2 ? "all" : mode,
    });
  }

  /** The power goes again while the file is opened, now and then more than once. */
  #cutRecovery(): void {
    const isFailing = this.#options.faults === "any";
    while (this.#random.chance(0.3)) {
      // An opening that fails, and a process that finds the same page cache.
      if (isFailing && this.#random.chance(0.5)) {
        this.#failOne();
        this.#tryOpening();
        this.#close();
      }
      this.#disk.cutAt = this.#disk.operationCount + 1 + this.#random.below(60);
      this.#tryOpening();
      this.#report.recoveryCuts++;
      this.#cutPower();
    }
  }

  /** A damaged file shows itself later, where it is counted. */
  #tryOpening(): void {
    try {
      this.#open();
    } catch (error) {
      if (!this.#disk.isOff && !isVerdict(error)) throw error;
    }
  }

  #recover(): void {
    try {
      this.#judge(this.#model.check(this.#open()));
    } catch (error) {
      if (!isVerdict(error)) throw error;
      this.#judge("unopenable");
    }
  }

  /** Counts the first thing that went wrong; the world ends with it. */
  #judge(verdict: Verdict | "unopenable"): void {
    if (verdict === "right" || !this.#isRight) return;
    this.#isRight = false;
    this.#report[verdict]++;
    if (this.#report.failures.length < FAILURE_COUNT_MAX) {
      this.#report.failures.push(`seed ${this.#seed}: ${verdict}`);
    }
  }
}

/** Whether the error is the database's own finding and no bug of the harness. */
function isVerdict(error: unknown): boolean {
  return (error as Error).name === "HoldfastError";
}
