/**
 * Which stored payment is forwarded next, and when.
 *
 * Owns: the mapping between the store's sequence numbers and lane names and the core's dense
 * numbers. The choice itself is the core's: deterministic, without a clock or randomness of its
 * own, O(log n) a step.
 *
 * The scheduler's state lives in the instance it is given, so give it one of its own: 112 bytes a
 * record, taken once in the constructor. It holds no card data, only sequence numbers and a prefix
 * of the card HMAC. The store stays the truth; after a restart, `add` what is stored.
 * @module
 */
import {
  ORDER_NEXT_BUSY,
  ORDER_NEXT_EMPTY,
  ORDER_NEXT_TAKE,
  ORDER_NEXT_WAIT,
  ORDER_RECORDS_MAX,
  ORDER_STATE_DEAD,
  ORDER_STATE_IN_FLIGHT,
} from "./_wasm/abi.ts";
import type { CoreModule } from "./core_module.ts";
import { bindingFailure, statusFailure } from "./error_codes.ts";
import { type OrderExports, orderExports } from "./_order_exports.ts";
import {
  type OrderLimits,
  type OrderOptions,
  putSettings,
  requireIntegers,
  resolveLimits,
} from "./order_options.ts";
export { type OrderLimits, type OrderOptions } from "./order_options.ts";

/** A stored record as the scheduler sees it. */
export interface OrderRecord {
  /** The store's sequence number: unique, 0 … 2^53 - 1; equals go in this order. */
  readonly seq: number;
  /** Account and mode, for example `acct_1:live`; at most 1,024 different names. */
  readonly lane: string;
  /** Keyed hash of the card, at least 8 bytes (the first 8 count), or null: no card order. */
  readonly cardKey: Uint8Array | null;
  /** 0 (lowest) … 255; each step counts as `priorityStepMs` of waiting. */
  readonly priority: number;
  /** When it may be sent, epoch ms; the past means now. */
  readonly dueAtMs: number;
  /** When it is too late (scheme, capture or policy window), epoch ms, or null. */
  readonly deadlineAtMs: number | null;
}

/** What to do now: send `seq`; wait; nothing is queued; or wait for an answer in flight. */
export type OrderStep =
  | { readonly kind: "take"; readonly seq: number }
  | { readonly kind: "wait"; readonly untilMs: number }
  | { readonly kind: "empty" }
  | { readonly kind: "busy" };

/** One lane in figures. */
export interface OrderLaneCounts {
  /** Waiting for their time, their turn or their card. */
  readonly queued: number;
  /** Handed out and not answered. */
  readonly inFlight: number;
  /** Set aside for a person. */
  readonly dead: number;
  /** True while nothing of this lane is handed out. */
  readonly isParked: boolean;
}

const EMPTY: OrderStep = Object.freeze({ kind: "empty" });
const BUSY: OrderStep = Object.freeze({ kind: "busy" });

/** The forwarding order of one store. Not for concurrent use; every call is synchronous. */
export class OrderCore {
  readonly #module: CoreModule;
  readonly #core: OrderExports;
  readonly #limits: Required<OrderLimits>;
  readonly #handles = new Map<number, number>();
  /** Those handed out, again: an answer finds its handle without searching 100,000. */
  readonly #inFlight = new Map<number, number>();
  readonly #capacity: number;
  readonly #free: number[] = [];
  #fresh = 0;
  readonly #lanes = new Map<string, number>();

