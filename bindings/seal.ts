/**
 * SAF1 suite 1: sealing a payment on the device, opening it where the Stripe key lives.
 *
 * Owns: the calls into the core, the copies in and out, and the wiping of arenas and scratch
 * after every call, failed ones included. Everything is synchronous, so a record is sealed in
 * the same transaction that stores it and replaces the chain secret. Format and guarantees:
 * `docs/formats/saf1.md`.
 * @module
 */
import {
  SEAL_HEADER_BYTES,
  SEAL_HEADER_MODE,
  SEAL_INPUT_BODY,
  SEAL_INPUT_CHAIN_SECRET,
  SEAL_INPUT_ENTROPY,
  SEAL_INPUT_HEADER,
  SEAL_INPUT_KEY,
  SEAL_OUTPUT_HASH,
  SEAL_OUTPUT_NEXT_SECRET,
  SEAL_OUTPUT_PLAINTEXT,
  SEAL_OUTPUT_RECORD,
  SEAL_PLAINTEXT_BYTES_MAX,
} from "./_wasm/abi.ts";
import { type SealExports, sealExports } from "./_seal_exports.ts";
import { type CoreModule, statusName } from "./core_module.ts";
import {
  type BindingErrorCode,
  bindingFailure,
  statusFailure,
} from "./error_codes.ts";
import type { HoldfastError } from "./errors.ts";
import {
  decodeHeader,
  encodeHeader,
  type RecordHeader,
  sealFaultPlace,
  type StoredRecordHeader,
} from "./seal_header.ts";
import type {
  ChainVerdict,
  OpenedGenesis,
  OpenedRecord,
  RecipientKeys,
  SealedRecord,
  SealGenesisOptions,
  SealKeyPair,
  SealRecordOptions,
} from "./seal_types.ts";
export type { RecordHeader, StoredRecordHeader } from "./seal_header.ts";
export type * from "./seal_types.ts";

/** Longest record: header, P-256 point, 4,352 bytes and a tag; what a wipe must cover. */
const RECORD_BYTES_MAX = 4640;
const WIPE_BYTES = SEAL_INPUT_BODY + RECORD_BYTES_MAX;
const SECRET_BYTES = 32;

/** Seals and opens SAF1 records of suite 1. */
export class SealCore {
  readonly #module: CoreModule;
  readonly #core: SealExports;
  readonly #header = new Uint8Array(SEAL_HEADER_BYTES);

  /** Uses `module`; several bindings may share one. */
  constructor(module: CoreModule) {
    this.#module = module;
    this.#core = sealExports(module);
  }

