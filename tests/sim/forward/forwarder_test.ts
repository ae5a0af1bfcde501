/**
 * The forwarder's loop in virtual time: the stories that have cost others money.
 * @module
 */
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { loadCore } from "../../../bindings/mod.ts";
import { DrainWorld, plainSale } from "./drain_world.ts";
import { FATES } from "./plan.ts";
import { ACCOUNT } from "./sales.ts";

const core = await loadCore();
const MINUTE_MS = 60_000;

/** Ends the world and asserts that no promise was broken. */
function assertKept(world: DrainWorld, story: string): void {
  world.checker.atEnd({ isCalm: false });
  assert.deepEqual(world.checker.violations, [], story);
}

function startWith(sales: number, seed = 1): DrainWorld {
  const world = new DrainWorld(core, seed);
  for (let i = 0; i < sales; i++) world.sell();
  return world;
}

// https://github.com/stripe/stripe-terminal-android/issues/747
test("8 offline orders stay 8 charges while new orders arrive during the drain", async () => {
  const quiet = startWith(8);
  let points = 0;
  quiet.onWait = () => void points++;
  quiet.start();
  assert.ok(await quiet.run(() => quiet.isDrained));
  assert.equal(quiet.charges().size, 8);
  // The drain waits this often; a new order comes in at each of these points, once alone …
  assert.ok(points > 30, `only ${points} points`);
  for (let point = 1; point <= points; point++) {
    const world = startWith(8);
    let count = 0;
    world.onWait = () => {
      if (++count === point) world.sell();
    };
    world.start();
    assert.ok(await world.run(() => world.isDrained && count >= point));
    const charges = [...world.charges().values()];
    assert.deepEqual(charges, new Array(9).fill(1), `point ${point}`);
    assertKept(world, `a new order at point ${point}`);
  }
  // … and at all of them together, while every third answer is lost.
  const busy = startWith(8);
  let requests = 0;
  busy.onWait = () => {
    if (busy.sales.length < 48) busy.sell();
  };
  busy.fateOf = () => ++requests % 3 === 0 ? "response_lost" : "answered";
  busy.start();
  assert.ok(await busy.run(() => busy.isDrained));
  assert.deepEqual([...busy.charges().values()], new Array(48).fill(1));
  assertKept(busy, "new orders at every point");
});

test("a process killed at every waiting point of a drain leaves each order charged once", async () => {
  for (let point = 1; point <= 60; point++) {
    const world = startWith(4, point);
    let count = 0;
    const first = world.start();
    world.onWait = () => {
      if (++count === point) world.kill(first);
    };
    await world.run(() => !first.isAlive || world.isDrained);
    world.onWait = () => {};
    world.start();
    assert.ok(await world.run(() => world.isDrained));
    assert.deepEqual([...world.charges().values()], [1, 1, 1, 1]);
    assertKept(world, `killed at point ${point}`);
  }
});

test("a drainer put to sleep past its lease sends nothing more when it wakes", async () => {
  for (let point = 1; point <= 40; point++) {
    const world = startWith(5, point);
    let count = 0;
    const sleeper = world.start();
    world.onWait = () => {
      if (++count === point) sleeper.isAsleep = true;
    };
    await world.run(() => sleeper.isAsleep || world.isDrained, MINUTE_MS);
    world.onWait = () => {};
    await world.run(() => false, 2 * MINUTE_MS);
    world.start();
    await world.run(() => world.requests.length % 3 === 0, MINUTE_MS);
    const before = world.requests.length;
    world.wake(sleeper);
    assert.ok(await world.run(() => world.isDrained));
    const late = world.requests.slice(before).filter(({ drainer, request }) =>
      drainer === sleeper && request.method === "POST"
    );
    assert.deepEqual(late, [], `asleep at point ${point}`);
    assertKept(world, `asleep at point ${point}`);
  }
});

test("credentials that expire mid-drain park the lane; nothing is sent until they are renewed", async () => {
  const world = startWith(30);
  let isExpired = false;
  let count = 0;
  world.fateOf = () => {
    isExpired ||= ++count === 20;
    return isExpired ? "unauthorized" : "answered";
  };
  const { forwarder, failures } = world.start();
  await world.run(() => isExpired);
  await world.run(() => false, MINUTE_MS);
  assert.ok(failures.includes("FORWARDING_UNAUTHORIZED"));
  const asked = world.requests.length;
  await world.run(() => false, 60 * MINUTE_MS);
  assert.equal(world.requests.length, asked, "sent with dead credentials");
  assert.ok(!world.isDrained);
  isExpired = false;
  count = 100;
  forwarder.resume();
  assert.ok(await world.run(() => world.isDrained));
  assertKept(world, "expired credentials");
});

test("another account's credentials send nothing; the own ones drain", async () => {
  const world = startWith(6);
  world.account = "acct_other";
  const other = world.start();
  await world.run(() => false, 10 * MINUTE_MS);
  assert.deepEqual(other.failures, ["ACCOUNT_ID_MISMATCH_WHILE_FORWARDING"]);
  const posted = (): number =>
    world.requests.filter(({ request }) => request.method === "POST").length;
  assert.equal(posted(), 0);
  world.kill(other);
  world.account = ACCOUNT;
  world.start();
  assert.ok(await world.run(() => world.isDrained));
  assert.ok(posted() >= 12);
  assertKept(world, "another account");
});

