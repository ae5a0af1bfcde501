/**
 * Refunds asked for by the app.
 *
 * Owns: the `refund` table. A wish has its key on disk before the first send, and stays
 * `requested` until Stripe has answered, or until a person was told that nobody can tell; only then
 * is another wish of the same payment a new one. Whether a person was told is known to this object
 * alone: a process that dies while telling asks again.
 * @module
 */
import type { Refund } from "../gateway.ts";
import type { Database, SqlValue } from "../ports.ts";

/** A refund that Stripe has not answered for. */
export interface OpenRefund {
  id: number;
  /** Names this refund among those of its payment, for ever. */
  wish: string;
  /** Minor units, or null for all that is left. */
  amount: number | null;
  idempotencyKey: string;
}

/** Reads and writes refunds. */
export class Refunds {
  readonly #database: Database;
  /** Wishes of which a person was told that they are unclear. */
  readonly #told = new Set<number>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** The refund of this payment that waits for an answer and not for a person, or null. */
  open(rowId: number): OpenRefund | null {
    const latest = this.#requested(rowId);
    return latest === null || this.isTold(latest) ? null : latest;
  }

  #requested(rowId: number): OpenRefund | null {
    const rows = this.#database.query(
      `SELECT id, wish, amount, idempotency_key FROM refund
       WHERE payment = ? AND status = 'requested' ORDER BY id LIMIT 1`,
      [rowId],
    );
    if (rows.length === 0) return null;
    const [id, wish, amount, idempotencyKey] = rows[0];
    return {
      id: id as number,
      wish: wish as string,
      amount: amount as number | null,
      idempotencyKey: idempotencyKey as string,
    };
  }

  /** Refunds Stripe has made, oldest first. */
  made(rowId: number, currency: string): Refund[] {
    return this.#database.query(
      `SELECT refund_id, status, refunded_amount FROM refund
       WHERE payment = ? AND refund_id IS NOT NULL ORDER BY id`,
      [rowId],
    ).map((values) => readMade(values, currency));
  }

  /** The newest refund made for `wish` or a later one of the same payment and amount, or null. */
  madeSince(
    rowId: number,
    wish: OpenRefund,
    amount: number | null,
    currency: string,
  ): Refund | null {
    const rows = this.#database.query(
      `SELECT refund_id, status, refunded_amount FROM refund
       WHERE payment = ? AND id >= ? AND amount IS ? AND refund_id IS NOT NULL
       ORDER BY id DESC LIMIT 1`,
      [rowId, wish.id, amount],
    );
    return rows.length === 0 ? null : readMade(rows[0], currency);
  }

  /** Whether Stripe's refund of this id is written down already. */
  isKnown(refundId: string): boolean {
    return this.#database.query(
      "SELECT 1 FROM refund WHERE refund_id = ?",
      [refundId],
    ).length > 0;
  }

  /**
   * Writes a wish down and returns it; durable before the first send. It ends one that is unclear:
   * whoever was told of that asks again and has decided. Its name holds the time, so
   * that a store put back from a backup does not give one name to two refunds.
   */
  begin(
    rowId: number,
    amount: number | null,
    newKey: (wish: string) => string,
    nowMs: number,
  ): OpenRefund {
    return this.#database.transaction(() => {
      const unclear = this.#requested(rowId);
      if (unclear !== null) this.#end(unclear, "unclear");
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

  /** Notes what Stripe made of it, unclear or not; false when somebody else has noted it. */
  settle(refund: OpenRefund, made: Refund): boolean {
    return this.#database.execute(
      `UPDATE refund SET refund_id = ?, status = ?, refunded_amount = ?
       WHERE id = ? AND status IN ('requested', 'unclear')`,
      [made.id, made.status, made.amount, refund.id],
    ) > 0;
  }

  /** Ends a wish that Stripe refuses. */
  reject(refund: OpenRefund): void {
    this.#end(refund, "rejected");
  }

  /** Notes that a person is told: nobody knows whether this was made. The next is a new wish. */
  tellUnclear(refund: OpenRefund): void {
    this.#told.add(refund.id);
  }

  /** Whether a person was told that nobody knows whether this was made. */
  isTold({ id }: OpenRefund): boolean {
    return this.#told.has(id);
  }

  #end(refund: OpenRefund, status: "rejected" | "unclear"): void {
    this.#database.execute(
      "UPDATE refund SET status = ? WHERE id = ? AND status = 'requested'",
      [status, refund.id],
    );
  }
}

function readMade(
  [id, status, amount]: readonly SqlValue[],
  currency: string,
): Refund {
  return {
    id: id as string,
    status: status as string,
    amount: amount as number,
    currency,
  };
}
