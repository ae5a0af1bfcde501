// May this chip transaction be stored offline? Thirteen rules, the first that matches decides.
// Asked while online, what only an offline payment lacks refuses nothing: the answer then is
// "online only", with the code that would refuse it offline, and holds for this moment.
//
// Owns: the order of the rules and the code of every refusal. Nothing is accepted by default:
// what a rule needs and does not find is a refusal of its own. Limits (rule 14) and the UNIQUE
// transaction HMAC (rule 15) belong to the engine, which decides them inside the commit.
//
// The cryptogram cannot be verified here (the issuer's key would be needed); the rules read what
// terminal and card already found out, EMV 4.4 Book 3 §10.
import {
  BER_NOTE_LONG_LENGTH,
  BER_NOTE_TOP_LEVEL_PADDING,
  BER_SOURCE_READER,
  EMV_BRAND_UNKNOWN,
  EMV_BRAND_VISA,
  EMV_CODE_ACCEPTED,
  EMV_CODE_AUTH_FAILED,
  EMV_CODE_BRAND_NOT_ALLOWED,
  EMV_CODE_CARD_DECLINED,
  EMV_CODE_CRYPTOGRAM_UNKNOWN,
  EMV_CODE_CVM_FAILED,
  EMV_CODE_DATA_MISSING,
  EMV_CODE_EMV_MALFORMED,
  EMV_CODE_EMV_MISMATCH,
  EMV_CODE_EXCEPTION_FILE,
  EMV_CODE_EXPIRED,
  EMV_CODE_IAC_DEFAULT,
  EMV_CODE_IAC_DENIED,
  EMV_CODE_NETWORK_NOT_OFFLINE,
  EMV_CODE_NOT_EFFECTIVE,
  EMV_CODE_ONLINE_PIN,
  EMV_CODE_SCA_REQUIRED,
  EMV_CODE_SERVICE_NOT_ALLOWED,
  EMV_CODE_SWIPE_OR_MANUAL,
  EMV_CODE_TEST_CARD_IN_LIVEMODE,
  EMV_DECISION_BRAND,
  EMV_DECISION_RISK,
  EMV_ERR_REQUEST,
  EMV_IAC_DEFAULT_ALWAYS,
  EMV_IAC_DEFAULT_APPROVAL,
  EMV_OUTCOME_DEFERRED,
  EMV_OUTCOME_OFFLINE_APPROVED,
  EMV_OUTCOME_REFUSED,
  EMV_REQUEST_AMOUNT,
  EMV_REQUEST_BRANDS,
  EMV_REQUEST_COUNTRY,
  EMV_REQUEST_CURRENCY,
  EMV_REQUEST_FLAGS,
  EMV_REQUEST_FLAG_LIVEMODE,
  EMV_REQUEST_FLAG_ONLINE,
  EMV_REQUEST_HIGH_WATER,
  EMV_REQUEST_IAC_DEFAULT,
  EMV_REQUEST_NOW,
  EMV_REQUEST_SOURCE,
  EMV_REQUEST_TAC_DEFAULT,
  EMV_REQUEST_TAC_DENIAL,
  EMV_REQUEST_TAC_ONLINE,
  EMV_REQUEST_TYPE,
  EMV_RISK_CLOCK_BEHIND,
  EMV_RISK_LONG_LENGTH,
  EMV_RISK_NO_CVM_RESULTS,
  EMV_RISK_NO_USAGE_CONTROL,
  EMV_RISK_ONLINE_PREFERRED,
  EMV_RISK_SERVICE_CODE_ONLINE,
  EMV_RISK_TOP_LEVEL_PADDING,
} from "./abi";
import { aidBrand, isEea, isOnlineNetwork, networkCode } from "./aid";
import { berErrorOffset, berNotes, berParse, fail } from "./ber";
import { bcd, dayOf, dayOfMs, lastDayOf } from "./emv_calendar";
import {
  forgetCard,
  isTestPan,
  panLength,
  takePan,
  takeTrack2,
  trackService,
  trackYearMonth,
} from "./emv_card";
import { beginDecision, tell, tellUnreadable, writeCard } from "./emv_facts";
import { collectFields, culprit, fieldLength, fieldNode, fieldValue } from "./emv_fields";
import {
  FIELD_ADF_NAME,
  FIELD_AID,
  FIELD_AMOUNT,
  FIELD_AMOUNT_OTHER,
  FIELD_ATC,
  FIELD_AUC,
  FIELD_CID,
  FIELD_COUNTRY,
  FIELD_CRYPTOGRAM,
  FIELD_CTQ,
  FIELD_CURRENCY,
  FIELD_CVM_RESULTS,
  FIELD_DATE,
  FIELD_DF_NAME,
  FIELD_EFFECTIVE,
  FIELD_ENTRY_MODE,
  FIELD_EXPIRY,
  FIELD_IAC_DEFAULT,
  FIELD_IAC_DENIAL,
  FIELD_IAC_ONLINE,
  FIELD_ISSUER_COUNTRY,
  FIELD_PAN,
  FIELD_SERVICE_CODE,
  FIELD_TRACK2,
  FIELD_TSI,
  FIELD_TVR,
  FIELD_TYPE,
} from "./emv_tag_table";
import {
  beginVerdict,
  isOnlineOnly,
  refuse,
  refuseBit,
  refuseBitOffline,
  refuseOffline,
} from "./emv_verdict";

