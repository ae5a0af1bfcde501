/**
 * A medium that spoils the log after it was synced: refused, and never taken for a power cut.
 * The other direction, that no power cut is refused, is every other test in this folder, too.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { findSpoiledFrame } from "../../hosts/sqlite/log_check.ts";
import { SqliteDatabase } from "../../hosts/sqlite/sqlite_database.ts";
import { Prng } from "../sim/prng.ts";
import { SimDisk } from "../sim/sim_disk.ts";
import { bodyOf, createTable } from "../sim/till_model.ts";

const sqlite = await loadSqlite();
const HEADER = 32;
const FRAME = 24 + 4096;
const COMMIT_COUNT = 5;

/** A till that was killed: its disk, its log, and the log as it was before the newest commit. */
interface KilledTill {
  disk: SimDisk;
  log: Uint8Array;
  before: Uint8Array;
  /** The last frame of each commit, its padding included. */
  ends: number[];
}

function bytesOf(disk: SimDisk, role: "wal" | "main"): Uint8Array {
  const file = disk.open(role, false);
  const bytes = new Uint8Array(file.byteLength());
  file.read(bytes, 0);
  return bytes;
}

function insert(database: SqliteDatabase, id: number): void {
  const row = [id, bodyOf(id, 6000)];
  database.execute("INSERT INTO item VALUES(?, 0, ?)", row);
}

/** Frames of the log's own round; those of an earlier one may lie behind them. */
function lastFrame(log: Uint8Array): number {
  const salts = log.subarray(16, 24);
  const isOwn = (frame: number): boolean =>
    salts.every((byte, i) => log[HEADER + frame * FRAME + 8 + i] === byte);
  let frame = 0;
  while (isOwn(frame)) frame++;
  return frame;
}

/** `old` commits are folded in before; their frames lie behind the end of the log. */
function killTill(old: number): KilledTill {
  const disk = new SimDisk();
  const database = new SqliteDatabase(sqlite, disk);
  createTable(database);
  for (let i = 0; i < old; i++) insert(database, 100 + i);
  database.query(`PRAGMA wal_checkpoint(${old > 0 ? "RESTART" : "TRUNCATE"})`);
  const ends: number[] = [];
  let before = new Uint8Array(0);
  for (let id = 1; id <= COMMIT_COUNT; id++) {
    before = bytesOf(disk, "wal") as Uint8Array<ArrayBuffer>;
    insert(database, id);
    ends.push(lastFrame(bytesOf(disk, "wal")));
  }
  return { disk, log: bytesOf(disk, "wal"), before, ends };
}

/** The till's disk with another log. */
function withLog({ disk }: KilledTill, log: Uint8Array): SimDisk {
  const copy = disk.snapshot();
  const file = copy.open("wal", false);
  file.truncate(0);
  file.write(log, 0);
  return copy;
}

/** `refused`, or how many of the commits are there. */
function openOn(disk: SimDisk): "refused" | number {
  try {
    const database = new SqliteDatabase(sqlite, disk);
    const sql = "SELECT count(*) FROM item WHERE id < 100";
    const [[count]] = database.query(sql);
    database.close();
    return count as number;
  } catch (error) {
    assert.equal((error as { code?: string }).code, "STORE_CORRUPT");
    return "refused";
  }
}

/** Ways a medium spoils the frame that begins at `at`. */
const ROT: Readonly<Record<string, (log: Uint8Array, at: number) => void>> = {
  "a bit of a page": (log, at) => (log[at + 24 + 1000] ^= 4),
  "a page number": (log, at) => (log[at + 3] ^= 1),
  "a commit mark": (log, at) => (log[at + 7] ^= 1),
  "salts": (log, at) => (log[at + 9] ^= 1),
  "a checksum": (log, at) => (log[at + 20] ^= 1),
  "a sector": (log, at) => log.fill(0xa5, at + 512, at + 1024),
  "a block": (log, at) => log.fill(0, at & ~4095, (at & ~4095) + 4096),
};

