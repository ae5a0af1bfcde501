/**
 * Bugs on purpose in the primitives and HPKE; the mechanism is that of `seeded_bugs.ts`.
 *
 * Owns: the list. What is left out changes no result: a carry that the next pass takes, or the swap
 * after the ladder, which the clamped lowest bit never asks for.
 */
import type { SeededBug } from "./seeded_bugs.ts";

const CIPHER: readonly SeededBug[] = [
  {
    name: "a rotation by 15",
    file: "chacha20",
    good: "x12 = rotl<u32>(x12 ^ x0, 16);",
    bad: "x12 = rotl<u32>(x12 ^ x0, 15);",
  },
  {
    name: "nine double rounds",
    file: "chacha20",
    good: "round < 10",
    bad: "round < 9",
  },
  {
    name: "the block counter stands still",
    file: "chacha20",
    good: "load<u32>(STATE, 48) + 1",
    bad: "load<u32>(STATE, 48)",
  },
  {
    name: "the state is not added at the end",
    file: "chacha20",
    good: "(x0 + load<u32>(STATE, 0))",
    bad: "x0",
  },
  {
    name: "a third of the nonce is not used",
    file: "chacha20",
    good: "load<u64>(nonce, 4)",
    bad: "<u64>load<u32>(nonce, 4)",
  },
  {
    name: "a short last block stays in the clear",
    file: "chacha20",
    good: "load<u8>(source + i) ^ load<u8>(KEYSTREAM + i)",
    bad: "load<u8>(source + i)",
  },
  {
    name: "the cipher's key stays in memory",
    file: "chacha20",
    good: "memory.fill(STATE, 0, SCRATCH_BYTES);",
    bad: "",
  },
  {
    name: "r is not clamped",
    file: "poly1305",
    good: "0x0ffffffc0fffffff",
    bad: "0x0fffffff0fffffff",
  },
  {
    name: "the block's end mark is missing",
    file: "poly1305",
    good: "(high >> 40) | 0x1000000",
    bad: "(high >> 40)",
  },
  {
    name: "2^130 comes back four times",
    file: "poly1305",
    good: "(d4 >> 26) * 5",
    bad: "(d4 >> 26) * 4",
  },
  {
    name: "a column's carry is forgotten",
    file: "poly1305",
    good: "h4 * s4 + (d2 >> 26)",
    bad: "h4 * s4",
  },
  {
    name: "a sum of p or more is not reduced",
    file: "poly1305",
    good: "0 - (g4 >> 26)",
    bad: "0",
  },
  {
    name: "the carry into the tag's third word is lost",
    file: "poly1305",
    good: "<u64>load<u32>(S, 8) + (sum >> 32)",
    bad: "<u64>load<u32>(S, 8)",
  },
  {
    name: "a short block keeps what stood there",
    file: "poly1305",
    good: "memory.fill(PADDED, 0, 16);",
    bad: "",
  },
  {
    name: "the two lengths change places",
    file: "poly1305",
    good:
      "store<u64>(PADDED, <u64>aadLength, 0);\n  store<u64>(PADDED, <u64>length, 8);",
    bad:
      "store<u64>(PADDED, <u64>length, 0); store<u64>(PADDED, <u64>aadLength, 8);",
  },
  {
    name: "the one-time key stays in memory",
    file: "poly1305",
    good: "memory.fill(R, 0, SCRATCH_BYTES);",
    bad: "",
  },
  {
    name: "half a tag is compared",
    file: "aead",
    good: "(load<u64>(a, 8) ^ load<u64>(b, 8))",
    bad: "0",
  },
  {
    name: "any tag will do",
    file: "aead",
    good: "equal16(TAG, source + length)",
    bad: "true",
  },
  {
    name: "decrypted before it is known to be authentic",
    file: "aead",
    good: "if (isAuthentic) chacha20Xor(source, target, length);",
    bad: "chacha20Xor(source, target, length);",
  },
  {
    name: "additional data is not authenticated",
    file: "aead",
    good: "poly1305Absorb(aad, aadLength);",
    bad: "",
  },
  {
    name: "the message starts at block 2",
    file: "aead",
    good: "chacha20Begin(key, nonce, 0);",
    bad: "chacha20Begin(key, nonce, 1);",
  },
  {
    name: "the first keystream block stays in memory",
    file: "aead",
    good: "memory.fill(FIRST_BLOCK, 0, SCRATCH_BYTES);",
    bad: "",
  },
];

