import assert from "node:assert/strict";
import { test } from "node:test";
import { accountIdOfKey } from "../../../hosts/sandbox/state.ts";
import { frozenWorld, SALE_FIELDS, send } from "./_support.ts";

const INTENTS = "/v1/payment_intents";

test("handle() gives two keys of one merchant one account in two modes", () => {
  const world = frozenWorld();
  const read = (key: string) => ({
    account: send(world, "GET", "/v1/account", { key }).body.id,
    livemode: send(world, "GET", "/v1/balance", { key }).body.livemode,
  });
  const test = read("sk_test_shop"), live = read("sk_live_shop");
  assert.equal(test.account, live.account);
  assert.deepEqual([test.livemode, live.livemode], [false, true]);
  assert.notEqual(read("sk_test_other").account, test.account);
});

test("handle() names the other mode when an object is there", () => {
  const world = frozenWorld();
  const { body } = send(world, "POST", INTENTS, { fields: SALE_FIELDS });
  const path = `${INTENTS}/${body.id}`;
  const live = send(world, "GET", path, { key: "sk_live_shop" });
  assert.equal(live.status, 404);
  assert.equal(live.body.error.code, "resource_missing");
  assert.match(live.body.error.message, /exists in test mode/);
  const other = send(world, "GET", path, { key: "sk_test_other" });
  assert.equal(other.status, 404);
  assert.doesNotMatch(other.body.error.message, /exists in/);
});

for (
  const [key, status, code] of [
    ["", 401, undefined],
    ["pk_test_shop", 401, "secret_key_required"],
    ["sk_shop", 401, undefined],
    ["rk_test_shop", 200, undefined],
  ] as const
) {
  test(`handle() with the key "${key}" answers ${status}`, () => {
    const { body, status: got } = send(frozenWorld(), "GET", "/v1/account", {
      key,
    });
    assert.equal(got, status);
    assert.equal(body.error?.code, code);
  });
}

for (
  const [keyStatus, status, code] of [
    ["expired", 401, "api_key_expired"],
    ["revoked", 401, undefined],
    ["restricted", 403, "more_permissions_required_for_application"],
    ["active", 200, undefined],
  ] as const
) {
  test(`handle() with a key that is ${keyStatus} answers ${status}`, () => {
    const world = frozenWorld();
    world.state.keyStatus.set("sk_test_shop", keyStatus);
    const { body, status: got } = send(world, "GET", "/v1/account");
    assert.equal(got, status);
    assert.equal(body.error?.code, code);
    assert.doesNotMatch(JSON.stringify(body), /sk_test_shop/);
  });
}

test("handle() acts for a connected account only once it is connected", () => {
  const world = frozenWorld();
  const options = { account: "acct_other", fields: SALE_FIELDS };
  const refused = send(world, "POST", INTENTS, options);
  assert.equal(refused.status, 403);
  assert.equal(refused.body.error.code, "account_invalid");
  const platform = accountIdOfKey("sk_test_shop");
  world.state.connected.set(platform, new Set(["acct_other"]));
  const made = send(world, "POST", INTENTS, options);
  assert.equal(made.headers["stripe-account"], "acct_other");
  assert.equal(world.state.account("acct_other").test.intents.size, 1);
  assert.equal(world.state.account(platform).test.intents.size, 0);
});

test("handle() answers 404 on a path that is no endpoint", () => {
  const { status, body } = send(frozenWorld(), "GET", "/v1/shoes");
  assert.equal(status, 404);
  assert.match(body.error.message, /Unrecognized request URL/);
});
