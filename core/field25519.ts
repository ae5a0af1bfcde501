// Arithmetic modulo 2^255 − 19 for X25519 (RFC 7748 §4.1).
//
// Owns: the representation. An element is ten signed limbs in i32, limb i weighing 2^⌈25.5·i⌉,
// so even limbs have 26 bits and odd ones 25; products are summed in i64. Bounds: a product, a
// square or a scaling leaves |even| ≤ 2^25·1.01 and |odd| ≤ 2^24·1.01. Sums and differences of at
// most three such elements may be multiplied: with |even| ≤ 2^26·1.52 and |odd| ≤ 2^25·1.52 the
// largest column is below 2.4·2^52·(1 + 4·19) + 2.4·2^50·(5·38) < 2^60. No branch and no address
// depends on a value. Written out by columns: twenty limbs in locals stay in registers, where a
// loop over memory does not keep them.

export const FIELD_BYTES: usize = 40;

/** target = a · b. */
export function fieldMultiply(target: usize, a: usize, b: usize): void {
  const f0 = <i64>load<i32>(a, 0);
  const f1 = <i64>load<i32>(a, 4);
  const f2 = <i64>load<i32>(a, 8);
  const f3 = <i64>load<i32>(a, 12);
  const f4 = <i64>load<i32>(a, 16);
  const f5 = <i64>load<i32>(a, 20);
  const f6 = <i64>load<i32>(a, 24);
  const f7 = <i64>load<i32>(a, 28);
  const f8 = <i64>load<i32>(a, 32);
  const f9 = <i64>load<i32>(a, 36);
  const g0 = <i64>load<i32>(b, 0);
  const g1 = <i64>load<i32>(b, 4);
  const g2 = <i64>load<i32>(b, 8);
  const g3 = <i64>load<i32>(b, 12);
  const g4 = <i64>load<i32>(b, 16);
  const g5 = <i64>load<i32>(b, 20);
  const g6 = <i64>load<i32>(b, 24);
  const g7 = <i64>load<i32>(b, 28);
  const g8 = <i64>load<i32>(b, 32);
  const g9 = <i64>load<i32>(b, 36);
  const g1t = g1 * 19;
  const g2t = g2 * 19;
  const g3t = g3 * 19;
  const g4t = g4 * 19;
  const g5t = g5 * 19;
  const g6t = g6 * 19;
  const g7t = g7 * 19;
  const g8t = g8 * 19;
  const g9t = g9 * 19;
  const f1d = f1 * 2;
  const f3d = f3 * 2;
  const f5d = f5 * 2;
  const f7d = f7 * 2;
  const f9d = f9 * 2;
  let h0 = f0 * g0 + f1d * g9t + f2 * g8t + f3d * g7t + f4 * g6t
    + f5d * g5t + f6 * g4t + f7d * g3t + f8 * g2t + f9d * g1t;
  let h1 = f0 * g1 + f1 * g0 + f2 * g9t + f3 * g8t + f4 * g7t
    + f5 * g6t + f6 * g5t + f7 * g4t + f8 * g3t + f9 * g2t;
  let h2 = f0 * g2 + f1d * g1 + f2 * g0 + f3d * g9t + f4 * g8t
    + f5d * g7t + f6 * g6t + f7d * g5t + f8 * g4t + f9d * g3t;
  let h3 = f0 * g3 + f1 * g2 + f2 * g1 + f3 * g0 + f4 * g9t
    + f5 * g8t + f6 * g7t + f7 * g6t + f8 * g5t + f9 * g4t;
  let h4 = f0 * g4 + f1d * g3 + f2 * g2 + f3d * g1 + f4 * g0
    + f5d * g9t + f6 * g8t + f7d * g7t + f8 * g6t + f9d * g5t;
  let h5 = f0 * g5 + f1 * g4 + f2 * g3 + f3 * g2 + f4 * g1
    + f5 * g0 + f6 * g9t + f7 * g8t + f8 * g7t + f9 * g6t;
  let h6 = f0 * g6 + f1d * g5 + f2 * g4 + f3d * g3 + f4 * g2
    + f5d * g1 + f6 * g0 + f7d * g9t + f8 * g8t + f9d * g7t;
  let h7 = f0 * g7 + f1 * g6 + f2 * g5 + f3 * g4 + f4 * g3
    + f5 * g2 + f6 * g1 + f7 * g0 + f8 * g9t + f9 * g8t;
  let h8 = f0 * g8 + f1d * g7 + f2 * g6 + f3d * g5 + f4 * g4
    + f5d * g3 + f6 * g2 + f7d * g1 + f8 * g0 + f9d * g9t;
  let h9 = f0 * g9 + f1 * g8 + f2 * g7 + f3 * g6 + f4 * g5
    + f5 * g4 + f6 * g3 + f7 * g2 + f8 * g1 + f9 * g0;
  let carry: i64;
  carry = (h0 + 33554432) >> 26;
  h1 += carry;
  h0 -= carry << 26;
  carry = (h4 + 33554432) >> 26;
  h5 += carry;
  h4 -= carry << 26;
  carry = (h1 + 16777216) >> 25;
  h2 += carry;
  h1 -= carry << 25;
  carry = (h5 + 16777216) >> 25;
  h6 += carry;
  h5 -= carry << 25;
  carry = (h2 + 33554432) >> 26;
  h3 += carry;
  h2 -= carry << 26;
  carry = (h6 + 33554432) >> 26;
  h7 += carry;
  h6 -= carry << 26;
  carry = (h3 + 16777216) >> 25;
  h4 += carry;
  h3 -= carry << 25;
  carry = (h7 + 16777216) >> 25;
  h8 += carry;
  h7 -= carry << 25;
  carry = (h4 + 33554432) >> 26;
  h5 += carry;
  h4 -= carry << 26;
  carry = (h8 + 33554432) >> 26;
  h9 += carry;
  h8 -= carry << 26;
  carry = (h9 + 16777216) >> 25;
  h0 += carry * 19;
  h9 -= carry << 25;
  carry = (h0 + 33554432) >> 26;
  h1 += carry;
  h0 -= carry << 26;
  store<i32>(target, <i32>h0, 0);
  store<i32>(target, <i32>h1, 4);
  store<i32>(target, <i32>h2, 8);
  store<i32>(target, <i32>h3, 12);
  store<i32>(target, <i32>h4, 16);
  store<i32>(target, <i32>h5, 20);
  store<i32>(target, <i32>h6, 24);
  store<i32>(target, <i32>h7, 28);
  store<i32>(target, <i32>h8, 32);
  store<i32>(target, <i32>h9, 36);
}

