/**
 * What is at risk on this device, counted where a limit asks for it.
 *
 * Owns: the questions to the open payments, each answered by an index. Part of the transaction
 * that stores a payment, so that no answer is old.
 * @module
 */
import type { Database } from "../ports.ts";

/** Count and sum in one currency. */
export interface OpenTotal {
  count: number;
  amount: number;
}

/** Count and sum of one reader in one currency. */
export interface ReaderTotal extends OpenTotal {
  serialNumber: string;
  currency: string;
}

const OPEN = "state IN ('stored', 'unknown')";

/** Counts open payments. */
export class StoredRisk {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Number of open payments of one card. */
  countOfCard(cardHmac: Uint8Array): number {
    return this.#database.query(
      `SELECT count(*) FROM payment WHERE card_hmac = ? AND ${OPEN}`,
      [cardHmac],
    )[0][0] as number;
  }

  /** Commit time of the oldest open payment, epoch milliseconds, or null when there is none. */
  oldestStoredAtMs(account: string, isLivemode: boolean): number | null {
    return this.#database.query(
      `SELECT min(stored_at_ms) FROM payment WHERE account = ? AND livemode = ? AND ${OPEN}`,
      [account, isLivemode ? 1 : 0],
    )[0][0] as number | null;
  }

  /** Open payments of one brand in one currency, over all accounts. */
  ofBrand(brand: string, currency: string): OpenTotal {
    return this.#total("brand", brand, currency);
  }

  /** Open payments taken by one reader in one currency, over all accounts. */
  ofReader(serialNumber: string, currency: string): OpenTotal {
    return this.#total("reader", serialNumber, currency);
  }

  /** Open payments of one account by reader and currency. */
  byReader(account: string, isLivemode: boolean): ReaderTotal[] {
    return this.#database.query(
      `SELECT name, currency, count, amount FROM part_total
       WHERE part = 'reader' AND account = ? AND livemode = ? AND count > 0
       ORDER BY name, currency`,
      [account, isLivemode ? 1 : 0],
    ).map(([serialNumber, currency, count, amount]) => ({
      serialNumber: serialNumber as string,
      currency: currency as string,
      count: count as number,
      amount: amount as number,
    }));
  }

  #total(
    part: "brand" | "reader",
    value: string,
    currency: string,
  ): OpenTotal {
    const [count, amount] = this.#database.query(
      `SELECT coalesce(sum(count), 0), coalesce(sum(amount), 0) FROM part_total
       WHERE part = ? AND name = ? AND currency = ?`,
      [part, value, currency],
    )[0] as number[];
    return { count, amount };
  }
}
