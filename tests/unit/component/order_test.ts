/** The component's scheduler makes the same choices as the plain module's, call by call. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { STATUS_NAMES } from "../../../bindings/_wasm/abi.ts";
import { orderExports } from "../../../bindings/_order_exports.ts";
import { putSettings, resolveLimits } from "../../../bindings/order_options.ts";
import { compileComponentCore } from "../../../scripts/component/compile.ts";
import { loadComponent, snakeCase } from "../../../scripts/component/load.ts";
import type * as wit from "../../../core/component/_jco/interfaces/holdfast-core-order.d.ts";
import { coreInstance } from "../../reference/core_instance.ts";
import { seeded, WORLD_SETTINGS } from "../../reference/order_world.ts";
import { rounds } from "../../reference/seal_samples.ts";

const module = new WebAssembly.Module(await compileComponentCore());
const CAPACITY = 64;
const { nowMs: START } = WORLD_SETTINGS;

const SETTINGS: wit.Settings = {
  limits: {
    inFlight: WORLD_SETTINGS.maxInFlight,
    inFlightPerLane: WORLD_SETTINGS.maxInFlightPerLane,
    ratePerSecond: WORLD_SETTINGS.ratePerSecond,
    burst: WORLD_SETTINGS.burst,
  },
  baseMs: WORLD_SETTINGS.baseMs,
  capMs: WORLD_SETTINGS.capMs,
  priorityMs: WORLD_SETTINGS.priorityStepMs,
  urgentMs: WORLD_SETTINGS.urgentMs,
  delayMsMax: WORLD_SETTINGS.delayMsMax,
};

/** What the component answers, or the name of its refusal as the core spells it. */
function said(call: () => unknown): unknown {
  try {
    return call() ?? 0;
  } catch (error) {
    const { payload } = error as { payload?: string };
    if (payload === undefined) throw error;
    return `ORDER_ERR_${snakeCase(payload).toUpperCase()}`;
  }
}

const STEPS = ["empty", "take", "wait", "busy"];
const STATES = ["free", "queued", "in-flight", "dead"];

/** Both schedulers under the same calls. */
class Pair {
  readonly ours = loadComponent(module).component.order;
  readonly plain = coreInstance();
  readonly core = orderExports(this.plain);

  constructor() {
    putSettings(this.plain, resolveLimits(WORLD_SETTINGS), WORLD_SETTINGS);
    assert.equal(this.core.orderReset(CAPACITY, START), 0);
    this.ours.reset(CAPACITY, BigInt(START), SETTINGS);
  }

  /** What the plain core says to a status: a refusal's name, or `value`. */
  theirs(status: number, value: () => unknown = () => 0): unknown {
    return status < 0 ? STATUS_NAMES[status] : value();
  }

  time = (): bigint => {
    const { view, outputPointer } = this.plain;
    return BigInt(view.getFloat64(outputPointer + 8, true));
  };

  next(now: number): number | null {
    const { view, outputPointer } = this.plain;
    const status = this.core.orderNext(now);
    const handle = view.getUint32(outputPointer, true);
    const expected = this.theirs(status, () => {
      const tag = STEPS[status];
      const val = tag === "take" ? handle : tag === "wait" ? this.time() : null;
      return [tag, val];
    });
    const step = said(() => this.ours.next(BigInt(now)));
    const { tag, val = null } = step as { tag: string; val?: unknown };
    assert.deepEqual(typeof step === "string" ? step : [tag, val], expected);
    return tag === "take" ? handle : null;
  }
}

function operate(pair: Pair, random: () => number, now: number): void {
  const { ours, core } = pair;
  const handle = random() % (CAPACITY + 1);
  const lane = random() % 3;
  const [low, high] = [random(), random()];
  const dice = BigInt(high) << 32n | BigInt(low);
  const same = (
    call: () => unknown,
    status: number,
    value?: () => unknown,
  ): void => assert.deepEqual(said(call), pair.theirs(status, value));
  switch (random() % 12) {
    case 0:
    case 1:
    case 2: {
      const card = random() % 2 === 0 ? undefined : BigInt(random() % 5);
      const due = now + random() % 5_000;
      const deadline = random() % 2 === 0 ? undefined : due + random() % 9_000;
      const priority = random() % 4;
      const entry = {
        lane,
        seq: BigInt(handle),
        priority,
        dueMs: BigInt(due),
        ...(card === undefined ? {} : { card }),
        ...(deadline === undefined ? {} : { deadlineMs: BigInt(deadline) }),
      };
      const [hasCard, low32] = card === undefined ? [0, 0] : [1, Number(card)];
      const until = deadline ?? Infinity;
      return same(
        () => ours.add(handle, entry),
        core.orderAdd(
          ...[handle, lane, handle, hasCard, low32, 0] as const,
          ...[priority, due, until] as const,
        ),
      );
    }
    case 3:
      return same(() => ours.done(handle), core.orderDone(handle));
    case 4:
      return same(
        () => ours.retry(handle, BigInt(now), dice, low % 3_000),
        core.orderRetry(handle, now, low, high, low % 3_000),
        pair.time,
      );
    case 5:
      return same(
        () => ours.release(handle, BigInt(now)),
        core.orderRelease(handle, now),
      );
    case 6:
      return same(() => ours.remove(handle), core.orderRemove(handle));
    case 7:
      return same(() => ours.deadLetter(handle), core.orderDeadLetter(handle));
    case 8:
      return same(
        () => ours.dueNow(handle, BigInt(now)),
        core.orderDueNow(handle, now),
      );
    case 9:
      return same(
        () => ours.park(lane, low % 4 === 0),
        core.orderPark(lane, low % 4 === 0 ? 1 : 0),
      );
    case 10:
      if (low % 20 !== 0) return;
      return same(
        () => ours.hold(BigInt(now), dice, 500),
        core.orderHold(now, low, high, 500),
        pair.time,
      );
    default:
      if (low % 30 !== 0) return;
      return same(() => ours.dueAll(BigInt(now)), core.orderDueAll(now));
  }
}

