// Data object lists: tags and lengths without values, EMV 4.4 Book 3 §5.4.
//
// Owns: reading a list, and building the data a list asks for. A list is not TLV: every entry
// is a tag field and one length byte.
//
// One entry, 8 bytes:   0      4        6        7       8
//                       | tag  | offset | length | spare |
//                       | u32  | u16    | u8     |       |
import {
  BER_FLAG_CONSTRUCTED,
  BER_NODE_FLAGS,
  BER_NODE_LENGTH,
  BER_NODE_VALUE_OFFSET,
  BER_TAG_BYTES_MAX,
  DOL_BYTES_MAX,
  DOL_ENTRY_BYTES,
  DOL_ENTRY_LENGTH,
  DOL_ENTRY_OFFSET,
  DOL_ERR_LENGTH_MISSING,
  DOL_ERR_RESULT_TOO_LONG,
  DOL_ERR_TAG_TOO_LONG,
  DOL_ERR_TAG_TRUNCATED,
  DOL_ERR_TOO_LONG,
} from "./abi";
import { NODES, berParse, fail } from "./ber";
import { FORMAT_CN, FORMAT_N } from "./emv_tag_table";
import { recordFormat, tagRecord } from "./emv_tags";

// An entry takes at least two bytes of the list.
const ENTRIES: usize = memory.data((DOL_BYTES_MAX / 2) * DOL_ENTRY_BYTES, 8);

/** Where the entries of the last list are. */
export function dolEntries(): usize {
  return ENTRIES;
}

/** Reads a list and returns the number of its entries, or DOL_ERR_*. */
export function dolParse(list: usize, length: u32): i32 {
  if (length > <u32>DOL_BYTES_MAX) return fail(DOL_ERR_TOO_LONG, DOL_BYTES_MAX);
  let at: u32 = 0;
  let count: u32 = 0;
  while (at < length) {
    const first: u32 = load<u8>(list + at);
    let tag = first;
    let here = at + 1;
    let more: u32 = (first & 0x1f) == 0x1f ? 0x80 : 0;
    while (more & 0x80) {
      if (here - at == BER_TAG_BYTES_MAX) return fail(DOL_ERR_TAG_TOO_LONG, at);
      if (here == length) return fail(DOL_ERR_TAG_TRUNCATED, at);
      more = load<u8>(list + here);
      tag = (tag << 8) | more;
      here++;
    }
    if (here == length) return fail(DOL_ERR_LENGTH_MISSING, here);
    const entry = ENTRIES + count * DOL_ENTRY_BYTES;
    store<u32>(entry, tag);
    store<u16>(entry + DOL_ENTRY_OFFSET, at);
    store<u16>(entry + DOL_ENTRY_LENGTH, load<u8>(list + here));
    count++;
    at = here + 1;
  }
  assert(count <= <u32>DOL_BYTES_MAX / 2);
  return <i32>count;
}

/**
 * Writes to `target` (DOL_BYTES_MAX bytes) what the list asks for, taken from a message, and
 * returns its length, or DOL_ERR_* or BER_ERR_*. Book 3 §5.4: an object the message lacks and
 * a template become zeros; `n` is cut and filled on the left, `cn` is filled with F on the
 * right, every other format, an unknown one too, is cut and filled with zeros on the right.
 */
export function dolBuild(
  list: usize,
  listLength: u32,
  message: usize,
  messageLength: u32,
  source: u32,
  target: usize,
): i32 {
  const entries = dolParse(list, listLength);
  if (entries < 0) return entries;
  const nodes = berParse(message, messageLength, source);
  if (nodes < 0) return nodes;
  let total: u32 = 0;
  for (let index = 0; index < entries; index++) {
    const entry = ENTRIES + index * DOL_ENTRY_BYTES;
    const length: u32 = load<u8>(entry + DOL_ENTRY_LENGTH);
    if (length > <u32>DOL_BYTES_MAX - total) {
      return fail(DOL_ERR_RESULT_TOO_LONG, load<u16>(entry + DOL_ENTRY_OFFSET));
    }
    place(load<u32>(entry), length, message, nodes, target + total);
    total += length;
  }
  return <i32>total;
}

function place(tag: u32, length: u32, message: usize, nodes: i32, target: usize): void {
  const record = tagRecord(tag);
  const node = find(tag, nodes);
  if (node == 0 || load<u8>(node + BER_NODE_FLAGS) & BER_FLAG_CONSTRUCTED) {
    memory.fill(target, 0, length);
    return;
  }
  const value = message + load<u16>(node + BER_NODE_VALUE_OFFSET);
  const have: u32 = load<u16>(node + BER_NODE_LENGTH);
  const used = min(have, length);
  const format = record == 0 ? 0 : recordFormat(record);
  if (format == FORMAT_N) {
    memory.fill(target, 0, length - used);
    memory.copy(target + (length - used), value + (have - used), used);
  } else {
    memory.copy(target, value, used);
    memory.fill(target + used, format == FORMAT_CN ? 0xff : 0, length - used);
  }
}

function find(tag: u32, nodes: i32): usize {
  for (let node = NODES; node < NODES + (<usize>nodes << 4); node += 16) {
    if (load<u32>(node) == tag) return node;
  }
  return 0;
}
