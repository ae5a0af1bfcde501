/**
 * The gateway contract on the official `stripe` package, real sockets and the sandbox.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import { failure } from "../../engine/errors.ts";
import { createCardPresentGateway } from "../../engine/stripe/card_present_gateway.ts";
import { createStripeClient } from "../../hosts/posix/stripe_gateway.ts";
import { HttpServer } from "../../hosts/sandbox/http_server.ts";
import { createSandboxWorld } from "../../hosts/sandbox/mod.ts";
import { callOf, expectIntent } from "../../engine/testing/gateway_place.ts";
import { testGateway } from "../contract/gateway_contract.ts";
import { API_KEY, SandboxPlace } from "../support/sandbox_place.ts";
import { START_MS } from "../unit/sandbox/_support.ts";

testGateway(
  "card present over HTTP",
  () => SandboxPlace.open(createCardPresentGateway),
);

test("confirmIntent() with a key id nobody has stops the lane, not the payment", async () => {
  const stripe = createStripeClient({ apiKey: API_KEY });
  const gateway = createCardPresentGateway(stripe, {
    open: () => {
      throw failure("RECIPIENT_KEY_UNKNOWN", "no private key has this id");
    },
  });
  const result = await gateway.confirmIntent("pi_1", {} as never, callOf("k"));
  assert.deepEqual(result, {
    kind: "unauthorized",
    code: "recipient_key_unknown",
  });
});

test("createIntent() whose connection breaks has sent one request when it says unavailable", async () => {
  let count = 0;
  const server = new HttpServer(() => {
    count++;
    return "destroy";
  });
  const apiBase = await server.listen(0, "127.0.0.1");
  const stripe = createStripeClient({ apiKey: API_KEY, apiBase });
  const gateway = createCardPresentGateway(stripe, {
    open: (_genesis, record) => record,
  });
  const result = await gateway.createIntent({
    amount: 500,
    currency: "usd",
    captureMethod: "automatic",
    metadata: {},
  }, callOf("c"));
  assert.equal(result.kind, "unavailable");
  assert.equal(count, 1);
  await server.close();
});

test("retrieveIntent() past the sandbox's own limit is rate_limit with a wait", async () => {
  const world = createSandboxWorld({
    clock: { startMs: START_MS, isRunning: false },
    rateLimits: { perEndpoint: 3, total: 100 },
  });
  const server = new HttpServer((request) => world.deliver(request));
  const apiBase = await server.listen(0, "127.0.0.1");
  const stripe = createStripeClient({ apiKey: API_KEY, apiBase });
  const gateway = createCardPresentGateway(stripe, {
    open: (_genesis, record) => record,
  });
  const created = await gateway.createIntent({
    amount: 500,
    currency: "usd",
    captureMethod: "automatic",
    metadata: {},
  }, callOf("c"));
  const { id } = expectIntent(created);
  for (let i = 0; i < 3; i++) {
    expectIntent(await gateway.retrieveIntent(id, callOf(null)));
  }
  assert.deepEqual(await gateway.retrieveIntent(id, callOf(null)), {
    kind: "unavailable",
    code: "rate_limit",
    mayHaveExecuted: false,
    isSaved: false,
    isAnswered: true,
    retryAfterMs: 1000,
  });
  world.clock.clear();
  await server.close();
});
