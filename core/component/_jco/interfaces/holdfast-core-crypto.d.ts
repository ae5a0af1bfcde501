/** @module Interface holdfast:core/crypto@0.1.0 **/
export function sha256(data: Uint8Array): Uint8Array;
export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
export function hkdfSha256(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
export function x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
export function x25519PublicKey(privateKey: Uint8Array): Uint8Array;
export function chacha20Poly1305Seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
export function chacha20Poly1305Open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array;
export function hpkeDeriveKeyPair(ikm: Uint8Array): KeyPair;
export function hpkeSeal(publicKey: Uint8Array, ikmE: Uint8Array, info: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, psk: Psk | undefined): HpkeSealed;
export function hpkeOpen(privateKey: Uint8Array, enc: Uint8Array, info: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array, psk: Psk | undefined): Uint8Array;
/**
 * # Variants
 *
 * ## `"key"`
 *
 * ## `"nonce"`
 *
 * ## `"length"`
 *
 * ## `"private-key"`
 *
 * ## `"public-key"`
 *
 * ## `"enc"`
 *
 * ## `"ikm"`
 */
export type Argument = 'key' | 'nonce' | 'length' | 'private-key' | 'public-key' | 'enc' | 'ikm';
export type CryptoError = CryptoErrorBadArgument | CryptoErrorNotAuthentic | CryptoErrorSharedSecret | CryptoErrorPsk;
export interface CryptoErrorBadArgument {
  tag: 'bad-argument',
  val: Argument,
}
export interface CryptoErrorNotAuthentic {
  tag: 'not-authentic',
}
export interface CryptoErrorSharedSecret {
  tag: 'shared-secret',
}
export interface CryptoErrorPsk {
  tag: 'psk',
}
export interface Psk {
  key: Uint8Array,
  id: Uint8Array,
}
export interface HpkeSealed {
  enc: Uint8Array,
  ciphertext: Uint8Array,
}
export interface KeyPair {
  privateKey: Uint8Array,
  publicKey: Uint8Array,
}
