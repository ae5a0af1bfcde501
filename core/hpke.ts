// HPKE as RFC 9180, one suite, modes Base and PSK, one message per context.
//
// Suite: DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, ChaCha20-Poly1305 0x0003.
// Owns: shared secret, key and nonce between the steps, and their wiping; the caller ends every
// sequence with `wipeHpke`. Left out: the Auth modes, which the successor of RFC 9180 removes,
// and export, which nothing here needs. Steps, in order: encapsulate or decapsulate, schedule,
// then seal or open exactly once, with sequence number 0 and so nonce = base_nonce (§5.2).
import { CRYPTO_ERR_PSK, CRYPTO_ERR_SHARED_SECRET } from "./abi";
import { aeadOpen, aeadSeal } from "./aead";
import { CHACHA20_NONCE_BYTES } from "./chacha20";
import { hmacBegin, hmacEnd, hmacKey, wipeHmac } from "./hmac";
import { SHA256_BYTES, sha256Update } from "./sha256";
import { X25519_BYTES, x25519, x25519Both, x25519Public } from "./x25519";

export const HPKE_MODE_BASE: u32 = 0;
export const HPKE_MODE_PSK: u32 = 1;
/** RFC 9180 §9.5: a PSK has at least 32 bytes of entropy, so it has at least 32 bytes. */
export const HPKE_PSK_BYTES_MIN: u32 = 32;
export const HPKE_ENC_BYTES: u32 = X25519_BYTES;

const VERSION: usize = memory.data<u8>([0x48, 0x50, 0x4b, 0x45, 0x2d, 0x76, 0x31]); // HPKE-v1
const KEM_SUITE: usize = memory.data<u8>([0x4b, 0x45, 0x4d, 0x00, 0x20]); // KEM, kem_id
const KEM_SUITE_BYTES: u32 = 5;
const HPKE_SUITE: usize = memory.data<u8>([ // HPKE, kem_id, kdf_id, aead_id
  0x48, 0x50, 0x4b, 0x45, 0x00, 0x20, 0x00, 0x01, 0x00, 0x03,
]);
const HPKE_SUITE_BYTES: u32 = 10;

// Labels in ASCII, named as RFC 9180 §4.1, §5.1 and §7.1.3 spell them.
const DKP_PRK: usize = memory.data<u8>([0x64, 0x6b, 0x70, 0x5f, 0x70, 0x72, 0x6b]);
const SK: usize = memory.data<u8>([0x73, 0x6b]);
const EAE_PRK: usize = memory.data<u8>([0x65, 0x61, 0x65, 0x5f, 0x70, 0x72, 0x6b]);
const SHARED_SECRET: usize = memory.data<u8>([
  0x73, 0x68, 0x61, 0x72, 0x65, 0x64, 0x5f, 0x73, 0x65, 0x63, 0x72, 0x65, 0x74,
]);
const PSK_ID_HASH: usize = memory.data<u8>([
  0x70, 0x73, 0x6b, 0x5f, 0x69, 0x64, 0x5f, 0x68, 0x61, 0x73, 0x68,
]);
const INFO_HASH: usize = memory.data<u8>([0x69, 0x6e, 0x66, 0x6f, 0x5f, 0x68, 0x61, 0x73, 0x68]);
const SECRET: usize = memory.data<u8>([0x73, 0x65, 0x63, 0x72, 0x65, 0x74]);
const KEY_LABEL: usize = memory.data<u8>([0x6b, 0x65, 0x79]);
const BASE_NONCE: usize = memory.data<u8>([
  0x62, 0x61, 0x73, 0x65, 0x5f, 0x6e, 0x6f, 0x6e, 0x63, 0x65,
]);

//  scratch, 352 bytes
//    0 ephemeral private | 32 DH | 64 kem_context = enc ‖ pkR | 128 shared secret
//  160 key schedule context = mode ‖ psk_id_hash ‖ info_hash | 232 prk | 264 key | 296 nonce
//  312 expand: length u16 and block number | 320 one block of output
const EPHEMERAL: usize = memory.data(352, 16);
const DH: usize = EPHEMERAL + 32;
const KEM_CONTEXT: usize = EPHEMERAL + 64;
const SHARED: usize = EPHEMERAL + 128;
const CONTEXT: usize = EPHEMERAL + 160;
const PRK: usize = EPHEMERAL + 232;
const KEY: usize = EPHEMERAL + 264;
const NONCE: usize = EPHEMERAL + 296;
const EXPAND: usize = EPHEMERAL + 312;
const OKM: usize = EPHEMERAL + 320;
const SCRATCH_BYTES: usize = 352;
const CONTEXT_BYTES: u32 = 65;

/** DeriveKeyPair (RFC 9180 §7.1.3): 32-byte private and public key from `length` secret bytes. */
export function hpkeDeriveKeyPair(
  ikm: usize,
  length: u32,
  privateKey: usize,
  publicKey: usize,
): void {
  derivePrivateKey(ikm, length, privateKey);
  x25519Public(privateKey, publicKey);
}

/**
 * Encap (RFC 9180 §4.1) with the ephemeral key derived from `ikm`, at least 32 secret bytes used
 * once; writes enc, 32 bytes. `CRYPTO_ERR_SHARED_SECRET` for a public key of small order (§7.1.4).
 */
export function hpkeEncapsulate(publicKey: usize, ikm: usize, length: u32, enc: usize): i32 {
  derivePrivateKey(ikm, length, EPHEMERAL);
  if (!x25519Both(EPHEMERAL, publicKey, KEM_CONTEXT, DH)) return CRYPTO_ERR_SHARED_SECRET;
  memory.copy(KEM_CONTEXT + X25519_BYTES, publicKey, X25519_BYTES);
  memory.copy(enc, KEM_CONTEXT, X25519_BYTES);
  agree();
  return 0;
}

