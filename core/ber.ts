// The one reader of BER-TLV: a message in, a flat table of nodes out.
//
// Owns: the strict profile of BER that Holdfast accepts, the node table, the offset of the last
// error. Never reads a byte outside [input, input + length), never recurses, never traps on
// input. It does not know what a tag means: that is `emv_tags.ts`.
//
// Profile (EMV 4.4 Book 3 Annex B; X.690 (02/2021) 8.1.2, 8.1.3):
//   tag     1..4 bytes; low numbers in the long form (9F00, 9F1E) are accepted, EMV uses them
//   length  short form, 81, 82, also where a shorter form would do; 80 and 83 upwards refused
//   00      padding, inside templates and (noted) at the top level
//   FF      padding inside card templates 70, 77, 6F, A5; a tag everywhere else
//   nesting an object ends inside its template; the last one ends exactly where it ends
//
// One node, 16 bytes, little-endian, in order of appearance:
//
//   0        4        6        8        10      11      12      14      16
//   | tag    | offset | value  | length | depth | flags | next  | parent |
//   | u32    | u16    | u16    | u16    | u8    | u8    | u16   | u16    |
import {
  BER_DEPTH_MAX,
  BER_ERR_DEPTH,
  BER_ERR_INPUT_TOO_LONG,
  BER_ERR_LENGTH_FORM,
  BER_ERR_LENGTH_INDEFINITE,
  BER_ERR_LENGTH_TRUNCATED,
  BER_ERR_NODES,
  BER_ERR_STATUS_WORD,
  BER_ERR_TAG_TOO_LONG,
  BER_ERR_TAG_TRUNCATED,
  BER_ERR_VALUE_OVERRUN,
  BER_ERR_VALUE_TRUNCATED,
  BER_FLAG_CONSTRUCTED,
  BER_FLAG_LONG_LENGTH,
  BER_INPUT_BYTES_MAX,
  BER_NO_PARENT,
  BER_NODE_BYTES,
  BER_NODE_LENGTH,
  BER_NODE_NEXT,
  BER_NODE_OFFSET,
  BER_NODES_MAX,
  BER_NOTE_FF_PADDING,
  BER_NOTE_LONG_LENGTH,
  BER_NOTE_TEMPLATE_PADDING,
  BER_NOTE_TOP_LEVEL_PADDING,
  BER_SOURCE_CARD,
  BER_TAG_BYTES_MAX,
} from "./abi";

/** The node table. Its own memory, not an arena: a lazy index outlives calls of other rooms. */
export const NODES: usize = memory.data(BER_NODES_MAX * BER_NODE_BYTES, 16);

// One frame per open template: end of the enclosing range, bit 15 set when FF is padding there,
// u16; its node index u16.
const STACK: usize = memory.data((BER_DEPTH_MAX + 1) * 4, 4);

let lastErrorOffset: u32 = 0;
let lastNotes: u32 = 0;
let lastGeneration: u32 = 0;

/** Byte offset of the field that made the last call fail. */
export function berErrorOffset(): u32 {
  return lastErrorOffset;
}

/** BER_NOTE_* bits of the last parse: what was tolerated on the way. */
export function berNotes(): u32 {
  return lastNotes;
}

/** Changes whenever the node table does, so that a stale index can be told. */
export function berGeneration(): u32 {
  return lastGeneration;
}

/** Remembers where reading stopped and hands the status back. */
export function fail(status: i32, offset: u32): i32 {
  assert(status < 0);
  lastErrorOffset = offset;
  return status;
}

/** Whether FF is padding directly inside `template` (Visa CDET card 09 pads its records so). */
function padsWithFf(template: u32): bool {
  return template == 0x70 || template == 0x77 || template == 0x6f || template == 0xa5;
}

/**
 * Reads a tag field whose first byte says that more follow. Returns the tag shifted left by 16
 * and the offset after it, or BER_ERR_TAG_*.
 */
function readTagLong(input: usize, at: u32, end: u32): i64 {
  let tag: u32 = load<u8>(input + at);
  let here = at + 1;
  let more: u32 = 0x80;
  while (more & 0x80) {
    if (here - at == BER_TAG_BYTES_MAX) return fail(BER_ERR_TAG_TOO_LONG, at);
    if (here == end) return fail(BER_ERR_TAG_TRUNCATED, at);
    more = load<u8>(input + here);
    tag = (tag << 8) | more;
    here++;
  }
  return (<i64>tag << 16) | here;
}

/**
 * Reads a length field of form 80 upwards. Returns the length, from bit 16 on the bytes of the
 * field, from bit 24 on BER_FLAG_LONG_LENGTH where a shorter field would do (legal in BER, X.690
 * 8.1.3.5 note 2, and cards do it); or BER_ERR_LENGTH_*.
 */
function readLengthLong(input: usize, lengthAt: u32, end: u32): i32 {
  assert(lengthAt < end);
  const form: u32 = load<u8>(input + lengthAt);
  if (form == 0x80) return fail(BER_ERR_LENGTH_INDEFINITE, lengthAt);
  if (form > 0x82) return fail(BER_ERR_LENGTH_FORM, lengthAt);
  const bytes = form - 0x80;
  if (bytes > end - lengthAt - 1) return fail(BER_ERR_LENGTH_TRUNCATED, lengthAt);
  let length: u32 = load<u8>(input + lengthAt + 1);
  if (bytes == 2) length = (length << 8) | load<u8>(input + lengthAt + 2);
  const flags: u32 = length < (bytes == 2 ? <u32>0x100 : <u32>0x80) ? BER_FLAG_LONG_LENGTH : 0;
  return <i32>(length | ((bytes + 1) << 16) | (flags << 24));
}

