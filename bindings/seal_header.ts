/**
 * The facts in front of a sealed payment, as an object and as bytes.
 *
 * Owns: the mapping between field names and their places on the wire. The core decides what is
 * canonical; this file refuses only what has no encoding. Layout: `docs/formats/saf1.md`.
 * @module
 */
import {
  SEAL_HEADER_ACCOUNT_HASH,
  SEAL_HEADER_AMOUNT_MINOR,
  SEAL_HEADER_BOOT_ID,
  SEAL_HEADER_BYTES,
  SEAL_HEADER_CARD_TRANSACTION_HMAC,
  SEAL_HEADER_CREATED_AT_MS,
  SEAL_HEADER_CURRENCY,
  SEAL_HEADER_DEVICE_ID,
  SEAL_HEADER_EPOCH,
  SEAL_HEADER_IDEMPOTENCY_KEY,
  SEAL_HEADER_KEY_ID,
  SEAL_HEADER_LIVEMODE,
  SEAL_HEADER_LOCAL_ID,
  SEAL_HEADER_MAGIC,
  SEAL_HEADER_MODE,
  SEAL_HEADER_MONOTONIC_MS,
  SEAL_HEADER_PADDED_LENGTH,
  SEAL_HEADER_POLICY_VERSION,
  SEAL_HEADER_PREVIOUS_HASH,
  SEAL_HEADER_SCHEMA_VERSION,
  SEAL_HEADER_SEQ,
  SEAL_HEADER_SUITE,
  SEAL_HEADER_VERSION,
} from "./_wasm/abi.ts";
import { bindingFailure } from "./error_codes.ts";

/** What a record says in the clear and authenticates. */
export interface RecordHeader {
  /** 1: X25519 and ChaCha20-Poly1305, in the core. 2: P-256 and AES-256-GCM, by WebCrypto. */
  readonly suite: 1 | 2;
  /** `base` for the genesis (seq 0), `psk` for every payment. */
  readonly mode: "base" | "psk";
  /** Live or test; never mixed in one chain. */
  readonly isLivemode: boolean;
  /** 8 bytes: names the recipient's key, so that current and next may be in use together. */
  readonly keyId: Uint8Array;
  /** 16 bytes. */
  readonly deviceId: Uint8Array;
  /** Raised whenever the device starts a new chain; 0 … 2^32 − 1. */
  readonly epoch: number;
  /** Place in the chain; 0 is the genesis; below 2^53. */
  readonly seq: number;
  /** 32 bytes: SHA-256 of the whole record before; of a genesis, zeros or the last known hash. */
  readonly previousHash: Uint8Array;
  /** 16 bytes: the payment's local id. */
  readonly localId: Uint8Array;
  /** Wall time, epoch ms; an annotation, never an order. */
  readonly createdAtMs: number;
  /** Monotonic time since `bootId`, ms. */
  readonly monotonicMs: number;
  /** 16 bytes: names the run of the device that `monotonicMs` belongs to. */
  readonly bootId: Uint8Array;
  /** Minor units, 0 … 2^53 − 1; 0 in a genesis. */
  readonly amountMinor: number;
  /** ISO 4217 alpha code, three letters A to Z. */
  readonly currency: string;
  /** 16 bytes: names the account. */
  readonly accountHash: Uint8Array;
  /** 32 bytes. */
  readonly idempotencyKey: Uint8Array;
  /** 16 bytes: keyed hash of the chip transaction. */
  readonly cardTransactionHmac: Uint8Array;
  /** Version of the policy the payment was accepted under; 0 … 2^32 − 1. */
  readonly policyVersion: number;
  /** Version of what the plaintext holds; 0 … 65,535. */
  readonly schemaVersion: number;
}

/** A header as read from a record. */
export interface StoredRecordHeader extends RecordHeader {
  /** Length of the padded plaintext: 256, 512 … 4,352. */
  readonly paddedLength: number;
}

