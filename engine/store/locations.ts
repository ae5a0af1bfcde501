/**
 * Locations as Stripe described them last, kept for the time without a connection.
 *
 * Owns: the `location` table.
 * @module
 */
import type { LocationSettings } from "../backend.ts";
import type { Database } from "../ports.ts";

/** A Location and when it was fetched. */
export interface CachedLocation extends LocationSettings {
  /** Epoch milliseconds by this device's clock. */
  fetchedAtMs: number;
}

/** Reads and writes the cached Locations of one account and mode. */
export class Locations {
  readonly #database: Database;
  readonly #owner: readonly [string, number];

  constructor(
    database: Database,
    owner: { account: string; isLivemode: boolean },
  ) {
    this.#database = database;
    this.#owner = [owner.account, owner.isLivemode ? 1 : 0];
  }

  /** The Location as it was fetched last, or null when it never was. */
  get(id: string): CachedLocation | null {
    const rows = this.#database.query(
      `SELECT display_name, country, configuration_id, is_offline_enabled, tipping,
         fetched_at_ms FROM location WHERE account = ? AND livemode = ? AND id = ?`,
      [...this.#owner, id],
    );
    if (rows.length === 0) return null;
    const [displayName, country, configurationId, isEnabled, tipping, atMs] =
      rows[0];
    return {
      id,
      displayName: displayName as string,
      country: country as string,
      configurationId: configurationId as string | null,
      isOfflineEnabled: isEnabled === 1,
      tipping: JSON.parse(tipping as string) as LocationSettings["tipping"],
      fetchedAtMs: atMs as number,
    };
  }

  /** Keeps what was fetched in place of what was known. */
  put(location: LocationSettings, fetchedAtMs: number): void {
    this.#database.execute(
      `INSERT OR REPLACE INTO location(account, livemode, id, display_name, country,
         configuration_id, is_offline_enabled, tipping, fetched_at_ms)
       VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        ...this.#owner,
        location.id,
        location.displayName,
        location.country,
        location.configurationId,
        location.isOfflineEnabled ? 1 : 0,
        JSON.stringify(location.tipping),
        fetchedAtMs,
      ],
    );
  }
}
