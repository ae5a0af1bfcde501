import assert from "node:assert/strict";
import { test } from "node:test";
import { REFUND_FAILS_CARD } from "../../../hosts/sandbox/cards.ts";
import { reportOf } from "../../../hosts/sandbox/report.ts";
import { frozenWorld, pay, send } from "./_support.ts";

test("createRefund() of the failing test card succeeds and fails later", () => {
  const world = frozenWorld();
  const { body } = pay(world, {}, { number: REFUND_FAILS_CARD });
  const refund = send(world, "POST", "/v1/refunds", {
    fields: { payment_intent: body.id },
  }).body;
  assert.equal(refund.status, "succeeded");
  assert.deepEqual(reportOf(world.state).amounts, { usd: 0 });
  world.clock.advance(5000);
  const later = send(world, "GET", `/v1/refunds/${refund.id}`).body;
  assert.equal(later.status, "failed");
  assert.deepEqual(reportOf(world.state).amounts, { usd: 1000 });
});

test("createRefund() refuses a charge that was not captured", () => {
  const world = frozenWorld();
  const { body } = pay(world, { capture_method: "manual" });
  const refused = send(world, "POST", "/v1/refunds", {
    fields: { payment_intent: body.id },
  });
  assert.equal(refused.body.error.code, "charge_not_refundable");
});

test("createRefund() refuses an intent that nobody paid", () => {
  const world = frozenWorld();
  const { body } = pay(world, {}, { number: "4000000000000002" });
  const refused = send(world, "POST", "/v1/refunds", {
    fields: { payment_intent: body.error.payment_intent.id },
  });
  assert.equal(refused.status, 400);
  assert.equal(reportOf(world.state).refunds, 0);
});