/** BER_NOTE_* bit when `first` (00 or FF) is padding where it stands, else 0. */
function paddingNote(first: u32, depth: u32, isFfPadding: u32): u32 {
  if (first != 0) return isFfPadding ? BER_NOTE_FF_PADDING : 0;
  return depth == 0 ? BER_NOTE_TOP_LEVEL_PADDING : BER_NOTE_TEMPLATE_PADDING;
}

/** Writes one record; `shape` is length, depth and flags as the record has them. */
function storeNode(count: u32, tag: u32, at: u32, here: u32, shape: u32, parent: u32): void {
  const node = NODES + (count << 4);
  store<u32>(node, tag);
  store<u32>(node + BER_NODE_OFFSET, at | (here << 16));
  store<u32>(node + BER_NODE_LENGTH, shape);
  store<u32>(node + BER_NODE_NEXT, (count + 1) | (parent << 16));
}

/**
 * Reads `length` bytes at `input` into NODES and returns the number of nodes, or BER_ERR_*.
 * The error offset is that of the tag field (tag, depth, node and status word errors) or of the
 * length field (everything about lengths and values).
 */
export function berParse(input: usize, length: u32, source: u32): i32 {
  lastGeneration++;
  lastNotes = 0;
  if (length > <u32>BER_INPUT_BYTES_MAX) return fail(BER_ERR_INPUT_TOO_LONG, BER_INPUT_BYTES_MAX);
  return readObjects(input, length, source == BER_SOURCE_CARD);
}

function readObjects(input: usize, length: u32, isCard: bool): i32 {
  let at: u32 = 0, end = length, depth: u32 = 0, count: u32 = 0, notes: u32 = 0;
  let parent: u32 = BER_NO_PARENT, isFfPadding: u32 = 0;
  while (true) {
    if (at == end) {
      if (depth == 0) break;
      depth--;
      const frame = load<u32>(STACK + (depth << 2));
      store<u16>(NODES + (parent << 4) + BER_NODE_NEXT, count);
      end = frame & 0x7fff;
      isFfPadding = frame & 0x8000;
      parent = frame >>> 16;
      continue;
    }
    const first: u32 = load<u8>(input + at);
    if (first == 0 || first == 0xff) {
      const note = paddingNote(first, depth, isFfPadding);
      notes |= note;
      if (note != 0) {
        at++;
        continue;
      }
    }
    if (count == BER_NODES_MAX) return fail(BER_ERR_NODES, at);
    // Tag field: EMV 4.4 Book 3 Annex B1; X.690 8.1.2.4.
    const tagAt = at;
    let tag = first;
    let here = at + 1;
    if ((first & 0x1f) == 0x1f) {
      const long = readTagLong(input, at, end);
      if (long < 0) return <i32>long;
      tag = <u32>(long >>> 16);
      here = <u32>long & 0xffff;
    }
    // Length field: EMV 4.4 Book 3 Annex B2; X.690 8.1.3.
    if (here == end) return fail(BER_ERR_LENGTH_TRUNCATED, here);
    const lengthAt = here;
    const form: i32 = load<u8>(input + here);
    const field = form < 0x80 ? form | 0x10000 : readLengthLong(input, here, end);
    if (field < 0) return field;
    const valueLength: u32 = field & 0xffff;
    const flags: u32 = ((first >>> 5) & BER_FLAG_CONSTRUCTED) | (field >>> 24);
    here += (field >>> 16) & 0xff;
    // By remainder, never by sum: `here + valueLength > end` would wrap with longer lengths.
    if (valueLength > end - here) {
      return fail(depth == 0 ? BER_ERR_VALUE_TRUNCATED : BER_ERR_VALUE_OVERRUN, lengthAt);
    }
    // 90 00 after a whole object is the status word of the response, not an empty certificate.
    // Two ifs, because a chain of && is computed whole, for every object.
    if (here == length) {
      if (tag == 0x90 && depth == 0 && count > 0) return fail(BER_ERR_STATUS_WORD, at);
    }
    storeNode(count, tag, at, here, valueLength | (depth << 16) | (flags << 24), parent);
    notes |= (flags & BER_FLAG_LONG_LENGTH) * (BER_NOTE_LONG_LENGTH / BER_FLAG_LONG_LENGTH);
    at = here + valueLength;
    count++;
    if (flags & BER_FLAG_CONSTRUCTED && valueLength > 0) {
      if (depth == BER_DEPTH_MAX) return fail(BER_ERR_DEPTH, tagAt);
      store<u32>(STACK + (depth << 2), end | isFfPadding | (parent << 16));
      depth++;
      end = at;
      at = here;
      parent = count - 1;
      isFfPadding = isCard && padsWithFf(tag) ? 0x8000 : 0;
    }
  }
  assert(depth == 0 && at == length);
  lastNotes = notes;
  return <i32>count;
}
