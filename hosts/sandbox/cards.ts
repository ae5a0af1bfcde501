/**
 * What a simulated issuer knows of a card: its brand, and whether it pays.
 *
 * Owns: Stripe's test card numbers and test amounts.
 * @see https://docs.stripe.com/terminal/references/testing
 * @see https://docs.stripe.com/testing
 * @module
 */
import type { PinState, ReadMethod } from "./card_present.ts";

/** Why an issuer says no. */
export interface Decline {
  /** Stripe's `decline_code`. */
  readonly declineCode: string;
  /** Stripe's `code`; `card_declined` unless the reason has its own. */
  readonly code: string;
  /** ISO 8583 response code (data element 39), as the networks send it. */
  readonly networkCode: string;
  readonly advice: "confirm_card_data" | "do_not_try_again" | "try_again_later";
  readonly message: string;
}

/** Facts a decision needs. */
export interface DeclineQuestion {
  readonly number: string;
  readonly amount: number;
  readonly readMethod: ReadMethod;
  readonly pin: PinState;
  readonly livemode: boolean;
  readonly isAmountDecisive: boolean;
}

const later = "try_again_later", never = "do_not_try_again";
const DECLINED = "Your card was declined.";

function decline(
  declineCode: string,
  networkCode: string,
  advice: Decline["advice"],
  message: string = DECLINED,
  code = "card_declined",
): Decline {
  return { declineCode, code, networkCode, advice, message };
}

const PIN_NEEDED = decline(
  "offline_pin_required",
  "70",
  "confirm_card_data",
  "Your card requires a PIN.",
);
const ANY_PIN_NEEDED = decline(
  "online_or_offline_pin_required",
  "1A",
  "confirm_card_data",
  "Your card requires a PIN.",
);

/** Test card number → decline. */
export const DECLINED_CARDS: Readonly<Record<string, Decline>> = {
  "4000000000000002": decline("generic_decline", "05", later),
  "4000000000009995": decline(
    "insufficient_funds",
    "51",
    later,
    "Your card has insufficient funds.",
  ),
  "4000000000009987": decline("lost_card", "41", never),
  "4000000000009979": decline("stolen_card", "43", never),
  "4000000000000069": decline(
    "expired_card",
    "54",
    never,
    "Your card has expired.",
    "expired_card",
  ),
  "4000000000000119": decline(
    "processing_error",
    "96",
    later,
    "An error occurred while processing your card. Try again in a little bit.",
    "processing_error",
  ),
};

const PIN_WRONG = decline(
  "incorrect_pin",
  "55",
  "confirm_card_data",
  "Your card's PIN is incorrect.",
);

/** Last two digits of the amount → decline, for the physical test card. */
export const DECLINED_AMOUNTS: Readonly<Record<string, Decline>> = {
  "01": decline("call_issuer", "01", later),
  "02": PIN_NEEDED,
  "03": ANY_PIN_NEEDED,
  "05": decline("generic_decline", "05", later),
  "55": PIN_WRONG,
  "65": decline("withdrawal_count_limit_exceeded", "65", later),
  "75": decline("pin_try_exceeded", "75", never),
};

/** Cards whose issuer refuses a tap and wants the PIN; the second takes it online. */
const TAP_REFUSED: Readonly<Record<string, Decline>> = {
  "4000008260000075": PIN_NEEDED,
  "4000002760000008": ANY_PIN_NEEDED,
};

/**
 * The number that stands for Stripe's physical test card. Stripe does not
 * publish that card's number; this is a test number of the EMV tool chains.
 */
export const PHYSICAL_TEST_CARD = "4761739001010010";

/** The card whose refunds fail later. */
export const REFUND_FAILS_CARD = "4000000000005126";

/** Test cards that pay, with what Stripe's documentation calls them. */
export const APPROVED_CARDS: readonly string[] = [
  "4242424242424242",
  "4000056655665556",
  "4001007020000002",
  "4001000360000005",
  "5555555555554444",
  "378282246310005",
  "6011111111111117",
  "3056930009020004",
  "3566002020360505",
  "6200000000000005",
  "4506445006931933",
  "4711009900000316877",
  REFUND_FAILS_CARD,
];

/** Returns why the issuer declines this payment, or null when it pays. */
export function declineOf(question: DeclineQuestion): Decline | null {
  const { number, amount, livemode, pin } = question;
  if (livemode && isTestCard(number)) {
    return decline("live_mode_test_card", "14", never);
  }
  if (pin === "wrong") return PIN_WRONG;
  if (pin === "missing") return ANY_PIN_NEEDED;
  const isTap = question.readMethod === "contactless_emv";
  const wanted = isTap ? TAP_REFUSED[number] : undefined;
  if (wanted && (wanted === PIN_NEEDED || pin === "none")) return wanted;
  if (DECLINED_CARDS[number]) return DECLINED_CARDS[number];
  if (question.isAmountDecisive || number === PHYSICAL_TEST_CARD) {
    const ending = String(amount % 100).padStart(2, "0");
    const declined = DECLINED_AMOUNTS[ending] ?? null;
    return declined === ANY_PIN_NEEDED && pin === "right" ? null : declined;
  }
  return null;
}

function isTestCard(number: string): boolean {
  return number in DECLINED_CARDS || number in TAP_REFUSED ||
    number === PHYSICAL_TEST_CARD || APPROVED_CARDS.includes(number);
}

/** Returns the brand by the number's first digits, in Stripe's spelling. */
export function brandOf(number: string): string {
  const [one, two, four] = [1, 2, 4].map((n) => Number(number.slice(0, n)));
  if (number === "4506445006931933") return "interac";
  if (number.startsWith("4711")) return "girocard";
  if (one === 4) return "visa";
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) {
    return "mastercard";
  }
  if (two === 34 || two === 37) return "amex";
  if (four >= 3528 && four <= 3589) return "jcb";
  if (two === 36 || two === 38 || two === 30) return "diners";
  if (two === 62 && !number.startsWith("6280")) return "unionpay";
  if (number.startsWith("6280")) return "eftpos_au";
  if (four === 6011 || two === 64 || two === 65) return "discover";
  return "unknown";
}
