/**
 * The payments of one store: insert, read, count, void.
 *
 * Owns: the `payment`, `sealed`, `total` and `part_total` tables and the rule that a state only moves forward.
 * Every function here runs inside the caller's transaction when it writes; none awaits.
 * @module
 */
import { failure } from "../errors.ts";
import {
  type CaptureMethod,
  type CardPresentDetails,
  mayFollow,
  OPEN_STATES,
  type PaymentError,
  type PaymentState,
  type PaymentTerms,
} from "../payment.ts";
import type { Database, SqlValue } from "../ports.ts";
import { PAYMENT_COLUMNS, type PaymentRow, readRow } from "./rows.ts";

/** A payment about to be stored. */
export interface NewPayment {
  localId: Uint8Array;
  epoch: number;
  seq: number;
  account: string;
  isLivemode: boolean;
  amount: number;
  currency: string;
  captureMethod: CaptureMethod;
  metadata: Readonly<Record<string, string>>;
  cardPresent: CardPresentDetails;
  cardHmac: Uint8Array;
  cardTransactionHmac: Uint8Array;
  recordHash: Uint8Array;
  /** Null when it must be on no disk. */
  record: Uint8Array | null;
  isOffline: boolean;
  createdAtMs: number;
  storedAtMs: number;
  /** Non-null when the PaymentIntent was already created online. */
  intentId: string | null;
  terms: PaymentTerms;
  /** Serial number of the reader, or null. */
  reader: string | null;
}

/** Count and sum of open payments in one currency. */
export interface CurrencyTotal {
  account: string;
  isLivemode: boolean;
  currency: string;
  count: number;
  amount: number;
}

/** What the order of forwarding knows of an open payment. */
export interface WaitingPayment {
  rowId: number;
  account: string;
  isLivemode: boolean;
  cardHmac: Uint8Array;
  storedAtMs: number;
  nextAttemptAtMs: number | null;
}

/** What to list. */
export interface PaymentFilter {
  /** Only these states; all when absent. */
  states?: readonly PaymentState[];
  /** Rows after this row id, for paging. @default 0 */
  afterRowId?: number;
  /** At most this many. @default 1000 */
  limit?: number;
  /** The newest first; what a person looks at. @default false */
  isNewestFirst?: boolean;
}

/** Reads and writes payments through the synchronous database port. */
export class Payments {
  readonly #database: Database;

  #destroyedCount = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Ciphertexts destroyed since this object was made, rolled-back ones included. */
  get destroyedCount(): number {
    return this.#destroyedCount;
  }

