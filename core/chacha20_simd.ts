// Four ChaCha20 blocks at once, for a build with SIMD (RFC 8439 §2.3).
//
// Owns: the wide kernel; `chacha20.ts` is its twin and stays in charge of the state. Only a build
// with `--enable simd` contains it, and none is shipped: it makes long messages about a third
// faster in V8 and short ones slower in JavaScriptCore (bench/RESULTS.md). Register i holds word i
// of four blocks; at the end four words of one block are put side by side again.

/** Encrypts 256 bytes; the counter in `state` goes on by four. */
export function fourBlocks(state: usize, source: usize, target: usize): void {
  const s0 = i32x4.splat(load<i32>(state, 0));
  const s1 = i32x4.splat(load<i32>(state, 4));
  const s2 = i32x4.splat(load<i32>(state, 8));
  const s3 = i32x4.splat(load<i32>(state, 12));
  const s4 = i32x4.splat(load<i32>(state, 16));
  const s5 = i32x4.splat(load<i32>(state, 20));
  const s6 = i32x4.splat(load<i32>(state, 24));
  const s7 = i32x4.splat(load<i32>(state, 28));
  const s8 = i32x4.splat(load<i32>(state, 32));
  const s9 = i32x4.splat(load<i32>(state, 36));
  const s10 = i32x4.splat(load<i32>(state, 40));
  const s11 = i32x4.splat(load<i32>(state, 44));
  const s12 = i32x4.add(i32x4.splat(load<i32>(state, 48)), i32x4(0, 1, 2, 3));
  const s13 = i32x4.splat(load<i32>(state, 52));
  const s14 = i32x4.splat(load<i32>(state, 56));
  const s15 = i32x4.splat(load<i32>(state, 60));
  let x0 = s0;
  let x1 = s1;
  let x2 = s2;
  let x3 = s3;
  let x4 = s4;
  let x5 = s5;
  let x6 = s6;
  let x7 = s7;
  let x8 = s8;
  let x9 = s9;
  let x10 = s10;
  let x11 = s11;
  let x12 = s12;
  let x13 = s13;
  let x14 = s14;
  let x15 = s15;
  for (let round = 0; round < 10; round++) {
    x0 = i32x4.add(x0, x4);
    x12 = rotate16(v128.xor(x12, x0));
    x8 = i32x4.add(x8, x12);
    x4 = rotate12(v128.xor(x4, x8));
    x0 = i32x4.add(x0, x4);
    x12 = rotate8(v128.xor(x12, x0));
    x8 = i32x4.add(x8, x12);
    x4 = rotate7(v128.xor(x4, x8));
    x1 = i32x4.add(x1, x5);
    x13 = rotate16(v128.xor(x13, x1));
    x9 = i32x4.add(x9, x13);
    x5 = rotate12(v128.xor(x5, x9));
    x1 = i32x4.add(x1, x5);
    x13 = rotate8(v128.xor(x13, x1));
    x9 = i32x4.add(x9, x13);
    x5 = rotate7(v128.xor(x5, x9));
    x2 = i32x4.add(x2, x6);
    x14 = rotate16(v128.xor(x14, x2));
    x10 = i32x4.add(x10, x14);
    x6 = rotate12(v128.xor(x6, x10));
    x2 = i32x4.add(x2, x6);
    x14 = rotate8(v128.xor(x14, x2));
    x10 = i32x4.add(x10, x14);
    x6 = rotate7(v128.xor(x6, x10));
    x3 = i32x4.add(x3, x7);
    x15 = rotate16(v128.xor(x15, x3));
    x11 = i32x4.add(x11, x15);
    x7 = rotate12(v128.xor(x7, x11));
    x3 = i32x4.add(x3, x7);
    x15 = rotate8(v128.xor(x15, x3));
    x11 = i32x4.add(x11, x15);
    x7 = rotate7(v128.xor(x7, x11));
    x0 = i32x4.add(x0, x5);
    x15 = rotate16(v128.xor(x15, x0));
    x10 = i32x4.add(x10, x15);
    x5 = rotate12(v128.xor(x5, x10));
    x0 = i32x4.add(x0, x5);
    x15 = rotate8(v128.xor(x15, x0));
    x10 = i32x4.add(x10, x15);
    x5 = rotate7(v128.xor(x5, x10));
    x1 = i32x4.add(x1, x6);
    x12 = rotate16(v128.xor(x12, x1));
    x11 = i32x4.add(x11, x12);
    x6 = rotate12(v128.xor(x6, x11));
    x1 = i32x4.add(x1, x6);
    x12 = rotate8(v128.xor(x12, x1));
    x11 = i32x4.add(x11, x12);
    x6 = rotate7(v128.xor(x6, x11));
    x2 = i32x4.add(x2, x7);
    x13 = rotate16(v128.xor(x13, x2));
    x8 = i32x4.add(x8, x13);
    x7 = rotate12(v128.xor(x7, x8));
    x2 = i32x4.add(x2, x7);
    x13 = rotate8(v128.xor(x13, x2));
    x8 = i32x4.add(x8, x13);
    x7 = rotate7(v128.xor(x7, x8));
    x3 = i32x4.add(x3, x4);
    x14 = rotate16(v128.xor(x14, x3));
    x9 = i32x4.add(x9, x14);
    x4 = rotate12(v128.xor(x4, x9));
    x3 = i32x4.add(x3, x4);
    x14 = rotate8(v128.xor(x14, x3));
    x9 = i32x4.add(x9, x14);
    x4 = rotate7(v128.xor(x4, x9));
  }
  spread(
    source, target, 0,
    i32x4.add(x0, s0), i32x4.add(x1, s1), i32x4.add(x2, s2), i32x4.add(x3, s3),
  );
  spread(
    source, target, 16,
    i32x4.add(x4, s4), i32x4.add(x5, s5), i32x4.add(x6, s6), i32x4.add(x7, s7),
  );
  spread(
    source, target, 32,
    i32x4.add(x8, s8), i32x4.add(x9, s9), i32x4.add(x10, s10), i32x4.add(x11, s11),
  );
  spread(
    source, target, 48,
    i32x4.add(x12, s12), i32x4.add(x13, s13), i32x4.add(x14, s14), i32x4.add(x15, s15),
  );
  store<u32>(state, load<u32>(state, 48) + 4, 48);
}

/** Adds words 4·g … 4·g + 3 of the four blocks to the source, block by block. */
function spread(source: usize, target: usize, at: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab0 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const ab1 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const cd1 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  add(source + at, target + at, v128.shuffle<i64>(ab0, cd0, 0, 2));
  add(source + at + 64, target + at + 64, v128.shuffle<i64>(ab0, cd0, 1, 3));
  add(source + at + 128, target + at + 128, v128.shuffle<i64>(ab1, cd1, 0, 2));
  add(source + at + 192, target + at + 192, v128.shuffle<i64>(ab1, cd1, 1, 3));
}

function add(source: usize, target: usize, keystream: v128): void {
  v128.store(target, v128.xor(v128.load(source), keystream));
}

function rotate16(x: v128): v128 {
  return v128.shuffle<i8>(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}

function rotate12(x: v128): v128 {
  return v128.or(i32x4.shl(x, 12), i32x4.shr_u(x, 20));
}

function rotate8(x: v128): v128 {
  return v128.shuffle<i8>(x, x, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14);
}

function rotate7(x: v128): v128 {
  return v128.or(i32x4.shl(x, 7), i32x4.shr_u(x, 25));
}
