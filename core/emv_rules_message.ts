// Rules 1 to 5: is this one message of a chip, about the sale that was asked for?
//
// Owns: what makes a message malformed, another sale's, or no chip's; and what the card said.
import {
  EMV_CODE_ACCEPTED,
  EMV_CODE_CARD_DECLINED,
  EMV_CODE_CRYPTOGRAM_UNKNOWN,
  EMV_CODE_EMV_MALFORMED,
  EMV_CODE_EMV_MISMATCH,
  EMV_CODE_SWIPE_OR_MANUAL,
  EMV_OUTCOME_REFUSED,
  EMV_REQUEST_AMOUNT,
  EMV_REQUEST_COUNTRY,
  EMV_REQUEST_CURRENCY,
  EMV_REQUEST_TYPE,
} from "./abi";
import { bcd, dayOf } from "./emv_calendar";
import { takePan, takeTrack2 } from "./emv_card";
import { tell } from "./emv_facts";
import {
  codeDiffers,
  collectFields,
  culprit,
  fieldLength,
  fieldNode,
  fieldValue,
} from "./emv_fields";
import { trustedDay } from "./emv_request";
import {
  FIELD_AMOUNT,
  FIELD_AMOUNT_OTHER,
  FIELD_CID,
  FIELD_COUNTRY,
  FIELD_CRYPTOGRAM,
  FIELD_CURRENCY,
  FIELD_DATE,
  FIELD_ENTRY_MODE,
  FIELD_PAN,
  FIELD_TRACK2,
  FIELD_TYPE,
} from "./emv_tag_table";
import { refuse } from "./emv_verdict";

/** Point-of-Service Entry Mode, ISO 8583:1987 field 22 as used by 9F39. */
export const ENTRY_CONTACT_CHIP: u32 = 0x05;
const ENTRY_CONTACTLESS_CHIP: u32 = 0x07;
const ENTRY_CONTACT_CHIP_UNRELIABLE: u32 = 0x95;

/** The one type that gives no cash, ISO 8583:1987 processing code, first two digits. */
const TYPE_PURCHASE: u32 = 0x00;

/** Rule 1: objects as Book 3 Annex A has them, no PIN block, one PAN. */
export function isMalformed(result: usize, input: usize, count: u32): bool {
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
export function isMismatch(request: usize): bool {
  const code = EMV_CODE_EMV_MISMATCH;
  if (
    fieldNode(FIELD_AMOUNT) == 0 ||
    digits12(fieldValue(FIELD_AMOUNT)) != load<u64>(request + EMV_REQUEST_AMOUNT)
  ) return refuse(2, code, 0x9f02, FIELD_AMOUNT);
  if (codeDiffers(FIELD_CURRENCY, load<u16>(request + EMV_REQUEST_CURRENCY))) {
    return refuse(2, code, 0x5f2a, FIELD_CURRENCY);
  }
  const type: u32 = load<u8>(request + EMV_REQUEST_TYPE);
  if (fieldNode(FIELD_TYPE) == 0 || load<u8>(fieldValue(FIELD_TYPE)) != type) {
    return refuse(2, code, 0x9c, FIELD_TYPE);
  }
  if (
    fieldNode(FIELD_COUNTRY) != 0 &&
    codeDiffers(FIELD_COUNTRY, load<u16>(request + EMV_REQUEST_COUNTRY))
  ) return refuse(2, code, 0x9f1a, FIELD_COUNTRY);
  if (
    type == TYPE_PURCHASE && fieldNode(FIELD_AMOUNT_OTHER) != 0 &&
    digits12(fieldValue(FIELD_AMOUNT_OTHER)) != 0
  ) return refuse(2, code, 0x9f03, FIELD_AMOUNT_OTHER);
  if (fieldNode(FIELD_DATE) == 0) return refuse(2, code, 0x9a, FIELD_DATE);
  const days = dayOf(fieldValue(FIELD_DATE)) - trustedDay(request);
  // One day either way: 9A is local to the terminal.
  return days < -1 || days > 1 ? refuse(2, code, 0x9a, FIELD_DATE) : false;
}

function digits12(value: usize): u64 {
  let number: u64 = 0;
  for (let index = 0; index < 6; index++) number = number * 100 + bcd(value + index);
  return number;
}

/** Rule 3: swiped, keyed, scanned, fallen back, mag-stripe mode, or without a cryptogram. */
export function isNotChip(): bool {
  const mode: u32 = entryMode();
  if (
    mode != ENTRY_CONTACT_CHIP && mode != ENTRY_CONTACTLESS_CHIP &&
    mode != ENTRY_CONTACT_CHIP_UNRELIABLE
  ) return refuse(3, EMV_CODE_SWIPE_OR_MANUAL, 0x9f39, FIELD_ENTRY_MODE);
  if (fieldNode(FIELD_CRYPTOGRAM) != 0) return false;
  return refuse(3, EMV_CODE_SWIPE_OR_MANUAL, 0x9f26, FIELD_CRYPTOGRAM);
}

/** Point-of-Service Entry Mode, 9F39; FF where there is none. */
export function entryMode(): u32 {
  return fieldNode(FIELD_ENTRY_MODE) == 0 ? 0xff : load<u8>(fieldValue(FIELD_ENTRY_MODE));
}

/** Rule 4: an AAC, EMV 4.4 Book 3 Annex C table of 9F27. A missing 9F27 comes in as RFU. */
export function isDeclined(cid: u32): bool {
  return cid == 0 ? refuse(4, EMV_CODE_CARD_DECLINED, 0x9f27, FIELD_CID) : false;
}

/** Rule 5: neither ARQC nor TC. */
export function isUnknownCryptogram(cid: u32): bool {
  return cid == 0xc0 ? refuse(5, EMV_CODE_CRYPTOGRAM_UNKNOWN, 0x9f27, FIELD_CID) : false;
}
