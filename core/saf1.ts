// SAF1: one stored payment, sealed to a key this device does not have.
//
// Owns: what goes into HPKE and in which order, the chain secret's steps, padding, and that
// nothing secret is left in memory. Format and reasons: docs/formats/saf1.md. The caller places
// the arguments as SEAL_INPUT_* says and finds the results as SEAL_OUTPUT_* says.
import {
  SEAL_ENC_BYTES_SUITE_1,
  SEAL_ERR_OPEN,
  SEAL_ERR_PADDING,
  SEAL_ERR_PLAINTEXT_LENGTH,
  SEAL_ERR_PUBLIC_KEY,
  SEAL_ERR_SUITE,
  SEAL_HEADER_BYTES,
  SEAL_HEADER_DEVICE_ID,
  SEAL_HEADER_MODE,
  SEAL_HEADER_PADDED_LENGTH,
  SEAL_HEADER_SUITE,
  SEAL_INPUT_BODY,
  SEAL_INPUT_CHAIN_SECRET,
  SEAL_INPUT_ENTROPY,
  SEAL_INPUT_HEADER,
  SEAL_INPUT_KEY,
  SEAL_LENGTH_PREFIX_BYTES,
  SEAL_OUTPUT_HASH,
  SEAL_OUTPUT_NEXT_SECRET,
  SEAL_OUTPUT_RECORD,
  SEAL_PADDING_BYTES,
  SEAL_PLAINTEXT_BYTES_MAX,
  SEAL_TAG_BYTES,
} from "./abi";
import { wipeAead } from "./aead";
import { INPUT, OUTPUT } from "./arena";
import { hkdfExpand, hmacBegin, hmacEnd, hmacKey } from "./hmac";
import {
  hpkeDecapsulate,
  hpkeEncapsulate,
  hpkeOpen,
  hpkeSchedule,
  hpkeSeal,
  wipeHpke,
} from "./hpke";
import { checkHeader, checkRecord, paddedBytes, refuse } from "./saf1_header";
import { SHA256_BYTES, sha256, sha256Update } from "./sha256";
import { wipeX25519 } from "./x25519";

const CHAIN_SECRET_BYTES: u32 = 32;
/** info: "SAF1", version, suite, mode, livemode, key id, as they stand in the header. */
const INFO_BYTES: u32 = 16;
/** psk_id: device, epoch and sequence number, as they stand in the header. */
const PSK_ID_BYTES: u32 = 28;
const BODY_OFFSET: usize = SEAL_HEADER_BYTES + SEAL_ENC_BYTES_SUITE_1;

const PSK_LABEL: usize = memory.data<u8>([ // SAF1 psk
  0x53, 0x41, 0x46, 0x31, 0x20, 0x70, 0x73, 0x6b,
]);
const NEXT_LABEL: usize = memory.data<u8>([ // SAF1 next
  0x53, 0x41, 0x46, 0x31, 0x20, 0x6e, 0x65, 0x78, 0x74,
]);

//  scratch, 64 bytes:  0 psk | 32 ikmE
const PSK: usize = memory.data(64, 16);
const EPHEMERAL_IKM: usize = PSK + 32;

/**
 * Seals `plaintextLength` bytes; a genesis carries its chain secret in front of them. Returns the
 * record's length or a status.
 */
export function saf1Seal(plaintextLength: u32): i32 {
  const header = INPUT + SEAL_INPUT_HEADER;
  const isGenesis = load<u8>(header, SEAL_HEADER_MODE) == 0;
  const carried: u32 = isGenesis ? CHAIN_SECRET_BYTES : 0;
  if (plaintextLength > <u32>SEAL_PLAINTEXT_BYTES_MAX - carried) {
    return refuse(SEAL_ERR_PLAINTEXT_LENGTH, 0);
  }
  const padded = padTo256(plaintextLength + carried);
  store<u16>(header, bswap<u16>(<u16>padded), SEAL_HEADER_PADDED_LENGTH);
  const status = checkHeader(header, SEAL_HEADER_BYTES);
  if (status < 0) return status;
  if (load<u8>(header, SEAL_HEADER_SUITE) != 1) return refuse(SEAL_ERR_SUITE, SEAL_HEADER_SUITE);

  // The padded plaintext is laid out where its ciphertext will stand, so no copy of it remains.
  const record = OUTPUT + SEAL_OUTPUT_RECORD;
  const body = record + BODY_OFFSET;
  memory.copy(record, header, SEAL_HEADER_BYTES);
  memory.fill(body, 0, padded);
  store<u16>(body, bswap<u16>(<u16>(plaintextLength + carried)));
  const secret = INPUT + SEAL_INPUT_CHAIN_SECRET;
  memory.copy(body + SEAL_LENGTH_PREFIX_BYTES, secret, carried);
  memory.copy(body + SEAL_LENGTH_PREFIX_BYTES + carried, INPUT + SEAL_INPUT_BODY, plaintextLength);

  const sealed = sealBody(record, body, padded, isGenesis);
  if (sealed < 0) {
    memory.fill(record, 0, BODY_OFFSET + padded);
    return sealed;
  }
  const length = <u32>BODY_OFFSET + padded + SEAL_TAG_BYTES;
  finish(record, length, secret);
  return length;
}

/**
 * Opens the record of `length` bytes at SEAL_INPUT_BODY. Returns the plaintext's length, the
 * chain secret of a genesis included, or a status; one status for everything not authentic.
 */
