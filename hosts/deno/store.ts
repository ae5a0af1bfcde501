/**
 * The store on Deno.
 * @module
 */
import type { Database } from "../../engine/mod.ts";
import { openPosixDatabase } from "../posix/open_database.ts";
import { acquireDenoLock } from "./lock.ts";

/**
 * Opens the database file at `path` and makes it when it is not there.
 *
 * @throws {HoldfastError} `STORE_IN_USE`, `STORE_NOT_HOLDFAST`, `STORE_CORRUPT`, `STORE_IO`.
 */
export function openDenoDatabase(path: string): Promise<Database> {
  return openPosixDatabase(path, acquireDenoLock);
}