/** 9F02 has twelve digits. */
const AMOUNT_MAX: u64 = 999999999999;
/** ECMA-262 §21.4.1.1: the range of a time value. */
const TIME_MS_MAX: f64 = 8640000000000000;

/** Point-of-Service Entry Mode, ISO 8583:1987 field 22 as used by 9F39. */
const ENTRY_CONTACT_CHIP: u32 = 0x05;
const ENTRY_CONTACTLESS_CHIP: u32 = 0x07;
const ENTRY_CONTACT_CHIP_UNRELIABLE: u32 = 0x95;

/** Transaction Type, ISO 8583:1987 processing code, first two digits. */
const TYPE_PURCHASE: u32 = 0x00;
const TYPE_CASH: u32 = 0x01;
const TYPE_CASHBACK: u32 = 0x09;
const TYPE_CASH_DISBURSEMENT: u32 = 0x17;

let request: usize = 0;
let result: usize = 0;

/**
 * Decides about `length` bytes at `input` under the request record and writes one decision
 * record. Returns 0, or EMV_ERR_REQUEST (error offset: that of the bad field) with no record.
 */
export function decideMessage(
  requestAt: usize,
  input: usize,
  length: u32,
  resultAt: usize,
): i32 {
  request = requestAt;
  result = resultAt;
  const bad = badRequestField();
  if (bad >= 0) return fail(EMV_ERR_REQUEST, bad);
  beginDecision(result);
  const flags: u32 = load<u8>(request + EMV_REQUEST_FLAGS);
  beginVerdict(result, (flags & EMV_REQUEST_FLAG_ONLINE) != 0);
  forgetCard();
  const count = berParse(input, length, load<u8>(request + EMV_REQUEST_SOURCE));
  if (count < 0) {
    tellUnreadable(result, EMV_CODE_EMV_MALFORMED, count, berErrorOffset());
    return 0;
  }
  if (isMalformed(input, <u32>count)) {
    forgetCard();
    return 0;
  }
  const aid = aidNode();
  const brand: u32 = aid == 0 ? EMV_BRAND_UNKNOWN : brandOf(aid);
  store<u8>(result + EMV_DECISION_BRAND, brand);
  store<u16>(result + EMV_DECISION_RISK, riskFlags());
  const cid: u32 = fieldNode(FIELD_CID) == 0 ? 0xc0 : load<u8>(fieldValue(FIELD_CID)) & 0xc0;
  const isApproval = cid == 0x40;
  if (
    !isMismatch() && !isNotChip() && !isDeclined(cid) && !isUnknownCryptogram(cid) &&
    !isNetworkRefused(aid, brand) && !isDataMissing() && !isOutOfDate() &&
    !isServiceRefused() && !isVerificationFailed() && !isOnlinePin(brand) && !isScaMissing() &&
    !isActionCodeRefused(isApproval)
  ) {
    const outcome = isApproval ? EMV_OUTCOME_OFFLINE_APPROVED : EMV_OUTCOME_DEFERRED;
    if (!isOnlineOnly()) tell(result, outcome, EMV_CODE_ACCEPTED, 5, 0x9f27, fieldNode(FIELD_CID));
  }
  writeCard(result, request, aid);
  forgetCard();
  return 0;
}

