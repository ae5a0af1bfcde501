// ChaCha20 as RFC 8439 §2.3 and §2.4.
//
// Owns: the cipher's state and its wiping. Only additions, rotations and exclusive ors: no
// table, no branch and no address depends on a secret. The double round is written out because
// sixteen words in locals stay in registers; a loop over memory does not. A build with SIMD takes
// four blocks at once (chacha20_simd.ts); it is compared and benched, not shipped.
import { fourBlocks } from "./chacha20_simd";

export const CHACHA20_KEY_BYTES: u32 = 32;
export const CHACHA20_NONCE_BYTES: u32 = 12;
export const CHACHA20_BLOCK_BYTES: u32 = 64;

//  scratch, 128 bytes:  0 state (constants, key, counter, nonce) | 64 keystream of a last block
const STATE: usize = memory.data(128, 16);
const KEYSTREAM: usize = STATE + 64;
const SCRATCH_BYTES: usize = 128;

/** Sets key, 12-byte nonce and block counter (RFC 8439 §2.3). */
export function chacha20Begin(key: usize, nonce: usize, counter: u32): void {
  store<u32>(STATE, 0x61707865, 0);
  store<u32>(STATE, 0x3320646e, 4);
  store<u32>(STATE, 0x79622d32, 8);
  store<u32>(STATE, 0x6b206574, 12);
  for (let i: usize = 0; i < 32; i += 8) store<u64>(STATE + 16 + i, load<u64>(key + i));
  store<u32>(STATE, counter, 48);
  store<u32>(STATE, load<u32>(nonce, 0), 52);
  store<u64>(STATE, load<u64>(nonce, 4), 56);
}

/**
 * Adds the keystream to `length` bytes; `target` may be `source`. The counter goes on by whole
 * blocks, so only the last call of a message may have a length that is not a multiple of 64.
 */
export function chacha20Xor(source: usize, target: usize, length: u32): void {
  if (ASC_FEATURE_SIMD) {
    for (; length >= 256; length -= 256) {
      fourBlocks(STATE, source, target);
      source += 256;
      target += 256;
    }
  }
  while (length >= CHACHA20_BLOCK_BYTES) {
    block(source, target);
    source += CHACHA20_BLOCK_BYTES;
    target += CHACHA20_BLOCK_BYTES;
    length -= CHACHA20_BLOCK_BYTES;
  }
  if (length == 0) return;
  memory.fill(KEYSTREAM, 0, CHACHA20_BLOCK_BYTES);
  block(KEYSTREAM, KEYSTREAM);
  for (let i: u32 = 0; i < length; i++) {
    store<u8>(target + i, load<u8>(source + i) ^ load<u8>(KEYSTREAM + i));
  }
}

/** Zeroes key, counter and keystream. */
export function wipeChacha20(): void {
  memory.fill(STATE, 0, SCRATCH_BYTES);
}

