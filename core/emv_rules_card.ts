// Rules 6 to 8: may this card be taken here, today, for this service?
//
// Owns: which application was used and whose brand it is, what of the card the later rules need,
// its dates and its usage control.
import {
  EMV_CODE_ACCEPTED,
  EMV_CODE_BRAND_NOT_ALLOWED,
  EMV_CODE_DATA_MISSING,
  EMV_CODE_EXPIRED,
  EMV_CODE_NETWORK_NOT_OFFLINE,
  EMV_CODE_NOT_EFFECTIVE,
  EMV_CODE_SERVICE_NOT_ALLOWED,
  EMV_CODE_TEST_CARD_IN_LIVEMODE,
  EMV_REQUEST_BRANDS,
  EMV_REQUEST_COUNTRY,
  EMV_REQUEST_FLAGS,
  EMV_REQUEST_FLAG_LIVEMODE,
  EMV_REQUEST_TYPE,
} from "./abi";
import { aidBrand, isOnlineNetwork, networkCode } from "./aid";
import { dayOf, lastDayOf } from "./emv_calendar";
import { isTestPan, panLength, trackYearMonth } from "./emv_card";
import { codeDiffers, fieldLength, fieldNode, fieldValue, tvrByte } from "./emv_fields";
import { trustedDay } from "./emv_request";
import {
  FIELD_ADF_NAME,
  FIELD_AID,
  FIELD_ATC,
  FIELD_AUC,
  FIELD_DF_NAME,
  FIELD_EFFECTIVE,
  FIELD_EXPIRY,
  FIELD_ISSUER_COUNTRY,
  FIELD_PAN,
  FIELD_TRACK2,
  FIELD_TVR,
} from "./emv_tag_table";
import { refuse, refuseBit, refuseOffline } from "./emv_verdict";

/** Transaction Type, ISO 8583:1987 processing code, first two digits. */
const TYPE_CASH: u32 = 0x01;
const TYPE_CASHBACK: u32 = 0x09;
const TYPE_CASH_DISBURSEMENT: u32 = 0x17;

/** The object that says which application was used: what the card selected comes first. */
export function aidNode(): usize {
  if (fieldNode(FIELD_DF_NAME) != 0) return fieldNode(FIELD_DF_NAME);
  if (fieldNode(FIELD_ADF_NAME) != 0) return fieldNode(FIELD_ADF_NAME);
  return fieldNode(FIELD_AID);
}

function fieldOf(aid: usize): u32 {
  if (aid == fieldNode(FIELD_DF_NAME)) return FIELD_DF_NAME;
  return aid == fieldNode(FIELD_ADF_NAME) ? FIELD_ADF_NAME : FIELD_AID;
}

/** EMV_BRAND_* of the application that `aidNode` found. */
export function brandOf(aid: usize): u32 {
  const field = fieldOf(aid);
  return aidBrand(fieldValue(field), fieldLength(field));
}

/**
 * Rule 6: a network that takes no offline payment here, or two AIDs that do not agree. Online a
 * domestic network is asked in its own country; the policy's brands are about offline payments.
 */
export function isNetworkRefused(request: usize, aid: usize, brand: u32): bool {
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
export function isDataMissing(): bool {
  const code = EMV_CODE_DATA_MISSING;
  if (panLength() == 0) return refuse(7, code, 0x5a, FIELD_PAN);
  if (fieldNode(FIELD_EXPIRY) == 0 && trackYearMonth() == 0) {
    return refuse(7, code, 0x5f24, FIELD_EXPIRY);
  }
  if (fieldNode(FIELD_ATC) == 0) return refuse(7, code, 0x9f36, FIELD_ATC);
  return fieldNode(FIELD_TVR) == 0 ? refuse(7, code, 0x95, FIELD_TVR) : false;
}

/** Rule 7, second half: a card is good through the last day it names. */
export function isOutOfDate(request: usize): bool {
  const today = trustedDay(request);
  if (fieldNode(FIELD_EXPIRY) != 0) {
    if (dayOf(fieldValue(FIELD_EXPIRY)) < today) {
      return refuse(7, EMV_CODE_EXPIRED, 0x5f24, FIELD_EXPIRY);
    }
  } else if (lastDayOf(trackYearMonth()) < today) {
    return refuse(7, EMV_CODE_EXPIRED, 0x57, FIELD_TRACK2);
  }
  if (tvrByte(2) & 0x40) return refuseBit(7, EMV_CODE_EXPIRED, 0x95, FIELD_TVR, 2, 0x40);
  if (fieldNode(FIELD_EFFECTIVE) != 0 && dayOf(fieldValue(FIELD_EFFECTIVE)) > today) {
    return refuse(7, EMV_CODE_NOT_EFFECTIVE, 0x5f25, FIELD_EFFECTIVE);
  }
  return tvrByte(2) & 0x20 ? refuseBit(7, EMV_CODE_NOT_EFFECTIVE, 0x95, FIELD_TVR, 2, 0x20) : false;
}

/** Rule 8: Application Usage Control, EMV 4.4 Book 3 §10.4.2 and Annex C. */
export function isServiceRefused(request: usize): bool {
  const code = EMV_CODE_SERVICE_NOT_ALLOWED;
  if (tvrByte(2) & 0x10) return refuseBit(8, code, 0x95, FIELD_TVR, 2, 0x10);
  if (fieldNode(FIELD_AUC) == 0) return false;
  const usage: u32 = load<u8>(fieldValue(FIELD_AUC));
  if (!(usage & 0x01)) return refuseBit(8, code, 0x9f07, FIELD_AUC, 1, 0x01);
  if (fieldNode(FIELD_ISSUER_COUNTRY) == 0) return false;
  const isForeign = codeDiffers(FIELD_ISSUER_COUNTRY, load<u16>(request + EMV_REQUEST_COUNTRY));
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