  /**
   * Takes over `module`, which no other scheduler may use, and its memory for `capacity` records.
   *
   * @throws {HoldfastError} `ORDER_CAPACITY`, `ORDER_SETTING`, `ORDER_TIME` for options out of
   *   range; `ORDER_MEMORY` when the memory cannot grow.
   */
  constructor(module: CoreModule, options: OrderOptions) {
    const capacity = options.capacity ?? ORDER_RECORDS_MAX;
    this.#module = module;
    this.#core = orderExports(module);
    this.#limits = resolveLimits(options);
    putSettings(module, this.#limits, options);
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw bindingFailure("ORDER_CAPACITY", "expected 1 to 131072 records");
    }
    check(this.#core.orderReset(capacity, options.nowMs));
    this.#capacity = capacity;
  }

  /** Records it can hold. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Records the scheduler holds, dead letters included. */
  get count(): number {
    return this.#handles.size;
  }

  /** Sequence numbers of all records it holds; a live view. */
  seqs(): IterableIterator<number> {
    return this.#handles.keys();
  }

  /**
   * Queues a record.
   *
   * @throws {HoldfastError} `ORDER_SEQ_USED`, `ORDER_FULL`, `ORDER_LANE`, `ORDER_SEQ`,
   *   `ORDER_PRIORITY`, `ORDER_TIME`, `ORDER_CARD_KEY`; nothing changed.
   */
  add(record: OrderRecord): void {
    const { seq, cardKey, priority } = record;
    if (this.#handles.has(seq)) {
      throw bindingFailure("ORDER_SEQ_USED", "this sequence number is queued");
    }
    if (this.#handles.size >= this.#capacity) {
      throw bindingFailure("ORDER_FULL", "the scheduler is full");
    }
    if (cardKey !== null && cardKey.length < 8) {
      throw bindingFailure("ORDER_CARD_KEY", "expected at least 8 bytes");
    }
    if (!Number.isInteger(priority)) {
      throw bindingFailure("ORDER_PRIORITY", "expected an integer, 0 to 255");
    }
    const handle = this.#free.pop() ?? this.#fresh++;
    const status = this.#core.orderAdd(
      handle,
      this.#lane(record.lane),
      seq,
      cardKey === null ? 0 : 1,
      cardKey === null ? 0 : wordAt(cardKey, 0),
      cardKey === null ? 0 : wordAt(cardKey, 4),
      priority,
      record.dueAtMs,
      record.deadlineAtMs ?? Infinity,
    );
    if (status < 0) this.#free.push(handle);
    check(status);
    this.#handles.set(seq, handle);
  }