/** Decap (RFC 9180 §4.1) of the 32-byte enc with the recipient's private key. */
export function hpkeDecapsulate(privateKey: usize, enc: usize): i32 {
  memory.copy(KEM_CONTEXT, enc, X25519_BYTES);
  x25519Public(privateKey, KEM_CONTEXT + X25519_BYTES);
  if (!x25519(privateKey, enc, DH)) return CRYPTO_ERR_SHARED_SECRET;
  agree();
  return 0;
}

/** KeySchedule (RFC 9180 §5.1); in mode Base psk and psk_id have length 0. */
export function hpkeSchedule(
  mode: u32,
  info: usize,
  infoLength: u32,
  psk: usize,
  pskLength: u32,
  pskId: usize,
  pskIdLength: u32,
): i32 {
  const isComplete = mode == HPKE_MODE_PSK
    ? pskLength >= HPKE_PSK_BYTES_MIN && pskIdLength > 0
    : mode == HPKE_MODE_BASE && pskLength == 0 && pskIdLength == 0;
  if (!isComplete) return CRYPTO_ERR_PSK;
  store<u8>(CONTEXT, <u8>mode);
  extractLabelled(0, 0, HPKE_SUITE, HPKE_SUITE_BYTES, PSK_ID_HASH, 11, pskId, pskIdLength);
  memory.copy(CONTEXT + 1, PRK, SHA256_BYTES);
  extractLabelled(0, 0, HPKE_SUITE, HPKE_SUITE_BYTES, INFO_HASH, 9, info, infoLength);
  memory.copy(CONTEXT + 33, PRK, SHA256_BYTES);
  extractLabelled(SHARED, 32, HPKE_SUITE, HPKE_SUITE_BYTES, SECRET, 6, psk, pskLength);
  expandLabelled(HPKE_SUITE, HPKE_SUITE_BYTES, KEY_LABEL, 3, CONTEXT, CONTEXT_BYTES, KEY, 32);
  expandLabelled(
    HPKE_SUITE,
    HPKE_SUITE_BYTES,
    BASE_NONCE,
    10,
    CONTEXT,
    CONTEXT_BYTES,
    NONCE,
    CHACHA20_NONCE_BYTES,
  );
  return 0;
}

/** Seals the one message of this context: length + 16 bytes at `target`, which may be `source`. */
export function hpkeSeal(
  aad: usize,
  aadLength: u32,
  source: usize,
  length: u32,
  target: usize,
): void {
  aeadSeal(KEY, NONCE, aad, aadLength, source, length, target);
}

/** Opens the one message of this context: `length` bytes of ciphertext without the tag behind. */
export function hpkeOpen(
  aad: usize,
  aadLength: u32,
  source: usize,
  length: u32,
  target: usize,
): bool {
  return aeadOpen(KEY, NONCE, aad, aadLength, source, length, target);
}

/** Zeroes every secret of the context and of the primitives below. */
export function wipeHpke(): void {
  memory.fill(EPHEMERAL, 0, SCRATCH_BYTES);
  wipeHmac();
}

function derivePrivateKey(ikm: usize, length: u32, privateKey: usize): void {
  extractLabelled(0, 0, KEM_SUITE, KEM_SUITE_BYTES, DKP_PRK, 7, ikm, length);
  expandLabelled(KEM_SUITE, KEM_SUITE_BYTES, SK, 2, 0, 0, privateKey, X25519_BYTES);
  memory.fill(PRK, 0, SHA256_BYTES);
}

/** ExtractAndExpand (RFC 9180 §4.1) over the Diffie-Hellman result and kem_context. */
function agree(): void {
  extractLabelled(0, 0, KEM_SUITE, KEM_SUITE_BYTES, EAE_PRK, 7, DH, X25519_BYTES);
  expandLabelled(KEM_SUITE, KEM_SUITE_BYTES, SHARED_SECRET, 13, KEM_CONTEXT, 64, SHARED, 32);
}

/** LabeledExtract (RFC 9180 §4) to PRK; the HMAC states stay keyed only until the next key. */
function extractLabelled(
  salt: usize,
  saltLength: u32,
  suite: usize,
  suiteLength: u32,
  label: usize,
  labelLength: u32,
  ikm: usize,
  ikmLength: u32,
): void {
  hmacKey(salt, saltLength);
  hmacBegin();
  sha256Update(VERSION, 7);
  sha256Update(suite, suiteLength);
  sha256Update(label, labelLength);
  sha256Update(ikm, ikmLength);
  hmacEnd(PRK);
}

/** LabeledExpand (RFC 9180 §4) from PRK; every output here fits one block, T(1) of RFC 5869. */
function expandLabelled(
  suite: usize,
  suiteLength: u32,
  label: usize,
  labelLength: u32,
  info: usize,
  infoLength: u32,
  okm: usize,
  length: u32,
): void {
  assert(length <= SHA256_BYTES);
  store<u16>(EXPAND, bswap<u16>(<u16>length));
  store<u8>(EXPAND, 1, 2);
  hmacKey(PRK, SHA256_BYTES);
  hmacBegin();
  sha256Update(EXPAND, 2);
  sha256Update(VERSION, 7);
  sha256Update(suite, suiteLength);
  sha256Update(label, labelLength);
  sha256Update(info, infoLength);
  sha256Update(EXPAND + 2, 1);
  hmacEnd(OKM);
  memory.copy(okm, OKM, length);
}
