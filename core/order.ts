// The scheduler: which stored record is forwarded next, and when.
//
// Owns: the life of a record, queued -> in flight -> gone, back in the queue, or dead. No clock and
// no randomness: both come in as arguments, so the same calls give the same order on every host.
// Nothing is ever dropped by itself: only `orderDone` and `orderRemove` take a record away. No call
// sorts: each costs O(log n), `orderDueAll` O(n log n).
import {
  ORDER_COUNTS_BYTES, ORDER_DELAY_MS_MAX, ORDER_ERR_CAPACITY, ORDER_ERR_DELAY, ORDER_ERR_HANDLE,
  ORDER_ERR_HANDLE_FREE, ORDER_ERR_HANDLE_USED, ORDER_ERR_IN_FLIGHT, ORDER_ERR_LANE,
  ORDER_ERR_NOT_IN_FLIGHT, ORDER_ERR_NOT_READY, ORDER_ERR_PRIORITY, ORDER_ERR_SEQ,
  ORDER_ERR_SETTING, ORDER_ERR_TIME, ORDER_LANES_MAX, ORDER_NEXT_BUSY, ORDER_NEXT_EMPTY,
  ORDER_NEXT_TAKE, ORDER_NEXT_WAIT, ORDER_PRIORITY_MAX, ORDER_RATE_MAX, ORDER_RECORDS_MAX,
  ORDER_SETTING_BASE_MS, ORDER_SETTING_BURST, ORDER_SETTING_CAP_MS, ORDER_SETTING_DELAY_MS,
  ORDER_SETTING_IN_FLIGHT, ORDER_SETTING_IN_FLIGHT_PER_LANE, ORDER_SETTING_PRIORITY_MS,
  ORDER_SETTING_RATE, ORDER_SETTING_URGENT_MS, ORDER_STATE_DEAD, ORDER_STATE_FREE,
  ORDER_STATE_IN_FLIGHT, ORDER_STATE_QUEUED,
} from "./abi";
import { INPUT, OUTPUT } from "./arena";
import { backoffCeiling, fullJitter } from "./backoff";
import { heapKey, LINK_A, LINK_B } from "./heap";
import { groupJoin, groupLeave, groupsReset } from "./order_cards";
import {
  laneAt, laneChoose, laneCount, laneRefresh, lanesLimit, lanesReset, lanesWake, serving, waiting,
} from "./order_lanes";
import { count, dequeue, enqueue, inFlight, promote, queueReset, takeOff } from "./order_queue";
import {
  capacity, clock, clockOffset, clockTo, dueFrom, isTime, LANE_DEAD, LANE_IN_FLIGHT, LANE_PARKED,
  LANE_QUEUED, LANE_READY, LANE_WAITING, NO_DEADLINE, RECORD_ATTEMPTS, RECORD_BYTES, RECORD_DUE,
  RECORD_GROUP, RECORD_LANE, RECORD_PRIORITY, RECORD_SEQ, RECORD_STATE, records, stateReset,
  STATE_BLOCKED, STATE_DEAD, STATE_FREE, STATE_IN_FLIGHT, STATE_READY,
} from "./order_state";
import { bucketConfigure, bucketReset, bucketSpend, bucketWaitMs } from "./token_bucket";

/** Largest sequence number: 2^53 - 1, the largest integer a JavaScript number holds exactly. */
const SEQ_MAX: f64 = 9007199254740991;

let inFlightMax: u32 = 0;
let baseMs: i64 = 0;
let capMs: i64 = 0;
let delayMs: i64 = 0;
let holdUntil: i64 = 0;

function setting(offset: i32): i32 {
  return load<i32>(INPUT + <usize>offset);
}

function areLimits(total: i32, perLane: i32, rate: i32, burst: i32): bool {
  return total >= 1 && total <= ORDER_RECORDS_MAX && perLane >= 1 &&
    perLane <= ORDER_RECORDS_MAX && rate >= 0 && rate <= ORDER_RATE_MAX && burst >= 1 &&
    burst <= ORDER_RATE_MAX;
}

/**
 * Forgets everything and takes memory for `count` records; the settings stand in the input arena.
 * The only call that allocates. On an error the previous scheduler is untouched.
 */
