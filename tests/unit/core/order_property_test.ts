import assert from "node:assert/strict";
import { test } from "node:test";
import { CoreModule } from "../../../bindings/core_module.ts";
import { backoffDelayMs } from "../../../bindings/order.ts";
import {
  referenceJitter,
  ReferenceOrder,
} from "../../reference/order_reference.ts";
import {
  cardKey,
  seeded,
  WORLD_SETTINGS,
} from "../../reference/order_world.ts";
import { coreModule, newOrder, T0 } from "./_order_core.ts";

const YEAR_MS = 31_557_600_000;
const MANY = 100_000;
const OPEN = {
  ratePerSecond: 0,
  maxInFlight: MANY,
  maxInFlightPerLane: MANY,
};

function randomBytes(random: () => number): Uint8Array {
  return Uint8Array.from({ length: 8 }, () => random() & 255);
}

test("next() over 100,000 records gives the order of one sort", () => {
  const random = seeded(1);
  const order = newOrder({ ...OPEN, capacity: MANY });
  const lanes: { seq: number; rank: number }[][] = [[], [], [], []];
  for (let seq = 0; seq < MANY; seq++) {
    const lane = random() % 4;
    const due = T0 + random() % 1_000_000;
    const priority = random() % 3;
    order.add({
      seq,
      lane: String(lane),
      cardKey: null,
      priority,
      dueAtMs: due,
      deadlineAtMs: null,
    });
    lanes[lane].push({ seq, rank: due - priority * 900_000 });
  }
  for (const lane of lanes) {
    lane.sort((a, b) => a.rank - b.rank || a.seq - b.seq);
  }
  // Lanes exist from their first record on and take turns in that order.
  const turns = Object.keys(order.counts());
  const names = newOrderOfFirstMention();
  assert.deepEqual([...turns].sort(), [...names].sort());
  const heads = [0, 0, 0, 0];
  for (let taken = 0, turn = 0; taken < MANY; turn++) {
    const lane = Number(names[turn % 4]);
    const next = lanes[lane][heads[lane]++];
    if (next === undefined) continue;
    assert.deepEqual(order.next(T0 + 1_000_000), {
      kind: "take",
      seq: next.seq,
    });
    order.done(next.seq);
    taken++;
  }
  assert.equal(order.count, 0);
});

/** Lanes in the order in which seed 1 above mentions them. */
function newOrderOfFirstMention(): string[] {
  const random = seeded(1);
  const names: string[] = [];
  while (names.length < 4) {
    const name = String(random() % 4);
    random();
    random();
    if (!names.includes(name)) names.push(name);
  }
  return names;
}

test("OrderCore at 100,000 records of 5,000 cards answers as its twin", () => {
  const random = seeded(2);
  const settings = { ...WORLD_SETTINGS, ...OPEN, capacity: MANY + 100 };
  const order = newOrder(settings);
  const twin = new ReferenceOrder(settings);
  for (let seq = 0; seq < MANY; seq++) {
    const card = random() % 5_000;
    const due = T0 + random() % 100_000;
    const lane = String(random() % 8);
    const deadline = random() % 2 === 0 ? null : due + random() % 100_000;
    order.add({
      seq,
      lane,
      cardKey: cardKey(card),
      priority: seq % 2,
      dueAtMs: due,
      deadlineAtMs: deadline,
    });
    twin.add(seq, lane, String(card), seq % 2, due, deadline);
  }
  // The twin looks at every record in every step, so its steps are few.
  for (let i = 0; i < 12; i++) {
    const now = T0 + i * 5_000;
    const step = order.next(now);
    assert.deepEqual(step, twin.next(now));
    if (step.kind !== "take") continue;
    const bytes = randomBytes(random);
    if (i % 3 === 0) {
      order.done(step.seq);
      twin.done(step.seq);
    } else {
      assert.equal(
        order.retry(step.seq, now, bytes),
        twin.retry(step.seq, now, bytes, 0),
      );
    }
  }
  assert.deepEqual(order.counts(), twin.counts());
});

