import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { CoreModule } from "../../../bindings/core_module.ts";
import { OrderWorld, WORLD_SETTINGS } from "../../reference/order_world.ts";
import { coreModule } from "./_order_core.ts";

const SOAK = process.env.HOLDFAST_SOAK === "1";
const SEEDS = SOAK ? 5_000 : 150;
const STEPS = 2_000;

function run(seed: number, depth: number, steps: number): OrderWorld {
  const settings = { ...WORLD_SETTINGS, capacity: Math.max(depth, 8) };
  const world = new OrderWorld(
    new CoreModule(coreModule()),
    seed,
    depth,
    settings,
  );
  try {
    for (let i = 0; i < steps; i++) {
      world.step();
      if (i % 100 === 0) world.compare();
    }
    world.compare();
  } catch (error) {
    const last = world.trace.slice(-8).join("\n");
    throw new Error(`seed ${seed} depth ${depth}, after\n${last}`, {
      cause: error,
    });
  }
  return world;
}

test("OrderCore over random operations answers as its readable twin", () => {
  const met = new Map<string, number>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    for (const line of run(seed, 1 + seed % 60, STEPS).trace) {
      const kind = line.replaceAll(/[-\d]+/g, "").slice(0, 22);
      met.set(kind, (met.get(kind) ?? 0) + 1);
    }
  }
  // The generator is worth nothing when it never gets to a rule.
  const kinds = [
    'next {"kind":"take","se',
    'next {"kind":"wait","un',
    'next {"kind":"busy"}',
    'next {"kind":"empty"}',
    "makeDue all null",
    "setLimits null",
  ];
  for (const kind of kinds) {
    const times = met.get(kind.slice(0, 22)) ?? 0;
    assert.ok(times > SEEDS, `${kind} met ${times} times`);
  }
});

test("OrderCore with a deep queue answers as its readable twin", () => {
  for (let seed = 1; seed <= (SOAK ? 200 : 4); seed++) {
    run(90_000 + seed, 400, STEPS);
  }
});

test("OrderCore in two instances gives the same trace", () => {
  for (let seed = 500; seed < 510; seed++) {
    assert.deepEqual(run(seed, 40, 1_000).trace, run(seed, 40, 1_000).trace);
  }
});

test("OrderCore used again after other operations gives the same trace", () => {
  // One module, two schedulers after each other: the second reset forgets the first.
  const module = new CoreModule(coreModule());
  const first = new OrderWorld(module, 7, 50);
  for (let i = 0; i < 1_500; i++) first.step();
  const pages = module.exports.memory.buffer.byteLength;
  const second = new OrderWorld(module, 8, 50);
  for (let i = 0; i < 1_500; i++) second.step();
  assert.equal(module.exports.memory.buffer.byteLength, pages);
  const fresh = new OrderWorld(new CoreModule(coreModule()), 8, 50);
  for (let i = 0; i < 1_500; i++) fresh.step();
  assert.deepEqual(second.trace, fresh.trace);
});
