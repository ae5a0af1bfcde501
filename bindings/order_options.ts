/**
 * Settings of the scheduler and their defaults.
 *
 * Owns: every default of the ordering room with its reason, and how they reach the core.
 * @module
 */
import {
  ORDER_SETTING_BASE_MS,
  ORDER_SETTING_BURST,
  ORDER_SETTING_CAP_MS,
  ORDER_SETTING_DELAY_MS,
  ORDER_SETTING_IN_FLIGHT,
  ORDER_SETTING_IN_FLIGHT_PER_LANE,
  ORDER_SETTING_PRIORITY_MS,
  ORDER_SETTING_RATE,
  ORDER_SETTING_URGENT_MS,
} from "./_wasm/abi.ts";
import type { CoreModule } from "./core_module.ts";
import { bindingFailure } from "./error_codes.ts";

/** Limits that may change while records are in flight. */
export interface OrderLimits {
  /** Records in flight over all lanes. @default 8, enough for 20 a second at 400 ms each */
  readonly maxInFlight?: number;
  /** Records in flight in one lane. @default 4, so that one slow lane leaves half to the others */
  readonly maxInFlightPerLane?: number;
  /** Records handed out a second, 0 for no limit. @default 20, below Stripe's 25 an endpoint */
  readonly ratePerSecond?: number;
  /** Records handed out at once after a pause. @default 5 */
  readonly burst?: number;
}

/** Settings of a scheduler; all times are whole milliseconds. */
export interface OrderOptions extends OrderLimits {
  /** The time now, epoch ms. */
  readonly nowMs: number;
  /** Records it can hold, 1 … 131,072. @default 131072 */
  readonly capacity?: number;
  /** Ceiling of the wait after the first failure. @default 1000 */
  readonly baseMs?: number;
  /** Ceiling of the wait after many failures. @default 900000, a quarter of an hour */
  readonly capMs?: number;
  /** What one step of priority is worth in waiting. @default 900000 */
  readonly priorityStepMs?: number;
  /** How long before its deadline a record goes first. @default 7200000, two hours */
  readonly urgentMs?: number;
  /** The longest wait believed; a later due time came from a wrong clock. @default 86400000 */
  readonly delayMsMax?: number;
}

const MINUTE_MS = 60_000;

/** The given limits with the defaults for the others, in an object of the caller's. */
export function resolveLimits(limits: OrderLimits): Required<OrderLimits> {
  return {
    maxInFlight: limits.maxInFlight ?? 8,
    maxInFlightPerLane: limits.maxInFlightPerLane ?? 4,
    ratePerSecond: limits.ratePerSecond ?? 20,
    burst: limits.burst ?? 5,
  };
}

/** Refuses limits that would be cut to another number on the way to the core. */
export function requireIntegers(limits: Required<OrderLimits>): void {
  for (const [field, value] of Object.entries(limits)) {
    requireInteger(value, field);
  }
}

/** Writes all settings where `orderReset` reads them. */
export function putSettings(
  module: CoreModule,
  limits: Required<OrderLimits>,
  options: OrderOptions,
): void {
  put(module, ORDER_SETTING_IN_FLIGHT, limits.maxInFlight);
  put(module, ORDER_SETTING_IN_FLIGHT_PER_LANE, limits.maxInFlightPerLane);
  put(module, ORDER_SETTING_RATE, limits.ratePerSecond);
  put(module, ORDER_SETTING_BURST, limits.burst);
  put(module, ORDER_SETTING_BASE_MS, options.baseMs ?? 1000);
  put(module, ORDER_SETTING_CAP_MS, options.capMs ?? 15 * MINUTE_MS);
  put(
    module,
    ORDER_SETTING_PRIORITY_MS,
    options.priorityStepMs ?? 15 * MINUTE_MS,
  );
  put(module, ORDER_SETTING_URGENT_MS, options.urgentMs ?? 120 * MINUTE_MS);
  put(module, ORDER_SETTING_DELAY_MS, options.delayMsMax ?? 1440 * MINUTE_MS);
}

function put(module: CoreModule, offset: number, value: number): void {
  requireInteger(value);
  module.view.setInt32(module.inputPointer + offset, value, true);
}

function requireInteger(value: number, field?: string): void {
  if (value === (value | 0)) return;
  throw bindingFailure(
    "ORDER_SETTING",
    "expected a 32-bit integer",
    field === undefined ? {} : { field },
  );
}