test("next() in 100,000 sends keeps each card's order and one in flight", () => {
  const random = seeded(3);
  const order = newOrder({ ...OPEN, maxInFlight: 50, capacity: MANY });
  const cards = new Map<number, number>();
  for (let seq = 0; seq < 20_000; seq++) {
    const card = random() % 700;
    cards.set(seq, card);
    order.add({
      seq,
      lane: String(card % 3),
      cardKey: cardKey(card),
      priority: random() % 4,
      dueAtMs: T0,
      deadlineAtMs: random() % 2 === 0 ? null : T0 + random() % 1_000_000,
    });
  }
  const flying = new Map<number, number>();
  const last = new Map<number, number>();
  let now = T0;
  let sends = 0;
  while (order.count > 0) {
    const step = order.next(now);
    if (step.kind === "take") {
      sends++;
      const card = cards.get(step.seq)!;
      assert.ok(!flying.has(card), "two records of one card in flight");
      assert.ok((last.get(card) ?? -1) <= step.seq, "card order broken");
      flying.set(card, step.seq);
      last.set(card, step.seq);
      continue;
    }
    if (step.kind === "wait") now = step.untilMs;
    assert.notEqual(step.kind, "empty", "records are left and none acts");
    for (const [card, seq] of flying) {
      if (random() % 5 < 4) order.retry(seq, now, randomBytes(random));
      else order.done(seq);
      flying.delete(card);
    }
  }
  assert.ok(sends > 90_000, `${sends} sends`);
});

test("next() under a stream of urgent and important newcomers starves no record", () => {
  const order = newOrder({
    ratePerSecond: 10,
    burst: 1,
    priorityStepMs: 100,
    urgentMs: 60_000,
    capacity: 4096,
  });
  const waits: number[] = [];
  const old = new Set<number>();
  for (let seq = 0; seq < 50; seq++) {
    old.add(seq);
    order.add({
      seq,
      lane: "a",
      cardKey: null,
      priority: 0,
      dueAtMs: T0,
      deadlineAtMs: null,
    });
  }
  // Newcomers use the whole rate: one urgent or important record for every token.
  for (let tick = 0; tick < 1_000 && old.size > 0; tick++) {
    const now = T0 + tick * 100;
    order.add({
      seq: 1_000 + tick,
      lane: "a",
      cardKey: null,
      priority: tick % 2 === 0 ? 255 : 0,
      dueAtMs: now,
      deadlineAtMs: tick % 2 === 0 ? null : now + 50_000,
    });
    const step = order.next(now);
    assert.equal(step.kind, "take");
    if (step.kind !== "take") return;
    order.done(step.seq);
    if (old.delete(step.seq)) waits.push(now - T0);
  }
  assert.equal(old.size, 0, `${old.size} of 50 starved`);
  assert.ok(Math.max(...waits) < 60_000, `longest wait ${Math.max(...waits)}`);
});

/** Takes as many as the clock `now` lets go. */
function drain(order: ReturnType<typeof newOrder>, now: number): number {
  let count = 0;
  for (
    let step = order.next(now);
    step.kind === "take";
    step = order.next(now)
  ) {
    order.release(step.seq, now);
    count++;
  }
  return count;
}

function oneRecord(rate: number, burst: number): ReturnType<typeof newOrder> {
  const order = newOrder({ ratePerSecond: rate, burst });
  order.add({
    seq: 1,
    lane: "a",
    cardKey: null,
    priority: 0,
    dueAtMs: T0,
    deadlineAtMs: null,
  });
  return order;
}

test("next() never hands out more than burst + rate x time in any window", () => {
  for (const [rate, burst] of [[25, 5], [7, 1], [1000, 40], [3, 10]]) {
    const random = seeded(rate);
    const order = oneRecord(rate, burst);
    const times: number[] = [];
    let now = T0;
    let walkedMs = 0;
    for (let i = 0; i < 4_000; i++) {
      const step = random() % (i % 100 === 0 ? 5_000 : 20);
      if (i % 100 !== 0) walkedMs += step;
      now += step;
      for (let n = drain(order, now); n > 0; n--) times.push(now);
    }
    for (let end = 0; end < times.length; end++) {
      for (let start = Math.max(0, end - 200); start < end; start++) {
        const allowed = burst + (times[end] - times[start]) * rate / 1000;
        assert.ok(end - start + 1 <= allowed + 1e-9, `rate ${rate}`);
      }
    }
    // The other half of the promise: between pauses the whole rate is used.
    assert.ok(times.length > 0.95 * rate * walkedMs / 1000, "rate unused");
  }
});

