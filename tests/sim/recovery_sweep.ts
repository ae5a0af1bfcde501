/**
 * The opening of a store whose owner died, broken twice.
 *
 * Owns: exhaustiveness of recovery. Every disk operation of one opening fails; the next process finds
 * the same page cache, and the power goes at every operation of its opening. What the medium then
 * holds is opened and compared.
 * @module
 */
import type { Sqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { SqliteDatabase } from "../../hosts/sqlite/sqlite_database.ts";
import { judge, type SweepReport } from "./disk_sweep.ts";
import { Prng } from "./prng.ts";
import {
  type Fault,
  type Mutation,
  type Operation,
  SimDisk,
} from "./sim_disk.ts";
import { type Medium, type MediumView, viewOf } from "./sim_opfs.ts";
import { createTable, TillModel } from "./till_model.ts";

/** Which operations of the first opening fail, one at a time. */
export type OpeningFault = Omit<Fault, "at" | "isPersistent">;

/** What is swept. */
export interface RecoverySweepOptions {
  medium: Medium;
  faults: readonly OpeningFault[];
  /** A broken disk. @default none */
  mutation?: Mutation;
}

/** A disk as a killed owner left it, and what must be on it. */
interface Estate {
  disk: SimDisk;
  model: TillModel;
}

const CHANGES: readonly Operation[] = [
  "create",
  "write",
  "truncate",
  "sync",
  "sync_directory",
  "remove",
  "rename",
];
const STEP_COUNT = 5;
const SEED = 7;
/** Two estates: the log of a browser's store is in one file, then in the other. */
const ESTATE_COUNT = 2;
const OUTCOMES = ["none", "random", "random"] as const;

/** Breaks recovery; see {@link RecoverySweepOptions}. */
export function sweepRecovery(
  sqlite: Sqlite,
  options: RecoverySweepOptions,
): SweepReport {
  const report: SweepReport = { runs: 0, struck: 0, findings: [] };
  const view = viewOf(options.medium);
  const sweep = new RecoverySweep(sqlite, view, report);
  for (
    const [i, estate] of makeEstates(sqlite, view, options.mutation).entries()
  ) {
    for (const fault of options.faults) sweep.run(estate, fault, `log ${i}`);
    // A mutant is caught by one.
    if (options.mutation && report.findings.length > 0) break;
  }
  return report;
}

function makeEstates(
  sqlite: Sqlite,
  view: MediumView,
  mutation?: Mutation,
): Estate[] {
  const random = new Prng(SEED);
  const model = new TillModel();
  let disk = new SimDisk(mutation);
  return Array.from({ length: ESTATE_COUNT }, () => {
    const owner = disk.snapshot();
    const database = new SqliteDatabase(sqlite, view(owner));
    createTable(database);
    for (let i = 0; i < STEP_COUNT; i++) model.step(database, random);
    disk = owner.snapshot();
    owner.switchOff();
    database.close();
    return { disk, model: model.copy() };
  });
}

class RecoverySweep {
  readonly #sqlite: Sqlite;
  readonly #view: MediumView;
  readonly #report: SweepReport;

  constructor(
    sqlite: Sqlite,
    view: MediumView,
    report: SweepReport,
  ) {
    this.#sqlite = sqlite;
    this.#view = view;
    this.#report = report;
  }

  /** Fails each operation of the fault's kind, until there is none left to fail. */
  run(estate: Estate, fault: OpeningFault, name: string): void {
    for (let at = 1, hasStruck = true; hasStruck; at++) {
      const make = (): SimDisk => {
        const disk = estate.disk.snapshot();
        disk.fault = { ...fault, at, isPersistent: false };
        this.#open(disk);
        hasStruck = disk.faultCount > 0;
        disk.fault = null;
        return disk;
      };
      const where = `${name}, ${fault.operation} ${at} failed`;
      this.#cutEverywhere(make, estate.model, where);
      if (hasStruck) this.#report.struck++;
    }
  }

  /** Opens what `make` gives and cuts the power at every operation of that. */
  #cutEverywhere(make: () => SimDisk, model: TillModel, where: string): void {
    let changesBefore = -1;
    for (let cut = 1, isOver = false; !isOver; cut++) {
      const disk = make();
      disk.cutAt = disk.operationCount + cut;
      this.#open(disk);
      isOver = !disk.isOff;
      disk.switchOff();
      // Cut while it reads, the disk is as it was one operation before.
      const changes = countChanges(disk);
      if (changes === changesBefore) continue;
      changesBefore = changes;
      for (const [i, mode] of OUTCOMES.entries()) {
        this.#report.runs++;
        const random = new Prng(SEED + cut * OUTCOMES.length + i);
        const rest = disk.afterCut(random, {
          ...{ mode, noise: 0.7, sectorBytes: 512 },
        });
        const verdict = judge(this.#sqlite, this.#view(rest), model.copy());
        if (verdict === "right") continue;
        this.#report.findings.push(`${where}, cut at ${cut}, ${i}: ${verdict}`);
      }
    }
  }

  /** Opens and closes; a disk that fails is what this is about. */
  #open(disk: SimDisk): void {
    try {
      new SqliteDatabase(this.#sqlite, this.#view(disk)).close();
    } catch (error) {
      if (!disk.isOff && (error as Error).name !== "HoldfastError") throw error;
    }
  }
}

function countChanges({ counts }: SimDisk): number {
  return CHANGES.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
}
