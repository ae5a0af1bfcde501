import assert from "node:assert/strict";
import { test } from "node:test";
import {
  APPROVED_CARDS,
  brandOf,
  DECLINED_AMOUNTS,
  DECLINED_CARDS,
  PHYSICAL_TEST_CARD,
} from "../../../hosts/sandbox/cards.ts";
import { reportOf } from "../../../hosts/sandbox/report.ts";
import { confirmFields, frozenWorld, pay, send } from "./_support.ts";

const CARDS: Record<string, [code: string, decline: string, network: string]> =
  {
    "4000000000000002": ["card_declined", "generic_decline", "05"],
    "4000000000009995": ["card_declined", "insufficient_funds", "51"],
    "4000000000009987": ["card_declined", "lost_card", "41"],
    "4000000000009979": ["card_declined", "stolen_card", "43"],
    "4000000000000069": ["expired_card", "expired_card", "54"],
    "4000000000000119": ["processing_error", "processing_error", "96"],
  };

const AMOUNTS: Record<string, string> = {
  "01": "call_issuer",
  "02": "offline_pin_required",
  "03": "online_or_offline_pin_required",
  "05": "generic_decline",
  "55": "incorrect_pin",
  "65": "withdrawal_count_limit_exceeded",
  "75": "pin_try_exceeded",
};

test("declineOf() knows exactly the cards and amounts of the tables", () => {
  assert.deepEqual(
    Object.keys(DECLINED_CARDS).sort(),
    Object.keys(CARDS).sort(),
  );
  assert.deepEqual(
    Object.keys(DECLINED_AMOUNTS).sort(),
    Object.keys(AMOUNTS).sort(),
  );
});

for (const [number, [code, declineCode, network]] of Object.entries(CARDS)) {
  test(`confirmIntent() with card …${number.slice(-4)} declines with ${declineCode}`, () => {
    const world = frozenWorld();
    const { status, body } = pay(world, {}, { number });
    assert.equal(status, 402);
    const { error } = body;
    assert.equal(error.type, "card_error");
    assert.equal(error.code, code);
    assert.equal(error.decline_code, declineCode);
    assert.equal(error.network_decline_code, network);
    assert.match(
      error.advice_code,
      /^(confirm_card_data|do_not_try_again|try_again_later)$/,
    );
    const intent = error.payment_intent;
    assert.equal(intent.status, "requires_payment_method");
    assert.equal(intent.latest_charge, error.charge);
    assert.equal(intent.last_payment_error.decline_code, declineCode);
    const charge = send(world, "GET", `/v1/charges/${error.charge}`).body;
    assert.equal(charge.status, "failed");
    assert.equal(charge.outcome.type, "issuer_declined");
    const report = reportOf(world.state);
    assert.deepEqual([report.charges, report.declined_charges], [0, 1]);
  });
}

for (const [ending, declineCode] of Object.entries(AMOUNTS)) {
  const amount = Number(`12${ending}`);
  test(`confirmIntent() of ${amount} declines the physical test card with ${declineCode}`, () => {
    const number = PHYSICAL_TEST_CARD;
    const { status, body } = pay(frozenWorld(), { amount }, { number });
    assert.equal(status, 402);
    assert.equal(body.error.decline_code, declineCode);
  });

  test(`confirmIntent() of ${amount} approves another card unless switched`, () => {
    assert.equal(pay(frozenWorld(), { amount }).body.status, "succeeded");
    const switched = frozenWorld({ declineByAmountEnding: true });
    assert.equal(
      pay(switched, { amount }).body.error.decline_code,
      declineCode,
    );
  });
}

for (const number of [...APPROVED_CARDS, PHYSICAL_TEST_CARD]) {
  test(`confirmIntent() with card …${number.slice(-4)} succeeds`, () => {
    const { body } = pay(frozenWorld(), { amount: 1200 }, { number });
    assert.equal(body.status, "succeeded");
  });
}

test("confirmIntent() after a decline accepts another card", () => {
  const world = frozenWorld();
  const { body } = pay(world, {}, { number: "4000000000000002" });
  const path = `/v1/payment_intents/${body.error.payment_intent.id}/confirm`;
  const paid = send(world, "POST", path, { fields: confirmFields() });
  assert.equal(paid.body.status, "succeeded");
  assert.equal(paid.body.last_payment_error, null);
});

test("confirmIntent() refuses a tap of a card that wants its PIN", () => {
  const world = frozenWorld();
  const made = send(world, "POST", "/v1/payment_intents", {
    fields: {
      amount: 1000,
      currency: "gbp",
      payment_method_types: { 0: "card_present" },
    },
  });
  const path = `/v1/payment_intents/${made.body.id}/confirm`;
  const fields = confirmFields({ number: "4000008260000075" });
  const data = fields.payment_method_data as {
    card_present: { read_method: string };
  };
  data.card_present.read_method = "contactless_emv";
  const tapped = send(world, "POST", path, { fields });
  assert.equal(tapped.body.error.decline_code, "offline_pin_required");
  data.card_present.read_method = "contact_emv";
  const inserted = send(world, "POST", path, { fields });
  assert.equal(inserted.body.status, "succeeded");
});

test("confirmIntent() in live mode declines a test card", () => {
  const world = frozenWorld();
  const key = "sk_live_shop";
  const made = send(world, "POST", "/v1/payment_intents", {
    fields: {
      amount: 1000,
      currency: "usd",
      payment_method_types: { 0: "card_present" },
    },
    key,
  });
  const path = `/v1/payment_intents/${made.body.id}/confirm`;
  const { body } = send(world, "POST", path, { fields: confirmFields(), key });
  assert.equal(body.error.decline_code, "live_mode_test_card");
});

test("brandOf() names the brand by the first digits", () => {
  const brands: Record<string, string> = {
    "4242424242424242": "visa",
    "5555555555554444": "mastercard",
    "2223003122003222": "mastercard",
    "378282246310005": "amex",
    "6011111111111117": "discover",
    "3056930009020004": "diners",
    "3566002020360505": "jcb",
    "6200000000000005": "unionpay",
    "6280000360000978": "eftpos_au",
    "9999999999999999": "unknown",
  };
  for (const [number, brand] of Object.entries(brands)) {
    assert.equal(brandOf(number), brand);
  }
});
