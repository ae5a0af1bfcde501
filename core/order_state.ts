// The scheduler's memory, settings and clock.
//
// Owns: where records, lanes and card groups live, and the one time all of them use. Memory grows
// once, in `stateReset`; afterwards nothing is allocated. One scheduler per module instance.
//
//   record, 80 bytes                        lane, 96 bytes
//   0   link A: waiting, ready or blocked   0   link A: lanes that can serve, by turn
//   24  link B: ready, by deadline          24  link B: lanes that wait, by earliest due time
//   48  i64 seq                             48  i64 index
//   56  i64 due                             56  i64 turn of the last service
//   64  u32 lane address                    64  u32 root of waiting records
//   68  u32 card group address or 0         68  u32 root of ready records
//   72  u32 failed attempts                 72  u32 root of ready records by deadline
//   76  u8 state                            76  u32 in flight
//   77  u8 priority                         80  u32 queued
//   78  u8 stands in the deadline heap      84  u32 dead
//                                           88  u8 parked, u8 urgent run, u8 serves, u8 waits
import { ORDER_ERR_MEMORY, ORDER_ERR_NOT_READY, ORDER_ERR_TIME, ORDER_LANES_MAX } from "./abi";
import { NODE_TIE } from "./heap";
import { bucketStep } from "./token_bucket";

export const RECORD_BYTES: usize = 80;
export const RECORD_SEQ: usize = NODE_TIE;
export const RECORD_DUE: usize = 56;
export const RECORD_LANE: usize = 64;
export const RECORD_GROUP: usize = 68;
export const RECORD_ATTEMPTS: usize = 72;
export const RECORD_STATE: usize = 76;
export const RECORD_PRIORITY: usize = 77;
export const RECORD_IN_DEADLINES: usize = 78;

export const STATE_FREE: u8 = 0;
export const STATE_WAITING: u8 = 1;
export const STATE_READY: u8 = 2;
export const STATE_BLOCKED: u8 = 3;
export const STATE_IN_FLIGHT: u8 = 4;
export const STATE_DEAD: u8 = 5;

export const LANE_BYTES: usize = 96;
export const LANE_TURN: usize = 56;
export const LANE_WAITING: usize = 64;
export const LANE_READY: usize = 68;
export const LANE_DEADLINES: usize = 72;
export const LANE_IN_FLIGHT: usize = 76;
export const LANE_QUEUED: usize = 80;
export const LANE_DEAD: usize = 84;
export const LANE_PARKED: usize = 88;
export const LANE_URGENT_RUN: usize = 89;
export const LANE_SERVES: usize = 90;
export const LANE_WAITS: usize = 91;

export const GROUP_BYTES: usize = 28;

/** Longest time believed: 2^46 ms, the year 4199. */
const TIME_MS_MAX: f64 = 70368744177664;
/** Where the internal clock stops being trusted; far below 2^63, so that no sum wraps. */
const CLOCK_MAX: i64 = 1 << 61;
/** A record without a deadline. */
export const NO_DEADLINE: i64 = i64.MAX_VALUE;

const PAGE_BYTES: usize = 65536;

let regionStart: usize = 0;
let regionEnd: usize = 0;
export let capacity: u32 = 0;
export let lanes: usize = 0;
export let records: usize = 0;
export let groups: usize = 0;
export let buckets: usize = 0;
export let bucketMask: u32 = 0;

/** Milliseconds on the scheduler's own clock, which never goes back. */
export let clock: i64 = 0;
/** clock - (the caller's now): changes only when the caller's clock goes back. */
export let clockOffset: i64 = 0;

/** True for a time this scheduler accepts. */
export function isTime(at: f64): bool {
  return at >= 0 && at <= TIME_MS_MAX && floor(at) == at;
}

/**
 * Moves the clock to the caller's `now`. A step back moves the offset instead: what was to happen
 * in one second still happens in one second, even after the wall clock fell by ten years.
 */
export function clockTo(now: f64): i32 {
  if (capacity == 0) return ORDER_ERR_NOT_READY;
  if (!isTime(now)) return ORDER_ERR_TIME;
  const at = <i64>now;
  if (at + clockOffset > CLOCK_MAX) return ORDER_ERR_TIME;
  const step = at + clockOffset - clock;
  if (step < 0) {
    clockOffset = clock - at;
  } else {
    clock += step;
  }
  bucketStep(step);
  return 0;
}

/** A wall time as internal time, no further away than `delayMs`, and not in the past. */
export function dueFrom(wall: f64, delayMs: i64): i64 {
  return min<i64>(max<i64>(<i64>wall + clockOffset, clock), clock + delayMs);
}

function align(address: usize): usize {
  return (address + 15) & ~15;
}

/** Takes zeroed memory for `count` records; on failure everything stays as it was. */
export function stateReset(count: u32, now: f64): i32 {
  let bucketCount: u32 = 16;
  while (bucketCount < count) bucketCount <<= 1;
  const lanesBytes = align(<usize>ORDER_LANES_MAX * LANE_BYTES);
  const recordsBytes = align(<usize>count * RECORD_BYTES);
  const groupsBytes = align(<usize>count * GROUP_BYTES);
  const total = lanesBytes + recordsBytes + groupsBytes + <usize>bucketCount * 4;

  const memoryEnd = <usize>memory.size() * PAGE_BYTES;
  // The old region is used again when it is large enough or can be extended at the end.
  const fits = regionStart != 0 && (total <= regionEnd - regionStart || regionEnd == memoryEnd);
  const start = fits ? regionStart : memoryEnd;
  if (start + total > memoryEnd) {
    const pages = (start + total - memoryEnd + PAGE_BYTES - 1) / PAGE_BYTES;
    if (memory.grow(<i32>pages) < 0) return ORDER_ERR_MEMORY;
    regionStart = start;
    regionEnd = <usize>memory.size() * PAGE_BYTES;
  }
  memory.fill(start, 0, total);
  lanes = start;
  records = lanes + lanesBytes;
  groups = records + recordsBytes;
  buckets = groups + groupsBytes;
  bucketMask = bucketCount - 1;
  capacity = count;
  clock = <i64>now;
  clockOffset = 0;
  return 0;
}
