/**
 * The chain of sealed records of this device.
 *
 * Owns: the device key's use, the epochs, and the chain secret, which is replaced in the same
 * transaction as the record it sealed. Whoever holds the device can seal the next record but can
 * read none: records are sealed to the recipient's public key (docs/formats/saf1.md).
 * @module
 */
import type { Core, RecordHeader, SealedRecord } from "../bindings/mod.ts";
import { failure } from "./errors.ts";
import type { Clock, Database, Random } from "./ports.ts";

/** To whom records are sealed. */
export interface Recipient {
  /** 8 bytes naming the key, so that the opener finds its private half. */
  keyId: Uint8Array;
  /** X25519 public key, 32 bytes. */
  publicKey: Uint8Array;
}

/** Whose payments a chain holds; live and test, and two accounts, are never mixed in one. */
export interface ChainOwner {
  account: string;
  isLivemode: boolean;
}

/** What one record says in clear and authenticated. */
export interface SealRequest {
  localId: Uint8Array;
  amount: number;
  currency: string;
  idempotencyKey: string;
  cardTransactionHmac: Uint8Array;
  policyVersion: number;
  createdAtMs: number;
  plaintext: Uint8Array;
}

/** A sealed record and its place in the chain. */
export interface ChainedRecord extends Omit<SealedRecord, "nextChainSecret"> {
  epoch: number;
  seq: number;
}

type CommonField =
  | "keyId"
  | "isLivemode"
  | "accountHash"
  | "deviceId"
  | "epoch"
  | "seq"
  | "createdAtMs"
  | "monotonicMs"
  | "bootId";

const SCHEMA_OF_PLAINTEXT = 1; // 1: the reader's EMV TLV, unchanged.
const LABEL_CHECK = "holdfast/key-check/1";
const LABEL_WRAP = "holdfast/chain-wrap/1";
const EMPTY = new Uint8Array(0);
const utf8 = new TextEncoder();

/** Seals payments of one device; made by {@link Vault.open}. */
export class Vault {
  readonly #core: Core;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #recipient: Recipient;
  readonly #owner: ChainOwner;
  readonly #wrapKey: Uint8Array;
  readonly #bootId: Uint8Array;
  #epoch = 0;
  /** This device, 16 random bytes made with the store. */
  readonly deviceId: Uint8Array;
  /** The device key; the decision derives the card HMAC keys from it. */
  readonly deviceKey: Uint8Array;

  private constructor(
    core: Core,
    database: Database,
    clock: Clock,
    random: Random,
    recipient: Recipient,
    owner: ChainOwner,
    deviceKey: Uint8Array,
  ) {
    this.#core = core;
    this.#database = database;
    this.#clock = clock;
    this.#random = random;
    this.#recipient = recipient;
    this.#owner = owner;
    this.deviceKey = deviceKey;
    this.#wrapKey = this.#derive(LABEL_WRAP, 32);
    this.#bootId = this.#randomBytes(16);
    this.deviceId = this.#checkDevice();
  }

  /**
   * Opens the owner's chain and begins a new epoch when it has none for this recipient key.
   *
   * @throws {HoldfastError} `STORE_KEY_MISMATCH` when the store was made with another device key.
   */
  static open(
    core: Core,
    database: Database,
    clock: Clock,
    random: Random,
    recipient: Recipient,
    owner: ChainOwner,
    deviceKey: Uint8Array,
  ): Vault {
    const vault = new Vault(
      core,
      database,
      clock,
      random,
      recipient,
      owner,
      deviceKey,
    );
    const current = database.query(
      `SELECT max(epoch) FROM epoch
       WHERE device_id = ? AND account = ? AND livemode = ? AND key_id = ?
         AND recipient_key = ? AND length(secret_wrapped) > 0`,
      [
        vault.deviceId,
        owner.account,
        owner.isLivemode ? 1 : 0,
        recipient.keyId,
        recipient.publicKey,
      ],
    )[0][0] as number | null;
    vault.#epoch = current ?? vault.#beginEpoch();
    return vault;
  }

