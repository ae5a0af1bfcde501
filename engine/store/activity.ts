/**
 * The timeline of every payment and of the store itself.
 *
 * Owns: the `activity` table. Bodies are facts for people, in JSON, and never card data.
 * @module
 */
import type { Clock, Database } from "../ports.ts";

/** One line of a timeline. */
export interface Activity {
  atMs: number;
  kind: string;
  body: Readonly<Record<string, string | number | boolean | null>>;
}

/** Writes and reads timelines. */
export class ActivityLog {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Adds a line; part of the caller's transaction where there is one. */
  add(kind: string, rowId: number | null, body: Activity["body"] = {}): void {
    this.#database.execute(
      "INSERT INTO activity(at_ms, kind, payment, body) VALUES(?, ?, ?, ?)",
      [this.#clock.nowMs(), kind, rowId, JSON.stringify(body)],
    );
  }

  /** All lines of one payment, oldest first. */
  ofPayment(rowId: number): Activity[] {
    return this.#database.query(
      "SELECT at_ms, kind, body FROM activity WHERE payment = ? ORDER BY id",
      [rowId],
    ).map(([atMs, kind, body]) => ({
      atMs: atMs as number,
      kind: kind as string,
      body: JSON.parse(body as string) as Activity["body"],
    }));
  }
}