export function orderReset(count: u32, now: f64): i32 {
  if (count < 1 || count > <u32>ORDER_RECORDS_MAX) return ORDER_ERR_CAPACITY;
  if (!isTime(now)) return ORDER_ERR_TIME;
  const total = setting(ORDER_SETTING_IN_FLIGHT);
  const perLane = setting(ORDER_SETTING_IN_FLIGHT_PER_LANE);
  const rate = setting(ORDER_SETTING_RATE);
  const burst = setting(ORDER_SETTING_BURST);
  const base = setting(ORDER_SETTING_BASE_MS);
  const cap = setting(ORDER_SETTING_CAP_MS);
  const priority = setting(ORDER_SETTING_PRIORITY_MS);
  const urgent = setting(ORDER_SETTING_URGENT_MS);
  const delay = setting(ORDER_SETTING_DELAY_MS);
  const sound = areLimits(total, perLane, rate, burst) && base >= 1 && cap >= base &&
    priority >= 0 && urgent >= 0 && delay >= cap;
  if (!sound) return ORDER_ERR_SETTING;
  const status = stateReset(count, now);
  if (status < 0) return status;
  groupsReset();
  lanesReset(priority, urgent);
  lanesLimit(<u32>perLane);
  bucketReset(rate, burst);
  queueReset();
  inFlightMax = <u32>total;
  baseMs = base;
  capMs = cap;
  delayMs = delay;
  holdUntil = clock;
  return 0;
}

/** Changes the limits while records are queued and in flight; takes no token away or adds one. */
export function orderLimits(total: i32, perLane: i32, rate: i32, burst: i32): i32 {
  if (capacity == 0) return ORDER_ERR_NOT_READY;
  if (!areLimits(total, perLane, rate, burst)) return ORDER_ERR_SETTING;
  inFlightMax = <u32>total;
  lanesLimit(<u32>perLane);
  bucketConfigure(rate, burst);
  return 0;
}

function recordAt(handle: u32): usize {
  return records + <usize>handle * RECORD_BYTES;
}

/** The reason why `handle` cannot be worked on, or 0. */
function refusal(handle: u32): i32 {
  if (capacity == 0) return ORDER_ERR_NOT_READY;
  if (handle >= capacity) return ORDER_ERR_HANDLE;
  return load<u8>(recordAt(handle), RECORD_STATE) == STATE_FREE ? ORDER_ERR_HANDLE_FREE : 0;
}

/**
 * Adds a record under a free handle. `hasCard` 0 means no card order; `deadline` may be +Infinity;
 * a `due` beyond the longest believed delay counts as that delay.
 */
export function orderAdd(
  handle: u32, lane: u32, seq: f64, hasCard: i32, cardLow: u32, cardHigh: u32,
  priority: u32, due: f64, deadline: f64,
): i32 {
  if (capacity == 0) return ORDER_ERR_NOT_READY;
  if (handle >= capacity) return ORDER_ERR_HANDLE;
  const record = recordAt(handle);
  if (load<u8>(record, RECORD_STATE) != STATE_FREE) return ORDER_ERR_HANDLE_USED;
  if (lane >= <u32>ORDER_LANES_MAX) return ORDER_ERR_LANE;
  if (!(seq >= 0 && seq <= SEQ_MAX && floor(seq) == seq)) return ORDER_ERR_SEQ;
  if (priority > <u32>ORDER_PRIORITY_MAX) return ORDER_ERR_PRIORITY;
  if (!isTime(due) || (deadline != Infinity && !isTime(deadline))) return ORDER_ERR_TIME;
  memory.fill(record, 0, RECORD_BYTES);
  const at = laneAt(lane);
  const until = deadline == Infinity ? NO_DEADLINE : <i64>deadline + clockOffset;
  store<i64>(record + LINK_B, until);
  store<i64>(record, <i64>seq, RECORD_SEQ);
  store<i64>(record, dueFrom(due, delayMs), RECORD_DUE);
  store<u32>(record, <u32>at, RECORD_LANE);
  store<u8>(record, <u8>priority, RECORD_PRIORITY);
  if (hasCard != 0) store<u32>(record, <u32>groupJoin(at, cardLow, cardHigh), RECORD_GROUP);
  enqueue(record);
  return 0;
}

function forget(record: usize): i32 {
  const group = <usize>load<u32>(record, RECORD_GROUP);
  if (load<u8>(record, RECORD_STATE) == STATE_DEAD) count(record, LANE_DEAD, -1);
  else dequeue(record);
  store<u8>(record, STATE_FREE, RECORD_STATE);
  if (group == 0) return 0;
  promote(group);
  groupLeave(group);
  return 0;
}

/** Forgets a record that is not in flight: queued or dead. */
export function orderRemove(handle: u32): i32 {
  const status = refusal(handle);
  if (status < 0) return status;
  const record = recordAt(handle);
  if (load<u8>(record, RECORD_STATE) == STATE_IN_FLIGHT) return ORDER_ERR_IN_FLIGHT;
  return forget(record);
}

