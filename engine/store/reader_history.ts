/**
 * Which readers were connected, where, and when with a connection to Stripe.
 *
 * Owns: the `reader_connection` table. One row per reader and Location; the newest online
 * connection is all that the rules of offline connecting ask for.
 * @module
 */
import type { Database, SqlValue } from "../ports.ts";
import type { DeviceType } from "../reader/mod.ts";

/** The last online connection of one reader at one Location. */
export interface RememberedReader {
  locationId: string;
  serialNumber: string;
  deviceType: DeviceType;
  softwareVersion: string;
  /** Address in the local network, or null. */
  address: string | null;
  /** When it was last connected while Stripe could be reached, epoch milliseconds. */
  onlineAtMs: number;
}

/** Reads and writes the connections of one account and mode. */
export class ReaderHistory {
  readonly #database: Database;
  readonly #owner: readonly [string, number];

  constructor(
    database: Database,
    owner: { account: string; isLivemode: boolean },
  ) {
    this.#database = database;
    this.#owner = [owner.account, owner.isLivemode ? 1 : 0];
  }

  /** Remembers an online connection. */
  record(reader: RememberedReader): void {
    this.#database.execute(
      `INSERT OR REPLACE INTO reader_connection(account, livemode, location, serial_number,
         device_type, software_version, address, online_at_ms) VALUES(?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        ...this.#owner,
        reader.locationId,
        reader.serialNumber,
        reader.deviceType,
        reader.softwareVersion,
        reader.address,
        reader.onlineAtMs,
      ],
    );
  }

  /** Every remembered reader of this account and mode, the newest connection first. */
  all(): RememberedReader[] {
    return this.#database.query(
      `SELECT location, serial_number, device_type, software_version, address, online_at_ms
       FROM reader_connection WHERE account = ? AND livemode = ?
       ORDER BY online_at_ms DESC, serial_number`,
      [...this.#owner],
    ).map(read);
  }
}

function read(row: readonly SqlValue[]): RememberedReader {
  const [locationId, serialNumber, deviceType, version, address, atMs] = row;
  return {
    locationId: locationId as string,
    serialNumber: serialNumber as string,
    deviceType: deviceType as DeviceType,
    softwareVersion: version as string,
    address: address as string | null,
    onlineAtMs: atMs as number,
  };
}
