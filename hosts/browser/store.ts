/**
 * The store of a browser, opened in a dedicated Worker.
 *
 * Owns: waiting for handles that a tab which has just died still holds for a moment.
 * @module
 */
import { type Database, failure } from "../../engine/mod.ts";
import { SqliteDatabase } from "../sqlite/sqlite_database.ts";
import { OpfsDisk } from "./opfs_disk.ts";
import { loadBrowserSqlite } from "./sqlite_file.ts";

/**
 * How long the handles of a dead tab may linger. As a rule it is some milliseconds; on a busy
 * machine a new leader that gives up after one would leave all tabs without a store.
 */
const LINGER_MS = 5_000;
const RETRY_MS = 20;

/** The Web Lock of whoever has the store `name` open, across all tabs. */
export function storeLock(name: string): string {
  return `holdfast:${name}`;
}

/** A store that can be asked whether it still is what it was. */
export interface BrowserDatabase extends Database {
  /** Asks the browser anew what it promises; `capabilities` then say it. */
  refresh(): Promise<void>;
}

/**
 * Opens or creates the store `name` of this origin.
 *
 * @param wasmBinary SQLite's module, where a bundler does not put it beside the script.
 * @param lingerMs   How long handles that somebody has are waited for, milliseconds.
 * @throws {HoldfastError} `SQLITE_NOT_LOADED`; `STORE_IN_USE` when another Worker keeps it open;
 *   `STORE_NOT_ACCESSIBLE` when the browser gives no file system; store errors.
 */
export async function openBrowserDatabase(
  name: string,
  wasmBinary?: Uint8Array,
  lingerMs = LINGER_MS,
): Promise<BrowserDatabase> {
  if (!/^[\w-]{1,64}$/.test(name)) {
    throw failure("INVALID_ARGUMENT", "expected 1..64 letters or digits", {
      field: "name",
    });
  }
  const sqlite = await loadBrowserSqlite(wasmBinary);
  const disk = await openDisk(name, lingerMs);
  try {
    const database = new SqliteDatabase(sqlite, disk);
    return Object.assign(database, { refresh: () => disk.refresh() });
  } catch (error) {
    disk.release();
    throw error;
  }
}

async function openDisk(name: string, lingerMs: number): Promise<OpfsDisk> {
  const deadline = performance.now() + lingerMs;
  for (;;) {
    try {
      return await OpfsDisk.open(name);
    } catch (cause) {
      const isHeld = cause instanceof DOMException &&
        cause.name === "NoModificationAllowedError";
      if (!isHeld) {
        throw failure(
          "STORE_NOT_ACCESSIBLE",
          "the browser does not give its private file system",
          { cause },
        );
      }
      if (performance.now() > deadline) {
        throw failure("STORE_IN_USE", "another tab holds the store");
      }
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