test("a window full of payments that must wait keeps nothing behind it waiting", async () => {
  // The order of this world holds 64: more than that is another account's, or goes unanswered.
  const world = new DrainWorld(core, 5);
  world.cardCount = 1000;
  for (let i = 0; i < 150; i++) world.sell(plainSale(), "acct_other");
  for (let i = 0; i < 150; i++) world.sell();
  for (let i = 0; i < 100; i++) world.sell();
  const isStuck = (card: number): boolean => card > 150 && card <= 300;
  world.fateOf = ({ key }) =>
    isStuck(Number.parseInt(key?.slice(24, 36) ?? "0", 16))
      ? "rate_limited"
      : "answered";
  const { forwarder, failures } = world.start();
  const behind = (): number =>
    [...world.store.peek()].filter(({ rowId, payment }) =>
      rowId > 300 && payment.state === "forwarded"
    ).length;
  assert.ok(await world.run(() => behind() === 100, 60 * MINUTE_MS));
  assert.deepEqual(failures, ["ACCOUNT_ID_MISMATCH_WHILE_FORWARDING"]);
  const own = world.stripe.intents.filter(({ charges }) => charges > 0);
  assert.equal(own.length, 100);
  // A sale that comes now, and one that the cashier insists on, are not held up either.
  const late = world.sell();
  forwarder.dueNow(late);
  const isForwarded = (rowId: number): boolean =>
    world.store.payments.byRowId(rowId)!.payment.state === "forwarded";
  assert.ok(await world.run(() => isForwarded(late), MINUTE_MS));
  world.fateOf = () => "answered";
  const open = (): number => world.store.payments.open(1000).length;
  assert.ok(await world.run(() => open() === 150));
  assert.ok(
    world.stripe.intents.every(({ charges }) => charges === 1),
    "every own payment is charged once",
  );
});

test("Retry-After is waited for, and one poison record holds up nobody", async () => {
  const world = new DrainWorld(core, 3);
  for (let i = 0; i < 12; i++) {
    world.sell(plainSale(i === 4 ? { temper: "malformed" } : {}));
  }
  let refusedAtMs = 0;
  let refusedKey: string | null = null;
  world.fateOf = ({ method, key }) => {
    if (refusedAtMs > 0 || method === "GET") return "answered";
    refusedAtMs = world.nowMs;
    refusedKey = key;
    return "rate_limited";
  };
  world.start();
  assert.ok(await world.run(() => world.isDrained));
  const again = world.requests.find(({ atMs, request }) =>
    request.key === refusedKey && atMs > refusedAtMs
  );
  assert.ok(again!.atMs >= refusedAtMs + 7000, `after ${again!.atMs}`);
  const states = [...world.store.peek()].map(({ payment }) => payment.state);
  assert.equal(states.filter((state) => state === "failed").length, 1);
  assert.equal(states[4], "failed");
  assertKept(world, "poison");
});

test("a clock that jumps ten years either way delays no drain by more than a day", async () => {
  for (const years of [-10, 10]) {
    const world = startWith(10);
    let count = 0;
    world.onWait = () => {
      if (++count === 12) world.offsetMs = years * 365 * 24 * 3600_000;
    };
    world.start();
    assert.ok(await world.run(() => world.isDrained, 24 * 3600_000));
    assertKept(world, `${years} years`);
  }
});

/** All but refused credentials, which wait for a person. */
const TROUBLES = FATES.filter((fate) =>
  !["answered", "unauthorized", "forbidden"].includes(fate)
);
const WORLDS = process.env.HOLDFAST_SOAK ? 20_000 : 150;

test(`the forwarder in ${WORLDS} worlds of flapping networks, deaths and sleep drains them all`, async () => {
  for (let seed = 1; seed <= WORLDS; seed++) {
    const world = new DrainWorld(core, seed);
    const { random } = world;
    const trouble = random.fraction() * 0.5;
    const known = TROUBLES.filter(() => random.chance(0.4));
    let isOver = false;
    world.fateOf = () =>
      !isOver && known.length > 0 && random.chance(trouble)
        ? known[random.below(known.length)]
        : "answered";
    for (let i = 1 + random.below(12); i > 0; i--) world.sell();
    let drainer = world.start();
    for (let i = random.below(8); i > 0; i--) {
      await world.run(() => world.isDrained, random.below(10 * MINUTE_MS));
      const dice = random.below(6);
      if (dice === 0) world.isOnline = !world.isOnline;
      else if (dice === 1) {
        world.kill(drainer);
        drainer = world.start();
      } else if (dice === 2) drainer.isAsleep = true;
      else if (dice === 3) drainer = world.start();
      else if (dice === 4) world.offsetMs += (random.below(3) - 1) * 3600_000;
      else if (world.sales.length < 40) world.sell();
    }
    isOver = true;
    world.isOnline = true;
    world.drainers.forEach((each) => world.wake(each));
    drainer = world.start();
    assert.ok(await world.run(() => world.isDrained), `seed ${seed} is stuck`);
    await world.run(() => false, 3 * 3600_000);
    assertKept(world, `seed ${seed}`);
  }
});
