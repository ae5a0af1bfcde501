/**
 * Loading SQLite's own WebAssembly build.
 *
 * Owns: that it stays silent. By default it prints the SQL text of every failing statement.
 * @module
 */
import init, { type Sqlite3Static } from "@sqlite.org/sqlite-wasm";

/** Compiles and instantiates SQLite; each call makes an instance of its own. */
export async function loadSqlite(): Promise<Sqlite3Static> {
  const quiet = (): void => {};
  const start = init as unknown as (
    options: { print: () => void; printErr: () => void },
  ) => Promise<Sqlite3Static>;
  const sqlite3 = await start({ print: quiet, printErr: quiet });
  Object.assign(sqlite3.config, {
    log: quiet,
    warn: quiet,
    error: quiet,
    debug: quiet,
  });
  return sqlite3;
}
