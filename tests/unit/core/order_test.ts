import assert from "node:assert/strict";
import { test } from "node:test";
import { CoreModule } from "../../../bindings/core_module.ts";
import { HoldfastError } from "../../../bindings/errors.ts";
import { OrderCore, type OrderRecord } from "../../../bindings/order.ts";
import { cardKey } from "../../reference/order_world.ts";
import { coreModule, newOrder, T0 } from "./_order_core.ts";

const ZERO = new Uint8Array(8);
const ONES = new Uint8Array(8).fill(255);
const HOUR_MS = 3_600_000;

function record(seq: number, more: Partial<OrderRecord> = {}): OrderRecord {
  return {
    seq,
    lane: "a",
    cardKey: null,
    priority: 0,
    dueAtMs: 0,
    deadlineAtMs: null,
    ...more,
  };
}

function takes(order: OrderCore, nowMs: number): number[] {
  const seqs: number[] = [];
  for (;;) {
    const step = order.next(nowMs);
    if (step.kind !== "take") return seqs;
    seqs.push(step.seq);
  }
}

const OPEN = {
  ratePerSecond: 0,
  maxInFlight: 1000,
  maxInFlightPerLane: 1000,
};

test("next() without records answers empty", () => {
  assert.deepEqual(newOrder().next(T0), { kind: "empty" });
});

test("next() with equal due times goes by sequence number", () => {
  const order = newOrder(OPEN);
  for (const seq of [5, 1, 4, 2, 3]) order.add(record(seq));
  assert.deepEqual(takes(order, T0), [1, 2, 3, 4, 5]);
});

test("next() before a due time says when to ask again", () => {
  const order = newOrder(OPEN);
  order.add(record(1, { dueAtMs: T0 + 500 }));
  assert.deepEqual(order.next(T0), { kind: "wait", untilMs: T0 + 500 });
  assert.deepEqual(order.next(T0 + 499), { kind: "wait", untilMs: T0 + 500 });
  assert.deepEqual(order.next(T0 + 500), { kind: "take", seq: 1 });
  assert.deepEqual(order.next(T0 + 500), { kind: "busy" });
});

test("next() with a later due time than is believed waits the longest delay", () => {
  const order = newOrder({ ...OPEN, capMs: 1000, delayMsMax: 2000 });
  order.add(record(1, { dueAtMs: T0 + 10 * 365 * 24 * HOUR_MS }));
  assert.deepEqual(order.next(T0), { kind: "wait", untilMs: T0 + 2000 });
});

test("next() with two lanes alternates whatever their length", () => {
  const order = newOrder(OPEN);
  for (let seq = 0; seq < 100; seq++) order.add(record(seq));
  order.add(record(200, { lane: "b" }));
  order.add(record(201, { lane: "b" }));
  assert.deepEqual(takes(order, T0).slice(0, 5), [0, 200, 1, 201, 2]);
});

test("next() with one lane at its share serves the others", () => {
  const order = newOrder({ ...OPEN, maxInFlightPerLane: 2 });
  for (let seq = 0; seq < 9; seq++) {
    order.add(record(seq, { lane: seq < 5 ? "slow" : "quick" }));
  }
  assert.deepEqual(takes(order, T0), [0, 5, 1, 6]);
  order.done(5);
  order.done(6);
  assert.deepEqual(takes(order, T0), [7, 8]);
  assert.deepEqual(order.next(T0), { kind: "busy" });
});

test("next() with the overall share in flight answers busy", () => {
  const order = newOrder({ ...OPEN, maxInFlight: 3 });
  for (let seq = 0; seq < 9; seq++) order.add(record(seq, { lane: `${seq}` }));
  assert.deepEqual(takes(order, T0), [0, 1, 2]);
  assert.deepEqual(order.next(T0), { kind: "busy" });
  order.setLimits({ maxInFlight: 4 });
  assert.deepEqual(takes(order, T0), [3]);
});

