/**
 * The application cryptogram of a simulated card: AES-128 and AES-CMAC, as a real card does it.
 *
 * Owns: that every simulated transaction has its own genuine MAC. It is a simulator's cipher,
 * table-driven and not constant time; nothing of the engine's own security rests on it.
 * @see FIPS 197; RFC 4493; EMV 4.4 Book 2, §8.1, Annex A1.3.1 and A1.4
 * @module
 */

/** Encrypts single blocks under one AES-128 key. */
export class Aes128 {
  readonly #roundKeys: Uint8Array;

  constructor(key: Uint8Array) {
    this.#roundKeys = expandKey(key);
  }

  /** FIPS 197 §5.1. Returns a new 16-byte block. */
  encrypt(block: Uint8Array): Uint8Array {
    let state = xor(block, this.#roundKeys.subarray(0, 16));
    for (let round = 1; round <= 10; round++) {
      const next = new Uint8Array(16);
      // SubBytes and ShiftRows in one step: byte (row, column) comes from column + row.
      for (let i = 0; i < 16; i++) {
        next[i] = SBOX[state[(i + 4 * (i % 4)) % 16]];
      }
      if (round < 10) mixColumns(next);
      state = xor(next, this.#roundKeys.subarray(16 * round, 16 * round + 16));
    }
    return state;
  }
}

/** AES-CMAC of `message` under a 16-byte key, 16 bytes (RFC 4493 §2.4). */
export function aesCmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const aes = new Aes128(key);
  const subkey1 = double(aes.encrypt(new Uint8Array(16)));
  const blockCount = Math.max(1, Math.ceil(message.length / 16));
  const last = new Uint8Array(16);
  const tail = message.subarray(16 * (blockCount - 1));
  last.set(tail);
  const isWhole = tail.length === 16;
  if (!isWhole) last[tail.length] = 0x80;
  let state: Uint8Array = new Uint8Array(16);
  for (let i = 0; i < blockCount - 1; i++) {
    state = aes.encrypt(xor(state, message.subarray(16 * i, 16 * i + 16)));
  }
  const masked = xor(last, isWhole ? subkey1 : double(subkey1));
  return aes.encrypt(xor(state, masked));
}

/**
 * The 8-byte application cryptogram over `data` for one card and one transaction counter.
 *
 * @param issuerKey 16-byte issuer master key.
 * @param panAndSequence PAN and PAN sequence number, packed BCD, right-aligned in 16 bytes.
 * @param atc Application transaction counter, 0..65,535.
 * @param data The transaction data of EMV 4.4 Book 2 §8.1.1, concatenated.
 */
export function applicationCryptogram(
  issuerKey: Uint8Array,
  panAndSequence: Uint8Array,
  atc: number,
  data: Uint8Array,
): Uint8Array {
  // Book 2 A1.4.3 (option C): the card key is the issuer key applied to PAN and sequence.
  const cardKey = new Aes128(issuerKey).encrypt(panAndSequence);
  // Book 2 A1.3.1: the session key is the card key applied to ATC and zeros.
  const diversifier = new Uint8Array(16);
  diversifier[0] = atc >> 8;
  diversifier[1] = atc & 0xff;
  const sessionKey = new Aes128(cardKey).encrypt(diversifier);
  return aesCmac(sessionKey, data).slice(0, 8);
}

const SBOX = /* @__PURE__ */ makeSbox();

/** FIPS 197 §5.1.1: the inverse in GF(2^8), then the affine transformation. */
function makeSbox(): Uint8Array {
  const sbox = new Uint8Array(256);
  let p = 1;
  let inverse = 1;
  do {
    p = p ^ times2(p); // Multiplies by the generator 3 …
    // … and divides the other by it: 3^-1 = 0xf6.
    inverse = multiply(inverse, 0xf6);
    let value = inverse;
    for (let i = 1; i < 5; i++) {
      value ^= (inverse << i | inverse >> (8 - i)) & 0xff;
    }
    sbox[p] = value ^ 0x63;
  } while (p !== 1);
  sbox[0] = 0x63;
  return sbox;
}

function times2(byte: number): number {
  return (byte << 1 ^ (byte & 0x80 ? 0x11b : 0)) & 0xff;
}

function multiply(left: number, right: number): number {
  let product = 0;
  for (let bit = right; bit > 0; bit >>= 1) {
    if (bit & 1) product ^= left;
    left = times2(left);
  }
  return product;
}

function mixColumns(state: Uint8Array): void {
  for (let c = 0; c < 16; c += 4) {
    const a = state[c], b = state[c + 1], d = state[c + 2], e = state[c + 3];
    const all = a ^ b ^ d ^ e;
    state[c] = a ^ all ^ times2(a ^ b);
    state[c + 1] = b ^ all ^ times2(b ^ d);
    state[c + 2] = d ^ all ^ times2(d ^ e);
    state[c + 3] = e ^ all ^ times2(e ^ a);
  }
}

/** FIPS 197 §5.2. */
function expandKey(key: Uint8Array): Uint8Array {
  const words = new Uint8Array(176);
  words.set(key);
  let constant = 1;
  const word = new Uint8Array(4);
  for (let at = 16; at < 176; at += 4) {
    const isFirst = at % 16 === 0;
    for (let i = 0; i < 4; i++) {
      // RotWord and SubWord once per round key.
      word[i] = isFirst ? SBOX[words[at - 4 + (i + 1) % 4]] : words[at - 4 + i];
    }
    if (isFirst) {
      word[0] ^= constant;
      constant = times2(constant);
    }
    for (let i = 0; i < 4; i++) words[at + i] = words[at + i - 16] ^ word[i];
  }
  return words;
}

/** Doubling in GF(2^128), RFC 4493 §2.3. */
function double(block: Uint8Array): Uint8Array {
  const doubled = block.map((byte, at) =>
    byte << 1 | (block[at + 1] ?? 0) >> 7
  );
  if (block[0] & 0x80) doubled[15] ^= 0x87;
  return doubled;
}

function xor(left: Uint8Array, right: Uint8Array): Uint8Array {
  const result = new Uint8Array(16);
  // A plain loop: `map` on a typed array takes ten times as long, once per AES round.
  for (let at = 0; at < 16; at++) result[at] = left[at] ^ right[at];
  return result;
}
