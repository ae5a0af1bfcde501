/**
 * What happened since the last daily close, added up, and the closes that were made.
 *
 * Owns: the `daily_close` table and the sums. A close takes the payments stored after the one
 * before it, by row and not by clock, so that no payment is in two closes or in none. What an
 * issuer says yes to later is counted once too, by lines of the signed log.
 * @module
 */
import type { Database } from "../ports.ts";
import { toHex } from "../uuid.ts";

/** Sum of one currency, brand and outcome. */
export interface CloseTotal {
  currency: string;
  brand: string;
  /** State of the payments, as the app sees it; `handed_over` for all that left and stayed away. */
  outcome: string;
  count: number;
  amount: number;
  /** Tips inside the amount. */
  tip: number;
}

/** Where a chain of this device stood: an anchor to be kept outside it. */
export interface ChainAnchor {
  epoch: number;
  /** The last record's number, 0 before the first. */
  seq: number;
  /** Hash of the last record, lower-case hex. */
  hash: string;
}

/**
 * What left for another device is that device's to count, also where reconciling has told this one
 * that the issuer said yes: otherwise the closes of both would have the same money.
 */
const OUTCOME = "iif(left_as IS NULL, state, 'handed_over')";

/** One account's part of the day book. */
export class DayBook {
  readonly #database: Database;
  readonly #owner: readonly [string, number];

  constructor(
    database: Database,
    owner: { account: string; isLivemode: boolean },
  ) {
    this.#database = database;
    this.#owner = [owner.account, owner.isLivemode ? 1 : 0];
  }

  /** Sums of the payments after a row, by currency, brand and outcome. */
  totals(afterRowId: number): CloseTotal[] {
    return this.#sums("account = ? AND livemode = ? AND id > ?", afterRowId);
  }

  /** Sums of the payments up to a row that still have no outcome. */
  stillOpen(upToRowId: number): CloseTotal[] {
    return this.#sums(
      // The plus signs leave the owner to the filter: what is open is less than what there was.
      "+account = ? AND +livemode = ? AND id <= ? AND state IN ('stored', 'unknown')",
      upToRowId,
    );
  }

  /**
   * Sums of the payments up to a row that got their outcome after a line of the log. What an issuer
   * had said yes to before that line was counted then.
   */
  settledLater(upToRowId: number, afterLine: number): CloseTotal[] {
    return this.#sums(
      `+account = ? AND +livemode = ? AND left_as IS NULL
         AND state IN ('forwarded', 'captured', 'declined', 'failed', 'canceled')
         AND id IN (SELECT payment FROM activity WHERE id > ? AND payment <= ?
           AND kind IN ('forwarded', 'reconciled', 'declined', 'failed', 'canceled'))
         AND NOT EXISTS(SELECT 1 FROM activity AS past
           WHERE past.payment = payment.id AND past.id <= ?
             AND past.kind IN ('forwarded', 'reconciled'))`,
      afterLine,
      upToRowId,
      afterLine,
    );
  }

  /** Row of the newest payment of this account, 0 when there is none. */
  lastRowId(): number {
    return this.#database.query(
      "SELECT coalesce(max(id), 0) FROM payment WHERE account = ? AND livemode = ?",
      [...this.#owner],
    )[0][0] as number;
  }

  /** Every chain of this device, account and mode. */
  anchors(): ChainAnchor[] {
    return this.#database.query(
      `SELECT epoch, next_seq - 1, previous_hash FROM epoch
       WHERE account = ? AND livemode = ?
         AND device_id = (SELECT value FROM meta WHERE key = 'device_id') ORDER BY epoch`,
      [...this.#owner],
    ).map(([epoch, seq, hash]) => ({
      epoch: epoch as number,
      seq: seq as number,
      hash: toHex(hash as Uint8Array),
    }));
  }

  /** The last close of this account: its number and the last row in it. */
  lastClose(): { number: number; lastRowId: number } {
    const rows = this.#database.query(
      `SELECT number, last_payment FROM daily_close
       WHERE json_extract(body, '$.account') = ? AND json_extract(body, '$.isLivemode') = ?
       ORDER BY number DESC LIMIT 1`,
      [...this.#owner],
    );
    return rows.length === 0
      ? { number: 0, lastRowId: 0 }
      : { number: rows[0][0] as number, lastRowId: rows[0][1] as number };
  }

  /** Number of the next close; closes of all accounts on this device count together. */
  nextNumber(): number {
    return this.#database.query(
      "SELECT coalesce(max(number), 0) + 1 FROM daily_close",
    )[0][0] as number;
  }

  /** Keeps a close. */
  add(number: number, atMs: number, lastRowId: number, body: string): void {
    this.#database.execute(
      "INSERT INTO daily_close(number, at_ms, last_payment, body) VALUES(?, ?, ?, ?)",
      [number, atMs, lastRowId, body],
    );
  }

  /** Kept closes as they were written, the newest first. */
  bodies(limit: number): string[] {
    return this.#database.query(
      `SELECT body FROM daily_close
       WHERE json_extract(body, '$.account') = ? AND json_extract(body, '$.isLivemode') = ?
       ORDER BY number DESC LIMIT ?`,
      [...this.#owner, limit],
    ).map(([body]) => body as string);
  }

  #sums(where: string, ...values: readonly number[]): CloseTotal[] {
    return this.#database.query(
      `SELECT currency, brand, ${OUTCOME} AS outcome, count(*), sum(amount),
         sum(coalesce(json_extract(terms, '$.tip'), 0))
       FROM payment WHERE ${where}
       GROUP BY currency, brand, outcome ORDER BY currency, brand, outcome`,
      [...this.#owner, ...values],
    ).map(([currency, brand, outcome, count, amount, tip]) => ({
      currency: currency as string,
      brand: brand as string,
      outcome: outcome as string,
      count: count as number,
      amount: amount as number,
      tip: tip as number,
    }));
  }
}