type BytesField = {
  [K in keyof RecordHeader]: RecordHeader[K] extends Uint8Array ? K : never;
}[keyof RecordHeader];

/** Byte fields: name, offset, length. */
const BYTES_FIELDS: readonly (readonly [BytesField, number, number])[] = [
  ["keyId", SEAL_HEADER_KEY_ID, 8],
  ["deviceId", SEAL_HEADER_DEVICE_ID, 16],
  ["previousHash", SEAL_HEADER_PREVIOUS_HASH, 32],
  ["localId", SEAL_HEADER_LOCAL_ID, 16],
  ["bootId", SEAL_HEADER_BOOT_ID, 16],
  ["accountHash", SEAL_HEADER_ACCOUNT_HASH, 16],
  ["idempotencyKey", SEAL_HEADER_IDEMPOTENCY_KEY, 32],
  ["cardTransactionHmac", SEAL_HEADER_CARD_TRANSACTION_HMAC, 16],
];

/** Fields by the offset that the core names when it refuses one. */
const FIELD_AT: Readonly<Record<number, string>> = {
  [SEAL_HEADER_MAGIC]: "magic",
  [SEAL_HEADER_VERSION]: "version",
  [SEAL_HEADER_SUITE]: "suite",
  [SEAL_HEADER_MODE]: "mode",
  [SEAL_HEADER_LIVEMODE]: "isLivemode",
  [SEAL_HEADER_EPOCH]: "epoch",
  [SEAL_HEADER_SEQ]: "seq",
  [SEAL_HEADER_CREATED_AT_MS]: "createdAtMs",
  [SEAL_HEADER_MONOTONIC_MS]: "monotonicMs",
  [SEAL_HEADER_AMOUNT_MINOR]: "amountMinor",
  [SEAL_HEADER_CURRENCY]: "currency",
  [SEAL_HEADER_PADDED_LENGTH]: "paddedLength",
  ...Object.fromEntries(BYTES_FIELDS.map(([name, offset]) => [offset, name])),
};

/** Refusals that are about an argument, whatever offset the core left. */
const ARGUMENT_OF: Readonly<Record<string, string>> = {
  SEAL_PUBLIC_KEY: "recipientPublicKey",
  SEAL_PLAINTEXT_LENGTH: "plaintext",
};

/** What a refusal of the core is about: an argument, or a place in a record and its field. */
export function sealFaultPlace(
  code: string,
  offset: number,
): { offset?: number; field?: string } {
  const argument = ARGUMENT_OF[code];
  if (argument !== undefined) return { field: argument };
  const field = FIELD_AT[offset];
  return field === undefined ? { offset } : { offset, field };
}

/**
 * Writes the header into `target` (207 bytes), the padded length left 0 for the core.
 *
 * @throws {HoldfastError} `SEAL_FIELD` for a value that has no encoding; `field` names it.
 */
export function encodeHeader(target: Uint8Array, header: RecordHeader): void {
  const view = new DataView(target.buffer, target.byteOffset, target.length);
  view.setUint32(SEAL_HEADER_MAGIC, 0x53414631); // "SAF1"
  target[SEAL_HEADER_VERSION] = 1;
  target[SEAL_HEADER_SUITE] = header.suite;
  target[SEAL_HEADER_MODE] = header.mode === "base" ? 0 : 1;
  target[SEAL_HEADER_LIVEMODE] = header.isLivemode ? 1 : 0;
  for (const [field, offset, length] of BYTES_FIELDS) {
    const bytes = header[field];
    if (bytes.length !== length) {
      throw fieldFailure(field, `${length} bytes, got ${bytes.length}`);
    }
    target.set(bytes, offset);
  }
  requireInteger("epoch", header.epoch, 0xffffffff);
  view.setUint32(SEAL_HEADER_EPOCH, header.epoch);
  setU64(view, SEAL_HEADER_SEQ, "seq", header.seq);
  setU64(view, SEAL_HEADER_CREATED_AT_MS, "createdAtMs", header.createdAtMs);
  setU64(view, SEAL_HEADER_MONOTONIC_MS, "monotonicMs", header.monotonicMs);
  setU64(view, SEAL_HEADER_AMOUNT_MINOR, "amountMinor", header.amountMinor);
  if (!/^[A-Z]{3}$/.test(header.currency)) {
    throw fieldFailure("currency", "three letters A to Z");
  }
  for (let i = 0; i < 3; i++) {
    target[SEAL_HEADER_CURRENCY + i] = header.currency.charCodeAt(i);
  }
  requireInteger("policyVersion", header.policyVersion, 0xffffffff);
  view.setUint32(SEAL_HEADER_POLICY_VERSION, header.policyVersion);
  requireInteger("schemaVersion", header.schemaVersion, 0xffff);
  view.setUint16(SEAL_HEADER_SCHEMA_VERSION, header.schemaVersion);
  view.setUint16(SEAL_HEADER_PADDED_LENGTH, 0);
}