const HASH: readonly SeededBug[] = [
  {
    name: "σ0 rotates where it should shift",
    file: "sha256",
    good: "(x >>> 3)",
    bad: "rotr<u32>(x, 3)",
  },
  {
    name: "a wrong bit of Σ1",
    file: "sha256",
    good: "rotr<u32>(x, 25)",
    bad: "rotr<u32>(x, 24)",
  },
  {
    name: "choose and majority mixed up in one round",
    file: "sha256",
    good: "w6 + sum1(g) + (a ^ (g & (h ^ a)))",
    bad: "w6 + sum1(g) + ((g & h) | (a & (g | h)))",
  },
  {
    name: "the schedule mixes in a word too young",
    file: "sha256",
    good: "sigma1(w4) + w15",
    bad: "sigma1(w4) + w0",
  },
  {
    name: "55 and 56 bytes padded alike",
    file: "sha256",
    good: "waiting >= 56",
    bad: "waiting > 56",
  },
  {
    name: "the length counted in bytes",
    file: "sha256",
    good: "hashed << 3",
    bad: "hashed",
  },
  {
    name: "the length counts the last part alone",
    file: "sha256",
    good: "hashed += <u64>length;",
    bad: "hashed = <u64>length;",
  },
  {
    name: "old bytes behind the padding",
    file: "sha256",
    good:
      "memory.fill(BLOCK + waiting + 1, 0, SHA256_BLOCK_BYTES - 1 - waiting);",
    bad: "",
  },
  {
    name: "the hash's state stays in memory",
    file: "sha256",
    good: "memory.fill(STATE, 0, SCRATCH_BYTES);",
    bad: "",
  },
  {
    name: "a key of one block is hashed",
    file: "hmac",
    good: "keyLength > SHA256_BLOCK_BYTES",
    bad: "keyLength >= SHA256_BLOCK_BYTES",
  },
  {
    name: "the rest of a longer key stays",
    file: "hmac",
    good: "memory.fill(KEY_BLOCK, 0, SHA256_BLOCK_BYTES);",
    bad: "",
  },
  {
    name: "the pad's length is not counted",
    file: "hmac",
    good: "sha256Resume(OUTER, SHA256_BLOCK_BYTES);",
    bad: "sha256Resume(OUTER, 0);",
  },
  {
    name: "outer pad 0x36 again",
    file: "hmac",
    good: "maskKeyBlock(0x6a6a6a6a6a6a6a6a);",
    bad: "",
  },
  {
    name: "the empty key's outer state is its inner one",
    file: "hmac",
    good: "copy32(OUTER, EMPTY_KEY + SHA256_BYTES);",
    bad: "copy32(OUTER, EMPTY_KEY);",
  },
  {
    name: "expand counts from 0",
    file: "hmac",
    good: "store<u8>(COUNTER, <u8>counter);",
    bad: "store<u8>(COUNTER, <u8>(counter - 1));",
  },
  {
    name: "expand without the block before",
    file: "hmac",
    good: "counter > 0",
    bad: "false",
  },
  {
    name: "the keyed states stay in memory",
    file: "hmac",
    good: "memory.fill(KEY_BLOCK, 0, SCRATCH_BYTES);",
    bad: "",
  },
];

const CURVE: readonly SeededBug[] = [
  {
    name: "one product of odd limbs not doubled",
    file: "field25519",
    good: "f0 * g0 + f1d * g9t",
    bad: "f0 * g0 + f1 * g9t",
  },
  {
    name: "one limb folded 18 times",
    file: "field25519",
    good: "g5 * 19",
    bad: "g5 * 18",
  },
  {
    name: "a square's cross product counted once",
    file: "field25519",
    good: "f3d * f6 + f4d * f5",
    bad: "f3d * f6 + f4 * f5",
  },
  {
    name: "p and more is written unreduced",
    file: "field25519",
    good: "h0 += 19 * quotient;",
    bad: "",
  },
  {
    name: "bit 255 of a key counts",
    file: "field25519",
    good: "(load<u64>(source, 24) >> 38) & 33554431",
    bad: "(load<u64>(source, 24) >> 38)",
  },
  {
    name: "a key of bits 102 to 127 misread",
    file: "field25519",
    good: "(load<u64>(source, 12) >> 6) & 67108863",
    bad: "(load<u64>(source, 12) >> 6) & 33554431",
  },
  {
    name: "the ladder never swaps",
    file: "field25519",
    good: "0 - <u64>choice",
    bad: "0",
  },
  {
    name: "1/a by a wrong exponent",
    file: "field25519",
    good: "power(T3, T2, 100);",
    bad: "power(T3, T2, 99);",
  },
  {
    name: "an inversion stays in memory",
    file: "field25519",
    good: "memory.fill(T0, 0, 4 * FIELD_BYTES);",
    bad: "",
  },
  {
    name: "121665 with the formula of 121666",
    file: "x25519",
    good: "fieldScale(C, A, A24);",
    bad: "fieldScale(C, A, A24 - 1);",
  },
  {
    name: "the low bits of a scalar count",
    file: "x25519",
    good: "load<u8>(SCALAR) & 248",
    bad: "load<u8>(SCALAR)",
  },
  {
    name: "the top bit of a scalar counts",
    file: "x25519",
    good: "(load<u8>(SCALAR + 31) & 127) | 64",
    bad: "load<u8>(SCALAR + 31) | 64",
  },
  {
    name: "the ladder ends a bit too early",
    file: "x25519",
    good: "bit >= 0",
    bad: "bit > 0",
  },
  {
    name: "a swap is not undone",
    file: "x25519",
    good: "swapped = choice;",
    bad: "",
  },
  {
    name: "an all-zero secret is used",
    file: "x25519",
    good:
      "(load<u64>(a, 0) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0",
    bad: "false",
  },
  {
    name: "two keys with half in common share a table",
    file: "x25519",
    good: "memory.compare(a, b, 32)",
    bad: "memory.compare(a, b, 16)",
  },
  {
    name: "a point without a table uses the one before",
    file: "x25519",
    good: "fillTable(POINT_TABLE, LAST_POINT)",
    bad: "(fillTable(POINT_TABLE, LAST_POINT) || true)",
  },
  {
    name: "scalar and ladder stay in memory",
    file: "x25519",
    good: "memory.fill(SCALAR, 0, SCRATCH_BYTES);",
    bad: "",
  },
  {
    name: "a digit of 8 takes no entry",
    file: "edwards25519",
    good: "equalMask(size, 8)",
    bad: "0",
  },
  {
    name: "a digit of 0 takes nothing at all",
    file: "edwards25519",
    good: "equalMask(size, 0) & 1",
    bad: "0",
  },
  {
    name: "negative digits are taken as positive",
    file: "edwards25519",
    good: "negateEntry(sign);",
    bad: "",
  },
  {
    name: "the carry of a digit is lost",
    file: "edwards25519",
    good: "(digit + 8) >> 4",
    bad: "0",
  },
  {
    name: "odd digits weigh 8",
    file: "edwards25519",
    good: "for (let i = 0; i < 4; i++) double();",
    bad: "for (let i = 0; i < 3; i++) double();",
  },
  {
    name: "rows lie 128 apart",
    file: "edwards25519",
    good: "i < 5",
    bad: "i < 4",
  },
  {
    name: "the other square root is not tried",
    file: "edwards25519",
    good: "fieldMultiply(POINT, POINT, H);",
    bad: "",
  },
  {
    name: "a point on the twist gets a table",
    file: "edwards25519",
    good: "if (!isZero(C)) return false;",
    bad: "",
  },
  {
    name: "two results of one inversion take the same denominator",
    file: "edwards25519",
    good: "fieldMultiply(A, A, DENOMINATOR);",
    bad: "fieldMultiply(A, A, B);",
  },
  {
    name: "an entry is divided by another one's Z",
    file: "edwards25519",
    good: "fieldMultiply(A, A, entry + Z);",
    bad: "",
  },
  {
    name: "digits and point stay in memory",
    file: "edwards25519",
    good: "memory.fill(POINT, 0, WIPED_BYTES);",
    bad: "",
  },
];

