/**
 * The store on Node.
 * @module
 */
import type { Database } from "../../engine/mod.ts";
import { openPosixDatabase } from "../posix/open_database.ts";
import { acquireNodeLock } from "./lock.ts";

/**
 * Opens the database file at `path` and makes it when it is not there.
 *
 * @throws {HoldfastError} `STORE_IN_USE`, `STORE_NOT_HOLDFAST`, `STORE_CORRUPT`, `STORE_IO`.
 */
export function openNodeDatabase(path: string): Promise<Database> {
  return openPosixDatabase(path, acquireNodeLock);
}