/** Reads the header at the start of `record`, which the core has found canonical. */
export function decodeHeader(record: Uint8Array): StoredRecordHeader {
  // A copy in a buffer of its own, also of a Node Buffer, whose slice() is a view.
  const bytes = Uint8Array.from(record.subarray(0, SEAL_HEADER_BYTES));
  const view = new DataView(bytes.buffer);
  const u64 = (offset: number): number =>
    view.getUint32(offset) * 0x100000000 + view.getUint32(offset + 4);
  const field = (offset: number, length: number): Uint8Array =>
    bytes.slice(offset, offset + length);
  const currency = field(SEAL_HEADER_CURRENCY, 3);
  return {
    suite: bytes[SEAL_HEADER_SUITE] === 1 ? 1 : 2,
    mode: bytes[SEAL_HEADER_MODE] === 0 ? "base" : "psk",
    isLivemode: bytes[SEAL_HEADER_LIVEMODE] === 1,
    keyId: field(SEAL_HEADER_KEY_ID, 8),
    deviceId: field(SEAL_HEADER_DEVICE_ID, 16),
    epoch: view.getUint32(SEAL_HEADER_EPOCH),
    seq: u64(SEAL_HEADER_SEQ),
    previousHash: field(SEAL_HEADER_PREVIOUS_HASH, 32),
    localId: field(SEAL_HEADER_LOCAL_ID, 16),
    createdAtMs: u64(SEAL_HEADER_CREATED_AT_MS),
    monotonicMs: u64(SEAL_HEADER_MONOTONIC_MS),
    bootId: field(SEAL_HEADER_BOOT_ID, 16),
    amountMinor: u64(SEAL_HEADER_AMOUNT_MINOR),
    currency: String.fromCharCode(...currency),
    accountHash: field(SEAL_HEADER_ACCOUNT_HASH, 16),
    idempotencyKey: field(SEAL_HEADER_IDEMPOTENCY_KEY, 32),
    cardTransactionHmac: field(SEAL_HEADER_CARD_TRANSACTION_HMAC, 16),
    policyVersion: view.getUint32(SEAL_HEADER_POLICY_VERSION),
    schemaVersion: view.getUint16(SEAL_HEADER_SCHEMA_VERSION),
    paddedLength: view.getUint16(SEAL_HEADER_PADDED_LENGTH),
  };
}

function setU64(
  view: DataView,
  offset: number,
  field: string,
  value: number,
): void {
  requireInteger(field, value, Number.MAX_SAFE_INTEGER);
  view.setUint32(offset, Math.floor(value / 0x100000000));
  view.setUint32(offset + 4, value % 0x100000000);
}

function requireInteger(field: string, value: number, maximum: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > maximum) {
    throw fieldFailure(field, `an integer from 0 to ${maximum}`);
  }
}

function fieldFailure(field: string, expected: string): Error {
  return bindingFailure("SEAL_FIELD", `${field} must be ${expected}`, {
    field,
  });
}
