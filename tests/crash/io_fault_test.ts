/** Failing disks: an error before any acknowledgement, and nothing lost afterwards. @module */
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { SqliteDatabase } from "../../hosts/sqlite/sqlite_database.ts";
import { assertCode, testDatabase } from "../contract/database_contract.ts";
import { sweepFaults } from "../sim/disk_sweep.ts";
import { Prng } from "../sim/prng.ts";
import { type Fault, SimDisk } from "../sim/sim_disk.ts";

const sqlite = await loadSqlite();

testDatabase("SimDisk", () => {
  const disk = new SimDisk();
  return {
    open: () =>
      Promise.resolve().then(() => new SqliteDatabase(sqlite, disk.hold())),
    rawBytes: () => disk.bytes(),
    remove: () => {},
  };
}, { isDurable: true, isPersistent: true, isSettled: true, isThere: true });

for (const medium of ["posix", "opfs"] as const) {
  test(`SqliteDatabase lives through every disk error, once and for good, ${medium}`, () => {
    const isThorough = Boolean(process.env.HOLDFAST_SOAK);
    const report = sweepFaults(sqlite, isThorough, medium);
    assert.deepEqual(report.findings, []);
    assert.ok(report.struck > 1_500, `${report.struck} faults struck`);
  });
}

/** A table with one row, and the disk it is on. */
function makeStore(): { disk: SimDisk; database: SqliteDatabase } {
  const disk = new SimDisk();
  const database = new SqliteDatabase(sqlite, disk);
  database.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, body BLOB)");
  database.execute("INSERT INTO t VALUES(1, NULL)");
  return { disk, database };
}

/** Makes the next operation of this kind fail. */
function failNext(
  disk: SimDisk,
  fault: Omit<Fault, "at" | "isPersistent">,
  isPersistent = false,
): void {
  const at = (disk.counts.get(fault.operation) ?? 0) + 1;
  disk.fault = { ...fault, at, isPersistent };
}

const insert = (database: SqliteDatabase): void =>
  database.transaction(() => {
    database.execute("INSERT INTO t VALUES(2, NULL)");
  });

test("transaction() answers STORE_COMMIT_UNKNOWN when its sync fails, and poisons", () => {
  const { disk, database } = makeStore();
  failNext(disk, { operation: "sync", code: "EIO", isDropping: true });
  const error = assertCode(() => insert(database), "STORE_COMMIT_UNKNOWN");
  assert.equal(error.retry, "same_key");
  assertCode(() => database.query("SELECT 1"), "STORE_POISONED");
  assertCode(() => database.execute("DELETE FROM t"), "STORE_POISONED");
  assertCode(() => database.transaction(() => 1), "STORE_POISONED");
  database.reopen();
  const rows = database.query("SELECT id FROM t");
  // Reading the outcome made it durable: a power cut cannot change it any more.
  disk.switchOff();
  const rest = disk.afterCut(new Prng(1), {
    mode: "none",
    noise: 0,
    sectorBytes: 512,
  });
  const later = new SqliteDatabase(sqlite, rest);
  assert.deepEqual(later.query("SELECT id FROM t"), rows);
  later.close();
  database.close();
});

test("transaction() on a full disk leaves the outcome open until reopen() tells", () => {
  const { disk, database } = makeStore();
  failNext(disk, { operation: "write", code: "ENOSPC" });
  assertCode(() => insert(database), "STORE_COMMIT_UNKNOWN");
  disk.fault = null;
  database.reopen();
  assert.deepEqual(database.query("SELECT id FROM t"), [[1]]);
  insert(database);
  assert.deepEqual(database.query("SELECT id FROM t"), [[1], [2]]);
  database.close();
});

test("reopen() on a disk that stays full reads, refuses to write, and recovers", () => {
  const { disk, database } = makeStore();
  failNext(disk, { operation: "write", code: "ENOSPC" }, true);
  assertCode(() => insert(database), "STORE_COMMIT_UNKNOWN");
  database.reopen();
  assert.deepEqual(database.query("SELECT id FROM t"), [[1]]);
  assertCode(() => insert(database), "STORE_FULL");
  assertCode(() => database.execute("DELETE FROM t"), "STORE_FULL");
  assert.deepEqual(database.query("SELECT id FROM t"), [[1]]);
  disk.fault = null;
  insert(database);
  assert.deepEqual(database.query("SELECT id FROM t"), [[1], [2]]);
  database.close();
});

test("reopen() after a failed sync refuses to read from a log it cannot trust", () => {
  const { disk, database } = makeStore();
  failNext(disk, { operation: "sync", code: "EIO", isDropping: true });
  assertCode(() => insert(database), "STORE_COMMIT_UNKNOWN");
  failNext(disk, { operation: "write", code: "ENOSPC" }, true);
  assert.equal(
    assertCode(() => database.reopen(), "STORE_IO").retry,
    "same_key",
  );
  assertCode(() => database.query("SELECT 1"), "STORE_POISONED");
  disk.fault = null;
  database.reopen();
  assert.equal(database.query("SELECT id FROM t")[0][0], 1);
  database.close();
});

test("a body that swallows a full disk cannot commit what is left of it", () => {
  const { disk, database } = makeStore();
  database.query("PRAGMA cache_size = 10");
  failNext(disk, { operation: "write", code: "ENOSPC" });
  const big = new Uint8Array(200_000);
  assertCode(() =>
    database.transaction(() => {
      // Larger than the page cache, so that pages spill before the commit.
      assertCode(
        () => database.execute("INSERT INTO t VALUES(3, ?)", [big]),
        "STORE_FULL",
      );
      database.execute("INSERT INTO t VALUES(4, NULL)");
    }), "STORE_FULL");
  assert.deepEqual(database.query("SELECT id FROM t"), [[1]]);
  insert(database);
  database.close();
});

test("close() on a poisoned database writes nothing and lets the disk go", () => {
  const { disk, database } = makeStore();
  failNext(disk, { operation: "sync", code: "EIO", isDropping: true });
  assertCode(() => insert(database), "STORE_COMMIT_UNKNOWN");
  const writes = disk.counts.get("write");
  database.close();
  assert.equal(disk.counts.get("write"), writes);
  disk.hold();
});