/** target = a². */
export function fieldSquare(target: usize, a: usize): void {
  const f0 = <i64>load<i32>(a, 0);
  const f1 = <i64>load<i32>(a, 4);
  const f2 = <i64>load<i32>(a, 8);
  const f3 = <i64>load<i32>(a, 12);
  const f4 = <i64>load<i32>(a, 16);
  const f5 = <i64>load<i32>(a, 20);
  const f6 = <i64>load<i32>(a, 24);
  const f7 = <i64>load<i32>(a, 28);
  const f8 = <i64>load<i32>(a, 32);
  const f9 = <i64>load<i32>(a, 36);
  const f0d = f0 * 2;
  const f1d = f1 * 2;
  const f2d = f2 * 2;
  const f3d = f3 * 2;
  const f4d = f4 * 2;
  const f5d = f5 * 2;
  const f7d = f7 * 2;
  const f5x = f5 * 38;
  const f6t = f6 * 19;
  const f6x = f6 * 38;
  const f7x = f7 * 38;
  const f8t = f8 * 19;
  const f8x = f8 * 38;
  const f9x = f9 * 38;
  let h0 = f0 * f0 + f1d * f9x + f2 * f8x + f3d * f7x + f4 * f6x + f5 * f5x;
  let h1 = f0d * f1 + f2 * f9x + f3 * f8x + f4 * f7x + f5 * f6x;
  let h2 = f0d * f2 + f1d * f1 + f3d * f9x + f4 * f8x + f5d * f7x + f6 * f6t;
  let h3 = f0d * f3 + f1d * f2 + f4 * f9x + f5 * f8x + f6 * f7x;
  let h4 = f0d * f4 + f1d * f3d + f2 * f2 + f5d * f9x + f6 * f8x + f7 * f7x;
  let h5 = f0d * f5 + f1d * f4 + f2d * f3 + f6 * f9x + f7 * f8x;
  let h6 = f0d * f6 + f1d * f5d + f2d * f4 + f3d * f3 + f7d * f9x + f8 * f8t;
  let h7 = f0d * f7 + f1d * f6 + f2d * f5 + f3d * f4 + f8 * f9x;
  let h8 = f0d * f8 + f1d * f7d + f2d * f6 + f3d * f5d + f4 * f4 + f9 * f9x;
  let h9 = f0d * f9 + f1d * f8 + f2d * f7 + f3d * f6 + f4d * f5;
  let carry: i64;
  carry = (h0 + 33554432) >> 26;
  h1 += carry;
  h0 -= carry << 26;
  carry = (h4 + 33554432) >> 26;
  h5 += carry;
  h4 -= carry << 26;
  carry = (h1 + 16777216) >> 25;
  h2 += carry;
  h1 -= carry << 25;
  carry = (h5 + 16777216) >> 25;
  h6 += carry;
  h5 -= carry << 25;
  carry = (h2 + 33554432) >> 26;
  h3 += carry;
  h2 -= carry << 26;
  carry = (h6 + 33554432) >> 26;
  h7 += carry;
  h6 -= carry << 26;
  carry = (h3 + 16777216) >> 25;
  h4 += carry;
  h3 -= carry << 25;
  carry = (h7 + 16777216) >> 25;
  h8 += carry;
  h7 -= carry << 25;
  carry = (h4 + 33554432) >> 26;
  h5 += carry;
  h4 -= carry << 26;
  carry = (h8 + 33554432) >> 26;
  h9 += carry;
  h8 -= carry << 26;
  carry = (h9 + 16777216) >> 25;
  h0 += carry * 19;
  h9 -= carry << 25;
  carry = (h0 + 33554432) >> 26;
  h1 += carry;
  h0 -= carry << 26;
  store<i32>(target, <i32>h0, 0);
  store<i32>(target, <i32>h1, 4);
  store<i32>(target, <i32>h2, 8);
  store<i32>(target, <i32>h3, 12);
  store<i32>(target, <i32>h4, 16);
  store<i32>(target, <i32>h5, 20);
  store<i32>(target, <i32>h6, 24);
  store<i32>(target, <i32>h7, 28);
  store<i32>(target, <i32>h8, 32);
  store<i32>(target, <i32>h9, 36);
}

