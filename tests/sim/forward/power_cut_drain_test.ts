/**
 * Whole worlds: the forwarder over real SQLite on a disk whose power goes, and comes back.
 *
 * Sales are sealed and opened for real. The power goes at a drawn disk operation, in the middle of
 * a sale, of a step or of recovery; whatever was acknowledged must be there afterwards, and be
 * charged once.
 * @module
 */
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { loadCore } from "../../../bindings/mod.ts";
import { loadSqlite } from "../../../hosts/sqlite/load_sqlite.ts";
import { Prng } from "../prng.ts";
import { type Mutation, SimDisk } from "../sim_disk.ts";
import type { CutOptions } from "../sim_file.ts";
import { DrainWorld } from "./drain_world.ts";
import type { Fate } from "./plan.ts";
import { SqliteStore } from "./sqlite_store.ts";
import { CANARY } from "./sales.ts";

const WORLDS = process.env.HOLDFAST_SOAK ? 2_000 : 25;
const MINUTE_MS = 60_000;
const TROUBLES: readonly Fate[] = [
  "request_lost",
  "response_lost",
  "executed_in_silence",
  "saved_500_after",
  "delivered_twice",
  "bad_gateway_page",
];

const core = await loadCore();
const sqlite = await loadSqlite();

/** A device with a plug that can be pulled. */
class PoweredWorld {
  readonly world: DrainWorld;
  readonly random: Prng;
  cuts = 0;
  acknowledged = 0;
  disk: SimDisk;

  constructor(seed: number, mutation: Mutation) {
    this.disk = new SimDisk(mutation);
    this.random = new Prng(seed ^ 0x77);
    this.world = new DrainWorld(core, seed, (nowMs) => this.#open(nowMs));
  }

  /** Takes one payment; a power cut inside leaves it acknowledged or not at all. */
  sell(): void {
    const { world } = this;
    try {
      world.sell();
      this.acknowledged++;
    } catch (error) {
      if (!this.disk.isOff) throw error;
      const card = world.sales.length;
      this.restorePower();
      // The cashier was told nothing: the payment counts only if the store has it.
      if (world.store.payments.byRowId(card) === null) world.sales.pop();
    }
  }

  /** Pulls the plug at one of the next disk operations. */
  plan(span: number): void {
    this.disk.cutAt = this.disk.operationCount + 1 + this.random.below(span);
  }

  /** Power is back: some of what was not synced is there, some is not. */
  restorePower(): void {
    const { random, world } = this;
    const cut: CutOptions = {
      mode: "random",
      noise: random.chance(0.5) ? 0.1 : 0,
      sectorBytes: random.chance(0.5) ? 512 : 4096,
    };
    this.cuts++;
    this.disk.switchOff();
    this.close();
    for (;;) {
      this.disk = this.disk.afterCut(random, cut);
      // Now and then it goes again while the file is opened.
      if (random.chance(0.3)) this.plan(40);
      try {
        world.reopen(this.#open(() => world.nowMs));
        this.disk.cutAt = Infinity;
        return;
      } catch (error) {
        if (!this.disk.isOff) throw error;
        this.cuts++;
      }
    }
  }

  /** Every byte of the device's files. */
  bytes(): Uint8Array[] {
    return (["main", "wal"] as const).filter((role) => this.disk.exists(role))
      .map((role) => {
        const file = this.disk.open(role, false);
        const bytes = new Uint8Array(file.byteLength());
        file.read(bytes, 0);
        return bytes;
      });
  }

  /** Ends every process and closes the file. */
  close(): void {
    this.world.drainers.forEach((drainer) => this.world.kill(drainer));
    (this.world.store as SqliteStore).database.close();
  }

  #open(nowMs: () => number): SqliteStore {
    const { disk, random } = this;
    return new SqliteStore({ core, sqlite, disk, random, nowMs });
  }
}

function contains(bytes: Uint8Array, needle: readonly number[]): boolean {
  for (let i = bytes.indexOf(needle[0]); i >= 0;) {
    if (needle.every((byte, k) => bytes[i + k] === byte)) return true;
    i = bytes.indexOf(needle[0], i + 1);
  }
  return false;
}

const PACKED = CANARY.match(/../g)!.map((pair) => parseInt(pair, 16));
const DIGITS = [...CANARY].map((digit) => digit.charCodeAt(0));

/** Plays one world to its end and returns the plug with everything that happened. */
async function play(
  seed: number,
  mutation: Mutation = {},
): Promise<PoweredWorld> {
  const powered = new PoweredWorld(seed, mutation);
  const { world, random } = powered;
  let isOver = false;
  world.fateOf = () =>
    !isOver && random.chance(0.25)
      ? TROUBLES[random.below(TROUBLES.length)]
      : "answered";
  for (let round = 0; round < 4; round++) {
    if (random.chance(0.8)) powered.plan(400);
    for (let i = random.below(5); i >= 0; i--) powered.sell();
    const isOff = (): boolean => powered.disk.isOff;
    try {
      world.start();
      const limitMs = random.below(5 * MINUTE_MS);
      await world.run(() => isOff() || world.isDrained, limitMs);
    } catch (error) {
      if (!isOff()) throw error;
    }
    if (isOff()) powered.restorePower();
  }
  powered.disk.cutAt = Infinity;
  isOver = true;
  world.start();
  await world.run(() => world.isDrained);
  world.checker.atEnd({ isCalm: false });
  return powered;
}

test(`the forwarder over SQLite in ${WORLDS} worlds of power cuts loses and doubles nothing`, async () => {
  let cuts = 0;
  let acknowledged = 0;
  for (let seed = 1; seed <= WORLDS; seed++) {
    const powered = await play(seed);
    assert.deepEqual(powered.world.checker.violations, [], `seed ${seed}`);
    assert.ok(powered.world.sales.length >= powered.acknowledged);
    for (const bytes of powered.bytes()) {
      assert.ok(bytes.length > 0);
      const hasCard = contains(bytes, PACKED) || contains(bytes, DIGITS);
      assert.ok(!hasCard, `seed ${seed}: a card number is on the disk`);
    }
    cuts += powered.cuts;
    acknowledged += powered.acknowledged;
    powered.close();
  }
  assert.ok(cuts >= WORLDS, `only ${cuts} cuts`);
  assert.ok(acknowledged > 5 * WORLDS, `only ${acknowledged} sales`);
});

test("on a disk that ignores syncs the same worlds show losses", async () => {
  let noticed = 0;
  for (let seed = 1; seed <= 4; seed++) {
    try {
      const powered = await play(seed, { ignoresSync: true });
      if (powered.world.checker.violations.length > 0) noticed++;
      powered.close();
    } catch {
      noticed++; // The damage was so great that the engine refused to go on.
    }
  }
  assert.ok(noticed >= 2, `only ${noticed} of 4`);
});
