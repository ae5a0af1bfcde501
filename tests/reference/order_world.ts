/**
 * Random operations on the scheduler and its twin.
 *
 * Owns: the generator of the ordering room's tests: every operation, in a mix that keeps the queue
 * at a chosen depth, from one seed. Every answer of the two sides is compared as it comes.
 * @module
 */
import assert from "node:assert/strict";
import type { CoreModule } from "../../bindings/core_module.ts";
import { OrderCore } from "../../bindings/order.ts";
import { ReferenceOrder, type ReferenceSettings } from "./order_reference.ts";

/** A small, fast, seeded generator (mulberry32): 32 bits a call. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = state + 0x6d2b79f5 >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ mixed >>> 15, mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return (mixed ^ mixed >>> 14) >>> 0;
  };
}

/** Settings under which every rule of the scheduler is met often. */
export const WORLD_SETTINGS: ReferenceSettings = {
  nowMs: 1_700_000_000_000,
  capacity: 512,
  maxInFlight: 6,
  maxInFlightPerLane: 3,
  ratePerSecond: 25,
  burst: 4,
  baseMs: 200,
  capMs: 20_000,
  priorityStepMs: 3_000,
  urgentMs: 5_000,
  delayMsMax: 60_000,
};

const YEAR_MS = 31_557_600_000;

/** One world: both schedulers, the caller's clock and the dice. */
export class OrderWorld {
  readonly core: OrderCore;
  readonly twin: ReferenceOrder;
  readonly trace: string[] = [];
  readonly #random: () => number;
  readonly #depth: number;
  readonly #cards: number;
  #now: number;
  #seq = 0;

  constructor(
    module: CoreModule,
    seed: number,
    depth: number,
    settings: ReferenceSettings = WORLD_SETTINGS,
  ) {
    this.core = new OrderCore(module, settings);
    this.twin = new ReferenceOrder(settings);
    this.#random = seeded(seed);
    this.#depth = depth;
    this.#cards = 1 + this.#below(depth);
    this.#now = settings.nowMs;
  }

  /** Does one operation on both sides and compares what they say. */
  step(): void {
    const roll = this.#below(100);
    if (roll < 34) return this.#next();
    if (roll < 50) return this.#add();
    if (roll < 78) return this.#answer();
    this.#rare(roll);
  }

  /** Compares the whole visible state. */
  compare(): void {
    assert.deepEqual(this.core.counts(), this.twin.counts());
    assert.equal(this.core.nextDueAt(), this.twin.nextDueAt());
    assert.equal(this.core.count, this.twin.rows.size);
    for (const row of this.twin.rows.values()) {
      assert.equal(this.core.state(row.seq), row.state);
    }
  }

  #next(): void {
    const dice = this.#below(400);
    if (dice === 0) this.#now += 10 * YEAR_MS;
    else if (dice === 1) this.#now -= 10 * YEAR_MS;
    else if (dice < 20) this.#now -= this.#below(2_000);
    else if (dice < 200) this.#now += this.#below(dice < 30 ? 5_000 : 60);
    this.#both(
      "next",
      () => this.core.next(this.#now),
      () => this.twin.next(this.#now),
    );
  }

  #add(): void {
    if (this.twin.rows.size >= this.#depth) return this.#answer();
    // One in eight comes late, with a lower number than records that are queued already.
    const late = this.#seq > 20 && this.#below(8) === 0;
    const seq = late ? this.#seq - 20 + this.#below(20) : this.#seq += 2;
    if (this.twin.rows.has(seq)) return;
    const lane = `lane-${this.#below(4)}`;
    const card = this.#below(3) === 0 ? null : this.#below(this.#cards);
    const key = card === null ? null : cardKey(card);
    const priority = this.#below(4) === 0 ? this.#below(4) : 0;
    const due = this.#now + this.#below(3_000) - 2_000 +
      (this.#below(50) === 0 ? YEAR_MS : 0);
    const deadline = this.#below(3) === 0
      ? null
      : this.#now + this.#below(60_000) - 1_000;
    this.#both("add", () =>
      this.core.add({
        seq,
        lane,
        cardKey: key,
        priority,
        dueAtMs: due,
        deadlineAtMs: deadline,
      }), () =>
      this.twin.add(
        seq,
        lane,
        key === null ? null : String(card),
        priority,
        due,
        deadline,
      ));
  }

