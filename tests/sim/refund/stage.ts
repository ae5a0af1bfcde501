/**
 * The store of the refund worlds: the engine's own classes over SQLite in memory.
 *
 * Owns: that a process can die at any write. One store serves all worlds of a run; every world
 * has a payment of its own in it.
 * @module
 */
import type { Core } from "../../../bindings/mod.ts";
import type { Database } from "../../../engine/ports.ts";
import type { PaymentRow } from "../../../engine/store/rows.ts";
import { Refunds } from "../../../engine/store/refunds.ts";
import type { Sqlite } from "../../../hosts/sqlite/load_sqlite.ts";
import { emvReader } from "../../../hosts/sandbox/emv.ts";
import type { EmvReader } from "../../../hosts/sandbox/mod.ts";
import { SqliteStore } from "../forward/sqlite_store.ts";
import { ACCOUNT, OFFLINE } from "../forward/sales.ts";
import { Prng } from "../prng.ts";
import { SimDisk } from "../sim_disk.ts";

/** What every payment of the worlds costs, minor units. */
export const AMOUNT = 1000;

/** Thrown by the write at which a process dies; no Error, for the price of its stack. */
const PROCESS_DEATH = { name: "ProcessDeath" };

/** A running program. */
export interface RefundProcess {
  isDead: boolean;
  /** Dies before (even) or after (odd) the write this many halves from now. */
  halfWrites: number;
}

/** One device's file, and the payments of many worlds in it. */
export class Stage {
  readonly store: SqliteStore;
  readonly refunds: Refunds;
  /** One for all sandboxes: each would load the core again. */
  readonly emv: EmvReader = emvReader();
  #count = 0;
  #nowMs: () => number = () => 0;

  /** Makes an empty store. */
  constructor(core: Core, sqlite: Sqlite) {
    this.store = new SqliteStore({
      ...{ core, sqlite },
      disk: new SimDisk(),
      random: new Prng(1),
      nowMs: () => this.#nowMs(),
    });
    this.refunds = new Refunds(this.store.database);
  }

  /** How many payments are in it. */
  get paymentCount(): number {
    return this.#count;
  }

  /** A payment whose money was taken on `intentId`; the store's clock is now this world's. */
  newPayment(intentId: string, nowMs: () => number): PaymentRow {
    this.#nowMs = nowMs;
    const number = ++this.#count;
    const bytes = new Uint8Array(16);
    new DataView(bytes.buffer).setUint32(12, number);
    const tail = number.toString(16).padStart(12, "0");
    const localId = `00000000-0000-7000-8000-${tail}`;
    const rowId = this.store.insert({
      localIdBytes: bytes,
      cardHmac: bytes,
      recordHash: new Uint8Array(32),
      record: bytes,
      storedAtMs: nowMs(),
      payment: {
        ...{ localId, seq: number, account: ACCOUNT, amount: AMOUNT },
        currency: "usd",
        captureMethod: "automatic",
        offlineDetails: OFFLINE,
      },
    });
    const row = this.store.payments.byRowId(rowId)!;
    return {
      ...row,
      payment: { ...row.payment, state: "forwarded", id: intentId },
    };
  }

  /** The store as a process has it. */
  viewOf(process: RefundProcess): { database: Database; refunds: Refunds } {
    const { database } = this.store;
    const mortal = <T>(write: () => T): T => {
      meetDeath(process);
      const result = write();
      meetDeath(process);
      return result;
    };
    const view = new Proxy<Database>(database, {
      get: (target, name) => {
        if (name === "execute") {
          return (...args: Parameters<Database["execute"]>) =>
            mortal(() => target.execute(...args));
        }
        if (name === "transaction") {
          return <T>(body: () => T) => mortal(() => target.transaction(body));
        }
        const member = Reflect.get(target, name, target);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
    return { database: view, refunds: new Refunds(view) };
  }
}

function meetDeath(process: RefundProcess): void {
  if (process.halfWrites-- <= 0) process.isDead = true;
  if (process.isDead) throw PROCESS_DEATH;
}
