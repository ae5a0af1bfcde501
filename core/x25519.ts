// X25519 as RFC 7748 §5: the Montgomery ladder, and tables for points that come again.
//
// Owns: the ladder's points and their wiping, and which public keys have a table. In the ladder
// every bit costs the same swap by mask and the same step, so neither time nor addresses depend
// on the scalar. Which way is taken depends on public keys alone, and the result on neither.
import { fillTable, multiplyByTable, multiplyByTables } from "./edwards25519";
import {
  FIELD_BYTES,
  fieldAdd,
  fieldCopy,
  fieldDecode,
  fieldEncode,
  fieldInvert,
  fieldMultiply,
  fieldScale,
  fieldSet,
  fieldSquare,
  fieldSubtract,
  fieldSwap,
  wipeField,
} from "./field25519";
import { copy32 } from "./sha256";

export const X25519_BYTES: u32 = 32;

/** (486662 + 2) / 4 with the formula of RFC 7748 §5, z = E · (BB + a24 · E). */
const A24: i64 = 121666;

//  scratch, 352 bytes:  0 clamped scalar | 32 eight field elements of 40 bytes
const SCALAR: usize = memory.data(352, 16);
const X1: usize = SCALAR + 32;
const X2: usize = X1 + FIELD_BYTES;
const Z2: usize = X2 + FIELD_BYTES;
const X3: usize = Z2 + FIELD_BYTES;
const Z3: usize = X3 + FIELD_BYTES;
const A: usize = Z3 + FIELD_BYTES;
const B: usize = A + FIELD_BYTES;
const C: usize = B + FIELD_BYTES;
const SCRATCH_BYTES: usize = 352;

/** u = 9, the base point of RFC 7748 §4.1. */
const BASE_POINT: usize = memory.data<u8>([
  9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

const BASE_TABLE: usize = memory.data(30720, 16);
let hasBaseTable: bool = false;

const POINT_SEEN: i32 = 1;
const POINT_HAS_TABLE: i32 = 2;
const POINT_NEEDS_LADDER: i32 = 3;
const POINT_TABLE: usize = memory.data(30720, 16);
/** The public key that `x25519Both` met last; all zero at first, which no table serves. */
const LAST_POINT: usize = memory.data(32, 16);
let lastPointState: i32 = POINT_NEEDS_LADDER;

/**
 * shared = scalar · point, both 32 bytes; `shared` may be either. False when the result is all
 * zero, as for a point of small order: the caller must then not use it (RFC 7748 §6.1).
 */
export function x25519(scalar: usize, point: usize, shared: usize): bool {
  clamp(scalar);
  fieldDecode(X1, point);
  fieldSet(X2, 1);
  fieldSet(Z2, 0);
  fieldCopy(X3, X1);
  fieldSet(Z3, 1);
  let swapped: u32 = 0;
  for (let bit: i32 = 254; bit >= 0; bit--) {
    const choice = (<u32>load<u8>(SCALAR + <usize>(bit >> 3)) >> <u32>(bit & 7)) & 1;
    fieldSwap(X2, X3, swapped ^ choice);
    fieldSwap(Z2, Z3, swapped ^ choice);
    swapped = choice;
    step();
  }
  fieldSwap(X2, X3, swapped);
  fieldSwap(Z2, Z3, swapped);
  fieldInvert(Z2, Z2);
  fieldMultiply(X2, X2, Z2);
  fieldEncode(shared, X2);
  wipeX25519();
  return !isZero32(shared);
}

/** Whether POINT_TABLE is the point's; notes that the point was met. */
function hasTable(point: usize): bool {
  if (!equal32(point, LAST_POINT)) {
    copy32(LAST_POINT, point);
    lastPointState = POINT_SEEN;
  } else if (lastPointState == POINT_SEEN) {
    lastPointState = fillTable(POINT_TABLE, LAST_POINT) ? POINT_HAS_TABLE : POINT_NEEDS_LADDER;
  }
  return lastPointState == POINT_HAS_TABLE;
}

function ensureBaseTable(): void {
  if (!hasBaseTable) hasBaseTable = fillTable(BASE_TABLE, BASE_POINT);
  assert(hasBaseTable);
}

/**
 * `x25519Public` and `x25519` of one scalar, for a point that is likely to come again, a
 * recipient's key; false as `x25519`, and the public key is then not to be used either. A table is
 * made when a point comes the second time running, at the cost of 2.3 ladders (measured), and
 * kept until another point takes its place; it holds public values only.
 */
export function x25519Both(scalar: usize, point: usize, publicKey: usize, shared: usize): bool {
  if (!hasTable(point)) {
    x25519Public(scalar, publicKey);
    return x25519(scalar, point, shared);
  }
  ensureBaseTable();
  clamp(scalar);
  multiplyByTables(BASE_TABLE, POINT_TABLE, SCALAR, publicKey, shared);
  wipeX25519();
  return !isZero32(shared);
}

/** public = scalar · 9. */
export function x25519Public(scalar: usize, publicKey: usize): void {
  ensureBaseTable();
  clamp(scalar);
  multiplyByTable(BASE_TABLE, SCALAR, publicKey);
  wipeX25519();
}

/** Zeroes the scalar and every point of the ladder. */
export function wipeX25519(): void {
  memory.fill(SCALAR, 0, SCRATCH_BYTES);
  wipeField();
}

/** RFC 7748 §5, decodeScalar25519. */
function clamp(scalar: usize): void {
  copy32(SCALAR, scalar);
  store<u8>(SCALAR, load<u8>(SCALAR) & 248);
  store<u8>(SCALAR + 31, (load<u8>(SCALAR + 31) & 127) | 64);
}

/** One step: (X2:Z2) doubled, (X3:Z3) added to it, their difference being X1. */
function step(): void {
  fieldAdd(A, X2, Z2);
  fieldSubtract(B, X2, Z2);
  fieldAdd(C, X3, Z3);
  fieldSubtract(X3, X3, Z3);
  fieldMultiply(X3, X3, A); // DA
  fieldMultiply(C, C, B); // CB
  fieldAdd(Z3, X3, C);
  fieldSubtract(C, X3, C);
  fieldSquare(X3, Z3);
  fieldSquare(C, C);
  fieldMultiply(Z3, X1, C);
  fieldSquare(A, A); // AA
  fieldSquare(B, B); // BB
  fieldMultiply(X2, A, B);
  fieldSubtract(A, A, B); // E = AA − BB
  fieldScale(C, A, A24);
  fieldAdd(C, B, C); // BB + a24·E equals AA + 121665·E
  fieldMultiply(Z2, A, C);
}

function equal32(a: usize, b: usize): bool {
  return memory.compare(a, b, 32) == 0;
}

function isZero32(a: usize): bool {
  return (load<u64>(a, 0) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0;
}
