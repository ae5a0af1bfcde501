/**
 * Numeric country and currency codes for the EMV data objects of the simulated reader.
 *
 * Owns: the codes of countries where Terminal is sold and of the currencies used there.
 * @see ISO 3166-1; ISO 4217
 * @module
 */

const COUNTRIES =
  "US840 CA124 GB826 IE372 FR250 DE276 NL528 BE056 AT040 ES724 IT380 PT620 " +
  "FI246 SE752 NO578 DK208 LU442 CH756 LI438 CZ203 PL616 SK703 SI705 HU348 " +
  "RO642 BG100 HR191 GR300 CY196 MT470 EE233 LV428 LT440 IS352 GI292 AU036 " +
  "NZ554 SG702 MY458 HK344 JP392 TH764 AE784 MX484 BR076 CN156";

const CURRENCIES =
  "usd840 cad124 gbp826 eur978 sek752 nok578 dkk208 chf756 czk203 pln985 " +
  "huf348 ron946 bgn975 isk352 gip292 aud036 nzd554 sgd702 myr458 hkd344 " +
  "jpy392 thb764 aed784 mxn484 brl986 cny156";

/**
 * The European Economic Area: EU 27 with Iceland, Liechtenstein and Norway; not the United
 * Kingdom, not Switzerland. Here a card must be inserted and its PIN entered.
 */
const EEA = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL " +
  "PT RO SK SI ES SE IS LI NO";

/** The three digits of a country, or null for one the simulator does not know. */
export function countryDigits(alpha2: string): string | null {
  return lookUp(COUNTRIES, alpha2);
}

/** The three digits of a currency, or null for one the simulator does not know. */
export function currencyDigits(alpha: string): string | null {
  return lookUp(CURRENCIES, alpha);
}

/** Whether strong customer authentication decides how a card is read. */
export function isInEea(alpha2: string): boolean {
  return EEA.split(" ").includes(alpha2);
}

function lookUp(table: string, alpha: string): string | null {
  const entry = table.split(" ").find((entry) => entry.startsWith(alpha));
  return entry === undefined ? null : entry.slice(alpha.length);
}
