import assert from "node:assert/strict";
import { test } from "node:test";
import type { Intent, IntentStatus } from "../../../engine/gateway.ts";
import type { Payment, PaymentState } from "../../../engine/payment.ts";
import { judge, type Verdict } from "../../../engine/reconcile/judge.ts";

const STATUSES: readonly IntentStatus[] = [
  "requires_payment_method",
  "requires_confirmation",
  "requires_action",
  "processing",
  "requires_capture",
  "succeeded",
  "canceled",
];

function intent(status: IntentStatus, changes: Partial<Intent> = {}): Intent {
  return {
    id: "pi_1",
    status,
    amount: 100,
    currency: "eur",
    isLivemode: false,
    metadata: {},
    error: null,
    ...changes,
  };
}

function payment(state: PaymentState, changes: Partial<Payment> = {}): Payment {
  const known = { id: "pi_1", amount: 100, currency: "eur", isLivemode: false };
  return { ...known, state, ...changes } as Payment;
}

/** State → the verdict for each of {@link STATUSES}; a letter a verdict. */
const VERDICTS: Readonly<Record<string, Verdict>> = {
  ".": "agrees",
  R: "recover",
  O: "orphan",
  A: "charged_after_all",
  N: "not_charged",
  U: "unknown_charge",
  S: "second_charge",
};
const TABLE: Readonly<Record<PaymentState, string>> = {
  stored: "....RR.",
  unknown: "....RR.",
  failed: "....RR.",
  forwarded: "NNNN..N",
  captured: "NNNNN.N",
  declined: "....AA.",
  canceled: "OOO.AA.",
  handed_over: "....RR.",
};

for (const [state, row] of Object.entries(TABLE)) {
  STATUSES.forEach((status, i) => {
    const expected = VERDICTS[row[i]];
    test(`judge() of a ${state} payment with an intent in ${status} is ${expected}`, () => {
      const ours = payment(state as PaymentState);
      assert.equal(judge(intent(status), ours), expected);
      // Before its id is persisted a payment is judged the same.
      assert.equal(judge(intent(status), { ...ours, id: null }), expected);
    });
  });
}

for (const [name, row] of [["no row", "OOO.UU."], ["another id", "OOO.SS."]]) {
  test(`judge() of an intent with ${name} finds charges and orphans`, () => {
    STATUSES.forEach((status, i) => {
      const ours = name === "no row"
        ? null
        : payment("forwarded", { id: "pi_2" });
      assert.equal(judge(intent(status), ours), VERDICTS[row[i]], status);
    });
  });
}

test("judge() leaves another intent of a payment that was handed over to whoever has it", () => {
  const ours = payment("handed_over", { id: "pi_2" });
  assert.equal(judge(intent("requires_payment_method"), ours), "agrees");
  assert.equal(judge(intent("succeeded"), ours), "second_charge");
});

test("judge() names the figure that differs before anything else", () => {
  const cases: [Partial<Intent>, Verdict][] = [
    [{ amount: 101 }, "amount"],
    [{ currency: "usd" }, "currency"],
    [{ isLivemode: true }, "livemode"],
  ];
  for (const [changes, expected] of cases) {
    for (const state of Object.keys(TABLE) as PaymentState[]) {
      for (const status of STATUSES) {
        const verdict = judge(intent(status, changes), payment(state));
        assert.equal(verdict, expected);
      }
    }
  }
});

test("judge() never calls an intent of a back end an orphan", () => {
  const metadata = { holdfast_retrieved: "1" };
  const retrieved = intent("requires_payment_method", { metadata });
  assert.equal(judge(retrieved, null), "agrees");
  assert.equal(judge(retrieved, payment("canceled")), "agrees");
  assert.equal(judge(retrieved, payment("stored", { id: "pi_2" })), "agrees");
  const charged = intent("succeeded", { metadata });
  assert.equal(judge(charged, null), "unknown_charge");
  assert.equal(judge(charged, payment("canceled")), "charged_after_all");
});
