// Application identifiers: which brand an AID belongs to, and where a brand works offline.
//
// Owns: the table of RIDs and of the longer prefixes that mean another network than their RID.
// NYCE, PULSE, STAR and SHAZAM have no reliable AID of their own: they ride on the US common
// debit AIDs and are told apart by BIN tables, which the core has not.
import {
  EMV_BRAND_AMEX,
  EMV_BRAND_BANCOMAT,
  EMV_BRAND_BANKAXEPT,
  EMV_BRAND_CARTES_BANCAIRES,
  EMV_BRAND_DANKORT,
  EMV_BRAND_DEBIT_NETWORK_ALLIANCE,
  EMV_BRAND_DISCOVER,
  EMV_BRAND_EFTPOS_AU,
  EMV_BRAND_GIROCARD,
  EMV_BRAND_INTERAC,
  EMV_BRAND_JCB,
  EMV_BRAND_MAESTRO,
  EMV_BRAND_MASTERCARD,
  EMV_BRAND_MEEZA,
  EMV_BRAND_MIR,
  EMV_BRAND_RUPAY,
  EMV_BRAND_UNIONPAY,
  EMV_BRAND_UNKNOWN,
  EMV_BRAND_US_COMMON_DEBIT,
  EMV_BRAND_VERVE,
  EMV_BRAND_VISA,
  EMV_CODE_ACCEPTED,
  EMV_CODE_INTERAC_NOT_SUPPORTED,
  EMV_CODE_NETWORK_NOT_OFFLINE,
} from "./abi";

// The numbers again as bytes, for the table.
const AMEX: u8 = <u8>EMV_BRAND_AMEX;
const BANCOMAT: u8 = <u8>EMV_BRAND_BANCOMAT;
const BANKAXEPT: u8 = <u8>EMV_BRAND_BANKAXEPT;
const CARTES_BANCAIRES: u8 = <u8>EMV_BRAND_CARTES_BANCAIRES;
const DANKORT: u8 = <u8>EMV_BRAND_DANKORT;
const DEBIT_NETWORK_ALLIANCE: u8 = <u8>EMV_BRAND_DEBIT_NETWORK_ALLIANCE;
const DISCOVER: u8 = <u8>EMV_BRAND_DISCOVER;
const EFTPOS_AU: u8 = <u8>EMV_BRAND_EFTPOS_AU;
const GIROCARD: u8 = <u8>EMV_BRAND_GIROCARD;
const INTERAC: u8 = <u8>EMV_BRAND_INTERAC;
const JCB: u8 = <u8>EMV_BRAND_JCB;
const MAESTRO: u8 = <u8>EMV_BRAND_MAESTRO;
const MASTERCARD: u8 = <u8>EMV_BRAND_MASTERCARD;
const MEEZA: u8 = <u8>EMV_BRAND_MEEZA;
const MIR: u8 = <u8>EMV_BRAND_MIR;
const RUPAY: u8 = <u8>EMV_BRAND_RUPAY;
const UNIONPAY: u8 = <u8>EMV_BRAND_UNIONPAY;
const UNKNOWN: u8 = <u8>EMV_BRAND_UNKNOWN;
const US_COMMON_DEBIT: u8 = <u8>EMV_BRAND_US_COMMON_DEBIT;
const VERVE: u8 = <u8>EMV_BRAND_VERVE;
const VISA: u8 = <u8>EMV_BRAND_VISA;

/** ISO/IEC 7816-4 §8.2.1.2: a RID of 5 bytes and a PIX of 0..11; EMV Book 1 §12.2.1. */
const AID_BYTES_MIN: u32 = 5;
const AID_BYTES_MAX: u32 = 16;

