/**
 * The primitives below SAF1, for tests, conformance and callers that need one of them.
 *
 * Owns: argument checks, the copies in and out, and that no secret stays in the core's memory:
 * both arenas and all scratch are zeroed after every call, also after one that failed. Results
 * are owned copies; arguments are neither kept nor changed. All arguments of a call together
 * take at most 65,536 bytes; only `sha256` takes more. Times depend on lengths, never on values.
 * @module
 */
import {
  CRYPTO_ERR_OPEN,
  CRYPTO_ERR_SHARED_SECRET,
  INPUT_BYTES,
  OUTPUT_BYTES,
} from "./_wasm/abi.ts";
import { type SealExports, sealExports } from "./_seal_exports.ts";
import type { CoreModule } from "./core_module.ts";
import { bindingFailure, statusFailure } from "./error_codes.ts";

const DIGEST_BYTES = 32;
const TAG_BYTES = 16;
const HKDF_OUTPUT_BYTES_MAX = 255 * DIGEST_BYTES;
const NOTHING = new Uint8Array(0);

/** What the two sides of HPKE agree on besides keys. */
export interface HpkeContext {
  /** Application context, any length. */
  readonly info: Uint8Array;
  /** Authenticated, not encrypted. */
  readonly aad: Uint8Array;
}

/** A pre-shared key, for mode PSK (RFC 9180 §5.1.2). */
export interface HpkePsk {
  /** At least 32 bytes of entropy. */
  readonly psk: Uint8Array;
  /** Names the key; at least one byte. */
  readonly pskId: Uint8Array;
}

/** Arguments of an HPKE seal. */
export interface HpkeSealOptions extends HpkeContext {
  /** X25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** At least 32 random bytes, used for this call alone: the ephemeral key comes from them. */
  readonly ikmE: Uint8Array;
  /** What to encrypt, any length. */
  readonly plaintext: Uint8Array;
}

/** Arguments of an HPKE open. */
export interface HpkeOpenOptions extends HpkeContext {
  /** X25519 private key, 32 bytes. */
  readonly privateKey: Uint8Array;
  /** Encapsulated key, 32 bytes. */
  readonly enc: Uint8Array;
  /** Ciphertext with its tag behind. */
  readonly ciphertext: Uint8Array;
}

/** SHA-256, HMAC, HKDF, X25519, ChaCha20-Poly1305 and HPKE, in the core and synchronous. */
export class CryptoCore {
  readonly #module: CoreModule;
  readonly #core: SealExports;
  #used = 0;

  /** Uses `module`; several bindings may share one. */
  constructor(module: CoreModule) {
    this.#module = module;
    this.#core = sealExports(module);
  }

