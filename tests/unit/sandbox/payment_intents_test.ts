import assert from "node:assert/strict";
import { test } from "node:test";
import { reportOf } from "../../../hosts/sandbox/report.ts";
import {
  confirmFields,
  frozenWorld,
  pay,
  SALE_FIELDS,
  send,
  START_MS,
} from "./_support.ts";

const INTENTS = "/v1/payment_intents";
const WINDOW_MS = 2 * 24 * 60 * 60 * 1000;

test("confirmIntent() repeated answers unexpected_state with the intent", () => {
  const world = frozenWorld();
  const { body } = pay(world);
  const again = send(world, "POST", `${INTENTS}/${body.id}/confirm`, {
    fields: confirmFields(),
  });
  assert.equal(again.status, 400);
  assert.equal(again.body.error.code, "payment_intent_unexpected_state");
  assert.equal(again.body.error.payment_intent.id, body.id);
  assert.equal(again.body.error.payment_intent.status, "succeeded");
  assert.equal(reportOf(world.state).charges, 1);
});

test("confirmIntent() refuses a chip that signed another amount", () => {
  const world = frozenWorld();
  const refused = pay(world, { amount: 1000 }, { amount: 999 });
  assert.equal(refused.status, 400);
  assert.equal(refused.body.error.param, "amount");
  assert.equal(reportOf(world.state).charges, 0);
});

test("confirmIntent() reads the card number from 57", () => {
  const world = frozenWorld();
  const { body } = pay(world, {}, {
    number: "378282246310005",
    isTrack: true,
  });
  const charge = send(world, "GET", `/v1/charges/${body.latest_charge}`).body;
  const card = charge.payment_method_details.card_present;
  assert.equal(card.brand, "amex");
  assert.equal(card.last4, "0005");
  assert.equal(card.exp_year, 2030);
});

for (
  const [name, emvData] of [
    ["upper-case hex", "5A08"],
    ["an odd number of digits", "5a0"],
    ["a truncated object", "5a084242"],
    ["no card number", "9f0206000000001000"],
    ["nothing", ""],
  ]
) {
  test(`confirmIntent() refuses ${name} and saves nothing`, () => {
    const world = frozenWorld();
    const made = send(world, "POST", INTENTS, { fields: SALE_FIELDS });
    const fields = confirmFields();
    const data = fields.payment_method_data as {
      card_present: { emv_data: string };
    };
    data.card_present.emv_data = emvData;
    const path = `${INTENTS}/${made.body.id}/confirm`;
    const refused = send(world, "POST", path, { fields, idempotencyKey: "k" });
    assert.equal(refused.status, 400);
    assert.equal(refused.body.error.type, "invalid_request_error");
    // Not saved: the same key may carry the right data.
    const right = send(world, "POST", path, {
      fields: confirmFields(),
      idempotencyKey: "k",
    });
    assert.equal(right.body.status, "succeeded");
  });
}

test("createIntent() with confirm charges at once", () => {
  const world = frozenWorld();
  const { body } = send(world, "POST", INTENTS, {
    fields: { ...SALE_FIELDS, confirm: true, ...confirmFields() },
  });
  assert.equal(body.status, "succeeded");
});

test("createIntent() refuses an unknown parameter", () => {
  const world = frozenWorld();
  const { status, body } = send(world, "POST", INTENTS, {
    fields: { ...SALE_FIELDS, colour: "red" },
  });
  assert.equal(status, 400);
  assert.equal(body.error.code, "parameter_unknown");
  assert.equal(body.error.param, "colour");
});

test("createIntent() refuses less than the least amount of the currency", () => {
  const world = frozenWorld();
  const create = (amount: number, currency: string) =>
    send(world, "POST", INTENTS, {
      fields: { ...SALE_FIELDS, amount, currency },
    });
  assert.equal(create(49, "usd").body.error.code, "amount_too_small");
  assert.equal(create(50, "usd").status, 200);
  assert.equal(create(30, "gbp").status, 200);
  assert.equal(create(100_000_000, "usd").body.error.code, "amount_too_large");
});

