/**
 * The database of a Node process.
 * @module
 */
import type { Database } from "../../engine/ports.ts";
import { openPosixDatabase } from "../posix/store.ts";
import type { PosixDatabaseOptions } from "../posix/store.ts";
import { lockFile } from "./lock.ts";

/** Opens or creates the database at `path`; errors as `openPosixDatabase`. */
export function openNodeDatabase(
  path: string,
  options: PosixDatabaseOptions = {},
): Promise<Database> {
  return openPosixDatabase(path, lockFile, "node", options);
}