export function saf1Open(length: u32): i32 {
  const record = INPUT + SEAL_INPUT_BODY;
  const checked = checkRecord(record, length);
  if (checked < 0) return checked;
  if (load<u8>(record, SEAL_HEADER_SUITE) != 1) return refuse(SEAL_ERR_SUITE, SEAL_HEADER_SUITE);
  const isGenesis = load<u8>(record, SEAL_HEADER_MODE) == 0;
  const padded = paddedBytes(record);
  const target = OUTPUT + SEAL_OUTPUT_RECORD;
  const secret = INPUT + SEAL_INPUT_CHAIN_SECRET;

  let isOpen = hpkeDecapsulate(INPUT + SEAL_INPUT_KEY, record + SEAL_HEADER_BYTES) >= 0;
  isOpen = isOpen && schedule(record, isGenesis) >= 0 &&
    hpkeOpen(record, SEAL_HEADER_BYTES, record + BODY_OFFSET, padded, target);
  wipeSecrets();
  if (!isOpen) return refuse(SEAL_ERR_OPEN, SEAL_HEADER_BYTES);

  const plaintextLength = <u32>bswap<u16>(load<u16>(target));
  const plaintext = target + SEAL_LENGTH_PREFIX_BYTES;
  if (!isPaddingCanonical(plaintext, plaintextLength, padded) ||
    (isGenesis && plaintextLength < CHAIN_SECRET_BYTES)) {
    memory.fill(target, 0, padded);
    return refuse(SEAL_ERR_PADDING, SEAL_HEADER_BYTES);
  }
  if (isGenesis) memory.copy(secret, plaintext, CHAIN_SECRET_BYTES);
  finish(record, length, secret);
  return plaintextLength;
}

/** next = A_{i+1} from A_i; `next` may be `secret`. */
export function saf1Advance(secret: usize, next: usize): void {
  hkdfExpand(secret, CHAIN_SECRET_BYTES, NEXT_LABEL, 9, next, CHAIN_SECRET_BYTES);
}

/** psk of a record from its chain secret. */
export function saf1Psk(secret: usize, psk: usize): void {
  hkdfExpand(secret, CHAIN_SECRET_BYTES, PSK_LABEL, 8, psk, CHAIN_SECRET_BYTES);
}

/** Zeroes every secret the core keeps between two steps of a call. */
export function wipeSecrets(): void {
  memory.fill(PSK, 0, 64);
  wipeHpke();
  wipeX25519();
  wipeAead();
}

/** Encapsulates, schedules and encrypts in place; on a refusal the body is still plaintext. */
function sealBody(record: usize, body: usize, padded: u32, isGenesis: bool): i32 {
  deriveEphemeralIkm(record, body, padded);
  const publicKey = INPUT + SEAL_INPUT_KEY;
  const enc = record + SEAL_HEADER_BYTES;
  if (hpkeEncapsulate(publicKey, EPHEMERAL_IKM, SHA256_BYTES, enc) < 0) {
    wipeSecrets();
    return refuse(SEAL_ERR_PUBLIC_KEY, 0);
  }
  const status = schedule(record, isGenesis);
  assert(status >= 0); // Lengths are fixed here, so the mode and the PSK always fit.
  hpkeSeal(record, SEAL_HEADER_BYTES, body, padded, body);
  wipeSecrets();
  return 0;
}

/**
 * ikmE = HKDF-Extract(salt = entropy ‖ A_i, header ‖ padded plaintext). Hedged as RFC 8937 and
 * RFC 6979 hedge: were the random source to repeat and the disk to be an old copy, two different
 * records would still get two ephemeral keys, so no key and nonce ever serve two plaintexts.
 */
function deriveEphemeralIkm(record: usize, body: usize, padded: u32): void {
  assert(SEAL_INPUT_CHAIN_SECRET == SEAL_INPUT_ENTROPY + 32);
  hmacKey(INPUT + SEAL_INPUT_ENTROPY, 64);
  hmacBegin();
  sha256Update(record, SEAL_HEADER_BYTES);
  sha256Update(body, padded);
  hmacEnd(EPHEMERAL_IKM);
}

function schedule(record: usize, isGenesis: bool): i32 {
  if (isGenesis) return hpkeSchedule(0, record, INFO_BYTES, 0, 0, 0, 0);
  saf1Psk(INPUT + SEAL_INPUT_CHAIN_SECRET, PSK);
  const pskId = record + SEAL_HEADER_DEVICE_ID;
  return hpkeSchedule(1, record, INFO_BYTES, PSK, CHAIN_SECRET_BYTES, pskId, PSK_ID_BYTES);
}

/** Hash of the record and the next chain secret, to their places in the output. */
function finish(record: usize, length: u32, secret: usize): void {
  sha256(record, length, OUTPUT + SEAL_OUTPUT_HASH);
  saf1Advance(secret, OUTPUT + SEAL_OUTPUT_NEXT_SECRET);
}

/** Length with its prefix, up to the next multiple of 256. */
function padTo256(length: u32): u32 {
  const step: u32 = SEAL_PADDING_BYTES;
  return (length + SEAL_LENGTH_PREFIX_BYTES + step - 1) / step * step;
}

/** The one encoding: the smallest padding that fits, all zero. Runs on authentic bytes only. */
function isPaddingCanonical(plaintext: usize, length: u32, padded: u32): bool {
  if (length > <u32>SEAL_PLAINTEXT_BYTES_MAX || padTo256(length) != padded) return false;
  let bits: u32 = 0;
  for (let i = length; i < padded - SEAL_LENGTH_PREFIX_BYTES; i++) bits |= load<u8>(plaintext + i);
  return bits == 0;
}
