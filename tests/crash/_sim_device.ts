/** A till on the simulated disk, whose power goes at a chosen operation of a step. @module */
import { openTerminal, type Terminal } from "../../engine/mod.ts";
import { stripePorts } from "../../hosts/posix/stripe_gateway.ts";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { SqliteDatabase } from "../../hosts/sqlite/sqlite_database.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { SystemRandom } from "../../hosts/web/system_random.ts";
import { Prng } from "../sim/prng.ts";
import { SimDisk } from "../sim/sim_disk.ts";
import { SimFile } from "../sim/sim_file.ts";
import type { Shop } from "../support/shop.ts";

const MODES = ["none", "all", "random"] as const;

const sqlite = await loadSqlite();

/** A device on a simulated disk. */
export class SimDevice {
  /** Another one after each cut. */
  disk: SimDisk;
  readonly #shop: () => Shop;
  readonly #key: Uint8Array;
  #terminal: Terminal | null = null;

  /**
   * @param shop Where the payments are made and forwarded.
   * @param file The store the device begins with. @default none
   */
  constructor(shop: () => Shop, key: Uint8Array, file?: Uint8Array) {
    const main = file === undefined ? null : new SimFile(Uint8Array.from(file));
    this.disk = new SimDisk({}, new Map(main === null ? [] : [["main", main]]));
    this.#shop = shop;
    this.#key = key;
  }

  /** Opens what the disk holds. */
  async open(isOnline = false): Promise<Terminal> {
    const shop = this.#shop();
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

/** Cuts at 1, 2, 3 … until the step gets through; returns how many cuts there were. */
export async function sweep(
  body: (at: number) => Promise<boolean>,
): Promise<number> {
  for (let at = 1;; at++) {
    if (!await body(at)) return at - 1;
  }
}
