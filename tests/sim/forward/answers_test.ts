/**
 * What one answer makes of one payment: every answer a gateway can give to the creation.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import {
  type Gateway,
  type GatewayResult,
  type Intent,
  LIST_TOO_LONG,
} from "../../../engine/gateway.ts";
import { createCardPresentGateway } from "../../../engine/stripe/card_present_gateway.ts";
import { Bench } from "./attempt_bench.ts";
import { modelClient } from "./model_client.ts";
import { SILENCE } from "./silence.ts";
import { ACCOUNT, localIdOf } from "./sales.ts";
import { StripeModel } from "./stripe_model.ts";

const HOUR_MS = 3600_000;

const POISON: readonly [GatewayResult, string][] = [
  [{ kind: "rejected", code: "parameter_invalid" }, "parameter_invalid"],
  [{ kind: "not_found" }, "not_found"],
  [{ kind: "unexpected_state" }, "unexpected_state"],
  [
    {
      kind: "declined",
      error: { code: "card_declined", declineCode: null, adviceCode: null },
    },
    "card_declined",
  ],
];

for (const [answer, code] of POISON) {
  test(`forwardPayment() whose creation is answered ${answer.kind} sets the payment aside`, async () => {
    const bench = new Bench();
    const result = await bench.forward(bench.creating(answer));
    assert.deepEqual(result, { kind: "settled" });
    assert.deepEqual(bench.outcome, { state: "failed", code });
    assert.notEqual(bench.store.payments.sealedRecord(1), null);
  });
}

test("forwardPayment() whose creation is refused for the credentials parks, and keeps the key", async () => {
  const bench = new Bench();
  const result = await bench.forward(
    bench.creating({ kind: "unauthorized", code: "api_key_expired" }),
  );
  assert.deepEqual(result, { kind: "parked", code: "api_key_expired" });
  assert.deepEqual(bench.outcome, { state: "stored", code: null });
  assert.equal(bench.store.steps.latest(1, "create")!.isSpent, false);
});

test("forwardPayment() that cannot look through all intents creates another, once", async () => {
  const bench = new Bench();
  await bench.forward(bench.creating(SILENCE));
  bench.nowMs += 25 * HOUR_MS;
  const refused: Partial<Gateway> = {
    ...bench.creating(SILENCE),
    findIntent: () =>
      Promise.resolve({ kind: "rejected", code: "parameter_invalid" }),
  };
  await bench.forward(refused);
  assert.equal(bench.keys.length, 1, "created although the look-up failed");
  await bench.forward({
    ...refused,
    findIntent: () =>
      Promise.resolve({ kind: "rejected", code: LIST_TOO_LONG }),
  });
  assert.deepEqual(bench.keys, [`${localIdOf(1)}:c:0`, `${localIdOf(1)}:c:1`]);
  assert.equal(bench.outcome.state, "stored");
});

test("findIntent() prefers an intent that may still take money to a canceled one", async () => {
  const stripe = new StripeModel(() => "approves");
  let nowMs = 1_800_000_000_000;
  const gateway = createCardPresentGateway(
    modelClient((method, path, parameters, key) => {
      const request = { method, path, parameters, key, account: ACCOUNT };
      return Promise.resolve(stripe.execute(request, nowMs));
    }),
    { open: (_genesis, record) => record },
  );
  const { signal } = new AbortController();
  const create = async (key: string): Promise<string> => {
    nowMs += 1000;
    const made = await gateway.createIntent({
      amount: 100,
      currency: "usd",
      captureMethod: "automatic",
      metadata: { holdfast_local_id: "a" },
    }, { idempotencyKey: key, signal });
    return made.kind === "intent" ? made.intent.id : made.kind;
  };
  const find = async (): Promise<string> => {
    const call = { idempotencyKey: null, signal };
    const found = await gateway.findIntent("a", 0, call);
    return found.kind === "intent" ? found.intent.id : found.kind;
  };
  const first = await create("c:0");
  const second = await create("c:1");
  assert.equal(await find(), first);
  await gateway.cancelIntent(first, { idempotencyKey: "x:0", signal });
  assert.equal(await find(), second);
  await gateway.cancelIntent(second, { idempotencyKey: "x:1", signal });
  assert.equal(await find(), first);
});

for (const outcome of ["forwarded", "captured"] as const) {
  test(`forwardPayment() that hears of a canceled intent after another drainer wrote ${outcome} changes nothing`, async () => {
    const bench = new Bench();
    const intent = bench.intent("requires_payment_method");
    const result = await bench.forward({
      ...bench.creating({ kind: "intent", intent }),
      // Asleep over the answer, for so long that the authorisation went.
      confirmIntent: () => {
        bench.store.payments.move(1, "forwarded");
        if (outcome === "captured") bench.store.payments.move(1, "captured");
        return Promise.resolve({
          kind: "intent",
          intent: { ...intent, status: "canceled" },
        });
      },
    });
    assert.deepEqual(result, { kind: "settled" });
    assert.deepEqual(bench.outcome, { state: outcome, code: null });
    const kinds = bench.store.activities.map(({ kind }) => kind);
    assert.ok(!kinds.includes("failed"), kinds.join());
  });
}

const FOREIGN: readonly Partial<Intent>[] = [
  { amount: 101 },
  { currency: "eur" },
  { isLivemode: true },
  { metadata: { holdfast_local_id: localIdOf(2) } },
  { metadata: {} },
];

for (const change of FOREIGN) {
  test(`forwardPayment() whose creation is answered by an intent with ${JSON.stringify(change)} adopts and confirms nothing`, async () => {
    const bench = new Bench();
    const intent = { ...bench.intent("requires_payment_method"), ...change };
    const result = await bench.forward(
      bench.creating({ kind: "intent", intent }),
    );
    assert.deepEqual(result, { kind: "settled" });
    assert.deepEqual(bench.outcome, {
      state: "failed",
      code: "intent_mismatch",
    });
    assert.equal(bench.store.payments.byRowId(1)!.payment.id, null);
  });
}
