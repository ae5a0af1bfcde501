/** A long queue with everything in it, and credentials that change in the middle of it. @module */
import assert from "node:assert/strict";
import test from "node:test";
import { loadCore } from "../../../bindings/mod.ts";
import { DrainWorld, plainSale } from "./drain_world.ts";
import { ACCOUNT, localIdOf, type Sale } from "./sales.ts";

const core = await loadCore();
const MINUTE_MS = 60_000;
const ODD_ONES: readonly Partial<Sale>[] = [
  { temper: "declines" },
  { temper: "ponders" },
  { temper: "malformed" },
  { isManual: true },
];

test("of 400 payments each gets its own outcome, whatever becomes of the others", async () => {
  const world = new DrainWorld(core, 9);
  world.cardCount = 10_000;
  const expected = new Map<number, string>();
  for (let card = 1; card <= 400; card++) {
    const odd = world.random.chance(0.2)
      ? ODD_ONES[world.random.below(ODD_ONES.length)]
      : {};
    world.sell(plainSale(odd));
    const { temper } = world.sales[card - 1];
    if (temper === "declines") expected.set(card, "declined");
    else expected.set(card, temper === "malformed" ? "failed" : "forwarded");
  }
  world.start();
  assert.ok(await world.run(() => world.isDrained));
  world.checker.atEnd({ isCalm: false });
  assert.deepEqual(world.checker.violations, []);
  const outcomes = new Map(
    [...world.store.peek()].map(({ rowId, payment }) => [rowId, payment.state]),
  );
  assert.deepEqual(outcomes, expected);
  assert.equal(new Set(outcomes.values()).size, 3);
});

test("one poison record in 1,000 is set aside after one confirmation and delays nobody", async () => {
  const world = new DrainWorld(core, 4);
  world.cardCount = 10_000;
  const poison = 500;
  for (let card = 1; card <= 1000; card++) {
    world.sell(plainSale(card === poison ? { temper: "malformed" } : {}));
  }
  const startMs = world.nowMs;
  world.start();
  assert.ok(await world.run(() => world.isDrained));
  // The order's own pace of 20 a second, and the random start.
  const seconds = (world.nowMs - startMs) / 1000;
  assert.ok(seconds < 1000 / 20 + 7, `${seconds} s`);
  const { payment } = world.store.payments.byRowId(poison)!;
  assert.equal(payment.state, "failed");
  // Set aside, not thrown away: a person can still send it.
  assert.notEqual(world.store.payments.sealedRecord(poison), null);
  const confirmed = world.requests.filter(({ request }) =>
    request.path.endsWith("/confirm") &&
    request.key!.startsWith(localIdOf(poison))
  );
  assert.equal(confirmed.length, 1);
  const charges = world.charges();
  assert.equal(charges.get(localIdOf(poison)), 0);
  assert.equal(
    [...charges.values()].filter((count) => count === 1).length,
    999,
  );
});

test("credentials of another account in the middle of a drain get nothing; the own ones end it", async () => {
  for (let point = 1; point <= 40; point++) {
    const world = new DrainWorld(core, point);
    for (let i = 0; i < 6; i++) world.sell();
    let count = 0;
    const first = world.start();
    world.onWait = () => {
      if (++count === point) world.kill(first);
    };
    await world.run(() => !first.isAlive || world.isDrained);
    world.onWait = () => {};
    world.account = "acct_other";
    const sent = world.requests.length;
    const other = world.start();
    await world.run(() => false, 5 * MINUTE_MS);
    const posted = world.requests.slice(sent)
      .filter(({ request }) => request.method === "POST");
    assert.deepEqual(posted, [], `switched at point ${point}`);
    if (!world.isDrained) {
      assert.deepEqual(other.failures, [
        "ACCOUNT_ID_MISMATCH_WHILE_FORWARDING",
      ]);
    }
    world.kill(other);
    world.account = ACCOUNT;
    world.start();
    assert.ok(await world.run(() => world.isDrained));
    world.checker.atEnd({ isCalm: false });
    assert.deepEqual(world.checker.violations, [], `point ${point}`);
    assert.deepEqual([...world.charges().values()], new Array(6).fill(1));
  }
});
