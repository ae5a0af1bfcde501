// `interface order` of core/wit/order.wit: one scheduler per instance, records by handles.
//
// Owns: nothing but the crossing. Times are u64 outside and whole doubles inside; a time that a
// double cannot hold is far beyond what the core believes, and refused there.
import {
  ORDER_COUNTS_BYTES, ORDER_ERR_NOT_READY, ORDER_ERR_PRIORITY, ORDER_NEXT_BUSY, ORDER_NEXT_EMPTY,
  ORDER_NEXT_TAKE, ORDER_NEXT_WAIT, ORDER_SETTINGS_BYTES, ORDER_SETTING_BASE_MS,
  ORDER_SETTING_BURST, ORDER_SETTING_CAP_MS, ORDER_SETTING_DELAY_MS, ORDER_SETTING_IN_FLIGHT,
  ORDER_SETTING_IN_FLIGHT_PER_LANE, ORDER_SETTING_PRIORITY_MS, ORDER_SETTING_RATE,
  ORDER_SETTING_URGENT_MS,
} from "../abi";
import { INPUT, OUTPUT } from "../arena";
import {
  backoffDelay as backoff, orderAdd, orderCounts, orderDeadLetter, orderDone, orderDueAll,
  orderDueNow, orderHold, orderLimits, orderNext, orderNextDue, orderPark, orderRelease,
  orderRemove, orderReset, orderRetry, orderState,
} from "../order";
import { PAYLOAD, PAYLOAD_8, RESULT, soil } from "./memory";

// variant step
const STEP_TAKE: u8 = 0;
const STEP_WAIT: u8 = 1;
const STEP_EMPTY: u8 = 2;
const STEP_BUSY: u8 = 3;
/** Where the core writes a time, f64. */
const TIME: usize = 8;

export function reset(
  capacity: u32, now: u64, inFlight: u32, perLane: u32, rate: u32, burst: u32, base: u32,
  cap: u32, priority: u32, urgent: u32, delay: u32,
): usize {
  soil(ORDER_SETTINGS_BYTES, 0);
  store<u32>(INPUT + ORDER_SETTING_IN_FLIGHT, inFlight);
  store<u32>(INPUT + ORDER_SETTING_IN_FLIGHT_PER_LANE, perLane);
  store<u32>(INPUT + ORDER_SETTING_RATE, rate);
  store<u32>(INPUT + ORDER_SETTING_BURST, burst);
  store<u32>(INPUT + ORDER_SETTING_BASE_MS, base);
  store<u32>(INPUT + ORDER_SETTING_CAP_MS, cap);
  store<u32>(INPUT + ORDER_SETTING_PRIORITY_MS, priority);
  store<u32>(INPUT + ORDER_SETTING_URGENT_MS, urgent);
  store<u32>(INPUT + ORDER_SETTING_DELAY_MS, delay);
  return settled(orderReset(capacity, <f64>now));
}

export function setLimits(inFlight: u32, perLane: u32, rate: u32, burst: u32): usize {
  return settled(orderLimits(inFlight, perLane, rate, burst));
}

export function add(
  handle: u32, lane: u32, seq: u64, hasCard: u32, card: u64, priority: u32, due: u64,
  hasDeadline: u32, deadline: u64,
): usize {
  return settled(orderAdd(
    handle, lane, <f64>seq, hasCard, <u32>card, <u32>(card >>> 32), priority, <f64>due,
    hasDeadline != 0 ? <f64>deadline : Infinity,
  ));
}

export function next(now: u64): usize {
  const status = orderNext(<f64>now);
  if (status < 0) return refused(PAYLOAD_8, status);
  store<u8>(RESULT, 0);
  if (status == ORDER_NEXT_TAKE) {
    store<u8>(PAYLOAD_8, STEP_TAKE);
    store<u32>(PAYLOAD_8, load<u32>(OUTPUT), 8);
  } else if (status == ORDER_NEXT_WAIT) {
    store<u8>(PAYLOAD_8, STEP_WAIT);
    store<u64>(PAYLOAD_8, time(), 8);
  } else {
    assert(status == ORDER_NEXT_EMPTY || status == ORDER_NEXT_BUSY);
    store<u8>(PAYLOAD_8, status == ORDER_NEXT_EMPTY ? STEP_EMPTY : STEP_BUSY);
  }
  return RESULT;
}

export function done(handle: u32): usize {
  return settled(orderDone(handle));
}

export function remove(handle: u32): usize {
  return settled(orderRemove(handle));
}

export function retry(handle: u32, now: u64, random: u64, retryAfterMs: u32): usize {
  return timed(
    orderRetry(handle, <f64>now, <u32>random, <u32>(random >>> 32), <f64>retryAfterMs),
  );
}

export function release(handle: u32, now: u64): usize {
  return settled(orderRelease(handle, <f64>now));
}

export function deadLetter(handle: u32): usize {
  return settled(orderDeadLetter(handle));
}

export function dueNow(handle: u32, now: u64): usize {
  return settled(orderDueNow(handle, <f64>now));
}

export function dueAll(now: u64): usize {
  return settled(orderDueAll(<f64>now));
}

export function park(lane: u32, parked: u32): usize {
  return settled(orderPark(lane, parked));
}

export function hold(now: u64, random: u64, spreadMs: u32): usize {
  return timed(orderHold(<f64>now, <u32>random, <u32>(random >>> 32), <f64>spreadMs));
}

export function nextDue(): usize {
  const status = orderNextDue();
  if (status < 0) return refused(PAYLOAD_8, status);
  store<u8>(RESULT, 0);
  store<u8>(PAYLOAD_8, u8(status != 0));
  if (status != 0) store<u64>(PAYLOAD_8, time(), 8);
  return RESULT;
}

export function counts(lane: u32): usize {
  const status = orderCounts(lane);
  if (status < 0) return refused(PAYLOAD, status);
  store<u8>(RESULT, 0);
  memory.copy(PAYLOAD, OUTPUT, ORDER_COUNTS_BYTES);
  return RESULT;
}

export function state(handle: u32): usize {
  const status = orderState(handle);
  if (status < 0) return refused(RESULT + 1, status);
  store<u8>(RESULT, 0);
  store<u8>(RESULT, <u8>status, 1);
  return RESULT;
}

export function backoffDelay(attempt: u32, random: u64, baseMs: u32, capMs: u32): usize {
  const low = <u32>random;
  const status = backoff(attempt, low, <u32>(random >>> 32), <f64>baseMs, <f64>capMs);
  if (status < 0) return refused(PAYLOAD, status);
  store<u8>(RESULT, 0);
  store<u32>(PAYLOAD, status);
  return RESULT;
}

function time(): u64 {
  return <u64>load<f64>(OUTPUT, TIME);
}

/** Ends a call that returns `result<_, order-error>`. */
function settled(status: i32): usize {
  if (status < 0) return refused(RESULT + 1, status);
  store<u8>(RESULT, 0);
  return RESULT;
}

/** Ends a call that returns `result<u64, order-error>`. */
function timed(status: i32): usize {
  if (status < 0) return refused(PAYLOAD_8, status);
  store<u8>(RESULT, 0);
  store<u64>(PAYLOAD_8, time());
  return RESULT;
}

/** Ends a call with an `order-error`, whose cases follow the statuses; a bad priority is none. */
function refused(target: usize, status: i32): usize {
  assert(status != ORDER_ERR_PRIORITY);
  const kind = ORDER_ERR_NOT_READY - status;
  store<u8>(RESULT, 1);
  store<u8>(target, <u8>(status < ORDER_ERR_PRIORITY ? kind - 1 : kind));
  return RESULT;
}
