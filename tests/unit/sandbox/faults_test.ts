import assert from "node:assert/strict";
import { test } from "node:test";
import {
  FAULT_KINDS,
  FaultPlanner,
  type FaultRule,
} from "../../../hosts/sandbox/faults.ts";
import { reportOf } from "../../../hosts/sandbox/report.ts";
import type { Delivery } from "../../../hosts/sandbox/delivery.ts";
import { frozenWorld, requestOf, SALE_FIELDS } from "./_support.ts";

const INTENTS = "/v1/payment_intents";
const create = (idempotencyKey = "k") =>
  requestOf("POST", INTENTS, { fields: SALE_FIELDS, idempotencyKey });

function worldWith(rule: FaultRule) {
  const world = frozenWorld();
  world.faults.add(rule);
  const intents = () => reportOf(world.state).intents;
  return { world, intents };
}

function statusOf(delivery: Delivery): number | string {
  return typeof delivery === "string" ? delivery : delivery.status;
}

test("plan() gives the same faults for the same seed and requests", () => {
  const run = (seed: number) => {
    const planner = new FaultPlanner(seed);
    planner.add({ kind: "drop_request", probability: 0.3 });
    planner.add({ kind: "drop_response", probability: 0.3 });
    return Array.from(
      { length: 200 },
      () => [...planner.plan("POST", INTENTS).keys()].join(),
    );
  };
  assert.deepEqual(run(7), run(7));
  assert.notDeepEqual(run(7), run(8));
  const hits = run(7).filter((kinds) => kinds.includes("drop_request")).length;
  assert.ok(hits > 35 && hits < 85, `${hits} of 200 at 0.3`);
});

test("plan() ends a rule after its count", () => {
  const planner = new FaultPlanner(1);
  planner.add({ kind: "drop_request", count: 2 });
  const sizes = [1, 2, 3].map(() => planner.plan("GET", "/").size);
  assert.deepEqual(sizes, [1, 1, 0]);
  assert.equal(planner.rules.length, 0);
});

test("plan() keeps to method and path", () => {
  const planner = new FaultPlanner(1);
  planner.add({ kind: "drop_request", method: "POST", path: "/confirm" });
  assert.equal(planner.plan("GET", `${INTENTS}/pi_1/confirm`).size, 0);
  assert.equal(planner.plan("POST", INTENTS).size, 0);
  assert.equal(planner.plan("POST", `${INTENTS}/pi_1/confirm`).size, 1);
});

for (
  const rule of [
    { kind: "rain" },
    { kind: "delay", probability: 2 },
    { kind: "delay", count: 0 },
    { kind: "delay", delay_ms: -1 },
    { kind: "error_before", status: 418 },
  ]
) {
  test(`add() refuses ${JSON.stringify(rule)}`, () => {
    const planner = new FaultPlanner(1);
    assert.throws(() => planner.add(rule as FaultRule), RangeError);
  });
}

test("deliver() with drop_request executes nothing", async () => {
  const { world, intents } = worldWith({ kind: "drop_request", count: 1 });
  assert.equal(await world.deliver(create()), "destroy");
  assert.equal(intents(), 0);
  assert.equal(world.journal.entries[0].status, null);
  assert.deepEqual(world.journal.entries[0].faults, ["drop_request"]);
  assert.equal(statusOf(await world.deliver(create())), 200);
});

test("deliver() with drop_response executes and answers nothing", async () => {
  const { world, intents } = worldWith({ kind: "drop_response", count: 1 });
  assert.equal(await world.deliver(create()), "destroy");
  assert.equal(intents(), 1);
  assert.equal(statusOf(await world.deliver(create())), 200);
  assert.equal(intents(), 1);
  assert.equal(world.journal.entries[1].replayed, true);
});

test("deliver() with delay executes late and answers", async () => {
  const { world, intents } = worldWith({ kind: "delay", delay_ms: 500 });
  const answer = world.deliver(create());
  world.clock.advance(499);
  assert.equal(intents(), 0);
  world.clock.advance(1);
  assert.equal(statusOf(await answer), 200);
  assert.equal(intents(), 1);
});

