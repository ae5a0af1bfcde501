import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decideDecline,
  type DeclineGroup,
  DEFAULT_RETRY_POLICY,
  groupOf,
} from "../../../engine/forward/retry_policy.ts";
import type { PaymentError } from "../../../engine/payment.ts";

const ON = { ...DEFAULT_RETRY_POLICY, isEnabled: true };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Every code with its waits in minutes: with no advice, and with `try_again_later`. */
const LATER = [15, 120, 720];
const ONCE = [120];
const MONEY = [24 * 60, 72 * 60];
const NEVER: number[] = [];
const TABLE: readonly [DeclineGroup, number[], number[], string][] = [
  [
    "later",
    LATER,
    LATER,
    `approve_with_id issuer_not_available processing_error
     reenter_transaction try_again_later no_action_taken`,
  ],
  [
    "later_once",
    ONCE,
    ONCE,
    "do_not_honor generic_decline service_not_allowed authentication_required",
  ],
  [
    "money",
    MONEY,
    MONEY,
    `insufficient_funds withdrawal_count_limit_exceeded card_velocity_exceeded
     card_decline_rate_limit_exceeded`,
  ],
  [
    "customer",
    NEVER,
    ONCE,
    `online_or_offline_pin_required offline_pin_required incorrect_pin
     pin_try_exceeded invalid_pin call_issuer expired_card incorrect_number
     invalid_account new_account_information_available card_not_supported
     currency_not_supported invalid_amount not_permitted
     transaction_not_allowed restricted_card revocation_of_authorization
     revocation_of_all_authorizations stop_payment_order security_violation`,
  ],
  [
    "fraud",
    NEVER,
    NEVER,
    `fraudulent lost_card stolen_card pickup_card merchant_blacklist
     highest_risk_level`,
  ],
  [
    "configuration",
    NEVER,
    NEVER,
    "testmode_decline live_mode_test_card",
  ],
];

function declined(
  declineCode: string | null,
  adviceCode: string | null = null,
  code = "card_declined",
): PaymentError {
  return { code, declineCode, adviceCode };
}

/** The waits in minutes a payment would see, if it were declined so every time. */
function waits(error: PaymentError, policy = ON): number[] {
  const found: number[] = [];
  for (let ageMs = 0;;) {
    const decision = decideDecline(policy, error, found.length + 1, ageMs);
    if (decision.kind === "final") return found;
    found.push(decision.delayMs / MINUTE_MS);
    ageMs += decision.delayMs;
  }
}

for (const [group, plain, advised, codes] of TABLE) {
  for (const code of codes.split(/\s+/).filter(Boolean)) {
    test(`decideDecline() of ${code} follows group ${group}`, () => {
      assert.equal(groupOf(declined(code)), group);
      assert.deepEqual(waits(declined(code)), plain);
      assert.deepEqual(waits(declined(code, "try_again_later")), advised);
      assert.deepEqual(waits(declined(code, "do_not_try_again")), []);
      assert.deepEqual(waits(declined(code, "confirm_card_data")), []);
      // Some declines have a code of their own and no decline code.
      assert.deepEqual(waits(declined(null, null, code)), plain);
    });
  }
}

test("decideDecline() of a code nobody knows is final unless Stripe advises", () => {
  assert.equal(groupOf(declined("new_in_2031")), null);
  assert.deepEqual(waits(declined("new_in_2031")), []);
  assert.deepEqual(waits(declined("new_in_2031", "try_again_later")), ONCE);
  assert.deepEqual(waits(declined("new_in_2031", "new_advice")), []);
});

test("decideDecline() by default is final for every code", () => {
  for (const [, , , codes] of TABLE) {
    for (const code of codes.split(/\s+/).filter(Boolean)) {
      const error = declined(code, "try_again_later");
      assert.deepEqual(waits(error, DEFAULT_RETRY_POLICY), []);
    }
  }
});

test("decideDecline() presents nothing later than the policy's age", () => {
  const error = declined("insufficient_funds");
  const at = (ageMs: number) => decideDecline(ON, error, 1, ageMs).kind;
  const lastMs = ON.ageMsMax - 24 * HOUR_MS;
  assert.equal(at(lastMs), "again");
  assert.equal(at(lastMs + 1), "final");
  assert.equal(at(-1), "final");
  assert.equal(at(10 * 365 * 24 * HOUR_MS), "final");
});