  #answer(): void {
    const seq = this.#pick("in_flight");
    if (seq === null) return;
    const roll = this.#below(10);
    if (roll < 5) {
      return this.#both(
        `done ${seq}`,
        () => this.core.done(seq),
        () => this.twin.done(seq),
      );
    }
    if (roll < 8) {
      const random = this.#bytes();
      const after = this.#below(4) === 0 ? this.#below(4_000) : 0;
      return this.#both(
        `retry ${seq}`,
        () => this.core.retry(seq, this.#now, random, after),
        () => this.twin.retry(seq, this.#now, random, after),
      );
    }
    if (roll === 8) {
      return this.#both(
        `release ${seq}`,
        () => this.core.release(seq, this.#now),
        () => this.twin.release(seq, this.#now),
      );
    }
    this.#both(
      `deadLetter ${seq}`,
      () => this.core.deadLetter(seq),
      () => this.twin.deadLetter(seq),
    );
  }

  #rare(roll: number): void {
    const seq = this.#pick(roll < 90 ? "queued" : "dead");
    const lane = `lane-${this.#below(4)}`;
    if (roll < 81 && seq !== null) {
      this.#both(
        `remove ${seq}`,
        () => this.core.remove(seq),
        () => this.twin.done(seq),
      );
    } else if (roll < 83 && seq !== null) {
      this.#both(
        `deadLetter ${seq}`,
        () => this.core.deadLetter(seq),
        () => this.twin.deadLetter(seq),
      );
    } else if (roll < 93 && seq !== null) {
      this.#both(
        `makeDue ${seq}`,
        () => this.core.makeDue(seq, this.#now),
        () => this.twin.makeDue(seq, this.#now),
      );
    } else if (roll < 97) {
      const parks = this.#below(3) === 0;
      this.#both(
        `park ${lane} ${parks}`,
        () => parks ? this.core.park(lane) : this.core.unpark(lane),
        () => this.twin.park(lane, parks),
      );
    } else if (roll === 97 && this.#below(4) === 0) {
      this.#both(
        "makeDue all",
        () => this.core.makeDue("all", this.#now),
        () => this.twin.makeDue("all", this.#now),
      );
    } else if (roll === 98 && this.#below(4) === 0) {
      const random = this.#bytes();
      this.#both(
        "startAfterOutage",
        () => this.core.startAfterOutage(this.#now, random, 3_000),
        () => this.twin.startAfterOutage(this.#now, random, 3_000),
      );
    } else if (roll === 99) {
      const limits = {
        maxInFlight: 1 + this.#below(8),
        maxInFlightPerLane: 1 + this.#below(4),
        ratePerSecond: this.#below(5) * 20,
        burst: 1 + this.#below(6),
      };
      this.#both(
        "setLimits",
        () => this.core.setLimits(limits),
        () => this.twin.setLimits(limits),
      );
    }
  }

  #both(what: string, core: () => unknown, twin: () => unknown): void {
    const said = JSON.stringify(core() ?? null);
    assert.equal(said, JSON.stringify(twin() ?? null), what);
    this.trace.push(`${what} ${said}`);
  }

  #pick(state: "queued" | "in_flight" | "dead"): number | null {
    const rows = [...this.twin.rows.values()].filter((r) => r.state === state);
    return rows.length === 0 ? null : rows[this.#below(rows.length)].seq;
  }

  #below(count: number): number {
    return this.#random() % count;
  }

  #bytes(): Uint8Array {
    return Uint8Array.from({ length: 8 }, () => this.#below(256));
  }
}

/** Eight bytes that stand for a card. */
export function cardKey(card: number): Uint8Array {
  const bytes = new Uint8Array(8);
  // The upper half carries the number, so that both halves of the key matter.
  new DataView(bytes.buffer).setUint32(card % 2 * 4, card, true);
  return bytes;
}