function badRequestField(): i32 {
  if (load<u64>(request + EMV_REQUEST_AMOUNT) > AMOUNT_MAX) return EMV_REQUEST_AMOUNT;
  const now = load<f64>(request + EMV_REQUEST_NOW);
  if (!(now >= 0 && now <= TIME_MS_MAX)) return EMV_REQUEST_NOW;
  const highWater = load<f64>(request + EMV_REQUEST_HIGH_WATER);
  if (!(highWater >= 0 && highWater <= TIME_MS_MAX)) return EMV_REQUEST_HIGH_WATER;
  if (load<u8>(request + EMV_REQUEST_SOURCE) > <u8>BER_SOURCE_READER) return EMV_REQUEST_SOURCE;
  if (load<u8>(request + EMV_REQUEST_IAC_DEFAULT) > <u8>EMV_IAC_DEFAULT_APPROVAL) {
    return EMV_REQUEST_IAC_DEFAULT;
  }
  return -1;
}

/** Byte `byte` (from 1) of the TVR; only after rule 7 made sure that there is one. */
function tvr(byte: u32): u32 {
  return load<u8>(fieldValue(FIELD_TVR) + byte - 1);
}

/** Day of the trusted clock: never before the latest day this device ever saw. */
function trustedDay(): i32 {
  const now = load<f64>(request + EMV_REQUEST_NOW);
  return dayOfMs(max(now, load<f64>(request + EMV_REQUEST_HIGH_WATER)));
}

/** Rule 1: objects as Book 3 Annex A has them, no PIN block, one PAN. */
function isMalformed(input: usize, count: u32): bool {
  const code = collectFields(input, count);
  if (code != EMV_CODE_ACCEPTED) {
    tell(result, EMV_OUTCOME_REFUSED, code, 1, 0, culprit());
    return true;
  }
  if (fieldNode(FIELD_PAN) != 0 && !takePan(fieldValue(FIELD_PAN), fieldLength(FIELD_PAN))) {
    return refuse(1, EMV_CODE_EMV_MALFORMED, 0x5a, FIELD_PAN);
  }
  if (
    fieldNode(FIELD_TRACK2) != 0 &&
    !takeTrack2(fieldValue(FIELD_TRACK2), fieldLength(FIELD_TRACK2))
  ) {
    return refuse(1, EMV_CODE_EMV_MALFORMED, 0x57, FIELD_TRACK2);
  }
  return false;
}

/** Rule 2: the card signed another amount, currency, type, place or day than was asked for. */
function isMismatch(): bool {
  const code = EMV_CODE_EMV_MISMATCH;
  if (
    fieldNode(FIELD_AMOUNT) == 0 ||
    digits12(fieldValue(FIELD_AMOUNT)) != load<u64>(request + EMV_REQUEST_AMOUNT)
  ) return refuse(2, code, 0x9f02, FIELD_AMOUNT);
  if (differs(FIELD_CURRENCY, load<u16>(request + EMV_REQUEST_CURRENCY))) {
    return refuse(2, code, 0x5f2a, FIELD_CURRENCY);
  }
  const type: u32 = load<u8>(request + EMV_REQUEST_TYPE);
  if (fieldNode(FIELD_TYPE) == 0 || load<u8>(fieldValue(FIELD_TYPE)) != type) {
    return refuse(2, code, 0x9c, FIELD_TYPE);
  }
  if (
    fieldNode(FIELD_COUNTRY) != 0 &&
    differs(FIELD_COUNTRY, load<u16>(request + EMV_REQUEST_COUNTRY))
  ) return refuse(2, code, 0x9f1a, FIELD_COUNTRY);
  if (
    type == TYPE_PURCHASE && fieldNode(FIELD_AMOUNT_OTHER) != 0 &&
    digits12(fieldValue(FIELD_AMOUNT_OTHER)) != 0
  ) return refuse(2, code, 0x9f03, FIELD_AMOUNT_OTHER);
  if (fieldNode(FIELD_DATE) == 0) return refuse(2, code, 0x9a, FIELD_DATE);
  const days = dayOf(fieldValue(FIELD_DATE)) - trustedDay();
  // One day either way: 9A is local to the terminal.
  return days < -1 || days > 1 ? refuse(2, code, 0x9a, FIELD_DATE) : false;
}

