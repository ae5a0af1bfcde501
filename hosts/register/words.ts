/**
 * What the register says to a cashier, on every screen it has.
 *
 * Owns: the sentences. An error's code stays on the screen, so that a call to support can name it;
 * amounts in limits are shown as money, not as minor units. Nothing here knows a terminal or a page.
 * @module
 */
import { HoldfastError } from "../../engine/errors.ts";
import { formatAmount } from "../../engine/format.ts";
import type { Payment } from "../../engine/payment.ts";
import type { Prompt } from "../../engine/reader/messages.ts";

/** A refusal, ready to be shown. */
export interface Refusal {
  /** Stable code of `docs/errors.md`. */
  code: string;
  /** What happened, in a sentence. */
  sentence: string;
  /** What the cashier can do now. */
  remedy: string;
}

/** Sentences for the cashier where the engine's own is for a developer. */
const SENTENCES: Readonly<Record<string, string>> = {
  AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT: "too much for one payment while offline",
  OFFLINE_STORED_AMOUNT_LIMIT: "too much money waits to be forwarded already",
  OFFLINE_PAYMENTS_DATABASE_TOO_LARGE:
    "too many payments wait to be forwarded already",
  OFFLINE_CARD_COUNT_LIMIT: "this card has paid too often while offline",
  OFFLINE_STORED_AGE_LIMIT: "the oldest waiting payment is too old",
  OFFLINE_BRAND_LIMIT: "the limit for this brand of card is reached",
  OFFLINE_READER_LIMIT: "the limit of this reader is reached",
  INVALID_OFFLINE_CURRENCY: "this currency is not taken while offline",
  CARD_SWIPE_NOT_AVAILABLE: "a swiped card is not taken",
  INTERAC_NOT_SUPPORTED_OFFLINE: "Interac cards are not taken while offline",
  OFFLINE_AND_CARD_EXPIRED: "the card has expired",
  ONLINE_PIN_NOT_SUPPORTED_OFFLINE:
    "this card wants its PIN checked by the bank, which cannot be reached",
  CARD_NETWORK_NOT_SUPPORTED_OFFLINE:
    "cards of this network are not taken while offline",
  OFFLINE_SCA_REQUIRED: "this card must be inserted and the PIN entered",
  OFFLINE_TRANSACTION_DECLINED: "the card itself declined",
  MISSING_EMV_DATA: "the card could not be read",
  CARD_REMOVED: "the card was removed too early",
  CANCELED: "the sale was cancelled",
  REQUEST_TIMED_OUT: "nobody presented a card in time",
  READER_NOT_CONNECTED: "the card reader is not connected",
  READER_DISCONNECTED: "the connection to the card reader was lost",
  PAYMENT_ALREADY_SENT: "it has been sent already and cannot be voided",
  NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET:
    "there is no connection, and this payment requires one",
  STRIPE_API_CONNECTION_ERROR: "there is no connection",
};

/** Remedies for the cashier where the engine's own is for a developer. */
const REMEDIES: Readonly<Record<string, string>> = {
  INVALID_ARGUMENT: "correct what was typed",
  PAYMENT_NOT_FOUND: "look the number up in the list",
};

/** Limits that count money; the others count payments, or time. */
const MONEY_LIMITS: ReadonlySet<string> = new Set([
  "AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT",
  "OFFLINE_STORED_AMOUNT_LIMIT",
  "OFFLINE_BRAND_LIMIT",
  "OFFLINE_READER_LIMIT",
]);

/** Says what an error means; of an error that is not ours only its name is shown. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof HoldfastError)) {
    const name = error instanceof Error ? error.name : typeof error;
    return {
      code: "UNEXPECTED",
      sentence: `the register failed (${name})`,
      remedy: "report this as a bug; what was accepted is on disk",
    };
  }
  const sentence = SENTENCES[error.code] ?? error.message;
  return {
    code: error.code,
    sentence: sentence + limitOf(error),
    remedy: REMEDIES[error.code] ?? error.remedy,
  };
}

function limitOf({ code, details }: HoldfastError): string {
  const { limit, needed, currency } = details;
  if (typeof limit !== "number" || typeof needed !== "number") return "";
  return `: ${limitWords({ code, limit, needed, currency: String(currency) })}`;
}

/** What stands against a payment, and by how much. */
export interface Limit {
  code: string;
  limit: number;
  /** What the payment would make of it. */
  needed: number;
  currency: string;
}

