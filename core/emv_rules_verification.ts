// Rules 9 to 13: what was found out about card and cardholder, and what the issuer makes of it.
//
// Owns: failed and online verification, strong customer authentication, action codes, and the
// flags that decide nothing.
import {
  BER_NOTE_LONG_LENGTH,
  BER_NOTE_TOP_LEVEL_PADDING,
  EMV_BRAND_VISA,
  EMV_CODE_AUTH_FAILED,
  EMV_CODE_CVM_FAILED,
  EMV_CODE_EXCEPTION_FILE,
  EMV_CODE_IAC_DEFAULT,
  EMV_CODE_IAC_DENIED,
  EMV_CODE_ONLINE_PIN,
  EMV_CODE_SCA_REQUIRED,
  EMV_IAC_DEFAULT_ALWAYS,
  EMV_IAC_DEFAULT_APPROVAL,
  EMV_REQUEST_COUNTRY,
  EMV_REQUEST_HIGH_WATER,
  EMV_REQUEST_IAC_DEFAULT,
  EMV_REQUEST_NOW,
  EMV_REQUEST_TAC_DEFAULT,
  EMV_REQUEST_TAC_DENIAL,
  EMV_REQUEST_TAC_ONLINE,
  EMV_RISK_CLOCK_BEHIND,
  EMV_RISK_LONG_LENGTH,
  EMV_RISK_NO_CVM_RESULTS,
  EMV_RISK_NO_USAGE_CONTROL,
  EMV_RISK_ONLINE_PREFERRED,
  EMV_RISK_SERVICE_CODE_ONLINE,
  EMV_RISK_TOP_LEVEL_PADDING,
} from "./abi";
import { isEea } from "./aid";
import { berNotes } from "./ber";
import { trackService } from "./emv_card";
import { fieldLength, fieldNode, fieldValue, tvrByte } from "./emv_fields";
import { ENTRY_CONTACT_CHIP, entryMode } from "./emv_rules_message";
import {
  FIELD_AUC,
  FIELD_CTQ,
  FIELD_CVM_RESULTS,
  FIELD_ENTRY_MODE,
  FIELD_IAC_DEFAULT,
  FIELD_IAC_DENIAL,
  FIELD_IAC_ONLINE,
  FIELD_SERVICE_CODE,
  FIELD_TSI,
  FIELD_TVR,
} from "./emv_tag_table";
import { refuse, refuseBit, refuseBitOffline, refuseOffline } from "./emv_verdict";

/** Rule 9: what the terminal found out about card and cardholder, EMV 4.4 Book 3 Annex C5. */
export function isVerificationFailed(): bool {
  const failed = tvrByte(1) & 0x4c; // SDA, DDA, CDA failed.
  if (failed) return refuseBit(9, EMV_CODE_AUTH_FAILED, 0x95, FIELD_TVR, 1, failed);
  const xda = tvrByte(4) & 0x01;
  if (xda) return refuseBit(9, EMV_CODE_AUTH_FAILED, 0x95, FIELD_TVR, 4, xda);
  if (tvrByte(1) & 0x10) return refuseBit(9, EMV_CODE_EXCEPTION_FILE, 0x95, FIELD_TVR, 1, 0x10);
  const unverified = tvrByte(3) & 0xa0; // Verification failed, PIN try limit exceeded.
  if (unverified) return refuseBit(9, EMV_CODE_CVM_FAILED, 0x95, FIELD_TVR, 3, unverified);
  // Result 01 in 9F34 is a failure even where the TVR does not repeat it.
  const hasFailed = fieldNode(FIELD_CVM_RESULTS) != 0 &&
    load<u8>(fieldValue(FIELD_CVM_RESULTS) + 2) == 1;
  return hasFailed ? refuse(9, EMV_CODE_CVM_FAILED, 0x9f34, FIELD_CVM_RESULTS) : false;
}

/** Rule 10: verified by the issuer only; a PIN block must not be kept (PCI DSS 3.3.1.3). */
export function isOnlinePin(brand: u32): bool {
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
  return tvrByte(3) & 0x04 ? refuseBitOffline(10, code, 0x95, FIELD_TVR, 3, 0x04) : false;
}

/**
 * Rule 11: in the EEA a chip is inserted and its PIN verified offline (PSD2 RTS, Art. 4). An
 * issuer that is asked now says by itself whether it wants more than a tap.
 */
export function isScaMissing(request: usize): bool {
  if (!isEea(load<u16>(request + EMV_REQUEST_COUNTRY))) return false;
  const code = EMV_CODE_SCA_REQUIRED;
  if (entryMode() != ENTRY_CONTACT_CHIP) {
    return refuseOffline(11, code, 0x9f39, FIELD_ENTRY_MODE);
  }
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
export function isActionCodeRefused(request: usize, isApproval: bool): bool {
  const denied = actionBit(request, FIELD_IAC_DENIAL, 0x00, EMV_REQUEST_TAC_DENIAL);
  if (denied) {
    return refuseBit(12, EMV_CODE_IAC_DENIED, 0x95, FIELD_TVR, denied >>> 8, denied & 0xff);
  }
  const mode: u32 = load<u8>(request + EMV_REQUEST_IAC_DEFAULT);
  const applies = mode == EMV_IAC_DEFAULT_ALWAYS ||
    (mode == EMV_IAC_DEFAULT_APPROVAL && isApproval);
  if (!applies) return false;
  const matched = actionBit(request, FIELD_IAC_DEFAULT, 0xff, EMV_REQUEST_TAC_DEFAULT);
  if (!matched) return false;
  const byte = matched >>> 8;
  return refuseBitOffline(12, EMV_CODE_IAC_DEFAULT, 0x95, FIELD_TVR, byte, matched & 0xff);
}

/** First byte of the TVR with a bit that either code names: number << 8 | bits; 0 for none. */
function actionBit(request: usize, issuerField: u32, absent: u32, terminalOffset: usize): u32 {
  const hasIssuer = fieldNode(issuerField) != 0;
  for (let byte: u32 = 1; byte <= 5; byte++) {
    const issuer: u32 = hasIssuer ? load<u8>(fieldValue(issuerField) + byte - 1) : absent;
    const terminal: u32 = load<u8>(request + terminalOffset + byte - 1);
    const matched = tvrByte(byte) & (issuer | terminal);
    if (matched) return (byte << 8) | matched;
  }
  return 0;
}

/** Rule 13 and everything else that is worth knowing and decides nothing. */
export function riskFlags(request: usize): u32 {
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
  if (
    fieldNode(FIELD_TVR) != 0 &&
    actionBit(request, FIELD_IAC_ONLINE, 0xff, EMV_REQUEST_TAC_ONLINE)
  ) flags |= EMV_RISK_ONLINE_PREFERRED;
  const now = load<f64>(request + EMV_REQUEST_NOW);
  if (now < load<f64>(request + EMV_REQUEST_HIGH_WATER)) flags |= EMV_RISK_CLOCK_BEHIND;
  return flags;
}
