/**
 * Signatures of the core's ordering exports.
 *
 * Owns: the one place where they are typed by hand. Numbers arrive as i32 unless named `f64`.
 * @module
 */
import type { CoreModule } from "./core_module.ts";

/** The ordering room of the core. */
export interface OrderExports {
  readonly orderReset: (capacity: number, now: number) => number;
  readonly orderLimits: (
    inFlight: number,
    perLane: number,
    rate: number,
    burst: number,
  ) => number;
  readonly orderAdd: (
    handle: number,
    lane: number,
    seq: number,
    hasCard: number,
    cardLow: number,
    cardHigh: number,
    priority: number,
    due: number,
    deadline: number,
  ) => number;
  readonly orderNext: (now: number) => number;
  readonly orderDone: (handle: number) => number;
  readonly orderRemove: (handle: number) => number;
  readonly orderRetry: (
    handle: number,
    now: number,
    low: number,
    high: number,
    retryAfterMs: number,
  ) => number;
  readonly orderRelease: (handle: number, now: number) => number;
  readonly orderDeadLetter: (handle: number) => number;
  readonly orderDueNow: (handle: number, now: number) => number;
  readonly orderDueAll: (now: number) => number;
  readonly orderPark: (lane: number, parked: number) => number;
  readonly orderHold: (
    now: number,
    low: number,
    high: number,
    spreadMs: number,
  ) => number;
  readonly orderNextDue: () => number;
  readonly orderCounts: (lane: number) => number;
  readonly orderState: (handle: number) => number;
  readonly backoffDelay: (
    attempt: number,
    low: number,
    high: number,
    base: number,
    cap: number,
  ) => number;
}

/** The ordering room of `module`. */
export function orderExports(module: CoreModule): OrderExports {
  return module.exports as unknown as OrderExports;
}