function digits12(value: usize): u64 {
  let number: u64 = 0;
  for (let index = 0; index < 6; index++) number = number * 100 + bcd(value + index);
  return number;
}

/** Whether a two-byte code is missing or not the expected one. */
function differs(field: u32, expected: u32): bool {
  return fieldNode(field) == 0 || bswap<u16>(load<u16>(fieldValue(field))) != <u16>expected;
}

/** Rule 3: swiped, keyed, scanned, fallen back, mag-stripe mode, or without a cryptogram. */
function isNotChip(): bool {
  const mode: u32 = entryMode();
  if (
    mode != ENTRY_CONTACT_CHIP && mode != ENTRY_CONTACTLESS_CHIP &&
    mode != ENTRY_CONTACT_CHIP_UNRELIABLE
  ) return refuse(3, EMV_CODE_SWIPE_OR_MANUAL, 0x9f39, FIELD_ENTRY_MODE);
  if (fieldNode(FIELD_CRYPTOGRAM) != 0) return false;
  return refuse(3, EMV_CODE_SWIPE_OR_MANUAL, 0x9f26, FIELD_CRYPTOGRAM);
}

function entryMode(): u32 {
  return fieldNode(FIELD_ENTRY_MODE) == 0 ? 0xff : load<u8>(fieldValue(FIELD_ENTRY_MODE));
}

/** Rule 4: an AAC, EMV 4.4 Book 3 Annex C table of 9F27. A missing 9F27 comes in as RFU. */
function isDeclined(cid: u32): bool {
  return cid == 0 ? refuse(4, EMV_CODE_CARD_DECLINED, 0x9f27, FIELD_CID) : false;
}

/** Rule 5: neither ARQC nor TC. */
function isUnknownCryptogram(cid: u32): bool {
  return cid == 0xc0 ? refuse(5, EMV_CODE_CRYPTOGRAM_UNKNOWN, 0x9f27, FIELD_CID) : false;
}

/** The object that says which application was used: what the card selected comes first. */
function aidNode(): usize {
  if (fieldNode(FIELD_DF_NAME) != 0) return fieldNode(FIELD_DF_NAME);
  if (fieldNode(FIELD_ADF_NAME) != 0) return fieldNode(FIELD_ADF_NAME);
  return fieldNode(FIELD_AID);
}

function fieldOf(aid: usize): u32 {
  if (aid == fieldNode(FIELD_DF_NAME)) return FIELD_DF_NAME;
  return aid == fieldNode(FIELD_ADF_NAME) ? FIELD_ADF_NAME : FIELD_AID;
}

function brandOf(aid: usize): u32 {
  const field = fieldOf(aid);
  return aidBrand(fieldValue(field), fieldLength(field));
}

/**
 * Rule 6: a network that takes no offline payment here, or two AIDs that do not agree. Online a
 * domestic network is asked in its own country; the policy's brands are about offline payments.
 */
