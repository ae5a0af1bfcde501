/**
 * The power goes at every disk operation of an export, of taking it back, and of an import.
 *
 * After each cut every payment must be on exactly one of the two devices that may forward it, a
 * step that was acknowledged must stand, and the story must come to its end from there. Now and
 * then both devices then forward against the sandbox: nothing lost, nothing charged twice.
 * @module
 */
import assert from "node:assert/strict";
import process from "node:process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import {
  openTerminal,
  type StoredExport,
  type Terminal,
} from "../../engine/mod.ts";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { SqliteDatabase } from "../../hosts/sqlite/sqlite_database.ts";
import { stripePorts } from "../../hosts/posix/stripe_gateway.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { SystemRandom } from "../../hosts/web/system_random.ts";
import { Prng } from "../sim/prng.ts";
import { SimDisk } from "../sim/sim_disk.ts";
import { SimFile } from "../sim/sim_file.ts";
import { Shop } from "../support/shop.ts";

const MODES = ["none", "all", "random"] as const;
const COUNT = 3;
/** Every cut is judged; against the sandbox every so many are played to their end. */
const DRAIN_EVERY = process.env.HOLDFAST_SOAK ? 1 : 7;

const sqlite = await loadSqlite();
let shop: Shop;
/** A till with {@link COUNT} stored payments, as a file and its key. */
let tillFile: Uint8Array;
let tillKey: Uint8Array;

before(async () => {
  shop = await Shop.open();
  await shop.sandbox.control.setOffline(true);
  const terminal = await shop.openTerminal();
  for (let i = 0; i < COUNT; i++) await shop.sell("visa", 1000 + i);
  await terminal.close();
  tillFile = readFileSync(shop.path);
  tillKey = Uint8Array.from(readFileSync(`${shop.path}.key`));
});
after(() => shop.close());

/** A device on a simulated disk; `origin` is the till with the payments. */
class Device {
  disk: SimDisk;
  readonly #key: Uint8Array;
  #terminal: Terminal | null = null;

  constructor(kind: "origin" | "second") {
    const files = kind === "origin"
      ? new Map([["main", new SimFile(Uint8Array.from(tillFile))]])
      : new Map<string, SimFile>();
    this.disk = new SimDisk({}, files);
    this.#key = kind === "origin" ? tillKey : new Uint8Array(32).fill(5);
  }

  async open(isOnline = false): Promise<Terminal> {
    const options = shop.options();
    return this.#terminal = await openTerminal({
      core: shop.core,
      database: new SqliteDatabase(sqlite, this.disk),
      clock: new SystemClock(),
      random: new SystemRandom(),
      keys: { deviceKey: () => Promise.resolve(this.#key.slice()) },
      network: { probe: () => Promise.resolve(isOnline) },
      ...stripePorts(shop.core, options),
    }, options);
  }

  /** Closes a terminal whose disk may be gone. */
  async close(): Promise<void> {
    try {
      await this.#terminal?.close();
    } catch (error) {
      if (!this.disk.isOff) throw error;
    }
    this.#terminal = null;
  }

  /** Runs `step` with the power going at its operation `at`; whether it was acknowledged. */
  async cut(
    at: number,
    step: (terminal: Terminal) => Promise<unknown> | unknown,
  ): Promise<{ isStruck: boolean; isAcknowledged: boolean }> {
    const terminal = await this.open();
    this.disk.cutAt = this.disk.operationCount + at;
    let isAcknowledged = false;
    try {
      await step(terminal);
      isAcknowledged = true;
    } catch (error) {
      if (!this.disk.isOff) throw error;
    }
    const isStruck = this.disk.isOff;
    if (!isStruck) this.disk.cutAt = Infinity;
    await this.close();
    if (isStruck) {
      this.disk = this.disk.afterCut(new Prng(at), {
        mode: MODES[at % MODES.length],
        noise: 0.1,
        sectorBytes: 512,
      });
    }
    return { isStruck, isAcknowledged };
  }
}

function openIds(terminal: Terminal): string[] {
  return terminal.listPayments({ states: ["stored", "unknown"] })
    .map(({ localId }) => localId);
}

