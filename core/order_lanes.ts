// Lanes: who serves next, and the three heaps of each.
//
// Owns: fairness and the choice within a lane. The lane served longest ago goes first, so a lane
// with 100,000 records and one with a single record alternate, and a lane that is parked or has its
// share in flight is not among the candidates at all. Within a lane a record ranks by its due time,
// brought forward by its priority: a head start, not a class, so that nothing waits for ever.
import { ORDER_URGENT_RUN_MAX } from "./abi";
import {
  heapKey, heapNext, heapPush, heapRemove, heapRest, heapSplit, LINK_A, LINK_B, NODE_TIE,
} from "./heap";
import {
  clock, LANE_BYTES, LANE_DEADLINES, LANE_IN_FLIGHT, LANE_PARKED, LANE_READY, LANE_SERVES,
  LANE_TURN, LANE_URGENT_RUN, LANE_WAITING, LANE_WAITS, lanes, NO_DEADLINE, RECORD_DUE,
  RECORD_IN_DEADLINES, RECORD_LANE, RECORD_PRIORITY, RECORD_STATE, STATE_READY, STATE_WAITING,
} from "./order_state";

/** Root of the lanes that can serve now, by turn. */
export let serving: usize = 0;
/** Root of the lanes with waiting records, by earliest due time. */
export let waiting: usize = 0;
export let laneCount: u32 = 0;
let laneInFlightMax: u32 = 0;
let priorityMs: i64 = 0;
let urgentMs: i64 = 0;
let turn: i64 = 0;

/** Forgets all lanes; the caller has zeroed the memory. */
export function lanesReset(priorityStepMs: i64, urgentWindowMs: i64): void {
  serving = 0;
  waiting = 0;
  laneCount = 0;
  turn = 0;
  priorityMs = priorityStepMs;
  urgentMs = urgentWindowMs;
}

/** The lane of an index below ORDER_LANES_MAX; lanes exist from their first mention on. */
export function laneAt(index: u32): usize {
  while (laneCount <= index) {
    store<i64>(lanes + <usize>laneCount * LANE_BYTES, <i64>laneCount, NODE_TIE);
    laneCount++;
  }
  return lanes + <usize>index * LANE_BYTES;
}

/** Sets the share of one lane and brings every lane up to date. */
export function lanesLimit(inFlightMax: u32): void {
  laneInFlightMax = inFlightMax;
  for (let i: u32 = 0; i < laneCount; i++) laneRefresh(laneAt(i));
}

/** Brings the lane's place among the serving and the waiting lanes up to date. */
export function laneRefresh(lane: usize): void {
  const hasShare = load<u32>(lane, LANE_IN_FLIGHT) < laneInFlightMax;
  const open = hasShare && load<u8>(lane, LANE_PARKED) == 0;
  const serves = open && load<u32>(lane, LANE_READY) != 0;
  const lastTurn = load<i64>(lane, LANE_TURN);
  const served = load<u8>(lane, LANE_SERVES) != 0;
  if (served && (!serves || heapKey(lane, LINK_A) != lastTurn)) {
    serving = heapRemove(serving, lane, LINK_A);
  }
  if (serves && (!served || heapKey(lane, LINK_A) != lastTurn)) {
    serving = heapPush(serving, lane, LINK_A, lastTurn);
  }
  store<u8>(lane, u8(serves), LANE_SERVES);

  const first = <usize>load<u32>(lane, LANE_WAITING);
  const waits = open && first != 0;
  const due: i64 = first == 0 ? 0 : heapKey(first, LINK_A);
  const waited = load<u8>(lane, LANE_WAITS) != 0;
  const moved = !waits || heapKey(lane, LINK_B) != due;
  if (waited && moved) waiting = heapRemove(waiting, lane, LINK_B);
  if (waits && (!waited || moved)) waiting = heapPush(waiting, lane, LINK_B, due);
  store<u8>(lane, u8(waits), LANE_WAITS);
}

