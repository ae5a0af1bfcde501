// Multiplication of a point that comes again and again: the base point, a recipient's key.
//
// Owns: one table of multiples per point, the curve in its twisted Edwards form (RFC 7748 §4.1,
// −x² + y² = 1 + d·x²·y²), and the wiping of all that depends on the scalar. A scalar is read as
// 64 signed digits of base 16 (Bernstein et al., "High-speed high-security signatures", §4), so a
// multiplication is 64 additions and four doublings, about half the time of the ladder. The
// additions are complete: no special case for any pair of points. Every entry of a row is read
// for every digit, so no address depends on the scalar. The sign of x is not in a u-coordinate
// and does not matter: u(−P) = u(P).
import {
  FIELD_BYTES,
  fieldAdd,
  fieldCopy,
  fieldDecode,
  fieldEncode,
  fieldInvert,
  fieldMultiply,
  fieldPowerRoot,
  fieldScale,
  fieldSet,
  fieldSquare,
  fieldSubtract,
  wipeField,
} from "./field25519";

/** d = −121665/121666 modulo p (RFC 8032 §5.1), little-endian. */
const D_BYTES: usize = memory.data<u8>([
  0xa3, 0x78, 0x59, 0x13, 0xca, 0x4d, 0xeb, 0x75, 0xab, 0xd8, 0x41, 0x41, 0x4d, 0x0a, 0x70, 0x00,
  0x98, 0xe8, 0x79, 0x77, 0x79, 0x40, 0xc7, 0x8c, 0x73, 0xfe, 0x6f, 0x2b, 0xee, 0x6c, 0x03, 0x52,
]);
/** A square root of −1 modulo p, 2^((p−1)/4), little-endian. */
const ROOT_OF_MINUS_ONE_BYTES: usize = memory.data<u8>([
  0xb0, 0xa0, 0x0e, 0x4a, 0x27, 0x1b, 0xee, 0xc4, 0x78, 0xe4, 0x2f, 0xad, 0x06, 0x18, 0x43, 0x2f,
  0xa7, 0xd7, 0xfb, 0x3d, 0x99, 0x00, 0x4d, 0x2b, 0x0b, 0xdf, 0xc1, 0x4f, 0x80, 0x24, 0x83, 0x2b,
]);

// A point in extended coordinates is X | Y | Z | T with x = X/Z, y = Y/Z, T = XY/Z: 160 bytes.
// An entry of a table is y+x | y−x | 2d·x·y: 120 bytes; that Z is 1 spares a multiplication and a
// quarter of what has to be read for each digit. Row j of 32 holds 1…8 times 256^j · P, so a table
// takes 30,720 bytes, given by the caller.
const ENTRY_BYTES: usize = 3 * FIELD_BYTES;
const ROWS: i32 = 32;
const ROW_BYTES: usize = 8 * ENTRY_BYTES;
const ENTRIES: i32 = 8 * ROWS;
const Y: usize = FIELD_BYTES;
const Z: usize = 2 * FIELD_BYTES;
const T: usize = 3 * FIELD_BYTES;

//  scratch, 864 bytes
//    0 point | 160 chosen entry | 320 ten elements | 720 digits | 784 d | 824 2d
const POINT: usize = memory.data(864, 16);
const ENTRY: usize = POINT + 160;
const A: usize = POINT + 320;
const B: usize = A + FIELD_BYTES;
const C: usize = B + FIELD_BYTES;
const E: usize = C + FIELD_BYTES;
const F: usize = E + FIELD_BYTES;
const G: usize = F + FIELD_BYTES;
const H: usize = G + FIELD_BYTES;
const S: usize = H + FIELD_BYTES;
const NUMERATOR: usize = S + FIELD_BYTES;
const DENOMINATOR: usize = NUMERATOR + FIELD_BYTES;
const DIGITS: usize = POINT + 720;
const D: usize = POINT + 784;
const TWO_D: usize = POINT + 824;
const WIPED_BYTES: usize = 784;
/** Products of the Z of all entries before one, public like the table. */
const PREFIXES: usize = memory.data(10240, 16);

