// `interface tlv` of core/wit/tlv.wit.
//
// Owns: nothing but the crossing. Records `node` and `dol-entry` have the layout of the core's own
// tables, so that a result is the table itself and no node is copied here:
//   node, 16 bytes       tag u32 | offset u16 | value u16 | length u16 | depth u8 | traits u8 |
//                        next u16 | parent u16          = BER_NODE_* of ../abi.ts
//   dol-entry, 8 bytes   tag u32 | offset u16 | length u8 | one spare = DOL_ENTRY_* of ../abi.ts
import {
  BER_ERR_INPUT_TOO_LONG, BER_INPUT_BYTES_MAX, BER_NODE_BYTES, DOL_BYTES_MAX, DOL_ERR_TOO_LONG,
} from "../abi";
import {
  dolFill, dolRead, dolTable, errorOffset, tlvNodes, tlvNotes, tlvParse,
} from "../tlv_exports";
import { OUTPUT } from "../arena";
import { okList, PAYLOAD, RESULT, soil } from "./memory";

/** Cases of `tlv-error` before the first about a data object list. */
const BER_ERRORS: u32 = 11;

export function parse(message: usize, length: u32, source: u32): usize {
  const count = tlvParse(message, length, source);
  if (count < 0) return refused(count);
  okList(tlvNodes(), count);
  store<u8>(PAYLOAD, <u8>tlvNotes(), 8);
  return RESULT;
}

export function index(message: usize, length: u32, source: u32): usize {
  const count = tlvParse(message, length, source);
  if (count < 0) return refused(count);
  return okList(tlvNodes(), <u32>count * (BER_NODE_BYTES >> 2));
}

export function dolParse(dol: usize, length: u32): usize {
  const count = dolRead(dol, length);
  if (count < 0) return refused(count);
  return okList(dolTable(), count);
}

export function dolBuild(
  dol: usize, dolLength: u32, message: usize, length: u32, source: u32,
): usize {
  soil(0, DOL_BYTES_MAX);
  const built = dolFill(dol, dolLength, message, length, source);
  if (built < 0) return refused(built);
  return okList(OUTPUT, built);
}

/** Case of `tlv-error` for a status of the core. */
export function tlvError(status: i32): u32 {
  return status > DOL_ERR_TOO_LONG
    ? BER_ERR_INPUT_TOO_LONG - status
    : BER_ERRORS + (DOL_ERR_TOO_LONG - status);
}

function refused(status: i32): usize {
  store<u8>(RESULT, 1);
  store<u8>(PAYLOAD, <u8>tlvError(status));
  store<u32>(PAYLOAD, where(status), 4);
  return RESULT;
}

/** An argument that is too long is at fault from the first byte too many. */
function where(status: i32): u32 {
  if (status == BER_ERR_INPUT_TOO_LONG) return BER_INPUT_BYTES_MAX;
  return status == DOL_ERR_TOO_LONG ? DOL_BYTES_MAX : errorOffset();
}
