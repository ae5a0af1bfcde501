/**
 * The steps of forwarding, each with a key written down before the first send.
 *
 * Owns: the `step` table, the idempotency keys, and the compare-and-set that lets only the first
 * PaymentIntent id into a payment. A key or its parameters never change after they are written.
 * @module
 */
import type { Database } from "../ports.ts";

/** One verb of the gateway. */
export type StepKind = "create" | "confirm" | "capture" | "cancel";

/** A step that has been written down and may be sent. */
export interface Step {
  kind: StepKind;
  generation: number;
  idempotencyKey: string;
  /** JSON, exactly as first written. */
  parameters: string;
  /** When it was first sent, epoch milliseconds by this device's clock. */
  firstAttemptAtMs: number;
  attempts: number;
  /** True when the server keeps a useless answer for this key: the next try needs a new one. */
  isSpent: boolean;
}

/** Whether a confirmation was written down: from then on the issuer may have been asked. */
export function wasConfirmed(
  steps: Pick<Steps, "latest">,
  rowId: number,
): boolean {
  return steps.latest(rowId, "confirm") !== null;
}

/** Reads and writes the steps of forwarding. */
export class Steps {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The newest generation of a step, or null when it was never begun. */
  latest(rowId: number, kind: StepKind): Step | null {
    const rows = this.#database.query(
      `SELECT generation, idempotency_key, parameters, first_attempt_at_ms, attempts, is_spent
       FROM step
       WHERE payment = ? AND kind = ? ORDER BY generation DESC LIMIT 1`,
      [rowId, kind],
    );
    if (rows.length === 0) return null;
    const [
      generation,
      idempotencyKey,
      parameters,
      firstAttemptAtMs,
      attempts,
      isSpent,
    ] = rows[0];
    return {
      kind,
      generation: generation as number,
      idempotencyKey: idempotencyKey as string,
      parameters: parameters as string,
      firstAttemptAtMs: firstAttemptAtMs as number,
      attempts: attempts as number,
      isSpent: isSpent === 1,
    };
  }

  /** Marks the newest generation of a step as spent. */
  spend(rowId: number, kind: StepKind): void {
    this.#database.execute(
      `UPDATE step SET is_spent = 1 WHERE payment = ? AND kind = ? AND generation =
         (SELECT max(generation) FROM step WHERE payment = ? AND kind = ?)`,
      [rowId, kind, rowId, kind],
    );
  }

  /**
   * Writes the step down, or counts one more attempt of it, and returns what to send. Durable
   * when it returns: the send comes after.
   */
  begin(
    rowId: number,
    kind: StepKind,
    generation: number,
    idempotencyKey: string,
    parameters: string,
    nowMs: number,
  ): Step {
    return this.#database.transaction(() => {
      this.#database.execute(
        `INSERT INTO step(payment, kind, generation, idempotency_key, parameters,
           first_attempt_at_ms, last_attempt_at_ms, attempts) VALUES(?, ?, ?, ?, ?, ?, ?, 1)
         ON CONFLICT(payment, kind, generation) DO UPDATE
           SET attempts = attempts + 1, last_attempt_at_ms = excluded.last_attempt_at_ms`,
        [rowId, kind, generation, idempotencyKey, parameters, nowMs, nowMs],
      );
      return this.latest(rowId, kind)!;
    });
  }

  /**
   * Puts `intentId` into the payment unless another drainer was first; returns the id that
   * stands, which is the only one that may be confirmed.
   */
  adoptIntent(rowId: number, intentId: string): string {
    return this.#database.transaction(() => {
      this.#database.execute(
        "UPDATE payment SET intent_id = ? WHERE id = ? AND intent_id IS NULL",
        [intentId, rowId],
      );
      return this.#database.query(
        "SELECT intent_id FROM payment WHERE id = ?",
        [rowId],
      )[0][
        0
      ] as string;
    });
  }

  /**
   * Lets go of a PaymentIntent that Stripe has canceled, which can never take money; the next
   * confirmation has another key. Call inside a transaction.
   */
  releaseIntent(rowId: number): void {
    this.#database.execute(
      "UPDATE payment SET intent_id = NULL WHERE id = ?",
      [rowId],
    );
    this.spend(rowId, "confirm");
  }

  /** Plans the next attempt and counts this one. */
  plan(rowId: number, nextAttemptAtMs: number): void {
    this.#database.execute(
      "UPDATE payment SET attempts = attempts + 1, next_attempt_at_ms = ? WHERE id = ?",
      [nextAttemptAtMs, rowId],
    );
  }
}
