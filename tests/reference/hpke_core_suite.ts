/**
 * Our HPKE suite in another implementation: @hpke/core with ChaCha20-Poly1305 of @noble/ciphers.
 *
 * Owns: the small AEAD adapter, because @hpke/core itself ships AES-GCM only.
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import {
  type AeadEncryptionContext,
  type AeadInterface,
  CipherSuite,
  DhkemX25519HkdfSha256,
  HkdfSha256,
} from "@hpke/core";

/** A view over whatever the library passes. */
function bytes(input: ArrayBufferLike | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(input)
    ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
    : new Uint8Array(input);
}

/** ChaCha20-Poly1305, AEAD id 0x0003. */
class ChaCha20Poly1305 implements AeadInterface {
  readonly id = 0x0003;
  readonly keySize = 32;
  readonly nonceSize = 12;
  readonly tagSize = 16;

  createEncryptionContext(
    key: ArrayBufferLike | ArrayBufferView,
  ): AeadEncryptionContext {
    const raw = bytes(key);
    return {
      seal: (iv, data, aad) =>
        Promise.resolve(
          chacha20poly1305(raw, bytes(iv), bytes(aad)).encrypt(bytes(data))
            .buffer as ArrayBuffer,
        ),
      open: (iv, data, aad) =>
        Promise.resolve(
          chacha20poly1305(raw, bytes(iv), bytes(aad)).decrypt(bytes(data))
            .buffer as ArrayBuffer,
        ),
    };
  }
}

/** DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. */
export function hpkeCoreSuite(): CipherSuite {
  return new CipherSuite({
    kem: new DhkemX25519HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new ChaCha20Poly1305(),
  });
}

/** A copy that is an ArrayBuffer of exactly these bytes. */
export function buffer(input: Uint8Array): ArrayBuffer {
  return input.slice().buffer as ArrayBuffer;
}
