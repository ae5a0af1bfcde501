// What the TLV and EMV rooms offer to the host: pointers and lengths in, statuses out.
import {
  EMV_BATCH_MAX,
  EMV_DECISION_BYTES,
  EMV_ERR_BATCH,
  EMV_REQUEST_BYTES,
  EMV_REQUEST_LENGTH,
  EMV_REQUEST_MESSAGE,
  INPUT_BYTES,
} from "./abi";
import { aidBrand, networkCode } from "./aid";
import { INPUT, OUTPUT } from "./arena";
import { NODES, berErrorOffset, berGeneration, berNotes, berParse, fail } from "./ber";
import { dolBuild, dolEntries, dolParse } from "./dol";
import { forgetKeys } from "./emv_card";
import { decideMessage } from "./emv_decide";

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

/** Reads a data object list; returns the number of entries, or DOL_ERR_*. */
export function dolRead(list: usize, length: u32): i32 {
  return dolParse(list, length);
}

/** Address of the entries of the last list: DOL_ENTRY_BYTES each. */
export function dolTable(): usize {
  return dolEntries();
}

/** Builds what a list asks for from a message into OUTPUT; returns its length or an error. */
export function dolFill(
  list: usize,
  listLength: u32,
  message: usize,
  messageLength: u32,
  source: u32,
): i32 {
  return dolBuild(list, listLength, message, messageLength, source, OUTPUT);
}

/** EMV_BRAND_* of an AID. */
export function emvAidBrand(aid: usize, length: u32): u32 {
  return aidBrand(aid, length);
}

/** EMV_CODE_ACCEPTED, or why `brand` takes no offline payment in `country` (numeric, BCD). */
export function emvNetworkCode(brand: u32, country: u32): u32 {
  return networkCode(brand, country);
}

/** Decides about one message; the keys derived on the way are gone when it returns. */
export function emvDecide(request: usize, message: usize, length: u32, result: usize): i32 {
  const status = decideMessage(request, message, length, result);
  forgetKeys();
  return status;
}

/**
 * Decides about `count` messages in one crossing: request records from the start of INPUT, each
 * with the place of its message; decision records from the start of OUTPUT. Returns `count`, or
 * the error of the first bad request. Keys are derived once as long as the device key is the same.
 */
export function emvDecideBatch(count: u32): i32 {
  if (count > <u32>EMV_BATCH_MAX) return fail(EMV_ERR_BATCH, 0);
  for (let index: u32 = 0; index < count; index++) {
    const request = INPUT + index * EMV_REQUEST_BYTES;
    const at = load<u32>(request + EMV_REQUEST_MESSAGE);
    const length = load<u32>(request + EMV_REQUEST_LENGTH);
    const isInside = at <= <u32>INPUT_BYTES && length <= <u32>INPUT_BYTES - at;
    const result = OUTPUT + index * EMV_DECISION_BYTES;
    const status = isInside
      ? decideMessage(request, INPUT + at, length, result)
      : fail(EMV_ERR_BATCH, index * EMV_REQUEST_BYTES);
    if (status < 0) {
      forgetKeys();
      return status;
    }
  }
  forgetKeys();
  return <i32>count;
}