for (const [name, spoil] of Object.entries(ROT)) {
  test(`SqliteDatabase() refuses a log with ${name} spoiled, whichever it is`, () => {
    for (const old of [0, 8]) {
      const till = killTill(old);
      assert.equal(openOn(withLog(till, till.log)), COMMIT_COUNT);
      // Behind the commit before the newest one nothing proves what had been synced.
      const provenEnd = till.ends[COMMIT_COUNT - 3];
      for (let frame = 1; frame <= till.ends[COMMIT_COUNT - 1]; frame++) {
        const log = till.log.slice();
        spoil(log, HEADER + (frame - 1) * FRAME);
        const found = openOn(withLog(till, log));
        if (frame <= provenEnd) assert.equal(found, "refused", `${frame}`);
        else {
          assert.ok(
            found === "refused" || found >= COMMIT_COUNT - 2,
            `frame ${frame}: ${found}`,
          );
        }
      }
    }
  });
}

test("SqliteDatabase() that refuses a log changes neither it nor the database", () => {
  const till = killTill(0);
  const log = till.log.slice();
  log[HEADER + 1000] ^= 1;
  const disk = withLog(till, log);
  const main = bytesOf(disk, "main");
  for (let i = 0; i < 3; i++) assert.equal(openOn(disk), "refused");
  assert.deepEqual(bytesOf(disk, "wal"), log);
  assert.deepEqual(bytesOf(disk, "main"), main);
});

test("SqliteDatabase() refuses a log whose header is spoiled and whose pages the database lacks", () => {
  for (const old of [0, 8]) {
    const till = killTill(old);
    for (let byte = 0; byte < HEADER; byte++) {
      const log = till.log.slice();
      log[byte] ^= 1;
      assert.equal(openOn(withLog(till, log)), "refused", `byte ${byte}`);
    }
    const log = till.log.slice();
    log.fill(0, 0, 4096);
    assert.equal(openOn(withLog(till, log)), "refused", "the first block");
  }
});

test("SqliteDatabase() opens a log whose header was torn when it was begun anew", () => {
  const till = killTill(8);
  // SQLite writes the next header once everything is in the database.
  const main = foldedMain(till);
  for (const damage of [4, 32, 512, 4096]) {
    const log = till.log.slice();
    for (let i = 0; i < damage; i++) log[i] ^= 0x5a;
    const disk = withLog(till, log);
    disk.open("main", false).write(main, 0);
    assert.equal(openOn(disk), COMMIT_COUNT, `${damage} bytes`);
  }
});

/** The database with all of the till's log in it. */
function foldedMain(till: KilledTill): Uint8Array {
  const disk = withLog(till, till.log);
  new SqliteDatabase(sqlite, disk).close();
  return bytesOf(disk, "main");
}

test("findSpoiledFrame() takes every way to lose frames of the newest commit for a power cut", () => {
  let count = 0;
  for (const old of [0, 8]) {
    const till = killTill(old);
    const first = till.ends[COMMIT_COUNT - 2];
    const frames = till.ends[COMMIT_COUNT - 1] - first;
    const random = new Prng(7);
    for (let lost = 1; lost < 2 ** frames; lost++) {
      for (const kind of ["zeroes", "old", "noise"] as const) {
        const log = till.log.slice();
        for (let i = 0; i < frames; i++) {
          if ((lost & (1 << i)) === 0) continue;
          const from = HEADER + (first + i) * FRAME;
          // Half of them lose only a part, whose bounds a sector of the medium sets.
          const [head, tail] = random.chance(0.5)
            ? [0, FRAME]
            : [random.below(9) * 512, FRAME];
          for (let at = from + head; at < from + tail; at++) {
            log[at] = kind === "zeroes"
              ? 0
              : kind === "old"
              ? till.before[at] ?? 0
              : random.below(256);
          }
        }
        assert.equal(findSpoiledFrame(log, never), null, `${old} ${lost}`);
        count++;
      }
    }
  }
  assert.ok(count > 300, `${count} ways`);
});

function never(): Uint8Array {
  throw new Error("the header is whole");
}