function isNetworkRefused(aid: usize, brand: u32): bool {
  if (aid == 0) return refuse(6, EMV_CODE_NETWORK_NOT_OFFLINE, 0x84, FIELD_DF_NAME);
  const field = fieldOf(aid);
  const tag = load<u32>(aid);
  const country = load<u16>(request + EMV_REQUEST_COUNTRY);
  const code = networkCode(brand, country);
  if (code != EMV_CODE_ACCEPTED) {
    if (!isOnlineNetwork(brand, country)) return refuse(6, code, tag, field);
    if (refuseOffline(6, code, tag, field)) return true;
  }
  if (contradicts(FIELD_ADF_NAME, field, brand)) {
    return refuse(6, EMV_CODE_NETWORK_NOT_OFFLINE, 0x4f, FIELD_ADF_NAME);
  }
  if (contradicts(FIELD_AID, field, brand)) {
    return refuse(6, EMV_CODE_NETWORK_NOT_OFFLINE, 0x9f06, FIELD_AID);
  }
  if (!(load<u32>(request + EMV_REQUEST_BRANDS) & (<u32>1 << brand))) {
    if (refuseOffline(6, EMV_CODE_BRAND_NOT_ALLOWED, tag, field)) return true;
  }
  if (load<u8>(request + EMV_REQUEST_FLAGS) & EMV_REQUEST_FLAG_LIVEMODE && isTestPan()) {
    const source = fieldNode(FIELD_PAN) != 0 ? FIELD_PAN : FIELD_TRACK2;
    return refuse(6, EMV_CODE_TEST_CARD_IN_LIVEMODE, 0x5a, source);
  }
  return false;
}

/** Another brand, and not merely the shorter AID of a partial selection (Book 1 §12.3.1). */
function contradicts(field: u32, chosen: u32, brand: u32): bool {
  if (field == chosen || fieldNode(field) == 0) return false;
  if (aidBrand(fieldValue(field), fieldLength(field)) == brand) return false;
  const common = min(fieldLength(field), fieldLength(chosen));
  return memory.compare(fieldValue(field), fieldValue(chosen), common) != 0;
}

/** Rule 7, first half: what the later rules and the engine cannot do without. */
function isDataMissing(): bool {
  const code = EMV_CODE_DATA_MISSING;
  if (panLength() == 0) return refuse(7, code, 0x5a, FIELD_PAN);
  if (fieldNode(FIELD_EXPIRY) == 0 && trackYearMonth() == 0) {
    return refuse(7, code, 0x5f24, FIELD_EXPIRY);
  }
  if (fieldNode(FIELD_ATC) == 0) return refuse(7, code, 0x9f36, FIELD_ATC);
  return fieldNode(FIELD_TVR) == 0 ? refuse(7, code, 0x95, FIELD_TVR) : false;
}

/** Rule 7, second half: a card is good through the last day it names. */
function isOutOfDate(): bool {
  const today = trustedDay();
  if (fieldNode(FIELD_EXPIRY) != 0) {
    if (dayOf(fieldValue(FIELD_EXPIRY)) < today) {
      return refuse(7, EMV_CODE_EXPIRED, 0x5f24, FIELD_EXPIRY);
    }
  } else if (lastDayOf(trackYearMonth()) < today) {
    return refuse(7, EMV_CODE_EXPIRED, 0x57, FIELD_TRACK2);
  }
  if (tvr(2) & 0x40) return refuseBit(7, EMV_CODE_EXPIRED, 0x95, FIELD_TVR, 2, 0x40);
  if (fieldNode(FIELD_EFFECTIVE) != 0 && dayOf(fieldValue(FIELD_EFFECTIVE)) > today) {
    return refuse(7, EMV_CODE_NOT_EFFECTIVE, 0x5f25, FIELD_EFFECTIVE);
  }
  return tvr(2) & 0x20 ? refuseBit(7, EMV_CODE_NOT_EFFECTIVE, 0x95, FIELD_TVR, 2, 0x20) : false;
}

/** Rule 8: Application Usage Control, EMV 4.4 Book 3 §10.4.2 and Annex C. */
function isServiceRefused(): bool {
  const code = EMV_CODE_SERVICE_NOT_ALLOWED;
  if (tvr(2) & 0x10) return refuseBit(8, code, 0x95, FIELD_TVR, 2, 0x10);
  if (fieldNode(FIELD_AUC) == 0) return false;
  const usage: u32 = load<u8>(fieldValue(FIELD_AUC));
  if (!(usage & 0x01)) return refuseBit(8, code, 0x9f07, FIELD_AUC, 1, 0x01);
  if (fieldNode(FIELD_ISSUER_COUNTRY) == 0) return false;
  const isForeign = differs(FIELD_ISSUER_COUNTRY, load<u16>(request + EMV_REQUEST_COUNTRY));
  const type: u32 = load<u8>(request + EMV_REQUEST_TYPE);
  // Goods or services: the terminal cannot tell which, so one of the two is enough.
  let needed: u32 = isForeign ? 0x14 : 0x28;
  if (type == TYPE_CASH || type == TYPE_CASH_DISBURSEMENT) needed = isForeign ? 0x40 : 0x80;
  if (!(usage & needed)) return refuseBit(8, code, 0x9f07, FIELD_AUC, 1, needed);
  const cashback: u32 = isForeign ? 0x40 : 0x80;
  if (type == TYPE_CASHBACK && !(load<u8>(fieldValue(FIELD_AUC) + 1) & cashback)) {
    return refuseBit(8, code, 0x9f07, FIELD_AUC, 2, cashback);
  }
  return false;
}

