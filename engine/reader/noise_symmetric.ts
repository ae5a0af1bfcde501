/**
 * The symmetric half of Noise, revision 34: CipherState and SymmetricState.
 *
 * Owns: every key and nonce of a handshake and its session, with SHA-256, ChaCha20-Poly1305 and
 * HKDF from the core. Keys are wiped when they are replaced.
 * @see https://noiseprotocol.org/noise.html §5.1, §5.2, §12.3
 * @module
 */
import type { CryptoCore } from "../../bindings/mod.ts";

/** Keys and hashes, bytes. */
export const KEY_LENGTH = 32;
/** Bytes a sealed message is longer than its plaintext. */
export const NOISE_TAG_LENGTH = 16;
const NOTHING = new Uint8Array(0);
/** Noise §4.2: the nonce of REKEY, 2^64-1; no message ever uses it. */
const NONCE_MAX = 0xffff_ffff_ffff_ffffn;

/** Noise §5.1: a key and the number of messages it has sealed or opened. */
export class CipherState {
  readonly #primitives: CryptoCore;
  #key: Uint8Array;
  #nonce = 0;

  /** @param key 32 bytes, taken over. */
  constructor(primitives: CryptoCore, key: Uint8Array) {
    this.#primitives = primitives;
    this.#key = key;
  }

  /** Messages so far. */
  get nonce(): number {
    return this.#nonce;
  }

  /** ENCRYPT; returns ciphertext and tag, a new array. */
  seal(ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const nonce = nonceBytes(BigInt(this.#nonce++));
    return this.#primitives.chacha20Poly1305Seal(
      this.#key,
      nonce,
      ad,
      plaintext,
    );
  }

  /** DECRYPT; the nonce stays where it was when the message is not authentic (§5.1). */
  open(ad: Uint8Array, message: Uint8Array): Uint8Array {
    const nonce = nonceBytes(BigInt(this.#nonce));
    const plaintext = this.#primitives.chacha20Poly1305Open(
      this.#key,
      nonce,
      ad,
      message,
    );
    this.#nonce++;
    return plaintext;
  }

  /** REKEY (§4.2, §11.3): forgets the key, so that what was sent stays closed. */
  rekey(): void {
    const next = this.#primitives.chacha20Poly1305Seal(
      this.#key,
      nonceBytes(NONCE_MAX),
      NOTHING,
      new Uint8Array(KEY_LENGTH),
    );
    this.wipe();
    this.#key = next.slice(0, KEY_LENGTH);
    next.fill(0);
  }

  /** Forgets the key; the state is of no use afterwards. */
  wipe(): void {
    this.#key.fill(0);
  }
}

/** Noise §5.2: the chaining key, the transcript's hash and the current cipher. */
export class SymmetricState {
  readonly #primitives: CryptoCore;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: CipherState | null = null;

  constructor(primitives: CryptoCore, name: string) {
    this.#primitives = primitives;
    const bytes = new TextEncoder().encode(name);
    // Both names are longer than HASHLEN; shorter ones would be padded instead (§5.2).
    this.#hash = primitives.sha256(bytes);
    this.#chainingKey = this.#hash.slice();
  }

  mixHash(data: Uint8Array): void {
    this.#hash = this.#primitives.sha256(concat(this.#hash, data));
  }

  mixKey(material: Uint8Array): void {
    const [key] = this.#derive(material, 1);
    this.#setKey(key);
  }

  mixKeyAndHash(material: Uint8Array): void {
    const [hash, key] = this.#derive(material, 2);
    this.mixHash(hash);
    this.#setKey(key);
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const message = this.#cipher?.seal(this.#hash, plaintext) ?? plaintext;
    this.mixHash(message);
    return message;
  }

  decryptAndHash(message: Uint8Array): Uint8Array {
    const plaintext = this.#cipher?.open(this.#hash, message) ?? message;
    this.mixHash(message);
    return plaintext;
  }

  /** Two ciphers: the initiator's to send with, and the responder's. */
  split(): [CipherState, CipherState] {
    const okm = this.#primitives.hkdfSha256(
      NOTHING,
      this.#chainingKey,
      NOTHING,
      2 * KEY_LENGTH,
    );
    const ciphers: [CipherState, CipherState] = [
      new CipherState(this.#primitives, okm.slice(0, KEY_LENGTH)),
      new CipherState(this.#primitives, okm.slice(KEY_LENGTH)),
    ];
    okm.fill(0);
    this.wipe();
    return ciphers;
  }

  wipe(): void {
    this.#chainingKey.fill(0);
    this.#cipher?.wipe();
  }

  /** HKDF of §4.3, which is RFC 5869 with the chaining key as salt and no info. */
  #derive(material: Uint8Array, count: number): Uint8Array[] {
    const okm = this.#primitives.hkdfSha256(
      material,
      this.#chainingKey,
      NOTHING,
      (1 + count) * KEY_LENGTH,
    );
    this.#chainingKey.fill(0);
    this.#chainingKey = okm.slice(0, KEY_LENGTH);
    const rest = Array.from(
      { length: count },
      (_, at) => okm.slice((1 + at) * KEY_LENGTH, (2 + at) * KEY_LENGTH),
    );
    okm.fill(0);
    return rest;
  }

  #setKey(key: Uint8Array): void {
    this.#cipher?.wipe();
    this.#cipher = new CipherState(this.#primitives, key);
  }
}

/** §12.3: 32 zero bits, then the counter in little-endian order. */
function nonceBytes(nonce: bigint): Uint8Array {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setBigUint64(4, nonce, true);
  return bytes;
}

/** One array out of many. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
