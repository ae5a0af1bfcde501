// The card itself: PAN, track 2 equivalent, HMACs. The only file that handles a whole PAN.
//
// Owns: the PAN scratch and its wiping. Nothing here leaves the core but four digits, the
// expiry and two truncated HMACs under keys derived from the device key.
//
//  scratch, 192 bytes:  0 PAN of 5A, cn | 10 PAN of 57, cn | 20 PSN present, PSN | 22 ATC
//                      24 AC | 32 card key | 64 transaction key | 96 prk | 128 device key
//                     160 MAC
import { hkdfExpand, hkdfExtract, hmacSha256 } from "./hmac";
import { nibble } from "./emv_tags";

const SCRATCH: usize = memory.data(192, 16);
const SCRATCH_BYTES: usize = 192;
const PAN: usize = SCRATCH;
const TRACK_PAN: usize = SCRATCH + 10;
const PSN: usize = SCRATCH + 20;
const ATC: usize = SCRATCH + 22;
const AC: usize = SCRATCH + 24;
const CARD_KEY: usize = SCRATCH + 32;
const TRANSACTION_KEY: usize = SCRATCH + 64;
const PRK: usize = SCRATCH + 96;
const DEVICE_KEY: usize = SCRATCH + 128;
const MAC: usize = SCRATCH + 160;

const KEY_BYTES: u32 = 32;
/** Outside the core an HMAC has 16 bytes: 2^64 cards before two share one by chance. */
const HMAC_BYTES: u32 = 16;
/** ISO/IEC 7812-1: a PAN has at most 19 digits; the shortest in use have 8. */
const PAN_DIGITS_MIN: u32 = 8;
const PAN_DIGITS_MAX: u32 = 19;
const PAN_BYTES: u32 = 10;

/** "holdfast/card/v1" */
const CARD_LABEL: usize = memory.data<u8>([
  0x68, 0x6f, 0x6c, 0x64, 0x66, 0x61, 0x73, 0x74, 0x2f, 0x63, 0x61, 0x72, 0x64, 0x2f, 0x76, 0x31,
]);
const CARD_LABEL_BYTES: u32 = 16;
/** "holdfast/card-transaction/v1" */
const TRANSACTION_LABEL: usize = memory.data<u8>([
  0x68, 0x6f, 0x6c, 0x64, 0x66, 0x61, 0x73, 0x74, 0x2f, 0x63, 0x61, 0x72, 0x64, 0x2d, 0x74, 0x72,
  0x61, 0x6e, 0x73, 0x61, 0x63, 0x74, 0x69, 0x6f, 0x6e, 0x2f, 0x76, 0x31,
]);
const TRANSACTION_LABEL_BYTES: u32 = 28;

let panDigits: u32 = 0;
let trackExpiry: usize = 0;
let trackServiceCode: u32 = 0;
let hasKeys: bool = false;

// YYMM of track 2 as two BCD bytes.
const TRACK_EXPIRY: usize = memory.data(2);

/** Number of digits of the PAN, 0 when the message has none. */
export function panLength(): u32 {
  return panDigits;
}

/** Address of the YYMM of track 2, or 0 without a track 2. */
export function trackYearMonth(): usize {
  return trackExpiry;
}

/** Service code of track 2 as three BCD digits, or 0 without a track 2. */
export function trackService(): u32 {
  return trackServiceCode;
}

/** Forgets the card of the last message. */
export function forgetCard(): void {
  memory.fill(SCRATCH, 0, 32);
  memory.fill(TRACK_EXPIRY, 0, 2);
  panDigits = 0;
  trackExpiry = 0;
  trackServiceCode = 0;
}

/** Forgets the keys and everything derived from them, besides the card. */
export function forgetKeys(): void {
  forgetCard();
  memory.fill(SCRATCH, 0, SCRATCH_BYTES);
  hasKeys = false;
}

/** Takes the PAN from the value of 5A (digits checked, F padded); false when it cannot be one. */
export function takePan(value: usize, length: u32): bool {
  const digits = digitsOf(value, length << 1);
  if (digits < PAN_DIGITS_MIN || digits > PAN_DIGITS_MAX) return false;
  copyDigits(PAN, value, digits);
  panDigits = digits;
  return true;
}

/**
 * Takes PAN, expiry and service code from a track 2 equivalent (57; ISO/IEC 7813 §7): PAN, D,
 * YYMM, three digits, discretionary digits, F to fill the byte. False when it is none, or when
 * its PAN is not the one of 5A.
 */
export function takeTrack2(value: usize, length: u32): bool {
  const total = length << 1;
  const digits = digitsOf(value, total);
  if (digits < PAN_DIGITS_MIN || digits > PAN_DIGITS_MAX) return false;
  if (digits >= total || nibble(value, digits) != 13) return false;
  let at = digits + 1;
  while (at < total && nibble(value, at) < 10) at++;
  if (at - digits - 1 < 7) return false;
  for (let rest = at; rest < total; rest++) {
    if (nibble(value, rest) != 15) return false;
  }
  for (let index: u32 = 0; index < 2; index++) {
    const high = nibble(value, digits + 1 + (index << 1));
    store<u8>(TRACK_EXPIRY + index, (high << 4) | nibble(value, digits + 2 + (index << 1)));
  }
  const month: u32 = load<u8>(TRACK_EXPIRY + 1);
  if (month < 1 || month > 0x12) return false;
  for (let index: u32 = 0; index < 3; index++) {
    trackServiceCode = (trackServiceCode << 4) | nibble(value, digits + 5 + index);
  }
  trackExpiry = TRACK_EXPIRY;
  copyDigits(TRACK_PAN, value, digits);
  if (panDigits == 0) {
    memory.copy(PAN, TRACK_PAN, PAN_BYTES);
    panDigits = digits;
  }
  return memory.compare(PAN, TRACK_PAN, PAN_BYTES) == 0;
}

