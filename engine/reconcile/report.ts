/**
 * What a reconciliation found, in a form that can be kept and shown.
 * @module
 */
import type { IntentStatus } from "../gateway.ts";
import type { PaymentState } from "../payment.ts";

/** A PaymentIntent that does not agree with our books. */
export interface Disagreement {
  /**
   * - `unknown_charge`: charged, made by this device, and in no row of ours.
   * - `second_charge`: charged, but the payment has another intent.
   * - `charged_after_all`: charged, and our row says declined or canceled.
   * - `not_charged`: our row says forwarded or captured, Stripe says it is not.
   * - `amount`, `currency`, `livemode`: both have it, with different figures.
   * - `missing`: our row names an intent that Stripe does not have.
   */
  kind:
    | "unknown_charge"
    | "second_charge"
    | "charged_after_all"
    | "not_charged"
    | "amount"
    | "currency"
    | "livemode"
    | "missing";
  intentId: string;
  localId: string | null;
  /** What Stripe says; null when it has no such intent. */
  stripe: { status: IntentStatus; amount: number; currency: string } | null;
  /** What our row says; null when there is none. */
  ours: { state: PaymentState; amount: number; currency: string } | null;
}

/** One reconciliation, both ways. */
export interface ReconciliationReport {
  startedAtMs: number;
  /** The window of intents that was read, by Stripe's time of creation. */
  fromMs: number;
  toMs: number;
  /** True when every page and every open question was answered; else it is tried again. */
  isComplete: boolean;
  /** Why it is not complete, as the gateway said it, or null. */
  code: string | null;
  /** Intents of this device that were compared. */
  intentCount: number;
  /** Payments that were `stored`, `unknown` or `failed` and that Stripe has charged. */
  recovered: { localId: string; intentId: string; from: PaymentState }[];
  /** What a person must look at; nothing of it was changed. */
  disagreements: Disagreement[];
  /** Unconfirmed intents nobody will confirm, now canceled. */
  orphansCanceled: string[];
}