test("next() with a clock jumping by ten years neither floods nor stalls", () => {
  const order = oneRecord(25, 25);
  assert.equal(drain(order, T0), 25);
  // A step forward brings one bucket, a step back takes one away.
  assert.equal(drain(order, T0 + 10 * YEAR_MS), 25);
  const back = order.next(T0);
  assert.deepEqual(back, { kind: "wait", untilMs: T0 + 1000 });
  assert.equal(drain(order, T0 + 999), 0);
  assert.equal(drain(order, T0 + 1000), 1);
  // A clock swinging every 200 ms earns one token a swing, not a bucket.
  let count = 0;
  let real = T0 + 2_000;
  drain(order, real);
  for (let swing = 0; swing < 100; swing++) {
    real += 200;
    const now = swing % 2 === 0 ? real + 10 * YEAR_MS : real;
    count += drain(order, now);
  }
  assert.ok(count <= 25 + 50, `${count} in 50 swings`);
  assert.ok(count >= 25, `${count} in 50 swings: stalled`);
});

test("next() after the clock fell by ten years still waits only the backoff", () => {
  const order = newOrder({ ratePerSecond: 0, baseMs: 1000, capMs: 1000 });
  order.add({
    seq: 1,
    lane: "a",
    cardKey: null,
    priority: 0,
    dueAtMs: T0,
    deadlineAtMs: T0 + 5000,
  });
  assert.equal(order.next(T0).kind, "take");
  const later = T0 + 10 * YEAR_MS;
  assert.equal(
    order.retry(1, later, new Uint8Array(8).fill(255)),
    later + 1000,
  );
  assert.deepEqual(order.next(T0), { kind: "wait", untilMs: T0 + 1000 });
  assert.deepEqual(order.next(T0 + 999), { kind: "wait", untilMs: T0 + 1000 });
  assert.deepEqual(order.next(T0 + 1000), { kind: "take", seq: 1 });
});

test("next() after tens of thousands of swings through all of time refuses, not wraps", () => {
  const order = oneRecord(25, 5);
  let code = "";
  for (let i = 0; i < 70_000 && code === ""; i++) {
    try {
      order.next(i % 2 === 0 ? 2 ** 46 : 0);
    } catch (error) {
      code = (error as { code: string }).code;
    }
  }
  assert.equal(code, "ORDER_TIME");
});

test("backoffDelayMs() equals the exact product for any random word", () => {
  const module = new CoreModule(coreModule());
  const random = seeded(9);
  const edges = [0, 1, 127, 128, 254, 255];
  for (let i = 0; i < 20_000; i++) {
    const bytes = randomBytes(random);
    if (i % 2 === 0) bytes.fill(edges[i % 6], 0, random() % 9);
    const attempt = 1 + random() % (i % 3 === 0 ? 100_000 : 12);
    const base = 1 + random() % 5_000;
    const cap = Math.min(base + random(), 0x7fffffff);
    const ceiling = Math.min(cap, base * 2 ** Math.min(attempt - 1, 40));
    assert.equal(
      backoffDelayMs(module, attempt, bytes, base, cap),
      referenceJitter(ceiling, bytes),
    );
  }
});

test("backoffDelayMs() spreads evenly over the whole interval", () => {
  const module = new CoreModule(coreModule());
  const random = seeded(10);
  const tenths = new Array<number>(10).fill(0);
  const runs = 50_000;
  for (let i = 0; i < runs; i++) {
    const delay = backoffDelayMs(module, 4, randomBytes(random), 125, 999);
    tenths[Math.floor(delay / 100)]++;
  }
  // Six standard deviations of a count of 5,000.
  for (const tenth of tenths) assert.ok(Math.abs(tenth - 5_000) < 6 * 67);
});

test("10,000 devices after an outage peak below twice the steady rate", () => {
  const devices = 10_000;
  const spreadMs = 60_000;
  const random = seeded(11);
  const starts = new Array<number>(60).fill(0);
  const order = newOrder({ capacity: 1 });
  for (let device = 0; device < devices; device++) {
    const at = order.startAfterOutage(T0, randomBytes(random), spreadMs);
    starts[Math.min(59, Math.floor((at - T0) / 1000))]++;
  }
  assert.ok(Math.max(...starts) < 2 * devices / 60, `${Math.max(...starts)}`);
  assert.ok(Math.min(...starts) > 0);
});
