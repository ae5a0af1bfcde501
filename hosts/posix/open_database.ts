/**
 * Opening the database file of a server runtime, under its lock.
 *
 * Owns: the order lock → load → open, and that a failed opening leaves no lock behind.
 * @module
 */
import type { Database } from "../../engine/mod.ts";
import { loadSqlite } from "../sqlite/load_sqlite.ts";
import { openSqliteDatabase } from "../sqlite/sqlite_database.ts";
import { createFsDisk } from "./fs_disk.ts";
import type { FileLock } from "./file_lock.ts";

/** Opens `path` with the lock that `acquire` takes; the lock is released when it is closed. */
export async function openPosixDatabase(
  path: string,
  acquire: (path: string) => FileLock,
): Promise<Database> {
  const lock = acquire(`${path}.lock`);
  try {
    return openSqliteDatabase(await loadSqlite(), createFsDisk(), path, {
      capabilities: { isDurable: true, isPersistent: true },
      onClose: () => lock.release(),
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}
