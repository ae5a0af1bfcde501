/**
 * The power goes at every disk operation of every upgrade.
 *
 * Each run opens what an old release wrote on the simulated disk, loses power at one operation of
 * the opening and the migration, opens what is left and finishes the upgrade: every payment must
 * be there as it was, and the version must be one there is. `HOLDFAST_SOAK=1` tries every way to
 * end each run instead of one in turn.
 * @module
 */
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import type { Database } from "../../engine/ports.ts";
import { migrate, MIGRATIONS } from "../../engine/store/schema.ts";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { SqliteDatabase } from "../../hosts/sqlite/sqlite_database.ts";
import { contentOf } from "../contract/store_examples_contract.ts";
import { Prng } from "../sim/prng.ts";
import { SimDisk } from "../sim/sim_disk.ts";
import { SimFile } from "../sim/sim_file.ts";
import { fileOf, STORE_EXAMPLES } from "../stores/examples.ts";

const MODES = ["none", "all", "random"] as const;
/** Each runtime ends a run in a way of its own: the same worlds twice prove little. */
const TURN = "deno" in process.versions ? 0 : 1;

const sqlite = await loadSqlite();

type Upgrade = (database: Database) => void;

/** What came of cutting one upgrade at every operation. */
interface Report {
  /** Operations during which the power went. */
  struck: number;
  findings: string[];
}

function diskOf(file: Uint8Array): SimDisk {
  return new SimDisk({}, new Map([["main", new SimFile(file)]]));
}

/** Opens, does something and closes; a power cut in between leaves what it leaves. */
function withDatabase<T>(disk: SimDisk, body: (database: Database) => T): T {
  const database = new SqliteDatabase(sqlite, disk);
  try {
    return body(database);
  } finally {
    database.close();
  }
}

/** What is wrong with what a cut has left, or null. */
function judge(
  disk: SimDisk,
  to: number,
  expected: string,
  upgrade: Upgrade,
): string | null {
  try {
    return withDatabase(disk, (database) => {
      if (JSON.stringify(contentOf(database)) !== expected) return "changed";
      upgrade(database);
      const [[check]] = database.query("PRAGMA integrity_check(1)");
      if (check !== "ok") return "corrupt";
      const [[version]] = database.query("PRAGMA user_version");
      if (version !== to) return `version ${version}`;
      if (JSON.stringify(contentOf(database)) !== expected) return "lost";
      return null;
    });
  } catch (error) {
    return `unopenable: ${(error as Error).message}`;
  }
}

/** Cuts at every `step`-th operation of the upgrade of `file` to the version `to`. */
function sweep(
  file: Uint8Array,
  to: number,
  upgrade: Upgrade,
  step: number,
): Report {
  const expected = withDatabase(
    diskOf(file),
    (database) => JSON.stringify(contentOf(database)),
  );
  const report: Report = { struck: 0, findings: [] };
  for (let at = 1;; at += step) {
    const disk = diskOf(file);
    disk.cutAt = at;
    try {
      withDatabase(disk, upgrade);
    } catch (error) {
      if (!disk.isOff) throw error;
    }
    if (!disk.isOff) return report;
    report.struck++;
    for (const [i, mode] of MODES.entries()) {
      if (!process.env.HOLDFAST_SOAK && i !== (at + TURN) % MODES.length) {
        continue;
      }
      const rest = disk.afterCut(new Prng(at), {
        mode,
        noise: 0.1,
        sectorBytes: 512,
      });
      const finding = judge(rest, to, expected, upgrade);
      if (finding !== null) {
        report.findings.push(`at ${at}, ${mode}: ${finding}`);
      }
    }
  }
}

for (const example of STORE_EXAMPLES) {
  const { schema } = example;
  for (let to = schema + 1; to <= MIGRATIONS.length; to++) {
    // The way to the newest version leads through all others; they are looked at more coarsely.
    const step = to === MIGRATIONS.length || process.env.HOLDFAST_SOAK ? 1 : 5;
    test(`migrate() from ${schema} to ${to} keeps every payment through a cut at any operation`, async () => {
      const report = sweep(
        await fileOf(example),
        to,
        (database) => migrate(database, MIGRATIONS.slice(0, to)),
        step,
      );
      assert.deepEqual(report.findings, []);
      assert.ok(report.struck > 20 / step, `${report.struck} cuts`);
    });
  }
}

test("the sweep catches an upgrade whose statements commit one by one", async () => {
  const [example] = STORE_EXAMPLES;
  const report = sweep(
    await fileOf(example),
    MIGRATIONS.length,
    (database) =>
      migrate(
        new Proxy(database, {
          get: (target, key) => {
            if (key === "transaction") return (body: () => unknown) => body();
            const value = target[key as keyof Database] as unknown;
            return typeof value === "function" ? value.bind(target) : value;
          },
        }),
      ),
    3,
  );
  assert.ok(report.findings.length > 0);
});
