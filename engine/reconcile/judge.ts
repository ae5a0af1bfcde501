/**
 * One PaymentIntent laid beside our row.
 *
 * Owns: what every pair of Stripe's status and our state means. Pure, so that the whole table
 * can be tested; it changes nothing.
 * @module
 */
import { CHARGED, UNCONFIRMED } from "../forward/cancelling.ts";
import type { Intent, IntentStatus } from "../gateway.ts";
import { OPEN_STATES, type Payment, type PaymentState } from "../payment.ts";
import type { Disagreement } from "./report.ts";

/** What follows from a pair. */
export type Verdict =
  /** Nothing to do: they agree, or forwarding is still at it. */
  | "agrees"
  /** Stripe has charged what we hold for open or failed: the row follows Stripe. */
  | "recover"
  /** Nobody will ever confirm it; cancel it once it is old. */
  | "orphan"
  /** A person must look. */
  | Disagreement["kind"];

/** Judges `intent`, which this device made, beside our payment with its local id, or null. */
export function judge(intent: Intent, payment: Payment | null): Verdict {
  const isCharged = CHARGED.includes(intent.status);
  if (payment === null) {
    if (isCharged) return "unknown_charge";
    return isUnconfirmed(intent) ? "orphan" : "agrees";
  }
  if (payment.id !== null && payment.id !== intent.id) {
    if (isCharged) return "second_charge";
    // Which intent a payment in another device's hands has is for that device to say.
    const isElsewhere = payment.state === "handed_over";
    return isUnconfirmed(intent) && !isElsewhere ? "orphan" : "agrees";
  }
  if (intent.isLivemode !== payment.isLivemode) return "livemode";
  if (intent.currency !== payment.currency) return "currency";
  if (intent.amount !== payment.amount) return "amount";
  return isCharged
    ? judgeCharged(intent.status, payment.state)
    : judgeUncharged(intent, payment.state);
}

function judgeCharged(status: IntentStatus, state: PaymentState): Verdict {
  const isWaiting = OPEN_STATES.includes(state) || state === "failed" ||
    state === "handed_over";
  if (isWaiting) return "recover";
  if (state === "declined" || state === "canceled") return "charged_after_all";
  return state === "captured" && status === "requires_capture"
    ? "not_charged"
    : "agrees";
}

function judgeUncharged(intent: Intent, state: PaymentState): Verdict {
  if (state === "forwarded" || state === "captured") return "not_charged";
  // Voided before it was sent: the intent was made online and is not needed any more.
  return state === "canceled" && isUnconfirmed(intent) ? "orphan" : "agrees";
}

/** Nobody confirmed it, and nobody but this device made it. */
function isUnconfirmed({ status, metadata }: Intent): boolean {
  return metadata.holdfast_retrieved === undefined &&
    UNCONFIRMED.includes(status);
}
