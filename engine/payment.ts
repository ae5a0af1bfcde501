/**
 * What a payment is, in the words the app sees.
 *
 * Owns: the states of a payment and which may follow which; the public shapes. A `stored`
 * payment is a promise of ours to forward it, not an authorisation of the card's issuer: the
 * name says so, and only {@link stripeStatus} translates it for apps ported from Stripe's SDK.
 * @module
 */
import type { CardFacts } from "../bindings/mod.ts";
import type { OfflineDetails } from "./offline_details.ts";
export type * from "./offline_details.ts";

/** `automatic` captures on authorisation; `manual` waits for `capturePaymentIntent`. */
export type CaptureMethod = "automatic" | "manual";

/** Stripe Terminal's three behaviours; there is no silent default for an unknown value. */
export type OfflineBehavior =
  | "prefer_online"
  | "require_online"
  | "force_offline";

/**
 * State of a payment in the store.
 *
 * - `stored`: sealed and on disk; nothing has been asked of the issuer yet.
 *   With an `error` the issuer declined it for now, and it will be presented again.
 * - `unknown`: Stripe may have charged it; being reconciled, never shown as failed.
 * - `forwarded`: Stripe authorised it (and captured it, when automatic).
 * - `captured`: a manual payment, captured.
 * - `declined`: the issuer said no after forwarding.
 * - `failed`: Stripe refuses the request itself; kept, a person must look.
 * - `canceled`: voided by the app before it was forwarded, or closed at Stripe unpaid because it
 *   might not go on offline.
 * - `handed_over`: left in a sealed file for another device; never forwarded here.
 */
export type PaymentState =
  | "stored"
  | "unknown"
  | "forwarded"
  | "captured"
  | "declined"
  | "failed"
  | "canceled"
  | "handed_over";

/** States in which the payment still has to be forwarded. */
export const OPEN_STATES: readonly PaymentState[] = ["stored", "unknown"];

const FOLLOWERS: Readonly<Record<PaymentState, readonly PaymentState[]>> = {
  stored: [
    "unknown",
    "forwarded",
    "declined",
    "failed",
    "canceled",
    "handed_over",
  ],
  // Canceled only by Stripe's word: nothing was taken and nothing can be any more.
  unknown: ["forwarded", "declined", "failed", "canceled", "handed_over"],
  // A person may send a parked payment again.
  failed: [
    "stored",
    "unknown",
    "forwarded",
    "declined",
    "canceled",
    "handed_over",
  ],
  // Taken back by a person, or Stripe shows what the other device brought about.
  handed_over: ["stored", "unknown", "failed", "forwarded"],
  forwarded: ["captured"],
  captured: [],
  declined: [],
  canceled: [],
};

/** Whether `to` may follow `from`. */
export function mayFollow(from: PaymentState, to: PaymentState): boolean {
  return FOLLOWERS[from].includes(to);
}

/** What the issuer or Stripe said when a payment was not forwarded. */
export interface PaymentError {
  /** Stripe's error code (`card_declined`) or ours. */
  code: string;
  /** Stripe's decline code, such as `insufficient_funds`, or null. */
  declineCode: string | null;
  /** Stripe's advice: `do_not_try_again`, `try_again_later`, `confirm_card_data`, or null. */
  adviceCode: string | null;
}

/** The part of a card that may be shown and stored in clear. */
export type CardPresentDetails = Omit<
  CardFacts,
  "cardHmac" | "cardTransactionHmac"
>;

/** Who gets the money of a destination charge (`transfer_data`). */
export interface TransferData {
  /** Connected account (`acct_…`). */
  destination: string;
  /**
   * How much of it, minor units, 1..the payment's amount. It takes the place of an application fee:
   * the rest stays with the platform.
   * @default all
   */
  amount?: number;
}

/** What was agreed besides the amount; part of what Stripe is asked for. */
export interface PaymentTerms {
  /** Tip in minor units, part of the amount; null when none was asked for. */
  tip: number | null;
  /** Connected account whose sale this is (`on_behalf_of`), or null. */
  onBehalfOf: string | null;
  /** Who gets the money (`transfer_data`), or null. */
  transferData: TransferData | null;
  /** Which of the platform's transfers belong together (`transfer_group`), or null. */
  transferGroup: string | null;
  /** What the platform keeps of it, minor units, or null. */
  applicationFeeAmount: number | null;
  /** Where Stripe mails its receipt once money has moved, or null; kept in clear. */
  receiptEmail: string | null;
  /** Whether the authorisation shall hold longer than usual. */
  isExtendedAuthorization: boolean;
  /** Whether it shall be possible to raise it later; never offline. */
  isIncrementalAuthorization: boolean;
  /** Whether a back end made its PaymentIntent, which is then never replaced by another. */
  isRetrieved: boolean;
}

/** The terms of a payment about which nothing was said. */
export const PLAIN_TERMS: PaymentTerms = {
  tip: null,
  onBehalfOf: null,
  transferData: null,
  transferGroup: null,
  applicationFeeAmount: null,
  receiptEmail: null,
  isExtendedAuthorization: false,
  isIncrementalAuthorization: false,
  isRetrieved: false,
};

/** A stored payment as the app sees it; a snapshot, owned by the caller. */
export interface Payment {
  /** UUIDv7 made by this device; exists from creation on and travels in the metadata. */
  localId: string;
  /** Stripe's PaymentIntent id; null until Stripe has answered. */
  id: string | null;
  /** Position in this device's chain, 1, 2, 3 …; the only order that holds. */
  seq: number;
  /** Our honest state. */
  state: PaymentState;
  /** Amount in minor units, the tip included. */
  amount: number;
  /** ISO 4217 alpha code, lower case as in Stripe's API. */
  currency: string;
  /** Automatic or manual capture. */
  captureMethod: CaptureMethod;
  /** The app's own metadata. */
  metadata: Readonly<Record<string, string>>;
  /** What was agreed besides the amount. */
  terms: PaymentTerms;
  /** Serial number of the reader that read the card; null before version 2 of the store. */
  reader: string | null;
  /** Stripe account this payment belongs to. */
  account: string;
  /** False for test mode. */
  isLivemode: boolean;
  /** When `createPaymentIntent` was called, epoch milliseconds. */
  createdAtMs: number;
  /** Non-null when confirmed offline. */
  offlineDetails: OfflineDetails | null;
  /** Card facts that may be printed on a receipt. */
  cardPresent: CardPresentDetails;
  /** Why it was declined or failed, or why an open one waits to be presented again; else null. */
  error: PaymentError | null;
  /** How often forwarding was tried. */
  attempts: number;
  /** When forwarding is tried next, epoch milliseconds, or null when it is not. */
  nextAttemptAtMs: number | null;
  /** Code for the receipt, `epoch-seq-hash4`: an anchor outside this device. */
  receiptCode: string;
}

/** Stripe's status words for a payment in `state`. */
export function stripeStatus(
  state: PaymentState,
  captureMethod: CaptureMethod,
): "requires_capture" | "succeeded" | "requires_payment_method" | "canceled" {
  switch (state) {
    case "stored":
    case "unknown":
    case "forwarded":
    case "handed_over":
      return captureMethod === "manual" ? "requires_capture" : "succeeded";
    case "captured":
      return "succeeded";
    case "declined":
    case "failed":
      return "requires_payment_method";
    case "canceled":
      return "canceled";
  }
}
