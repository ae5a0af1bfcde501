/** The scheduler's twin bites: every seeded bug of the ordering room is noticed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CoreModule } from "../../bindings/core_module.ts";
import { backoffDelayMs, OrderCore } from "../../bindings/order.ts";
import { referenceJitter } from "../reference/order_reference.ts";
import {
  cardKey,
  OrderWorld,
  seeded,
  WORLD_SETTINGS,
} from "../reference/order_world.ts";
import { ORDER_BUGS } from "./order_mutations.ts";
import { compileBugs } from "./seeded_bugs.ts";

const binary = await compileBugs(ORDER_BUGS, "order_exports");
const compiled = new WebAssembly.Module(binary as BufferSource);
const SEEDS = 40;
const STEPS = 1_500;

function instance(bug: number): CoreModule {
  const module = new CoreModule(compiled);
  (module.exports.setMutant as (bug: number) => void)(bug);
  return module;
}

/** Worlds of several depths beside the twin. */
function examineWorlds(bug: number): void {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const depth = seed % 8 === 0 ? 300 : 1 + seed * 3 % 60;
    const settings = { ...WORLD_SETTINGS, capacity: Math.max(depth, 8) };
    const world = new OrderWorld(instance(bug), seed, depth, settings);
    for (let step = 0; step < STEPS; step++) {
      world.step();
      if (step % 50 === 0) world.compare();
    }
  }
}

/** Long rows of failures, which a world hardly ever plays. */
function examineBackoff(bug: number): void {
  const module = instance(bug);
  const random = seeded(3);
  for (let attempt = 1; attempt <= 40; attempt++) {
    const bytes = Uint8Array.from({ length: 8 }, () => random());
    const ceiling = Math.min(900_000, 1_000 * 2 ** (attempt - 1));
    assert.equal(
      backoffDelayMs(module, attempt, bytes, 1_000, 900_000),
      referenceJitter(ceiling, bytes),
    );
  }
}

/** One card in more lanes than there are buckets: no lane waits for another. */
function examineLanes(bug: number): void {
  const count = 200;
  const order = new OrderCore(instance(bug), {
    ...WORLD_SETTINGS,
    capacity: count,
    maxInFlight: count,
    ratePerSecond: 0,
  });
  for (let seq = 0; seq < count; seq++) {
    order.add({
      seq,
      lane: `lane-${seq}`,
      cardKey: cardKey(1),
      priority: 0,
      dueAtMs: WORLD_SETTINGS.nowMs,
      deadlineAtMs: null,
    });
  }
  for (let taken = 0; taken < count; taken++) {
    assert.equal(order.next(WORLD_SETTINGS.nowMs).kind, "take");
  }
}

/** Runs everything that could notice; throws when something does. */
function examine(bug: number): void {
  examineWorlds(bug);
  examineBackoff(bug);
  examineLanes(bug);
}

test("examine() the core without a seeded bug passes", () => {
  examine(0);
});

ORDER_BUGS.forEach(({ name }, index) => {
  test(`examine() notices: ${name}`, () => {
    assert.throws(() => examine(index + 1));
  });
});
