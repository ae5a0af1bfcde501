/** What the loop itself must not forget: its lease, and a payment whose step broke. @module */
import assert from "node:assert/strict";
import test from "node:test";
import { loadCore } from "../../../bindings/mod.ts";
import { failure } from "../../../engine/errors.ts";
import { DEFAULT_FORWARDER_OPTIONS } from "../../../engine/forward/forwarder_options.ts";
import { LEASE_MS } from "../../../engine/forward/held_lease.ts";
import { DrainWorld, plainSale } from "./drain_world.ts";
import { MemoryStore } from "./memory_store.ts";

const core = await loadCore();
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** Commits of a drain of three payments, about. */
const COMMITS = 24;

/** Takes the lease only if nobody holds it. */
function tryLease(world: DrainWorld) {
  return world.store.leases
    .acquire("forwarder", "t", world.nowMs, LEASE_MS, false);
}

test("a drainer that works keeps its lease; one that sleeps loses it to whoever waits for its end", async () => {
  const world = new DrainWorld(core, 3);
  const drainer = world.start();
  for (let i = 0; i < 20; i++) {
    world.sell();
    assert.ok(await world.run(() => world.isDrained));
    await world.run(() => false, 15 * SECOND_MS);
    assert.equal(tryLease(world), null, `after ${i + 1} sales`);
  }
  drainer.isAsleep = true;
  await world.run(() => false, LEASE_MS);
  assert.notEqual(tryLease(world), null);
  const sent = world.requests.length;
  world.sell();
  world.wake(drainer);
  await world.run(() => false, MINUTE_MS);
  assert.equal(drainer.failures.at(-1), "FORWARDING_TAKEN_OVER");
  const posted = world.requests.slice(sent)
    .filter(({ request }) => request.method === "POST");
  assert.deepEqual(posted, []);
});

for (
  const [name, error] of [
    ["a full disk", failure("STORE_FULL", "the disk is full")],
    ["a bug", new TypeError("cannot read properties of undefined")],
  ] as const
) {
  test(`a step broken by ${name} at any commit is told, and its payment is tried again`, async () => {
    for (let at = 0; at < COMMITS; at++) {
      const store = { current: null as MemoryStore | null };
      const world = new DrainWorld(
        core,
        at,
        (nowMs) => store.current = new MemoryStore(nowMs),
      );
      for (let i = 0; i < 3; i++) world.sell();
      const drainer = world.start();
      let left = at;
      store.current!.onCommit = (when) => {
        if (when === "before" && left-- === 0) throw error;
      };
      const isDrained = await world.run(() => world.isDrained, 60 * MINUTE_MS);
      assert.ok(isDrained, `stuck after a failure at commit ${at}`);
      world.checker.atEnd({ isCalm: true });
      assert.deepEqual(world.checker.violations, [], `commit ${at}`);
      const expected = left < 0 ? ["FORWARDING_STEP_FAILED"] : [];
      assert.deepEqual(drainer.failures, expected, `commit ${at}`);
    }
  });
}

test("the first sale of another account after the drain stays, and the app is told whose it is", async () => {
  const world = new DrainWorld(core, 1);
  world.sell();
  const drainer = world.start();
  assert.ok(await world.run(() => world.isDrained));
  const sent = world.requests.length;
  const rowId = world.sell(plainSale(), "acct_other");
  await world.run(() => false, MINUTE_MS);
  assert.deepEqual(drainer.failures, ["ACCOUNT_ID_MISMATCH_WHILE_FORWARDING"]);
  assert.equal(world.requests.length, sent);
  const { state } = world.store.payments.byRowId(rowId)!.payment;
  assert.equal(state, "stored");
  world.sell();
  assert.ok(await world.run(() => world.store.payments.open(2).length === 1));
  // It is said once, not with every such sale.
  world.sell(plainSale(), "acct_other");
  await world.run(() => false, MINUTE_MS);
  assert.equal(drainer.failures.length, 1);
  assert.equal(world.store.payments.open(3).length, 2);
});

test("stop() ends the calls under way at once and gives the lease back", async () => {
  const world = new DrainWorld(core, 2);
  world.fateOf = ({ path }) =>
    path.includes("payment_intents") ? "silence" : "answered";
  for (let i = 0; i < 3; i++) world.sell();
  const drainer = world.start();
  const isAsked = () =>
    world.requests.some(({ request }) => request.key !== null);
  assert.ok(await world.run(isAsked));
  assert.equal(tryLease(world), null);
  let isStopped = false;
  void drainer.forwarder.stop().then(() => isStopped = true);
  assert.ok(await world.run(() => isStopped, SECOND_MS));
  assert.notEqual(tryLease(world), null);
  const sent = world.requests.length;
  await world.run(() => false, MINUTE_MS);
  assert.equal(world.requests.length, sent);
});

test("stop() in the moment in which a payment begins ends it at once, or lets none begin", async () => {
  for (let microtasks = 0; microtasks < 12; microtasks++) {
    const world = new DrainWorld(core, 2);
    world.sell();
    const { forwarder } = world.start();
    assert.ok(await world.run(() => world.isDrained));
    await world.run(() => false, SECOND_MS);
    world.fateOf = () => "silence";
    world.sell();
    for (let i = 0; i < microtasks; i++) await Promise.resolve();
    let isStopped = false;
    void forwarder.stop().then(() => isStopped = true);
    const isEnded = await world.run(() => isStopped, SECOND_MS);
    assert.ok(isEnded, `waits after ${microtasks} microtasks`);
  }
});

test("devices that come back from an outage begin at different moments of the spread", async () => {
  const { reconnectSpreadMs } = DEFAULT_FORWARDER_OPTIONS;
  const delays: number[] = [];
  for (let seed = 1; seed <= 20; seed++) {
    const world = new DrainWorld(core, seed);
    world.isOnline = false;
    world.sell();
    const drainer = world.start();
    await world.run(() => false, MINUTE_MS);
    world.isOnline = true;
    const isSent = () =>
      world.requests.some(({ request }) => request.key !== null);
    assert.ok(await world.run(isSent));
    const back = drainer.statuses.at(-1)!;
    assert.equal(back.status, "online");
    delays.push(world.nowMs - back.atMs);
  }
  const [least, most] = [Math.min(...delays), Math.max(...delays)];
  assert.ok(most <= reconnectSpreadMs + SECOND_MS, `${most} ms`);
  assert.ok(most - least > reconnectSpreadMs / 2, `${least} to ${most} ms`);
});

test("settled() resolves for everyone who waits, when the payment has its outcome", async () => {
  const world = new DrainWorld(core, 4);
  const { forwarder } = world.start();
  const rowId = world.sell();
  let resolved = 0;
  for (let i = 0; i < 2; i++) {
    void forwarder.settled(rowId).then(() => {
      assert.ok(world.isDrained, "resolved before there was an outcome");
      resolved++;
    });
  }
  assert.ok(await world.run(() => resolved === 2, MINUTE_MS));
});
