// `record header` of core/wit/seal.wit and the 207 bytes on the wire.
//
// Owns: the mapping between the two. The core decides what is canonical; this file refuses only
// what has no encoding, with the offset of the field on the wire.
//
//   header, 120 bytes
//   0 suite u8 | 1 mode u8 | 2 livemode u8 | 4 key id | 12 device id | 20 epoch u32 | 24 seq u64
//   32 previous hash | 40 local id | 48 created u64 | 56 monotonic u64 | 64 boot id
//   72 amount u64 | 80 currency | 88 account | 96 idempotency key | 104 transaction HMAC
//   112 policy u32 | 116 schema u16
import {
  SEAL_ERR_FIELD, SEAL_HEADER_ACCOUNT_HASH, SEAL_HEADER_AMOUNT_MINOR, SEAL_HEADER_BOOT_ID,
  SEAL_HEADER_CARD_TRANSACTION_HMAC, SEAL_HEADER_CREATED_AT_MS, SEAL_HEADER_CURRENCY,
  SEAL_HEADER_DEVICE_ID, SEAL_HEADER_EPOCH, SEAL_HEADER_IDEMPOTENCY_KEY, SEAL_HEADER_KEY_ID,
  SEAL_HEADER_LIVEMODE, SEAL_HEADER_LOCAL_ID, SEAL_HEADER_MAGIC, SEAL_HEADER_MODE,
  SEAL_HEADER_MONOTONIC_MS, SEAL_HEADER_POLICY_VERSION, SEAL_HEADER_PREVIOUS_HASH,
  SEAL_HEADER_SCHEMA_VERSION, SEAL_HEADER_SEQ, SEAL_HEADER_SUITE, SEAL_HEADER_VERSION,
} from "../abi";
import { paddedBytes, refuse } from "../saf1_header";
import { storeList } from "./memory";

/** Bytes of `record stored-header`: the header, padded length u16 at 120, alignment 8. */
export const STORED_BYTES: usize = 128;
const STORED_PADDED: usize = 120;

/** "SAF1" as the little-endian word it is stored as. */
const MAGIC: u32 = 0x31464153;

/** Lists of the record: its offset, the offset on the wire, the length. */
const LISTS: usize = memory.data<i32>([
  4, SEAL_HEADER_KEY_ID, 8,
  12, SEAL_HEADER_DEVICE_ID, 16,
  32, SEAL_HEADER_PREVIOUS_HASH, 32,
  40, SEAL_HEADER_LOCAL_ID, 16,
  64, SEAL_HEADER_BOOT_ID, 16,
  80, SEAL_HEADER_CURRENCY, 3,
  88, SEAL_HEADER_ACCOUNT_HASH, 16,
  96, SEAL_HEADER_IDEMPOTENCY_KEY, 32,
  104, SEAL_HEADER_CARD_TRANSACTION_HMAC, 16,
]);
const LIST_COUNT: usize = 9;
const ROW_BYTES: usize = 12;

/** Writes the header at `record` to `wire`, the padded length left to the core; 0 or a status. */
export function encodeHeader(wire: usize, record: usize): i32 {
  for (let i: usize = 0; i < LIST_COUNT; i++) {
    const row = LISTS + i * ROW_BYTES;
    const offset = load<i32>(row, 4);
    const length = load<u32>(row, 8);
    const list = record + load<u32>(row);
    if (load<u32>(list, 4) != length) return refuse(SEAL_ERR_FIELD, offset);
    memory.copy(wire + offset, load<u32>(list), length);
  }
  store<u32>(wire, MAGIC, SEAL_HEADER_MAGIC);
  store<u8>(wire, 1, SEAL_HEADER_VERSION);
  store<u8>(wire, load<u8>(record) + 1, SEAL_HEADER_SUITE);
  store<u8>(wire, load<u8>(record, 1), SEAL_HEADER_MODE);
  store<u8>(wire, load<u8>(record, 2), SEAL_HEADER_LIVEMODE);
  store<u32>(wire, bswap<u32>(load<u32>(record, 20)), SEAL_HEADER_EPOCH);
  store<u64>(wire, bswap<u64>(load<u64>(record, 24)), SEAL_HEADER_SEQ);
  store<u64>(wire, bswap<u64>(load<u64>(record, 48)), SEAL_HEADER_CREATED_AT_MS);
  store<u64>(wire, bswap<u64>(load<u64>(record, 56)), SEAL_HEADER_MONOTONIC_MS);
  store<u64>(wire, bswap<u64>(load<u64>(record, 72)), SEAL_HEADER_AMOUNT_MINOR);
  store<u32>(wire, bswap<u32>(load<u32>(record, 112)), SEAL_HEADER_POLICY_VERSION);
  store<u16>(wire, bswap<u16>(load<u16>(record, 116)), SEAL_HEADER_SCHEMA_VERSION);
  return 0;
}

/** Writes `record stored-header` for the canonical record at `wire`, which must stay there. */
export function decodeHeader(record: usize, wire: usize): void {
  for (let i: usize = 0; i < LIST_COUNT; i++) {
    const row = LISTS + i * ROW_BYTES;
    storeList(record + load<u32>(row), wire + load<u32>(row, 4), load<u32>(row, 8));
  }
  store<u8>(record, load<u8>(wire, SEAL_HEADER_SUITE) - 1);
  store<u8>(record, load<u8>(wire, SEAL_HEADER_MODE), 1);
  store<u8>(record, load<u8>(wire, SEAL_HEADER_LIVEMODE), 2);
  store<u32>(record, bswap<u32>(load<u32>(wire, SEAL_HEADER_EPOCH)), 20);
  store<u64>(record, bswap<u64>(load<u64>(wire, SEAL_HEADER_SEQ)), 24);
  store<u64>(record, bswap<u64>(load<u64>(wire, SEAL_HEADER_CREATED_AT_MS)), 48);
  store<u64>(record, bswap<u64>(load<u64>(wire, SEAL_HEADER_MONOTONIC_MS)), 56);
  store<u64>(record, bswap<u64>(load<u64>(wire, SEAL_HEADER_AMOUNT_MINOR)), 72);
  store<u32>(record, bswap<u32>(load<u32>(wire, SEAL_HEADER_POLICY_VERSION)), 112);
  store<u16>(record, bswap<u16>(load<u16>(wire, SEAL_HEADER_SCHEMA_VERSION)), 116);
  store<u16>(record, <u16>paddedBytes(wire), STORED_PADDED);
}