/** target = a · factor, for the curve's small constants. */
export function fieldScale(target: usize, a: usize, factor: i64): void {
  let h0 = <i64>load<i32>(a, 0) * factor;
  let h1 = <i64>load<i32>(a, 4) * factor;
  let h2 = <i64>load<i32>(a, 8) * factor;
  let h3 = <i64>load<i32>(a, 12) * factor;
  let h4 = <i64>load<i32>(a, 16) * factor;
  let h5 = <i64>load<i32>(a, 20) * factor;
  let h6 = <i64>load<i32>(a, 24) * factor;
  let h7 = <i64>load<i32>(a, 28) * factor;
  let h8 = <i64>load<i32>(a, 32) * factor;
  let h9 = <i64>load<i32>(a, 36) * factor;
  let carry: i64;
  carry = (h0 + 33554432) >> 26;
  h1 += carry;
  h0 -= carry << 26;
  carry = (h4 + 33554432) >> 26;
  h5 += carry;
  h4 -= carry << 26;
  carry = (h1 + 16777216) >> 25;
  h2 += carry;
  h1 -= carry << 25;
  carry = (h5 + 16777216) >> 25;
  h6 += carry;
  h5 -= carry << 25;
  carry = (h2 + 33554432) >> 26;
  h3 += carry;
  h2 -= carry << 26;
  carry = (h6 + 33554432) >> 26;
  h7 += carry;
  h6 -= carry << 26;
  carry = (h3 + 16777216) >> 25;
  h4 += carry;
  h3 -= carry << 25;
  carry = (h7 + 16777216) >> 25;
  h8 += carry;
  h7 -= carry << 25;
  carry = (h4 + 33554432) >> 26;
  h5 += carry;
  h4 -= carry << 26;
  carry = (h8 + 33554432) >> 26;
  h9 += carry;
  h8 -= carry << 26;
  carry = (h9 + 16777216) >> 25;
  h0 += carry * 19;
  h9 -= carry << 25;
  carry = (h0 + 33554432) >> 26;
  h1 += carry;
  h0 -= carry << 26;
  store<i32>(target, <i32>h0, 0);
  store<i32>(target, <i32>h1, 4);
  store<i32>(target, <i32>h2, 8);
  store<i32>(target, <i32>h3, 12);
  store<i32>(target, <i32>h4, 16);
  store<i32>(target, <i32>h5, 20);
  store<i32>(target, <i32>h6, 24);
  store<i32>(target, <i32>h7, 28);
  store<i32>(target, <i32>h8, 32);
  store<i32>(target, <i32>h9, 36);
}

