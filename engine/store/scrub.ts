/**
 * Ending the ciphertexts that nobody may need any more, while the terminal runs.
 *
 * Owns: when the log is emptied. `secure_delete` overwrites what is freed in the database file,
 * but the write-ahead log still holds the pages as they were; folding it into the file ends them.
 * It costs a few syncs, so while a queue drains it is done once a batch, not once an outcome.
 * @see https://www.sqlite.org/pragma.html#pragma_wal_checkpoint (read 2026-11-24)
 * @module
 */
import { HoldfastError } from "../errors.ts";
import type { Database } from "../ports.ts";
import type { Payments } from "./payments.ts";

/** Destroyed ciphertexts that may be left in the log while more outcomes are coming. */
const BATCH_COUNT = 64;

/** Empties the log of one store. */
export class Scrubber {
  readonly #database: Pick<Database, "purge">;
  readonly #payments: Pick<Payments, "destroyedCount">;
  #doneCount = 0;

  constructor(
    database: Pick<Database, "purge">,
    payments: Pick<Payments, "destroyedCount">,
  ) {
    this.#database = database;
    this.#payments = payments;
  }

  /**
   * To be called after every outcome, outside a transaction.
   *
   * @param isCalm Whether no further outcome is on its way: the queue is empty or offline.
   * @returns      Whether it emptied the log.
   */
  look(isCalm: boolean): boolean {
    const { destroyedCount } = this.#payments;
    const waiting = destroyedCount - this.#doneCount;
    if (waiting === 0 || !isCalm && waiting < BATCH_COUNT) return false;
    try {
      if (!this.#database.purge()) return false;
    } catch (error) {
      // The outcome behind it stands, so it must not seem to have failed: whoever uses the
      // poisoned connection next opens it again, and what is left here is tried again.
      if (error instanceof HoldfastError) return false;
      throw error;
    }
    this.#doneCount = destroyedCount;
    return true;
  }
}
