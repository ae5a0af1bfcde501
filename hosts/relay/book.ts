/**
 * What the relay must not forget: whose intents and records it has seen.
 *
 * Owns: three rules, each a row that stands before Stripe is asked. One local id has one
 * PaymentIntent, for ever, whatever a till with a restored disk believes. One place in a
 * device's chain has one record: a second one is a fork and is kept apart. One chain belongs to
 * one device's credentials.
 * @module
 */
import { isSameBytes } from "../../engine/bytes.ts";
import type { Clock, Database } from "../../engine/ports.ts";
import type { StoredRecordHeader } from "../../bindings/mod.ts";
import { migrateBook } from "./book_schema.ts";

/** A PaymentIntent and whose it is. */
export interface Binding {
  localId: string;
  device: string;
  intentId: string;
  amount: number;
  currency: string;
}

/** Why a record was put apart; `null` when it was accepted. */
export type QuarantineReason = "record_forked" | "chain_broken" | null;

/** The state of one device epoch. */
export interface ChainReport {
  device: string;
  deviceId: string;
  epoch: number;
  /** Highest seq that was accepted. */
  highWater: number;
  /** How many were accepted; less than `highWater` means a gap. */
  count: number;
  /** The first missing seqs: voided, not yet sent, or gone. At most 100. */
  missing: number[];
  /** Records put apart, waiting for a person. */
  quarantined: { seq: number; hash: string; localId: string; reason: string }[];
}

const MISSING_MAX = 100;

/** The relay's tables. */
export class Book {
  readonly #database: Database;
  readonly #clock: Clock;

