// `interface seal` of core/wit/seal.wit.
//
// Owns: the copies into the core's arguments (SEAL_INPUT_* of ../abi.ts) and that they are zeroed
// with everything else after the call. Lengths are checked in the order of the TypeScript binding,
// so that both builds name the same fault.
import {
  SEAL_ERR_CHAIN_REPEATED, SEAL_ERR_MODE, SEAL_ERR_PLAINTEXT_LENGTH, SEAL_ERR_TRUNCATED,
  SEAL_HEADER_MODE, SEAL_HEADER_SEQ, SEAL_INPUT_BODY, SEAL_INPUT_CHAIN_SECRET, SEAL_INPUT_ENTROPY,
  SEAL_INPUT_HEADER, SEAL_INPUT_KEY, SEAL_OUTPUT_HASH, SEAL_OUTPUT_NEXT_SECRET,
  SEAL_OUTPUT_PLAINTEXT, SEAL_OUTPUT_RECORD, SEAL_PLAINTEXT_BYTES_MAX,
} from "../abi";
import { INPUT, OUTPUT } from "../arena";
import { hpkeDeriveKeyPair } from "../hpke";
import { saf1Advance, saf1Open, saf1Seal, wipeSecrets } from "../saf1";
import { saf1Follows, saf1Hash } from "../saf1_chain";
import { checkRecord, readU64, refuse, sealErrorOffset } from "../saf1_header";
import { sha256 } from "../sha256";
import { okList, PAYLOAD, PAYLOAD_8, RESULT, soil, storeList, take } from "./memory";
import { decodeHeader, encodeHeader, STORED_BYTES } from "./seal_header";

const SECRET_BYTES: u32 = 32;
const KEY_ID_BYTES: u32 = 8;
/** Longest record, 4,640 bytes, behind the other arguments or results. */
const SOILED_BYTES: u32 = SEAL_INPUT_BODY + 4640;

// variant seal-failure
const BAD_ARGUMENT: u32 = 0;
const BAD_RECORD: u32 = 1;
// enum seal-argument
const ARGUMENT_PUBLIC_KEY: u32 = 0;
const ARGUMENT_PRIVATE_KEY: u32 = 1;
const ARGUMENT_CHAIN_SECRET: u32 = 2;
const ARGUMENT_ENTROPY: u32 = 3;
/** Cases of `seal-error` before the first about a chain. */
const RECORD_ERRORS: u32 = 11;

// record seal-request, behind the header of 120 bytes
const REQUEST_PUBLIC_KEY: usize = 120;
const REQUEST_CHAIN_SECRET: usize = 128;
const REQUEST_ENTROPY: usize = 136;
const REQUEST_PLAINTEXT: usize = 144;

export function generateKeyPair(entropy: usize, length: u32): usize {
  if (length < SECRET_BYTES) return badArgument(PAYLOAD, ARGUMENT_ENTROPY);
  const privateKey = take(32);
  const publicKey = take(32);
  const hash = take(32);
  hpkeDeriveKeyPair(entropy, length, privateKey, publicKey);
  sha256(publicKey, 32, hash);
  wipeSecrets();
  okList(privateKey, 32);
  storeList(PAYLOAD + 8, publicKey, 32);
  storeList(PAYLOAD + 16, hash, KEY_ID_BYTES);
  return RESULT;
}

export function seal(request: usize): usize {
  if (lengthAt(request + REQUEST_PUBLIC_KEY) != SECRET_BYTES) {
    return badArgument(PAYLOAD, ARGUMENT_PUBLIC_KEY);
  }
  if (lengthAt(request + REQUEST_ENTROPY) != SECRET_BYTES) {
    return badArgument(PAYLOAD, ARGUMENT_ENTROPY);
  }
  if (lengthAt(request + REQUEST_CHAIN_SECRET) != SECRET_BYTES) {
    return badArgument(PAYLOAD, ARGUMENT_CHAIN_SECRET);
  }
  if (lengthAt(request + REQUEST_PLAINTEXT) > <u32>SEAL_PLAINTEXT_BYTES_MAX) {
    return badRecord(PAYLOAD, refuse(SEAL_ERR_PLAINTEXT_LENGTH, 0));
  }
  soil(SOILED_BYTES, SOILED_BYTES);
  const encoded = encodeHeader(INPUT + SEAL_INPUT_HEADER, request);
  if (encoded < 0) return badRecord(PAYLOAD, encoded);
  place(SEAL_INPUT_KEY, request + REQUEST_PUBLIC_KEY);
  place(SEAL_INPUT_ENTROPY, request + REQUEST_ENTROPY);
  place(SEAL_INPUT_CHAIN_SECRET, request + REQUEST_CHAIN_SECRET);
  place(SEAL_INPUT_BODY, request + REQUEST_PLAINTEXT);
  const length = saf1Seal(lengthAt(request + REQUEST_PLAINTEXT));
  wipeSecrets();
  if (length < 0) return badRecord(PAYLOAD, length);
  okList(OUTPUT + SEAL_OUTPUT_RECORD, length);
  storeList(PAYLOAD + 8, OUTPUT + SEAL_OUTPUT_HASH, 32);
  storeList(PAYLOAD + 16, OUTPUT + SEAL_OUTPUT_NEXT_SECRET, SECRET_BYTES);
  return RESULT;
}