/**
 * Fills a table for the point with u-coordinate `u`, 32 bytes. False when the point is on the
 * twist or has no image (u = −1): such a key needs the ladder. Public data, so it may branch.
 */
export function fillTable(table: usize, u: usize): bool {
  fieldDecode(D, D_BYTES);
  fieldAdd(TWO_D, D, D);
  if (!decodePoint(u)) return false;
  let entry = table;
  for (let row = 0; row < ROWS; row++) {
    writeEntry();
    for (let i = 0; i < 8; i++) {
      if (i > 0) addEntry();
      // X, Y and Z for now.
      for (let w: usize = 0; w < ENTRY_BYTES; w += 8) {
        store<u64>(entry + w, load<u64>(POINT + w));
      }
      entry += ENTRY_BYTES;
    }
    for (let i = 0; i < 5; i++) double(); // From 8 to 256 times.
  }
  normalise(table);
  return true;
}

/** Divides every entry's X and Y by its Z, with one inversion for all (Montgomery's trick). */
function normalise(table: usize): void {
  fieldSet(A, 1);
  for (let k = 0; k < ENTRIES; k++) {
    fieldCopy(PREFIXES + <usize>k * FIELD_BYTES, A);
    fieldMultiply(A, A, table + <usize>k * ENTRY_BYTES + Z);
  }
  fieldInvert(A, A);
  for (let k = ENTRIES - 1; k >= 0; k--) {
    const entry = table + <usize>k * ENTRY_BYTES;
    fieldMultiply(B, A, PREFIXES + <usize>k * FIELD_BYTES); // 1/Z
    fieldMultiply(A, A, entry + Z);
    fieldMultiply(E, entry, B); // x
    fieldMultiply(F, entry + Y, B); // y
    fieldMultiply(C, E, F);
    fieldMultiply(entry + Z, C, TWO_D);
    // Sums are stored carried, so that they count as one element.
    fieldAdd(entry, F, E);
    fieldScale(entry, entry, 1);
    fieldSubtract(entry + Y, F, E);
    fieldScale(entry + Y, entry + Y, 1);
  }
}

/** Writes the u-coordinate of scalar · P, 32 bytes; `scalar` is clamped, P is the table's point. */
export function multiplyByTable(table: usize, scalar: usize, u: usize): void {
  recode(scalar);
  multiply(table);
  // u = (1 + y) / (1 − y); the neutral element gives 1/0 = 0, as the ladder does.
  fieldAdd(A, POINT + Z, POINT + Y);
  fieldSubtract(B, POINT + Z, POINT + Y);
  fieldInvert(B, B);
  fieldMultiply(A, A, B);
  fieldEncode(u, A);
  wipeEdwards();
}

/**
 * The same for two points and one scalar, with one inversion instead of two. Where one result is
 * the neutral element, both are written as 0; the base point's never is.
 */
export function multiplyByTables(
  table: usize,
  other: usize,
  scalar: usize,
  u: usize,
  otherU: usize,
): void {
  recode(scalar);
  multiply(table);
  fieldAdd(NUMERATOR, POINT + Z, POINT + Y);
  fieldSubtract(DENOMINATOR, POINT + Z, POINT + Y);
  multiply(other);
  fieldAdd(A, POINT + Z, POINT + Y);
  fieldSubtract(B, POINT + Z, POINT + Y);
  fieldMultiply(C, DENOMINATOR, B);
  fieldInvert(C, C);
  fieldMultiply(NUMERATOR, NUMERATOR, B);
  fieldMultiply(NUMERATOR, NUMERATOR, C);
  fieldEncode(u, NUMERATOR);
  fieldMultiply(A, A, DENOMINATOR);
  fieldMultiply(A, A, C);
  fieldEncode(otherU, A);
  wipeEdwards();
}

