/**
 * What the core says about a card, in the words of the terminal.
 *
 * Owns: the names of refusals. Nothing is stored here and nothing is promised.
 * @module
 */
import type { Decision } from "../bindings/mod.ts";
import type { AcceptContext, AcceptRequest } from "./accept.ts";
import { type ErrorCode, failure, type HoldfastError } from "./errors.ts";

/** A card that may be charged, and what the core said. */
export type DecidedCard = NonNullable<Decision["card"]> & {
  decision: Decision["decision"];
  /** Why it may be charged now only and must not be stored; null when it may be. */
  onlineOnly: HoldfastError | null;
};

/** Refusal codes of the core that have a name in Stripe Terminal; the others share one. */
const REFUSALS: Readonly<Record<string, ErrorCode>> = {
  swipe_or_manual: "CARD_SWIPE_NOT_AVAILABLE",
  interac_not_supported: "INTERAC_NOT_SUPPORTED_OFFLINE",
  expired: "OFFLINE_AND_CARD_EXPIRED",
  online_pin: "ONLINE_PIN_NOT_SUPPORTED_OFFLINE",
  emv_malformed: "MISSING_EMV_DATA",
  network_not_offline: "CARD_NETWORK_NOT_SUPPORTED_OFFLINE",
  sca_required: "OFFLINE_SCA_REQUIRED",
  pin_block_present: "PIN_BLOCK_NOT_ACCEPTED",
  test_card_in_livemode: "TEST_CARD_IN_LIVEMODE",
};

/** What the names above would say wrongly of a payment that the issuer is asked about now. */
const NEUTRAL: readonly string[] = [
  "CARD_SWIPE_NOT_AVAILABLE",
  "MISSING_EMV_DATA",
  "PIN_BLOCK_NOT_ACCEPTED",
  "TEST_CARD_IN_LIVEMODE",
];

/** The card that the core's decision allows, or why not. */
export function allowedCard(
  context: AcceptContext,
  request: AcceptRequest,
): DecidedCard | HoldfastError {
  const decision = decide(context, request);
  const { card } = decision;
  if (decision.decision === "refused" || card === null) {
    return refusal(decision, request.isAskedNow);
  }
  if (card.cvm === "online_pin" && request.onlinePin === null) {
    return failure(
      "MISSING_EMV_DATA",
      "the card wants its PIN verified online and the reader sent none",
      { field: "onlinePin", details: { reason: "online_pin_missing" } },
    );
  }
  const isForNow = decision.decision === "online_only";
  return {
    ...card,
    decision: decision.decision,
    onlineOnly: isForNow ? refusal(decision, false) : null,
  };
}

/** Asks the core about one message; nothing is stored and nothing is promised. */
export function decide(
  context: AcceptContext,
  request: Pick<
    AcceptRequest,
    "emvData" | "amount" | "currency" | "isLivemode" | "isAskedNow"
  >,
): Decision {
  const nowMs = context.clock.nowMs();
  return context.core.emv.decide(request.emvData, {
    amountMinor: request.amount,
    currency: request.currency,
    transactionType: 0x00, // EMV 4.4 Book 3, Annex A, tag 9C: goods and services
    nowMs,
    highWaterMs: nowMs,
    terminalCountry: context.terminalCountry,
    isLivemode: request.isLivemode,
    isOnline: request.isAskedNow,
    deviceKey: context.vault.deviceKey,
    policy: context.policy,
  });
}

function refusal(decision: Decision, isAskedNow: boolean): HoldfastError {
  const named = REFUSALS[decision.code] ?? "OFFLINE_TRANSACTION_DECLINED";
  const code = isAskedNow && !NEUTRAL.includes(named)
    ? "DECLINED_BY_READER"
    : named;
  const { rule, tag, offset } = decision.explanation;
  return failure(
    code,
    isAskedNow
      ? `the card may not be charged: ${decision.code}`
      : `the payment may not be accepted offline: ${decision.code}`,
    {
      ...(tag === null ? {} : { field: tag }),
      ...(offset === null ? {} : { offset }),
      details: {
        reason: decision.code,
        rule,
        brand: decision.card?.brand ?? null,
      },
    },
  );
}