/** target = a + b, not carried. */
export function fieldAdd(target: usize, a: usize, b: usize): void {
  store<i32>(target, load<i32>(a, 0) + load<i32>(b, 0), 0);
  store<i32>(target, load<i32>(a, 4) + load<i32>(b, 4), 4);
  store<i32>(target, load<i32>(a, 8) + load<i32>(b, 8), 8);
  store<i32>(target, load<i32>(a, 12) + load<i32>(b, 12), 12);
  store<i32>(target, load<i32>(a, 16) + load<i32>(b, 16), 16);
  store<i32>(target, load<i32>(a, 20) + load<i32>(b, 20), 20);
  store<i32>(target, load<i32>(a, 24) + load<i32>(b, 24), 24);
  store<i32>(target, load<i32>(a, 28) + load<i32>(b, 28), 28);
  store<i32>(target, load<i32>(a, 32) + load<i32>(b, 32), 32);
  store<i32>(target, load<i32>(a, 36) + load<i32>(b, 36), 36);
}

/** target = a − b, not carried. */
export function fieldSubtract(target: usize, a: usize, b: usize): void {
  store<i32>(target, load<i32>(a, 0) - load<i32>(b, 0), 0);
  store<i32>(target, load<i32>(a, 4) - load<i32>(b, 4), 4);
  store<i32>(target, load<i32>(a, 8) - load<i32>(b, 8), 8);
  store<i32>(target, load<i32>(a, 12) - load<i32>(b, 12), 12);
  store<i32>(target, load<i32>(a, 16) - load<i32>(b, 16), 16);
  store<i32>(target, load<i32>(a, 20) - load<i32>(b, 20), 20);
  store<i32>(target, load<i32>(a, 24) - load<i32>(b, 24), 24);
  store<i32>(target, load<i32>(a, 28) - load<i32>(b, 28), 28);
  store<i32>(target, load<i32>(a, 32) - load<i32>(b, 32), 32);
  store<i32>(target, load<i32>(a, 36) - load<i32>(b, 36), 36);
}

/** target = value, for value below 2^25. */
export function fieldSet(target: usize, value: i32): void {
  memory.fill(target, 0, FIELD_BYTES);
  store<i32>(target, value);
}

/** target = a. */
export function fieldCopy(target: usize, a: usize): void {
  for (let i: usize = 0; i < FIELD_BYTES; i += 8) store<u64>(target + i, load<u64>(a + i));
}