test("captureIntent() in part gives the rest back", () => {
  const world = frozenWorld();
  const { body } = pay(world, { capture_method: "manual" });
  assert.equal(body.status, "requires_capture");
  assert.equal(body.amount_capturable, 1000);
  const captured = send(world, "POST", `${INTENTS}/${body.id}/capture`, {
    fields: { amount_to_capture: 700 },
  });
  assert.equal(captured.body.status, "succeeded");
  assert.equal(captured.body.amount_received, 700);
  assert.deepEqual(reportOf(world.state).amounts, { usd: 700 });
});

test("captureIntent() refuses more than was authorised", () => {
  const world = frozenWorld();
  const { body } = pay(world, { capture_method: "manual" });
  const refused = send(world, "POST", `${INTENTS}/${body.id}/capture`, {
    fields: { amount_to_capture: 1001 },
  });
  assert.equal(refused.body.error.code, "amount_too_large");
});

for (const [ms, status] of [[-1, "succeeded"], [0, "canceled"]] as const) {
  test(`captureIntent() ${ms} ms from the end of the window leaves ${status}`, () => {
    const world = frozenWorld();
    const { body } = pay(world, { capture_method: "manual" });
    world.clock.advance(WINDOW_MS + ms);
    send(world, "POST", `${INTENTS}/${body.id}/capture`);
    const after = send(world, "GET", `${INTENTS}/${body.id}`).body;
    assert.equal(after.status, status);
  });
}

test("cancelIntent() releases what was authorised", () => {
  const world = frozenWorld();
  const { body } = pay(world, { capture_method: "manual" });
  const path = `${INTENTS}/${body.id}/cancel`;
  const canceled = send(world, "POST", path, {
    fields: { cancellation_reason: "duplicate" },
  });
  assert.equal(canceled.body.status, "canceled");
  assert.equal(canceled.body.cancellation_reason, "duplicate");
  assert.deepEqual(reportOf(world.state).uncaptured, { usd: 0 });
  assert.equal(
    send(world, "POST", path).body.error.code,
    "payment_intent_unexpected_state",
  );
});

test("updateIntent() changes metadata always and the amount only before", () => {
  const world = frozenWorld();
  const { body } = pay(world, { metadata: { a: "1", b: "2" } });
  const path = `${INTENTS}/${body.id}`;
  const metadata = { a: "", c: "3" };
  const updated = send(world, "POST", path, { fields: { metadata } });
  assert.deepEqual(updated.body.metadata, { b: "2", c: "3" });
  const refused = send(world, "POST", path, { fields: { amount: 500 } });
  assert.equal(refused.body.error.code, "payment_intent_unexpected_state");
});

test("listIntents() gives pages newest first, each intent once", () => {
  const world = frozenWorld();
  const made: string[] = [];
  for (let i = 0; i < 25; i++) {
    const fields = SALE_FIELDS;
    made.unshift(send(world, "POST", INTENTS, { fields }).body.id);
    world.clock.advance(1000);
  }
  const seen: string[] = [];
  let hasMore = true;
  while (hasMore) {
    const after = seen[seen.length - 1];
    const { body } = send(world, "GET", INTENTS, {
      fields: { limit: 10, ...(after ? { starting_after: after } : {}) },
    });
    seen.push(...body.data.map((intent: { id: string }) => intent.id));
    hasMore = body.has_more;
  }
  assert.deepEqual(seen, made);
  const before = send(world, "GET", INTENTS, {
    fields: { ending_before: made[5], limit: 2 },
  });
  const ids = before.body.data.map((intent: { id: string }) => intent.id);
  assert.deepEqual(ids, [made[3], made[4]]);
});

test("listIntents() filters by created, bounds included or not", () => {
  const world = frozenWorld();
  for (let i = 0; i < 5; i++) {
    send(world, "POST", INTENTS, { fields: SALE_FIELDS });
    world.clock.advance(1000);
  }
  const start = START_MS / 1000;
  const count = (created: Record<string, number>) =>
    send(world, "GET", INTENTS, { fields: { created } }).body.data.length;
  assert.equal(count({ gte: start + 2 }), 3);
  assert.equal(count({ gt: start + 2 }), 2);
  assert.equal(count({ lte: start + 2 }), 3);
  assert.equal(count({ lt: start + 2 }), 2);
  assert.equal(count({ gte: start + 1, lt: start + 3 }), 2);
});

