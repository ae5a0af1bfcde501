/**
 * SAF1 suite 2: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, through WebCrypto.
 *
 * Owns: HPKE of suite 2 (RFC 9180), Base and PSK, one message per context. Header, padding, chain
 * secret and hash are those of suite 1 and come from the core. It is asynchronous, so a record
 * cannot be sealed inside the transaction that stores it: seal first, and let the transaction
 * insist that seq and chain secret are still the ones the record was sealed with. Unlike suite 1,
 * the ephemeral key rests on the platform's random source alone. Format: `docs/formats/saf1.md`.
 * @module
 */
import {
  SEAL_ENC_BYTES_SUITE_2,
  SEAL_ERR_OPEN,
  SEAL_ERR_PADDING,
  SEAL_HEADER_BYTES,
  SEAL_HEADER_DEVICE_ID,
  SEAL_HEADER_MODE,
  SEAL_HEADER_PADDED_LENGTH,
  SEAL_HEADER_PREVIOUS_HASH,
  SEAL_LENGTH_PREFIX_BYTES,
  SEAL_PADDING_BYTES,
  SEAL_PLAINTEXT_BYTES_MAX,
} from "../bindings/_wasm/abi.ts";
import type { CryptoCore } from "../bindings/crypto.ts";
import { bindingFailure, statusFailure } from "../bindings/error_codes.ts";
import type {
  OpenedGenesis,
  OpenedRecord,
  RecordHeader,
  SealCore,
  SealedRecord,
} from "../bindings/seal.ts";
import { encodeHeader } from "../bindings/seal_header.ts";
import type { PrivateJwk } from "./private_jwk.ts";

/** What suite 2 takes from the core: format, chain and hashes. */
export interface Suite2Core {
  seal: Pick<
    SealCore,
    "advanceChainSecret" | "recordPsk" | "readHeader" | "recordHash"
  >;
  crypto: Pick<CryptoCore, "sha256" | "hmacSha256">;
}

/** A recipient of suite 2; the private key may be non-extractable. */
export interface Suite2Recipient {
  /** ECDH P-256, usage `deriveBits`. */
  readonly privateKey: CryptoKey;
  /** Its public key, 65 bytes, uncompressed. */
  readonly publicKey: Uint8Array;
}

/** A recipient's key pair, to be kept in a file. */
export interface Suite2KeyPair {
  /** Only the opener has it. */
  readonly privateKey: PrivateJwk;
  /** 65 bytes; every device has it. */
  readonly publicKey: Uint8Array;
  /** 8 bytes: the first of SHA-256 of the public key; the suggested `keyId`. */
  readonly keyId: Uint8Array;
}

/** A recipient, or a lookup by the 8-byte key id of the record. */
export type Suite2Recipients =
  | Suite2Recipient
  | ((keyId: Uint8Array) => Suite2Recipient | undefined);

/** What both kinds of record need. */
interface SealCommon {
  readonly header: RecordHeader;
  /** 65 bytes, uncompressed P-256 point. */
  readonly recipientPublicKey: Uint8Array;
  /** A_seq, 32 bytes. */
  readonly chainSecret: Uint8Array;
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const NOTHING = new Uint8Array(0);
const VERSION = ascii("HPKE-v1");
const KEM_SUITE = join(ascii("KEM"), Uint8Array.of(0x00, 0x10));
const HPKE_SUITE = join(
  ascii("HPKE"),
  Uint8Array.of(0x00, 0x10, 0x00, 0x01, 0x00, 0x02),
);
const ECDH = { name: "ECDH", namedCurve: "P-256" };
const P256_P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const P256_B =
  0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const INFO_BYTES = 16;
const BODY_OFFSET = SEAL_HEADER_BYTES + SEAL_ENC_BYTES_SUITE_2;

/** Seals and opens SAF1 records of suite 2; the counterpart of `SealCore`. */
export class SealSuite2 {
  readonly #seal: Suite2Core["seal"];
  readonly #crypto: Suite2Core["crypto"];
  readonly #subtle: SubtleCrypto;

  /**
   * Uses the core's format and hashes, and the platform's WebCrypto.
   *
   * @throws {HoldfastError} `SEAL_SUITE` where there is no WebCrypto: a page that is no secure
   *   context.
   */
  constructor(
    core: Suite2Core,
    subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle,
  ) {
    if (subtle === undefined) {
      throw bindingFailure("SEAL_SUITE", "suite 2 needs WebCrypto", {
        field: "suite",
      });
    }
    this.#seal = core.seal;
    this.#crypto = core.crypto;
    this.#subtle = subtle;
  }

