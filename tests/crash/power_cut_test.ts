/** Power cuts in simulation: none may lose what was acknowledged, and every mutant must. @module */
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { sweepCuts } from "../sim/disk_sweep.ts";
import { runPowerCuts } from "../sim/power_cut.ts";
import type { PowerCutOptions, PowerCutReport } from "../sim/power_cut.ts";

const sqlite = await loadSqlite();
// Two runtimes make 10,000. Each has seeds of its own: the same worlds twice prove little.
const CUT_COUNT = process.env.HOLDFAST_SOAK ? 500_000 : 5_000;
const SEED = "deno" in process.versions ? 1_000_000 : 2_000_000;
/** Enough for every mutant with several seeds; a right store survives them all. */
const MUTANT_CUT_COUNT = 4_000;

const harm = (report: PowerCutReport): number =>
  report.lost + report.torn + report.corrupt + report.unopenable;

test("SqliteDatabase keeps every acknowledged row through random power cuts", () => {
  const report = runPowerCuts(sqlite, { seed: SEED, cuts: CUT_COUNT });
  assert.deepEqual(report.failures, []);
  assert.equal(harm(report), 0);
  assert.ok(report.cuts >= CUT_COUNT);
  // The worlds must be worth something: work was done and recovery was cut too.
  assert.ok(report.commits > 5 * report.cuts, `${report.commits} commits`);
  assert.ok(report.recoveryCuts > report.cuts / 5);
});

test("OpfsDisk keeps every acknowledged row through random power cuts", () => {
  const report = runPowerCuts(sqlite, {
    seed: SEED + 500_000,
    cuts: CUT_COUNT / 5,
    medium: "opfs",
  });
  assert.deepEqual(report.failures, []);
  assert.ok(report.commits > 5 * report.cuts, `${report.commits} commits`);
});

for (const medium of ["posix", "opfs"] as const) {
  test(`SqliteDatabase keeps every acknowledged row when anything fails between power cuts, ${medium}`, () => {
    const report = runPowerCuts(sqlite, {
      seed: SEED + 800_000,
      cuts: CUT_COUNT / 10,
      faults: "any",
      medium,
    });
    assert.deepEqual(report.failures, []);
    assert.ok(report.commits > 4 * report.cuts, `${report.commits} commits`);
  });
}

// A flush of the file that names the log failed, so that only memory named the other one; the next
// opening emptied the log that the medium still named.
test("OpfsDisk keeps every acknowledged row in world 40001533", () => {
  const world = { seed: 40_001_533, cuts: 1, medium: "opfs" } as const;
  assert.deepEqual(runPowerCuts(sqlite, world).failures, []);
});

for (const medium of ["posix", "opfs"] as const) {
  test(`SqliteDatabase survives a power cut at every single disk operation, ${medium}`, () => {
    const report = sweepCuts(sqlite, {}, medium);
    assert.deepEqual(report.findings, []);
    assert.ok(report.struck > 250, `${report.struck} operations`);
  });
}

const MUTANTS: Readonly<Record<string, Partial<PowerCutOptions>>> = {
  "syncs that do nothing": { mutation: { ignoresSync: true } },
  "directory syncs that do nothing": {
    mutation: { ignoresDirectorySync: true },
  },
  "one sync that lies": { mutation: { lyingSync: 9 } },
  "a log that is read after a failed sync": {
    mutation: { ignoresRenewal: true },
  },
  "synchronous = NORMAL": { synchronous: "NORMAL" },
  // SQLITE_IOCAP_POWERSAFE_OVERWRITE, which SQLite's own unix VFS claims by default.
  "a claim of power-safe overwrite": { vfs: { deviceCharacteristics: 0x1000 } },
};

for (const [name, mutant] of Object.entries(MUTANTS)) {
  test(`runPowerCuts() catches ${name}`, () => {
    const report = runPowerCuts(sqlite, {
      seed: SEED,
      cuts: MUTANT_CUT_COUNT,
      stopsEarly: true,
      ...mutant,
    });
    assert.ok(harm(report) > 0, `survived ${report.cuts} cuts`);
  });
}

test("sweepCuts() catches syncs that do nothing", () => {
  assert.ok(sweepCuts(sqlite, { ignoresSync: true }).findings.length > 0);
});

test("sweepCuts() catches directory syncs that do nothing", () => {
  const mutation = { ignoresDirectorySync: true };
  assert.ok(sweepCuts(sqlite, mutation).findings.length > 0);
});

test("runPowerCuts() with one seed gives one result", () => {
  const once = runPowerCuts(sqlite, { seed: SEED, cuts: 60 });
  assert.deepEqual(runPowerCuts(sqlite, { seed: SEED, cuts: 60 }), once);
});
