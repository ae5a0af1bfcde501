/**
 * The two suites of docs/formats/saf1.md §4 for the reference opener, by @noble.
 *
 * Owns: nothing of the core. Suite 2 is here so that its document and its example are held against
 * something other than WebCrypto.
 */
import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";

/** Turns text into bytes. */
export const ascii = (text: string): Uint8Array =>
  new TextEncoder().encode(text);

/** Joins byte strings. */
export function join(...parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** An AEAD under one key and nonce. */
interface Aead {
  encrypt(plaintext: Uint8Array): Uint8Array;
  decrypt(ciphertext: Uint8Array): Uint8Array;
}

/** What differs between the suites. */
export interface ReferenceSuite {
  readonly kem: Uint8Array;
  readonly hpke: Uint8Array;
  readonly encBytes: number;
  publicKey(secretKey: Uint8Array): Uint8Array;
  dh(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
  aead(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array): Aead;
}

const suite = (kem: number, aead: number) => ({
  kem: join(ascii("KEM"), Uint8Array.of(0x00, kem)),
  hpke: join(ascii("HPKE"), Uint8Array.of(0x00, kem, 0x00, 0x01, 0x00, aead)),
});

/** By the number in the header. */
export const SUITES: Readonly<Record<number, ReferenceSuite>> = {
  1: {
    ...suite(0x20, 0x03),
    encBytes: 32,
    publicKey: (secretKey) => x25519.getPublicKey(secretKey),
    dh: (secretKey, publicKey) => x25519.getSharedSecret(secretKey, publicKey),
    aead: chacha20poly1305,
  },
  2: {
    ...suite(0x10, 0x02),
    encBytes: 65,
    publicKey: (secretKey) => p256.getPublicKey(secretKey, false),
    // The x-coordinate of the shared point.
    dh: (secretKey, publicKey) =>
      p256.getSharedSecret(secretKey, publicKey, false).slice(1, 33),
    aead: gcm,
  },
};