/** Rule 9: what the terminal found out about card and cardholder, EMV 4.4 Book 3 Annex C5. */
function isVerificationFailed(): bool {
  const failed = tvr(1) & 0x4c; // SDA, DDA, CDA failed.
  if (failed) return refuseBit(9, EMV_CODE_AUTH_FAILED, 0x95, FIELD_TVR, 1, failed);
  if (tvr(4) & 0x01) return refuseBit(9, EMV_CODE_AUTH_FAILED, 0x95, FIELD_TVR, 4, 0x01); // XDA.
  if (tvr(1) & 0x10) return refuseBit(9, EMV_CODE_EXCEPTION_FILE, 0x95, FIELD_TVR, 1, 0x10);
  const unverified = tvr(3) & 0xa0; // Verification failed, PIN try limit exceeded.
  if (unverified) return refuseBit(9, EMV_CODE_CVM_FAILED, 0x95, FIELD_TVR, 3, unverified);
  // Result 01 in 9F34 is a failure even where the TVR does not repeat it.
  const hasFailed = fieldNode(FIELD_CVM_RESULTS) != 0 &&
    load<u8>(fieldValue(FIELD_CVM_RESULTS) + 2) == 1;
  return hasFailed ? refuse(9, EMV_CODE_CVM_FAILED, 0x9f34, FIELD_CVM_RESULTS) : false;
}

/** Rule 10: verified by the issuer only; a PIN block must not be kept (PCI DSS 3.3.1.3). */
function isOnlinePin(brand: u32): bool {
  const code = EMV_CODE_ONLINE_PIN;
  if (fieldNode(FIELD_CVM_RESULTS) != 0) {
    const method = load<u8>(fieldValue(FIELD_CVM_RESULTS)) & 0x3f;
    // 02 enciphered PIN online; 07, 09, 0B, 0D, 0F biometrics verified online.
    const isOnline = method == 0x02 || (method >= 0x07 && method <= 0x0f && method & 1);
    if (isOnline && refuseOffline(10, code, 0x9f34, FIELD_CVM_RESULTS)) return true;
  } else if (brand == EMV_BRAND_VISA && fieldLength(FIELD_CTQ) == 2) {
    // Without 9F34 the card's own word counts: online PIN required, no verification on device.
    const qualifiers = fieldValue(FIELD_CTQ);
    const isVerified = load<u8>(qualifiers + 1) & 0x80;
    const isAsked = load<u8>(qualifiers) & 0x80 && !isVerified;
    if (isAsked && refuseBitOffline(10, code, 0x9f6c, FIELD_CTQ, 1, 0x80)) return true;
  }
  return tvr(3) & 0x04 ? refuseBitOffline(10, code, 0x95, FIELD_TVR, 3, 0x04) : false;
}

/**
 * Rule 11: in the EEA a chip is inserted and its PIN verified offline (PSD2 RTS, Art. 4). An
 * issuer that is asked now says by itself whether it wants more than a tap.
 */
