// AEAD_CHACHA20_POLY1305 as RFC 8439 §2.8.
//
// Owns: the order of the steps (the tag is checked before a byte is decrypted) and the one way
// to fail. A nonce is used once per key; who calls decides how, SAF1 by a fresh key per record.
import {
  CHACHA20_BLOCK_BYTES,
  chacha20Begin,
  chacha20Xor,
  wipeChacha20,
} from "./chacha20";
import {
  poly1305Absorb,
  poly1305AbsorbLengths,
  poly1305Begin,
  poly1305End,
  wipePoly1305,
} from "./poly1305";

export const AEAD_TAG_BYTES: u32 = 16;

//  scratch, 80 bytes:  0 first keystream block, its first half the one-time key | 64 tag
const FIRST_BLOCK: usize = memory.data(80, 16);
const TAG: usize = FIRST_BLOCK + 64;
const SCRATCH_BYTES: usize = 80;

/**
 * Encrypts `length` bytes to `target` and writes the tag behind them: length + 16 bytes.
 * `target` may be `source`; it must not overlap key, nonce or aad.
 */
export function aeadSeal(
  key: usize,
  nonce: usize,
  aad: usize,
  aadLength: u32,
  source: usize,
  length: u32,
  target: usize,
): void {
  begin(key, nonce);
  chacha20Xor(source, target, length);
  authenticate(aad, aadLength, target, length, target + length);
  wipeAead();
}

/**
 * Checks the tag behind `length` bytes of ciphertext and decrypts them to `target`. False means
 * not authentic, for whatever reason; `target` is then untouched.
 */
export function aeadOpen(
  key: usize,
  nonce: usize,
  aad: usize,
  aadLength: u32,
  source: usize,
  length: u32,
  target: usize,
): bool {
  begin(key, nonce);
  authenticate(aad, aadLength, source, length, TAG);
  const isAuthentic = equal16(TAG, source + length);
  if (isAuthentic) chacha20Xor(source, target, length);
  wipeAead();
  return isAuthentic;
}

/** Zeroes keys, keystream and accumulator. */
export function wipeAead(): void {
  memory.fill(FIRST_BLOCK, 0, SCRATCH_BYTES);
  wipeChacha20();
  wipePoly1305();
}

/** RFC 8439 §2.6: block 0 makes the one-time key; the message starts at block 1. */
function begin(key: usize, nonce: usize): void {
  chacha20Begin(key, nonce, 0);
  memory.fill(FIRST_BLOCK, 0, CHACHA20_BLOCK_BYTES);
  chacha20Xor(FIRST_BLOCK, FIRST_BLOCK, CHACHA20_BLOCK_BYTES);
  poly1305Begin(FIRST_BLOCK);
}

function authenticate(
  aad: usize,
  aadLength: u32,
  ciphertext: usize,
  length: u32,
  tag: usize,
): void {
  poly1305Absorb(aad, aadLength);
  poly1305Absorb(ciphertext, length);
  poly1305AbsorbLengths(aadLength, length);
  poly1305End(tag);
}

/** Compares all 16 bytes before it decides, so time tells nothing of where they differ. */
function equal16(a: usize, b: usize): bool {
  const difference = (load<u64>(a, 0) ^ load<u64>(b, 0)) | (load<u64>(a, 8) ^ load<u64>(b, 8));
  return difference == 0;
}