  /** Makes a recipient with a non-extractable private key, and its suggested key id. */
  async generateRecipient(): Promise<Suite2Recipient & { keyId: Uint8Array }> {
    const { privateKey, publicKey } = await this.#generateKey(false);
    const keyId = this.#crypto.sha256(publicKey).slice(0, 8);
    return { privateKey, publicKey, keyId };
  }

  /** Makes a key pair to keep in a file: the private half as JWK, for {@link importRecipient}. */
  async generateKeyPair(): Promise<Suite2KeyPair> {
    const { privateKey, publicKey } = await this.#generateKey(true);
    return {
      privateKey: await this.#subtle.exportKey("jwk", privateKey),
      publicKey,
      keyId: this.#crypto.sha256(publicKey).slice(0, 8),
    };
  }

  /**
   * Makes a recipient of a private JWK (`kty` EC, `crv` P-256, with `d`); it cannot be exported
   * again.
   *
   * @throws {HoldfastError} `SEAL_FIELD` with field `recipientPrivateKey`: it is no such key, or
   *   its halves do not belong together.
   */
  async importRecipient(jwk: PrivateJwk): Promise<Suite2Recipient> {
    try {
      const { d = "", key_ops: _, ext: __, ...half } = jwk;
      // Deno 2.9 does not look at it.
      if (half.crv !== ECDH.namedCurve) throw new TypeError("another curve");
      const subtle = this.#subtle;
      const [privateKey, publicKey] = await Promise.all([
        subtle.importKey("jwk", { ...half, d }, ECDH, false, ["deriveBits"]),
        subtle.importKey("jwk", half, ECDH, true, []),
      ]);
      const raw = new Uint8Array(await subtle.exportKey("raw", publicKey));
      const recipient = { privateKey, publicKey: raw };
      if (await this.#isPair(recipient)) return recipient;
    } catch {
      // What WebCrypto says may repeat a part of the key.
    }
    throw bindingFailure(
      "SEAL_FIELD",
      "recipientPrivateKey must be the private JWK of a P-256 key",
      { field: "recipientPrivateKey" },
    );
  }

  /** Seals the first record of a chain; as `SealCore.sealGenesis`. */
  sealGenesis(
    options: SealCommon & { deviceFacts: Uint8Array },
  ): Promise<SealedRecord> {
    const carried = join(options.chainSecret, options.deviceFacts);
    return this.#sealAs("base", options, carried);
  }

  /** Seals one payment; as `SealCore.sealRecord`. */
  sealRecord(
    options: SealCommon & { plaintext: Uint8Array },
  ): Promise<SealedRecord> {
    return this.#sealAs("psk", options, options.plaintext);
  }

  /** Opens the first record of a chain; as `SealCore.openGenesis`. */
  async openGenesis(
    options: { recipient: Suite2Recipients; record: Uint8Array },
  ): Promise<OpenedGenesis> {
    const { header, plaintext, hash } = await this.#openAs(
      "base",
      options,
      NOTHING,
    );
    if (plaintext.length < 32) throw statusFailure(SEAL_ERR_PADDING);
    const chainSecret = plaintext.slice(0, 32);
    const deviceFacts = plaintext.slice(32);
    plaintext.fill(0);
    const nextChainSecret = this.#seal.advanceChainSecret(chainSecret);
    return { header, chainSecret, nextChainSecret, deviceFacts, hash };
  }

  /** Opens one payment with A_seq; as `SealCore.openRecord`. */
  async openRecord(
    options: {
      recipient: Suite2Recipients;
      record: Uint8Array;
      chainSecret: Uint8Array;
    },
  ): Promise<OpenedRecord> {
    const nextChainSecret = this.#seal.advanceChainSecret(options.chainSecret);
    const opened = await this.#openAs("psk", options, options.chainSecret);
    return { ...opened, nextChainSecret };
  }

