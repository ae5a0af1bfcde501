/**
 * Refunds asked for by the app.
 *
 * Owns: the `refund` table. A wish has its key on disk before the first send, and stays
 * `requested` until Stripe has answered; only then is another wish of the same payment a new one.
 * @module
 */
import type { Refund } from "../gateway.ts";
import type { Database } from "../ports.ts";

/** A refund that Stripe has not answered for. */
export interface OpenRefund {
  id: number;
  /** Names this refund among those of its payment, for ever. */
  wish: string;
  /** Minor units, or null for all that is left. */
  amount: number | null;
  generation: number;
  idempotencyKey: string;
}

/** Reads and writes refunds. */
export class Refunds {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The refund of this payment that waits for an answer, or null. */
  open(rowId: number): OpenRefund | null {
    const rows = this.#database.query(
      `SELECT id, wish, amount, generation, idempotency_key FROM refund
       WHERE payment = ? AND status = 'requested' ORDER BY id LIMIT 1`,
      [rowId],
    );
    if (rows.length === 0) return null;
    const [id, wish, amount, generation, idempotencyKey] = rows[0];
    return {
      id: id as number,
      wish: wish as string,
      amount: amount as number | null,
      generation: generation as number,
      idempotencyKey: idempotencyKey as string,
    };
  }

  /** Refunds Stripe has made, oldest first. */
  made(rowId: number, currency: string): Refund[] {
    return this.#database.query(
      `SELECT refund_id, status, refunded_amount FROM refund
       WHERE payment = ? AND refund_id IS NOT NULL ORDER BY id`,
      [rowId],
    ).map(([id, status, amount]) => ({
      id: id as string,
      status: status as string,
      amount: amount as number,
      currency,
    }));
  }

  /** Whether Stripe's refund of this id is written down already. */
  isKnown(refundId: string): boolean {
    return this.#database.query(
      "SELECT 1 FROM refund WHERE refund_id = ?",
      [refundId],
    ).length > 0;
  }

  /**
   * Writes a wish down and returns it; durable before the first send. Its name holds the time, so
   * that a store put back from a backup does not give one name to two refunds.
   */
  begin(
    rowId: number,
    amount: number | null,
    newKey: (wish: string) => string,
    nowMs: number,
  ): OpenRefund {
    return this.#database.transaction(() => {
      const [[count]] = this.#database.query(
        "SELECT count(*) FROM refund WHERE payment = ?",
        [rowId],
      );
      const wish = `${count}-${nowMs.toString(36)}`;
      this.#database.execute(
        `INSERT INTO refund(payment, wish, amount, idempotency_key, first_attempt_at_ms, status)
         VALUES(?, ?, ?, ?, ?, 'requested')`,
        [rowId, wish, amount, newKey(wish), nowMs],
      );
      return this.open(rowId)!;
    });
  }

  /** Gives a wish another key, because the last one cannot be used any more. */
  renew(refund: OpenRefund, key: string, nowMs: number): void {
    this.#database.execute(
      `UPDATE refund SET generation = generation + 1, idempotency_key = ?,
         first_attempt_at_ms = ? WHERE id = ? AND generation = ?`,
      [key, nowMs, refund.id, refund.generation],
    );
  }

  /** Notes what Stripe made of it; false when somebody else has noted it. */
  settle(refund: OpenRefund, made: Refund): boolean {
    return this.#database.execute(
      `UPDATE refund SET refund_id = ?, status = ?, refunded_amount = ?
       WHERE id = ? AND status = 'requested'`,
      [made.id, made.status, made.amount, refund.id],
    ) > 0;
  }

  /** Ends a wish that Stripe refuses (`rejected`) or that nobody can answer for (`unclear`). */
  end(refund: OpenRefund, status: "rejected" | "unclear"): void {
    this.#database.execute(
      "UPDATE refund SET status = ? WHERE id = ? AND status = 'requested'",
      [status, refund.id],
    );
  }
}