// One row, 10 bytes: prefix length, brand, 8 bytes of prefix. Longer prefixes come first, so
// the first match is the right one.
const ROW_BYTES: u32 = 10;
const ROW_COUNT: u32 = 28;
const ROWS: usize = memory.data<u8>([
  8, US_COMMON_DEBIT, 0xa0, 0x00, 0x00, 0x03, 0x33, 0x01, 0x01, 0x08,
  7, US_COMMON_DEBIT, 0xa0, 0x00, 0x00, 0x00, 0x98, 0x08, 0x40, 0,
  7, US_COMMON_DEBIT, 0xa0, 0x00, 0x00, 0x00, 0x04, 0x22, 0x03, 0,
  7, US_COMMON_DEBIT, 0xa0, 0x00, 0x00, 0x01, 0x52, 0x40, 0x10, 0,
  7, MAESTRO, 0xa0, 0x00, 0x00, 0x00, 0x04, 0x30, 0x60, 0,
  7, MAESTRO, 0xa0, 0x00, 0x00, 0x00, 0x05, 0x00, 0x01, 0,
  7, BANCOMAT, 0xa0, 0x00, 0x00, 0x01, 0x41, 0x00, 0x01, 0,
  7, DANKORT, 0xa0, 0x00, 0x00, 0x01, 0x21, 0x47, 0x11, 0,
  7, DANKORT, 0xa0, 0x00, 0x00, 0x01, 0x21, 0x47, 0x12, 0,
  7, BANKAXEPT, 0xd5, 0x78, 0x00, 0x00, 0x02, 0x10, 0x10, 0,
  5, VISA, 0xa0, 0x00, 0x00, 0x00, 0x03, 0, 0, 0,
  5, MASTERCARD, 0xa0, 0x00, 0x00, 0x00, 0x04, 0, 0, 0,
  5, AMEX, 0xa0, 0x00, 0x00, 0x00, 0x25, 0, 0, 0,
  5, AMEX, 0xa0, 0x00, 0x00, 0x07, 0x90, 0, 0, 0,
  5, DISCOVER, 0xa0, 0x00, 0x00, 0x01, 0x52, 0, 0, 0,
  5, DISCOVER, 0xa0, 0x00, 0x00, 0x03, 0x24, 0, 0, 0,
  5, JCB, 0xa0, 0x00, 0x00, 0x00, 0x65, 0, 0, 0,
  5, UNIONPAY, 0xa0, 0x00, 0x00, 0x03, 0x33, 0, 0, 0,
  5, CARTES_BANCAIRES, 0xa0, 0x00, 0x00, 0x00, 0x42, 0, 0, 0,
  5, GIROCARD, 0xa0, 0x00, 0x00, 0x03, 0x59, 0, 0, 0,
  5, EFTPOS_AU, 0xa0, 0x00, 0x00, 0x03, 0x84, 0, 0, 0,
  5, INTERAC, 0xa0, 0x00, 0x00, 0x02, 0x77, 0, 0, 0,
  5, DEBIT_NETWORK_ALLIANCE, 0xa0, 0x00, 0x00, 0x06, 0x20, 0, 0, 0,
  5, RUPAY, 0xa0, 0x00, 0x00, 0x05, 0x24, 0, 0, 0,
  5, MIR, 0xa0, 0x00, 0x00, 0x06, 0x58, 0, 0, 0,
  5, VERVE, 0xa0, 0x00, 0x00, 0x03, 0x71, 0, 0, 0,
  5, MEEZA, 0xa0, 0x00, 0x00, 0x07, 0x32, 0, 0, 0,
  5, BANKAXEPT, 0xd5, 0x78, 0x00, 0x00, 0x02, 0, 0, 0,
]);

/** EMV_BRAND_* of `length` bytes at `aid`. */
export function aidBrand(aid: usize, length: u32): u32 {
  if (length < AID_BYTES_MIN || length > AID_BYTES_MAX) return UNKNOWN;
  const key = load<u32>(aid + 1);
  for (let row = ROWS; row < ROWS + ROW_COUNT * ROW_BYTES; row += ROW_BYTES) {
    if (load<u32>(row + 3) == key && startsWith(aid, length, row)) return load<u8>(row + 1);
  }
  return UNKNOWN;
}

function startsWith(aid: usize, length: u32, row: usize): bool {
  const prefixLength: u32 = load<u8>(row);
  if (prefixLength > length) return false;
  return memory.compare(aid, row + 2, prefixLength) == 0;
}

/** Numeric country code of the United States, BCD. */
const COUNTRY_US: u32 = 0x0840;

/**
 * EMV_CODE_ACCEPTED when `brand` takes offline payments at a terminal in `country` (ISO 3166-1
 * numeric, BCD), else the code of the refusal. A co-badged card is taken over its international
 * application, chosen at selection; a cryptogram of the domestic one is never re-labelled.
 */
export function networkCode(brand: u32, country: u32): u32 {
  if (brand == INTERAC) return EMV_CODE_INTERAC_NOT_SUPPORTED;
  if (brand >= VISA && brand <= MAESTRO) return EMV_CODE_ACCEPTED;
  if (brand == US_COMMON_DEBIT && country == COUNTRY_US) return EMV_CODE_ACCEPTED;
  return EMV_CODE_NETWORK_NOT_OFFLINE;
}

/** Numeric country codes of the domestic networks that are taken online, BCD. */
const COUNTRY_AU: u32 = 0x0036;
const COUNTRY_CA: u32 = 0x0124;
const COUNTRY_FR: u32 = 0x0250;
const COUNTRY_DE: u32 = 0x0276;

/** Whether a domestic network, refused by `networkCode`, is asked online in `country`. */
export function isOnlineNetwork(brand: u32, country: u32): bool {
  if (brand == INTERAC) return country == COUNTRY_CA;
  if (brand == GIROCARD) return country == COUNTRY_DE;
  if (brand == EFTPOS_AU) return country == COUNTRY_AU;
  if (brand == CARTES_BANCAIRES) return country == COUNTRY_FR;
  return brand == DEBIT_NETWORK_ALLIANCE && country == COUNTRY_US;
}

// Numeric codes, BCD. EEA: the 27 of the EU, IS, LI, NO; then the territories with a code of
// their own in which Union law applies (TFEU 355(1): GF, GP, MQ, MF, RE, YT; Åland by accession).
const EEA_COUNT: u32 = 37;
const EEA: usize = memory.data<u16>([
  0x040, 0x056, 0x100, 0x191, 0x196, 0x203, 0x208, 0x233, 0x246, 0x250, 0x276, 0x300, 0x348,
  0x372, 0x380, 0x428, 0x440, 0x442, 0x470, 0x528, 0x616, 0x620, 0x642, 0x703, 0x705, 0x724,
  0x752, 0x352, 0x438, 0x578, 0x254, 0x312, 0x474, 0x663, 0x638, 0x175, 0x248,
]);

/** Whether strong customer authentication applies at a terminal in `country`. */
export function isEea(country: u32): bool {
  for (let index: u32 = 0; index < EEA_COUNT; index++) {
    if (load<u16>(EEA + (index << 1)) == country) return true;
  }
  return false;
}
