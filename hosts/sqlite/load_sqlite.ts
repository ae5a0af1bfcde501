/**
 * Loading SQLite's WASM build, silent and with this project's VFS.
 * @module
 */
import init from "@sqlite.org/sqlite-wasm";
import type { SqliteStatic } from "./sqlite_module.ts";
import { Vfs } from "./vfs.ts";

/** One SQLite with a memory of its own. */
export interface Sqlite {
  /** The package's static object. */
  readonly module: SqliteStatic;
  /** The VFS through which every database of this instance is opened. */
  readonly vfs: Vfs;
}

/**
 * Loads a new instance of SQLite with a memory of its own.
 *
 * @param wasmBinary The module's bytes where it cannot be read beside the package.
 * @returns          The instance, which prints nothing: it would print SQL text.
 */
export async function loadSqlite(
  wasmBinary?: Uint8Array,
): Promise<Sqlite> {
  const load = init as unknown as (
    options: object,
  ) => Promise<SqliteStatic>;
  const silence = (): void => {};
  const sqlite = await load({
    print: silence,
    printErr: silence,
    ...(wasmBinary === undefined ? {} : { wasmBinary }),
  });
  for (const level of ["log", "warn", "error", "debug"]) {
    sqlite.config[level] = silence;
  }
  return { module: sqlite, vfs: new Vfs(sqlite) };
}