  /**
   * Hands out the next record, which stays in flight until `done`, `retry`, `release` or
   * `deadLetter`. `wait` holds until then unless something changes: ask again after any call.
   *
   * @param nowMs Epoch milliseconds, an integer; may jump in both directions.
   */
  next(nowMs: number): OrderStep {
    switch (check(this.#core.orderNext(nowMs))) {
      case ORDER_NEXT_TAKE: {
        const module = this.#module;
        const handle = module.view.getUint32(module.outputPointer, true);
        const seq = this.#value();
        this.#inFlight.set(seq, handle);
        return { kind: "take", seq };
      }
      case ORDER_NEXT_WAIT:
        return { kind: "wait", untilMs: this.#value() };
      case ORDER_NEXT_BUSY:
        return BUSY;
      case ORDER_NEXT_EMPTY:
        return EMPTY;
      default:
        throw new Error("the core answered a step this binding does not know");
    }
  }

  /** Forgets a record in flight: it reached a final outcome. */
  done(seq: number): void {
    const handle = this.#handle(seq);
    check(this.#core.orderDone(handle));
    this.#forget(seq, handle);
  }

  /** Forgets a record that is queued or dead: it was cancelled or exported. */
  remove(seq: number): void {
    const handle = this.#handle(seq);
    check(this.#core.orderRemove(handle));
    this.#forget(seq, handle);
  }

  /**
   * Queues a record in flight again, after full-jitter backoff on top of `retryAfterMs`.
   *
   * @param randomBytes At least 8 random bytes (the first 8 count); not kept.
   * @returns When it is due, epoch ms by the caller's clock; store it.
   */
  retry(
    seq: number,
    nowMs: number,
    randomBytes: Uint8Array,
    retryAfterMs = 0,
  ): number {
    const handle = this.#handle(seq);
    const [low, high] = words(randomBytes);
    check(this.#core.orderRetry(handle, nowMs, low, high, retryAfterMs));
    this.#inFlight.delete(seq);
    return this.#value();
  }

  /** Queues a record in flight again as due now, without an attempt: nothing was sent. */
  release(seq: number, nowMs: number): void {
    check(this.#core.orderRelease(this.#handle(seq), nowMs));
    this.#inFlight.delete(seq);
  }

  /** Sets a record aside for a person; later ones of its card go on. `makeDue` brings it back. */
  deadLetter(seq: number): void {
    check(this.#core.orderDeadLetter(this.#handle(seq)));
    this.#inFlight.delete(seq);
  }

  /** Makes one record (a dead letter too) or all queued ones due now; limits still hold. */
  makeDue(seq: number | "all", nowMs: number): void {
    check(
      seq === "all"
        ? this.#core.orderDueAll(nowMs)
        : this.#core.orderDueNow(this.#handle(seq), nowMs),
    );
  }

  /** Hands out nothing more of a lane (401, 403): all is kept. Calling it twice is safe. */
  park(lane: string): void {
    check(this.#core.orderPark(this.#lane(lane), 1));
  }

  /** Opens a parked lane. Calling it twice is safe. */
  unpark(lane: string): void {
    check(this.#core.orderPark(this.#lane(lane), 0));
  }

  /**
   * Holds everything for a random part of `spreadMs`: after an outage a region's devices must not
   * start in the same second. `makeDue("all")` lifts it.
   *
   * @returns The start, epoch ms.
   */
  startAfterOutage(
    nowMs: number,
    randomBytes: Uint8Array,
    spreadMs: number,
  ): number {
    const [low, high] = words(randomBytes);
    check(this.#core.orderHold(nowMs, low, high, spreadMs));
    return this.#value();
  }

  /** Changes the limits, the others stay; a breaker's one probe is `maxInFlight: 1`. */
  setLimits(limits: OrderLimits): void {
    const all = { ...this.#limits, ...limits };
    requireIntegers(all);
    check(this.#core.orderLimits(
      all.maxInFlight,
      all.maxInFlightPerLane,
      all.ratePerSecond,
      all.burst,
    ));
    Object.assign(this.#limits, all);
  }

  /** When the next record of an open lane falls due, limits aside, epoch ms; null without one. */
  nextDueAt(): number | null {
    return check(this.#core.orderNextDue()) === 0 ? null : this.#value();
  }

  /** Every lane in figures; a fresh object. */
  counts(): Record<string, OrderLaneCounts> {
    const { view, outputPointer: at } = this.#module;
    const counts: Record<string, OrderLaneCounts> = Object.create(null);
    for (const [name, lane] of this.#lanes) {
      check(this.#core.orderCounts(lane));
      counts[name] = {
        queued: view.getUint32(at, true),
        inFlight: view.getUint32(at + 4, true),
        dead: view.getUint32(at + 8, true),
        isParked: view.getUint32(at + 12, true) !== 0,
      };
    }
    return counts;
  }

  /** What became of a record; null when the scheduler does not know it. */
  state(seq: number): "queued" | "in_flight" | "dead" | null {
    const handle = this.#handles.get(seq);
    if (handle === undefined) return null;
    const state = check(this.#core.orderState(handle));
    if (state === ORDER_STATE_IN_FLIGHT) return "in_flight";
    return state === ORDER_STATE_DEAD ? "dead" : "queued";
  }

  /** What stands in the output: a time in ms, or a sequence number. */
  #value(): number {
    return this.#module.view.getFloat64(this.#module.outputPointer + 8, true);
  }

  #handle(seq: number): number {
    const handle = this.#inFlight.get(seq) ?? this.#handles.get(seq);
    if (handle === undefined) {
      throw bindingFailure("ORDER_UNKNOWN", "this sequence number is not held");
    }
    return handle;
  }

  #forget(seq: number, handle: number): void {
    this.#handles.delete(seq);
    this.#inFlight.delete(seq);
    this.#free.push(handle);
  }

  #lane(name: string): number {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const lane = this.#lanes.size;
    // The core refuses a lane too many; asking for its counts changes nothing else.
    check(this.#core.orderCounts(lane));
    this.#lanes.set(name, lane);
    return lane;
  }
}

/**
 * How long to wait after failure number `attempt` (1 is the first), without a scheduler: uniform
 * between 0 and min(capMs, baseMs × 2^(attempt − 1)), both included.
 *
 * @param randomBytes At least 8 random bytes (the first 8 count); not kept.
 * @throws {HoldfastError} `ORDER_DELAY`, `ORDER_RANDOM`.
 */
export function backoffDelayMs(
  module: CoreModule,
  attempt: number,
  randomBytes: Uint8Array,
  baseMs: number,
  capMs: number,
): number {
  const [low, high] = words(randomBytes);
  const sound = Number.isInteger(attempt) && attempt >= 1;
  return check(
    orderExports(module).backoffDelay(
      // Beyond 32 doublings nothing changes; the core takes 32 bits.
      sound ? Math.min(attempt, 64) : 0,
      low,
      high,
      baseMs,
      capMs,
    ),
  );
}

function check(status: number): number {
  if (status >= 0) return status;
  throw statusFailure(status);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 |
    bytes[at + 3] << 24;
}

function words(random: Uint8Array): [number, number] {
  if (random.length < 8) {
    throw bindingFailure("ORDER_RANDOM", "expected at least 8 random bytes");
  }
  return [wordAt(random, 0), wordAt(random, 4)];
}
