// HMAC-SHA-256 (RFC 2104, FIPS 198-1) and HKDF-SHA-256 (RFC 5869).
//
// Owns: the keyed states and their wiping. A key is turned into its two states once, so every
// further message under the same key (each block of an expand) costs two compressions less.
import {
  copy32,
  SHA256_BLOCK_BYTES,
  SHA256_BYTES,
  sha256Begin,
  sha256End,
  sha256Resume,
  sha256Save,
  sha256Update,
  wipeSha256,
} from "./sha256";

//  scratch, 208 bytes:  0 key block | 64 inner state | 96 outer state | 128 digest | 160 T(i)
const KEY_BLOCK: usize = memory.data(208, 16);
const INNER: usize = KEY_BLOCK + 64;
const OUTER: usize = KEY_BLOCK + 96;
const DIGEST: usize = KEY_BLOCK + 128;
const OUTPUT_BLOCK: usize = KEY_BLOCK + 160;
const COUNTER: usize = KEY_BLOCK + 192;
const SCRATCH_BYTES: usize = 208;

/** RFC 5869 §2.3: at most 255 blocks. */
export const HKDF_OUTPUT_BYTES_MAX: u32 = 255 * SHA256_BYTES;

/** MACs `length` bytes at `message` into 32 bytes at `mac`; keeps nothing. */
export function hmacSha256(
  key: usize,
  keyLength: u32,
  message: usize,
  length: u32,
  mac: usize,
): void {
  hmacKey(key, keyLength);
  hmacBegin();
  sha256Update(message, length);
  hmacEnd(mac);
  wipeHmac();
}

/** Extracts 32 bytes at `prk` (RFC 5869 §2.2); an absent salt is `saltLength` 0. Keeps nothing. */
export function hkdfExtract(
  salt: usize,
  saltLength: u32,
  ikm: usize,
  ikmLength: u32,
  prk: usize,
): void {
  hmacSha256(salt, saltLength, ikm, ikmLength, prk);
}

/** Expands to `length` bytes at `okm` (RFC 5869 §2.3), at most 8,160; keeps nothing. */
export function hkdfExpand(
  prk: usize,
  prkLength: u32,
  info: usize,
  infoLength: u32,
  okm: usize,
  length: u32,
): void {
  assert(length <= HKDF_OUTPUT_BYTES_MAX);
  hmacKey(prk, prkLength);
  let counter: u32 = 0;
  while (length > 0) {
    hmacBegin();
    if (counter > 0) sha256Update(OUTPUT_BLOCK, SHA256_BYTES);
    sha256Update(info, infoLength);
    counter += 1;
    store<u8>(COUNTER, <u8>counter);
    sha256Update(COUNTER, 1);
    hmacEnd(OUTPUT_BLOCK);
    const taken = min<u32>(length, SHA256_BYTES);
    memory.copy(okm, OUTPUT_BLOCK, taken);
    okm += taken;
    length -= taken;
  }
  wipeHmac();
}

/** Both states of the empty key, which every HKDF without a salt begins with; public. */
const EMPTY_KEY: usize = memory.data(64, 16);
let hasEmptyKey: bool = false;

/** Turns a key into its inner and outer state (RFC 2104 §2, longer keys are hashed first). */
export function hmacKey(key: usize, keyLength: u32): void {
  if (keyLength == 0 && hasEmptyKey) {
    copy32(INNER, EMPTY_KEY);
    copy32(OUTER, EMPTY_KEY + SHA256_BYTES);
    return;
  }
  memory.fill(KEY_BLOCK, 0, SHA256_BLOCK_BYTES);
  if (keyLength > SHA256_BLOCK_BYTES) {
    sha256Begin();
    sha256Update(key, keyLength);
    sha256End(KEY_BLOCK);
  } else if (keyLength > 0) {
    memory.copy(KEY_BLOCK, key, keyLength);
  }
  maskKeyBlock(0x3636363636363636);
  saveKeyBlock(INNER);
  // 0x36 ^ 0x5c: from the inner pad to the outer one in a single pass.
  maskKeyBlock(0x6a6a6a6a6a6a6a6a);
  saveKeyBlock(OUTER);
  if (keyLength != 0) return;
  copy32(EMPTY_KEY, INNER);
  copy32(EMPTY_KEY + SHA256_BYTES, OUTER);
  hasEmptyKey = true;
}

/** Starts a message under the key given last; its bytes go to `sha256Update`. */
export function hmacBegin(): void {
  sha256Resume(INNER, SHA256_BLOCK_BYTES);
}

/** Ends the message and writes the 32-byte MAC; the keyed states stay. */
export function hmacEnd(mac: usize): void {
  sha256End(DIGEST);
  sha256Resume(OUTER, SHA256_BLOCK_BYTES);
  sha256Update(DIGEST, SHA256_BYTES);
  sha256End(mac);
}

/** Zeroes the keyed states, the running output and the hash below. */
export function wipeHmac(): void {
  memory.fill(KEY_BLOCK, 0, SCRATCH_BYTES);
  wipeSha256();
}

function maskKeyBlock(mask: u64): void {
  for (let i: usize = 0; i < <usize>SHA256_BLOCK_BYTES; i += 8) {
    store<u64>(KEY_BLOCK + i, load<u64>(KEY_BLOCK + i) ^ mask);
  }
}

function saveKeyBlock(state: usize): void {
  sha256Begin();
  sha256Update(KEY_BLOCK, SHA256_BLOCK_BYTES);
  sha256Save(state);
}
