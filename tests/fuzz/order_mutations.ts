/**
 * Bugs on purpose in the ordering room; the mechanism is that of `seeded_bugs.ts`.
 *
 * Owns: the list. Left out are changes that cost speed alone, such as a heap without its ranks, and
 * changes that tie a heap into a ring, which would not end.
 */
import type { SeededBug } from "./seeded_bugs.ts";

/** What people get wrong about queues, clocks and retries. */
export const ORDER_BUGS: readonly SeededBug[] = [
  {
    name: "equal keys in the order of the heap's shape",
    file: "heap",
    good: "load<i64>(a, NODE_TIE) < load<i64>(b, NODE_TIE)",
    bad: "false",
  },
  {
    name: "what falls due takes the others of its lane along",
    file: "order_lanes",
    good: "store<u32>(lane, <u32>heapRest, LANE_WAITING);",
    bad: "store<u32>(lane, 0, LANE_WAITING);",
  },
  {
    name: "a split heap keeps its last branch only",
    file: "heap",
    good: "heapRest = meld(heapRest, node, link);",
    bad: "heapRest = node;",
  },
  {
    name: "a long silence fills more than a bucket",
    file: "token_bucket",
    good: "min(level + credit, limit)",
    bad: "level + credit",
  },
  {
    name: "the wait for a token rounded down",
    file: "token_bucket",
    good: "(TOKEN - level + rate - 1) / rate",
    bad: "(TOKEN - level) / rate",
  },
  {
    name: "new limits come with a full bucket",
    file: "token_bucket",
    good: "max(min(level, limit), TOKEN - limit)",
    bad: "limit",
  },
  {
    name: "a clock that swings to and fro earns tokens",
    file: "token_bucket",
    good: "max(min(clipped * rate, limit), -limit)",
    bad: "max<i64>(min(clipped * rate, limit), 0)",
  },
  {
    name: "a request for half a token",
    file: "token_bucket",
    good: "level -= TOKEN",
    bad: "level -= TOKEN / 2",
  },
  {
    name: "the first failure waits twice the base",
    file: "backoff",
    good: "min<u32>(attempt - 1, 31)",
    bad: "min<u32>(attempt, 31)",
  },
  {
    name: "backoff without its cap",
    file: "backoff",
    good: "min<i64>(capMs, baseMs << <i64>doublings)",
    bad: "baseMs << <i64>doublings",
  },
  {
    name: "jitter never reaches its ceiling",
    file: "backoff",
    good: "<u64>min<i64>(ceilingMs, 0x7fffffff) + 1",
    bad: "<u64>min<i64>(ceilingMs, 0x7fffffff)",
  },
  {
    name: "jitter by the remainder",
    file: "backoff",
    good: "(<u64>randomHigh * count + ((<u64>randomLow * count) >> 32)) >> 32",
    bad: "<u64>randomLow % count",
  },
  {
    name: "Retry-After without jitter on top",
    file: "order",
    good: "<i64>retryAfterMs + fullJitter(ceiling, low, high)",
    bad: "max<i64>(<i64>retryAfterMs, fullJitter(ceiling, low, high))",
  },
  {
    name: "a record sleeps through its deadline",
    file: "order",
    good: "left > 0",
    bad: "false",
  },
  {
    name: "attempts are not counted",
    file: "order",
    good: "load<u32>(record, RECORD_ATTEMPTS) + 1",
    bad: "1",
  },
  {
    name: "forwarding now leaves the start delay",
    file: "order",
    good: "holdUntil = clock;\n  for",
    bad: "holdUntil = holdUntil;\n  for",
  },
  {
    name: "a record that is due loses its place when it is made due",
    file: "order",
    good: "min(load<i64>(record, RECORD_DUE), clock)",
    bad: "clock",
  },
  {
    name: "forwarding now revives dead letters",
    file: "order",
    good: "state != STATE_FREE && state != STATE_DEAD",
    bad: "state != STATE_FREE",
  },
  {
    name: "one record too many in flight",
    file: "order",
    good: "inFlight >= inFlightMax",
    bad: "inFlight > inFlightMax",
  },
  {
    name: "a dead letter holds up its card",
    file: "order",
    good: "group != 0",
    bad: "false",
  },
  {
    name: "the start delay after an outage is ignored",
    file: "order",
    good: "max(holdUntil, clock + bucketWaitMs())",
    bad: "clock + bucketWaitMs()",
  },
  {
    name: "a parked lane says when it is due",
    file: "order",
    good: "load<u8>(lane, LANE_PARKED) != 0",
    bad: "false",
  },
  {
    name: "one lane is served for ever",
    file: "order_lanes",
    good: "turn++;",
    bad: "turn;",
  },
  {
    name: "priority is ignored",
    file: "order_lanes",
    good: "priorityMs * <i64>load<u8>(record, RECORD_PRIORITY)",
    bad: "<i64>0",
  },
  {
    name: "a deadline that has passed still hurries",
    file: "order_lanes",
    good: "heapKey(first, LINK_B) <= clock",
    bad: "false",
  },
  {
    name: "urgent records starve the others",
    file: "order_lanes",
    good: "run < <u8>ORDER_URGENT_RUN_MAX",
    bad: "true",
  },
  {
    name: "every deadline is urgent",
    file: "order_lanes",
    good: "heapKey(first, LINK_B) - clock <= urgentMs",
    bad: "true",
  },
  {
    name: "a parked lane is served",
    file: "order_lanes",
    good: "hasShare && load<u8>(lane, LANE_PARKED) == 0",
    bad: "hasShare",
  },
  {
    name: "one record too many of a lane in flight",
    file: "order_lanes",
    good: "load<u32>(lane, LANE_IN_FLIGHT) < laneInFlightMax",
    bad: "load<u32>(lane, LANE_IN_FLIGHT) <= laneInFlightMax",
  },
  {
    name: "an older record of a card comes too late",
    file: "order_queue",
    good: "load<i64>(record, RECORD_SEQ) < load<i64>(active, RECORD_SEQ)",
    bad: "false",
  },
  {
    name: "two records of a card act at once",
    file: "order_queue",
    good: "next == 0 || load<u32>(group, GROUP_ACTIVE) != 0",
    bad: "next == 0",
  },
  {
    name: "two cards with half a key in common wait for each other",
    file: "order_cards",
    good: "load<u32>(group, KEY_LOW) == keyLow",
    bad: "true",
  },
  {
    name: "one card in two lanes waits for itself",
    file: "order_cards",
    good: "<usize>load<u32>(group, LANE) == lane",
    bad: "true",
  },
  {
    name: "a clock set back stops the queue",
    file: "order_state",
    good: "clockOffset = clock - at",
    bad: "clockOffset = clockOffset",
  },
  {
    name: "a due time long past jumps the queue",
    file: "order_state",
    good: "max<i64>(<i64>wall + clockOffset, clock)",
    bad: "<i64>wall + clockOffset",
  },
  {
    name: "a due time of another clock is believed",
    file: "order_state",
    good: "clock + delayMs",
    bad: "clock + delayMs * 1000000",
  },
];
