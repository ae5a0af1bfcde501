import assert from "node:assert/strict";
import { test } from "node:test";
import { IdempotencyKeys } from "../../../hosts/sandbox/idempotency.ts";
import {
  confirmFields,
  frozenWorld,
  requestOf,
  SALE_FIELDS,
  send,
} from "./_support.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const INTENTS = "/v1/payment_intents";

test("handle() with a repeated key replays status and body of the first", () => {
  const world = frozenWorld();
  const options = { fields: SALE_FIELDS, idempotencyKey: "k" };
  const first = send(world, "POST", INTENTS, options);
  const second = send(world, "POST", INTENTS, options);
  assert.equal(first.headers["idempotent-replayed"], undefined);
  assert.equal(second.headers["idempotent-replayed"], "true");
  assert.equal(
    second.headers["original-request"],
    first.headers["request-id"],
  );
  assert.notEqual(second.headers["request-id"], first.headers["request-id"]);
  assert.deepEqual(second.body, first.body);
  assert.equal(world.state.account(accountOf(world)).test.intents.size, 1);
});

test("handle() replays the first answer though the intent has moved on", () => {
  const world = frozenWorld();
  const options = { fields: SALE_FIELDS, idempotencyKey: "k" };
  const { body } = send(world, "POST", INTENTS, options);
  send(world, "POST", `${INTENTS}/${body.id}/cancel`);
  const replay = send(world, "POST", INTENTS, options);
  assert.equal(replay.body.status, "requires_payment_method");
});

test("handle() compares parameters in any order", () => {
  const world = frozenWorld();
  const fields = { ...SALE_FIELDS };
  const turned = Object.fromEntries(Object.entries(fields).reverse());
  const idempotencyKey = "k";
  send(world, "POST", INTENTS, { fields, idempotencyKey });
  const again = send(world, "POST", INTENTS, {
    fields: turned,
    idempotencyKey,
  });
  assert.equal(again.headers["idempotent-replayed"], "true");
});

test("handle() with other parameters under the key answers idempotency_error", () => {
  const world = frozenWorld();
  const idempotencyKey = "k";
  send(world, "POST", INTENTS, { fields: SALE_FIELDS, idempotencyKey });
  const other = send(world, "POST", INTENTS, {
    fields: { ...SALE_FIELDS, amount: 1001 },
    idempotencyKey,
  });
  assert.equal(other.status, 400);
  assert.equal(other.body.error.type, "idempotency_error");
});

test("handle() with another endpoint under the key answers idempotency_error", () => {
  const world = frozenWorld();
  const { body } = send(world, "POST", INTENTS, { fields: SALE_FIELDS });
  const idempotencyKey = "k";
  send(world, "POST", `${INTENTS}/${body.id}/cancel`, { idempotencyKey });
  const other = send(world, "POST", `${INTENTS}/${body.id}/capture`, {
    idempotencyKey,
  });
  assert.equal(other.status, 400);
  assert.equal(other.body.error.type, "idempotency_error");
});

test("start() twice with one key answers 409 until the first has run", () => {
  const world = frozenWorld();
  const request = requestOf("POST", INTENTS, {
    fields: SALE_FIELDS,
    idempotencyKey: "k",
  });
  const first = world.api.start(request);
  assert.ok("run" in first);
  const second = world.api.handle(request);
  assert.equal(second.status, 409);
  assert.equal(second.headers["stripe-should-retry"], "true");
  assert.equal(
    JSON.parse(second.body).error.code,
    "idempotency_key_in_use",
  );
  const answer = first.run();
  assert.equal(world.api.handle(request).body, answer.body);
});

test("handle() saves no answer of a failed validation", () => {
  const world = frozenWorld();
  const idempotencyKey = "k";
  const bad = send(world, "POST", INTENTS, {
    fields: { ...SALE_FIELDS, amount: "ten" },
    idempotencyKey,
  });
  assert.equal(bad.status, 400);
  const good = send(world, "POST", INTENTS, {
    fields: SALE_FIELDS,
    idempotencyKey,
  });
  assert.equal(good.status, 200);
});

test("handle() saves no answer of an unusable key", () => {
  const world = frozenWorld();
  const options = { fields: SALE_FIELDS, idempotencyKey: "k" };
  world.state.keyStatus.set("sk_test_shop", "expired");
  assert.equal(send(world, "POST", INTENTS, options).status, 401);
  world.state.keyStatus.set("sk_test_shop", "active");
  assert.equal(send(world, "POST", INTENTS, options).status, 200);
});