/** Forgets a record in flight: it reached a final outcome. */
export function orderDone(handle: u32): i32 {
  const status = refusal(handle);
  if (status < 0) return status;
  const record = recordAt(handle);
  if (load<u8>(record, RECORD_STATE) != STATE_IN_FLIGHT) return ORDER_ERR_NOT_IN_FLIGHT;
  return forget(record);
}

/** Answers WAIT with the caller's time for `at`. */
function waitUntil(at: i64): i32 {
  store<f64>(OUTPUT, <f64>(at - clockOffset), 8);
  return ORDER_NEXT_WAIT;
}

/**
 * Hands out the next record, or says what to wait for: its handle (u32) and sequence number (f64 at
 * output offset 8), or the time (f64, ms, at the same place).
 */
export function orderNext(now: f64): i32 {
  const status = clockTo(now);
  if (status < 0) return status;
  lanesWake();
  if (serving == 0 && waiting == 0) return inFlight > 0 ? ORDER_NEXT_BUSY : ORDER_NEXT_EMPTY;
  if (inFlight >= inFlightMax) return ORDER_NEXT_BUSY;
  let at = max(holdUntil, clock + bucketWaitMs());
  if (serving == 0) at = max(at, heapKey(waiting, LINK_B));
  if (at > clock) return waitUntil(at);
  const record = laneChoose(serving);
  takeOff(record);
  bucketSpend();
  store<u32>(OUTPUT, <u32>((record - records) / RECORD_BYTES));
  store<f64>(OUTPUT, <f64>load<i64>(record, RECORD_SEQ), 8);
  return ORDER_NEXT_TAKE;
}

/**
 * Puts a record in flight back in the queue after a failure worth repeating. Retry-After is a floor
 * with the jitter on top: a crowd told "30" must not come back together at 30. With a deadline
 * ahead the ceiling is half the time left, so that no record sleeps through it. The due time
 * (f64, ms) stands at output offset 8.
 */
export function orderRetry(handle: u32, now: f64, low: u32, high: u32, retryAfterMs: f64): i32 {
  const status = refusal(handle);
  if (status < 0) return status;
  const record = recordAt(handle);
  if (load<u8>(record, RECORD_STATE) != STATE_IN_FLIGHT) return ORDER_ERR_NOT_IN_FLIGHT;
  if (!isDelay(retryAfterMs)) return ORDER_ERR_DELAY;
  const late = clockTo(now);
  if (late < 0) return late;
  const attempts = load<u32>(record, RECORD_ATTEMPTS) + 1;
  store<u32>(record, attempts, RECORD_ATTEMPTS);
  let ceiling = backoffCeiling(attempts, baseMs, capMs);
  const left = heapKey(record, LINK_B) - clock;
  if (left > 0) ceiling = min(ceiling, max(baseMs, left / 2));
  const delay = min<i64>(<i64>retryAfterMs + fullJitter(ceiling, low, high), delayMs);
  dequeue(record);
  store<i64>(record, clock + delay, RECORD_DUE);
  enqueue(record);
  store<f64>(OUTPUT, <f64>(clock + delay - clockOffset), 8);
  return 0;
}

/** Puts a record in flight back as due now, without counting an attempt: nothing was sent. */
export function orderRelease(handle: u32, now: f64): i32 {
  const status = refusal(handle);
  if (status < 0) return status;
  const record = recordAt(handle);
  if (load<u8>(record, RECORD_STATE) != STATE_IN_FLIGHT) return ORDER_ERR_NOT_IN_FLIGHT;
  const late = clockTo(now);
  if (late < 0) return late;
  dequeue(record);
  store<i64>(record, clock, RECORD_DUE);
  enqueue(record);
  return 0;
}

/** Sets a queued or in-flight record aside for a person; the others of its card go on. */
export function orderDeadLetter(handle: u32): i32 {
  const status = refusal(handle);
  if (status < 0) return status;
  const record = recordAt(handle);
  if (load<u8>(record, RECORD_STATE) == STATE_DEAD) return 0;
  dequeue(record);
  store<u8>(record, STATE_DEAD, RECORD_STATE);
  count(record, LANE_DEAD, 1);
  const group = <usize>load<u32>(record, RECORD_GROUP);
  if (group != 0) promote(group);
  return 0;
}

function makeDue(record: usize): void {
  const state = load<u8>(record, RECORD_STATE);
  if (state == STATE_IN_FLIGHT) return;
  // A record that was due before keeps its place; a dead letter joins the end.
  const due = state == STATE_DEAD ? clock : min(load<i64>(record, RECORD_DUE), clock);
  if (state == STATE_READY || state == STATE_BLOCKED) return store<i64>(record, due, RECORD_DUE);
  if (state == STATE_DEAD) count(record, LANE_DEAD, -1);
  else dequeue(record);
  store<i64>(record, due, RECORD_DUE);
  enqueue(record);
}

