/**
 * Declines after which a payment is presented again.
 *
 * Owns: the `presentation` table: at most one row for each generation of the confirmation, so
 * that a decline read twice counts once. The payment stays open, with the decline as its error.
 * @module
 */
import type { PaymentError } from "../payment.ts";
import type { Database } from "../ports.ts";

/** Reads and writes declines that are not final. */
export class Presentations {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** How often the payment was declined without being final. */
  count(rowId: number): number {
    return this.#database.query(
      "SELECT count(*) FROM presentation WHERE payment = ?",
      [rowId],
    )[0][0] as number;
  }

  /** When the confirmation after this generation may be sent, epoch milliseconds, or null. */
  notBeforeMs(rowId: number, confirmGeneration: number): number | null {
    const rows = this.#database.query(
      `SELECT not_before_ms FROM presentation
       WHERE payment = ? AND confirm_generation = ?`,
      [rowId, confirmGeneration],
    );
    return rows.length === 0 ? null : rows[0][0] as number;
  }

  /** Notes a decline and shows it on the open payment; call inside a transaction. */
  add(
    rowId: number,
    confirmGeneration: number,
    error: PaymentError,
    nowMs: number,
    notBeforeMs: number,
  ): void {
    const { code, declineCode, adviceCode } = error;
    this.#database.execute(
      `INSERT INTO presentation(payment, number, confirm_generation, code, decline_code,
         advice_code, declined_at_ms, not_before_ms) VALUES(?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        ...[rowId, this.count(rowId) + 1, confirmGeneration],
        ...[code, declineCode, adviceCode, nowMs, notBeforeMs],
      ],
    );
    this.#database.execute(
      `UPDATE payment SET error_code = ?, decline_code = ?, advice_code = ?
       WHERE id = ? AND state IN ('stored', 'unknown')`,
      [code, declineCode, adviceCode, rowId],
    );
  }
}