  /**
   * Seals the next record and moves the chain on; call inside the transaction that inserts it.
   *
   * @throws {HoldfastError} `RANDOM_UNAVAILABLE`: no randomness, no sale.
   */
  seal(request: SealRequest): ChainedRecord {
    const epoch = this.#epoch;
    const [seq, previousHash, wrapped] = this.#database.query(
      "SELECT next_seq, previous_hash, secret_wrapped FROM epoch WHERE epoch = ?",
      [epoch],
    )[0] as [number, Uint8Array, Uint8Array];
    const chainSecret = this.#unwrap(epoch, seq, wrapped);
    const sealed = this.#core.seal.sealRecord({
      header: {
        ...this.#header(epoch, seq, request.createdAtMs),
        mode: "psk",
        previousHash,
        localId: request.localId,
        amountMinor: request.amount,
        currency: request.currency.toUpperCase(),
        idempotencyKey: this.#hash(request.idempotencyKey),
        cardTransactionHmac: request.cardTransactionHmac,
        policyVersion: request.policyVersion,
        schemaVersion: SCHEMA_OF_PLAINTEXT,
      },
      recipientPublicKey: this.#recipient.publicKey,
      chainSecret,
      entropy: this.#randomBytes(32),
      plaintext: request.plaintext,
    });
    this.#database.execute(
      "UPDATE epoch SET next_seq = ?, previous_hash = ?, secret_wrapped = ? WHERE epoch = ?",
      [
        seq + 1,
        sealed.hash,
        this.#wrap(epoch, seq + 1, sealed.nextChainSecret),
        epoch,
      ],
    );
    chainSecret.fill(0);
    sealed.nextChainSecret.fill(0);
    return { record: sealed.record, hash: sealed.hash, epoch, seq };
  }

  /** The genesis record of an epoch; an opener needs it before any other record. */
  genesis(epoch: number): Uint8Array {
    return this.#database.query("SELECT genesis FROM epoch WHERE epoch = ?", [
      epoch,
    ])[0][0] as Uint8Array;
  }

  /** Wipes the keys; the vault cannot be used afterwards. */
  wipe(): void {
    this.deviceKey.fill(0);
    this.#wrapKey.fill(0);
  }

  #beginEpoch(): number {
    return this.#database.transaction(() => {
      const last =
        this.#database.query("SELECT coalesce(max(epoch), 0) FROM epoch")[0][0];
      const epoch = (last as number) + 1;
      const chainSecret = this.#randomBytes(32);
      const genesis = this.#core.seal.sealGenesis({
        header: {
          ...this.#header(epoch, 0, this.#clock.nowMs()),
          mode: "base",
          previousHash: new Uint8Array(32),
          localId: new Uint8Array(16),
          amountMinor: 0,
          currency: "XXX", // ISO 4217: no currency involved.
          idempotencyKey: new Uint8Array(32),
          cardTransactionHmac: new Uint8Array(16),
          policyVersion: 0,
          schemaVersion: SCHEMA_OF_PLAINTEXT,
        },
        recipientPublicKey: this.#recipient.publicKey,
        entropy: this.#randomBytes(32),
        chainSecret,
        deviceFacts: EMPTY,
      });
      // Record 1 is sealed under A_1; A_0 only ever leaves inside the genesis record.
      const next = genesis.nextChainSecret;
      this.#database.execute(
        `INSERT INTO epoch(epoch, account, livemode, device_id, key_id, recipient_key, genesis,
           next_seq, previous_hash, secret_wrapped) VALUES(?, ?, ?, ?, ?, ?, ?, 1, ?, ?)`,
        [
          epoch,
          this.#owner.account,
          this.#owner.isLivemode ? 1 : 0,
          this.deviceId,
          this.#recipient.keyId,
          this.#recipient.publicKey,
          genesis.record,
          genesis.hash,
          this.#wrap(epoch, 1, next),
        ],
      );
      chainSecret.fill(0);
      next.fill(0);
      return epoch;
    });
  }

  /** The part of a header that every record of this run has in common. */
  #header(
    epoch: number,
    seq: number,
    createdAtMs: number,
  ): Pick<RecordHeader, CommonField> & { suite: 1 } {
    return {
      suite: 1,
      keyId: this.#recipient.keyId,
      isLivemode: this.#owner.isLivemode,
      accountHash: this.#hash(this.#owner.account).slice(0, 16),
      deviceId: this.deviceId,
      epoch,
      seq,
      createdAtMs,
      monotonicMs: Math.floor(this.#clock.monotonicMs()),
      bootId: this.#bootId,
    };
  }

  /** Makes the device's id and key check value, or compares with what is stored. */
  #checkDevice(): Uint8Array {
    const check = this.#derive(LABEL_CHECK, 16);
    const rows = this.#database.query(
      "SELECT key, value FROM meta WHERE key IN ('device_id', 'key_check') ORDER BY key",
    );
    if (rows.length === 2) {
      if (!isEqual(rows[1][1] as Uint8Array, check)) {
        throw failure(
          "STORE_KEY_MISMATCH",
          "the store was created with another device key",
        );
      }
      return rows[0][1] as Uint8Array;
    }
    const deviceId = this.#randomBytes(16);
    this.#database.transaction(() => {
      const insert = "INSERT INTO meta(key, value) VALUES(?, ?)";
      this.#database.execute(insert, ["device_id", deviceId]);
      this.#database.execute(insert, ["key_check", check]);
    });
    return deviceId;
  }

  // The nonce is (epoch, seq). The secret of a seq follows from that of the one before, so even
  // a restored old copy of the database only ever encrypts the same bytes under the same nonce.
  #wrap(epoch: number, seq: number, secret: Uint8Array): Uint8Array {
    return this.#core.crypto.chacha20Poly1305Seal(
      this.#wrapKey,
      wrapNonce(epoch, seq),
      this.deviceId,
      secret,
    );
  }

  #unwrap(epoch: number, seq: number, wrapped: Uint8Array): Uint8Array {
    return this.#core.crypto.chacha20Poly1305Open(
      this.#wrapKey,
      wrapNonce(epoch, seq),
      this.deviceId,
      wrapped,
    );
  }

  #derive(label: string, length: number): Uint8Array {
    return this.#core.crypto.hkdfSha256(
      this.deviceKey,
      EMPTY,
      utf8.encode(label),
      length,
    );
  }

  #hash(text: string): Uint8Array {
    return this.#core.crypto.sha256(utf8.encode(text));
  }

  #randomBytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#random.fill(bytes);
    return bytes;
  }
}

function wrapNonce(epoch: number, seq: number): Uint8Array {
  const nonce = new Uint8Array(12);
  const view = new DataView(nonce.buffer);
  view.setUint32(0, epoch);
  view.setBigUint64(4, BigInt(seq));
  return nonce;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
