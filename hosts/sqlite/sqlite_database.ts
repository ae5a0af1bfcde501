/**
 * The engine's `Database` port over SQLite-WASM and a disk.
 *
 * Owns: the pragmas that make "committed" mean "on disk", the opening ritual, and the rule that
 * after a failed write nothing is believed until the file was opened again. One connection, one
 * writer; the process lock is the host's and is held before this is opened.
 * @module
 */
import type {
  Database as Oo1Database,
  PreparedStatement,
  Sqlite3Static,
} from "@sqlite.org/sqlite-wasm";
import {
  type Database,
  type DatabaseCapabilities,
  failure,
  HoldfastError,
  type SqlValue,
} from "../../engine/mod.ts";
import type { Disk } from "./disk.ts";
import { type InstalledVfs, installVfs } from "./vfs.ts";

/** What the opener knows of the disk and must be told at the end. */
export interface SqliteDatabaseOptions {
  capabilities: DatabaseCapabilities;
  /** Called once, after the file was closed: releases the lock. */
  onClose: () => void;
}

/** Opens the database file `path` on `disk`; the caller already holds its lock. */
export function openSqliteDatabase(
  sqlite3: Sqlite3Static,
  disk: Disk,
  path: string,
  options: SqliteDatabaseOptions,
): SqliteDatabase {
  return new SqliteDatabase(sqlite3, disk, path, options);
}

/** A {@link Database}; made by {@link openSqliteDatabase}. */
export class SqliteDatabase implements Database {
  readonly capabilities: DatabaseCapabilities;
  readonly #sqlite3: Sqlite3Static;
  readonly #disk: Disk;
  readonly #path: string;
  readonly #onClose: () => void;
  readonly #statements = new Map<string, PreparedStatement>();
  #vfs: InstalledVfs | null = null;
  #db: Oo1Database | null = null;
  #isPoisoned = false;
  #isInTransaction = false;
  #isClosed = false;

  constructor(
    sqlite3: Sqlite3Static,
    disk: Disk,
    path: string,
    options: SqliteDatabaseOptions,
  ) {
    this.capabilities = options.capabilities;
    this.#sqlite3 = sqlite3;
    this.#disk = disk;
    this.#path = path;
    this.#onClose = options.onClose;
    this.#open();
  }

  /** What the VFS has gone through since the file was last opened. */
  get vfsState(): InstalledVfs["state"] {
    return this.#vfs!.state;
  }

