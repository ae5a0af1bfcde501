// From the core's decision record to `record decision` of core/wit/emv.wit.
//
// Owns: the layout of the answer. Text and hashes of the card are not copied: their lists point
// into the decision record, which stands in the same arena.
//
//   decision, 100 bytes                          card, 72 bytes from 28
//   0 outcome | 1 code | 2 rule                  0 last4: list | 8 month | 10 year u16
//   4 has tag | 8 tag u32                        12 code table | 13 has entry mode | 14 entry mode
//   12 has offset | 14 offset u16                15 has cvm | 16 cvm | 17 has cid | 18 cid
//   16 has bit | 17 byte | 18 mask               20 eight spans of offset u16 and length u16
//   19 has status | 20 status                    52 has hmacs | 56 card: list
//   21 risk | 22 brand | 24 has card             64 transaction: list
import {
  EMV_DECISION_AID, EMV_DECISION_BRAND, EMV_DECISION_BYTE, EMV_DECISION_CARD_HMAC,
  EMV_DECISION_CID, EMV_DECISION_CODE, EMV_DECISION_CODE_TABLE, EMV_DECISION_CVM,
  EMV_DECISION_ENTRY_MODE, EMV_DECISION_EXPIRY_MONTH, EMV_DECISION_EXPIRY_YEAR,
  EMV_DECISION_HAS_CARD, EMV_DECISION_LAST4, EMV_DECISION_MASK, EMV_DECISION_OFFSET,
  EMV_DECISION_OUTCOME, EMV_DECISION_RISK, EMV_DECISION_RULE, EMV_DECISION_STATUS,
  EMV_DECISION_TAG, EMV_DECISION_TRANSACTION_HMAC, EMV_DECISION_TSI,
} from "../abi";
import { storeList } from "./memory";
import { tlvError } from "./tlv";

export const ANSWER_BYTES: usize = 100;
const CARD: usize = 28;
const SPANS_BYTES: usize = 32;
const HMAC_BYTES: u32 = 16;
/** What the core's record says when there is no offset or no byte. */
const NONE_U16: u16 = 0xffff;
const NONE_U8: u8 = 0xff;

/** Writes the answer at `target` for the decision record, which must stay where it is. */
export function writeAnswer(target: usize, record: usize): void {
  const tag = load<u32>(record + EMV_DECISION_TAG);
  const offset = load<u16>(record + EMV_DECISION_OFFSET);
  const byte = load<u8>(record + EMV_DECISION_BYTE);
  const status = <i32>load<i16>(record + EMV_DECISION_STATUS);
  const hasCard = load<u8>(record + EMV_DECISION_HAS_CARD);
  store<u8>(target, load<u8>(record + EMV_DECISION_OUTCOME));
  store<u8>(target, load<u8>(record + EMV_DECISION_CODE), 1);
  store<u8>(target, load<u8>(record + EMV_DECISION_RULE), 2);
  store<u8>(target, u8(tag != 0), 4);
  store<u32>(target, tag, 8);
  store<u8>(target, u8(offset != NONE_U16), 12);
  store<u16>(target, offset, 14);
  store<u8>(target, u8(byte != 0), 16);
  store<u8>(target, byte, 17);
  store<u8>(target, load<u8>(record + EMV_DECISION_MASK), 18);
  store<u8>(target, u8(status != 0), 19);
  store<u8>(target, status == 0 ? 0 : <u8>tlvError(status), 20);
  store<u8>(target, <u8>load<u16>(record + EMV_DECISION_RISK), 21);
  store<u8>(target, load<u8>(record + EMV_DECISION_BRAND), 22);
  store<u8>(target, hasCard, 24);
  if (hasCard != 0) writeCard(target + CARD, record);
}

function writeCard(target: usize, record: usize): void {
  assert(EMV_DECISION_TSI + 4 - EMV_DECISION_AID == SPANS_BYTES);
  storeList(target, record + EMV_DECISION_LAST4, 4);
  store<u8>(target, load<u8>(record + EMV_DECISION_EXPIRY_MONTH), 8);
  store<u16>(target, load<u16>(record + EMV_DECISION_EXPIRY_YEAR), 10);
  store<u8>(target, load<u8>(record + EMV_DECISION_CODE_TABLE), 12);
  writeByte(target + 13, load<u8>(record + EMV_DECISION_ENTRY_MODE));
  writeByte(target + 15, load<u8>(record + EMV_DECISION_CVM));
  writeByte(target + 17, load<u8>(record + EMV_DECISION_CID));
  memory.copy(target + 20, record + EMV_DECISION_AID, SPANS_BYTES);
  // All zero is what the core leaves when ATC or cryptogram is missing; an HMAC is zero with a
  // probability of 2^-128.
  const card = record + EMV_DECISION_CARD_HMAC;
  const isMissing = (load<u64>(card) | load<u64>(card, 8)) == 0;
  store<u8>(target, u8(!isMissing), 52);
  storeList(target + 56, card, HMAC_BYTES);
  storeList(target + 64, record + EMV_DECISION_TRANSACTION_HMAC, HMAC_BYTES);
}

/** An `option<u8>`. */
function writeByte(target: usize, value: u8): void {
  store<u8>(target, u8(value != NONE_U8));
  store<u8>(target, value, 1);
}