test("next() with one card in one lane sends its records one by one in order", () => {
  const order = newOrder(OPEN);
  order.add(record(3, { cardKey: cardKey(7) }));
  order.add(record(2, { cardKey: cardKey(7) }));
  order.add(record(9, { cardKey: cardKey(8) }));
  order.add(record(4, { cardKey: cardKey(7), lane: "b" }));
  assert.deepEqual(takes(order, T0), [2, 4, 9]);
  const due = order.retry(2, T0, ONES);
  assert.ok(due > T0);
  assert.deepEqual(order.next(T0), { kind: "wait", untilMs: due });
  order.add(record(1, { cardKey: cardKey(7) }));
  assert.deepEqual(takes(order, T0), [1]);
  order.done(1);
  assert.deepEqual(takes(order, due), [2]);
  order.done(2);
  assert.deepEqual(takes(order, due), [3]);
});

test("next() with one card in many lanes holds none of them back", () => {
  // Sixteen hash buckets, so that the same card of two lanes often meets in one.
  const order = newOrder({ ...OPEN, capacity: 16 });
  for (let card = 0; card < 500; card++) {
    for (let seq = 0; seq < 16; seq++) {
      order.add(record(seq, { lane: `${seq}`, cardKey: cardKey(card) }));
    }
    const taken = takes(order, T0);
    assert.equal(taken.length, 16, `card ${card}`);
    for (const seq of taken) order.done(seq);
  }
});

test("deadLetter() lets later records of the card go on and makeDue() brings it back", () => {
  const order = newOrder(OPEN);
  for (const seq of [1, 2, 3]) order.add(record(seq, { cardKey: cardKey(1) }));
  assert.deepEqual(takes(order, T0), [1]);
  order.deadLetter(1);
  assert.equal(order.state(1), "dead");
  assert.deepEqual(takes(order, T0), [2]);
  order.makeDue("all", T0);
  assert.equal(order.state(1), "dead");
  order.makeDue(1, T0);
  order.done(2);
  assert.deepEqual(takes(order, T0), [1]);
});

test("deadLetter() of one record in a thousand stops no other", () => {
  const order = newOrder(OPEN);
  for (let seq = 0; seq < 1000; seq++) order.add(record(seq));
  const done = new Set<number>();
  for (let step = order.next(T0); step.kind === "take"; step = order.next(T0)) {
    if (step.seq === 500) order.deadLetter(500);
    else {
      order.done(step.seq);
      done.add(step.seq);
    }
  }
  assert.equal(done.size, 999);
  assert.equal(order.count, 1);
  assert.deepEqual({ ...order.counts() }, {
    a: { queued: 0, inFlight: 0, dead: 1, isParked: false },
  });
});

test("park() keeps a lane's records and stops no other lane", () => {
  const order = newOrder(OPEN);
  order.add(record(1));
  order.add(record(2));
  order.add(record(3, { lane: "b" }));
  assert.deepEqual(order.next(T0), { kind: "take", seq: 1 });
  order.park("a");
  order.release(1, T0);
  assert.deepEqual(takes(order, T0), [3]);
  order.done(3);
  assert.deepEqual(order.next(T0), { kind: "empty" });
  assert.equal(order.nextDueAt(), null);
  assert.deepEqual(order.counts().a, {
    queued: 2,
    inFlight: 0,
    dead: 0,
    isParked: true,
  });
  order.unpark("a");
  assert.equal(order.nextDueAt(), T0);
  assert.deepEqual(takes(order, T0), [1, 2]);
});

test("next() near a deadline goes by deadline, three in four", () => {
  const order = newOrder({ ...OPEN, urgentMs: HOUR_MS });
  for (let seq = 0; seq < 3; seq++) order.add(record(seq));
  const minutes = [50, 10, 40, 20, 30];
  for (const [index, minute] of minutes.entries()) {
    const deadlineAtMs = T0 + minute * 60_000;
    order.add(record(10 + index, { deadlineAtMs }));
  }
  order.add(record(20, { deadlineAtMs: T0 + 2 * HOUR_MS }));
  order.add(record(21, { deadlineAtMs: T0 }));
  assert.deepEqual(takes(order, T0), [
    ...[11, 13, 14, 0],
    ...[12, 10, 1, 2],
    ...[20, 21],
  ]);
});

test("next() with priorities gives a head start and not a class", () => {
  const order = newOrder({ ...OPEN, priorityStepMs: 1000 });
  order.add(record(1, { dueAtMs: T0 }));
  order.add(record(2, { dueAtMs: T0 + 900, priority: 1 }));
  order.add(record(3, { dueAtMs: T0 + 1100, priority: 1 }));
  order.add(record(4, { dueAtMs: T0 + 1950, priority: 2 }));
  assert.deepEqual(takes(order, T0 + 5000), [2, 4, 1, 3]);
});

