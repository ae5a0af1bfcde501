/**
 * Whether a declined offline payment is presented again, and when.
 *
 * Owns: the table of decline codes. It is off by default: schemes limit how often a declined
 * transaction may come back and charge for more, so only the merchant can allow it. Stripe's
 * advice stands above the table, and fraud above everything. The card holder has gone, so
 * whatever needs the card, its data or a PIN is final.
 * @see https://docs.stripe.com/declines/codes
 * @module
 */
import type { PaymentError } from "../payment.ts";

/** What a decline code asks for. */
export type DeclineGroup =
  /** The issuer or the network could not decide: a few spaced attempts. */
  | "later"
  /** The issuer gave no usable reason: one more attempt. */
  | "later_once"
  /** No money or a limit reached: rarely, days apart. */
  | "money"
  /** Needs the card holder, another card or another amount: final. */
  | "customer"
  /** Lost, stolen, suspected: final, never say why to the customer, alert. */
  | "fraud"
  /** A test card in live mode and the like: final, mend the configuration. */
  | "configuration";

/** Settings of re-presentment; every list is the waits before the second, third … attempt. */
export interface RetryPolicy {
  /** @default false: every decline is final */
  isEnabled: boolean;
  /** Group `later`. @default 15 minutes, 2 hours, 12 hours */
  laterDelaysMs: readonly number[];
  /** Group `later_once`. @default 2 hours */
  onceDelaysMs: readonly number[];
  /** Group `money`: on another day. @default 24 hours, 72 hours */
  moneyDelaysMs: readonly number[];
  /** No attempt later than this after the sale. @default 7 days */
  ageMsMax: number;
}

/** What follows from a decline. */
export type DeclineDecision =
  | { kind: "final"; group: DeclineGroup | null }
  | { kind: "again"; group: DeclineGroup | null; delayMs: number };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The policy used where the app gives none. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  isEnabled: false,
  laterDelaysMs: [15 * MINUTE_MS, 2 * HOUR_MS, 12 * HOUR_MS],
  onceDelaysMs: [2 * HOUR_MS],
  moneyDelaysMs: [24 * HOUR_MS, 72 * HOUR_MS],
  ageMsMax: 7 * 24 * HOUR_MS,
};

const GROUPS: Readonly<Record<DeclineGroup, readonly string[]>> = {
  later: [
    "approve_with_id",
    "issuer_not_available",
    "no_action_taken",
    "processing_error",
    "reenter_transaction",
    "try_again_later",
  ],
  later_once: [
    "authentication_required",
    "do_not_honor",
    "generic_decline",
    "service_not_allowed",
  ],
  money: [
    "card_decline_rate_limit_exceeded",
    "card_velocity_exceeded",
    "insufficient_funds",
    "withdrawal_count_limit_exceeded",
  ],
  customer: [
    "call_issuer",
    "card_not_supported",
    "currency_not_supported",
    "expired_card",
    "incorrect_number",
    "incorrect_pin",
    "invalid_account",
    "invalid_amount",
    "invalid_pin",
    "new_account_information_available",
    "not_permitted",
    "offline_pin_required",
    "online_or_offline_pin_required",
    "pin_try_exceeded",
    "restricted_card",
    "revocation_of_all_authorizations",
    "revocation_of_authorization",
    "security_violation",
    "stop_payment_order",
    "transaction_not_allowed",
  ],
  fraud: [
    "fraudulent",
    "highest_risk_level",
    "lost_card",
    "merchant_blacklist",
    "pickup_card",
    "stolen_card",
  ],
  configuration: ["live_mode_test_card", "testmode_decline"],
};

const GROUP_OF: ReadonlyMap<string, DeclineGroup> = new Map(
  (Object.keys(GROUPS) as DeclineGroup[]).flatMap((group) =>
    GROUPS[group].map((code) => [code, group] as const)
  ),
);

/** The group of a decline, or null for a code nobody has classified. */
export function groupOf(error: PaymentError): DeclineGroup | null {
  return GROUP_OF.get(error.declineCode ?? error.code) ?? null;
}

/**
 * Decides about one decline.
 *
 * @param declineCount How often this payment was declined, this time included; 1 or more.
 * @param ageMs        Time since the sale by our clock; a negative one counts as too old.
 */
export function decideDecline(
  policy: RetryPolicy,
  error: PaymentError,
  declineCount: number,
  ageMs: number,
): DeclineDecision {
  const group = groupOf(error);
  const delayMs = delaysOf(policy, error, group)[declineCount - 1];
  const isFinal = delayMs === undefined || ageMs < 0 ||
    ageMs + delayMs > policy.ageMsMax;
  return isFinal ? { kind: "final", group } : { kind: "again", group, delayMs };
}

function delaysOf(
  policy: RetryPolicy,
  error: PaymentError,
  group: DeclineGroup | null,
): readonly number[] {
  if (!policy.isEnabled) return [];
  if (group === "fraud" || group === "configuration") return [];
  switch (error.adviceCode) {
    case "do_not_try_again":
    case "confirm_card_data":
      return [];
    case "try_again_later":
      // The issuer's word stands above the table, but not above its spacing.
      if (group === "later") return policy.laterDelaysMs;
      return group === "money" ? policy.moneyDelaysMs : policy.onceDelaysMs;
  }
  switch (group) {
    case "later":
      return policy.laterDelaysMs;
    case "later_once":
      return policy.onceDelaysMs;
    case "money":
      return policy.moneyDelaysMs;
    case "customer":
    case null:
      return [];
  }
}
