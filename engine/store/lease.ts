/**
 * One drainer at a time, with a fencing token.
 *
 * Owns: the `lease` table. The file lock already keeps other processes out; the lease keeps a
 * second forwarder of the same process, or one that slept past its time, from acting.
 * @module
 */
import type { Database } from "../ports.ts";

/** Proof of having been the holder; every write of a drain checks it is still the newest. */
export interface Lease {
  name: string;
  token: number;
}

/** Grants leases out of the database. */
export class Leases {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Takes the lease when it is free, expired, or `isTakeover`; returns null when it is held. */
  acquire(
    name: string,
    holder: string,
    nowMs: number,
    durationMs: number,
    isTakeover: boolean,
  ): Lease | null {
    return this.#database.transaction(() => {
      const rows = this.#database.query(
        "SELECT token, expires_at_ms FROM lease WHERE name = ?",
        [name],
      );
      const [token, expiresAtMs] = rows.length === 0
        ? [0, 0]
        : rows[0] as number[];
      // An expiry far in the future means the clock went back, not that someone holds it.
      const isHeld = nowMs < expiresAtMs && expiresAtMs - nowMs <= durationMs;
      if (isHeld && !isTakeover) return null;
      this.#database.execute(
        "INSERT OR REPLACE INTO lease(name, token, holder, expires_at_ms) VALUES(?, ?, ?, ?)",
        [name, token + 1, holder, nowMs + durationMs],
      );
      return { name, token: token + 1 };
    });
  }

  /** Extends the lease; false when someone else has taken it. */
  renew(lease: Lease, nowMs: number, durationMs: number): boolean {
    return this.#database.execute(
      "UPDATE lease SET expires_at_ms = ? WHERE name = ? AND token = ?",
      [nowMs + durationMs, lease.name, lease.token],
    ) === 1;
  }

  /** Whether the lease is still the newest; call inside the transaction that acts on it. */
  isCurrent(lease: Lease): boolean {
    return this.#database.query(
      "SELECT 1 FROM lease WHERE name = ? AND token = ?",
      [lease.name, lease.token],
    ).length === 1;
  }

  /** Gives the lease back. */
  release(lease: Lease): void {
    this.#database.execute(
      "UPDATE lease SET expires_at_ms = 0 WHERE name = ? AND token = ?",
      [lease.name, lease.token],
    );
  }
}
