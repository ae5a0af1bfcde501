// From nodes to the objects a decision depends on; rule 1 of the decision order.
//
// Owns: the field table and its reading, and everything that makes a readable message malformed: a
// repeated or empty decision object, a wrong length or digit, an impossible date, a PIN block.
// Nothing is repaired or coerced.
import {
  BER_NODE_LENGTH,
  BER_NODE_NEXT,
  BER_NODE_VALUE_OFFSET,
  EMV_CODE_ACCEPTED,
  EMV_CODE_EMV_MALFORMED,
  EMV_CODE_PIN_BLOCK_PRESENT,
} from "./abi";
import { NODES } from "./ber";
import { dayOf, NO_DAY } from "./emv_calendar";
import {
  FIELD_ADF_NAME,
  FIELD_CODE_TABLE,
  FIELD_COUNT,
  FIELD_DATE,
  FIELD_EFFECTIVE,
  FIELD_EXPIRY,
  FIELD_LABEL,
  FIELD_LANGUAGES,
  FIELD_PIN,
  FIELD_PREFERRED_NAME,
  FIELD_TVR,
} from "./emv_tag_table";
import {
  hasDigits,
  recordField,
  recordFormat,
  recordLongest,
  recordShortest,
  tagRecord,
} from "./emv_tags";

/** Node number plus one by field, u16; 0 when the message lacks the object. */
const FIELDS: usize = memory.data(FIELD_COUNT * 2, 8);

let message: usize = 0;
let lastCulprit: usize = 0;

/** The node that made `collectFields` refuse. */
export function culprit(): usize {
  return lastCulprit;
}

/** Address of the node of a field, or 0. */
export function fieldNode(field: u32): usize {
  assert(field > 0 && field < FIELD_COUNT);
  const number: u32 = load<u16>(FIELDS + (field << 1));
  return number == 0 ? 0 : NODES + ((number - 1) << 4);
}

/** Address of the value of a field that is there. */
export function fieldValue(field: u32): usize {
  const node = fieldNode(field);
  assert(node != 0);
  return message + load<u16>(node + BER_NODE_VALUE_OFFSET);
}

/** Length of the value of a field, 0 when absent. */
export function fieldLength(field: u32): u32 {
  const node = fieldNode(field);
  return node == 0 ? 0 : load<u16>(node + BER_NODE_LENGTH);
}

/** Whether a two-byte code is missing or not the expected one. */
export function codeDiffers(field: u32, expected: u32): bool {
  return fieldNode(field) == 0 || bswap<u16>(load<u16>(fieldValue(field))) != <u16>expected;
}

/** Byte `byte` (from 1) of the TVR; only after rule 7 made sure that there is one. */
export function tvrByte(byte: u32): u32 {
  return load<u8>(fieldValue(FIELD_TVR) + byte - 1);
}

/**
 * Fills the field table from `count` nodes of the message at `input` and returns
 * EMV_CODE_ACCEPTED, EMV_CODE_PIN_BLOCK_PRESENT (which wins over everything else: such bytes
 * must go at once, PCI DSS 3.3.1.3) or EMV_CODE_EMV_MALFORMED for the first bad object.
 */
export function collectFields(input: usize, count: u32): u32 {
  message = input;
  memory.fill(FIELDS, 0, FIELD_COUNT * 2);
  let malformed: usize = 0;
  let directoryEnd: u32 = 0;
  for (let index: u32 = 0; index < count; index++) {
    const node = NODES + (index << 4);
    const tag = load<u32>(node);
    // Directory entries (61) and issuer data (BF0C) may repeat what names an application.
    if ((tag == 0x61 || tag == 0xbf0c) && index >= directoryEnd) {
      directoryEnd = load<u16>(node + BER_NODE_NEXT);
    }
    const record = tagRecord(tag);
    if (record == 0) continue;
    const field = recordField(record);
    if (field == FIELD_PIN) {
      lastCulprit = node;
      return EMV_CODE_PIN_BLOCK_PRESENT;
    }
    if (malformed != 0) continue;
    if (!hasShape(node, record, field)) {
      malformed = node;
    } else if (field != 0 && !(index < directoryEnd && namesApplication(field))) {
      if (load<u16>(FIELDS + (field << 1)) != 0) malformed = node;
      store<u16>(FIELDS + (field << 1), index + 1);
    }
  }
  lastCulprit = malformed;
  return malformed == 0 ? EMV_CODE_ACCEPTED : EMV_CODE_EMV_MALFORMED;
}

/** Length and digits as EMV 4.4 Book 3 Annex A; dates must exist, save days 29..31. */
function hasShape(node: usize, record: usize, field: u32): bool {
  const length: u32 = load<u16>(node + BER_NODE_LENGTH);
  // Present but empty is how a card says that it has no such object: fine for what nobody needs.
  if (length == 0) return field == 0 || recordShortest(record) == 0;
  if (length < recordShortest(record)) return false;
  const longest = recordLongest(record);
  if (length > longest && longest != 255) return false;
  const value = message + load<u16>(node + BER_NODE_VALUE_OFFSET);
  if (!hasDigits(recordFormat(record), value, length)) return false;
  if (field == FIELD_DATE || field == FIELD_EXPIRY || field == FIELD_EFFECTIVE) {
    return dayOf(value) != NO_DAY;
  }
  return true;
}

function namesApplication(field: u32): bool {
  return field == FIELD_ADF_NAME || field == FIELD_LABEL || field == FIELD_PREFERRED_NAME ||
    field == FIELD_CODE_TABLE || field == FIELD_LANGUAGES;
}