/** Both devices forward what they hold; every payment is charged once. */
async function drain(devices: readonly Device[]): Promise<void> {
  const sandbox = await Shop.open();
  const kept = shop;
  try {
    shop = sandbox;
    for (const device of devices) {
      const terminal = await device.open(true);
      await sandbox.until(() => openIds(terminal).length === 0);
      await device.close();
    }
    const charges = [...(await sandbox.charges()).values()];
    assert.deepEqual(charges, new Array(COUNT).fill(1));
  } finally {
    shop = kept;
    await sandbox.close();
  }
}

async function exportOf(device: Device): Promise<StoredExport> {
  const terminal = await device.open();
  const made = await terminal.exportStored();
  await device.close();
  assert.ok(made !== null);
  return made;
}

/** Cuts at 1, 2, 3 … until the step gets through; returns how many cuts there were. */
async function sweep(
  body: (at: number) => Promise<boolean>,
): Promise<number> {
  for (let at = 1;; at++) {
    if (!await body(at)) return at - 1;
  }
}

test("exportStored() cut at every disk operation hands all over or nothing, and its file can be made again", async () => {
  const seen = new Set<string>();
  const cuts = await sweep(async (at) => {
    const origin = new Device("origin");
    const { isStruck, isAcknowledged } = await origin.cut(
      at,
      (terminal) => terminal.exportStored(),
    );
    const terminal = await origin.open();
    const open = openIds(terminal);
    const handovers = terminal.listHandovers();
    const isGone = handovers.length === 1;
    assert.equal(open.length, isGone ? 0 : COUNT, `cut ${at}`);
    if (isAcknowledged) assert.ok(isGone, `cut ${at}: acknowledged and undone`);
    seen.add(isGone ? "gone" : "kept");
    const second = new Device("second");
    if (isGone) {
      const { bytes, code } = terminal.exportAgain(handovers[0].id);
      const other = await second.open();
      const { imported } = await other.importStored(bytes, code);
      assert.equal(imported.length, COUNT);
      await second.close();
    }
    await origin.close();
    if (at % DRAIN_EVERY === 0) await drain([origin, second]);
    return isStruck;
  });
  assert.ok(cuts >= 5, `${cuts} cuts`);
  assert.deepEqual([...seen].sort(), ["gone", "kept"]);
});

test("importStored() cut at every disk operation takes in all or nothing, and may be repeated", async () => {
  const origin = new Device("origin");
  const { bytes, code } = await exportOf(origin);
  const seen = new Set<number>();
  const cuts = await sweep(async (at) => {
    const second = new Device("second");
    const { isStruck, isAcknowledged } = await second.cut(
      at,
      (terminal) => terminal.importStored(bytes, code),
    );
    const terminal = await second.open();
    const open = openIds(terminal);
    assert.ok(open.length === 0 || open.length === COUNT, `cut ${at}`);
    assert.equal(terminal.listHandovers().length, open.length / COUNT);
    if (isAcknowledged) assert.equal(open.length, COUNT, `cut ${at}`);
    seen.add(open.length);
    await terminal.importStored(bytes, code);
    assert.equal(openIds(terminal).length, COUNT);
    await second.close();
    if (at % DRAIN_EVERY === 0) await drain([second]);
    return isStruck;
  });
  assert.ok(cuts >= 5, `${cuts} cuts`);
  assert.deepEqual([...seen].sort(), [0, COUNT]);
});

test("takeBack() cut at every disk operation leaves each payment with one device", async () => {
  const cuts = await sweep(async (at) => {
    const origin = new Device("origin");
    const { id } = await exportOf(origin);
    const { isStruck, isAcknowledged } = await origin.cut(
      at,
      (terminal) => terminal.takeBack(id, { isFileDestroyed: true }),
    );
    const terminal = await origin.open();
    const [{ direction }] = terminal.listHandovers();
    const open = openIds(terminal);
    assert.equal(open.length, direction === "taken_back" ? COUNT : 0);
    if (isAcknowledged) assert.equal(open.length, COUNT, `cut ${at}`);
    if (open.length === 0) terminal.takeBack(id, { isFileDestroyed: true });
    await origin.close();
    if (at % DRAIN_EVERY === 0) await drain([origin]);
    return isStruck;
  });
  assert.ok(cuts >= 5, `${cuts} cuts`);
});
