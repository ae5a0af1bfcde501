/**
 * The component's `seal` behind the methods of the bindings' {@link SealCore}.
 *
 * Owns: names, and numbers as the u64 of the interface. Whether a header is canonical the
 * component says.
 * @module
 */
import { bindingFailure, statusFailure } from "../../bindings/error_codes.ts";
import type {
  ChainVerdict,
  OpenedGenesis,
  OpenedRecord,
  RecipientKeys,
  RecordHeader,
  SealedRecord,
  SealGenesisOptions,
  SealRecordOptions,
  StoredRecordHeader,
} from "../../bindings/seal.ts";
import { sealFaultPlace } from "../../bindings/seal_header.ts";
import type { BindingErrorCode } from "../../bindings/error_codes.ts";
import type { HoldfastError } from "../../bindings/errors.ts";
import type * as wit from "../../core/component/_jco/interfaces/holdfast-core-seal.d.ts";
import { camelCase, type Component, statusOf, unwrap } from "./load.ts";
import type { SealApi } from "../conformance/core_api.ts";

function recordFailure({ code, offset }: wit.RecordFailure): HoldfastError {
  const failure = statusFailure(statusOf("SEAL_ERR_", code), offset);
  const place = sealFaultPlace(failure.code, offset);
  if (place.field === undefined) return failure;
  return bindingFailure(
    failure.code as BindingErrorCode,
    failure.message,
    place,
  );
}

function fieldFailure(code: BindingErrorCode, field: string): HoldfastError {
  return bindingFailure(code, `${field} is out of range`, { field });
}

function describe(failure: wit.SealFailure): HoldfastError {
  return failure.tag === "bad-record"
    ? recordFailure(failure.val)
    : fieldFailure("SEAL_FIELD", camelCase(failure.val));
}

function requireMode(header: RecordHeader, mode: RecordHeader["mode"]): void {
  if (header.mode !== mode) throw fieldFailure("SEAL_MODE", "mode");
}

const SUITES = ["x25519-chacha20-poly1305", "p256-aes256-gcm"] as const;

function toWit(header: RecordHeader): wit.Header {
  const suite = SUITES[header.suite - 1];
  if (suite === undefined) throw fieldFailure("SEAL_SUITE", "suite");
  const whole = (field: keyof RecordHeader, bits: number): number => {
    const value = header[field] as number;
    const isSound = Number.isSafeInteger(value) && value >= 0 &&
      value < 2 ** bits;
    if (!isSound) throw fieldFailure("SEAL_FIELD", field);
    return value;
  };
  return {
    ...header,
    suite,
    livemode: header.isLivemode,
    epoch: whole("epoch", 32),
    seq: BigInt(whole("seq", 64)),
    createdAtMs: BigInt(whole("createdAtMs", 64)),
    monotonicMs: BigInt(whole("monotonicMs", 64)),
    amountMinor: BigInt(whole("amountMinor", 64)),
    policyVersion: whole("policyVersion", 32),
    schemaVersion: whole("schemaVersion", 16),
  };
}

function fromWit(stored: wit.StoredHeader): StoredRecordHeader {
  const { livemode, ...header } = stored.header;
  return {
    ...header,
    suite: SUITES.indexOf(header.suite) === 0 ? 1 : 2,
    isLivemode: livemode,
    seq: Number(header.seq),
    createdAtMs: Number(header.createdAtMs),
    monotonicMs: Number(header.monotonicMs),
    amountMinor: Number(header.amountMinor),
    paddedLength: stored.paddedLength,
  };
}

/** SAF1 suite 1, by the component. */
export class ComponentSeal implements SealApi {
  readonly #seal: Component["seal"];

  constructor({ seal }: Component) {
    this.#seal = seal;
  }

  sealGenesis(options: SealGenesisOptions): SealedRecord {
    requireMode(options.header, "base");
    return this.#sealed(options, options.deviceFacts);
  }

  sealRecord(options: SealRecordOptions): SealedRecord {
    requireMode(options.header, "psk");
    return this.#sealed(options, options.plaintext);
  }

  openGenesis(
    options: { recipientPrivateKey: RecipientKeys; record: Uint8Array },
  ): OpenedGenesis {
    const { stored, plaintext, ...secrets } = this.#opened(options, undefined);
    return { ...secrets, header: fromWit(stored), deviceFacts: plaintext };
  }

  openRecord(
    options: {
      recipientPrivateKey: RecipientKeys;
      record: Uint8Array;
      chainSecret: Uint8Array;
    },
  ): OpenedRecord {
    const { stored, plaintext, hash, nextChainSecret } = this.#opened(
      options,
      options.chainSecret,
    );
    return { header: fromWit(stored), plaintext, hash, nextChainSecret };
  }

  verifyRecords(records: readonly Uint8Array[]): ChainVerdict {
    try {
      const { complete, lastHash } = unwrap(
        () => this.#seal.verify([...records]),
        ({ index, failure }: wit.ChainFailure) =>
          Object.assign(recordFailure(failure), { index }),
      );
      return { ok: true, isComplete: complete, lastHash: lastHash ?? null };
    } catch (error) {
      if (!(error instanceof Error) || !("index" in error)) throw error;
      const { index, code, field, remedy } = error as HoldfastError & {
        index: number;
      };
      return {
        ok: false,
        index,
        code: code as BindingErrorCode,
        field,
        remedy,
      };
    }
  }

  #sealed(
    options: SealGenesisOptions | SealRecordOptions,
    plaintext: Uint8Array,
  ): SealedRecord {
    const request = {
      header: toWit(options.header),
      recipientPublicKey: options.recipientPublicKey,
      chainSecret: options.chainSecret,
      entropy: options.entropy,
      plaintext,
    };
    return unwrap(() => this.#seal.seal(request), describe);
  }

  #opened(
    options: { recipientPrivateKey: RecipientKeys; record: Uint8Array },
    chainSecret: Uint8Array | undefined,
  ): wit.Opened {
    const { recipientPrivateKey: keys, record } = options;
    const key = typeof keys === "function"
      ? keys(
        unwrap(() => this.#seal.readHeader(record), recordFailure).header.keyId,
      )
      : keys;
    if (key === undefined) throw fieldFailure("SEAL_KEY_UNKNOWN", "keyId");
    return unwrap(() => this.#seal.open(record, key, chainSecret), describe);
  }
}