test("order the same random calls give the same steps, times, counts and states", () => {
  const pair = new Pair();
  const random = seeded(11);
  let now = START;
  let taken = 0;
  for (let call = 0; call < rounds(20_000); call++) {
    now += random() % 60;
    operate(pair, random, now);
    const handle = pair.next(now);
    if (handle !== null && random() % 3 !== 0) {
      taken++;
      pair.core.orderDone(handle);
      pair.ours.done(handle);
    }
    if (call % 16 !== 0) continue;
    const probe = random() % CAPACITY;
    const state = pair.core.orderState(probe);
    assert.equal(pair.ours.state(probe), STATES[state]);
    const due = pair.core.orderNextDue() === 0 ? undefined : pair.time();
    assert.equal(pair.ours.nextDue(), due);
    const { view, outputPointer: at } = pair.plain;
    pair.core.orderCounts(1);
    assert.deepEqual(pair.ours.counts(1), {
      queued: view.getUint32(at, true),
      inFlight: view.getUint32(at + 4, true),
      dead: view.getUint32(at + 8, true),
      parked: view.getUint32(at + 12, true) !== 0,
    });
  }
  assert.ok(taken > 1_000, `${taken} records were taken`);
});

test("order every refusal of the core has its word", () => {
  const { order } = loadComponent(module).component;
  const now = BigInt(START);
  const far = 2n ** 46n + 1n;
  const entry = { lane: 0, seq: 1n, priority: 0, dueMs: now };
  assert.equal(said(() => order.next(now)), "ORDER_ERR_NOT_READY");
  assert.equal(
    said(() => order.reset(0, now, SETTINGS)),
    "ORDER_ERR_CAPACITY",
  );
  assert.equal(said(() => order.reset(8, far, SETTINGS)), "ORDER_ERR_TIME");
  assert.equal(
    said(() => order.reset(8, now, { ...SETTINGS, baseMs: 2 ** 31 })),
    "ORDER_ERR_SETTING",
  );
  order.reset(8, now, SETTINGS);
  order.add(0, entry);
  const refusals: [() => unknown, string][] = [
    [() => order.add(8, entry), "HANDLE"],
    [() => order.add(0, entry), "HANDLE_USED"],
    [() => order.done(1), "HANDLE_FREE"],
    [() => order.add(1, { ...entry, lane: 1024 }), "LANE"],
    [() => order.add(1, { ...entry, seq: 2n ** 53n }), "SEQ"],
    [() => order.add(1, { ...entry, dueMs: far }), "TIME"],
    [() => order.add(1, { ...entry, deadlineMs: 2n ** 64n - 1n }), "TIME"],
    [() => order.done(0), "NOT_IN_FLIGHT"],
    [() => order.hold(now, 0n, 2 ** 31), "DELAY"],
    [() => order.backoffDelay(0, 0n, 1, 1), "DELAY"],
    [() => order.setLimits({ ...SETTINGS.limits, burst: 0 }), "SETTING"],
  ];
  for (const [call, name] of refusals) {
    assert.equal(said(call), `ORDER_ERR_${name}`);
  }
  assert.deepEqual(order.next(now), { tag: "take", val: 0 });
  assert.equal(said(() => order.remove(0)), "ORDER_ERR_IN_FLIGHT");
});

test("order a full scheduler of 131,072 records fits beside the arguments", () => {
  const { order } = loadComponent(module).component;
  order.reset(131_072, BigInt(START), SETTINGS);
  order.add(131_071, { lane: 1, seq: 1n, priority: 0, dueMs: BigInt(START) });
  assert.deepEqual(order.next(BigInt(START)), { tag: "take", val: 131_071 });
});

test("order.backoffDelay() agrees with the core for any attempt", () => {
  const { order } = loadComponent(module).component;
  const core = orderExports(coreInstance());
  const random = seeded(4);
  for (let attempt = 1; attempt < 70; attempt++) {
    const [low, high] = [random(), random()];
    const dice = BigInt(high) << 32n | BigInt(low);
    assert.equal(
      order.backoffDelay(attempt, dice, 1_000, 900_000),
      core.backoffDelay(attempt, low, high, 1_000, 900_000),
    );
  }
});
