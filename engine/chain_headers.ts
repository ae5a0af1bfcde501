/**
 * What this device's records say in clear and authenticated.
 *
 * Owns: how a payment becomes a header of `docs/formats/saf1.md`.
 * @module
 */
import type { CryptoCore, RecordHeader } from "../bindings/mod.ts";
import { accountHash } from "./bytes.ts";
import type { Clock } from "./ports.ts";
import type { ChainPlace } from "./sealed_ahead.ts";
import type { ChainOwner, SealRequest } from "./vault.ts";

const SCHEMA_OF_PLAINTEXT = 1; // 1: the reader's EMV TLV, unchanged.
const utf8 = new TextEncoder();

/** What every header of one run has in common. */
export interface HeaderFacts {
  suite: RecordHeader["suite"];
  /** 8 bytes. */
  keyId: Uint8Array;
  /** 16 bytes. */
  deviceId: Uint8Array;
  /** 16 bytes: names this run, to which the monotonic times belong. */
  bootId: Uint8Array;
  owner: ChainOwner;
}

/** Makes the headers of one device. */
export class ChainHeaders {
  readonly #crypto: CryptoCore;
  readonly #clock: Clock;
  readonly #facts: HeaderFacts;
  readonly #accountHash: Uint8Array;

  /** Keeps all three. */
  constructor(hashes: CryptoCore, clock: Clock, facts: HeaderFacts) {
    this.#crypto = hashes;
    this.#clock = clock;
    this.#facts = facts;
    this.#accountHash = accountHash(hashes, facts.owner.account);
  }

  /** Of the record that begins an epoch. */
  genesis(epoch: number): RecordHeader {
    return {
      ...this.#common(epoch, 0, this.#clock.nowMs()),
      mode: "base",
      previousHash: new Uint8Array(32),
      localId: new Uint8Array(16),
      amountMinor: 0,
      currency: "XXX", // ISO 4217: no currency involved.
      idempotencyKey: new Uint8Array(32),
      cardTransactionHmac: new Uint8Array(16),
      policyVersion: 0,
      schemaVersion: SCHEMA_OF_PLAINTEXT,
    };
  }

  /** Of one payment at its place. */
  record(
    { epoch, seq, previousHash }: ChainPlace,
    request: SealRequest,
  ): RecordHeader {
    return {
      ...this.#common(epoch, seq, request.createdAtMs),
      mode: "psk",
      previousHash,
      localId: request.localId,
      amountMinor: request.amount,
      currency: request.currency.toUpperCase(),
      idempotencyKey: this.#hash(request.idempotencyKey),
      cardTransactionHmac: request.cardTransactionHmac,
      policyVersion: request.policyVersion,
      schemaVersion: SCHEMA_OF_PLAINTEXT,
    };
  }

  #common(
    epoch: number,
    seq: number,
    createdAtMs: number,
  ): Pick<
    RecordHeader,
    Exclude<keyof HeaderFacts, "owner"> | "isLivemode" | "accountHash" | Place
  > {
    const { owner, ...facts } = this.#facts;
    return {
      ...facts,
      isLivemode: owner.isLivemode,
      accountHash: this.#accountHash,
      epoch,
      seq,
      createdAtMs,
      monotonicMs: Math.floor(this.#clock.monotonicMs()),
    };
  }

  #hash(text: string): Uint8Array {
    return this.#crypto.sha256(utf8.encode(text));
  }
}

type Place = "epoch" | "seq" | "createdAtMs" | "monotonicMs";
