// What is told about a decision: the rule that decided, and the card without its number.
//
// Owns: the decision record of core/abi.ts. Spans point into the caller's message and name
// public objects only; PAN, track, cryptogram keys never appear here.
import {
  BER_NODE_LENGTH,
  BER_NODE_OFFSET,
  BER_NODE_VALUE_OFFSET,
  EMV_DECISION_AID,
  EMV_DECISION_BYTES,
  EMV_DECISION_BYTE,
  EMV_DECISION_CARD_HMAC,
  EMV_DECISION_CID,
  EMV_DECISION_CODE,
  EMV_DECISION_CODE_TABLE,
  EMV_DECISION_CRYPTOGRAM,
  EMV_DECISION_CVM,
  EMV_DECISION_DF_NAME,
  EMV_DECISION_ENTRY_MODE,
  EMV_DECISION_EXPIRY_MONTH,
  EMV_DECISION_EXPIRY_YEAR,
  EMV_DECISION_HAS_CARD,
  EMV_DECISION_LABEL,
  EMV_DECISION_LANGUAGES,
  EMV_DECISION_LAST4,
  EMV_DECISION_MASK,
  EMV_DECISION_OFFSET,
  EMV_DECISION_OUTCOME,
  EMV_DECISION_PREFERRED_NAME,
  EMV_DECISION_RULE,
  EMV_DECISION_STATUS,
  EMV_DECISION_TAG,
  EMV_DECISION_TRANSACTION_HMAC,
  EMV_DECISION_TSI,
  EMV_DECISION_TVR,
  EMV_OUTCOME_REFUSED,
  EMV_REQUEST_FLAGS,
  EMV_REQUEST_FLAG_HMAC,
  EMV_REQUEST_KEY,
} from "./abi";
import { bcd, century } from "./emv_calendar";
import { panLength, trackYearMonth, writeHmacs, writeLast4 } from "./emv_card";
import { fieldLength, fieldNode, fieldValue } from "./emv_fields";
import {
  FIELD_ATC,
  FIELD_CID,
  FIELD_CODE_TABLE,
  FIELD_CRYPTOGRAM,
  FIELD_CVM_RESULTS,
  FIELD_DF_NAME,
  FIELD_ENTRY_MODE,
  FIELD_EXPIRY,
  FIELD_LABEL,
  FIELD_LANGUAGES,
  FIELD_PREFERRED_NAME,
  FIELD_PSN,
  FIELD_TSI,
  FIELD_TVR,
} from "./emv_tag_table";

/** What an offset or a byte of the record says when there is none. */
const NONE_U16: u16 = 0xffff;
const NONE_U8: u8 = 0xff;

/** An empty record: refused, no rule, no card. */
export function beginDecision(result: usize): void {
  memory.fill(result, 0, EMV_DECISION_BYTES);
  store<u16>(result + EMV_DECISION_OFFSET, NONE_U16);
  store<u8>(result + EMV_DECISION_ENTRY_MODE, NONE_U8);
  store<u8>(result + EMV_DECISION_CVM, NONE_U8);
  store<u8>(result + EMV_DECISION_CID, NONE_U8);
}

/** A message that could not be read at all: rule 1, with the reader's status and offset. */
export function tellUnreadable(result: usize, code: u32, status: i32, offset: u32): void {
  tell(result, EMV_OUTCOME_REFUSED, code, 1, 0, 0);
  store<u16>(result + EMV_DECISION_OFFSET, offset);
  store<i16>(result + EMV_DECISION_STATUS, status);
}

/** Outcome, code, rule and the object at `node`; `tag` alone when the object is missing. */
export function tell(
  result: usize,
  outcome: u32,
  code: u32,
  rule: u32,
  tag: u32,
  node: usize,
): void {
  store<u8>(result + EMV_DECISION_OUTCOME, outcome);
  store<u8>(result + EMV_DECISION_CODE, code);
  store<u8>(result + EMV_DECISION_RULE, rule);
  store<u32>(result + EMV_DECISION_TAG, node == 0 ? tag : load<u32>(node));
  const offset = node == 0 ? NONE_U16 : load<u16>(node + BER_NODE_OFFSET);
  store<u16>(result + EMV_DECISION_OFFSET, offset);
}

/** The bit that decided, in byte `byte` (from 1) of the object already told. */
export function tellBit(result: usize, byte: u32, mask: u32): void {
  assert(byte > 0 && mask > 0 && mask < 256);
  store<u8>(result + EMV_DECISION_BYTE, byte);
  store<u8>(result + EMV_DECISION_MASK, mask);
}

/** The card, when the message has a PAN and an expiry: everything a receipt or a list needs. */
export function writeCard(result: usize, request: usize, aid: usize): void {
  if (panLength() == 0) return;
  const expiry = fieldNode(FIELD_EXPIRY) != 0 ? fieldValue(FIELD_EXPIRY) : trackYearMonth();
  if (expiry == 0) return;
  store<u8>(result + EMV_DECISION_HAS_CARD, 1);
  store<u16>(result + EMV_DECISION_EXPIRY_YEAR, century(bcd(expiry)));
  store<u8>(result + EMV_DECISION_EXPIRY_MONTH, bcd(expiry + 1));
  writeLast4(result + EMV_DECISION_LAST4);
  writeByte(result + EMV_DECISION_ENTRY_MODE, FIELD_ENTRY_MODE);
  writeByte(result + EMV_DECISION_CVM, FIELD_CVM_RESULTS);
  writeByte(result + EMV_DECISION_CID, FIELD_CID);
  writeByte(result + EMV_DECISION_CODE_TABLE, FIELD_CODE_TABLE);
  writeSpan(result + EMV_DECISION_AID, aid);
  writeSpan(result + EMV_DECISION_LABEL, fieldNode(FIELD_LABEL));
  writeSpan(result + EMV_DECISION_PREFERRED_NAME, fieldNode(FIELD_PREFERRED_NAME));
  writeSpan(result + EMV_DECISION_LANGUAGES, fieldNode(FIELD_LANGUAGES));
  writeSpan(result + EMV_DECISION_DF_NAME, fieldNode(FIELD_DF_NAME));
  writeSpan(result + EMV_DECISION_CRYPTOGRAM, fieldNode(FIELD_CRYPTOGRAM));
  writeSpan(result + EMV_DECISION_TVR, fieldNode(FIELD_TVR));
  writeSpan(result + EMV_DECISION_TSI, fieldNode(FIELD_TSI));
  const wantsHmacs = load<u8>(request + EMV_REQUEST_FLAGS) & EMV_REQUEST_FLAG_HMAC;
  if (!wantsHmacs || fieldNode(FIELD_ATC) == 0 || fieldNode(FIELD_CRYPTOGRAM) == 0) return;
  writeHmacs(
    request + EMV_REQUEST_KEY,
    fieldNode(FIELD_PSN) == 0 ? 0 : fieldValue(FIELD_PSN),
    fieldValue(FIELD_ATC),
    fieldValue(FIELD_CRYPTOGRAM),
    result + EMV_DECISION_CARD_HMAC,
    result + EMV_DECISION_TRANSACTION_HMAC,
  );
}

function writeByte(target: usize, field: u32): void {
  if (fieldLength(field) > 0) store<u8>(target, load<u8>(fieldValue(field)));
}

function writeSpan(target: usize, node: usize): void {
  if (node == 0) return;
  store<u16>(target, load<u16>(node + BER_NODE_VALUE_OFFSET));
  store<u16>(target + 2, load<u16>(node + BER_NODE_LENGTH));
}
