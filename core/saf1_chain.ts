// The chain of records, checked without any key: what is missing, doubled, moved or foreign.
//
// Owns: the order in which differences are named, the most telling first. Compares one record
// with the one before it, so a host may walk a chain of any length. It cannot see that the tail
// is missing: nothing after the end remains to tell (docs/formats/saf1.md, "What it cannot show").
import {
  SEAL_ERR_CHAIN_ACCOUNT,
  SEAL_ERR_CHAIN_DEVICE,
  SEAL_ERR_CHAIN_EPOCH,
  SEAL_ERR_CHAIN_FORK,
  SEAL_ERR_CHAIN_GAP,
  SEAL_ERR_CHAIN_HASH,
  SEAL_ERR_CHAIN_LIVEMODE,
  SEAL_ERR_CHAIN_ORDER,
  SEAL_ERR_CHAIN_REPEATED,
  SEAL_HEADER_ACCOUNT_HASH,
  SEAL_HEADER_DEVICE_ID,
  SEAL_HEADER_EPOCH,
  SEAL_HEADER_LIVEMODE,
  SEAL_HEADER_PREVIOUS_HASH,
  SEAL_HEADER_SEQ,
} from "./abi";
import { checkRecord, readU64, refuse } from "./saf1_header";
import { SHA256_BYTES, sha256 } from "./sha256";

/** Checks that a record is canonical and writes its SHA-256; 0 or a status. */
export function saf1Hash(record: usize, length: u32, hash: usize): i32 {
  const status = checkRecord(record, length);
  if (status < 0) return status;
  sha256(record, length, hash);
  return 0;
}

/**
 * Says whether `record` directly follows the record with header `previous` and hash
 * `previousHash`; `hash` is the record's own, so that a copy can be told from a fork.
 */
export function saf1Follows(
  previous: usize,
  previousHash: usize,
  record: usize,
  hash: usize,
): i32 {
  if (!equal(previous + SEAL_HEADER_DEVICE_ID, record + SEAL_HEADER_DEVICE_ID, 16)) {
    return refuse(SEAL_ERR_CHAIN_DEVICE, SEAL_HEADER_DEVICE_ID);
  }
  if (load<u32>(previous, SEAL_HEADER_EPOCH) != load<u32>(record, SEAL_HEADER_EPOCH)) {
    return refuse(SEAL_ERR_CHAIN_EPOCH, SEAL_HEADER_EPOCH);
  }
  const before = readU64(previous + SEAL_HEADER_SEQ);
  const seq = readU64(record + SEAL_HEADER_SEQ);
  if (seq == before) {
    const status = equal(previousHash, hash, SHA256_BYTES)
      ? SEAL_ERR_CHAIN_REPEATED
      : SEAL_ERR_CHAIN_FORK;
    return refuse(status, SEAL_HEADER_SEQ);
  }
  if (seq < before) return refuse(SEAL_ERR_CHAIN_ORDER, SEAL_HEADER_SEQ);
  if (seq - before > 1) return refuse(SEAL_ERR_CHAIN_GAP, SEAL_HEADER_SEQ);
  if (load<u8>(previous, SEAL_HEADER_LIVEMODE) != load<u8>(record, SEAL_HEADER_LIVEMODE)) {
    return refuse(SEAL_ERR_CHAIN_LIVEMODE, SEAL_HEADER_LIVEMODE);
  }
  if (!equal(previous + SEAL_HEADER_ACCOUNT_HASH, record + SEAL_HEADER_ACCOUNT_HASH, 16)) {
    return refuse(SEAL_ERR_CHAIN_ACCOUNT, SEAL_HEADER_ACCOUNT_HASH);
  }
  if (!equal(record + SEAL_HEADER_PREVIOUS_HASH, previousHash, SHA256_BYTES)) {
    return refuse(SEAL_ERR_CHAIN_HASH, SEAL_HEADER_PREVIOUS_HASH);
  }
  return 0;
}

/** Public bytes, so an early end tells nobody anything. */
function equal(a: usize, b: usize, length: u32): bool {
  return memory.compare(a, b, length) == 0;
}
