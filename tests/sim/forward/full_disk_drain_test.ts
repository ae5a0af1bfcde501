/**
 * The disk runs full at every write that needs room, while a queue is forwarded.
 *
 * The forwarder runs over real SQLite and the simulated disk. With the reserve every outcome is
 * written all the same, no sale is taken until there is room again; without it forwarding would
 * stand still, which is what the last test is for.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import { loadCore } from "../../../bindings/mod.ts";
import { checkRoom } from "../../../engine/limits.ts";
import { loadSqlite } from "../../../hosts/sqlite/load_sqlite.ts";
import { assertCode } from "../../contract/database_contract.ts";
import { Prng } from "../prng.ts";
import { SimDisk } from "../sim_disk.ts";
import { makeSimOpfs, SimQuota } from "../sim_opfs.ts";
import { DrainWorld } from "./drain_world.ts";
import { SqliteStore } from "./sqlite_store.ts";

const SALES = 3;
const HOUR_MS = 3_600_000;

const core = await loadCore();
const sqlite = await loadSqlite();

/** A device with a queue whose disk is full from a write on. */
class FullWorld {
  readonly disk = new SimDisk();
  readonly world: DrainWorld;

  /** With a `quota` it is a browser's disk. */
  constructor(hasReserve: boolean, quota: SimQuota | null = null) {
    const random = new Prng(5);
    const disk = quota === null ? this.disk : makeSimOpfs(this.disk, quota);
    this.world = new DrainWorld(
      core,
      5,
      (nowMs) => new SqliteStore({ core, sqlite, disk, random, nowMs }),
    );
    for (let i = 0; i < SALES; i++) this.world.sell();
    if (hasReserve) checkRoom(this.freeBytes);
  }

  /** As a sale asks, which sets the reserve aside. */
  get freeBytes(): number | null {
    return (this.world.store as SqliteStore).database.freeBytes();
  }

  /** Forwards for at most an hour; returns whether the queue is empty. */
  async drain(): Promise<boolean> {
    this.world.start();
    return await this.world.run(() => this.world.isDrained, HOUR_MS);
  }

  close(): void {
    this.world.drainers.forEach((drainer) => this.world.kill(drainer));
    (this.world.store as SqliteStore).database.close();
  }
}

/** What must hold after a drain, however full the disk is. */
function assertForwarded({ world }: FullWorld, what: string): void {
  world.checker.atEnd({ isCalm: false });
  assert.deepEqual(world.checker.violations, [], what);
  const counts = [...world.charges().values()];
  assert.deepEqual(counts, counts.map(() => 1), what);
  assert.equal(counts.length, world.sales.length, what);
}

test("a disk that runs full at any write lets outcomes be written, and refuses sales", async () => {
  for (let fullAt = 1;; fullAt++) {
    const full = new FullWorld(true);
    const { world, disk } = full;
    disk.fullAt = disk.growthCount + fullAt;
    assert.ok(await full.drain(), `stands still, full at ${fullAt}`);
    assertForwarded(full, `full at ${fullAt}`);
    if (disk.fullCount === 0) {
      full.close();
      assert.ok(fullAt > 100, `the disk ran full ${fullAt - 1} times`);
      return;
    }
    assertCode(() => checkRoom(full.freeBytes), "STORE_FULL");
    disk.capacityBytes = 1 << 30;
    checkRoom(full.freeBytes);
    world.sell();
    assert.ok(await full.drain());
    full.close();
  }
});

test("a browser's quota that is used up by any write does not stop forwarding", async () => {
  for (let fullAt = 1;; fullAt += 5) {
    const quota = new SimQuota();
    const full = new FullWorld(true, quota);
    quota.fullAt = quota.writeCount + fullAt;
    assert.ok(await full.drain(), `stands still, full at ${fullAt}`);
    assertForwarded(full, `full at ${fullAt}`);
    full.close();
    if (quota.isFull) continue;
    assert.ok(fullAt > 100, `there were ${fullAt} writes`);
    return;
  }
});

test("a browser's store that has grown into its last room refuses sales and forwards", async () => {
  const quota = new SimQuota();
  const full = new FullWorld(true, quota);
  const { database } = full.world.store as SqliteStore;
  quota.isFull = true;
  for (let i = 0; (full.freeBytes ?? 0) >= 0; i++) {
    assert.ok(i < 100, "there is no end of room");
    database.execute(
      "INSERT INTO meta(key, value) VALUES(?, zeroblob(90000))",
      [
        `filler ${i}`,
      ],
    );
    assert.equal(database.purge(), true);
  }
  assertCode(() => checkRoom(full.freeBytes), "STORE_FULL");
  assert.ok(await full.drain());
  assertForwarded(full, "after the refusal");
  quota.isFull = false;
  checkRoom(full.freeBytes);
  full.close();
});

test("without a reserve the same full disk stops forwarding", async () => {
  const full = new FullWorld(false);
  full.disk.fullAt = full.disk.growthCount + 8;
  assert.equal(await full.drain(), false);
  full.disk.capacityBytes = 1 << 30;
  assert.ok(await full.drain(), "and it goes on when there is room");
  full.close();
});
