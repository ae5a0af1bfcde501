/**
 * Opening the database file of this machine, with one owner at a time.
 *
 * Owns: the order of lock and file, and the note in the lock file that tells a second process
 * who the first one is. The lock is the operating system's and dies with its owner; the note is
 * only read when the lock is held, so a stale one is never believed. The lock file is never
 * removed: whoever had it open would hold a lock on a name that others make anew.
 * @see docs/adr/0003
 * @module
 */
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { failure, HoldfastError } from "../../engine/errors.ts";
import type { Database } from "../../engine/ports.ts";
import { SqliteDatabase } from "../sqlite/sqlite_database.ts";
import { loadSqlite, type Sqlite } from "../sqlite/load_sqlite.ts";
import { FsDisk } from "./fs_disk.ts";

/**
 * Takes an exclusive lock that the system releases when this process ends, however it ends.
 *
 * @returns A function that releases it, or null when somebody else holds it.
 */
export type LockProvider = (lockPath: string) => (() => void) | null;

/**
 * The helper that locks for Node may outlive its killed parent by a moment, holding the lock; a
 * tenth of a second is many times what it needs to exit.
 */
const LOCK_ATTEMPTS = 3;
const LOCK_RETRY_MS = 50;

/** Options of {@link openPosixDatabase}. */
export interface PosixDatabaseOptions {
  /** A loaded SQLite to share, which saves 40 ms and its memory. @default one of its own */
  sqlite?: Sqlite;
}

/**
 * Opens or creates the database at `path`; its folder must exist.
 *
 * @param lock    The runtime's own way to lock a file.
 * @param runtime Name for the note to a second process.
 * @throws {HoldfastError} `STORE_IN_USE` with `details.pid` and `details.runtime` of the holder;
 *   `STORE_NOT_ACCESSIBLE`, `STORE_LOCK_UNAVAILABLE`, `STORE_FOREIGN_ACCESS`,
 *   `STORE_NOT_HOLDFAST`, `STORE_CORRUPT`, `STORE_FULL`, `STORE_IO`.
 */
export async function openPosixDatabase(
  path: string,
  lock: LockProvider,
  runtime: string,
  options: PosixDatabaseOptions = {},
): Promise<Database> {
  const sqlite = options.sqlite ?? await loadSqlite();
  const realPath = resolvePath(path);
  const lockPath = `${realPath}.lock`;
  const release = await takeLock(lockPath, lock);
  try {
    writeFileSync(lockPath, `${process.pid} ${runtime}\n`, { mode: 0o600 });
    return new SqliteDatabase(sqlite, new FsDisk(realPath, release));
  } catch (error) {
    release();
    throw error instanceof HoldfastError ? error : inaccessible(error);
  }
}

/** One name per file: a link to the store must lead to the same lock. */
function resolvePath(path: string): string {
  try {
    if (existsSync(path)) return realpathSync(path);
    return join(realpathSync(dirname(path)), basename(path));
  } catch (error) {
    throw inaccessible(error);
  }
}

async function takeLock(
  lockPath: string,
  lock: LockProvider,
): Promise<() => void> {
  for (let attempt = 1; attempt <= LOCK_ATTEMPTS; attempt++) {
    if (attempt > 1) await sleep(LOCK_RETRY_MS);
    try {
      const release = lock(lockPath);
      if (release !== null) return release;
    } catch (error) {
      throw error instanceof HoldfastError ? error : inaccessible(error);
    }
  }
  const [pid, runtime] = readFileSync(lockPath, "utf8").trim().split(" ");
  // Between taking the lock and writing the note there is nothing to read.
  const holder = runtime ? `process ${pid} (${runtime})` : "another process";
  throw failure("STORE_IN_USE", `the store is held by ${holder}`, {
    details: { pid: Number(pid) || null, runtime: runtime ?? null },
  });
}

function inaccessible(cause: unknown): HoldfastError {
  const { code = null } = cause as { code?: string | null };
  return failure(
    "STORE_NOT_ACCESSIBLE",
    `the store cannot be opened (${code})`,
    {
      cause,
      details: { code },
    },
  );
}