function digitsOf(value: usize, total: u32): u32 {
  let digits: u32 = 0;
  while (digits < total && nibble(value, digits) < 10) digits++;
  return digits;
}

/** One way to write a PAN: ten bytes, digits to the left, F to the right. */
function copyDigits(target: usize, value: usize, digits: u32): void {
  assert(digits <= PAN_BYTES << 1);
  for (let index: u32 = 0; index < PAN_BYTES << 1; index += 2) {
    const high = index < digits ? nibble(value, index) : 15;
    const low = index + 1 < digits ? nibble(value, index + 1) : 15;
    store<u8>(target + (index >>> 1), (high << 4) | low);
  }
}

/** Writes the last four digits of the PAN to `target` as ASCII. */
export function writeLast4(target: usize): void {
  assert(panDigits >= PAN_DIGITS_MIN);
  for (let index: u32 = 0; index < 4; index++) {
    store<u8>(target + index, 0x30 + nibble(PAN, panDigits - 4 + index));
  }
}

// PANs published for tests: by the payment platforms' documentation, and the EMV test card. The
// first three digits groups are BINs that no issuer has; the others are twelve digits of a PAN.
const TEST_BIN_COUNT: u32 = 3;
const TEST_BINS: usize = memory.data<u8>([0x42, 0x42, 0x42, 0x40, 0x00, 0x00, 0x12, 0x34, 0x56]);
const TEST_PAN_COUNT: u32 = 14;
const TEST_PANS: usize = memory.data<u8>([
  0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x52, 0x00, 0x82, 0x82, 0x82, 0x82,
  0x51, 0x05, 0x10, 0x51, 0x05, 0x10, 0x22, 0x23, 0x00, 0x31, 0x22, 0x00,
  0x37, 0x82, 0x82, 0x24, 0x63, 0x10, 0x37, 0x14, 0x49, 0x63, 0x53, 0x98,
  0x60, 0x11, 0x11, 0x11, 0x11, 0x11, 0x60, 0x11, 0x00, 0x09, 0x90, 0x13,
  0x30, 0x56, 0x93, 0x00, 0x09, 0x02, 0x36, 0x22, 0x72, 0x06, 0x27, 0x16,
  0x65, 0x55, 0x90, 0x00, 0x00, 0x60, 0x35, 0x66, 0x00, 0x20, 0x20, 0x36,
  0x62, 0x00, 0x00, 0x00, 0x00, 0x00, 0x47, 0x61, 0x73, 0x90, 0x01, 0x01,
]);

/** Whether the PAN is one that was published for tests. */
export function isTestPan(): bool {
  if (panDigits == 0) return false;
  for (let index: u32 = 0; index < TEST_BIN_COUNT; index++) {
    if (memory.compare(PAN, TEST_BINS + index * 3, 3) == 0) return true;
  }
  for (let index: u32 = 0; index < TEST_PAN_COUNT; index++) {
    if (memory.compare(PAN, TEST_PANS + index * 6, 6) == 0) return true;
  }
  return false;
}

/**
 * Writes the HMACs of the card (PAN, PSN) and of this transaction (PAN, PSN, ATC, AC), 16 bytes
 * each. The two keys are derived from the device key (RFC 5869) and kept until `forgetKeys`, so
 * that a batch under one key derives them once.
 */
export function writeHmacs(
  deviceKey: usize,
  psn: usize,
  atc: usize,
  ac: usize,
  card: usize,
  transaction: usize,
): void {
  assert(panDigits >= PAN_DIGITS_MIN);
  if (!hasKeys || memory.compare(DEVICE_KEY, deviceKey, KEY_BYTES) != 0) deriveKeys(deviceKey);
  // A missing PSN is not PSN 00.
  store<u8>(PSN, psn == 0 ? 0 : 1);
  store<u8>(PSN + 1, psn == 0 ? 0 : load<u8>(psn));
  memory.copy(ATC, atc, 2);
  memory.copy(AC, ac, 8);
  // PAN and PSN are 12 bytes, but TRACK_PAN lies between them: give it the PAN's place.
  memory.copy(TRACK_PAN, PAN, PAN_BYTES);
  hmacSha256(CARD_KEY, KEY_BYTES, TRACK_PAN, 12, MAC);
  memory.copy(card, MAC, HMAC_BYTES);
  hmacSha256(TRANSACTION_KEY, KEY_BYTES, TRACK_PAN, 22, MAC);
  memory.copy(transaction, MAC, HMAC_BYTES);
}

function deriveKeys(deviceKey: usize): void {
  memory.copy(DEVICE_KEY, deviceKey, KEY_BYTES);
  hkdfExtract(0, 0, DEVICE_KEY, KEY_BYTES, PRK);
  hkdfExpand(PRK, KEY_BYTES, CARD_LABEL, CARD_LABEL_BYTES, CARD_KEY, KEY_BYTES);
  hkdfExpand(
    PRK,
    KEY_BYTES,
    TRANSACTION_LABEL,
    TRANSACTION_LABEL_BYTES,
    TRANSACTION_KEY,
    KEY_BYTES,
  );
  hasKeys = true;
}
