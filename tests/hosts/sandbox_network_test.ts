import assert from "node:assert/strict";
import { test } from "node:test";
import Stripe from "stripe";
import {
  createSandboxWorld,
  inProcessFetch,
  SandboxControlError,
} from "../../hosts/sandbox/mod.ts";
import {
  clientOf,
  confirmParams,
  SALE,
  START_MS,
  startFrozen,
  withSandbox,
} from "../unit/sandbox/_support.ts";

const isLost = { type: "StripeConnectionError" };

test("drop_request over a socket fails the client and executes nothing", () =>
  withSandbox(async ({ control }, stripe) => {
    // Without end: on Node the client repeats once by itself when a
    // connection closes, on Deno it does not.
    await control.addFaults({ kind: "drop_request" });
    await assert.rejects(stripe.paymentIntents.create(SALE), isLost);
    assert.equal((await control.report()).intents, 0);
  }));

test("drop_response over a socket executes once, and the key finds it", () =>
  withSandbox(async ({ control }, stripe) => {
    const options = { idempotencyKey: "k" };
    await control.addFaults({ kind: "drop_response" });
    await assert.rejects(stripe.paymentIntents.create(SALE, options), isLost);
    assert.equal((await control.report()).intents, 1);
    await control.clearFaults();
    const found = await stripe.paymentIntents.create(SALE, options);
    const intents = await control.intents();
    assert.deepEqual(intents.map((intent) => intent.id), [found.id]);
  }));

test("zombie over a socket executes when its time has come", () =>
  withSandbox(async ({ control }, stripe) => {
    await control.addFaults({ kind: "zombie", delay_ms: 60_000 });
    await assert.rejects(stripe.paymentIntents.create(SALE), isLost);
    assert.equal((await control.report()).intents, 0);
    await control.advance(60_000);
    assert.equal((await control.report()).intents, 1);
  }));

test("a held zombie over a socket ends at the client's deadline", () =>
  withSandbox(async (sandbox) => {
    const stripe = clientOf(sandbox, "sk_test_shop", { timeout: 80 });
    await sandbox.control.addFaults({ kind: "zombie", is_held: true });
    await assert.rejects(stripe.paymentIntents.create(SALE), isLost);
    await sandbox.control.advance(1000);
    assert.equal((await sandbox.control.report()).intents, 1);
  }));

test("error_after over a socket is a 500 that the same key gets again", () =>
  withSandbox(async ({ control }, stripe) => {
    const { id } = await stripe.paymentIntents.create(SALE);
    await control.addFaults({
      kind: "error_after",
      path: "/confirm",
      count: 1,
    });
    const confirm = () =>
      stripe.paymentIntents.confirm(id, confirmParams(), {
        idempotencyKey: "k",
      });
    const isServerError = { type: "StripeAPIError", statusCode: 500 };
    await assert.rejects(confirm(), isServerError);
    await assert.rejects(confirm(), isServerError);
    // The protocol's way out: the intent knows what happened.
    const intent = await stripe.paymentIntents.retrieve(id);
    assert.equal(intent.status, "succeeded");
    assert.equal((await control.report()).charges, 1);
  }));

test("duplicate_delivery over a socket charges once", () =>
  withSandbox(async ({ control }, stripe) => {
    await control.addFaults({ kind: "duplicate_delivery" });
    const { id } = await stripe.paymentIntents.create(SALE);
    await stripe.paymentIntents.confirm(id, confirmParams());
    const report = await control.report();
    assert.deepEqual([report.intents, report.charges], [1, 1]);
    assert.equal((await control.requests()).length, 4);
  }));

test("429 over a socket carries when and why", async () => {
  const sandbox = await startFrozen({
    rateLimits: { perEndpoint: 1, total: 100 },
  });
  try {
    const stripe = clientOf(sandbox);
    await stripe.paymentIntents.list();
    await assert.rejects(
      stripe.paymentIntents.list(),
      (error: Stripe.errors.StripeRateLimitError) => {
        assert.equal(error.type, "StripeRateLimitError");
        assert.equal(error.headers!["retry-after"], "1");
        assert.equal(
          error.headers!["stripe-rate-limited-reason"],
          "endpoint-rate",
        );
        return true;
      },
    );
  } finally {
    await sandbox.close();
  }
});

test("SandboxControl refuses a rule that makes no sense", () =>
  withSandbox(async ({ control }) => {
    await assert.rejects(
      control.addFaults({ kind: "delay", probability: 7 }),
      SandboxControlError,
    );
    await assert.rejects(control.advance(-1), SandboxControlError);
  }));

test("reset() forgets intents, faults, log and keys, and keeps the time", () =>
  withSandbox(async ({ control, clock }, stripe) => {
    const options = { idempotencyKey: "k" };
    const { id } = await stripe.paymentIntents.create(SALE, options);
    await control.addFaults({ kind: "drop_request" });
    await control.advance(5000);
    await control.reset();
    assert.equal(clock.nowMs(), START_MS + 5000);
    assert.equal((await control.report()).intents, 0);
    assert.equal((await control.requests()).length, 0);
    const again = await stripe.paymentIntents.create(SALE, options);
    assert.notEqual(again.id, id);
  }));

test("the control port serves the inspection page", () =>
  withSandbox(async ({ controlUrl }, stripe) => {
    const { id } = await stripe.paymentIntents.create(SALE);
    const response = await fetch(controlUrl);
    assert.match(response.headers.get("content-type")!, /^text\/html/);
    assert.ok((await response.text()).includes(id));
    const unknown = await fetch(`${controlUrl}/shoes`);
    assert.equal(unknown.status, 404);
    await unknown.body?.cancel();
  }));

test("inProcessFetch() serves the official client without a socket", async () => {
  const world = createSandboxWorld({
    clock: { startMs: START_MS, isRunning: false },
  });
  const stripe = new Stripe("sk_test_shop", {
    httpClient: Stripe.createFetchHttpClient(inProcessFetch(world)),
    maxNetworkRetries: 0,
    telemetry: false,
  });
  const { id } = await stripe.paymentIntents.create(SALE);
  const paid = await stripe.paymentIntents.confirm(id, confirmParams());
  assert.equal(paid.status, "succeeded");
  world.faults.add({ kind: "drop_response" });
  await assert.rejects(stripe.paymentIntents.create(SALE), isLost);
});