  /** Returns the 32-byte digest (FIPS 180-4); a message of any length. */
  sha256(data: Uint8Array): Uint8Array {
    return this.#run((out) => {
      if (data.length <= INPUT_BYTES) {
        this.#core.sha256(this.#put(data), data.length, out);
        return this.#module.take(DIGEST_BYTES);
      }
      this.#used = INPUT_BYTES;
      this.#core.sha256Begin();
      for (let at = 0; at < data.length; at += INPUT_BYTES) {
        const piece = data.subarray(at, at + INPUT_BYTES);
        this.#core.sha256Update(this.#module.put(piece), piece.length);
      }
      this.#core.sha256End(out);
      return this.#module.take(DIGEST_BYTES);
    });
  }

  /** Returns the 32-byte MAC (RFC 2104); a key of any length. */
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
    return this.#run((out) => {
      const at = this.#put(key);
      const from = this.#put(data);
      this.#core.hmacSha256(at, key.length, from, data.length, out);
      return this.#module.take(DIGEST_BYTES);
    });
  }

  /**
   * Returns `length` bytes (RFC 5869, extract then expand), 0 … 8,160.
   *
   * @throws {HoldfastError} `CRYPTO_ARGUMENT` for another length.
   */
  hkdfSha256(
    ikm: Uint8Array,
    salt: Uint8Array,
    info: Uint8Array,
    length: number,
  ): Uint8Array {
    const isInRange = Number.isInteger(length) && length >= 0 &&
      length <= HKDF_OUTPUT_BYTES_MAX;
    if (!isInRange) {
      throw bindingFailure(
        "CRYPTO_ARGUMENT",
        `length must be 0 to ${HKDF_OUTPUT_BYTES_MAX}`,
        { field: "length" },
      );
    }
    return this.#run((out) => {
      const prk = out + HKDF_OUTPUT_BYTES_MAX;
      const key = this.#put(salt);
      const from = this.#put(ikm);
      this.#core.hmacSha256(key, salt.length, from, ikm.length, prk);
      const at = this.#put(info);
      this.#core.hkdfExpand(prk, DIGEST_BYTES, at, info.length, out, length);
      return this.#module.take(length);
    });
  }

  /**
   * Returns the 32-byte shared secret (RFC 7748 §5).
   *
   * @throws {HoldfastError} `CRYPTO_SHARED_SECRET` when it is all zero (§6.1).
   */
  x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
    requireLength("privateKey", privateKey, 32);
    requireLength("publicKey", publicKey, 32);
    return this.#run((out) => {
      const scalar = this.#put(privateKey);
      if (this.#core.x25519(scalar, this.#put(publicKey), out) === 0) {
        throw statusFailure(CRYPTO_ERR_SHARED_SECRET);
      }
      return this.#module.take(32);
    });
  }

  /** Returns the 32-byte public key of a private key. */
  x25519PublicKey(privateKey: Uint8Array): Uint8Array {
    requireLength("privateKey", privateKey, 32);
    return this.#run((out) => {
      this.#core.x25519Public(this.#put(privateKey), out);
      return this.#module.take(32);
    });
  }

  /**
   * Returns ciphertext ‖ tag (RFC 8439 §2.8). A nonce (12 bytes) must never repeat under a key
   * (32 bytes); nothing here can check that.
   */
  chacha20Poly1305Seal(
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
  ): Uint8Array {
    requireLength("key", key, 32);
    requireLength("nonce", nonce, 12);
    requireRoom("plaintext", plaintext.length + TAG_BYTES);
    return this.#run((out) => {
      this.#core.aeadSeal(
        this.#put(key),
        this.#put(nonce),
        this.#put(aad),
        aad.length,
        this.#put(plaintext),
        plaintext.length,
        out,
      );
      return this.#module.take(plaintext.length + TAG_BYTES);
    });
  }

  /**
   * Returns the plaintext of ciphertext ‖ tag.
   *
   * @throws {HoldfastError} `CRYPTO_OPEN` when it is not authentic, whatever the cause.
   */
  chacha20Poly1305Open(
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    ciphertext: Uint8Array,
  ): Uint8Array {
    requireLength("key", key, 32);
    requireLength("nonce", nonce, 12);
    const length = ciphertext.length - TAG_BYTES;
    if (length < 0) throw notAuthentic();
    return this.#run((out) => {
      const isAuthentic = this.#core.aeadOpen(
        this.#put(key),
        this.#put(nonce),
        this.#put(aad),
        aad.length,
        this.#put(ciphertext),
        length,
        out,
      );
      if (isAuthentic === 0) throw notAuthentic();
      return this.#module.take(length);
    });
  }

  /** DeriveKeyPair (RFC 9180 §7.1.3) from at least 32 secret bytes. */
  hpkeDeriveKeyPair(
    ikm: Uint8Array,
  ): { privateKey: Uint8Array; publicKey: Uint8Array } {
    requireLengthMin("ikm", ikm, 32);
    return this.#run((out) => {
      this.#core.hpkeDeriveKeyPair(this.#put(ikm), ikm.length, out, out + 32);
      return {
        privateKey: this.#module.take(32),
        publicKey: this.#module.take(32, 32),
      };
    });
  }

  /**
   * Seals in mode Base: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305.
   *
   * @throws {HoldfastError} `CRYPTO_SHARED_SECRET` for a public key of small order.
   */
  hpkeBaseSeal(
    options: HpkeSealOptions,
  ): { enc: Uint8Array; ciphertext: Uint8Array } {
    return this.#hpkeSeal(0, options, { psk: NOTHING, pskId: NOTHING });
  }

  /**
   * Seals in mode PSK, same suite.
   *
   * @throws {HoldfastError} `CRYPTO_PSK` when psk has fewer than 32 bytes or pskId none;
   *   `CRYPTO_SHARED_SECRET` for a public key of small order.
   */
  hpkePskSeal(
    options: HpkeSealOptions & HpkePsk,
  ): { enc: Uint8Array; ciphertext: Uint8Array } {
    return this.#hpkeSeal(1, options, options);
  }

  /**
   * Opens in mode Base.
   *
   * @throws {HoldfastError} `CRYPTO_OPEN` when it is not authentic; `CRYPTO_SHARED_SECRET` when
   *   enc is a point of small order.
   */
  hpkeBaseOpen(options: HpkeOpenOptions): Uint8Array {
    return this.#hpkeOpen(0, options, { psk: NOTHING, pskId: NOTHING });
  }

  /**
   * Opens in mode PSK.
   *
   * @throws {HoldfastError} `CRYPTO_OPEN`, `CRYPTO_SHARED_SECRET`, `CRYPTO_PSK` as above.
   */
  hpkePskOpen(options: HpkeOpenOptions & HpkePsk): Uint8Array {
    return this.#hpkeOpen(1, options, options);
  }

  #hpkeSeal(
    mode: number,
    options: HpkeSealOptions,
    psk: HpkePsk,
  ): { enc: Uint8Array; ciphertext: Uint8Array } {
    const { publicKey, ikmE, aad, plaintext } = options;
    requireLength("publicKey", publicKey, 32);
    requireLengthMin("ikmE", ikmE, 32);
    requireRoom("plaintext", 32 + plaintext.length + TAG_BYTES);
    return this.#run((out) => {
      const ikm = this.#put(ikmE);
      succeed(
        this.#core.hpkeEncapsulate(this.#put(publicKey), ikm, ikmE.length, out),
      );
      this.#schedule(mode, options.info, psk);
      this.#core.hpkeSeal(
        this.#put(aad),
        aad.length,
        this.#put(plaintext),
        plaintext.length,
        out + 32,
      );
      return {
        enc: this.#module.take(32),
        ciphertext: this.#module.take(plaintext.length + TAG_BYTES, 32),
      };
    });
  }

  #hpkeOpen(mode: number, options: HpkeOpenOptions, psk: HpkePsk): Uint8Array {
    const { privateKey, enc, aad, ciphertext } = options;
    requireLength("privateKey", privateKey, 32);
    requireLength("enc", enc, 32);
    const length = ciphertext.length - TAG_BYTES;
    if (length < 0) throw notAuthentic();
    return this.#run((out) => {
      const key = this.#put(privateKey);
      succeed(this.#core.hpkeDecapsulate(key, this.#put(enc)));
      this.#schedule(mode, options.info, psk);
      const isAuthentic = this.#core.hpkeOpen(
        this.#put(aad),
        aad.length,
        this.#put(ciphertext),
        length,
        out,
      );
      if (isAuthentic === 0) throw notAuthentic();
      return this.#module.take(length);
    });
  }

  #schedule(mode: number, info: Uint8Array, { psk, pskId }: HpkePsk): void {
    succeed(
      this.#core.hpkeSchedule(
        mode,
        this.#put(info),
        info.length,
        this.#put(psk),
        psk.length,
        this.#put(pskId),
        pskId.length,
      ),
    );
  }

  /** Places one argument behind the ones before it. */
  #put(bytes: Uint8Array): number {
    const at = this.#module.put(bytes, this.#used);
    this.#used += bytes.length;
    return at;
  }

  #run<T>(call: (output: number) => T): T {
    this.#used = 0;
    try {
      return call(this.#module.outputPointer);
    } finally {
      this.#core.wipeSecrets();
      // A result may be longer than its arguments only by what hkdf, enc and a tag add.
      const written = this.#used + HKDF_OUTPUT_BYTES_MAX + DIGEST_BYTES;
      this.#module.wipe(
        Math.min(this.#used, INPUT_BYTES),
        Math.min(written, OUTPUT_BYTES),
      );
    }
  }
}

function succeed(status: number): void {
  if (status < 0) throw statusFailure(status);
}

function notAuthentic(): Error {
  return statusFailure(CRYPTO_ERR_OPEN);
}

function requireLength(field: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) {
    throw bindingFailure(
      "CRYPTO_ARGUMENT",
      `${field} must have ${length} bytes, got ${bytes.length}`,
      { field },
    );
  }
}

function requireLengthMin(
  field: string,
  bytes: Uint8Array,
  length: number,
): void {
  if (bytes.length < length) {
    throw bindingFailure(
      "CRYPTO_ARGUMENT",
      `${field} must have at least ${length} bytes, got ${bytes.length}`,
      { field },
    );
  }
}

function requireRoom(field: string, length: number): void {
  if (length > OUTPUT_BYTES) {
    throw bindingFailure(
      "CRYPTO_ARGUMENT",
      `${field} must leave the result below ${OUTPUT_BYTES} bytes`,
      { field },
    );
  }
}