  execute(sql: string, parameters: readonly SqlValue[] = []): number {
    return this.#run(sql, parameters, (statement) => {
      while (statement.step());
      return this.#db!.changes() as number;
    });
  }

  query(sql: string, parameters: readonly SqlValue[] = []): SqlValue[][] {
    return this.#run(sql, parameters, (statement) => {
      const rows: SqlValue[][] = [];
      while (statement.step()) rows.push(readRow(statement));
      return rows;
    });
  }

  transaction<T>(body: () => T): T {
    this.#assertUsable();
    if (this.#isInTransaction) throw new Error("transactions do not nest");
    this.execute("BEGIN IMMEDIATE");
    this.#isInTransaction = true;
    try {
      const value = body();
      this.#commit();
      return value;
    } catch (error) {
      this.#rollback();
      throw error;
    } finally {
      this.#isInTransaction = false;
    }
  }

  reopen(): void {
    this.#shut();
    this.#open();
  }

  freeBytes(): number | null {
    return this.#disk.freeBytes(this.#path);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      // At rest there is one file, and no old frame in a WAL holds destroyed ciphertext.
      if (!this.#isPoisoned) this.#checkpoint();
    } finally {
      this.#shut();
      this.#onClose();
    }
  }

  #open(): void {
    this.#isPoisoned = false;
    this.#vfs = installVfs(this.#sqlite3, this.#disk, freeName(this.#sqlite3));
    try {
      this.#db = new this.#sqlite3.oo1.DB({
        filename: this.#path,
        flags: "c",
        vfs: this.#vfs.name,
      });
      this.query("PRAGMA page_size = 4096");
      // EXCLUSIVE first: without shared memory WAL is only possible in that mode.
      this.query("PRAGMA locking_mode = EXCLUSIVE");
      this.#expect("PRAGMA journal_mode = WAL", "wal");
      this.query("PRAGMA synchronous = FULL");
      this.#expect("PRAGMA synchronous", 2);
      this.query("PRAGMA secure_delete = ON");
      this.query("PRAGMA foreign_keys = ON");
      // After a failed fsync the page cache may show what the disk never got; writing everything
      // through before the first sale is what makes a reopened file trustworthy.
      this.#checkpoint();
      const verdict = this.query("PRAGMA quick_check(1)")[0][0];
      if (verdict !== "ok") {
        throw failure("STORE_CORRUPT", "the store's quick check failed");
      }
    } catch (error) {
      this.#shut();
      throw error;
    }
  }

  #expect(pragma: string, expected: SqlValue): void {
    const actual = this.query(pragma)[0][0];
    if (actual === expected) return;
    throw failure(
      "STORE_IO",
      `${pragma} answered ${actual}, expected ${expected}`,
    );
  }

  #checkpoint(): void {
    try {
      const [isBusy] = this.query("PRAGMA wal_checkpoint(TRUNCATE)")[0];
      if (isBusy !== 0) {
        throw failure("STORE_IO", "the write-ahead log could not be emptied");
      }
    } catch (error) {
      // A full disk must not keep stored payments from being read and forwarded.
      if (!(error instanceof HoldfastError) || error.code !== "STORE_FULL") {
        throw error;
      }
    }
  }

  /** Commits; any failure here leaves the outcome open, and only the disk knows it. */
  #commit(): void {
    try {
      this.execute("COMMIT");
    } catch (cause) {
      this.#isPoisoned = true;
      throw failure(
        "STORE_COMMIT_UNKNOWN",
        "the commit failed; it may or may not be on disk",
        {
          cause,
        },
      );
    }
  }

  #rollback(): void {
    if (this.#isPoisoned || this.#db === null) return;
    // SQLite has rolled back by itself after some errors.
    if (this.#sqlite3.capi.sqlite3_get_autocommit(this.#db.pointer!) !== 0) {
      return;
    }
    this.execute("ROLLBACK");
  }

  #run<T>(
    sql: string,
    parameters: readonly SqlValue[],
    use: (statement: PreparedStatement) => T,
  ): T {
    this.#assertUsable();
    let statement: PreparedStatement | undefined;
    try {
      statement = this.#prepare(sql);
      if (parameters.length > 0) statement.bind([...parameters]);
      return use(statement);
    } catch (error) {
      throw this.#translate(error);
    } finally {
      if (statement !== undefined) this.#release(statement);
    }
  }

  #prepare(sql: string): PreparedStatement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db!.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Values are cleared too: a bound blob must not outlive its call. */
  #release(statement: PreparedStatement): void {
    try {
      statement.reset(true);
    } catch (error) {
      // `reset` repeats the error of the step before it, which was reported already.
      if (this.#resultCode(error) === null) throw error;
    }
  }

  #translate(error: unknown): unknown {
    const code = this.#resultCode(error);
    if (code === null) return error;
    const { capi } = this.#sqlite3;
    const details = { sqlite: code };
    switch (code & 0xff) {
      case capi.SQLITE_FULL:
        return failure("STORE_FULL", "the disk is full; nothing was written", {
          details,
        });
      case capi.SQLITE_CONSTRAINT: {
        // The message names tables and columns, never values.
        const constraint =
          /failed: ([\w., ]+)/.exec((error as Error).message)?.[1] ?? "unknown";
        return failure("STORE_CONSTRAINT", `a row breaks ${constraint}`, {
          details: { ...details, constraint },
        });
      }
      case capi.SQLITE_NOTADB:
        return failure("STORE_NOT_HOLDFAST", "the file is no database", {
          details,
        });
      case capi.SQLITE_CORRUPT:
        this.#isPoisoned = true;
        return failure("STORE_CORRUPT", "the database file is damaged", {
          details,
        });
      case capi.SQLITE_IOERR:
      case capi.SQLITE_CANTOPEN:
      case capi.SQLITE_READONLY:
        this.#isPoisoned = true;
        return failure("STORE_IO", "the device failed", {
          details,
          cause: this.#vfs?.state.lastError,
        });
      default:
        return error;
    }
  }

  #resultCode(error: unknown): number | null {
    return error instanceof this.#sqlite3.SQLite3Error
      ? error.resultCode
      : null;
  }

  #shut(): void {
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    this.#db?.close();
    this.#db = null;
    this.#vfs?.uninstall();
    this.#vfs = null;
  }

  #assertUsable(): void {
    if (this.#db === null) throw failure("STORE_CLOSED", "the store is closed");
    if (this.#isPoisoned || this.#vfs!.state.poison !== null) {
      throw failure(
        "STORE_POISONED",
        "the device failed a write or a sync before",
      );
    }
  }
}

function readRow(statement: PreparedStatement): SqlValue[] {
  return (statement.get([]) as unknown[]).map((value) => {
    if (typeof value !== "bigint") return value as SqlValue;
    throw new RangeError("an integer beyond 2^53 in the store");
  });
}

function freeName(sqlite3: Sqlite3Static): string {
  for (let n = 1;; n++) {
    const name = `holdfast-${n}`;
    if (!sqlite3.capi.sqlite3_vfs_find(name)) return name;
  }
}