  /** Inserts payment, sealed record and totals; call inside a transaction. Returns the row id. */
  insert(payment: NewPayment): number {
    this.#database.execute(
      `INSERT INTO payment(local_id, epoch, seq, state, account, livemode, amount, currency,
         capture_method, metadata, card_present, card_hmac, card_transaction_hmac, record_hash,
         offline, created_at_ms, stored_at_ms, intent_id, next_attempt_at_ms, terms, reader)
       VALUES(?, ?, ?, 'stored', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        payment.localId,
        payment.epoch,
        payment.seq,
        payment.account,
        payment.isLivemode ? 1 : 0,
        payment.amount,
        payment.currency,
        payment.captureMethod,
        JSON.stringify(payment.metadata),
        JSON.stringify(payment.cardPresent),
        payment.cardHmac,
        payment.cardTransactionHmac,
        payment.recordHash,
        payment.isOffline ? 1 : 0,
        payment.createdAtMs,
        payment.storedAtMs,
        payment.intentId,
        payment.storedAtMs,
        JSON.stringify(payment.terms),
        payment.reader,
      ],
    );
    const rowId = this.#database.query(
      "SELECT last_insert_rowid()",
    )[0][0] as number;
    if (payment.record !== null) {
      this.#database.execute(
        "INSERT INTO sealed(payment, record) VALUES(?, ?)",
        [rowId, payment.record],
      );
    }
    this.#addToTotal(payment, 1);
    return rowId;
  }

  /** The payment with this local id (16 bytes), or null. */
  byLocalId(localId: Uint8Array): PaymentRow | null {
    return this.#one("local_id = ?", [localId]);
  }

  /** The payment with this row id, or null. */
  byRowId(rowId: number): PaymentRow | null {
    return this.#one("id = ?", [rowId]);
  }

  /** The payment with this PaymentIntent, or null. */
  byIntent(intentId: string): PaymentRow | null {
    return this.#one("intent_id = ?", [intentId]);
  }

  /** The payment that already stores this chip transaction, or null. */
  byCardTransaction(hmac: Uint8Array): PaymentRow | null {
    return this.#one("card_transaction_hmac = ?", [hmac]);
  }

  /** Payments in order of their row id. */
  list(filter: PaymentFilter = {}): PaymentRow[] {
    const { states = [], afterRowId = 0, limit = 1000 } = filter;
    const order = filter.isNewestFirst ? "DESC" : "ASC";
    if (states.length === 0) {
      return this.#database.query(
        `SELECT ${PAYMENT_COLUMNS} FROM payment WHERE id > ? ORDER BY id ${order} LIMIT ?`,
        [afterRowId, limit],
      ).map(readRow);
    }
    const [ids, parameters] = idsOf(states, afterRowId, limit, order);
    return this.#database.query(
      `SELECT ${PAYMENT_COLUMNS} FROM payment WHERE id IN (${ids}) ORDER BY id ${order} LIMIT ?`,
      [...parameters, limit],
    ).map(readRow);
  }

  /** The first `limit` open payments, in order. */
  open(limit: number): PaymentRow[] {
    return this.list({ states: OPEN_STATES, limit });
  }

  /** The first `limit` open payments after a row, as the order of forwarding needs them. */
  waiting(afterRowId: number, limit: number): WaitingPayment[] {
    const [ids, parameters] = idsOf(OPEN_STATES, afterRowId, limit);
    return this.#database.query(
      `SELECT id, account, livemode, card_hmac, stored_at_ms, next_attempt_at_ms FROM payment
       WHERE id IN (${ids}) ORDER BY id LIMIT ?`,
      [...parameters, limit],
    ).map(([rowId, account, livemode, cardHmac, storedAtMs, nextAttempt]) => ({
      rowId: rowId as number,
      account: account as string,
      isLivemode: livemode === 1,
      cardHmac: cardHmac as Uint8Array,
      storedAtMs: storedAtMs as number,
      nextAttemptAtMs: nextAttempt as number | null,
    }));
  }

  /** Totals of open payments by account, mode and currency. */
  totals(): CurrencyTotal[] {
    return this.#database.query(
      `SELECT account, livemode, currency, count, amount FROM total WHERE count > 0
       ORDER BY account, livemode, currency`,
    ).map(([account, livemode, currency, count, amount]) => ({
      account: account as string,
      isLivemode: livemode === 1,
      currency: currency as string,
      count: count as number,
      amount: amount as number,
    }));
  }

  /** The sealed record, or null once it was destroyed, or when it never was on disk. */
  sealedRecord(rowId: number): Uint8Array | null {
    const rows = this.#database.query(
      "SELECT record FROM sealed WHERE payment = ?",
      [rowId],
    );
    return rows.length === 0 ? null : rows[0][0] as Uint8Array;
  }

  /**
   * Moves a payment to `to`, keeps totals in step and, where no further use of it is possible,
   * destroys the ciphertext; call inside a transaction. Returns false when the payment is in
   * `to` already.
   *
   * @throws {HoldfastError} `PAYMENT_STATE_CONFLICT` when `to` may not follow its state.
   */
  move(
    rowId: number,
    to: PaymentState,
    error: PaymentError | null = null,
  ): boolean {
    const row = this.byRowId(rowId);
    const from = row?.payment.state;
    if (row === null || from === undefined) {
      throw failure("PAYMENT_NOT_FOUND", `no payment has row ${rowId}`);
    }
    if (from === to) return false;
    if (!mayFollow(from, to)) {
      throw failure(
        "PAYMENT_STATE_CONFLICT",
        `a payment cannot go from ${from} to ${to}`,
        {
          details: { from, to },
        },
      );
    }
    this.#database.execute(
      `UPDATE payment SET state = ?, error_code = ?, decline_code = ?, advice_code = ?,
         is_notified = ? WHERE id = ? AND state = ?`,
      [
        to,
        error?.code ?? null,
        error?.declineCode ?? null,
        error?.adviceCode ?? null,
        // Handing over is what the app itself did; there is no outcome to be told.
        to === "handed_over" ? 1 : 0,
        rowId,
        from,
      ],
    );
    const wasOpen = OPEN_STATES.includes(from);
    const isOpen = OPEN_STATES.includes(to);
    if (wasOpen !== isOpen) this.#addToTotal(row.payment, isOpen ? 1 : -1);
    // A failed payment may be sent again by a person, one handed over may have to be exported
    // again: these keep their records.
    if (!isOpen && to !== "failed" && to !== "handed_over") {
      this.destroyRecord(rowId);
    }
    return true;
  }

  /** Destroys the sealed record of a payment that will not be forwarded from here. */
  destroyRecord(rowId: number): void {
    this.#destroyedCount++;
    this.#database.execute("DELETE FROM sealed WHERE payment = ?", [rowId]);
  }

  /** Makes a payment an offline one. */
  markOffline(rowId: number): void {
    this.#database.execute("UPDATE payment SET offline = 1 WHERE id = ?", [
      rowId,
    ]);
  }

  /**
   * Makes every payment whose confirmation was under way when the process died `unknown`: it may
   * have reached Stripe. Returns how many there were.
   */
  recoverInterrupted(): number {
    return this.#database.execute(
      // A confirmation whose decline was read and is not final is not under way. The index is
      // named because SQLite would rather go through everything that is stored.
      `UPDATE payment INDEXED BY payment_interrupted SET state = 'unknown'
       WHERE state = 'stored' AND intent_id IS NOT NULL AND EXISTS(
         SELECT 1 FROM step WHERE step.payment = payment.id AND step.kind = 'confirm'
           AND NOT EXISTS(SELECT 1 FROM presentation WHERE presentation.payment = step.payment
             AND presentation.confirm_generation = step.generation))`,
    );
  }

  /** The first `limit` payments with an outcome that no listener has been told of. */
  unnotified(limit: number): PaymentRow[] {
    return this.#database.query(
      `SELECT ${PAYMENT_COLUMNS} FROM payment INDEXED BY payment_unnotified
       WHERE is_notified = 0 AND state NOT IN ('stored', 'unknown') ORDER BY id LIMIT ?`,
      [limit],
    ).map(readRow);
  }

  /** Remembers that the app was told of the payment's outcome. */
  markNotified(rowId: number): void {
    this.#database.execute("UPDATE payment SET is_notified = 1 WHERE id = ?", [
      rowId,
    ]);
  }

  #one(where: string, parameters: readonly SqlValue[]): PaymentRow | null {
    const rows = this.#database.query(
      `SELECT ${PAYMENT_COLUMNS} FROM payment WHERE ${where}`,
      parameters,
    );
    return rows.length === 0 ? null : readRow(rows[0]);
  }

  #addToTotal(
    payment: {
      account: string;
      isLivemode: boolean;
      currency: string;
      amount: number;
      reader: string | null;
      cardPresent: { brand: string };
    },
    sign: 1 | -1,
  ): void {
    const key = [payment.account, payment.isLivemode ? 1 : 0, payment.currency];
    this.#database.execute(
      "INSERT OR IGNORE INTO total(account, livemode, currency, count, amount) VALUES(?, ?, ?, 0, 0)",
      key,
    );
    this.#database.execute(
      `UPDATE total SET count = count + ?, amount = amount + ?
       WHERE account = ? AND livemode = ? AND currency = ?`,
      [sign, sign * payment.amount, ...key],
    );
    this.#addToPart("brand", payment.cardPresent.brand, payment, sign);
    if (payment.reader !== null) {
      this.#addToPart("reader", payment.reader, payment, sign);
    }
  }

  #addToPart(
    part: "brand" | "reader",
    name: string,
    { account, isLivemode, currency, amount }: {
      account: string;
      isLivemode: boolean;
      currency: string;
      amount: number;
    },
    sign: 1 | -1,
  ): void {
    const key = [part, name, currency, account, isLivemode ? 1 : 0];
    this.#database.execute(
      `INSERT OR IGNORE INTO part_total(part, name, currency, account, livemode, count, amount)
       VALUES(?, ?, ?, ?, ?, 0, 0)`,
      key,
    );
    this.#database.execute(
      `UPDATE part_total SET count = count + ?, amount = amount + ?
       WHERE part = ? AND name = ? AND currency = ? AND account = ? AND livemode = ?`,
      [sign, sign * amount, ...key],
    );
  }
}

/**
 * A query of row ids with its parameters: one state after the other, so that the index gives each
 * in order and none is read whole.
 */
function idsOf(
  states: readonly PaymentState[],
  afterRowId: number,
  limit: number,
  order: "ASC" | "DESC" = "ASC",
): [sql: string, parameters: SqlValue[]] {
  const sql = states.map(() =>
    `SELECT * FROM (SELECT id FROM payment WHERE state = ? AND id > ? ORDER BY id ${order} LIMIT ?)`
  ).join(" UNION ");
  return [sql, states.flatMap((state) => [state, afterRowId, limit])];
}