  async #sealAs(
    mode: RecordHeader["mode"],
    options: SealCommon,
    plaintext: Uint8Array,
  ): Promise<SealedRecord> {
    requireSuite(options.header, mode);
    const nextChainSecret = this.#seal.advanceChainSecret(options.chainSecret);
    const padded = pad(plaintext);
    const header = new Uint8Array(SEAL_HEADER_BYTES);
    encodeHeader(header, options.header);
    new DataView(header.buffer)
      .setUint16(SEAL_HEADER_PADDED_LENGTH, padded.length);
    const publicKey = await this.#importPublic(options.recipientPublicKey);
    const ephemeral = await this.#generateKey(false);
    const shared = await this.#agree(
      ephemeral.privateKey,
      publicKey,
      join(ephemeral.publicKey, options.recipientPublicKey),
    );
    const { key, nonce } = await this.#schedule(
      header,
      shared,
      options.chainSecret,
    );
    const body = await this.#subtle.encrypt(
      gcm(nonce, header),
      key,
      padded,
    );
    padded.fill(0);
    const record = join(header, ephemeral.publicKey, new Uint8Array(body));
    return { record, hash: this.#seal.recordHash(record), nextChainSecret };
  }

  async #openAs(
    mode: RecordHeader["mode"],
    options: { recipient: Suite2Recipients; record: Uint8Array },
    chainSecret: Uint8Array,
  ): Promise<Omit<OpenedRecord, "nextChainSecret">> {
    const record = options.record.slice(); // The caller's may change while we wait.
    const hash = this.#seal.recordHash(record);
    const header = this.#seal.readHeader(record);
    requireSuite(header, mode);
    const recipient = typeof options.recipient === "function"
      ? options.recipient(header.keyId)
      : options.recipient;
    if (recipient === undefined) {
      throw bindingFailure(
        "SEAL_KEY_UNKNOWN",
        "no private key for this key id",
        {
          field: "keyId",
        },
      );
    }
    let padded: Uint8Array;
    try {
      padded = await this.#decrypt(recipient, record, chainSecret);
    } catch {
      // WebCrypto throws for a bad point and for a bad tag alike; one code for both.
      throw statusFailure(SEAL_ERR_OPEN, SEAL_HEADER_BYTES);
    }
    return { header, plaintext: unpad(padded), hash };
  }

  async #decrypt(
    { privateKey, publicKey }: Suite2Recipient,
    record: Uint8Array,
    chainSecret: Uint8Array,
  ): Promise<Uint8Array> {
    const header = record.subarray(0, SEAL_HEADER_BYTES);
    const enc = record.subarray(SEAL_HEADER_BYTES, BODY_OFFSET);
    const shared = await this.#agree(
      privateKey,
      await this.#importPublic(enc),
      join(enc, publicKey),
    );
    const { key, nonce } = await this.#schedule(header, shared, chainSecret);
    const body = owned(record.subarray(BODY_OFFSET));
    return new Uint8Array(
      await this.#subtle.decrypt(gcm(nonce, header), key, body),
    );
  }

  async #generateKey(isExtractable: boolean): Promise<Suite2Recipient> {
    const pair = await this.#subtle.generateKey(ECDH, isExtractable, [
      "deriveBits",
    ]);
    const raw = await this.#subtle.exportKey("raw", pair.publicKey);
    return { privateKey: pair.privateKey, publicKey: new Uint8Array(raw) };
  }

  /** Whether both halves agree on the same secret with a third party. */
  async #isPair(recipient: Suite2Recipient): Promise<boolean> {
    const third = await this.#generateKey(false);
    const [ours, theirs] = await Promise.all([
      this.#agree(
        recipient.privateKey,
        await this.#importPublic(third.publicKey),
        NOTHING,
      ),
      this.#agree(
        third.privateKey,
        await this.#importPublic(recipient.publicKey),
        NOTHING,
      ),
    ]);
    return ours.every((byte, i) => byte === theirs[i]);
  }

  /** Imports a point after checking it, as RFC 9180 §7.1.4 asks. */
  #importPublic(point: Uint8Array): Promise<CryptoKey> {
    requirePoint(point);
    return this.#subtle.importKey("raw", owned(point), ECDH, false, []);
  }

  /** ExtractAndExpand of RFC 9180 §4.1 over the x-coordinate and kem_context. */
  async #agree(
    privateKey: CryptoKey,
    publicKey: CryptoKey,
    context: Uint8Array,
  ): Promise<Uint8Array> {
    const dh = new Uint8Array(
      await this.#subtle.deriveBits(
        { name: "ECDH", public: publicKey },
        privateKey,
        256,
      ),
    );
    const prk = this.#extract(KEM_SUITE, NOTHING, "eae_prk", dh);
    dh.fill(0);
    return this.#expand(KEM_SUITE, prk, "shared_secret", context, 32);
  }

  /** KeySchedule of RFC 9180 §5.1, with SAF1's info, psk and psk_id. */
  async #schedule(
    header: Uint8Array,
    shared: Uint8Array,
    chainSecret: Uint8Array,
  ): Promise<{ key: CryptoKey; nonce: Uint8Array }> {
    const mode = header[6];
    const psk = mode === 1 ? this.#seal.recordPsk(chainSecret) : NOTHING;
    const pskId = mode === 1
      ? header.subarray(SEAL_HEADER_DEVICE_ID, SEAL_HEADER_PREVIOUS_HASH)
      : NOTHING;
    const info = header.subarray(0, INFO_BYTES);
    const context = join(
      Uint8Array.of(mode),
      this.#extract(HPKE_SUITE, NOTHING, "psk_id_hash", pskId),
      this.#extract(HPKE_SUITE, NOTHING, "info_hash", info),
    );
    const secret = this.#extract(HPKE_SUITE, shared, "secret", psk);
    const raw = this.#expand(HPKE_SUITE, secret, "key", context, 32);
    const nonce = this.#expand(HPKE_SUITE, secret, "base_nonce", context, 12);
    const key = await this.#subtle.importKey(
      "raw",
      owned(raw),
      "AES-GCM",
      false,
      ["encrypt", "decrypt"],
    );
    for (const secretBytes of [psk, shared, secret, raw]) secretBytes.fill(0);
    return { key, nonce };
  }

  /** LabeledExtract, RFC 9180 §4. */
  #extract(
    suite: Uint8Array,
    salt: Uint8Array,
    label: string,
    ikm: Uint8Array,
  ): Uint8Array {
    const labelled = join(VERSION, suite, ascii(label), ikm);
    return this.#crypto.hmacSha256(salt, labelled);
  }

  /** LabeledExpand, RFC 9180 §4; one block of HKDF is enough for every use here. */
  #expand(
    suite: Uint8Array,
    prk: Uint8Array,
    label: string,
    info: Uint8Array,
    length: number,
  ): Uint8Array {
    const labelled = join(
      Uint8Array.of(0, length),
      VERSION,
      suite,
      ascii(label),
      info,
      Uint8Array.of(1),
    );
    return this.#crypto.hmacSha256(prk, labelled).slice(0, length);
  }
}

