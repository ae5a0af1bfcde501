/**
 * A region comes back: thousands of devices whose connection returns in the same second.
 *
 * Owns: how the requests of all devices spread over time. Each device is the real thing as far as
 * time goes: the core's backoff between probes, the random start after an outage, the order with
 * its pace and the forwarder's own settings. Devices do not influence each other (the far side is
 * taken to keep up), so they are played one after the other and their requests counted together.
 * @module
 */
import { CORE_WASM_BASE64 } from "../../../bindings/_wasm/core.ts";
import { CoreModule } from "../../../bindings/core_module.ts";
import { backoffDelayMs, OrderCore } from "../../../bindings/order.ts";
import {
  DEFAULT_FORWARDER_OPTIONS,
  IN_FLIGHT_MAX,
} from "../../../engine/forward/forwarder.ts";
import { Prng } from "../prng.ts";

/** What a region looks like. */
export interface HerdOptions {
  devices: number;
  seed: number;
  /** Most payments a device has stored; each has 1 to this many. */
  paymentsMax: number;
  /** Whether all notice in the same instant, as after a power cut, instead of by their probes. */
  isSimultaneous: boolean;
  /** Overrides the forwarder's random start. @default the forwarder's own */
  spreadMs?: number;
}

/** Requests of the region, second by second. */
export interface HerdReport {
  requests: number;
  /** Requests in the busiest second. */
  peakPerSecond: number;
  /**
   * What the busiest second would have if the requests were spread evenly over the window in which
   * devices come back: `reconnectSpreadMs` when all notice at once, else `probeDelayMsMax`.
   */
  steadyPerSecond: number;
}

const CALL_MS = 150;
const CALLS_PER_PAYMENT = 2;
const OUTAGE_MS = 20 * 60_000;
const CAPACITY = 16;

/** Plays every device and adds up. */
export function playHerd(options: HerdOptions): HerdReport {
  const bytes = Uint8Array.from(
    atob(CORE_WASM_BASE64),
    (character) => character.charCodeAt(0),
  );
  // One instance serves all devices: each begins with a reset.
  const core = new CoreModule(new WebAssembly.Module(bytes));
  const sentAtMs: number[] = [];
  for (let device = 0; device < options.devices; device++) {
    playDevice(core, options, new Prng(options.seed + device), sentAtMs);
  }
  const seconds = new Map<number, number>();
  for (const atMs of sentAtMs) {
    const second = Math.floor(atMs / 1000);
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
  }
  const { reconnectSpreadMs, probeDelayMsMax } = DEFAULT_FORWARDER_OPTIONS;
  const windowMs = options.isSimultaneous ? reconnectSpreadMs : probeDelayMsMax;
  return {
    requests: sentAtMs.length,
    peakPerSecond: Math.max(...seconds.values()),
    steadyPerSecond: sentAtMs.length / (windowMs / 1000),
  };
}

/** Plays one device; the connection is back at 0. */
function playDevice(
  core: CoreModule,
  { paymentsMax, isSimultaneous, spreadMs }: HerdOptions,
  random: Prng,
  sentAtMs: number[],
): void {
  const word = (): Uint8Array =>
    Uint8Array.from({ length: 8 }, () => random.below(256));
  const { probeDelayMsMin, probeDelayMsMax, reconnectSpreadMs } =
    DEFAULT_FORWARDER_OPTIONS;
  let nowMs = isSimultaneous ? 0 : -OUTAGE_MS;
  for (let attempt = 1; nowMs < 0; attempt++) {
    nowMs += backoffDelayMs(
      core,
      attempt,
      word(),
      probeDelayMsMin,
      probeDelayMsMax,
    );
  }
  // The core's times are whole and not negative.
  const zeroMs = 1_000_000;
  const order = new OrderCore(core, {
    nowMs: zeroMs + nowMs,
    capacity: CAPACITY,
    maxInFlight: IN_FLIGHT_MAX,
    maxInFlightPerLane: IN_FLIGHT_MAX,
  });
  const payments = 1 + random.below(paymentsMax);
  for (let seq = 1; seq <= payments; seq++) {
    order.add({
      seq,
      lane: "a",
      cardKey: null,
      priority: 0,
      dueAtMs: 0,
      deadlineAtMs: null,
    });
  }
  order.startAfterOutage(
    zeroMs + nowMs,
    word(),
    spreadMs ?? reconnectSpreadMs,
  );
  const underWay: { doneAtMs: number; seq: number }[] = [];
  while (order.count > 0) {
    const step = order.next(zeroMs + nowMs);
    if (step.kind === "take") {
      for (let i = 0; i < CALLS_PER_PAYMENT; i++) {
        sentAtMs.push(nowMs + i * CALL_MS);
      }
      const doneAtMs = nowMs + CALLS_PER_PAYMENT * CALL_MS;
      underWay.push({ doneAtMs, seq: step.seq });
      continue;
    }
    const nextMs = step.kind === "wait" ? step.untilMs - zeroMs : Infinity;
    const [first] = underWay;
    if (first !== undefined && first.doneAtMs <= nextMs) {
      underWay.shift();
      nowMs = Math.max(nowMs, first.doneAtMs);
      order.done(first.seq);
    } else nowMs = nextMs;
  }
}
