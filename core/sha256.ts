// SHA-256 as FIPS 180-4 §6.2, over one static state.
//
// Owns: the hash state and its wiping. Not reentrant: one hash runs at a time. Running time depends
// on the length only. Sixteen rounds are written out, so that the eight words change roles instead
// of places and the sixteen words of the schedule stay out of memory: a fifth less time than with
// a schedule of 64 words (V8, measured). Not here: SIMD, which makes the schedule slower in V8.

/** FIPS 180-4 §4.2.2: fractional parts of the cube roots of the first 64 primes. */
const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

export const SHA256_BYTES: u32 = 32;
export const SHA256_BLOCK_BYTES: u32 = 64;

//  scratch, 96 bytes:  0 state a…h | 32 partial block
const STATE: usize = memory.data(96, 16);
const BLOCK: usize = STATE + 32;
const SCRATCH_BYTES: usize = 96;

/** Bytes hashed so far, those waiting in BLOCK included. */
let hashed: u64 = 0;
/** Bytes waiting in BLOCK, 0…63. */
let waiting: u32 = 0;

/** Hashes `length` bytes at `message` into 32 bytes at `digest`; keeps nothing. */
export function sha256(message: usize, length: u32, digest: usize): void {
  sha256Begin();
  sha256Update(message, length);
  sha256End(digest);
  wipeSha256();
}

/** Starts a hash with the initial value of FIPS 180-4 §5.3.3. */
export function sha256Begin(): void {
  store<u32>(STATE, 0x6a09e667, 0);
  store<u32>(STATE, 0xbb67ae85, 4);
  store<u32>(STATE, 0x3c6ef372, 8);
  store<u32>(STATE, 0xa54ff53a, 12);
  store<u32>(STATE, 0x510e527f, 16);
  store<u32>(STATE, 0x9b05688c, 20);
  store<u32>(STATE, 0x1f83d9ab, 24);
  store<u32>(STATE, 0x5be0cd19, 28);
  hashed = 0;
  waiting = 0;
}

/** Goes on from a state saved after whole blocks; HMAC keeps one per key half. */
export function sha256Resume(state: usize, bytesHashed: u64): void {
  copy32(STATE, state);
  hashed = bytesHashed;
  waiting = 0;
}

/** Saves the state after whole blocks, for `sha256Resume`. */
export function sha256Save(state: usize): void {
  assert(waiting == 0);
  copy32(state, STATE);
}

/** Adds bytes. */
export function sha256Update(message: usize, length: u32): void {
  hashed += <u64>length;
  if (waiting > 0) {
    const taken = min<u32>(length, SHA256_BLOCK_BYTES - waiting);
    memory.copy(BLOCK + waiting, message, taken);
    waiting += taken;
    message += taken;
    length -= taken;
    if (waiting < SHA256_BLOCK_BYTES) return;
    compress(BLOCK);
    waiting = 0;
  }
  for (; length >= SHA256_BLOCK_BYTES; length -= SHA256_BLOCK_BYTES) {
    compress(message);
    message += SHA256_BLOCK_BYTES;
  }
  if (length > 0) memory.copy(BLOCK, message, length);
  waiting = length;
}

/** Pads (FIPS 180-4 §5.1.1) and writes the 32-byte digest. */
export function sha256End(digest: usize): void {
  assert(waiting < SHA256_BLOCK_BYTES);
  store<u8>(BLOCK + waiting, 0x80);
  memory.fill(BLOCK + waiting + 1, 0, SHA256_BLOCK_BYTES - 1 - waiting);
  if (waiting >= 56) {
    compress(BLOCK);
    memory.fill(BLOCK, 0, 56);
  }
  store<u64>(BLOCK, bswap<u64>(hashed << 3), 56);
  compress(BLOCK);
  for (let i: usize = 0; i < 32; i += 4) {
    store<u32>(digest + i, bswap<u32>(load<u32>(STATE + i)));
  }
  waiting = 0;
}