export function open(
  record: usize, length: u32, key: usize, keyLength: u32, hasSecret: u32, secret: usize,
  secretLength: u32,
): usize {
  const checked = checkRecord(record, length);
  if (checked < 0) return badRecord(PAYLOAD_8, checked);
  const isGenesis = load<u8>(record, SEAL_HEADER_MODE) == 0;
  if (isGenesis == (hasSecret != 0)) {
    return badRecord(PAYLOAD_8, refuse(SEAL_ERR_MODE, SEAL_HEADER_MODE));
  }
  if (!isGenesis && secretLength != SECRET_BYTES) {
    return badArgument(PAYLOAD_8, ARGUMENT_CHAIN_SECRET);
  }
  if (keyLength != SECRET_BYTES) return badArgument(PAYLOAD_8, ARGUMENT_PRIVATE_KEY);
  soil(SOILED_BYTES, SOILED_BYTES);
  memory.copy(INPUT + SEAL_INPUT_KEY, key, SECRET_BYTES);
  if (!isGenesis) memory.copy(INPUT + SEAL_INPUT_CHAIN_SECRET, secret, SECRET_BYTES);
  memory.copy(INPUT + SEAL_INPUT_BODY, record, length);
  const opened = saf1Open(length);
  wipeSecrets();
  if (opened < 0) return badRecord(PAYLOAD_8, opened);
  const carried: u32 = isGenesis ? SECRET_BYTES : 0;
  store<u8>(RESULT, 0);
  decodeHeader(PAYLOAD_8, record);
  const lists = PAYLOAD_8 + STORED_BYTES;
  storeList(lists, OUTPUT + SEAL_OUTPUT_PLAINTEXT + carried, opened - carried);
  storeList(lists + 8, OUTPUT + SEAL_OUTPUT_HASH, 32);
  storeList(lists + 16, INPUT + SEAL_INPUT_CHAIN_SECRET, SECRET_BYTES);
  storeList(lists + 24, OUTPUT + SEAL_OUTPUT_NEXT_SECRET, SECRET_BYTES);
  return RESULT;
}

export function readHeader(record: usize, length: u32): usize {
  const status = checkRecord(record, length);
  if (status < 0) return recordFailure(PAYLOAD_8, status);
  store<u8>(RESULT, 0);
  decodeHeader(PAYLOAD_8, record);
  return RESULT;
}

export function hash(record: usize, length: u32): usize {
  const target = take(32);
  const status = saf1Hash(record, length, target);
  wipeSecrets();
  return status < 0 ? recordFailure(PAYLOAD, status) : okList(target, 32);
}

export function verify(records: usize, count: u32): usize {
  let previous: usize = 0;
  let previousHash = take(32);
  let ownHash = take(32);
  for (let i: u32 = 0; i < count; i++) {
    const list = records + <usize>i * 8;
    const record = <usize>load<u32>(list);
    let status = saf1Hash(record, lengthAt(list), ownHash);
    if (status >= 0 && i > 0) status = saf1Follows(previous, previousHash, record, ownHash);
    if (status < 0) {
      wipeSecrets();
      store<u32>(PAYLOAD, i);
      return recordFailure(PAYLOAD + 4, status);
    }
    const spare = previousHash;
    previousHash = ownHash;
    ownHash = spare;
    previous = record;
  }
  wipeSecrets();
  const isComplete = count > 0 && readU64(<usize>load<u32>(records) + SEAL_HEADER_SEQ) == 0;
  store<u8>(RESULT, 0);
  store<u8>(PAYLOAD, u8(isComplete));
  store<u8>(PAYLOAD, u8(count > 0), 4);
  storeList(PAYLOAD + 8, previousHash, 32);
  return RESULT;
}

export function advance(secret: usize, length: u32, steps: u32): usize {
  if (length != SECRET_BYTES) return badArgument(PAYLOAD, ARGUMENT_CHAIN_SECRET);
  for (let i: u32 = 0; i < steps; i++) saf1Advance(secret, secret);
  wipeSecrets();
  return okList(secret, SECRET_BYTES);
}

function lengthAt(list: usize): u32 {
  return load<u32>(list, 4);
}

/** Copies the list at `list` to its place among the core's arguments. */
function place(offset: i32, list: usize): void {
  memory.copy(INPUT + offset, load<u32>(list), lengthAt(list));
}

/** Ends a call with `seal-failure` at `target`: an argument of the wrong length. */
function badArgument(target: usize, argument: u32): usize {
  store<u8>(RESULT, 1);
  store<u8>(target, <u8>BAD_ARGUMENT);
  store<u8>(target, <u8>argument, 4);
  return RESULT;
}

/** Ends a call with `seal-failure` at `target`: a status of the core. */
function badRecord(target: usize, status: i32): usize {
  store<u8>(target, <u8>BAD_RECORD);
  return recordFailure(target + 4, status);
}

/** Ends a call with `record-failure` at `target`. */
function recordFailure(target: usize, status: i32): usize {
  const kind = status > SEAL_ERR_CHAIN_REPEATED
    ? SEAL_ERR_TRUNCATED - status
    : RECORD_ERRORS + (SEAL_ERR_CHAIN_REPEATED - status);
  store<u8>(RESULT, 1);
  store<u8>(target, <u8>kind);
  store<u32>(target, sealErrorOffset(), 4);
  return RESULT;
}
