/**
 * The twin's own tables: AIDs, countries, test cards.
 *
 * Owns: that none of them is shared with the core.
 */

const PREFIXES: [prefix: string, brand: string][] = [
  ["A000000003", "visa"],
  ["A000000004", "mastercard"],
  ["A0000000043060", "maestro"],
  ["A0000000050001", "maestro"],
  ["A000000025", "amex"],
  ["A000000790", "amex"],
  ["A000000152", "discover"],
  ["A000000324", "discover"],
  ["A000000065", "jcb"],
  ["A000000333", "unionpay"],
  ["A000000333010108", "us_common_debit"],
  ["A0000000980840", "us_common_debit"],
  ["A0000000042203", "us_common_debit"],
  ["A0000001524010", "us_common_debit"],
  ["A000000620", "debit_network_alliance"],
  ["A000000042", "cartes_bancaires"],
  ["A000000359", "girocard"],
  ["A0000001214711", "dankort"],
  ["A0000001214712", "dankort"],
  ["A000000384", "eftpos_au"],
  ["A000000277", "interac"],
  ["A000000524", "rupay"],
  ["A000000658", "mir"],
  ["A000000371", "verve"],
  ["A000000732", "meeza"],
  ["A0000001410001", "bancomat"],
  ["D578000002", "bankaxept"],
];

/** Schemes that take offline payments everywhere. */
export const INTERNATIONAL = [
  "visa",
  "mastercard",
  "amex",
  "discover",
  "jcb",
  "unionpay",
  "maestro",
];

/** Countries that ask for strong authentication. */
export const EEA =
  ("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL " +
    "PT RO SK SI ES SE IS LI NO AX GF GP MQ MF RE YT").split(" ");

/** Beginnings of PANs published for tests. */
export const TEST_PANS = ("424242 400000 123456 555555555555 520082828282 " +
  "510510510510 222300312200 378282246310 371449635398 601111111111 " +
  "601100099013 305693000902 362272062716 655590000060 356600202036 " +
  "620000000000 476173900101").split(" ");

/** Brand of an AID in upper-case hex: the longest prefix wins. */
export function referenceBrand(aid: string): string {
  if (aid.length < 10 || aid.length > 32) return "unknown";
  const fitting = PREFIXES.filter(([prefix]) => aid.startsWith(prefix))
    .sort((a, b) => b[0].length - a[0].length);
  return fitting.length === 0 ? "unknown" : fitting[0][1];
}

/** Country whose terminals ask a domestic network online. */
export const HOMES: Record<string, string> = {
  interac: "CA",
  girocard: "DE",
  eftpos_au: "AU",
  cartes_bancaires: "FR",
  debit_network_alliance: "US",
};
