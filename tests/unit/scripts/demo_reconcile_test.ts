/** The demo's verdict must be able to be bad. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { IntentSummary } from "../../../hosts/sandbox/report.ts";
import {
  isKept,
  reconcile,
  type Stored,
} from "../../../scripts/demo/reconcile.ts";

const said = { localId: "a", amount: 100, currency: "usd" };
const stored: Stored = { ...said, id: "pi_1", state: "forwarded", error: null };

function intent(changes: Partial<IntentSummary> = {}): IntentSummary {
  return {
    id: "pi_1",
    account: "acct_1",
    livemode: false,
    local_id: "a",
    metadata: {},
    amount: 100,
    amount_received: 100,
    amount_capturable: 0,
    currency: "usd",
    status: "succeeded",
    created: 0,
    decline_code: null,
    charges: [{ id: "ch_1", status: "succeeded", amount: 100, last4: "4242" }],
    ...changes,
  };
}

test("reconcile() of one charge for one payment keeps the promise", () => {
  const result = reconcile([said], [stored], [intent()]);
  assert.equal(isKept(result), true);
  assert.deepEqual([result.accepted, result.atStripe], [1, 1]);
});

test("reconcile() counts a payment that was said but is nowhere as lost", () => {
  const result = reconcile([said], [], []);
  assert.equal(result.lost, 1);
  assert.equal(isKept(result), false);
});

test("reconcile() counts a forwarded payment without a charge as lost", () => {
  const result = reconcile([said], [stored], []);
  assert.equal(result.lost, 1);
});

test("reconcile() counts two charges on one intent or on two as doubled", () => {
  const [charge] = intent().charges;
  const twice = intent({ charges: [charge, { ...charge, id: "ch_2" }] });
  assert.equal(reconcile([said], [stored], [twice]).duplicated, 1);
  const second = intent({ id: "pi_2" });
  assert.equal(reconcile([said], [stored], [intent(), second]).duplicated, 1);
});

test("reconcile() counts a charge nobody accepted as doubled", () => {
  const stranger = intent({ id: "pi_9", local_id: "z" });
  const result = reconcile([said], [stored], [intent(), stranger]);
  assert.equal(result.duplicated, 1);
  assert.equal(isKept(result), false);
});

test("reconcile() counts another amount or currency as mismatched", () => {
  const [charge] = intent().charges;
  const dearer = intent({ charges: [{ ...charge, amount: 1000 }] });
  assert.equal(reconcile([said], [stored], [dearer]).mismatched, 1);
  const foreign = intent({ currency: "eur" });
  assert.equal(reconcile([said], [stored], [foreign]).mismatched, 1);
});

test("reconcile() believes a decline only when both sides say it", () => {
  const error = { code: "card_declined", declineCode: "lost_card" };
  const declined: Stored = { ...stored, state: "declined", error };
  const refused = intent({
    status: "requires_payment_method",
    charges: [],
    decline_code: "lost_card",
  });
  const agreed = reconcile([said], [declined], [refused]);
  assert.deepEqual(agreed.declines, { lost_card: 1 });
  assert.equal(isKept(agreed), true);
  const alone = reconcile([said], [declined], []);
  assert.equal(alone.lost, 1);
});

test("reconcile() counts what was committed but never said as recovered", () => {
  const result = reconcile([], [stored], [intent()]);
  assert.deepEqual([result.accepted, result.recovered], [1, 1]);
  assert.equal(isKept(result), true);
});

test("reconcile() does not call a payment that still waits forwarded", () => {
  const waiting: Stored = { ...stored, id: null, state: "stored" };
  const result = reconcile([said], [waiting], []);
  assert.deepEqual([result.open, result.lost], [1, 0]);
  assert.equal(isKept(result), false);
});