/** POINT = the recoded scalar times the table's point. */
function multiply(table: usize): void {
  setIdentity();
  for (let i = 1; i < 64; i += 2) addDigit(table, i);
  for (let i = 0; i < 4; i++) double();
  for (let i = 0; i < 64; i += 2) addDigit(table, i);
}

function wipeEdwards(): void {
  memory.fill(POINT, 0, WIPED_BYTES);
  wipeField();
}

/** POINT from a u-coordinate: y = (u − 1)/(u + 1), x² = (y² − 1)/(d·y² + 1). */
function decodePoint(u: usize): bool {
  fieldDecode(A, u);
  fieldSet(E, 1);
  fieldAdd(B, A, E);
  fieldSubtract(A, A, E);
  if (isZero(B)) return false;
  fieldInvert(B, B);
  fieldMultiply(POINT + Y, A, B);
  fieldSquare(A, POINT + Y);
  fieldMultiply(B, A, D);
  fieldAdd(B, B, E); // denominator
  fieldSubtract(A, A, E); // numerator
  // x = n·q³·(n·q⁷)^((p−5)/8), RFC 8032 §5.1.3 step 2, for x² = n/q.
  fieldSquare(C, B);
  fieldMultiply(C, C, B); // q³
  fieldSquare(F, C);
  fieldMultiply(F, F, B); // q⁷
  fieldMultiply(F, F, A);
  fieldPowerRoot(G, F);
  fieldMultiply(G, G, C);
  fieldMultiply(POINT, G, A);
  fieldSquare(F, POINT);
  fieldMultiply(F, F, B); // q·x², which is n or −n for a square
  fieldSubtract(C, F, A);
  if (!isZero(C)) {
    fieldAdd(C, F, A);
    if (!isZero(C)) return false;
    fieldDecode(H, ROOT_OF_MINUS_ONE_BYTES);
    fieldMultiply(POINT, POINT, H);
  }
  fieldSet(POINT + Z, 1);
  fieldMultiply(POINT + T, POINT, POINT + Y);
  return true;
}

/** Signed digits: 64 of them in −8…8, each from four bits and the carry of those below. */
function recode(scalar: usize): void {
  let carry: i32 = 0;
  for (let i = 0; i < 64; i++) {
    const nibble = (<i32>load<u8>(scalar + <usize>(i >> 1)) >> ((i & 1) << 2)) & 15;
    const digit = nibble + carry;
    // The last digit keeps its carry: a clamped scalar is below 2^255, so it is at most 8.
    carry = i == 63 ? 0 : (digit + 8) >> 4;
    store<i8>(DIGITS + i, <i8>(digit - (carry << 4)));
  }
}

/** POINT += digit i times its power of 16; the row is read whole, the choice is made by masks. */
function addDigit(table: usize, i: i32): void {
  const row = table + <usize>(i >> 1) * ROW_BYTES;
  const digit = <i64>load<i8>(DIGITS + i);
  const sign = digit >> 63;
  const size = (digit ^ sign) - sign;
  const m1 = equalMask(size, 1);
  const m2 = equalMask(size, 2);
  const m3 = equalMask(size, 3);
  const m4 = equalMask(size, 4);
  const m5 = equalMask(size, 5);
  const m6 = equalMask(size, 6);
  const m7 = equalMask(size, 7);
  const m8 = equalMask(size, 8);
  for (let w: usize = 0; w < ENTRY_BYTES; w += 8) {
    const at = row + w;
    store<u64>(
      ENTRY + w,
      (load<u64>(at, 0) & m1) | (load<u64>(at, 120) & m2) | (load<u64>(at, 240) & m3) |
        (load<u64>(at, 360) & m4) | (load<u64>(at, 480) & m5) | (load<u64>(at, 600) & m6) |
        (load<u64>(at, 720) & m7) | (load<u64>(at, 840) & m8),
    );
  }
  // Digit 0 takes the neutral element: y+x = y−x = 1, 2d·x·y = 0.
  const one = <i32>(equalMask(size, 0) & 1);
  store<i32>(ENTRY, load<i32>(ENTRY) | one);
  store<i32>(ENTRY + Y, load<i32>(ENTRY + Y) | one);
  negateEntry(sign);
  fieldCopy(S, POINT + Z);
  addParts(ENTRY + Z);
}

