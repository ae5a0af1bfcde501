// What the TLV and EMV rooms offer to the host: pointers and lengths in, statuses out.
import { NODES, berErrorOffset, berGeneration, berNotes, berParse } from "./ber";

/** Reads a message into the node table and returns the number of nodes, or BER_ERR_*. */
export function tlvParse(input: usize, length: u32, source: u32): i32 {
  return berParse(input, length, source);
}

/** Address of the node table: BER_NODES_MAX records, valid until the next parse or decision. */
export function tlvNodes(): usize {
  return NODES;
}

/** Changes whenever the node table does. */
export function tlvGeneration(): u32 {
  return berGeneration();
}

/** What the last parse tolerated: BER_NOTE_* bits. */
export function tlvNotes(): u32 {
  return berNotes();
}

/** Byte offset of the field that made the last TLV, DOL or EMV call fail. */
export function errorOffset(): u32 {
  return berErrorOffset();
}