/** `limit 500.00 USD, with this one 600.00 USD`; as money, time or number. */
export function limitWords({ code, limit, needed, currency }: Limit): string {
  const show = MONEY_LIMITS.has(code)
    ? (value: number) => formatAmount(value, currency)
    : code === "OFFLINE_STORED_AGE_LIMIT"
    ? ageWords
    : String;
  return `limit ${show(limit)}, with this one ${show(needed)}`;
}

/** The sentence for a code, or the code itself. */
export function codeWords(code: string): string {
  return SENTENCES[code] ?? code;
}

/** Where a payment stands, in one or two words. */
export function stateWords({ state, error, captureMethod }: Payment): string {
  switch (state) {
    case "stored":
      return error === null ? "waits" : "waits, declined once";
    case "unknown":
      return "unclear";
    case "forwarded":
      return captureMethod === "manual" ? "authorised" : "approved";
    case "captured":
      return "captured";
    case "declined":
      return `declined: ${(error?.declineCode ?? "").replaceAll("_", " ")}`;
    case "failed":
      return "not completed";
    case "canceled":
      return "voided";
    case "handed_over":
      return "handed over";
  }
}

/** The sentence after a sale. */
export function outcomeWords(payment: Payment): string {
  switch (payment.state) {
    case "stored":
      return "Accepted offline. Not authorised yet: the bank is asked later.";
    case "unknown":
      return "Unclear whether the bank was asked. Do not take it again: " +
        "the register finds out.";
    case "forwarded":
      return payment.captureMethod === "manual"
        ? "Authorised. Capture it when the amount is final."
        : "Approved by the bank.";
    case "captured":
      return "Captured.";
    case "declined":
      return `Declined by the bank (${
        (payment.error?.declineCode ?? "no reason").replaceAll("_", " ")
      }). Ask for another card.`;
    case "failed":
      return `Not completed (${payment.error?.code ?? "no reason"}). ` +
        "It is kept; a person must look.";
    case "canceled":
      return "Voided. Nothing is charged.";
    case "handed_over":
      return "Handed over: another device forwards it.";
  }
}

/** `visa •4242 tap`. */
export function cardWords({ cardPresent: card }: Payment): string {
  const how = card.readMethod.startsWith("contactless") ? "tap" : "chip";
  return `${card.brand.replaceAll("_", " ")} •${card.last4} ${how}`;
}

/** `42 s`, `7 min`, `3 h 10 min`, `2 d 4 h`. */
export function ageWords(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes === 0) return `${seconds} s`;
  if (hours === 0) return `${minutes} min`;
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `nothing waits`, `1 payment waits`, `3 payments wait`. */
export function waitWords(count: number): string {
  if (count === 0) return "nothing waits";
  return count === 1 ? "1 payment waits" : `${count} payments wait`;
}

/** `41.20 USD, 1200 JPY`, or an empty text. */
export function sumsWords(sums: Readonly<Record<string, number>>): string {
  return Object.entries(sums).filter(([, amount]) => amount !== 0)
    .map(([currency, amount]) => formatAmount(amount, currency)).join(", ");
}

/** What the reader shows the customer, told to the cashier. */
export const PROMPT_WORDS: Readonly<Record<Prompt, string>> = {
  insert_or_tap: "Insert or tap the card",
  insert: "Insert the card and enter the PIN",
  swipe_refused: "A swipe is not taken: insert or tap",
  tap_refused: "A tap is not taken here: insert the card",
  application_selection: "The customer chooses an application",
  tip_selection: "The customer chooses a tip",
  pin: "The customer enters the PIN",
  pin_wrong: "Wrong PIN: the customer tries again",
  remove_card: "The card can be removed",
  card_removed_early: "The card was removed too early",
};