test("handle() saves no answer of the rate limiter", () => {
  const world = frozenWorld({ rateLimits: { perEndpoint: 1, total: 10 } });
  send(world, "POST", INTENTS, { fields: SALE_FIELDS });
  const options = { fields: SALE_FIELDS, idempotencyKey: "k" };
  assert.equal(send(world, "POST", INTENTS, options).status, 429);
  world.clock.advance(1000);
  assert.equal(send(world, "POST", INTENTS, options).status, 200);
});

test("handle() saves a decline and replays it", () => {
  const world = frozenWorld();
  const { body } = send(world, "POST", INTENTS, { fields: SALE_FIELDS });
  const path = `${INTENTS}/${body.id}/confirm`;
  const options = {
    fields: confirmFields({ number: "4000000000000002" }),
    idempotencyKey: "k",
  };
  const first = send(world, "POST", path, options);
  const second = send(world, "POST", path, options);
  assert.equal(first.status, 402);
  assert.equal(second.headers["idempotent-replayed"], "true");
  assert.deepEqual(second.body, first.body);
});

test("handle() saves a state error after execution and replays it", () => {
  const world = frozenWorld();
  const { body } = send(world, "POST", INTENTS, { fields: SALE_FIELDS });
  const path = `${INTENTS}/${body.id}/capture`;
  send(world, "POST", path, { idempotencyKey: "k" });
  const again = send(world, "POST", path, { idempotencyKey: "k" });
  assert.equal(again.body.error.code, "payment_intent_unexpected_state");
  assert.equal(again.headers["idempotent-replayed"], "true");
});

test("runAndFail() saves the 500 of an executed request and replays it", () => {
  const world = frozenWorld();
  const request = requestOf("POST", INTENTS, {
    fields: SALE_FIELDS,
    idempotencyKey: "k",
  });
  const pending = world.api.start(request);
  assert.ok("runAndFail" in pending);
  const first = pending.runAndFail(500);
  const second = world.api.handle(request);
  assert.equal(first.status, 500);
  assert.equal(first.headers["stripe-should-retry"], "false");
  assert.equal(second.status, 500);
  assert.equal(second.body, first.body);
  assert.equal(second.headers["idempotent-replayed"], "true");
  assert.equal(world.state.account(accountOf(world)).test.intents.size, 1);
});

for (
  const [age, isReplayed] of [
    [DAY_MS - 1, true],
    [DAY_MS, false],
    [DAY_MS + 1, false],
    [25 * 60 * 60 * 1000, false],
    [31 * DAY_MS, false],
  ] as const
) {
  test(`handle() with a key ${age} ms old ${isReplayed ? "replays" : "executes"}`, () => {
    const world = frozenWorld();
    const options = { fields: SALE_FIELDS, idempotencyKey: "k" };
    const first = send(world, "POST", INTENTS, options);
    world.clock.advance(age);
    const again = send(world, "POST", INTENTS, options);
    const replayed = again.headers["idempotent-replayed"] === "true";
    assert.equal(replayed, isReplayed);
    assert.equal(again.body.id === first.body.id, isReplayed);
  });
}

test("handle() keeps keys of two accounts and two modes apart", () => {
  const world = frozenWorld();
  const ids = ["sk_test_shop", "sk_live_shop", "sk_test_other"].map((key) =>
    send(world, "POST", INTENTS, {
      fields: SALE_FIELDS,
      idempotencyKey: "k",
      key,
    }).body.id
  );
  assert.equal(new Set(ids).size, 3);
});

test("handle() ignores the key of a GET", () => {
  const world = frozenWorld();
  const first = send(world, "GET", INTENTS, { idempotencyKey: "k" });
  send(world, "POST", INTENTS, { fields: SALE_FIELDS });
  const second = send(world, "GET", INTENTS, { idempotencyKey: "k" });
  assert.equal(first.body.data.length, 0);
  assert.equal(second.body.data.length, 1);
});

test("claim() refuses a key of more than 255 characters", () => {
  const keys = new IdempotencyKeys();
  assert.equal(keys.claim("k".repeat(255), "e", "f", 0), null);
  assert.throws(() => keys.claim("k".repeat(256), "e", "f", 0), {
    status: 400,
  });
});

test("prune() forgets keys that are 24 hours old, and no others", () => {
  const keys = new IdempotencyKeys();
  keys.claim("old", "e", "f", 0);
  keys.claim("new", "e", "f", 1);
  keys.prune(DAY_MS);
  assert.equal(keys.size, 1);
  keys.prune(DAY_MS + 1);
  assert.equal(keys.size, 0);
});

function accountOf(world: ReturnType<typeof frozenWorld>): string {
  return [...world.state.accounts][0].id;
}