/** Exchanges a and b when `choice` is 1 and does the same work when it is 0 (RFC 7748 §5). */
export function fieldSwap(a: usize, b: usize, choice: u32): void {
  const mask: u64 = 0 - <u64>choice;
  for (let i: usize = 0; i < FIELD_BYTES; i += 8) {
    const difference = (load<u64>(a + i) ^ load<u64>(b + i)) & mask;
    store<u64>(a + i, load<u64>(a + i) ^ difference);
    store<u64>(b + i, load<u64>(b + i) ^ difference);
  }
}

/** target = the 32 bytes at `source`, little-endian, bit 255 ignored (RFC 7748 §5). */
export function fieldDecode(target: usize, source: usize): void {
  let h0 = <i64>((load<u64>(source, 0) >> 0) & 67108863);
  let h1 = <i64>((load<u64>(source, 3) >> 2) & 33554431);
  let h2 = <i64>((load<u64>(source, 6) >> 3) & 67108863);
  let h3 = <i64>((load<u64>(source, 9) >> 5) & 33554431);
  let h4 = <i64>((load<u64>(source, 12) >> 6) & 67108863);
  let h5 = <i64>((load<u64>(source, 16) >> 0) & 33554431);
  let h6 = <i64>((load<u64>(source, 19) >> 1) & 67108863);
  let h7 = <i64>((load<u64>(source, 22) >> 3) & 33554431);
  let h8 = <i64>((load<u64>(source, 24) >> 12) & 67108863);
  let h9 = <i64>((load<u64>(source, 24) >> 38) & 33554431);
  let carry: i64;
  carry = (h0 + 33554432) >> 26;
  h1 += carry;
  h0 -= carry << 26;
  carry = (h1 + 16777216) >> 25;
  h2 += carry;
  h1 -= carry << 25;
  carry = (h2 + 33554432) >> 26;
  h3 += carry;
  h2 -= carry << 26;
  carry = (h3 + 16777216) >> 25;
  h4 += carry;
  h3 -= carry << 25;
  carry = (h4 + 33554432) >> 26;
  h5 += carry;
  h4 -= carry << 26;
  carry = (h5 + 16777216) >> 25;
  h6 += carry;
  h5 -= carry << 25;
  carry = (h6 + 33554432) >> 26;
  h7 += carry;
  h6 -= carry << 26;
  carry = (h7 + 16777216) >> 25;
  h8 += carry;
  h7 -= carry << 25;
  carry = (h8 + 33554432) >> 26;
  h9 += carry;
  h8 -= carry << 26;
  carry = (h9 + 16777216) >> 25;
  h0 += carry * 19;
  h9 -= carry << 25;
  carry = (h0 + 33554432) >> 26;
  h1 += carry;
  h0 -= carry << 26;
  store<i32>(target, <i32>h0, 0);
  store<i32>(target, <i32>h1, 4);
  store<i32>(target, <i32>h2, 8);
  store<i32>(target, <i32>h3, 12);
  store<i32>(target, <i32>h4, 16);
  store<i32>(target, <i32>h5, 20);
  store<i32>(target, <i32>h6, 24);
  store<i32>(target, <i32>h7, 28);
  store<i32>(target, <i32>h8, 32);
  store<i32>(target, <i32>h9, 36);
}