test("retry() draws between zero and a doubling ceiling", () => {
  const order = newOrder({ ...OPEN, baseMs: 100, capMs: 1000 });
  order.add(record(1));
  let now = T0;
  for (const ceiling of [100, 200, 400, 800, 1000, 1000]) {
    assert.deepEqual(takes(order, now), [1]);
    const due = order.retry(1, now, ONES);
    assert.equal(due - now, ceiling);
    now = due;
  }
  assert.deepEqual(takes(order, now), [1]);
  assert.equal(order.retry(1, now, ZERO), now);
});

test("retry() takes Retry-After as a floor with the jitter on top", () => {
  const order = newOrder({ ...OPEN, baseMs: 100, capMs: 1000 });
  order.add(record(1));
  takes(order, T0);
  assert.equal(order.retry(1, T0, ZERO, 30_000), T0 + 30_000);
  takes(order, T0 + 30_000);
  assert.equal(order.retry(1, T0 + 30_000, ONES, 30_000), T0 + 60_200);
});

test("retry() near a deadline waits at most half of the time left", () => {
  const settings = { ...OPEN, baseMs: 1000, capMs: 60_000 };
  const order = newOrder(settings);
  order.add(record(1, { deadlineAtMs: T0 + 20_000 }));
  let now = T0;
  const waits: number[] = [];
  for (let attempt = 0; attempt < 8; attempt++) {
    assert.deepEqual(takes(order, now), [1]);
    const due = order.retry(1, now, ONES);
    waits.push(due - now);
    now = due;
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 6500, 3250, 1625, 1000, 1000]);
});

test("release() returns a record without counting an attempt", () => {
  const order = newOrder({ ...OPEN, baseMs: 100, capMs: 1000 });
  order.add(record(1));
  takes(order, T0);
  order.release(1, T0);
  assert.deepEqual(takes(order, T0), [1]);
  assert.equal(order.retry(1, T0, ONES), T0 + 100);
});

test("makeDue() of all lifts backoff, due times and the start delay", () => {
  const order = newOrder(OPEN);
  order.add(record(1, { dueAtMs: T0 + HOUR_MS }));
  order.add(record(2, { dueAtMs: T0 + 2 * HOUR_MS, cardKey: cardKey(1) }));
  order.add(record(3, { dueAtMs: T0 + 3 * HOUR_MS, cardKey: cardKey(1) }));
  order.startAfterOutage(T0, ONES, HOUR_MS);
  order.makeDue("all", T0);
  assert.deepEqual(takes(order, T0), [1, 2]);
  order.done(2);
  assert.deepEqual(takes(order, T0), [3]);
});

test("startAfterOutage() holds everything until its random start", () => {
  const order = newOrder(OPEN);
  order.add(record(1));
  assert.equal(order.startAfterOutage(T0, ZERO, 60_000), T0);
  assert.equal(order.startAfterOutage(T0, ONES, 60_000), T0 + 60_000);
  assert.deepEqual(order.next(T0 + 1), { kind: "wait", untilMs: T0 + 60_000 });
  assert.deepEqual(order.next(T0 + 60_000), { kind: "take", seq: 1 });
});

test("nextDueAt() tells the earliest due time of open lanes", () => {
  const order = newOrder(OPEN);
  assert.equal(order.nextDueAt(), null);
  order.add(record(1, { dueAtMs: T0 + 700 }));
  order.add(record(2, { dueAtMs: T0 + 300, lane: "b" }));
  assert.equal(order.nextDueAt(), T0 + 300);
  order.park("b");
  assert.equal(order.nextDueAt(), T0 + 700);
});

function assertCode(code: string, call: () => unknown): void {
  assert.throws(call, (error: unknown) => {
    assert.ok(error instanceof HoldfastError, String(error));
    assert.equal(error.code, code);
    assert.ok(error.remedy.length > 0);
    return true;
  });
}

