/**
 * Reconciliations and orphans in the store.
 *
 * Owns: the `reconciliation` and `orphan` tables. A canceled orphan's key is written before it
 * is sent, as every key is.
 * @module
 */
import type { ReconciliationReport } from "../reconcile/report.ts";
import type { Database } from "../ports.ts";

/** How many reports are kept; a year of daily ones. */
const REPORTS_MAX = 366;

/** Reads and writes what reconciling needs. */
export class Books {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps a report. */
  addReport(report: ReconciliationReport): void {
    this.#database.transaction(() => {
      this.#database.execute(
        "INSERT INTO reconciliation(at_ms, to_ms, is_complete, body) VALUES(?, ?, ?, ?)",
        [
          report.startedAtMs,
          report.toMs,
          report.isComplete ? 1 : 0,
          JSON.stringify(report),
        ],
      );
      this.#database.execute(
        `DELETE FROM reconciliation
         WHERE number <= (SELECT max(number) FROM reconciliation) - ?`,
        [REPORTS_MAX],
      );
    });
  }

  /** Reports, newest first. */
  reports(limit: number): ReconciliationReport[] {
    return this.#database.query(
      "SELECT body FROM reconciliation ORDER BY number DESC LIMIT ?",
      [limit],
    ).map(([body]) => JSON.parse(body as string) as ReconciliationReport);
  }

  /** The newest complete report's start and end of window, or null. */
  lastComplete(): { atMs: number; toMs: number } | null {
    const rows = this.#database.query(
      `SELECT at_ms, to_ms FROM reconciliation WHERE is_complete = 1
       ORDER BY number DESC LIMIT 1`,
    );
    if (rows.length === 0) return null;
    const [atMs, toMs] = rows[0] as number[];
    return { atMs, toMs };
  }

  /**
   * Where the books begin that no complete run has seen: the oldest payment or the first try to
   * reconcile, epoch milliseconds, or null when there is neither.
   */
  beginningMs(): number | null {
    return this.#database.query(
      `SELECT min(at) FROM (SELECT min(created_at_ms) AS at FROM payment
         UNION ALL SELECT min(at_ms) FROM reconciliation)`,
    )[0][0] as number | null;
  }

  /**
   * Payments of `account` that must have an intent at Stripe: with an open question, or
   * forwarded since `fromMs`. Newest first.
   */
  expected(
    account: string,
    isLivemode: boolean,
    fromMs: number,
  ): { rowId: number; intentId: string }[] {
    return this.#database.query(
      // The plus signs leave the owner to the filter: state and time find fewer rows.
      `SELECT id, intent_id FROM payment
       WHERE state IN ('unknown', 'failed') AND intent_id IS NOT NULL
         AND +account = ? AND +livemode = ?
       UNION ALL SELECT id, intent_id FROM payment
       WHERE created_at_ms >= ? AND +state IN ('forwarded', 'captured')
         AND intent_id IS NOT NULL AND +account = ? AND +livemode = ?`,
      [account, isLivemode ? 1 : 0, fromMs, account, isLivemode ? 1 : 0],
    ).map(([rowId, intentId]) => ({
      rowId: rowId as number,
      intentId: intentId as string,
      // Sorted here: for the sake of an order SQLite would walk through all payments.
    })).sort((a, b) => b.rowId - a.rowId);
  }

  /**
   * Writes down that an orphan will be canceled and returns its key; a key older than
   * `keyTrustMs` is replaced by `newKey(generation + 1)`, because Stripe may have forgotten it.
   */
  beginOrphan(
    intentId: string,
    newKey: (generation: number) => string,
    nowMs: number,
    keyTrustMs: number,
  ): string {
    return this.#database.transaction(() => {
      const rows = this.#database.query(
        "SELECT generation, idempotency_key, first_attempt_at_ms FROM orphan WHERE intent_id = ?",
        [intentId],
      );
      const [generation, key, atMs] = (rows[0] ?? [-1, "", 0]) as [
        number,
        string,
        number,
      ];
      const ageMs = nowMs - atMs;
      if (generation >= 0 && ageMs >= 0 && ageMs < keyTrustMs) return key;
      const next = newKey(generation + 1);
      this.#database.execute(
        `INSERT OR REPLACE INTO orphan(intent_id, generation, idempotency_key,
           first_attempt_at_ms, is_canceled) VALUES(?, ?, ?, ?, 0)`,
        [intentId, generation + 1, next, nowMs],
      );
      return next;
    });
  }

  /** Notes that the orphan is canceled. */
  endOrphan(intentId: string): void {
    this.#database.execute(
      "UPDATE orphan SET is_canceled = 1 WHERE intent_id = ?",
      [intentId],
    );
  }
}