/** ENTRY becomes its negative when `sign` is −1: the first two change places, the last its sign. */
function negateEntry(sign: i64): void {
  for (let w: usize = 0; w < FIELD_BYTES; w += 8) {
    const difference = (load<u64>(ENTRY + w) ^ load<u64>(ENTRY + Y + w)) & <u64>sign;
    store<u64>(ENTRY + w, load<u64>(ENTRY + w) ^ difference);
    store<u64>(ENTRY + Y + w, load<u64>(ENTRY + Y + w) ^ difference);
  }
  const mask = <i32>sign;
  for (let w: usize = 0; w < FIELD_BYTES; w += 4) {
    store<i32>(ENTRY + Z + w, (load<i32>(ENTRY + Z + w) ^ mask) - mask);
  }
}

/** POINT += ENTRY in the four parts of `writeEntry`. */
function addEntry(): void {
  fieldMultiply(S, POINT + Z, ENTRY + Z);
  addParts(ENTRY + T);
}

/**
 * POINT += ENTRY, complete (Hisil et al., "Twisted Edwards Curves Revisited", §3.1); S holds the
 * product of both Z, `t` is 2d times the entry's T.
 */
function addParts(t: usize): void {
  fieldAdd(B, POINT + Y, POINT);
  fieldSubtract(A, POINT + Y, POINT);
  fieldMultiply(B, B, ENTRY);
  fieldMultiply(A, A, ENTRY + Y);
  fieldMultiply(C, POINT + T, t);
  fieldAdd(S, S, S);
  fieldSubtract(E, B, A);
  fieldSubtract(F, S, C);
  fieldAdd(G, S, C);
  fieldAdd(H, B, A);
  combine();
}

/** POINT = 2 · POINT (the same source, §3.3). */
function double(): void {
  fieldSquare(A, POINT);
  fieldSquare(B, POINT + Y);
  fieldSquare(C, POINT + Z);
  fieldScale(C, C, 2); // Carried, so that F below is a sum of three.
  fieldAdd(S, POINT, POINT + Y);
  fieldSquare(S, S);
  fieldAdd(H, A, B);
  fieldSubtract(E, H, S);
  fieldSubtract(G, A, B);
  fieldAdd(F, C, G);
  combine();
}

/** X = E·F, Y = G·H, Z = F·G, T = E·H. */
function combine(): void {
  fieldMultiply(POINT, E, F);
  fieldMultiply(POINT + Y, G, H);
  fieldMultiply(POINT + Z, F, G);
  fieldMultiply(POINT + T, E, H);
}

/** ENTRY = Y+X | Y−X | Z | 2d·T of POINT, for the multiples of a row. */
function writeEntry(): void {
  fieldAdd(ENTRY, POINT + Y, POINT);
  fieldScale(ENTRY, ENTRY, 1);
  fieldSubtract(ENTRY + Y, POINT + Y, POINT);
  fieldScale(ENTRY + Y, ENTRY + Y, 1);
  fieldCopy(ENTRY + Z, POINT + Z);
  fieldMultiply(ENTRY + T, POINT + T, TWO_D);
}

function setIdentity(): void {
  fieldSet(POINT, 0);
  fieldSet(POINT + Y, 1);
  fieldSet(POINT + Z, 1);
  fieldSet(POINT + T, 0);
}

/** All ones when the small numbers are equal, else zero, without a branch. */
function equalMask(a: i64, b: i64): u64 {
  return <u64>(((a ^ b) - 1) >> 63);
}

function isZero(a: usize): bool {
  fieldEncode(S, a);
  return (load<u64>(S, 0) | load<u64>(S, 8) | load<u64>(S, 16) | load<u64>(S, 24)) == 0;
}
