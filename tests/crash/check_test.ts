/** When every page is read: in a short store after a kill, in a long one when it is asked for. @module */
import assert from "node:assert/strict";
import test from "node:test";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { SqliteDatabase } from "../../hosts/sqlite/sqlite_database.ts";
import { SimDisk } from "../sim/sim_disk.ts";
import { assertCode } from "../contract/database_contract.ts";

const sqlite = await loadSqlite();
const PAGE = 4096;

/** A store of some `megabytes` whose owner was killed with a commit in the log. */
function killed(megabytes: number): SimDisk {
  const disk = new SimDisk();
  const database = new SqliteDatabase(sqlite, disk);
  database.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, body BLOB)");
  database.execute("CREATE TABLE other(a)");
  const rows = `WITH RECURSIVE row(n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM row LIMIT ?)
    INSERT INTO t SELECT n, zeroblob(3000) FROM row`;
  database.execute(rows, [megabytes * 256]);
  database.purge();
  database.execute("INSERT INTO other VALUES(1)");
  return disk.snapshot();
}

/** Pages that opening reads. */
function readsAtOpening(disk: SimDisk): number {
  new SqliteDatabase(sqlite, disk).close();
  return disk.counts.get("read")!;
}

/** Spoils a page in the middle, which opening has no other reason to read. */
function spoil(disk: SimDisk): void {
  const file = disk.open("main", false);
  const page = Math.floor(file.byteLength() / PAGE / 2);
  file.write(new Uint8Array(PAGE).fill(0xa5), page * PAGE);
}

test("SqliteDatabase() after a kill reads all of a short store and little of a long one", () => {
  assert.ok(readsAtOpening(killed(2)) > 500);
  const long = killed(40);
  assert.ok(readsAtOpening(long) < 50, `${long.counts.get("read")} pages`);
});

test("SqliteDatabase() after a kill refuses a short store with a damaged page", () => {
  const disk = killed(2);
  spoil(disk);
  assertCode(() => new SqliteDatabase(sqlite, disk), "STORE_CORRUPT");
});

test("check() finds the damaged page of a long store, and nothing in a whole one", () => {
  const disk = killed(40);
  const whole = new SqliteDatabase(sqlite, disk.snapshot());
  whole.check();
  whole.close();
  spoil(disk);
  const database = new SqliteDatabase(sqlite, disk);
  assertCode(() => database.check(), "STORE_CORRUPT");
  assert.deepEqual(database.query("SELECT a FROM other"), [[1]]);
  database.close();
});