/**
 * Refuses what is no public key of suite 2: 65 bytes, an uncompressed point of P-256.
 *
 * @throws {HoldfastError} `SEAL_PUBLIC_KEY`.
 */
export function requirePoint(publicKey: Uint8Array): void {
  if (isOnCurve(publicKey)) return;
  throw bindingFailure("SEAL_PUBLIC_KEY", "not a point of P-256", {
    field: "recipientPublicKey",
  });
}

/**
 * True for an uncompressed point of P-256 (SP 800-186 §3.2.1.3). Checked here because Deno 2.9
 * imports any 65 bytes and fails only later. Points are public, so BigInt's timing tells nothing.
 */
function isOnCurve(point: Uint8Array): boolean {
  if (point.length !== SEAL_ENC_BYTES_SUITE_2 || point[0] !== 4) return false;
  const read = (from: number): bigint =>
    point.subarray(from, from + 32)
      .reduce((sum, byte) => sum << 8n | BigInt(byte), 0n);
  const [x, y] = [read(1), read(33)];
  if (x >= P256_P || y >= P256_P) return false;
  return (y * y - (x * x * x - 3n * x + P256_B)) % P256_P === 0n;
}

function requireSuite(
  header: RecordHeader,
  mode: RecordHeader["mode"],
): void {
  if (header.suite !== 2) {
    throw bindingFailure("SEAL_SUITE", "suite must be 2", { field: "suite" });
  }
  if (header.mode !== mode) {
    throw bindingFailure("SEAL_MODE", `mode must be ${mode}`, {
      offset: SEAL_HEADER_MODE,
      field: "mode",
    });
  }
}

function paddedLength(length: number): number {
  const steps = (length + SEAL_LENGTH_PREFIX_BYTES) / SEAL_PADDING_BYTES;
  return Math.ceil(steps) * SEAL_PADDING_BYTES;
}

function pad(plaintext: Uint8Array): Uint8Array<ArrayBuffer> {
  if (plaintext.length > SEAL_PLAINTEXT_BYTES_MAX) {
    throw bindingFailure(
      "SEAL_PLAINTEXT_LENGTH",
      `plaintext must have at most ${SEAL_PLAINTEXT_BYTES_MAX} bytes`,
    );
  }
  const padded = new Uint8Array(paddedLength(plaintext.length));
  new DataView(padded.buffer).setUint16(0, plaintext.length);
  padded.set(plaintext, SEAL_LENGTH_PREFIX_BYTES);
  return padded;
}

/** Removes the padding of authentic bytes; only the one canonical form passes. */
function unpad(padded: Uint8Array): Uint8Array {
  const length = padded[0] * 256 + padded[1];
  const end = SEAL_LENGTH_PREFIX_BYTES + length;
  const isCanonical = paddedLength(length) === padded.length &&
    padded.subarray(end).every((byte) => byte === 0);
  if (!isCanonical) throw statusFailure(SEAL_ERR_PADDING, SEAL_HEADER_BYTES);
  const plaintext = padded.slice(SEAL_LENGTH_PREFIX_BYTES, end);
  padded.fill(0);
  return plaintext;
}

function gcm(nonce: Uint8Array, header: Uint8Array): AesGcmParams {
  return {
    name: "AES-GCM",
    iv: owned(nonce),
    additionalData: owned(header),
    tagLength: 128,
  };
}

function join(...parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** A copy whose buffer is a plain ArrayBuffer, as WebCrypto's types ask. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
