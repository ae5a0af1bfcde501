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
import { makeSimOpfs } from "../sim_opfs.ts";
import { DrainWorld } from "./drain_world.ts";
import { SqliteStore } from "./sqlite_store.ts";

const SALES = 3;
const HOUR_MS = 3_600_000;

const core = await loadCore();
const sqlite = await loadSqlite();

type Medium = "posix" | "opfs";

/** A device with a queue whose disk is full from the `fullAt`-th growth on. */
class FullWorld {
  readonly disk = new SimDisk();
  readonly world: DrainWorld;

  constructor(hasReserve: boolean, medium: Medium = "posix") {
    const random = new Prng(5);
    const disk = medium === "posix" ? this.disk : makeSimOpfs(this.disk);
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
  async drain(fullAt: number): Promise<boolean> {
    this.disk.fullAt = this.disk.growthCount + fullAt;
    this.world.start();
    return await this.world.run(() => this.world.isDrained, HOUR_MS);
  }

  close(): void {
    this.world.drainers.forEach((drainer) => this.world.kill(drainer));
    (this.world.store as SqliteStore).database.close();
  }
}

/** Runs full at the 1st, 1 + step, … growth; returns how often before it no longer happened. */
async function sweep(medium: Medium, step: number): Promise<number> {
  for (let fullAt = 1, struck = 0;; fullAt += step, struck++) {
    const full = new FullWorld(true, medium);
    const { world, disk } = full;
    assert.ok(await full.drain(fullAt), `stands still, full at ${fullAt}`);
    world.checker.atEnd(false);
    assert.deepEqual(world.checker.violations, [], `full at ${fullAt}`);
    const counts = [...world.charges().values()];
    assert.deepEqual(counts, new Array(SALES).fill(1), `full at ${fullAt}`);
    if (disk.fullCount === 0) {
      full.close();
      return struck;
    }
    assertCode(() => checkRoom(full.freeBytes), "STORE_FULL");
    disk.capacityBytes = 1 << 30;
    checkRoom(full.freeBytes);
    world.sell();
    assert.ok(await full.drain(Infinity));
    full.close();
  }
}

test("a disk that runs full at any write lets outcomes be written, and refuses sales", async () => {
  const struck = await sweep("posix", 1);
  assert.ok(struck > 100, `the disk ran full ${struck} times`);
});

test("a browser's quota that is used up by any write does so too", async () => {
  const struck = await sweep("opfs", 4);
  assert.ok(struck > 25, `the quota was used up ${struck} times`);
});

test("without a reserve the same full disk stops forwarding", async () => {
  const full = new FullWorld(false);
  assert.equal(await full.drain(8), false);
  full.disk.capacityBytes = 1 << 30;
  assert.ok(await full.drain(Infinity), "and it goes on when there is room");
  full.close();
});