/** Makes one record due now and brings a dead letter back; card order and limits still hold. */
export function orderDueNow(handle: u32, now: f64): i32 {
  const status = refusal(handle);
  if (status < 0) return status;
  const late = clockTo(now);
  if (late < 0) return late;
  makeDue(recordAt(handle));
  return 0;
}

/** Makes every queued record due now and lifts a start delay; dead letters stay dead. */
export function orderDueAll(now: f64): i32 {
  const status = clockTo(now);
  if (status < 0) return status;
  holdUntil = clock;
  for (let i: u32 = 0; i < capacity; i++) {
    const record = recordAt(i);
    const state = load<u8>(record, RECORD_STATE);
    if (state != STATE_FREE && state != STATE_DEAD) makeDue(record);
  }
  return 0;
}

/** Parks a lane (1: nothing more is handed out, all is kept) or opens it again (0). */
export function orderPark(lane: u32, parked: i32): i32 {
  if (capacity == 0) return ORDER_ERR_NOT_READY;
  if (lane >= <u32>ORDER_LANES_MAX) return ORDER_ERR_LANE;
  const at = laneAt(lane);
  store<u8>(at, u8(parked != 0), LANE_PARKED);
  laneRefresh(at);
  return 0;
}

/**
 * Holds everything for a uniform part of `spreadMs`, so that a region's devices do not all start at
 * the moment the network is back. The start (f64, ms) stands at output offset 8.
 */
export function orderHold(now: f64, low: u32, high: u32, spreadMs: f64): i32 {
  if (!isDelay(spreadMs)) return ORDER_ERR_DELAY;
  const status = clockTo(now);
  if (status < 0) return status;
  holdUntil = clock + fullJitter(<i64>spreadMs, low, high);
  store<f64>(OUTPUT, <f64>(holdUntil - clockOffset), 8);
  return 0;
}

/** When the next record falls due, limits aside (f64, ms at output offset 8); 0 without one. */
export function orderNextDue(): i32 {
  if (capacity == 0) return ORDER_ERR_NOT_READY;
  let due = i64.MAX_VALUE;
  for (let i: u32 = 0; i < laneCount; i++) {
    const lane = laneAt(i);
    if (load<u8>(lane, LANE_PARKED) != 0) continue;
    if (load<u32>(lane, LANE_READY) != 0) due = min(due, clock);
    const first = <usize>load<u32>(lane, LANE_WAITING);
    if (first != 0) due = min(due, max(clock, heapKey(first, LINK_A)));
  }
  if (due == i64.MAX_VALUE) return 0;
  store<f64>(OUTPUT, <f64>(due - clockOffset), 8);
  return 1;
}

/** Writes a lane's counts (queued, in flight, dead, parked: u32 each) to the output. */
export function orderCounts(lane: u32): i32 {
  if (capacity == 0) return ORDER_ERR_NOT_READY;
  if (lane >= <u32>ORDER_LANES_MAX) return ORDER_ERR_LANE;
  const at = laneAt(lane);
  store<u32>(OUTPUT, load<u32>(at, LANE_QUEUED));
  store<u32>(OUTPUT, load<u32>(at, LANE_IN_FLIGHT), 4);
  store<u32>(OUTPUT, load<u32>(at, LANE_DEAD), 8);
  store<u32>(OUTPUT, <u32>load<u8>(at, LANE_PARKED), 12);
  return ORDER_COUNTS_BYTES;
}

/** One of ORDER_STATE_*, or why there is none. */
export function orderState(handle: u32): i32 {
  if (capacity == 0) return ORDER_ERR_NOT_READY;
  if (handle >= capacity) return ORDER_ERR_HANDLE;
  const state = load<u8>(recordAt(handle), RECORD_STATE);
  if (state == STATE_FREE) return ORDER_STATE_FREE;
  if (state == STATE_IN_FLIGHT) return ORDER_STATE_IN_FLIGHT;
  return state == STATE_DEAD ? ORDER_STATE_DEAD : ORDER_STATE_QUEUED;
}

function isDelay(ms: f64): bool {
  return ms >= 0 && ms <= <f64>ORDER_DELAY_MS_MAX && floor(ms) == ms;
}

/** The wait after failure number `attempt` alone, without a scheduler; ORDER_ERR_* if negative. */
export function backoffDelay(attempt: u32, low: u32, high: u32, base: f64, cap: f64): i32 {
  if (attempt < 1 || !isDelay(base) || !isDelay(cap) || base < 1 || cap < base) {
    return ORDER_ERR_DELAY;
  }
  return <i32>fullJitter(backoffCeiling(attempt, <i64>base, <i64>cap), low, high);
}
