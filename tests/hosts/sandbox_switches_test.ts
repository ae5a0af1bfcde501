/** Every switch of the sandbox's control port, thrown over HTTP and felt by the official client. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type Stripe from "stripe";
import { FAULT_KINDS } from "../../hosts/sandbox/faults.ts";
import type { FaultKind, FaultRule, Sandbox } from "../../hosts/sandbox/mod.ts";
import {
  clientOf,
  requestOf,
  SALE,
  SALE_FIELDS,
  withSandbox,
} from "../unit/sandbox/_support.ts";

const DELAY_MS = 5_000;
const KEY = { idempotencyKey: "k" };

/** What a creation with a key meets. */
interface Felt {
  rule?: Partial<FaultRule>;
  /** What the client hears: the intent, a broken connection, or a status. */
  hears: "intent" | "nothing" | number;
  /** How often the log says that this fault hit it, at least. */
  logged: number;
  /** Intents when it has heard, and when the virtual delay is over too. */
  executed: [number, number];
  /** Whether the answer waits for virtual time. */
  isWaiting?: boolean;
  /** What the same key gets when the fault is over. */
  then: "intent" | number;
}

// A kind without a row does not compile.
const FELT: Readonly<Record<FaultKind, readonly Felt[]>> = {
  offline: [{ hears: "nothing", logged: 0, executed: [0, 0], then: "intent" }],
  drop_request: [{
    hears: "nothing",
    logged: 1,
    executed: [0, 0],
    then: "intent",
  }],
  drop_response: [{
    hears: "nothing",
    logged: 1,
    executed: [1, 1],
    then: "intent",
  }],
  delay: [{
    rule: { delay_ms: DELAY_MS },
    hears: "intent",
    logged: 1,
    executed: [1, 1],
    isWaiting: true,
    then: "intent",
  }],
  slow: [{
    rule: { delay_ms: DELAY_MS },
    hears: "intent",
    logged: 1,
    executed: [1, 1],
    isWaiting: true,
    then: "intent",
  }],
  zombie: [{
    rule: { delay_ms: DELAY_MS },
    hears: "nothing",
    logged: 2,
    executed: [0, 1],
    then: "intent",
  }],
  duplicate_delivery: [{
    hears: "intent",
    logged: 2,
    executed: [1, 1],
    then: "intent",
  }],
  error_before: [
    { hears: 500, logged: 1, executed: [0, 0], then: "intent" },
    {
      rule: { status: 503 },
      hears: 503,
      logged: 1,
      executed: [0, 0],
      then: "intent",
    },
    {
      rule: { is_saved: true },
      hears: 500,
      logged: 1,
      executed: [0, 0],
      then: 500,
    },
  ],
  error_after: [
    { hears: 500, logged: 1, executed: [1, 1], then: 500 },
    {
      rule: { status: 503 },
      hears: 503,
      logged: 1,
      executed: [1, 1],
      then: 503,
    },
  ],
};

/** What the client hears of one creation. */
async function heard(asked: Promise<Stripe.PaymentIntent>) {
  try {
    await asked;
    return "intent";
  } catch (error) {
    const { statusCode } = error as Stripe.errors.StripeError;
    return statusCode ?? "nothing";
  }
}

async function feel(
  { control }: Sandbox,
  stripe: Stripe,
  kind: FaultKind,
  felt: Felt,
): Promise<void> {
  if (kind === "offline") await control.setOffline(true);
  else await control.addFaults({ kind, ...felt.rule });
  let isOver = false;
  const asked = heard(stripe.paymentIntents.create(SALE, KEY))
    .finally(() => isOver = true);
  let passedMs = 0;
  // The clock stands still: who waits for it waits until it is moved.
  while (felt.isWaiting && !isOver) {
    await control.advance(DELAY_MS / 10);
    passedMs += DELAY_MS / 10;
  }
  assert.equal(await asked, felt.hears);
  if (felt.isWaiting) assert.ok(passedMs >= DELAY_MS, `${passedMs} ms`);
  assert.equal((await control.report()).intents, felt.executed[0]);
  await control.advance(DELAY_MS);
  assert.equal((await control.report()).intents, felt.executed[1]);
  const log = await control.requests();
  const hits = log.filter(({ faults }) => faults.includes(kind)).length;
  assert.ok(hits >= felt.logged, `${hits} in the log`);
  await control.clearFaults();
  const again = heard(stripe.paymentIntents.create(SALE, KEY));
  assert.equal(await again, felt.then);
  const after = felt.then === "intent" ? 1 : felt.executed[1];
  assert.equal((await control.report()).intents, after);
}

