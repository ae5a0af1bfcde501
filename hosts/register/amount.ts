/**
 * What a cashier types as money.
 *
 * Owns: exactness. Digits become integer minor units without a floating-point number in between,
 * with as many digits after the point as ISO 4217 gives the currency, and what could be read in
 * two ways is refused.
 * @module
 */
import { currencyNumeric } from "../../bindings/iso_codes.ts";
import { failure } from "../../engine/errors.ts";
import { currencyDigits } from "../../engine/format.ts";

/**
 * Currencies whose minor unit in Stripe's API is not ISO 4217's: a cashier's 100 ISK would be one
 * króna there and a hundred on the card's screen.
 * @see https://docs.stripe.com/currencies#special-cases (read 2026-11)
 */
const AMBIGUOUS: ReadonlySet<string> = new Set(["isk", "uyi", "clf", "uyw"]);

/** More digits than any amount Stripe takes. */
const WHOLE_DIGITS_MAX = 9;

/** A sale as it was typed. */
export interface Order {
  /** Minor units, the tip included. */
  amount: number;
  /** ISO 4217 alpha code, lower case. */
  currency: string;
  /** Minor units, part of `amount`; null when none was typed. */
  tip: number | null;
  /** What is sold, or whatever the cashier wants to find it by. */
  note: string;
}

/** Whether a word is a currency of ISO 4217 that people pay in. */
export function isCurrency(word: string): boolean {
  return /^[a-z]{3}$/i.test(word) && currencyNumeric(word) !== undefined;
}

/**
 * Reads `12.50`, `12,5` or `12` as minor units of `currency`.
 *
 * @throws {HoldfastError} `INVALID_ARGUMENT` for anything else, zero, a digit too many, or a
 *   currency whose minor unit is not the same everywhere.
 */
export function parseAmount(text: string, currency: string): number {
  const code = currency.toUpperCase();
  if (!isCurrency(currency) || AMBIGUOUS.has(currency.toLowerCase())) {
    throw refuse("currency", `${code} cannot be taken here`);
  }
  const match = /^(\d+)(?:[.,](\d+))?$/.exec(text);
  if (match === null || match[1].length > WHOLE_DIGITS_MAX) {
    throw refuse("amount", `${text} is no amount; write it as 12.50`);
  }
  const digits = currencyDigits(currency.toLowerCase());
  const [, whole, part = ""] = match;
  if (part.length > digits) {
    const after = digits === 0
      ? "no digits after the point"
      : `${digits} digits after the point`;
    throw refuse("amount", `${code} has ${after}, got ${text}`);
  }
  const amount = Number(whole + part.padEnd(digits, "0"));
  if (amount === 0) throw refuse("amount", "the amount is zero");
  return amount;
}

/**
 * Reads a sale: `12.50`, `12.50+2`, `12.50+10%`, `12.50 eur`, `1200 jpy Two coffees`,
 * `12.50 : cup of tea`. A word behind the amount that is a currency is the currency; a note that
 * begins with such a word is written after a colon.
 *
 * @param currencies Currencies the shop takes, lower case, the usual one first.
 * @throws {HoldfastError} `INVALID_ARGUMENT` as {@link parseAmount}.
 */
export function parseOrder(text: string, currencies: readonly string[]): Order {
  const [sum, rest] = firstWord(text.trim().replace(/\s*\+\s*/, "+"));
  const [word, afterWord] = firstWord(rest);
  const isNamed = isCurrency(word);
  const currency = isNamed ? word.toLowerCase() : currencies[0];
  if (!currencies.includes(currency)) {
    const taken = currencies.join(", ").toUpperCase();
    throw refuse(
      "currency",
      `${word.toUpperCase()} is not taken here, only ${taken}; ` +
        `if it begins a note, write it after a colon`,
    );
  }
  const note = (isNamed ? afterWord : rest).replace(/^:\s*/, "");
  const [base, tipText, ...more] = sum.split("+");
  if (more.length > 0) throw refuse("amount", `${sum} has two tips`);
  const amount = parseAmount(base, currency);
  const tip = tipText === undefined
    ? null
    : parseTip(tipText, amount, currency);
  return { amount: amount + (tip ?? 0), currency, tip, note };
}

/** A tip as money or as `10%`, rounded half up to a minor unit. */
function parseTip(text: string, amount: number, currency: string): number {
  const percent = /^(\d{1,2})%$/.exec(text);
  if (percent === null) return parseAmount(text, currency);
  return Math.floor((amount * Number(percent[1]) + 50) / 100);
}

function firstWord(text: string): [word: string, rest: string] {
  const [, word, rest] = /^(\S*)\s*([^]*)$/.exec(text)!;
  return [word, rest];
}

function refuse(field: string, message: string): Error {
  return failure("INVALID_ARGUMENT", message, { field });
}
