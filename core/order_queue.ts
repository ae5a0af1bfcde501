// The queue: how a record comes in and goes out of it.
//
// Owns: that of the records of one card in one lane the oldest acts and no other, whatever comes,
// goes, fails or returns in between, and that the counts agree with where the records stand.
import { heapPush, heapRemove, LINK_A } from "./heap";
import { GROUP_ACTIVE, GROUP_BLOCKED } from "./order_cards";
import { laneRefresh, laneSchedule, laneTake, laneUnschedule } from "./order_lanes";
import {
  LANE_IN_FLIGHT, LANE_QUEUED, RECORD_GROUP, RECORD_LANE, RECORD_SEQ, RECORD_STATE, STATE_BLOCKED,
  STATE_IN_FLIGHT,
} from "./order_state";

/** Records in flight over all lanes. */
export let inFlight: u32 = 0;

/** Forgets all records in flight; the caller has zeroed the memory. */
export function queueReset(): void {
  inFlight = 0;
}

/** Hands a ready record out. */
export function takeOff(record: usize): void {
  laneTake(record);
  count(record, LANE_QUEUED, -1);
  store<u8>(record, STATE_IN_FLIGHT, RECORD_STATE);
  inFlight++;
  count(record, LANE_IN_FLIGHT, 1);
  laneRefresh(load<u32>(record, RECORD_LANE));
}

/** Moves one of the lane's counters. */
export function count(record: usize, counter: usize, by: i32): void {
  const at = <usize>load<u32>(record, RECORD_LANE) + counter;
  store<u32>(at, load<u32>(at) + by);
}

/** Lets the next record of the card act, when none does. */
export function promote(group: usize): void {
  const next = <usize>load<u32>(group, GROUP_BLOCKED);
  if (next == 0 || load<u32>(group, GROUP_ACTIVE) != 0) return;
  store<u32>(group, <u32>heapRemove(next, next, LINK_A), GROUP_BLOCKED);
  store<u32>(group, <u32>next, GROUP_ACTIVE);
  laneSchedule(next);
}

function block(group: usize, record: usize): void {
  store<u8>(record, STATE_BLOCKED, RECORD_STATE);
  const seq = load<i64>(record, RECORD_SEQ);
  const root = heapPush(load<u32>(group, GROUP_BLOCKED), record, LINK_A, seq);
  store<u32>(group, <u32>root, GROUP_BLOCKED);
}

/** Brings a record that stands nowhere into the queue. */
export function enqueue(record: usize): void {
  count(record, LANE_QUEUED, 1);
  const group = <usize>load<u32>(record, RECORD_GROUP);
  if (group == 0) return laneSchedule(record);
  const active = <usize>load<u32>(group, GROUP_ACTIVE);
  if (active != 0 && load<u8>(active, RECORD_STATE) != STATE_IN_FLIGHT) {
    // An older record has come: the active one steps back, the heap decides.
    if (load<i64>(record, RECORD_SEQ) < load<i64>(active, RECORD_SEQ)) {
      laneUnschedule(active);
      block(group, active);
      store<u32>(group, 0, GROUP_ACTIVE);
    }
  }
  block(group, record);
  promote(group);
}

/** Takes a queued or in-flight record out; the next of its card may act. */
export function dequeue(record: usize): void {
  const state = load<u8>(record, RECORD_STATE);
  const group = <usize>load<u32>(record, RECORD_GROUP);
  if (state == STATE_BLOCKED) {
    const root = heapRemove(load<u32>(group, GROUP_BLOCKED), record, LINK_A);
    store<u32>(group, <u32>root, GROUP_BLOCKED);
    return count(record, LANE_QUEUED, -1);
  }
  if (state == STATE_IN_FLIGHT) {
    inFlight--;
    count(record, LANE_IN_FLIGHT, -1);
    laneRefresh(load<u32>(record, RECORD_LANE));
  } else {
    laneUnschedule(record);
    count(record, LANE_QUEUED, -1);
  }
  if (group == 0) return;
  store<u32>(group, 0, GROUP_ACTIVE);
}
