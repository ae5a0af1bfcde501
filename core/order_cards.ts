// Card groups: the records of one card in one lane.
//
// Owns: per-card order. At most one record of a group, its active one, is waiting, ready or in
// flight; the others stand blocked in a heap by sequence number. A dead letter leaves the queue but
// keeps the group alive, so that it can come back. Two cards with the same 64-bit key would share a
// group: they are sent one after the other, which is slower and never wrong.
//
//   0   u32 key low    8   u32 lane address     16  u32 root of blocked records   24  u32 members
//   4   u32 key high   12  u32 active record    20  u32 next in bucket or free list
import { buckets, bucketMask, GROUP_BYTES, groups } from "./order_state";

const KEY_LOW: usize = 0;
const KEY_HIGH: usize = 4;
const LANE: usize = 8;
export const GROUP_ACTIVE: usize = 12;
export const GROUP_BLOCKED: usize = 16;
const NEXT: usize = 20;
const MEMBERS: usize = 24;

let freeList: usize = 0;
let fresh: usize = 0;

/** Forgets all groups; the caller has zeroed the memory. */
export function groupsReset(): void {
  freeList = 0;
  fresh = groups;
}

function bucketOf(lane: usize, keyLow: u32, keyHigh: u32): usize {
  // Keys are outputs of a keyed hash already; the product only separates lanes and short keys.
  const mixed = (keyLow ^ rotl<u32>(keyHigh, 15) ^ <u32>lane) * 0x9e3779b1;
  return buckets + (<usize>((mixed ^ (mixed >> 15)) & bucketMask) << 2);
}

/** The group of a card, made when it is new, with one member more. */
export function groupJoin(lane: usize, keyLow: u32, keyHigh: u32): usize {
  const bucket = bucketOf(lane, keyLow, keyHigh);
  let group = <usize>load<u32>(bucket);
  while (group != 0) {
    const same = load<u32>(group, KEY_LOW) == keyLow && load<u32>(group, KEY_HIGH) == keyHigh &&
      <usize>load<u32>(group, LANE) == lane;
    if (same) break;
    group = <usize>load<u32>(group, NEXT);
  }
  if (group == 0) {
    // There are as many groups as records, so one is always free.
    group = freeList;
    if (group != 0) freeList = <usize>load<u32>(group, NEXT);
    else {
      group = fresh;
      fresh += GROUP_BYTES;
    }
    memory.fill(group, 0, GROUP_BYTES);
    store<u32>(group, keyLow, KEY_LOW);
    store<u32>(group, keyHigh, KEY_HIGH);
    store<u32>(group, <u32>lane, LANE);
    store<u32>(group, load<u32>(bucket), NEXT);
    store<u32>(bucket, <u32>group);
  }
  store<u32>(group, load<u32>(group, MEMBERS) + 1, MEMBERS);
  return group;
}

/** Takes one member away; the last one frees the group. */
export function groupLeave(group: usize): void {
  const members = load<u32>(group, MEMBERS) - 1;
  store<u32>(group, members, MEMBERS);
  if (members > 0) return;
  assert(load<u32>(group, GROUP_ACTIVE) == 0 && load<u32>(group, GROUP_BLOCKED) == 0);
  const lane = <usize>load<u32>(group, LANE);
  let link = bucketOf(lane, load<u32>(group, KEY_LOW), load<u32>(group, KEY_HIGH));
  while (<usize>load<u32>(link) != group) link = <usize>load<u32>(link) + NEXT;
  store<u32>(link, load<u32>(group, NEXT));
  store<u32>(group, <u32>freeList, NEXT);
  freeList = group;
}
