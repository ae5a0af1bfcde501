/**
 * What Stripe takes as an amount.
 *
 * Owns: the bounds. They are checked before a sale, because a stored payment that Stripe will
 * refuse is goods given away.
 * @see https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts (read 2026-11)
 * @module
 */

/** Largest amount in minor units: eight digits. */
export const AMOUNT_MAX = 99_999_999;

/** Least amount in minor units by currency; a currency that is not here has none we know. */
const LEAST_AMOUNTS: Readonly<Record<string, number>> = {
  aud: 50,
  cad: 50,
  chf: 50,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  jpy: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  sek: 300,
  sgd: 50,
  usd: 50,
};

/** Least amount Stripe charges in a currency (lower case), in minor units. */
export function leastAmount(currency: string): number {
  return LEAST_AMOUNTS[currency] ?? 1;
}