test("deliver() with slow holds the key meanwhile", async () => {
  const { world, intents } = worldWith({
    kind: "slow",
    delay_ms: 500,
    count: 1,
  });
  const first = world.deliver(create());
  assert.equal(statusOf(await world.deliver(create())), 409);
  world.clock.advance(500);
  assert.equal(statusOf(await first), 200);
  assert.equal(statusOf(await world.deliver(create())), 200);
  assert.equal(intents(), 1);
});

test("deliver() with zombie executes after the client gave up", async () => {
  const hour = 3_600_000;
  const { world, intents } = worldWith({
    kind: "zombie",
    delay_ms: 3 * hour,
    count: 1,
  });
  assert.equal(await world.deliver(create()), "destroy");
  assert.equal(intents(), 0);
  world.clock.advance(3 * hour);
  assert.equal(intents(), 1);
  assert.equal(statusOf(await world.deliver(create())), 200);
  assert.equal(intents(), 1);
});

test("deliver() with a zombie older than its key's day makes a second intent", async () => {
  const { world, intents } = worldWith({
    kind: "zombie",
    delay_ms: 25 * 3_600_000,
    count: 1,
  });
  await world.deliver(create());
  await world.deliver(create());
  world.clock.advance(25 * 3_600_000);
  assert.equal(intents(), 2);
});

test("deliver() with a held zombie stays silent", async () => {
  const { world } = worldWith({ kind: "zombie", is_held: true });
  assert.equal(await world.deliver(create()), "hold");
});

test("deliver() with duplicate_delivery executes once per key", async () => {
  const { world, intents } = worldWith({ kind: "duplicate_delivery" });
  assert.equal(statusOf(await world.deliver(create())), 200);
  assert.equal(intents(), 1);
  const unkeyed = requestOf("POST", INTENTS, { fields: SALE_FIELDS });
  await world.deliver(unkeyed);
  assert.equal(intents(), 3);
});

for (const status of [500, 503] as const) {
  test(`deliver() with error_before ${status} saves nothing`, async () => {
    const { world, intents } = worldWith({
      kind: "error_before",
      status,
      count: 1,
    });
    const failed = await world.deliver(create());
    assert.ok(typeof failed !== "string");
    assert.equal(failed.status, status);
    assert.equal(failed.headers["stripe-should-retry"], "true");
    assert.equal(intents(), 0);
    assert.equal(statusOf(await world.deliver(create())), 200);
    assert.equal(intents(), 1);
  });

  test(`deliver() with error_after ${status} executes, saves and replays it`, async () => {
    const { world, intents } = worldWith({
      kind: "error_after",
      status,
      count: 1,
    });
    assert.equal(statusOf(await world.deliver(create())), status);
    assert.equal(intents(), 1);
    const again = await world.deliver(create());
    assert.equal(statusOf(again), status);
    assert.equal(world.journal.entries[1].replayed, true);
    assert.equal(intents(), 1);
  });
}

test("deliver() with a saved error_before replays it though nothing was done", async () => {
  const { world, intents } = worldWith({
    kind: "error_before",
    is_saved: true,
    count: 1,
  });
  await world.deliver(create());
  assert.equal(statusOf(await world.deliver(create())), 500);
  assert.equal(intents(), 0);
});

test("deliver() applies two faults to one request", async () => {
  const { world, intents } = worldWith({ kind: "duplicate_delivery" });
  world.faults.add({ kind: "drop_response" });
  assert.equal(await world.deliver(create()), "destroy");
  assert.equal(intents(), 1);
  assert.equal(world.journal.entries.length, 2);
});

test("deliver() knows every kind of fault", async () => {
  for (const kind of FAULT_KINDS) {
    const { world } = worldWith({ kind, delay_ms: 0 });
    const answer = world.deliver(create());
    world.clock.advance(0);
    const isPlain = statusOf(await answer) === 200 &&
      world.journal.entries.length === 1;
    // A delay of nothing is the only fault that leaves no trace.
    assert.equal(isPlain, kind === "delay" || kind === "slow", kind);
  }
});
