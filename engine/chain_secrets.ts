/**
 * Chain secrets as the store keeps them: under the device key.
 *
 * Owns: the wrapping. The nonce is (epoch, seq). The secret of a seq follows from that of the one
 * before, so even a restored old copy of the database only ever encrypts the same bytes under the
 * same nonce.
 * @module
 */
import type { CryptoCore } from "../bindings/mod.ts";
import type { ChainPlace } from "./sealed_ahead.ts";

/** Where a chain ends, with the wrapped secret of its next record. */
export interface WrappedPlace extends ChainPlace {
  secretWrapped: Uint8Array;
}

/** Wraps and unwraps the secrets of one device. */
export class ChainSecrets {
  readonly #crypto: CryptoCore;
  readonly #key: Uint8Array;
  readonly #deviceId: Uint8Array;

  /** Takes over `key`, 32 bytes, which nothing else uses. */
  constructor(ciphers: CryptoCore, key: Uint8Array, deviceId: Uint8Array) {
    this.#crypto = ciphers;
    this.#key = key;
    this.#deviceId = deviceId;
  }

  /** The 32 bytes of A_seq, wrapped. */
  wrap(epoch: number, seq: number, secret: Uint8Array): Uint8Array {
    return this.#crypto.chacha20Poly1305Seal(
      this.#key,
      nonceOf(epoch, seq),
      this.#deviceId,
      secret,
    );
  }

  /** A_seq; the caller wipes it. */
  unwrap({ epoch, seq, secretWrapped }: WrappedPlace): Uint8Array {
    return this.#crypto.chacha20Poly1305Open(
      this.#key,
      nonceOf(epoch, seq),
      this.#deviceId,
      secretWrapped,
    );
  }

  /** Overwrites the key. */
  wipe(): void {
    this.#key.fill(0);
  }
}

function nonceOf(epoch: number, seq: number): Uint8Array {
  const nonce = new Uint8Array(12);
  const view = new DataView(nonce.buffer);
  view.setUint32(0, epoch);
  view.setBigUint64(4, BigInt(seq));
  return nonce;
}
