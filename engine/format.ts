/**
 * Amounts and times for people, the same on every runtime.
 *
 * Owns: the digits of currencies and the calendar. The platforms' `Intl` differs between versions
 * and a receipt must not; nothing here depends on the device's zone or language.
 * @module
 */

/** ISO 4217 currencies without minor units; as in Stripe's list of zero-decimal currencies. */
const ZERO_DECIMAL: ReadonlySet<string> = new Set(
  "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split(" "),
);
/** ISO 4217 currencies with three digits. */
const THREE_DECIMAL: ReadonlySet<string> = new Set(
  "bhd iqd jod kwd lyd omr tnd".split(" "),
);

/** Digits after the point of a currency (lower case). */
export function currencyDigits(currency: string): number {
  if (ZERO_DECIMAL.has(currency)) return 0;
  return THREE_DECIMAL.has(currency) ? 3 : 2;
}

/** `12.50 USD`; integers in minor units only, so no rounding is possible. */
export function formatAmount(amount: number, currency: string): string {
  const digits = currencyDigits(currency.toLowerCase());
  const sign = amount < 0 ? "-" : "";
  const text = String(Math.abs(amount)).padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits);
  const part = digits === 0 ? "" : `.${text.slice(-digits)}`;
  return `${sign}${whole}${part} ${currency.toUpperCase()}`;
}

/** `2026-11-24 04:26 +01:00` of epoch milliseconds. */
export function formatTime(atMs: number, utcOffsetMinutes: number): string {
  const minutes = Math.floor(atMs / 60_000) + utcOffsetMinutes;
  const { year, month, day } = dateOf(Math.floor(minutes / 1440));
  const ofDay = ((minutes % 1440) + 1440) % 1440;
  const two = (value: number): string => String(value).padStart(2, "0");
  const clock = (value: number): string =>
    `${two(Math.floor(value / 60))}:${two(value % 60)}`;
  const sign = utcOffsetMinutes < 0 ? "-" : "+";
  const zone = sign + clock(Math.abs(utcOffsetMinutes));
  return `${year}-${two(month)}-${two(day)} ${clock(ofDay)} ${zone}`;
}

/**
 * Days since 1970-01-01 to a date of the proleptic Gregorian calendar: years that begin in March,
 * in eras of 400 years (146,097 days), so that the leap day is the last of its year.
 */
function dateOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468; // Days from 0000-03-01 to 1970-01-01.
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) -
      Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra -
    (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day };
}