/** One block: ten double rounds (RFC 8439 §2.3.1), added to the state, then to the source. */
function block(source: usize, target: usize): void {
  let x0 = load<u32>(STATE, 0);
  let x1 = load<u32>(STATE, 4);
  let x2 = load<u32>(STATE, 8);
  let x3 = load<u32>(STATE, 12);
  let x4 = load<u32>(STATE, 16);
  let x5 = load<u32>(STATE, 20);
  let x6 = load<u32>(STATE, 24);
  let x7 = load<u32>(STATE, 28);
  let x8 = load<u32>(STATE, 32);
  let x9 = load<u32>(STATE, 36);
  let x10 = load<u32>(STATE, 40);
  let x11 = load<u32>(STATE, 44);
  let x12 = load<u32>(STATE, 48);
  let x13 = load<u32>(STATE, 52);
  let x14 = load<u32>(STATE, 56);
  let x15 = load<u32>(STATE, 60);
  for (let round = 0; round < 10; round++) {
    // Column 0, 4, 8, 12.
    x0 += x4;
    x12 = rotl<u32>(x12 ^ x0, 16);
    x8 += x12;
    x4 = rotl<u32>(x4 ^ x8, 12);
    x0 += x4;
    x12 = rotl<u32>(x12 ^ x0, 8);
    x8 += x12;
    x4 = rotl<u32>(x4 ^ x8, 7);
    // Column 1, 5, 9, 13.
    x1 += x5;
    x13 = rotl<u32>(x13 ^ x1, 16);
    x9 += x13;
    x5 = rotl<u32>(x5 ^ x9, 12);
    x1 += x5;
    x13 = rotl<u32>(x13 ^ x1, 8);
    x9 += x13;
    x5 = rotl<u32>(x5 ^ x9, 7);
    // Column 2, 6, 10, 14.
    x2 += x6;
    x14 = rotl<u32>(x14 ^ x2, 16);
    x10 += x14;
    x6 = rotl<u32>(x6 ^ x10, 12);
    x2 += x6;
    x14 = rotl<u32>(x14 ^ x2, 8);
    x10 += x14;
    x6 = rotl<u32>(x6 ^ x10, 7);
    // Column 3, 7, 11, 15.
    x3 += x7;
    x15 = rotl<u32>(x15 ^ x3, 16);
    x11 += x15;
    x7 = rotl<u32>(x7 ^ x11, 12);
    x3 += x7;
    x15 = rotl<u32>(x15 ^ x3, 8);
    x11 += x15;
    x7 = rotl<u32>(x7 ^ x11, 7);
    // Diagonal 0, 5, 10, 15.
    x0 += x5;
    x15 = rotl<u32>(x15 ^ x0, 16);
    x10 += x15;
    x5 = rotl<u32>(x5 ^ x10, 12);
    x0 += x5;
    x15 = rotl<u32>(x15 ^ x0, 8);
    x10 += x15;
    x5 = rotl<u32>(x5 ^ x10, 7);
    // Diagonal 1, 6, 11, 12.
    x1 += x6;
    x12 = rotl<u32>(x12 ^ x1, 16);
    x11 += x12;
    x6 = rotl<u32>(x6 ^ x11, 12);
    x1 += x6;
    x12 = rotl<u32>(x12 ^ x1, 8);
    x11 += x12;
    x6 = rotl<u32>(x6 ^ x11, 7);
    // Diagonal 2, 7, 8, 13.
    x2 += x7;
    x13 = rotl<u32>(x13 ^ x2, 16);
    x8 += x13;
    x7 = rotl<u32>(x7 ^ x8, 12);
    x2 += x7;
    x13 = rotl<u32>(x13 ^ x2, 8);
    x8 += x13;
    x7 = rotl<u32>(x7 ^ x8, 7);
    // Diagonal 3, 4, 9, 14.
    x3 += x4;
    x14 = rotl<u32>(x14 ^ x3, 16);
    x9 += x14;
    x4 = rotl<u32>(x4 ^ x9, 12);
    x3 += x4;
    x14 = rotl<u32>(x14 ^ x3, 8);
    x9 += x14;
    x4 = rotl<u32>(x4 ^ x9, 7);
  }
  store<u32>(target, load<u32>(source, 0) ^ (x0 + load<u32>(STATE, 0)), 0);
  store<u32>(target, load<u32>(source, 4) ^ (x1 + load<u32>(STATE, 4)), 4);
  store<u32>(target, load<u32>(source, 8) ^ (x2 + load<u32>(STATE, 8)), 8);
  store<u32>(target, load<u32>(source, 12) ^ (x3 + load<u32>(STATE, 12)), 12);
  store<u32>(target, load<u32>(source, 16) ^ (x4 + load<u32>(STATE, 16)), 16);
  store<u32>(target, load<u32>(source, 20) ^ (x5 + load<u32>(STATE, 20)), 20);
  store<u32>(target, load<u32>(source, 24) ^ (x6 + load<u32>(STATE, 24)), 24);
  store<u32>(target, load<u32>(source, 28) ^ (x7 + load<u32>(STATE, 28)), 28);
  store<u32>(target, load<u32>(source, 32) ^ (x8 + load<u32>(STATE, 32)), 32);
  store<u32>(target, load<u32>(source, 36) ^ (x9 + load<u32>(STATE, 36)), 36);
  store<u32>(target, load<u32>(source, 40) ^ (x10 + load<u32>(STATE, 40)), 40);
  store<u32>(target, load<u32>(source, 44) ^ (x11 + load<u32>(STATE, 44)), 44);
  store<u32>(target, load<u32>(source, 48) ^ (x12 + load<u32>(STATE, 48)), 48);
  store<u32>(target, load<u32>(source, 52) ^ (x13 + load<u32>(STATE, 52)), 52);
  store<u32>(target, load<u32>(source, 56) ^ (x14 + load<u32>(STATE, 56)), 56);
  store<u32>(target, load<u32>(source, 60) ^ (x15 + load<u32>(STATE, 60)), 60);
  store<u32>(STATE, load<u32>(STATE, 48) + 1, 48);
}