  /** Makes a recipient's key pair from 32 or more random bytes; the same bytes, the same pair. */
  generateKeyPair(entropy: Uint8Array): SealKeyPair {
    if (entropy.length < SECRET_BYTES || entropy.length > WIPE_BYTES) {
      throw fieldFailure("entropy", "at least 32 bytes");
    }
    return this.#run((input, output) => {
      this.#module.put(entropy);
      this.#core.hpkeDeriveKeyPair(input, entropy.length, output, output + 32);
      this.#core.sha256(output + 32, 32, output + 64);
      return {
        privateKey: this.#module.take(32),
        publicKey: this.#module.take(32, 32),
        keyId: this.#module.take(8, 64),
      };
    });
  }

  /**
   * Seals the first record of a chain. Store `nextChainSecret` with it and forget `chainSecret`.
   *
   * @throws {HoldfastError} `SEAL_FIELD` or `SEAL_MODE` for a header that is not a genesis';
   *   `SEAL_PLAINTEXT_LENGTH`; `SEAL_PUBLIC_KEY` for a recipient key of small order.
   */
  sealGenesis(options: SealGenesisOptions): SealedRecord {
    requireMode(options.header, "base");
    return this.#seal(options, options.deviceFacts);
  }

  /**
   * Seals one payment. Store the record and `nextChainSecret` in one transaction: whoever takes
   * the device later then finds no secret that fits a record already sealed.
   *
   * @throws {HoldfastError} `SEAL_FIELD`, `SEAL_MODE`, `SEAL_PLAINTEXT_LENGTH`,
   *   `SEAL_PUBLIC_KEY` as for a genesis.
   */
  sealRecord(options: SealRecordOptions): SealedRecord {
    requireMode(options.header, "psk");
    return this.#seal(options, options.plaintext);
  }

  /**
   * Opens the first record of a chain.
   *
   * @throws {HoldfastError} `SEAL_OPEN` when it is not authentic, whatever the cause;
   *   `SEAL_KEY_UNKNOWN` when the lookup has no key; a code that names what is not canonical.
   */
  openGenesis(
    options: { recipientPrivateKey: RecipientKeys; record: Uint8Array },
  ): OpenedGenesis {
    const opened = this.#open(options, "base", new Uint8Array(SECRET_BYTES));
    const { header, plaintext, hash, nextChainSecret } = opened;
    const chainSecret = plaintext.slice(0, SECRET_BYTES);
    const deviceFacts = plaintext.slice(SECRET_BYTES);
    plaintext.fill(0);
    return { header, chainSecret, nextChainSecret, deviceFacts, hash };
  }

  /**
   * Opens one payment with A_seq, which `openGenesis` and `openRecord` of the record before give
   * as `nextChainSecret` and `advanceChainSecret` reaches from any earlier one.
   *
   * @throws {HoldfastError} as `openGenesis`.
   */
  openRecord(
    options: {
      recipientPrivateKey: RecipientKeys;
      record: Uint8Array;
      chainSecret: Uint8Array;
    },
  ): OpenedRecord {
    return this.#open(options, "psk", options.chainSecret);
  }

  /** Returns A_{i+steps} from A_i; there is no way back. */
  advanceChainSecret(chainSecret: Uint8Array, steps = 1): Uint8Array {
    requireBytes("chainSecret", chainSecret);
    if (!Number.isSafeInteger(steps) || steps < 0) {
      throw fieldFailure("steps", "an integer from 0");
    }
    return this.#run((input) => {
      this.#module.put(chainSecret);
      for (let i = 0; i < steps; i++) this.#core.saf1Advance(input, input);
      return this.#module.bytes.slice(input, input + SECRET_BYTES);
    });
  }

  /** Returns the PSK that A_seq gives; suite 2 needs it outside the core. */
  recordPsk(chainSecret: Uint8Array): Uint8Array {
    requireBytes("chainSecret", chainSecret);
    return this.#run((_input, output) => {
      this.#core.saf1Psk(this.#module.put(chainSecret), output);
      return this.#module.take(SECRET_BYTES);
    });
  }

  /**
   * Returns the header of a record after checking that the record is canonical. Nothing here is
   * authentic yet: only opening proves it.
   *
   * @throws {HoldfastError} a code that names what is not canonical, with offset and field.
   */
  readHeader(record: Uint8Array): StoredRecordHeader {
    this.recordHash(record);
    return decodeHeader(record);
  }

  /** Returns SHA-256 of a canonical record; throws as `readHeader`. */
  recordHash(record: Uint8Array): Uint8Array {
    return this.#run((_input, output) => {
      const at = this.#putRecord(record);
      this.#succeed(this.#core.saf1Hash(at, record.length, output));
      return this.#module.take(32);
    });
  }

  /**
   * Checks without any key that each record directly follows the one before. A list may start
   * anywhere; a missing tail cannot be seen, compare `lastHash` with a receipt or an anchor.
   */
  verifyRecords(records: readonly Uint8Array[]): ChainVerdict {
    return this.#run((input, output) => {
      const previous = input + SEAL_INPUT_HEADER;
      const previousHash = input + SEAL_INPUT_KEY;
      let lastHash: Uint8Array | null = null;
      for (let index = 0; index < records.length; index++) {
        const record = records[index];
        let status: number;
        try {
          const at = this.#putRecord(record);
          status = this.#core.saf1Hash(at, record.length, output);
          if (status >= 0 && index > 0) {
            status = this.#core.saf1Follows(previous, previousHash, at, output);
          }
        } catch (error) {
          return { ok: false, index, ...describe(error as HoldfastError) };
        }
        if (status < 0) {
          return { ok: false, index, ...describe(this.#failure(status)) };
        }
        lastHash = this.#module.take(32);
        this.#module.put(lastHash, SEAL_INPUT_KEY);
        this.#module.put(record.subarray(0, SEAL_HEADER_BYTES));
      }
      const isComplete = records.length > 0 &&
        decodeHeader(records[0]).seq === 0;
      return { ok: true, isComplete, lastHash };
    });
  }

  #seal(
    options: SealGenesisOptions | SealRecordOptions,
    plaintext: Uint8Array,
  ): SealedRecord {
    requireBytes("recipientPublicKey", options.recipientPublicKey);
    requireBytes("entropy", options.entropy);
    requireBytes("chainSecret", options.chainSecret);
    if (plaintext.length > SEAL_PLAINTEXT_BYTES_MAX) {
      throw bindingFailure(
        "SEAL_PLAINTEXT_LENGTH",
        `plaintext must have at most ${SEAL_PLAINTEXT_BYTES_MAX} bytes`,
        { field: "plaintext" },
      );
    }
    encodeHeader(this.#header, options.header);
    return this.#run(() => {
      this.#module.put(this.#header, SEAL_INPUT_HEADER);
      this.#module.put(options.recipientPublicKey, SEAL_INPUT_KEY);
      this.#module.put(options.entropy, SEAL_INPUT_ENTROPY);
      this.#module.put(options.chainSecret, SEAL_INPUT_CHAIN_SECRET);
      this.#module.put(plaintext, SEAL_INPUT_BODY);
      const length = this.#succeed(this.#core.saf1Seal(plaintext.length));
      return {
        record: this.#module.take(length, SEAL_OUTPUT_RECORD),
        hash: this.#module.take(32, SEAL_OUTPUT_HASH),
        nextChainSecret: this.#module.take(32, SEAL_OUTPUT_NEXT_SECRET),
      };
    });
  }

  #open(
    options: { recipientPrivateKey: RecipientKeys; record: Uint8Array },
    mode: RecordHeader["mode"],
    chainSecret: Uint8Array,
  ): OpenedRecord {
    const header = this.readHeader(options.record);
    requireMode(header, mode);
    requireBytes("chainSecret", chainSecret);
    const keys = options.recipientPrivateKey;
    const key = typeof keys === "function" ? keys(header.keyId) : keys;
    if (key === undefined) {
      throw bindingFailure(
        "SEAL_KEY_UNKNOWN",
        "no private key for this key id",
        {
          field: "keyId",
        },
      );
    }
    requireBytes("recipientPrivateKey", key);
    return this.#run(() => {
      this.#module.put(key, SEAL_INPUT_KEY);
      this.#module.put(chainSecret, SEAL_INPUT_CHAIN_SECRET);
      this.#putRecord(options.record);
      const length = this.#succeed(this.#core.saf1Open(options.record.length));
      return {
        header,
        plaintext: this.#module.take(length, SEAL_OUTPUT_PLAINTEXT),
        hash: this.#module.take(32, SEAL_OUTPUT_HASH),
        nextChainSecret: this.#module.take(32, SEAL_OUTPUT_NEXT_SECRET),
      };
    });
  }

  #putRecord(record: Uint8Array): number {
    // A longer one is refused by its announced length; its first bytes are enough for that.
    return this.#module.put(
      record.subarray(0, RECORD_BYTES_MAX),
      SEAL_INPUT_BODY,
    );
  }

  #run<T>(call: (input: number, output: number) => T): T {
    try {
      return call(this.#module.inputPointer, this.#module.outputPointer);
    } finally {
      this.#core.wipeSecrets();
      this.#module.wipe(WIPE_BYTES, WIPE_BYTES);
    }
  }

  #succeed(status: number): number {
    if (status < 0) throw this.#failure(status);
    return status;
  }

  #failure(status: number): HoldfastError {
    const offset = this.#core.sealErrorOffset();
    const failure = statusFailure(status, offset);
    const place = sealFaultPlace(failure.code, offset);
    if (place.field === undefined) return failure;
    return bindingFailure(
      failure.code as BindingErrorCode,
      `core answered ${statusName(status)} for ${place.field}`,
      place,
    );
  }
}

function describe(
  error: HoldfastError,
): { code: BindingErrorCode; field: string | undefined; remedy: string } {
  const { code, field, remedy } = error;
  return { code: code as BindingErrorCode, field, remedy };
}

function requireMode(header: RecordHeader, mode: RecordHeader["mode"]): void {
  if (header.mode !== mode) {
    throw bindingFailure("SEAL_MODE", `mode must be ${mode}`, {
      offset: SEAL_HEADER_MODE,
      field: "mode",
    });
  }
}

function requireBytes(field: string, bytes: Uint8Array): void {
  if (bytes.length !== SECRET_BYTES) {
    throw fieldFailure(field, `32 bytes, got ${bytes.length}`);
  }
}

function fieldFailure(field: string, expected: string): HoldfastError {
  return bindingFailure("SEAL_FIELD", `${field} must be ${expected}`, {
    field,
  });
}