/** Writes a reduced below p as 32 bytes, little-endian. */
export function fieldEncode(target: usize, a: usize): void {
  let h0 = <i64>load<i32>(a, 0);
  let h1 = <i64>load<i32>(a, 4);
  let h2 = <i64>load<i32>(a, 8);
  let h3 = <i64>load<i32>(a, 12);
  let h4 = <i64>load<i32>(a, 16);
  let h5 = <i64>load<i32>(a, 20);
  let h6 = <i64>load<i32>(a, 24);
  let h7 = <i64>load<i32>(a, 28);
  let h8 = <i64>load<i32>(a, 32);
  let h9 = <i64>load<i32>(a, 36);
  // quotient = ⌊(a + 19·⌊a / 2^255⌉) / 2^255⌋ = ⌊a / p⌋ for |a| < 2p: one carry pass, no store.
  let quotient = (19 * h9 + (1 << 24)) >> 25;
  quotient = (h0 + quotient) >> 26;
  quotient = (h1 + quotient) >> 25;
  quotient = (h2 + quotient) >> 26;
  quotient = (h3 + quotient) >> 25;
  quotient = (h4 + quotient) >> 26;
  quotient = (h5 + quotient) >> 25;
  quotient = (h6 + quotient) >> 26;
  quotient = (h7 + quotient) >> 25;
  quotient = (h8 + quotient) >> 26;
  quotient = (h9 + quotient) >> 25;
  h0 += 19 * quotient;
  h1 += h0 >> 26;
  h0 &= 67108863;
  h2 += h1 >> 25;
  h1 &= 33554431;
  h3 += h2 >> 26;
  h2 &= 67108863;
  h4 += h3 >> 25;
  h3 &= 33554431;
  h5 += h4 >> 26;
  h4 &= 67108863;
  h6 += h5 >> 25;
  h5 &= 33554431;
  h7 += h6 >> 26;
  h6 &= 67108863;
  h8 += h7 >> 25;
  h7 &= 33554431;
  h9 += h8 >> 26;
  h8 &= 67108863;
  h9 &= 33554431;
  store<u64>(target, <u64>h0 | (<u64>h1 << 26) | (<u64>h2 << 51), 0);
  store<u64>(target, (<u64>h2 >> 13) | (<u64>h3 << 13) | (<u64>h4 << 38), 8);
  store<u64>(target, <u64>h5 | (<u64>h6 << 25) | (<u64>h7 << 51), 16);
  store<u64>(target, (<u64>h7 >> 13) | (<u64>h8 << 12) | (<u64>h9 << 38), 24);
}

/** target = a^(p−2) = 1/a, and 0 for 0 (RFC 7748 §4.1). */
export function fieldInvert(target: usize, a: usize): void {
  powerRun250(a);
  power(T1, T1, 5);
  fieldMultiply(target, T1, T0); // 2^255 − 32 + 11 = p − 2
}

/** target = a^((p−5)/8), from which a square root follows (RFC 8032 §5.1.3); not `a` itself. */
export function fieldPowerRoot(target: usize, a: usize): void {
  assert(target != a);
  powerRun250(a);
  power(T1, T1, 2);
  fieldMultiply(target, T1, a); // 2^252 − 4 + 1 = (p − 5) / 8
}

/** T0 = a^11 and T1 = a^(2^250 − 1), which both exponents above start with. */
function powerRun250(a: usize): void {
  // Names give the exponent reached: run k stands for 2^k − 1.
  fieldSquare(T0, a); // 2
  power(T1, T0, 2); // 8
  fieldMultiply(T1, a, T1); // 9
  fieldMultiply(T0, T0, T1); // 11
  power(T2, T0, 1); // 22
  fieldMultiply(T1, T1, T2); // run 5
  power(T2, T1, 5);
  fieldMultiply(T1, T2, T1); // run 10
  power(T2, T1, 10);
  fieldMultiply(T2, T2, T1); // run 20
  power(T3, T2, 20);
  fieldMultiply(T2, T3, T2); // run 40
  power(T2, T2, 10);
  fieldMultiply(T1, T2, T1); // run 50
  power(T2, T1, 50);
  fieldMultiply(T2, T2, T1); // run 100
  power(T3, T2, 100);
  fieldMultiply(T2, T3, T2); // run 200
  power(T2, T2, 50);
  fieldMultiply(T1, T2, T1); // run 250
}

/** Zeroes what an inversion leaves behind. */
export function wipeField(): void {
  memory.fill(T0, 0, 4 * FIELD_BYTES);
}

const T0: usize = memory.data(160, 16);
const T1: usize = T0 + FIELD_BYTES;
const T2: usize = T0 + 2 * FIELD_BYTES;
const T3: usize = T0 + 3 * FIELD_BYTES;

/** target = a^(2^count), count at least 1. */
function power(target: usize, a: usize, count: i32): void {
  fieldSquare(target, a);
  for (let i = 1; i < count; i++) fieldSquare(target, target);
}
