// The SAF1 header: one encoding for every set of facts, checked without any key.
//
// Owns: which records are canonical. `docs/formats/saf1.md` draws the layout; the offsets are in
// abi.ts. Counters and times are u64 on the wire and stay below 2^53, so that a host whose
// numbers are doubles reads the same value that was authenticated.
import {
  SEAL_ENC_BYTES_SUITE_1,
  SEAL_ENC_BYTES_SUITE_2,
  SEAL_ERR_FIELD,
  SEAL_ERR_MAGIC,
  SEAL_ERR_MODE,
  SEAL_ERR_SUITE,
  SEAL_ERR_TRAILING,
  SEAL_ERR_TRUNCATED,
  SEAL_ERR_VERSION,
  SEAL_HEADER_AMOUNT_MINOR,
  SEAL_HEADER_BYTES,
  SEAL_HEADER_CREATED_AT_MS,
  SEAL_HEADER_CURRENCY,
  SEAL_HEADER_LIVEMODE,
  SEAL_HEADER_MODE,
  SEAL_HEADER_MONOTONIC_MS,
  SEAL_HEADER_PADDED_LENGTH,
  SEAL_HEADER_SEQ,
  SEAL_HEADER_SUITE,
  SEAL_HEADER_VERSION,
  SEAL_PADDED_BYTES_MAX,
  SEAL_PADDING_BYTES,
  SEAL_TAG_BYTES,
} from "./abi";

/** "SAF1" as the little-endian word it is loaded as. */
const MAGIC: u32 = 0x31464153;
const SAFE_INTEGER_MAX: u64 = (1 << 53) - 1;

let errorOffset: i32 = 0;

/** Offset of the field that the last check refused. */
export function sealErrorOffset(): i32 {
  return errorOffset;
}

/** Checks magic to padded length; 0 or a status, the offset kept for `sealErrorOffset`. */
export function checkHeader(header: usize, length: u32): i32 {
  if (length < 4) return refuse(SEAL_ERR_TRUNCATED, length);
  if (load<u32>(header) != MAGIC) return refuse(SEAL_ERR_MAGIC, 0);
  if (length < <u32>SEAL_HEADER_BYTES) return refuse(SEAL_ERR_TRUNCATED, length);
  if (load<u8>(header, SEAL_HEADER_VERSION) != 1) {
    return refuse(SEAL_ERR_VERSION, SEAL_HEADER_VERSION);
  }
  const suite = load<u8>(header, SEAL_HEADER_SUITE);
  if (suite != 1 && suite != 2) return refuse(SEAL_ERR_SUITE, SEAL_HEADER_SUITE);
  const mode = load<u8>(header, SEAL_HEADER_MODE);
  const seq = readU64(header + SEAL_HEADER_SEQ);
  if (mode > 1 || (mode == 0) != (seq == 0)) return refuse(SEAL_ERR_MODE, SEAL_HEADER_MODE);
  if (load<u8>(header, SEAL_HEADER_LIVEMODE) > 1) {
    return refuse(SEAL_ERR_FIELD, SEAL_HEADER_LIVEMODE);
  }
  if (seq > SAFE_INTEGER_MAX) return refuse(SEAL_ERR_FIELD, SEAL_HEADER_SEQ);
  return checkValues(header, mode);
}

/** Checks the header and that the record has exactly the length it announces. */
export function checkRecord(record: usize, length: u32): i32 {
  const status = checkHeader(record, length);
  if (status < 0) return status;
  const expected = <u32>SEAL_HEADER_BYTES + encBytes(record) + paddedBytes(record) +
    <u32>SEAL_TAG_BYTES;
  if (length < expected) return refuse(SEAL_ERR_TRUNCATED, length);
  if (length > expected) return refuse(SEAL_ERR_TRAILING, expected);
  return 0;
}

/** Length of enc, by suite; the header has been checked. */
export function encBytes(header: usize): u32 {
  return load<u8>(header, SEAL_HEADER_SUITE) == 1
    ? SEAL_ENC_BYTES_SUITE_1
    : SEAL_ENC_BYTES_SUITE_2;
}

/** Length of the padded plaintext as the header tells it. */
export function paddedBytes(header: usize): u32 {
  return <u32>bswap<u16>(load<u16>(header, SEAL_HEADER_PADDED_LENGTH));
}

/** A big-endian u64. */
export function readU64(at: usize): u64 {
  return bswap<u64>(load<u64>(at));
}

/** Notes where, and returns the status. */
export function refuse(status: i32, offset: i32): i32 {
  errorOffset = offset;
  return status;
}

function checkValues(header: usize, mode: u32): i32 {
  if (readU64(header + SEAL_HEADER_CREATED_AT_MS) > SAFE_INTEGER_MAX) {
    return refuse(SEAL_ERR_FIELD, SEAL_HEADER_CREATED_AT_MS);
  }
  if (readU64(header + SEAL_HEADER_MONOTONIC_MS) > SAFE_INTEGER_MAX) {
    return refuse(SEAL_ERR_FIELD, SEAL_HEADER_MONOTONIC_MS);
  }
  const amount = readU64(header + SEAL_HEADER_AMOUNT_MINOR);
  // A genesis moves no money.
  if (amount > SAFE_INTEGER_MAX || (mode == 0 && amount != 0)) {
    return refuse(SEAL_ERR_FIELD, SEAL_HEADER_AMOUNT_MINOR);
  }
  for (let i: usize = 0; i < 3; i++) {
    const letter = load<u8>(header + SEAL_HEADER_CURRENCY + i);
    if (letter < 0x41 || letter > 0x5a) return refuse(SEAL_ERR_FIELD, SEAL_HEADER_CURRENCY);
  }
  const padded = paddedBytes(header);
  if (padded == 0 || padded > <u32>SEAL_PADDED_BYTES_MAX || padded % SEAL_PADDING_BYTES != 0) {
    return refuse(SEAL_ERR_FIELD, SEAL_HEADER_PADDED_LENGTH);
  }
  return 0;
}
