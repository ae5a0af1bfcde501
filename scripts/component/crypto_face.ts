/**
 * The component's `crypto` behind the methods of the bindings' {@link CryptoCore}.
 *
 * Owns: names. Every length is checked by the component.
 * @module
 */
import type {
  HpkeOpenOptions,
  HpkePsk,
  HpkeSealOptions,
} from "../../bindings/crypto.ts";
import { INPUT_BYTES } from "../../bindings/_wasm/abi.ts";
import { bindingFailure } from "../../bindings/error_codes.ts";
import { HoldfastError } from "../../bindings/errors.ts";
import type { CryptoError } from "../../core/component/_jco/interfaces/holdfast-core-crypto.d.ts";
import { camelCase, type Component, unwrap, wordFailure } from "./load.ts";
import type { CryptoApi } from "../conformance/core_api.ts";

type Bytes = Uint8Array;

function describe(error: CryptoError): Error {
  if (error.tag === "psk") return wordFailure("CRYPTO_ERR_", "psk");
  if (error.tag === "not-authentic") return wordFailure("CRYPTO_ERR_", "open");
  if (error.tag === "shared-secret") {
    return wordFailure("CRYPTO_ERR_", "shared-secret");
  }
  const field = error.val === "ikm" ? "ikmE" : camelCase(error.val);
  return bindingFailure("CRYPTO_ARGUMENT", `${field} has a wrong length`, {
    field,
  });
}

/** Refuses what the plain build cannot take at once, so that both builds answer alike. */
function bounded(...parts: readonly Bytes[]): void {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length <= INPUT_BYTES) return;
  throw new HoldfastError("CORE_INPUT_TOO_LARGE", {
    message: `expected at most ${INPUT_BYTES} bytes, got ${length}`,
    retry: "never",
    remedy: "split the input",
  });
}

/** Primitives and HPKE, by the component. */
export class ComponentCrypto implements CryptoApi {
  readonly #crypto: Component["crypto"];

  constructor({ crypto }: Component) {
    this.#crypto = crypto;
  }

  sha256(data: Bytes): Bytes {
    return this.#crypto.sha256(data);
  }

  hmacSha256(key: Bytes, data: Bytes): Bytes {
    bounded(key, data);
    return this.#crypto.hmacSha256(key, data);
  }

  hkdfSha256(ikm: Bytes, salt: Bytes, info: Bytes, length: number): Bytes {
    bounded(ikm, salt, info);
    // Below is a u32, which nothing else fits.
    if (length !== length >>> 0) {
      throw describe({ tag: "bad-argument", val: "length" });
    }
    return unwrap(
      () => this.#crypto.hkdfSha256(ikm, salt, info, length),
      describe,
    );
  }

  x25519(privateKey: Bytes, publicKey: Bytes): Bytes {
    return unwrap(() => this.#crypto.x25519(privateKey, publicKey), describe);
  }

  x25519PublicKey(privateKey: Bytes): Bytes {
    return unwrap(() => this.#crypto.x25519PublicKey(privateKey), describe);
  }

  chacha20Poly1305Seal(
    key: Bytes,
    nonce: Bytes,
    aad: Bytes,
    plaintext: Bytes,
  ): Bytes {
    bounded(key, nonce, aad, plaintext);
    return unwrap(
      () => this.#crypto.chacha20Poly1305Seal(key, nonce, aad, plaintext),
      describe,
    );
  }

  chacha20Poly1305Open(
    key: Bytes,
    nonce: Bytes,
    aad: Bytes,
    ciphertext: Bytes,
  ): Bytes {
    bounded(key, nonce, aad, ciphertext);
    return unwrap(
      () => this.#crypto.chacha20Poly1305Open(key, nonce, aad, ciphertext),
      describe,
    );
  }

  hpkeDeriveKeyPair(ikm: Bytes): { privateKey: Bytes; publicKey: Bytes } {
    return unwrap(() => this.#crypto.hpkeDeriveKeyPair(ikm), describe);
  }

  hpkeBaseSeal(options: HpkeSealOptions): { enc: Bytes; ciphertext: Bytes } {
    return this.#seal(options);
  }

  hpkePskSeal(
    options: HpkeSealOptions & HpkePsk,
  ): { enc: Bytes; ciphertext: Bytes } {
    return this.#seal(options, options);
  }

  hpkeBaseOpen(options: HpkeOpenOptions): Bytes {
    return this.#open(options);
  }

  hpkePskOpen(options: HpkeOpenOptions & HpkePsk): Bytes {
    return this.#open(options, options);
  }

  #seal(
    options: HpkeSealOptions,
    psk?: HpkePsk,
  ): { enc: Bytes; ciphertext: Bytes } {
    const { publicKey, ikmE, info, aad, plaintext } = options;
    const key = psk && { key: psk.psk, id: psk.pskId };
    bounded(publicKey, ikmE, info, aad, plaintext);
    return unwrap(
      () => this.#crypto.hpkeSeal(publicKey, ikmE, info, aad, plaintext, key),
      describe,
    );
  }

  #open(options: HpkeOpenOptions, psk?: HpkePsk): Bytes {
    const { privateKey, enc, info, aad, ciphertext } = options;
    const key = psk && { key: psk.psk, id: psk.pskId };
    bounded(privateKey, enc, info, aad, ciphertext);
    return unwrap(
      () => this.#crypto.hpkeOpen(privateKey, enc, info, aad, ciphertext, key),
      describe,
    );
  }
}