for (const kind of FAULT_KINDS) {
  for (const felt of FELT[kind]) {
    const rule = JSON.stringify(felt.rule ?? {});
    test(`addFaults() of ${kind} ${rule} over HTTP is felt by the client, and ends`, () =>
      withSandbox((sandbox, stripe) => feel(sandbox, stripe, kind, felt)));
  }
}

test("addFaults() of slow over HTTP answers a repetition 409 until it has run", () =>
  withSandbox(async ({ control }, stripe) => {
    await control.addFaults({ kind: "slow", delay_ms: DELAY_MS, count: 1 });
    const first = stripe.paymentIntents.create(SALE, KEY);
    // Its rule is used up when it has arrived, and it is logged when it ends.
    while ((await control.addFaults()).length > 0);
    await assert.rejects(
      stripe.paymentIntents.create(SALE, KEY),
      (error: Stripe.errors.StripeError) => {
        assert.equal(error.statusCode, 409);
        assert.equal(error.code, "idempotency_key_in_use");
        assert.equal(error.headers!["stripe-should-retry"], "true");
        return true;
      },
    );
    await control.advance(DELAY_MS);
    const { id } = await first;
    assert.equal((await stripe.paymentIntents.create(SALE, KEY)).id, id);
  }));

test("addFaults() of duplicate_delivery over HTTP makes two intents without a key", () =>
  withSandbox(async ({ control, url }) => {
    await control.addFaults({ kind: "duplicate_delivery", count: 1 });
    // By hand: the official client gives every creation a key.
    const asked = requestOf("POST", "/v1/payment_intents", {
      fields: SALE_FIELDS,
    });
    const { method, body, headers: { authorization } } = asked;
    const headers = { authorization: authorization! };
    const answer = await fetch(url + asked.path, { method, body, headers });
    assert.equal(answer.status, 200, await answer.text());
    assert.equal((await control.report()).intents, 2);
  }));

test("addFaults() with method, path and count over HTTP hits what it names", () =>
  withSandbox(async ({ control }, stripe) => {
    const { id } = await stripe.paymentIntents.create(SALE);
    const rule: FaultRule = { kind: "error_before", status: 503, count: 2 };
    await control.addFaults({ ...rule, method: "POST", path: "/cancel" });
    await stripe.paymentIntents.retrieve(id);
    const cancel = () => stripe.paymentIntents.cancel(id);
    for (let i = 0; i < 2; i++) {
      await assert.rejects(cancel(), (error: Stripe.errors.StripeError) => {
        assert.equal(error.statusCode, 503);
        assert.equal(error.headers!["stripe-should-retry"], "true");
        return true;
      });
    }
    assert.equal((await cancel()).status, "canceled");
  }));

test("clearFaults() of one kind over HTTP leaves the others", () =>
  withSandbox(async ({ control }, stripe) => {
    await control.addFaults({ kind: "drop_request" }, { kind: "error_before" });
    await control.clearFaults("drop_request");
    assert.equal(await heard(stripe.paymentIntents.create(SALE)), 500);
  }));

test("setKey() over HTTP expires, revokes and restricts a key, and restores it", () =>
  withSandbox(async ({ control }, stripe) => {
    const answers: Record<string, number> = {
      expired: 401,
      revoked: 401,
      restricted: 403,
    };
    for (const [status, code] of Object.entries(answers)) {
      await control.setKey("sk_test_shop", status as "expired");
      assert.equal(await heard(stripe.paymentIntents.create(SALE)), code);
    }
    await control.setKey("sk_test_shop", "active");
    assert.equal(await heard(stripe.paymentIntents.create(SALE)), "intent");
    await assert.rejects(control.setKey("sk_test_shop", "tired" as "active"));
  }));

test("connect() over HTTP lets a platform act for an account, and nobody else", () =>
  withSandbox(async (sandbox, stripe) => {
    const { id } = await clientOf(sandbox, "sk_test_seller").accounts
      .retrieveCurrent();
    const options = { stripeAccount: id };
    await assert.rejects(stripe.paymentIntents.create(SALE, options), {
      statusCode: 403,
    });
    await sandbox.control.connect("sk_test_shop", id);
    const made = await stripe.paymentIntents.create(SALE, options);
    const seller = clientOf(sandbox, "sk_test_seller");
    const read = await seller.paymentIntents.retrieve(made.id);
    assert.equal(read.id, made.id);
    await assert.rejects(stripe.paymentIntents.retrieve(made.id), {
      statusCode: 404,
    });
  }));
