/**
 * What the app is told of a connection that is there only in part.
 *
 * A relay, a proxy or a captive portal answers probes while Stripe behind it answers nobody. The
 * status must then say `offline` and stay there, and come back soon after Stripe did.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import { loadCore } from "../../../bindings/mod.ts";
import { DEFAULT_FORWARDER_OPTIONS } from "../../../engine/forward/forwarder_options.ts";
import { type Drainer, DrainWorld } from "./drain_world.ts";
import type { Fate } from "./plan.ts";

const core = await loadCore();
const MINUTE_MS = 60_000;
const { probeDelayMsMax, probeDeadlineMs, reconnectSpreadMs } =
  DEFAULT_FORWARDER_OPTIONS;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** A world whose forwarder has just forwarded one payment. */
async function connected(
  seed: number,
): Promise<{ world: DrainWorld; drainer: Drainer }> {
  const world = new DrainWorld(core, seed);
  world.sell();
  const drainer = world.start();
  assert.ok(await world.run(() => world.isDrained));
  assert.deepEqual(drainer.statuses.map(({ status }) => status), ["online"]);
  return { world, drainer };
}

/** Lets a minute pass; returns what the app was told in it. */
async function minuteOf(world: DrainWorld, drainer: Drainer) {
  const told = drainer.statuses.length;
  await world.run(() => false, MINUTE_MS);
  return drainer.statuses.slice(told).map(({ status }) => status);
}

for (const fate of ["request_lost", "silence"] as const) {
  test(`networkStatus changes once while probes are answered and every call meets ${fate}`, async () => {
    for (const seed of SEEDS) {
      const { world, drainer } = await connected(seed);
      world.isProbeAnswered = true;
      world.isOnline = fate === "silence";
      world.fateOf = () => fate;
      for (let i = 0; i < 20; i++) world.sell();
      assert.deepEqual(await minuteOf(world, drainer), ["offline"]);
      const asked = world.requests.length;
      assert.deepEqual(await minuteOf(world, drainer), []);
      const perMinute = world.requests.length - asked;
      assert.ok(perMinute <= 30, `${perMinute} requests of a minute, ${seed}`);
      // A sale in between asks again, and is told the same.
      world.sell();
      assert.equal(await doubtful(world, drainer), "offline");

      world.isOnline = true;
      world.fateOf = () => "answered";
      const backAtMs = world.nowMs;
      assert.ok(await world.run(() => world.isDrained, 5 * MINUTE_MS));
      const online = drainer.statuses.at(-1)!;
      assert.equal(online.status, "online");
      const tookMs = online.atMs - backAtMs;
      assert.ok(tookMs <= probeDelayMsMax + probeDeadlineMs, `${tookMs} ms`);
      const drainMs = world.nowMs - online.atMs;
      // The payments wait out their own pauses, which grew in two minutes.
      assert.ok(drainMs <= reconnectSpreadMs + MINUTE_MS, `${drainMs} ms`);
      assert.deepEqual(await minuteOf(world, drainer), []);
      world.checker.atEnd({ isCalm: false });
      assert.deepEqual(world.checker.violations, [], `seed ${seed}`);
    }
  });
}

/** What a probe says, asked as a sale does. */
async function doubtful(world: DrainWorld, drainer: Drainer) {
  let said: string | null = null;
  void drainer.forwarder.probe().then((status) => said = status);
  await world.run(() => said !== null, probeDeadlineMs + 1000);
  return said;
}

test("networkStatus settles down while only payments' calls go unanswered", async () => {
  for (const seed of SEEDS) {
    const { world, drainer } = await connected(seed);
    world.fateOf = ({ path }): Fate =>
      path.includes("payment_intents") ? "request_lost" : "answered";
    for (let i = 0; i < 20; i++) world.sell();
    const first = await minuteOf(world, drainer);
    assert.ok(first.length <= 20, `${first.length} changes, seed ${seed}`);
    await world.run(() => false, 2 * MINUTE_MS);
    const later = await minuteOf(world, drainer);
    assert.ok(later.length <= 12, `${later.length} changes, seed ${seed}`);
    world.fateOf = () => "answered";
    drainer.forwarder.dueNow("all");
    assert.ok(await world.run(() => world.isDrained, MINUTE_MS));
    assert.deepEqual(drainer.statuses.at(-1)?.status, "online");
  }
});

test("networkStatus comes back by itself when nothing waits to be forwarded", async () => {
  const { world, drainer } = await connected(1);
  world.isProbeAnswered = true;
  world.isOnline = false;
  void drainer.forwarder.doubt();
  assert.deepEqual(await minuteOf(world, drainer), ["offline"]);
  world.isOnline = true;
  assert.ok(
    await world.run(
      () => drainer.forwarder.networkStatus === "online",
      probeDelayMsMax + probeDeadlineMs,
    ),
  );
});

test("dueNow() asks at once, however often the connection was wrongly believed to be back", async () => {
  const { world, drainer } = await connected(1);
  world.fateOf = ({ path }): Fate =>
    path.includes("payment_intents") ? "request_lost" : "answered";
  world.sell();
  await world.run(() => false, 10 * MINUTE_MS);
  world.fateOf = () => "answered";
  drainer.forwarder.dueNow("all");
  assert.ok(
    await world.run(() => world.isDrained, reconnectSpreadMs + 2000),
    "not forwarded at once",
  );
});
