/** Sums of what is open: as the store keeps them, and counted anew. @module */
import type { Database, SqlValue } from "../../engine/ports.ts";

const OPEN = "state IN ('stored', 'unknown')";

/** Every sum by what it is a sum of; the two sources must agree. */
export function openTotalsOf(
  database: Database,
  source: "kept" | "counted",
): SqlValue[][] {
  const sums = "account, livemode, currency, count(*), sum(amount)";
  return database.query(
    source === "kept"
      ? `SELECT '', '', account, livemode, currency, count, amount FROM total WHERE count > 0
         UNION ALL SELECT part, name, account, livemode, currency, count, amount FROM part_total
         WHERE count > 0 ORDER BY 1, 2, 3, 4, 5`
      : `SELECT '', '', ${sums} FROM payment WHERE ${OPEN} GROUP BY account, livemode, currency
         UNION ALL SELECT 'reader', reader, ${sums} FROM payment
         WHERE ${OPEN} AND reader IS NOT NULL GROUP BY reader, account, livemode, currency
         UNION ALL SELECT 'brand', brand, ${sums} FROM payment
         WHERE ${OPEN} AND brand IS NOT NULL GROUP BY brand, account, livemode, currency
         ORDER BY 1, 2, 3, 4, 5`,
  );
}