function makeReady(lane: usize, record: usize): void {
  store<u8>(record, STATE_READY, RECORD_STATE);
  const headStart = priorityMs * <i64>load<u8>(record, RECORD_PRIORITY);
  const rank = load<i64>(record, RECORD_DUE) - headStart;
  const root = heapPush(load<u32>(lane, LANE_READY), record, LINK_A, rank);
  store<u32>(lane, <u32>root, LANE_READY);
  // Link B keeps the deadline from the record's first day on, in a heap or not.
  const deadline = heapKey(record, LINK_B);
  if (deadline == NO_DEADLINE || deadline <= clock) return;
  const urgent = heapPush(load<u32>(lane, LANE_DEADLINES), record, LINK_B, deadline);
  store<u32>(lane, <u32>urgent, LANE_DEADLINES);
  store<u8>(record, 1, RECORD_IN_DEADLINES);
}

/** Puts the active record of a card, or one without a card, where its due time belongs. */
export function laneSchedule(record: usize): void {
  const lane = <usize>load<u32>(record, RECORD_LANE);
  const due = load<i64>(record, RECORD_DUE);
  if (due <= clock) {
    makeReady(lane, record);
  } else {
    store<u8>(record, STATE_WAITING, RECORD_STATE);
    const root = heapPush(load<u32>(lane, LANE_WAITING), record, LINK_A, due);
    store<u32>(lane, <u32>root, LANE_WAITING);
  }
  laneRefresh(lane);
}

function leaveDeadlines(lane: usize, record: usize): void {
  store<u8>(record, 0, RECORD_IN_DEADLINES);
  const root = heapRemove(load<u32>(lane, LANE_DEADLINES), record, LINK_B);
  store<u32>(lane, <u32>root, LANE_DEADLINES);
}

/** Takes a waiting or ready record out of its heaps; the caller refreshes the lane. */
export function laneTake(record: usize): void {
  const lane = <usize>load<u32>(record, RECORD_LANE);
  const heap = load<u8>(record, RECORD_STATE) == STATE_READY ? LANE_READY : LANE_WAITING;
  store<u32>(lane + heap, <u32>heapRemove(load<u32>(lane + heap), record, LINK_A));
  if (load<u8>(record, RECORD_IN_DEADLINES) != 0) leaveDeadlines(lane, record);
}

/** The same, and brings the lane up to date. */
export function laneUnschedule(record: usize): void {
  laneTake(record);
  laneRefresh(load<u32>(record, RECORD_LANE));
}

/** Makes every record ready whose time has come; each pays once for each time it was put off. */
export function lanesWake(): void {
  while (waiting != 0 && heapKey(waiting, LINK_B) <= clock) {
    const lane = waiting;
    let due = heapSplit(load<u32>(lane, LANE_WAITING), LINK_A, clock);
    store<u32>(lane, <u32>heapRest, LANE_WAITING);
    while (due != 0) {
      const record = due;
      due = heapNext(record, LINK_A);
      makeReady(lane, record);
    }
    laneRefresh(lane);
  }
}

/** The record that `lane`, one that serves, hands out now; its turn is over. */
export function laneChoose(lane: usize): usize {
  turn++;
  store<i64>(lane, turn, LANE_TURN);
  // A deadline that has passed is no reason to hurry: the record goes by rank again.
  let first = <usize>load<u32>(lane, LANE_DEADLINES);
  while (first != 0 && heapKey(first, LINK_B) <= clock) {
    leaveDeadlines(lane, first);
    first = <usize>load<u32>(lane, LANE_DEADLINES);
  }
  const run = load<u8>(lane, LANE_URGENT_RUN);
  if (first != 0 && run < <u8>ORDER_URGENT_RUN_MAX && heapKey(first, LINK_B) - clock <= urgentMs) {
    store<u8>(lane, run + 1, LANE_URGENT_RUN);
    return first;
  }
  store<u8>(lane, 0, LANE_URGENT_RUN);
  return <usize>load<u32>(lane, LANE_READY);
}