function isScaMissing(): bool {
  if (!isEea(load<u16>(request + EMV_REQUEST_COUNTRY))) return false;
  const code = EMV_CODE_SCA_REQUIRED;
  if (entryMode() != ENTRY_CONTACT_CHIP) return refuseOffline(11, code, 0x9f39, FIELD_ENTRY_MODE);
  if (fieldNode(FIELD_CVM_RESULTS) == 0) return refuseOffline(11, code, 0x9f34, FIELD_CVM_RESULTS);
  const method = load<u8>(fieldValue(FIELD_CVM_RESULTS)) & 0x3f;
  const isOfflinePin = method == 0x01 || method == 0x03 || method == 0x04 || method == 0x05;
  if (!isOfflinePin || load<u8>(fieldValue(FIELD_CVM_RESULTS) + 2) != 2) {
    return refuseOffline(11, code, 0x9f34, FIELD_CVM_RESULTS);
  }
  if (fieldNode(FIELD_TSI) == 0) return refuseOffline(11, code, 0x9b, FIELD_TSI);
  if (load<u8>(fieldValue(FIELD_TSI)) & 0x40) return false;
  return refuseBitOffline(11, code, 0x9b, FIELD_TSI, 1, 0x40);
}

/**
 * Rule 12: action codes, EMV 4.4 Book 3 §10.7. A card without Issuer Action Codes denies nothing
 * and wants to go online, or decline when that fails, for every bit.
 */
function isActionCodeRefused(isApproval: bool): bool {
  const denied = actionBit(FIELD_IAC_DENIAL, 0x00, EMV_REQUEST_TAC_DENIAL);
  if (denied) {
    return refuseBit(12, EMV_CODE_IAC_DENIED, 0x95, FIELD_TVR, denied >>> 8, denied & 0xff);
  }
  const mode: u32 = load<u8>(request + EMV_REQUEST_IAC_DEFAULT);
  const applies = mode == EMV_IAC_DEFAULT_ALWAYS ||
    (mode == EMV_IAC_DEFAULT_APPROVAL && isApproval);
  if (!applies) return false;
  const matched = actionBit(FIELD_IAC_DEFAULT, 0xff, EMV_REQUEST_TAC_DEFAULT);
  if (!matched) return false;
  const byte = matched >>> 8;
  return refuseBitOffline(12, EMV_CODE_IAC_DEFAULT, 0x95, FIELD_TVR, byte, matched & 0xff);
}

/** First byte of the TVR with a bit that either code names: number << 8 | bits; 0 for none. */
function actionBit(issuerField: u32, absent: u32, terminalOffset: usize): u32 {
  const hasIssuer = fieldNode(issuerField) != 0;
  for (let byte: u32 = 1; byte <= 5; byte++) {
    const issuer: u32 = hasIssuer ? load<u8>(fieldValue(issuerField) + byte - 1) : absent;
    const terminal: u32 = load<u8>(request + terminalOffset + byte - 1);
    const matched = tvr(byte) & (issuer | terminal);
    if (matched) return (byte << 8) | matched;
  }
  return 0;
}

/** Rule 13 and everything else that is worth knowing and decides nothing. */
function riskFlags(): u32 {
  const notes = berNotes();
  let flags: u32 = 0;
  const service: u32 = fieldNode(FIELD_SERVICE_CODE) != 0
    ? bswap<u16>(load<u16>(fieldValue(FIELD_SERVICE_CODE)))
    : trackService();
  const second = (service >>> 4) & 15;
  if (second == 2 || second == 4) flags |= EMV_RISK_SERVICE_CODE_ONLINE;
  if (notes & BER_NOTE_TOP_LEVEL_PADDING) flags |= EMV_RISK_TOP_LEVEL_PADDING;
  if (notes & BER_NOTE_LONG_LENGTH) flags |= EMV_RISK_LONG_LENGTH;
  if (fieldNode(FIELD_AUC) == 0) flags |= EMV_RISK_NO_USAGE_CONTROL;
  if (fieldNode(FIELD_CVM_RESULTS) == 0) flags |= EMV_RISK_NO_CVM_RESULTS;
  if (fieldNode(FIELD_TVR) != 0 && actionBit(FIELD_IAC_ONLINE, 0xff, EMV_REQUEST_TAC_ONLINE)) {
    flags |= EMV_RISK_ONLINE_PREFERRED;
  }
  const now = load<f64>(request + EMV_REQUEST_NOW);
  if (now < load<f64>(request + EMV_REQUEST_HIGH_WATER)) flags |= EMV_RISK_CLOCK_BEHIND;
  return flags;
}
