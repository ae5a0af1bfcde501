/**
 * A store with very many open payments, made in seconds by SQL.
 *
 * Owns: rows that are like real ones in everything that lists, limits and the order look at.
 * Their records are noise of the usual length: nobody can open them, and nothing here does.
 * @module
 */
import type { Database } from "../../engine/ports.ts";

/** A sealed chip transaction with its header, as the simulated reader's cards give it. */
const RECORD_BYTES = 700;
const CARDS = 20_000;

/** `n` of the row, and from it whatever differs between payments. */
const ROWS = `WITH RECURSIVE row(n) AS (
  SELECT 1 UNION ALL SELECT n + 1 FROM row LIMIT ?)`;

/**
 * Adds `count` stored payments, once, to a store that a terminal of this account has opened; one
 * in a hundred belongs to another account, and three readers and three brands take turns.
 */
export function fillStore(
  database: Database,
  account: string,
  count: number,
  nowMs: number,
): void {
  database.transaction(() => {
    const [[firstId]] = database.query(
      "SELECT coalesce(max(id), 0) FROM payment",
    ) as number[][];
    // A chain of its own, older than the one that goes on.
    database.execute(
      `INSERT INTO epoch SELECT 0, account, livemode, device_id, key_id, recipient_key, genesis,
         ? + 1, previous_hash, secret_wrapped FROM epoch ORDER BY epoch DESC LIMIT 1`,
      [count],
    );
    database.execute(
      `${ROWS} INSERT INTO payment(id, local_id, epoch, seq, state, account, livemode, amount,
         currency, capture_method, metadata, card_present, card_hmac, card_transaction_hmac,
         record_hash, offline, created_at_ms, stored_at_ms, next_attempt_at_ms, reader)
       SELECT ? + n, randomblob(16), 0, n, 'stored',
         iif(n % 100 = 0, 'acct_other', ?), 0, 500 + n % 5000,
         iif(n % 3 = 0, 'eur', 'usd'), 'automatic', '{}',
         json_object('brand', iif(n % 3 = 0, 'visa', iif(n % 3 = 1, 'mastercard', 'amex')),
           'last4', '4242', 'funding', 'credit', 'country', 'US', 'readMethod', 'contact_emv'),
         CAST(printf('card%012d', n % ${CARDS}) AS BLOB), randomblob(16), randomblob(32), 1,
         ? + n, ? + n, ? + n, 'reader-' || (n % 3)
       FROM row`,
      [
        ...[count, firstId, account],
        ...[nowMs - count, nowMs - count, nowMs - count],
      ],
    );
    database.execute(
      `${ROWS} INSERT INTO sealed SELECT ? + n, randomblob(${RECORD_BYTES}) FROM row`,
      [count, firstId],
    );
    countAgain(database);
  });
}

/** The running totals, as they must be for what is stored. */
function countAgain(database: Database): void {
  database.execute("DELETE FROM total");
  database.execute(
    `INSERT INTO total SELECT account, livemode, currency, count(*), sum(amount) FROM payment
     WHERE state IN ('stored', 'unknown') GROUP BY account, livemode, currency`,
  );
  database.execute("DELETE FROM part_total");
  for (const part of ["reader", "brand"]) {
    database.execute(
      `INSERT INTO part_total
       SELECT '${part}', ${part}, currency, account, livemode, count(*), sum(amount)
       FROM payment WHERE state IN ('stored', 'unknown') AND ${part} IS NOT NULL
       GROUP BY ${part}, currency, account, livemode`,
    );
  }
}