test("every call with a bad argument throws its code and changes nothing", () => {
  const order = newOrder({ capacity: 2 });
  order.add(record(1, { cardKey: cardKey(1) }));
  const before = JSON.stringify(order.counts());
  const add = (more: Partial<OrderRecord>) => () => order.add(record(9, more));
  for (const seq of [-1, 0.5, NaN, 2 ** 53]) {
    assertCode("ORDER_SEQ", add({ seq }));
  }
  for (const priority of [-1, 256, 0.5, NaN]) {
    assertCode("ORDER_PRIORITY", add({ priority }));
  }
  for (const time of [-1, 0.5, NaN, Infinity, 2 ** 46 + 1]) {
    assertCode("ORDER_TIME", add({ dueAtMs: time }));
    assertCode("ORDER_TIME", () => order.next(time));
    assertCode("ORDER_TIME", () => order.makeDue("all", time));
  }
  assertCode("ORDER_TIME", add({ deadlineAtMs: NaN }));
  assertCode("ORDER_CARD_KEY", add({ cardKey: new Uint8Array(7) }));
  assertCode("ORDER_SEQ_USED", add({ seq: 1 }));
  assertCode("ORDER_UNKNOWN", () => order.done(9));
  assertCode("ORDER_NOT_IN_FLIGHT", () => order.done(1));
  assertCode("ORDER_NOT_IN_FLIGHT", () => order.release(1, T0));
  assertCode("ORDER_NOT_IN_FLIGHT", () => order.retry(1, T0, ZERO));
  for (const limit of [0, -1, 0.5, NaN, 2 ** 31]) {
    assertCode("ORDER_SETTING", () => order.setLimits({ maxInFlight: limit }));
  }
  assert.equal(JSON.stringify(order.counts()), before);
  order.add(record(2));
  assertCode("ORDER_FULL", add({}));
  assert.deepEqual(order.next(T0), { kind: "take", seq: 1 });
  assertCode("ORDER_IN_FLIGHT", () => order.remove(1));
  assertCode("ORDER_RANDOM", () => order.retry(1, T0, new Uint8Array(7)));
  for (const delay of [-1, 0.5, NaN, 2 ** 31]) {
    assertCode("ORDER_DELAY", () => order.retry(1, T0, ZERO, delay));
    assertCode("ORDER_DELAY", () => order.startAfterOutage(T0, ZERO, delay));
  }
  assert.equal(order.state(1), "in_flight");
});

test("OrderCore() refuses a lane too many and keeps the known ones", () => {
  const order = newOrder({ ...OPEN, capacity: 2048 });
  for (let lane = 0; lane < 1024; lane++) {
    order.add(record(lane, { lane: String(lane) }));
  }
  assertCode("ORDER_LANE", () => order.add(record(5000, { lane: "more" })));
  assertCode("ORDER_LANE", () => order.park("more"));
  assert.equal(takes(order, T0).length, 1000);
});

test("OrderCore() with settings out of range throws ORDER_SETTING", () => {
  const bad = [
    { baseMs: 0 },
    { baseMs: 10, capMs: 9 },
    { capMs: 2000, delayMsMax: 1999 },
    { priorityStepMs: -1 },
    { urgentMs: -1 },
    { burst: 0 },
    { ratePerSecond: -1 },
    { maxInFlightPerLane: 0 },
    { ratePerSecond: 1_000_001 },
  ];
  for (const options of bad) {
    assertCode("ORDER_SETTING", () => newOrder(options));
  }
  for (const capacity of [0, -1, 1.5, NaN, 131_073]) {
    assertCode("ORDER_CAPACITY", () => newOrder({ capacity }));
  }
  assertCode("ORDER_TIME", () => newOrder({ nowMs: NaN }));
});

test("OrderCore() whose memory cannot grow throws ORDER_MEMORY", () => {
  const module = new CoreModule(coreModule());
  const { memory } = module.exports;
  for (let pages = 64; pages >= 1; pages /= 2) {
    try {
      for (;;) memory.grow(pages);
    } catch (error) {
      assert.ok(error instanceof RangeError);
    }
  }
  assertCode(
    "ORDER_MEMORY",
    () => new OrderCore(module, { nowMs: T0, capacity: 131_072 }),
  );
  // The failed reset left the core as it was: without a scheduler.
  assert.equal((module.exports.orderNext as (now: number) => number)(T0), -150);
});