test("searchIntents() finds an intent only after the index caught up", () => {
  const world = frozenWorld({ searchDelayMs: 60_000 });
  pay(world, { metadata: { local_id: "it's" } });
  const found = () =>
    send(world, "GET", `${INTENTS}/search`, {
      fields: { query: `metadata["local_id"]:"it's" AND amount>999` },
    }).body.data.length;
  assert.equal(found(), 0);
  world.clock.advance(59_999);
  assert.equal(found(), 0);
  world.clock.advance(1);
  assert.equal(found(), 1);
});

test("searchIntents() refuses what it does not understand", () => {
  const world = frozenWorld();
  for (const query of ["status:'a' OR status:'b'", "shoes", "colour:'red'"]) {
    pay(world);
    world.clock.advance(60_000);
    const { status } = send(world, "GET", `${INTENTS}/search`, {
      fields: { query },
    });
    assert.equal(status, 400, query);
  }
});

test("reportOf() counts one chip transaction on two intents as a duplicate", () => {
  const world = frozenWorld();
  const one = pay(world, { metadata: { local_id: "a" } });
  const two = pay(world, { metadata: { local_id: "b" } });
  assert.equal(two.body.status, "succeeded");
  const report = reportOf(world.state);
  assert.equal(report.duplicates, 1);
  assert.deepEqual(report.duplicates_by_local_id, []);
  assert.deepEqual(report.duplicates_by_cryptogram[0].intents, [
    one.body.id,
    two.body.id,
  ]);
});

test("reportOf() counts one payment id paid twice as a duplicate", () => {
  const world = frozenWorld();
  const metadata = { holdfast_local_id: "a" };
  pay(world, { metadata }, { counter: "0001" });
  pay(world, { metadata }, { counter: "0002" });
  const report = reportOf(world.state);
  assert.equal(report.duplicates, 1);
  assert.equal(report.duplicates_by_local_id[0].key, "a");
  assert.deepEqual(report.duplicates_by_cryptogram, []);
});

test("reportOf() counts a duplicate found both ways once", () => {
  const world = frozenWorld();
  const metadata = { local_id: "a" };
  pay(world, { metadata });
  pay(world, { metadata });
  assert.equal(reportOf(world.state).duplicates, 1);
});

test("reportOf() counts two cards with the same counter as no duplicate", () => {
  const world = frozenWorld();
  pay(world, {}, { number: "4242424242424242" });
  pay(world, {}, { number: "5555555555554444" });
  assert.equal(reportOf(world.state).duplicates, 0);
});

test("reportOf() names intents that nobody confirmed nor cancelled", () => {
  const world = frozenWorld();
  const { body } = send(world, "POST", INTENTS, { fields: SALE_FIELDS });
  pay(world);
  assert.deepEqual(reportOf(world.state).orphans, [body.id]);
});

test("createIntent() refuses a fee without a destination, and parts larger than the whole", () => {
  const world = frozenWorld();
  const create = (fields: Record<string, string>) =>
    send(world, "POST", INTENTS, { fields: { ...SALE_FIELDS, ...fields } });
  const fee = { application_fee_amount: "100" };
  const to = { "transfer_data[destination]": "acct_1Seller" };
  for (
    const fields of [
      fee,
      { ...fee, on_behalf_of: "acct_1Seller" },
      { ...to, application_fee_amount: "1001" },
      { ...to, ...fee, "transfer_data[amount]": "900" },
      { ...to, "transfer_data[amount]": "1001" },
    ]
  ) {
    const { status, body } = create(fields);
    assert.equal(status, 400, JSON.stringify(fields));
    assert.match(body.error.param, /^(application_fee_amount|transfer_data)/);
  }
  assert.equal(create({ ...to, ...fee }).status, 200);
  const part = create({ ...to, "transfer_data[amount]": "900" });
  assert.deepEqual(part.body.transfer_data, {
    destination: "acct_1Seller",
    amount: 900,
  });
});