  /**
   * Opens the book in `database`, which belongs to the relay alone.
   *
   * @throws {HoldfastError} `STORE_NOT_HOLDFAST` when the file is something else;
   *   `STORE_TOO_NEW`.
   */
  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    migrateBook(database);
  }

  /** Makes the book the account's when it is nobody's; false when it is another one's. */
  claim(account: string, isLivemode: boolean): boolean {
    this.#database.execute(
      "INSERT OR IGNORE INTO owner(id, account, livemode) VALUES(1, ?, ?)",
      [account, isLivemode ? 1 : 0],
    );
    const [[owner, livemode]] = this.#database.query(
      "SELECT account, livemode FROM owner",
    );
    return owner === account && (livemode === 1) === isLivemode;
  }

  /** The intent of a local id, or null. */
  binding(localId: string): Binding | null {
    return this.#binding("local_id", localId);
  }

  /** Whose intent this is, or null. */
  bindingOfIntent(intentId: string): Binding | null {
    return this.#binding("intent_id", intentId);
  }

  /** Binds local id and intent unless one of them is bound; returns the binding that stands. */
  bind(binding: Binding): Binding | null {
    const { localId, device, intentId, amount, currency } = binding;
    this.#database.execute(
      `INSERT OR IGNORE INTO payment(local_id, device, intent_id, amount, currency, bound_at_ms)
       VALUES(?, ?, ?, ?, ?, ?)`,
      [localId, device, intentId, amount, currency, this.#clock.nowMs()],
    );
    return this.binding(localId);
  }

  /**
   * Hands the intent of a back end to another payment, or to none. A payment whose record was
   * seen keeps its intent for ever.
   *
   * @returns Whether the intent is the new payment's now.
   */
  hand(
    intentId: string,
    to: Omit<Binding, "intentId"> | null,
  ): boolean {
    return this.#database.transaction(() => {
      const before = this.bindingOfIntent(intentId);
      if (before !== null && before.localId === to?.localId) return true;
      this.#database.execute(
        `DELETE FROM payment WHERE intent_id = ? AND NOT EXISTS(
           SELECT 1 FROM record WHERE record.local_id = payment.local_id)`,
        [intentId],
      );
      if (to === null) return this.bindingOfIntent(intentId) === null;
      const stands = this.bind({ ...to, intentId });
      return stands?.intentId === intentId;
    });
  }

  /** Whose credentials sent records of this device id (hex), or null when none has. */
  ownerOf(deviceId: string): string | null {
    const rows = this.#database.query(
      "SELECT device FROM chain WHERE lower(hex(device_id)) = ? LIMIT 1",
      [deviceId],
    );
    return rows.length === 0 ? null : rows[0][0] as string;
  }

  /** The highest accepted seq of a chain; 0 for one nobody knows. */
  highWater(deviceId: Uint8Array, epoch: number): number {
    return this.#database.query(
      `SELECT coalesce(max(seq), 0) FROM record
       WHERE device_id = ? AND epoch = ? AND status = 'accepted'`,
      [deviceId, epoch],
    )[0][0] as number;
  }

  /** Whether the record was accepted before. */
  isAccepted(header: StoredRecordHeader, hash: Uint8Array): boolean {
    return this.#database.query(
      `SELECT 1 FROM record
       WHERE device_id = ? AND epoch = ? AND seq = ? AND hash = ? AND status = 'accepted'`,
      [header.deviceId, header.epoch, header.seq, hash],
    ).length > 0;
  }

  /**
   * Enters an authentic record, or puts it apart; durable when it returns.
   *
   * @returns null when it was accepted, now or before; else why not. `chain_of_other_device`
   *   leaves nothing behind.
   */
  enter(
    device: string,
    header: StoredRecordHeader,
    hash: Uint8Array,
    localId: string,
    mayActFor: (owner: string) => boolean = (owner) => owner === device,
  ): QuarantineReason | "chain_of_other_device" {
    return this.#database.transaction(() => {
      const { deviceId, epoch, seq, previousHash } = header;
      this.#database.execute(
        "INSERT OR IGNORE INTO chain(device_id, epoch, device) VALUES(?, ?, ?)",
        [deviceId, epoch, device],
      );
      const owner = this.#database.query(
        "SELECT device FROM chain WHERE device_id = ? AND epoch = ?",
        [deviceId, epoch],
      )[0][0];
      if (!mayActFor(owner as string)) return "chain_of_other_device";
      if (this.isAccepted(header, hash)) return null;
      const reason = this.#judge(header, hash, localId);
      this.#database.execute(
        `INSERT OR IGNORE INTO record(device_id, epoch, seq, hash, previous_hash, local_id,
           status, reason, seen_at_ms) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          ...[deviceId, epoch, seq, hash, previousHash, localId],
          reason === null ? "accepted" : "quarantined",
          reason,
          this.#clock.nowMs(),
        ],
      );
      return reason;
    });
  }

  /** Lets a record out of quarantine, after a person looked; true when it was in it. */
  admit(hash: Uint8Array): boolean {
    return this.#database.execute(
      "UPDATE record SET status = 'accepted' WHERE hash = ? AND status = 'quarantined'",
      [hash],
    ) === 1;
  }

  /** The state of every chain. */
  chains(): ChainReport[] {
    return this.#database.query(
      `SELECT device, device_id, epoch FROM chain ORDER BY device, device_id, epoch`,
    ).map(([device, deviceId, epoch]) =>
      this.#chain(device as string, deviceId as Uint8Array, epoch as number)
    );
  }

  /**
   * Notes a webhook's event; false when it was noted before. Remembers the last `capacity`.
   */
  noteEvent(id: string, type: string, capacity: number): boolean {
    return this.#database.transaction(() => {
      const isNew = this.#database.execute(
        "INSERT OR IGNORE INTO event(id, type, seen_at_ms) VALUES(?, ?, ?)",
        [id, type, this.#clock.nowMs()],
      ) === 1;
      this.#database.execute(
        "DELETE FROM event WHERE number <= (SELECT max(number) FROM event) - ?",
        [capacity],
      );
      return isNew;
    });
  }

  /** Forgets an event that could not be dealt with, so that its repetition is heard. */
  forgetEvent(id: string): void {
    this.#database.execute("DELETE FROM event WHERE id = ?", [id]);
  }

  /** A fork, a broken link to a neighbour, or nothing wrong. */
  #judge(
    header: StoredRecordHeader,
    hash: Uint8Array,
    localId: string,
  ): QuarantineReason {
    const { deviceId, epoch, seq, previousHash } = header;
    const isForked = this.#database.query(
      `SELECT 1 FROM record WHERE status = 'accepted' AND
         ((device_id = ? AND epoch = ? AND seq = ?) OR local_id = ?)`,
      [deviceId, epoch, seq, localId],
    ).length > 0;
    if (isForked) return "record_forked";
    const neighbour = (at: number, column: string): Uint8Array | null =>
      this.#database.query(
        `SELECT ${column} FROM record
         WHERE device_id = ? AND epoch = ? AND seq = ? AND status = 'accepted'`,
        [deviceId, epoch, at],
      )[0]?.[0] as Uint8Array ?? null;
    const before = neighbour(seq - 1, "hash");
    const after = neighbour(seq + 1, "previous_hash");
    const isLinked = (before === null || isSameBytes(previousHash, before)) &&
      (after === null || isSameBytes(hash, after));
    return isLinked ? null : "chain_broken";
  }

  #binding(column: "local_id" | "intent_id", value: string): Binding | null {
    const rows = this.#database.query(
      `SELECT local_id, device, intent_id, amount, currency FROM payment
       WHERE ${column} = ?`,
      [value],
    );
    if (rows.length === 0) return null;
    const [localId, device, intentId, amount, currency] = rows[0];
    return {
      localId: localId as string,
      device: device as string,
      intentId: intentId as string,
      amount: amount as number,
      currency: currency as string,
    };
  }

  #chain(device: string, deviceId: Uint8Array, epoch: number): ChainReport {
    const of = "device_id = ? AND epoch = ?";
    const [highWater, count] = this.#database.query(
      `SELECT coalesce(max(seq), 0), count(DISTINCT seq) FROM record
       WHERE ${of} AND status = 'accepted'`,
      [deviceId, epoch],
    )[0] as number[];
    const seen = count === highWater ? [] : this.#database.query(
      `SELECT DISTINCT seq FROM record WHERE ${of} AND status = 'accepted' ORDER BY seq`,
      [deviceId, epoch],
    ).map(([seq]) => seq as number);
    const missing: number[] = [];
    let expected = 1;
    for (const seq of seen) {
      for (; expected < seq && missing.length < MISSING_MAX; expected++) {
        missing.push(expected);
      }
      expected = seq + 1;
    }
    const quarantined = this.#database.query(
      `SELECT seq, lower(hex(hash)), local_id, reason FROM record
       WHERE ${of} AND status = 'quarantined' ORDER BY seq`,
      [deviceId, epoch],
    ).map(([seq, hash, localId, reason]) => ({
      seq: seq as number,
      hash: hash as string,
      localId: localId as string,
      reason: reason as string,
    }));
    return {
      device,
      deviceId: Array.from(deviceId, (b) => b.toString(16).padStart(2, "0"))
        .join(""),
      epoch,
      highWater,
      count,
      missing,
      quarantined,
    };
  }
}