const HPKE: readonly SeededBug[] = [
  {
    name: "the recipient's key is not in the context",
    file: "hpke",
    good: "memory.copy(KEM_CONTEXT + X25519_BYTES, publicKey, X25519_BYTES);",
    bad: "",
  },
  {
    name: "mode PSK scheduled as Base",
    file: "hpke",
    good: "store<u8>(CONTEXT, <u8>mode);",
    bad: "store<u8>(CONTEXT, 0);",
  },
  {
    name: "info is not in the context",
    file: "hpke",
    good: "memory.copy(CONTEXT + 33, PRK, SHA256_BYTES);",
    bad: "",
  },
  {
    name: "the PSK is left out of the secret",
    file: "hpke",
    good:
      "extractLabelled(SHARED, 32, HPKE_SUITE, HPKE_SUITE_BYTES, SECRET, 6, psk, pskLength);",
    bad:
      "extractLabelled(SHARED, 32, HPKE_SUITE, HPKE_SUITE_BYTES, SECRET, 6, psk, 0);",
  },
  {
    name: "a PSK of 31 bytes",
    file: "hpke",
    good: "pskLength >= HPKE_PSK_BYTES_MIN",
    bad: "pskLength >= HPKE_PSK_BYTES_MIN - 1",
  },
  {
    name: "a PSK without an id",
    file: "hpke",
    good: "pskIdLength > 0",
    bad: "true",
  },
  {
    name: "sealed to a point of small order",
    file: "hpke",
    good:
      "if (!x25519Both(EPHEMERAL, publicKey, KEM_CONTEXT, DH)) return CRYPTO_ERR_SHARED_SECRET;",
    bad: "x25519Both(EPHEMERAL, publicKey, KEM_CONTEXT, DH);",
  },
  {
    name: "opened from a point of small order",
    file: "hpke",
    good: "if (!x25519(privateKey, enc, DH)) return CRYPTO_ERR_SHARED_SECRET;",
    bad: "x25519(privateKey, enc, DH);",
  },
  {
    name: "the expanded length is little-endian",
    file: "hpke",
    good: "bswap<u16>(<u16>length)",
    bad: "<u16>length",
  },
  {
    name: "the ephemeral key stays in memory",
    file: "hpke",
    good: "memory.fill(EPHEMERAL, 0, SCRATCH_BYTES);",
    bad: "",
  },
];

/** What people get wrong in a cipher, a hash, a curve and a key schedule. */
export const CRYPTO_BUGS: readonly SeededBug[] = [
  ...CIPHER,
  ...HASH,
  ...CURVE,
  ...HPKE,
];