/** Zeroes everything a hash leaves behind: partial block and state. */
export function wipeSha256(): void {
  memory.fill(STATE, 0, SCRATCH_BYTES);
  hashed = 0;
  waiting = 0;
}

/** Copies 32 bytes; cheaper than a bulk copy at this length. */
export function copy32(target: usize, source: usize): void {
  store<u64>(target, load<u64>(source, 0), 0);
  store<u64>(target, load<u64>(source, 8), 8);
  store<u64>(target, load<u64>(source, 16), 16);
  store<u64>(target, load<u64>(source, 24), 24);
}

/** One block, FIPS 180-4 §6.2.2. */
function compress(block: usize): void {
  let w0 = bswap<u32>(load<u32>(block, 0));
  let w1 = bswap<u32>(load<u32>(block, 4));
  let w2 = bswap<u32>(load<u32>(block, 8));
  let w3 = bswap<u32>(load<u32>(block, 12));
  let w4 = bswap<u32>(load<u32>(block, 16));
  let w5 = bswap<u32>(load<u32>(block, 20));
  let w6 = bswap<u32>(load<u32>(block, 24));
  let w7 = bswap<u32>(load<u32>(block, 28));
  let w8 = bswap<u32>(load<u32>(block, 32));
  let w9 = bswap<u32>(load<u32>(block, 36));
  let w10 = bswap<u32>(load<u32>(block, 40));
  let w11 = bswap<u32>(load<u32>(block, 44));
  let w12 = bswap<u32>(load<u32>(block, 48));
  let w13 = bswap<u32>(load<u32>(block, 52));
  let w14 = bswap<u32>(load<u32>(block, 56));
  let w15 = bswap<u32>(load<u32>(block, 60));
  let a = load<u32>(STATE, 0);
  let b = load<u32>(STATE, 4);
  let c = load<u32>(STATE, 8);
  let d = load<u32>(STATE, 12);
  let e = load<u32>(STATE, 16);
  let f = load<u32>(STATE, 20);
  let g = load<u32>(STATE, 24);
  let h = load<u32>(STATE, 28);
  let k = K;
  for (let part = 0; ; part++) {
    h += load<u32>(k, 0) + w0 + sum1(e) + (g ^ (e & (f ^ g)));
    d += h;
    h += sum0(a) + ((a & b) | (c & (a | b)));
    g += load<u32>(k, 4) + w1 + sum1(d) + (f ^ (d & (e ^ f)));
    c += g;
    g += sum0(h) + ((h & a) | (b & (h | a)));
    f += load<u32>(k, 8) + w2 + sum1(c) + (e ^ (c & (d ^ e)));
    b += f;
    f += sum0(g) + ((g & h) | (a & (g | h)));
    e += load<u32>(k, 12) + w3 + sum1(b) + (d ^ (b & (c ^ d)));
    a += e;
    e += sum0(f) + ((f & g) | (h & (f | g)));
    d += load<u32>(k, 16) + w4 + sum1(a) + (c ^ (a & (b ^ c)));
    h += d;
    d += sum0(e) + ((e & f) | (g & (e | f)));
    c += load<u32>(k, 20) + w5 + sum1(h) + (b ^ (h & (a ^ b)));
    g += c;
    c += sum0(d) + ((d & e) | (f & (d | e)));
    b += load<u32>(k, 24) + w6 + sum1(g) + (a ^ (g & (h ^ a)));
    f += b;
    b += sum0(c) + ((c & d) | (e & (c | d)));
    a += load<u32>(k, 28) + w7 + sum1(f) + (h ^ (f & (g ^ h)));
    e += a;
    a += sum0(b) + ((b & c) | (d & (b | c)));
    h += load<u32>(k, 32) + w8 + sum1(e) + (g ^ (e & (f ^ g)));
    d += h;
    h += sum0(a) + ((a & b) | (c & (a | b)));
    g += load<u32>(k, 36) + w9 + sum1(d) + (f ^ (d & (e ^ f)));
    c += g;
    g += sum0(h) + ((h & a) | (b & (h | a)));
    f += load<u32>(k, 40) + w10 + sum1(c) + (e ^ (c & (d ^ e)));
    b += f;
    f += sum0(g) + ((g & h) | (a & (g | h)));
    e += load<u32>(k, 44) + w11 + sum1(b) + (d ^ (b & (c ^ d)));
    a += e;
    e += sum0(f) + ((f & g) | (h & (f | g)));
    d += load<u32>(k, 48) + w12 + sum1(a) + (c ^ (a & (b ^ c)));
    h += d;
    d += sum0(e) + ((e & f) | (g & (e | f)));
    c += load<u32>(k, 52) + w13 + sum1(h) + (b ^ (h & (a ^ b)));
    g += c;
    c += sum0(d) + ((d & e) | (f & (d | e)));
    b += load<u32>(k, 56) + w14 + sum1(g) + (a ^ (g & (h ^ a)));
    f += b;
    b += sum0(c) + ((c & d) | (e & (c | d)));
    a += load<u32>(k, 60) + w15 + sum1(f) + (h ^ (f & (g ^ h)));
    e += a;
    a += sum0(b) + ((b & c) | (d & (b | c)));
    if (part == 3) break;
    k += 64;
    w0 += sigma1(w14) + w9 + sigma0(w1);
    w1 += sigma1(w15) + w10 + sigma0(w2);
    w2 += sigma1(w0) + w11 + sigma0(w3);
    w3 += sigma1(w1) + w12 + sigma0(w4);
    w4 += sigma1(w2) + w13 + sigma0(w5);
    w5 += sigma1(w3) + w14 + sigma0(w6);
    w6 += sigma1(w4) + w15 + sigma0(w7);
    w7 += sigma1(w5) + w0 + sigma0(w8);
    w8 += sigma1(w6) + w1 + sigma0(w9);
    w9 += sigma1(w7) + w2 + sigma0(w10);
    w10 += sigma1(w8) + w3 + sigma0(w11);
    w11 += sigma1(w9) + w4 + sigma0(w12);
    w12 += sigma1(w10) + w5 + sigma0(w13);
    w13 += sigma1(w11) + w6 + sigma0(w14);
    w14 += sigma1(w12) + w7 + sigma0(w15);
    w15 += sigma1(w13) + w8 + sigma0(w0);
  }
  store<u32>(STATE, a + load<u32>(STATE, 0), 0);
  store<u32>(STATE, b + load<u32>(STATE, 4), 4);
  store<u32>(STATE, c + load<u32>(STATE, 8), 8);
  store<u32>(STATE, d + load<u32>(STATE, 12), 12);
  store<u32>(STATE, e + load<u32>(STATE, 16), 16);
  store<u32>(STATE, f + load<u32>(STATE, 20), 20);
  store<u32>(STATE, g + load<u32>(STATE, 24), 24);
  store<u32>(STATE, h + load<u32>(STATE, 28), 28);
}

/** σ1 of FIPS 180-4 §4.1.2. */
function sigma1(x: u32): u32 {
  return rotr<u32>(x, 17) ^ rotr<u32>(x, 19) ^ (x >>> 10);
}

/** σ0 of FIPS 180-4 §4.1.2. */
function sigma0(x: u32): u32 {
  return rotr<u32>(x, 7) ^ rotr<u32>(x, 18) ^ (x >>> 3);
}

/** Σ1 of FIPS 180-4 §4.1.2. */
function sum1(x: u32): u32 {
  return rotr<u32>(x, 6) ^ rotr<u32>(x, 11) ^ rotr<u32>(x, 25);
}

/** Σ0 of FIPS 180-4 §4.1.2. */
function sum0(x: u32): u32 {
  return rotr<u32>(x, 2) ^ rotr<u32>(x, 13) ^ rotr<u32>(x, 22);
}
