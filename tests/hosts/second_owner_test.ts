/** A second owner that no lock keeps out: whoever is first stops before it acknowledges more. @module */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import test from "node:test";
import type { Database } from "../../engine/ports.ts";
import { FsDisk } from "../../hosts/posix/fs_disk.ts";
import { ForeignAccessError } from "../../hosts/sqlite/disk.ts";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { SqliteDatabase } from "../../hosts/sqlite/sqlite_database.ts";
import { assertCode } from "../contract/database_contract.ts";
import { makePlace } from "./_posix_place.ts";

const sqlite = await loadSqlite();

/** Opens as on a file system where the lock keeps nobody out. */
function openUnlocked(path: string): SqliteDatabase {
  return new SqliteDatabase(sqlite, new FsDisk(path, () => {}));
}

const insert = (database: Database, id: number): number =>
  database.transaction(() => database.execute("INSERT INTO t VALUES(?)", [id]));

const ids = (database: Database): unknown[] =>
  database.query("SELECT id FROM t ORDER BY id").map(([id]) => id);

/** What was found at the sync, beneath the errors that were made of it. */
function rootOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) {
    cause = cause.cause;
  }
  return cause;
}

/** A store with rows 1 to 3, some in the database and some in the log, whose owner lives. */
async function makeOwner(): Promise<
  { place: ReturnType<typeof makePlace>; first: Database }
> {
  const place = makePlace();
  const first = await place.open();
  first.execute("CREATE TABLE t(id INTEGER PRIMARY KEY)");
  insert(first, 1);
  first.purge();
  insert(first, 2);
  insert(first, 3);
  return { place, first };
}

/** Nothing is acknowledged any more, now and later, and closing writes nothing. */
function assertTripped(first: Database): void {
  const error = assertCode(() => insert(first, 4), "STORE_COMMIT_UNKNOWN");
  assert.ok(rootOf(error) instanceof ForeignAccessError, `${rootOf(error)}`);
  assertCode(() => insert(first, 5), "STORE_POISONED");
  assertCode(() => first.query("SELECT 1"), "STORE_POISONED");
}

test("transaction() of an owner acknowledges nothing once a second owner came past the lock", async () => {
  const { place, first } = await makeOwner();
  const second = openUnlocked(place.path);
  assert.deepEqual(ids(second), [1, 2, 3], "everything acknowledged");
  insert(second, 10);
  assertTripped(first);
  first.close();
  // It had the files to itself all the time.
  insert(second, 11);
  assert.deepEqual(ids(second), [1, 2, 3, 10, 11]);
  second.close();
  const later = await place.open();
  assert.deepEqual(ids(later), [1, 2, 3, 10, 11]);
  assert.equal(later.query("PRAGMA integrity_check")[0][0], "ok");
  later.close();
  place.remove();
});

test("transaction() of two owners in turn: each new one ends the one before", async () => {
  const { place, first } = await makeOwner();
  let owner = first;
  for (let i = 0; i < 3; i++) {
    const next = openUnlocked(place.path);
    insert(next, 20 + i);
    assertTripped(owner);
    owner.close();
    owner = next;
  }
  assert.deepEqual(ids(owner), [1, 2, 3, 20, 21, 22]);
  owner.close();
  place.remove();
});

const NATIVE = `
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
store.execute("INSERT INTO t VALUES(100)")
print(store.execute("SELECT count(*) FROM t").fetchone()[0], flush=True)
if sys.argv[2] == "close": store.close()
else:
  import os, signal
  os.kill(os.getpid(), signal.SIGKILL)
`;

for (const end of ["close", "die"]) {
  test(`transaction() of an owner acknowledges nothing once a native SQLite wrote, to ${end}`, async () => {
    const { place, first } = await makeOwner();
    const { stdout, stderr } = spawnSync(
      "python3",
      ["-c", NATIVE, place.path, end],
      { encoding: "utf8" },
    );
    // It was not kept out: it saw the rows and wrote another one.
    assert.equal(stdout, "4\n", stderr);
    assertTripped(first);
    first.close();
    // Where it died, its file tells so until a person has looked.
    const trace = `${place.path}-shm`;
    if (existsSync(trace)) {
      await assert.rejects(place.open(), { code: "STORE_FOREIGN_ACCESS" });
      rmSync(trace);
    }
    const later = await place.open();
    assert.deepEqual(ids(later).slice(0, 3), [1, 2, 3]);
    later.close();
    place.remove();
  });
}
