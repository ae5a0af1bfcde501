/**
 * A browser's store that a release of before opens between two openings by this one, and one that
 * it leaves behind.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import type { Disk } from "../../hosts/sqlite/disk.ts";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { SqliteDatabase } from "../../hosts/sqlite/sqlite_database.ts";
import { Prng } from "../sim/prng.ts";
import { SimDisk } from "../sim/sim_disk.ts";
import { makeSimOpfs, SimQuota } from "../sim/sim_opfs.ts";
import { createTable, TillModel } from "../sim/till_model.ts";

const sqlite = await loadSqlite();

/** A disk that outlives its owners, and what must be on it. */
class Store {
  readonly model = new TillModel();
  readonly #random: Prng;
  #disk = new SimDisk();

  constructor(seed: number) {
    this.#random = new Prng(seed);
  }

  /** Opens, compares, sells and is killed, so that a log stays. */
  sell(release: (disk: SimDisk) => Disk, what: string): void {
    const owner = this.#disk.snapshot();
    const database = new SqliteDatabase(sqlite, release(owner));
    assert.equal(this.model.check(database), "right", what);
    createTable(database);
    for (let i = 0; i < 5; i++) this.model.step(database, this.#random);
    this.#disk = owner.snapshot();
    owner.switchOff();
    database.close();
  }

  /** Opens and compares. */
  check(release: (disk: SimDisk) => Disk, what: string): void {
    const database = new SqliteDatabase(sqlite, release(this.#disk));
    assert.equal(this.model.check(database), "right", what);
    database.close();
  }

  /** Sets the file `place`, as it was left. */
  setPlace(bytes: Uint8Array): void {
    const place = this.#disk.provide("place");
    place.truncate(0);
    place.write(bytes, 0);
  }
}

const current = (disk: SimDisk): Disk => makeSimOpfs(disk);

/** The release of before: one byte names the log, and nothing else is read or written. */
function older(disk: SimDisk): Disk {
  const opfs = makeSimOpfs(disk);
  const place = disk.provide("place");
  const logs = [disk.provide("log-0"), disk.provide("log-1")];
  const index = (): number => {
    const byte = new Uint8Array(1);
    place.read(byte, 0);
    return byte[0] === 1 ? 1 : 0;
  };
  const log = (): (typeof logs)[number] => logs[index()];
  const open = opfs.open.bind(opfs);
  const exists = opfs.exists.bind(opfs);
  const remove = opfs.remove.bind(opfs);
  return Object.assign(opfs, {
    open: (...[role, isCreating]: Parameters<Disk["open"]>) =>
      role === "wal" ? log() : open(role, isCreating),
    exists: (...[role]: Parameters<Disk["exists"]>) =>
      role === "wal" ? log().byteLength() > 0 : exists(role),
    remove: (...[role]: Parameters<Disk["remove"]>) =>
      role === "wal" ? log().truncate(0) : remove(role),
    renew: () => {
      const from = log();
      const other = 1 - index();
      const bytes = new Uint8Array(from.byteLength());
      from.read(bytes, 0);
      logs[other].truncate(0);
      logs[other].write(bytes, 0);
      logs[other].sync();
      place.write(Uint8Array.of(other), 0);
      place.sync();
      from.truncate(0);
      from.sync();
    },
  });
}

test("OpfsDisk keeps every row of a store that a release of before opens between its own openings", () => {
  const releases = { current, older };
  const turns = ["current", "current", "older", "current", "older"] as const;
  for (let start = 0; start < turns.length; start++) {
    const store = new Store(start);
    for (let i = 0; i < 2 * turns.length; i++) {
      const release = turns[(start + i) % turns.length];
      store.sell(releases[release], `from ${start}, ${i}: ${release}`);
    }
    store.sell(current, `from ${start}, at the end`);
  }
});

test("OpfsDisk with a used-up quota opens a store of a release of before, whose place has 0, 1 or 9 bytes", () => {
  for (const length of [0, 1, 9]) {
    const store = new Store(length);
    store.sell(older, "the first");
    store.setPlace(new Uint8Array(length));
    const quota = new SimQuota();
    quota.isFull = true;
    store.check((disk) => makeSimOpfs(disk, quota), `place of ${length}`);
    store.sell(current, "when there is room again");
  }
});
