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

// One frame per open template: end of the enclosing range u16, its node index u16.
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

// The header read last. Globals, because a function has one result and this loop is hot.
let headerTag: u32 = 0;
let headerLength: u32 = 0;
let headerFlags: u32 = 0;
let headerLengthAt: u32 = 0;

/**
 * Reads tag and length fields at `at`, bounded by `end`, and returns the offset of the value, or
 * BER_ERR_* with the error offset set. Whether the value fits is the caller's question.
 */
function readHeader(input: usize, at: u32, end: u32): i32 {
  assert(at < end);
  // Tag field: EMV 4.4 Book 3 Annex B1; X.690 8.1.2.4.
  const first: u32 = load<u8>(input + at);
  let tag = first;
  let here = at + 1;
  let more: u32 = (first & 0x1f) == 0x1f ? 0x80 : 0;
  while (more & 0x80) {
    if (here - at == BER_TAG_BYTES_MAX) return fail(BER_ERR_TAG_TOO_LONG, at);
    if (here == end) return fail(BER_ERR_TAG_TRUNCATED, at);
    more = load<u8>(input + here);
    tag = (tag << 8) | more;
    here++;
  }
  // Length field: EMV 4.4 Book 3 Annex B2; X.690 8.1.3.
  if (here == end) return fail(BER_ERR_LENGTH_TRUNCATED, here);
  headerTag = tag;
  headerFlags = first & 0x20 ? BER_FLAG_CONSTRUCTED : 0;
  headerLengthAt = here;
  const form: u32 = load<u8>(input + here);
  here++;
  if (form < 0x80) {
    headerLength = form;
    return <i32>here;
  }
  return readLengthLong(input, form, here, end);
}

/** Length forms 80 upwards; `here` is the first byte after the form byte. */
function readLengthLong(input: usize, form: u32, here: u32, end: u32): i32 {
  if (form == 0x80) return fail(BER_ERR_LENGTH_INDEFINITE, headerLengthAt);
  if (form > 0x82) return fail(BER_ERR_LENGTH_FORM, headerLengthAt);
  const lengthBytes = form - 0x80;
  if (lengthBytes > end - here) return fail(BER_ERR_LENGTH_TRUNCATED, headerLengthAt);
  headerLength = load<u8>(input + here);
  if (lengthBytes == 2) headerLength = (headerLength << 8) | load<u8>(input + here + 1);
  // Longer than needed: legal in BER (X.690 8.1.3.5, note 2), and cards do it.
  if (headerLength < (lengthBytes == 2 ? <u32>0x100 : <u32>0x80)) {
    headerFlags |= BER_FLAG_LONG_LENGTH;
  }
  return <i32>(here + lengthBytes);
}

/** Writes node `count`; every number but the tag fits 16 bits. */
function storeNode(count: u32, at: u32, valueAt: u32, depth: u32, parent: u32): void {
  const node = NODES + (count << 4);
  const place: u64 = <u64>at | (<u64>valueAt << 16) | (<u64>headerLength << 32);
  store<u32>(node, headerTag);
  store<u64>(node + BER_NODE_OFFSET, place | (<u64>depth << 48) | (<u64>headerFlags << 56));
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
  const isCard = source == BER_SOURCE_CARD;
  let at: u32 = 0;
  let end: u32 = length;
  let depth: u32 = 0;
  let count: u32 = 0;
  let parent: u32 = BER_NO_PARENT;
  let isFfPadding = false;
  let notes: u32 = 0;
  while (true) {
    if (at == end) {
      if (depth == 0) break;
      depth--;
      const frame = load<u32>(STACK + (depth << 2));
      store<u16>(NODES + (parent << 4) + BER_NODE_NEXT, count);
      end = frame & 0xffff;
      parent = frame >>> 16;
      isFfPadding = isCard && depth > 0 && padsWithFf(load<u32>(NODES + (parent << 4)));
      continue;
    }
    const first: u32 = load<u8>(input + at);
    if (first == 0 || (first == 0xff && isFfPadding)) {
      if (first != 0) notes |= BER_NOTE_FF_PADDING;
      else notes |= depth == 0 ? BER_NOTE_TOP_LEVEL_PADDING : BER_NOTE_TEMPLATE_PADDING;
      at++;
      continue;
    }
    if (count == BER_NODES_MAX) return fail(BER_ERR_NODES, at);
    const valueAt = readHeader(input, at, end);
    if (valueAt < 0) return valueAt;
    // By remainder, never by sum: `valueAt + headerLength > end` would wrap with longer lengths.
    if (headerLength > end - valueAt) {
      return fail(depth == 0 ? BER_ERR_VALUE_TRUNCATED : BER_ERR_VALUE_OVERRUN, headerLengthAt);
    }
    // 90 00 after a whole object is the status word of the response, not an empty certificate.
    if (headerTag == 0x90 && headerLength == 0 && depth == 0 && valueAt == length && count > 0) {
      return fail(BER_ERR_STATUS_WORD, at);
    }
    if (headerFlags & BER_FLAG_LONG_LENGTH) notes |= BER_NOTE_LONG_LENGTH;
    storeNode(count, at, valueAt, depth, parent);
    if (headerFlags & BER_FLAG_CONSTRUCTED && headerLength > 0) {
      if (depth == BER_DEPTH_MAX) return fail(BER_ERR_DEPTH, at);
      store<u32>(STACK + (depth << 2), end | (parent << 16));
      depth++;
      end = valueAt + headerLength;
      parent = count;
      isFfPadding = isCard && padsWithFf(headerTag);
      at = valueAt;
    } else {
      at = valueAt + headerLength;
    }
    count++;
  }
  assert(depth == 0 && at == length);
  lastNotes = notes;
  return <i32>count;
}
