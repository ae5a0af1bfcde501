// What the core knows about a tag: its length, its format, whether a decision depends on it.
//
// Owns: the look-up in the generated dictionary and the digit checks of EMV 4.4 Book 3 §4.3.
// Names, templates and sensitivity for people are on the TypeScript side of the dictionary.
import {
  FORMAT_CN,
  FORMAT_N,
  TAG_COUNT,
  TAG_RECORDS,
  TAG_REST,
  TAG_SLOTS,
} from "./emv_tag_table";

/** Address of the record of `tag`, or 0 when the dictionary does not know it. */
export function tagRecord(tag: u32): usize {
  if (tag < 0x100) return slotRecord(tag);
  if (tag >>> 7 == 0x9f00 >>> 7) return slotRecord(384 + (tag & 0x7f));
  if (tag >>> 7 == 0x5f00 >>> 7) return slotRecord(256 + (tag & 0x7f));
  for (let index = TAG_REST; index < TAG_COUNT; index++) {
    const record = TAG_RECORDS + (index << 3);
    if (load<u32>(record) == tag) return record;
  }
  return 0;
}

function slotRecord(slot: u32): usize {
  assert(slot < 512);
  const index: u32 = load<u8>(TAG_SLOTS + slot);
  return index == 255 ? 0 : TAG_RECORDS + (index << 3);
}

/** Shortest value. */
export function recordShortest(record: usize): u32 {
  return load<u8>(record + 4);
}

/** Longest value; 255 means no limit of its own. */
export function recordLongest(record: usize): u32 {
  return load<u8>(record + 5);
}

/** FORMAT_*. */
export function recordFormat(record: usize): u32 {
  return load<u8>(record + 6) & 0x0f;
}

/** FIELD_* when a decision depends on the tag, else 0. */
export function recordField(record: usize): u32 {
  return load<u8>(record + 7);
}

/** Whether a value has the digits its format asks for; formats without digits always do. */
export function hasDigits(format: u32, value: usize, length: u32): bool {
  if (format == FORMAT_N) {
    for (let index: u32 = 0; index < length; index++) {
      const byte: u32 = load<u8>(value + index);
      if (byte >>> 4 > 9 || (byte & 15) > 9) return false;
    }
    return true;
  }
  if (format != FORMAT_CN) return true;
  let isPadding = false;
  for (let index: u32 = 0; index < length << 1; index++) {
    const digit = nibble(value, index);
    if (isPadding ? digit != 15 : digit > 9 && digit != 15) return false;
    isPadding = digit == 15;
  }
  return true;
}

/** The four bits at position `index` of a packed value, the high half of a byte first. */
export function nibble(value: usize, index: u32): u32 {
  const byte: u32 = load<u8>(value + (index >>> 1));
  return index & 1 ? byte & 15 : byte >>> 4;
}
