/**
 * Bugs on purpose in the TLV and EMV room; the mechanism is that of `seeded_bugs.ts`.
 *
 * Owns: the list.
 */
import type { SeededBug } from "./seeded_bugs.ts";

/** What people get wrong; the first six were seen in published parsers. */
export const SEEDED_BUGS: readonly SeededBug[] = [
  {
    name: "bounds by a sum that wraps",
    file: "ber",
    good: "valueLength > end - here",
    bad: "<u16>(here + valueLength) > <u16>end",
  },
  {
    name: "bounds off by one",
    file: "ber",
    good: "bytes > end - lengthAt - 1",
    bad: "bytes > end - lengthAt",
  },
  {
    name: "indefinite length read as 0",
    file: "ber",
    good: "form == 0x80",
    bad: "false",
  },
  {
    name: "length forms 83 and 84 accepted",
    file: "ber",
    good: "form > 0x82",
    bad: "form > 0x84",
  },
  {
    name: "00 padding not skipped",
    file: "ber",
    good: "depth == 0 ? BER_NOTE_TOP_LEVEL_PADDING : BER_NOTE_TEMPLATE_PADDING",
    bad: "depth == 0 ? BER_NOTE_TOP_LEVEL_PADDING : 0",
  },
  {
    name: "FF padding skipped for readers too",
    file: "ber",
    good: "isCard && padsWithFf(tag)",
    bad: "padsWithFf(tag)",
  },
  {
    name: "FF padding forgotten after a nested template",
    file: "ber",
    good: "frame & 0x8000",
    bad: "0",
  },
  {
    name: "five-byte tags accepted",
    file: "ber",
    good: "here - at == BER_TAG_BYTES_MAX",
    bad: "here - at == BER_TAG_BYTES_MAX + 1",
  },
  {
    name: "a child may leave its template",
    file: "ber",
    good: "end = at",
    bad: "end = length",
  },
  {
    name: "depth without a limit of eight",
    file: "ber",
    good: "depth == BER_DEPTH_MAX",
    bad: "depth == BER_DEPTH_MAX - 1",
  },
  {
    name: "a status word taken for a certificate",
    file: "ber",
    good: "tag == 0x90",
    bad: "false",
  },
  {
    name: "expiry pivot at 80",
    file: "emv_calendar",
    good: "year < 50",
    bad: "year < 80",
  },
  {
    name: "a card expires on its last day",
    file: "emv_rules_card",
    good: "dayOf(fieldValue(FIELD_EXPIRY)) < today",
    bad: "dayOf(fieldValue(FIELD_EXPIRY)) <= today",
  },
  {
    name: "track 2 expires on the first of the month",
    file: "emv_rules_card",
    good: "lastDayOf(trackYearMonth()) < today",
    bad: "lastDayOf(trackYearMonth()) - 30 < today",
  },
  {
    name: "a clock set back is believed",
    file: "emv_request",
    good: "max(now, load<f64>(request + EMV_REQUEST_HIGH_WATER))",
    bad: "now",
  },
  {
    name: "an AAC is stored",
    file: "emv_rules_message",
    good: "cid == 0 ?",
    bad: "false ?",
  },
  {
    name: "a repeated amount: the last one counts",
    file: "emv_fields",
    good: "load<u16>(FIELDS + (field << 1)) != 0",
    bad: "false",
  },
  {
    name: "a PIN block is overlooked",
    file: "emv_fields",
    good: "field == FIELD_PIN",
    bad: "false",
  },
  {
    name: "an empty decision object is fine",
    file: "emv_fields",
    good: "field == 0 || recordShortest(record) == 0",
    bad: "true",
  },
  {
    name: "hex digits in an amount",
    file: "emv_tags",
    good: "byte >>> 4 > 9 || (byte & 15) > 9",
    bad: "byte >>> 4 > 9",
  },
  {
    name: "the shorter AID prefix wins",
    file: "aid",
    good: "load<u32>(row + 3) == key && startsWith(aid, length, row)",
    bad: "load<u8>(row) == 5 && startsWith(aid, length, row)",
  },
  {
    name: "a terminal AID of another brand is ignored",
    file: "emv_rules_card",
    good: "contradicts(FIELD_AID, field, brand)",
    bad: "false",
  },
  {
    name: "online PIN by method number only",
    file: "emv_rules_verification",
    good: "load<u8>(fieldValue(FIELD_CVM_RESULTS)) & 0x3f;\n    // 02",
    bad: "load<u8>(fieldValue(FIELD_CVM_RESULTS));\n    // 02",
  },
  {
    name: "an online PIN is stored",
    file: "emv_verdict",
    good: "if (!isAskedNow) return refuse(rule, code, tag, field);",
    bad: "",
  },
  {
    name: "a bit that only an online payment may have is stored",
    file: "emv_verdict",
    good:
      "if (!isAskedNow) return refuseBit(rule, code, tag, field, byte, mask);",
    bad: "return false;",
  },
  {
    name: "online only is forgotten and the payment stored",
    file: "emv_decide",
    good: "!isOnlineOnly()",
    bad: "true",
  },
  {
    name: "the last reason is told, not the first",
    file: "emv_verdict",
    good: "isOnline = true;",
    bad: "isOnline = fieldNode(field) == 0;",
  },
  {
    name: "online once, online for ever",
    file: "emv_verdict",
    good: "  isOnline = false;",
    bad: "",
  },
  {
    name: "Interac is asked everywhere",
    file: "aid",
    good: "return country == COUNTRY_CA;",
    bad: "return true;",
  },
  {
    name: "girocard is asked everywhere",
    file: "aid",
    good: "return country == COUNTRY_DE;",
    bad: "return true;",
  },
  {
    name: "a PIN of unknown success counts in the EEA",
    file: "emv_rules_verification",
    good: "!isOfflinePin || load<u8>(fieldValue(FIELD_CVM_RESULTS) + 2) != 2",
    bad: "!isOfflinePin",
  },
  {
    name: "missing action codes are all zeros",
    file: "emv_rules_verification",
    good:
      "actionBit(request, FIELD_IAC_DEFAULT, 0xff, EMV_REQUEST_TAC_DEFAULT)",
    bad: "actionBit(request, FIELD_IAC_DEFAULT, 0x00, EMV_REQUEST_TAC_DEFAULT)",
  },
  {
    name: "domestic and foreign mixed up",
    file: "emv_rules_card",
    good: "isForeign ? 0x14 : 0x28",
    bad: "isForeign ? 0x28 : 0x14",
  },
  {
    name: "a missing PAN sequence number is number 0",
    file: "emv_card",
    good: "psn == 0 ? 0 : 1",
    bad: "1",
  },
  {
    name: "the counter is left out of the transaction HMAC",
    file: "emv_card",
    good: "hmacSha256(TRANSACTION_KEY, KEY_BYTES, TRACK_PAN, 22, MAC);",
    bad: "hmacSha256(TRANSACTION_KEY, KEY_BYTES, TRACK_PAN, 12, MAC);",
  },
  {
    name: "PAN and keys stay in memory",
    file: "emv_card",
    good: "memory.fill(SCRATCH, 0, SCRATCH_BYTES);",
    bad: "",
  },
  {
    name: "n filled on the right in a data object list",
    file: "dol",
    good: "format == FORMAT_N",
    bad: "false",
  },
];
