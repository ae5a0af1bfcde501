/**
 * The chain of sealed records of this device.
 *
 * Owns: the device key's use, the epochs, and the chain secret, which is replaced in the same
 * transaction as the record it sealed. Whoever holds the device can seal the next record but can
 * read none: records are sealed to the recipient's public key (docs/formats/saf1.md).
 * @module
 */
import type { Core, SealedRecord } from "../bindings/mod.ts";
import { isSameBytes } from "./bytes.ts";
import { ChainHeaders } from "./chain_headers.ts";
import { ChainSecrets, type WrappedPlace } from "./chain_secrets.ts";
import { failure } from "./errors.ts";
import type { Clock, Database, Random } from "./ports.ts";
import { requirePoint, SealSuite2 } from "./seal_suite2.ts";
import { SealedAhead } from "./sealed_ahead.ts";

/** To whom records are sealed. */
export interface Recipient {
  /** 8 bytes naming the key, so that the opener finds its private half. */
  keyId: Uint8Array;
  /**
   * X25519 public key, 32 bytes: suite 1, sealed in the core. Or P-256 public key, 65 bytes
   * uncompressed: suite 2, AES-256-GCM through the platform's WebCrypto.
   */
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

const LABEL_CHECK = "holdfast/key-check/1";
const LABEL_WRAP = "holdfast/chain-wrap/1";
const EMPTY = new Uint8Array(0);
const SUITE_2_KEY_BYTES = 65;
const utf8 = new TextEncoder();

/** Seals payments of one device; made by {@link Vault.open}. */
export class Vault {
  readonly #core: Core;
  readonly #database: Database;
  readonly #random: Random;
  readonly #recipient: Recipient;
  readonly #owner: ChainOwner;
  readonly #secrets: ChainSecrets;
  readonly #headers: ChainHeaders;
  readonly #suite2: SealSuite2 | null;
  /** 0 until a chain of suite 2 has begun. */
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
    this.#random = random;
    this.#recipient = recipient;
    this.#owner = owner;
    this.deviceKey = deviceKey;
    this.#suite2 = recipient.publicKey.length === SUITE_2_KEY_BYTES
      ? new SealSuite2(core)
      : null;
    if (this.#suite2 !== null) requirePoint(recipient.publicKey);
    this.deviceId = this.#checkDevice();
    this.#secrets = new ChainSecrets(
      core.crypto,
      this.#derive(LABEL_WRAP, 32),
      this.deviceId,
    );
    this.#headers = new ChainHeaders(core.crypto, clock, {
      suite: this.sealsAhead ? 2 : 1,
      keyId: recipient.keyId,
      deviceId: this.deviceId,
      bootId: this.#randomBytes(16),
      owner,
    });
  }

  /** The epoch that seals now. */
  get epoch(): number {
    return this.#epoch;
  }

  /**
   * Opens the owner's chain and begins a new epoch when it has none for this recipient key; see
   * {@link Vault.begin}.
   *
   * @throws {HoldfastError} `STORE_KEY_MISMATCH` when the store was made with another device key;
   *   `SEAL_FIELD`, `SEAL_PUBLIC_KEY` for what is no public key of a recipient.
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
    vault.#epoch = vault.#currentEpoch() ??
      (vault.sealsAhead ? 0 : vault.#beginEpoch());
    return vault;
  }

  /** Whether records must be sealed before their transaction: suite 2 waits for WebCrypto. */
  get sealsAhead(): boolean {
    return this.#suite2 !== null;
  }

  /**
   * Begins the chain where {@link Vault.open} could not, because suite 2 waits for WebCrypto. To be
   * waited for before anything else is done with the vault.
   */
  async begin(): Promise<void> {
    if (this.#epoch === 0) this.#epoch = await this.#beginEpochAhead();
  }

  /**
   * Seals the next records, in this order, for a transaction to come; suite 2 only. Changes
   * nothing in the store.
   */
  async sealAhead(requests: readonly SealRequest[]): Promise<SealedAhead> {
    const suite2 = this.#suite2!;
    let place = this.#place();
    let chainSecret = this.#secrets.unwrap(place);
    const ahead = new SealedAhead();
    try {
      for (const request of requests) {
        const sealed = await suite2.sealRecord({
          header: this.#headers.record(place, request),
          recipientPublicKey: this.#recipient.publicKey,
          chainSecret,
          plaintext: request.plaintext,
        });
        ahead.add(request.localId, place, sealed);
        chainSecret.fill(0);
        chainSecret = sealed.nextChainSecret.slice();
        place = { ...place, seq: place.seq + 1, previousHash: sealed.hash };
      }
      return ahead;
    } finally {
      chainSecret.fill(0);
    }
  }

  /**
   * Seals the next record and moves the chain on; call inside the transaction that inserts it.
   *
   * @param ahead What {@link Vault.sealAhead} sealed; of suite 2 only.
   * @throws {HoldfastError} `RANDOM_UNAVAILABLE`: no randomness, no sale.
   * @throws {ChainMoved} when `ahead` was sealed for another place.
   */
  seal(request: SealRequest, ahead: SealedAhead | null = null): ChainedRecord {
    const place = this.#place();
    const { epoch, seq } = place;
    const sealed = ahead === null
      ? this.#sealNow(place, request)
      : ahead.at(request.localId, place);
    this.#database.execute(
      "UPDATE epoch SET next_seq = ?, previous_hash = ?, secret_wrapped = ? WHERE epoch = ?",
      [
        seq + 1,
        sealed.hash,
        this.#secrets.wrap(epoch, seq + 1, sealed.nextChainSecret),
        epoch,
      ],
    );
    if (ahead === null) sealed.nextChainSecret.fill(0);
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
    this.#secrets.wipe();
  }

  #sealNow(place: WrappedPlace, request: SealRequest): SealedRecord {
    const chainSecret = this.#secrets.unwrap(place);
    const sealed = this.#core.seal.sealRecord({
      header: this.#headers.record(place, request),
      recipientPublicKey: this.#recipient.publicKey,
      chainSecret,
      entropy: this.#randomBytes(32),
      plaintext: request.plaintext,
    });
    chainSecret.fill(0);
    return sealed;
  }

  /** Where the chain ends. */
  #place(): WrappedPlace {
    const epoch = this.#epoch;
    const [seq, previousHash, secretWrapped] = this.#database.query(
      "SELECT next_seq, previous_hash, secret_wrapped FROM epoch WHERE epoch = ?",
      [epoch],
    )[0] as [number, Uint8Array, Uint8Array];
    return { epoch, seq, previousHash, secretWrapped };
  }

  /** The epoch of this owner and recipient key that can go on, or null. */
  #currentEpoch(): number | null {
    return this.#database.query(
      `SELECT max(epoch) FROM epoch
       WHERE device_id = ? AND account = ? AND livemode = ? AND key_id = ?
         AND recipient_key = ? AND length(secret_wrapped) > 0`,
      [
        this.deviceId,
        this.#owner.account,
        this.#owner.isLivemode ? 1 : 0,
        this.#recipient.keyId,
        this.#recipientName(),
      ],
    )[0][0] as number | null;
  }

  #beginEpoch(): number {
    const chainSecret = this.#randomBytes(32);
    return this.#database.transaction(() => {
      const epoch = this.#nextEpoch();
      const genesis = this.#core.seal.sealGenesis({
        header: this.#headers.genesis(epoch),
        recipientPublicKey: this.#recipient.publicKey,
        entropy: this.#randomBytes(32),
        chainSecret,
        deviceFacts: EMPTY,
      });
      chainSecret.fill(0);
      this.#insertEpoch(epoch, genesis);
      return epoch;
    });
  }

  /** Another terminal over this store may take the number while WebCrypto seals: then once more. */
  async #beginEpochAhead(): Promise<number> {
    for (;;) {
      const epoch = this.#nextEpoch();
      const chainSecret = this.#randomBytes(32);
      const genesis = await this.#suite2!.sealGenesis({
        header: this.#headers.genesis(epoch),
        recipientPublicKey: this.#recipient.publicKey,
        chainSecret,
        deviceFacts: EMPTY,
      });
      chainSecret.fill(0);
      const begun = this.#database.transaction(() => {
        const current = this.#currentEpoch();
        if (current !== null || this.#nextEpoch() !== epoch) return current;
        this.#insertEpoch(epoch, genesis);
        return epoch;
      });
      if (begun !== null) return begun;
    }
  }

  #nextEpoch(): number {
    const last =
      this.#database.query("SELECT coalesce(max(epoch), 0) FROM epoch")[0][0];
    return (last as number) + 1;
  }

  /** Record 1 is sealed under A_1; A_0 only ever leaves inside the genesis record. */
  #insertEpoch(epoch: number, genesis: SealedRecord): void {
    this.#database.execute(
      `INSERT INTO epoch(epoch, account, livemode, device_id, key_id, recipient_key, genesis,
         next_seq, previous_hash, secret_wrapped) VALUES(?, ?, ?, ?, ?, ?, ?, 1, ?, ?)`,
      [
        epoch,
        this.#owner.account,
        this.#owner.isLivemode ? 1 : 0,
        this.deviceId,
        this.#recipient.keyId,
        this.#recipientName(),
        genesis.record,
        genesis.hash,
        this.#secrets.wrap(epoch, 1, genesis.nextChainSecret),
      ],
    );
    genesis.nextChainSecret.fill(0);
  }

  /** 32 bytes that tell one recipient key from another: the key itself, or the hash of a longer. */
  #recipientName(): Uint8Array {
    const { publicKey } = this.#recipient;
    return this.sealsAhead ? this.#core.crypto.sha256(publicKey) : publicKey;
  }

  /** Makes the device's id and key check value, or compares with what is stored. */
  #checkDevice(): Uint8Array {
    const check = this.#derive(LABEL_CHECK, 16);
    const rows = this.#database.query(
      "SELECT key, value FROM meta WHERE key IN ('device_id', 'key_check') ORDER BY key",
    );
    if (rows.length === 2) {
      if (!isSameBytes(check, rows[1][1] as Uint8Array)) {
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

  #derive(label: string, length: number): Uint8Array {
    return this.#core.crypto.hkdfSha256(
      this.deviceKey,
      EMPTY,
      utf8.encode(label),
      length,
    );
  }

  #randomBytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#random.fill(bytes);
    return bytes;
  }
}
