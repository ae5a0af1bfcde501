// Poly1305 over whole, zero-padded blocks, as RFC 8439 §2.5 and §2.8 use it.
//
// Owns: the accumulator and its wiping. Numbers modulo 2^130 − 5 are five limbs of 26 bits in
// 64-bit words, so a column of five products stays below 2^59 and carries are shifts. The AEAD
// pads every part to 16 bytes, so a short last block with its own end mark is not offered here.

export const POLY1305_TAG_BYTES: u32 = 16;

const LIMB_MASK: u64 = 0x3ffffff;

//  scratch, 112 bytes:  0 r, five limbs | 40 accumulator, five limbs | 80 s | 96 padded block
const R: usize = memory.data(112, 16);
const ACCUMULATOR: usize = R + 40;
const S: usize = R + 80;
const PADDED: usize = R + 96;
const SCRATCH_BYTES: usize = 112;

/** Takes the 32-byte one-time key: r clamped (RFC 8439 §2.5.1), then s. */
export function poly1305Begin(key: usize): void {
  const low = load<u64>(key, 0) & 0x0ffffffc0fffffff;
  const high = load<u64>(key, 8) & 0x0ffffffc0ffffffc;
  store<u64>(R, low & LIMB_MASK, 0);
  store<u64>(R, (low >> 26) & LIMB_MASK, 8);
  store<u64>(R, ((low >> 52) | (high << 12)) & LIMB_MASK, 16);
  store<u64>(R, (high >> 14) & LIMB_MASK, 24);
  store<u64>(R, high >> 40, 32);
  memory.fill(ACCUMULATOR, 0, 40);
  store<u64>(S, load<u64>(key, 16), 0);
  store<u64>(S, load<u64>(key, 24), 8);
}

/** Absorbs `length` bytes, zero-padded to a multiple of 16 (the pad16 of RFC 8439 §2.8). */
export function poly1305Absorb(message: usize, length: u32): void {
  const whole = length & ~15;
  absorbBlocks(message, whole);
  const rest = length - whole;
  if (rest == 0) return;
  memory.fill(PADDED, 0, 16);
  memory.copy(PADDED, message + whole, rest);
  absorbBlocks(PADDED, 16);
}

/** Absorbs the block of the two lengths: low u64, then high u64, little-endian. */
export function poly1305AbsorbLengths(aadLength: u32, length: u32): void {
  store<u64>(PADDED, <u64>aadLength, 0);
  store<u64>(PADDED, <u64>length, 8);
  absorbBlocks(PADDED, 16);
}

/** Reduces fully, adds s modulo 2^128 and writes the 16-byte tag. */
export function poly1305End(tag: usize): void {
  let h0 = load<u64>(ACCUMULATOR, 0);
  let h1 = load<u64>(ACCUMULATOR, 8);
  let h2 = load<u64>(ACCUMULATOR, 16);
  let h3 = load<u64>(ACCUMULATOR, 24);
  let h4 = load<u64>(ACCUMULATOR, 32);
  // Two passes bring every limb below 2^26: after the first only h1 may exceed it, by one.
  for (let pass = 0; pass < 2; pass++) {
    h1 += h0 >> 26;
    h0 &= LIMB_MASK;
    h2 += h1 >> 26;
    h1 &= LIMB_MASK;
    h3 += h2 >> 26;
    h2 &= LIMB_MASK;
    h4 += h3 >> 26;
    h3 &= LIMB_MASK;
    h0 += (h4 >> 26) * 5;
    h4 &= LIMB_MASK;
  }
  // h − p = h + 5 − 2^130: taken by mask when the addition of 5 reaches bit 130.
  let g0 = h0 + 5;
  let g1 = h1 + (g0 >> 26);
  let g2 = h2 + (g1 >> 26);
  let g3 = h3 + (g2 >> 26);
  const g4 = h4 + (g3 >> 26);
  const take: u64 = 0 - (g4 >> 26);
  h0 = (h0 & ~take) | (g0 & LIMB_MASK & take);
  h1 = (h1 & ~take) | (g1 & LIMB_MASK & take);
  h2 = (h2 & ~take) | (g2 & LIMB_MASK & take);
  h3 = (h3 & ~take) | (g3 & LIMB_MASK & take);
  h4 = (h4 & ~take) | (g4 & LIMB_MASK & take);
  // Four 32-bit words of h plus s, the carry running in 64 bits; bits from 128 up fall away.
  let sum = ((h0 | (h1 << 26)) & 0xffffffff) + <u64>load<u32>(S, 0);
  store<u32>(tag, <u32>sum, 0);
  sum = (((h1 >> 6) | (h2 << 20)) & 0xffffffff) + <u64>load<u32>(S, 4) + (sum >> 32);
  store<u32>(tag, <u32>sum, 4);
  sum = (((h2 >> 12) | (h3 << 14)) & 0xffffffff) + <u64>load<u32>(S, 8) + (sum >> 32);
  store<u32>(tag, <u32>sum, 8);
  sum = (((h3 >> 18) | (h4 << 8)) & 0xffffffff) + <u64>load<u32>(S, 12) + (sum >> 32);
  store<u32>(tag, <u32>sum, 12);
}

