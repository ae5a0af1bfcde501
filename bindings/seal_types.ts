/**
 * Arguments and results of sealing and opening.
 *
 * Owns: the names both suites share; nothing here runs. All byte strings are owned copies.
 * @module
 */
import type { BindingErrorCode } from "./error_codes.ts";
import type { RecordHeader, StoredRecordHeader } from "./seal_header.ts";

/** A recipient's private key (32 bytes), or a lookup by the 8-byte key id of the record. */
export type RecipientKeys =
  | Uint8Array
  | ((keyId: Uint8Array) => Uint8Array | undefined);

/** A recipient's key pair. */
export interface SealKeyPair {
  /** 32 bytes; only the opener has it. */
  readonly privateKey: Uint8Array;
  /** 32 bytes; every device has it. */
  readonly publicKey: Uint8Array;
  /** 8 bytes: the first of SHA-256 of the public key; the suggested `keyId`. */
  readonly keyId: Uint8Array;
}

/** Arguments of `SealCore.sealGenesis`. */
export interface SealGenesisOptions {
  /** Mode `base`, seq 0, amount 0, suite 1. */
  readonly header: RecordHeader;
  /** 32 bytes. */
  readonly recipientPublicKey: Uint8Array;
  /** 32 random bytes for this call alone. */
  readonly entropy: Uint8Array;
  /** A_0: 32 random bytes that start the chain. */
  readonly chainSecret: Uint8Array;
  /** What the opener should know of the device; up to 4,064 bytes. */
  readonly deviceFacts: Uint8Array;
}

/** Arguments of `SealCore.sealRecord`. */
export interface SealRecordOptions {
  /** Mode `psk`, seq 1 or more, suite 1. */
  readonly header: RecordHeader;
  /** 32 bytes. */
  readonly recipientPublicKey: Uint8Array;
  /** A_seq: the `nextChainSecret` of the record before. */
  readonly chainSecret: Uint8Array;
  /** 32 random bytes for this call alone. */
  readonly entropy: Uint8Array;
  /** Up to 4,096 bytes. */
  readonly plaintext: Uint8Array;
}

/** A sealed record with what the store needs to go on; all owned copies. */
export interface SealedRecord {
  /** Header, enc, ciphertext and tag. */
  readonly record: Uint8Array;
  /** SHA-256 of the record: the next record's `previousHash`. */
  readonly hash: Uint8Array;
  /** A_{seq+1}; replaces A_seq in the transaction that stores the record. */
  readonly nextChainSecret: Uint8Array;
}

/** What `SealCore.openGenesis` found. */
export interface OpenedGenesis {
  /** What the record says in the clear, now authentic. */
  readonly header: StoredRecordHeader;
  /** A_0, as it was drawn. */
  readonly chainSecret: Uint8Array;
  /** A_1, which opens the record with seq 1. */
  readonly nextChainSecret: Uint8Array;
  /** What the device said of itself. */
  readonly deviceFacts: Uint8Array;
  /** SHA-256 of the record. */
  readonly hash: Uint8Array;
}

/** What `SealCore.openRecord` found. */
export interface OpenedRecord {
  /** What the record says in the clear, now authentic. */
  readonly header: StoredRecordHeader;
  /** An owned copy; wipe it after use. */
  readonly plaintext: Uint8Array;
  /** SHA-256 of the record. */
  readonly hash: Uint8Array;
  /** A_{seq+1}, which opens the next record. */
  readonly nextChainSecret: Uint8Array;
}

/** Whether records follow each other; the first that does not, and what is wrong with it. */
export type ChainVerdict =
  | {
    readonly ok: true;
    /** True when the list starts with the genesis, so nothing before it is missing. */
    readonly isComplete: boolean;
    /** Hash of the last record, or null for an empty list; compare it with an anchor. */
    readonly lastHash: Uint8Array | null;
  }
  | {
    readonly ok: false;
    /** Index in the list. */
    readonly index: number;
    /** A `SEAL_CHAIN_*` code, or a code of a record that is not canonical. */
    readonly code: BindingErrorCode;
    /** The header field that differs, where one does. */
    readonly field: string | undefined;
    /** What a person can do about it. */
    readonly remedy: string;
  };
