import assert from "node:assert/strict";
import { test } from "node:test";
import { STRIPE_RATE_LIMITS } from "../../../hosts/sandbox/rate_limit.ts";
import { frozenWorld, SALE_FIELDS, send } from "./_support.ts";

const limited = () => frozenWorld({ rateLimits: STRIPE_RATE_LIMITS });

test("handle() answers 25 requests of an endpoint a second, then 429", () => {
  const world = limited();
  const create = () =>
    send(world, "POST", "/v1/payment_intents", { fields: SALE_FIELDS });
  for (let i = 0; i < 25; i++) assert.equal(create().status, 200);
  const refused = create();
  assert.equal(refused.status, 429);
  assert.equal(refused.body.error.code, "rate_limit");
  assert.equal(refused.headers["retry-after"], "1");
  assert.equal(refused.headers["stripe-rate-limited-reason"], "endpoint-rate");
  assert.equal(refused.headers["stripe-should-retry"], "false");
  assert.match(refused.headers["request-id"], /^req_/);
  // One token comes back after a 25th of a second.
  world.clock.advance(39);
  assert.equal(create().status, 429);
  world.clock.advance(1);
  assert.equal(create().status, 200);
  assert.equal(create().status, 429);
});

test("handle() answers 100 requests of an account a second, then 429", () => {
  const world = limited();
  const paths = ["account", "balance", "charges", "events", "refunds"];
  let answered = 0;
  let last = "";
  for (let i = 0; i < 125; i++) {
    const path = `/v1/${paths[i % paths.length]}`;
    const { status, headers } = send(world, "GET", path);
    if (status === 200) answered += 1;
    else last = headers["stripe-rate-limited-reason"];
  }
  assert.equal(answered, 100);
  assert.equal(last, "global-rate");
});

test("handle() counts two paths of one endpoint together", () => {
  const world = limited();
  let refused = 0;
  for (let i = 0; i < 26; i++) {
    const { status } = send(world, "GET", `/v1/payment_intents/pi_${i}`);
    if (status === 429) refused += 1;
  }
  assert.equal(refused, 1);
});

test("handle() lets no account spend another's requests", () => {
  const world = limited();
  for (let i = 0; i < 26; i++) send(world, "GET", "/v1/account");
  assert.equal(send(world, "GET", "/v1/account").status, 429);
  const other = send(world, "GET", "/v1/account", { key: "sk_test_other" });
  assert.equal(other.status, 200);
});