/** Zeroes r, s and the accumulator. */
export function wipePoly1305(): void {
  memory.fill(R, 0, SCRATCH_BYTES);
}

/** h = (h + block + 2^128) · r for each of the whole blocks. */
function absorbBlocks(message: usize, length: u32): void {
  const r0 = load<u64>(R, 0);
  const r1 = load<u64>(R, 8);
  const r2 = load<u64>(R, 16);
  const r3 = load<u64>(R, 24);
  const r4 = load<u64>(R, 32);
  // 2^130 = 5 modulo p: a product that runs past limb 4 comes back at the bottom times 5.
  const s1 = r1 * 5;
  const s2 = r2 * 5;
  const s3 = r3 * 5;
  const s4 = r4 * 5;
  let h0 = load<u64>(ACCUMULATOR, 0);
  let h1 = load<u64>(ACCUMULATOR, 8);
  let h2 = load<u64>(ACCUMULATOR, 16);
  let h3 = load<u64>(ACCUMULATOR, 24);
  let h4 = load<u64>(ACCUMULATOR, 32);
  const end = message + length;
  for (; message < end; message += 16) {
    const low = load<u64>(message, 0);
    const high = load<u64>(message, 8);
    h0 += low & LIMB_MASK;
    h1 += (low >> 26) & LIMB_MASK;
    h2 += ((low >> 52) | (high << 12)) & LIMB_MASK;
    h3 += (high >> 14) & LIMB_MASK;
    h4 += (high >> 40) | 0x1000000;
    const d0 = h0 * r0 + h1 * s4 + h2 * s3 + h3 * s2 + h4 * s1;
    const d1 = h0 * r1 + h1 * r0 + h2 * s4 + h3 * s3 + h4 * s2 + (d0 >> 26);
    const d2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s4 + h4 * s3 + (d1 >> 26);
    const d3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s4 + (d2 >> 26);
    const d4 = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0 + (d3 >> 26);
    h0 = (d0 & LIMB_MASK) + (d4 >> 26) * 5;
    h1 = (d1 & LIMB_MASK) + (h0 >> 26);
    h0 &= LIMB_MASK;
    h2 = d2 & LIMB_MASK;
    h3 = d3 & LIMB_MASK;
    h4 = d4 & LIMB_MASK;
  }
  store<u64>(ACCUMULATOR, h0, 0);
  store<u64>(ACCUMULATOR, h1, 8);
  store<u64>(ACCUMULATOR, h2, 16);
  store<u64>(ACCUMULATOR, h3, 24);
  store<u64>(ACCUMULATOR, h4, 32);
}
