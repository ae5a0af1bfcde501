/**
 * The engine's `Database` port on SQLite over any {@link Disk}.
 *
 * Owns: what a failure means for the caller. A statement inside a transaction that finds the
 * disk full has written nothing. A failed COMMIT, and a failed statement that commits by itself,
 * leave the outcome open: the commit record may be in the log although the call failed, so the
 * connection is poisoned and only reopening the file tells. The same goes for a commit that
 * succeeded while the checkpoint behind it could not be synced.
 * @see https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
 *   (read 2026-11-24), docs/adr/0004
 * @module
 */
import { failure, type HoldfastError } from "../../engine/errors.ts";
import type {
  Database,
  DatabaseCapabilities,
  DatabaseSnapshot,
  SqlValue,
} from "../../engine/ports.ts";
import { Connection } from "./connection.ts";
import type { Disk } from "./disk.ts";
import { SQLITE } from "./result_codes.ts";
import type { Sqlite } from "./load_sqlite.ts";
import type { VfsOptions } from "./mount.ts";
import { SqliteFailure } from "./statements.ts";

/** A database over a disk; it owns the disk and releases it when closed. */
export class SqliteDatabase implements Database {
  readonly #sqlite: Sqlite;
  readonly #disk: Disk;
  readonly #options: VfsOptions;
  /** Whether a part of the reserve is known to be missing. */
  #isRoomScarce = false;
  readonly #makeRoom = (): boolean => {
    const isGiven = this.#disk.spendReserve();
    this.#isRoomScarce ||= isGiven;
    return isGiven;
  };
  #connection: Connection | null = null;
  #isClosed = false;
  /** False from a failed sync until a checkpoint has made up for it. */
  #isLogTrusted = true;
  #isInTransaction = false;
  /** Where the files were copied when they were found damaged; null until then. */
  #quarantine: { folder: string | null } | null = null;
  /** Why SQLite rolled the current transaction back by itself. */
  #abortError: unknown = null;

  /**
   * Opens the database.
   *
   * @throws {HoldfastError} as {@link Connection}; the disk is then the caller's to release.
   */
  constructor(sqlite: Sqlite, disk: Disk, options: VfsOptions = {}) {
    this.#sqlite = sqlite;
    this.#disk = disk;
    this.#options = options;
    this.#connection = this.#connect(true);
  }

  get capabilities(): DatabaseCapabilities {
    return this.#disk.capabilities;
  }

  execute(sql: string, parameters: readonly SqlValue[] = []): number {
    return this.#run((connection) => {
      this.#prepareWrite(connection, sql);
      return connection.execute(sql, parameters);
    });
  }

  query(sql: string, parameters: readonly SqlValue[] = []): SqlValue[][] {
    return this.#run((connection) => {
      this.#prepareWrite(connection, sql);
      return connection.query(sql, parameters);
    });
  }

  transaction<T>(body: () => T): T {
    if (this.#isInTransaction) throw new Error("transaction is not reentrant");
    this.#run((connection) => {
      connection.catchUp(this.#isRoomScarce);
      connection.execute("BEGIN IMMEDIATE");
    });
    this.#isInTransaction = true;
    this.#abortError = null;
    try {
      const value = body();
      if (value instanceof Promise) {
        throw new TypeError("transaction takes a synchronous body");
      }
      if (this.#abortError !== null) throw this.#abortError;
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
    this.#assertOpen();
    if (this.#isInTransaction) throw new Error("reopen inside a transaction");
    const old = this.#connection;
    this.#connection = null;
    if (old !== null) {
      if (old.mount.hasSyncFailed) this.#isLogTrusted = false;
      old.abandon(new Error("reopened"));
    }
    this.#connection = this.#connect(this.#isLogTrusted);
    this.#isLogTrusted = true;
  }

  purge(): boolean {
    if (this.#isInTransaction) throw new Error("purge inside a transaction");
    return this.#run((connection) => connection.purge());
  }

  snapshot(): DatabaseSnapshot {
    if (this.#isInTransaction) throw new Error("snapshot inside a transaction");
    const connection = this.#use();
    if (connection.isFrozen) throw new Error("there is a snapshot already");
    this.#run(() => connection.freezeFile(this.#isRoomScarce));
    const file = this.#disk.open("main", false);
    const byteLength = file.byteLength();
    let isClosed = false;
    return {
      byteLength,
      read: (target, offset): number => {
        if (this.#connection !== connection || !connection.isFrozen) {
          throw failure(
            "BACKUP_INTERRUPTED",
            "the store had to change its file while it was copied",
          );
        }
        const room = Math.max(0, byteLength - offset);
        return file.read(target.subarray(0, room), offset);
      },
      close: (): void => {
        if (isClosed) return;
        isClosed = true;
        file.close();
        if (this.#connection === connection) {
          this.#run(() => connection.thawFile());
        }
      },
    };
  }

  freeBytes(): number | null {
    this.#assertOpen();
    try {
      const missing = this.#disk.holdReserve();
      this.#isRoomScarce = missing > 0;
      return missing > 0 ? -missing : this.#disk.freeBytes();
    } catch (cause) {
      throw failure("STORE_IO", "the device failed while room was set aside", {
        cause,
      });
    }
  }

  check(): void {
    if (this.#isInTransaction) throw new Error("check inside a transaction");
    try {
      this.#run((connection) => connection.check());
    } catch (error) {
      throw this.#setAside(error);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const connection = this.#connection;
    this.#connection = null;
    try {
      connection?.close();
    } finally {
      this.#disk.release();
    }
  }

  #connect(isLogTrusted: boolean): Connection {
    try {
      return new Connection(this.#sqlite, this.#disk, {
        ...this.#options,
        isLogTrusted,
        makeRoom: this.#makeRoom,
      });
    } catch (error) {
      throw this.#setAside(error);
    }
  }

  /** Has a damaged database copied before anybody does anything to it; once. */
  #setAside(error: unknown): unknown {
    const { code, details, message, cause } = error as HoldfastError;
    if (code !== "STORE_CORRUPT" || this.#disk.setAside === undefined) {
      return error;
    }
    this.#quarantine ??= { folder: this.#disk.setAside() };
    const { folder } = this.#quarantine;
    const where = folder === null
      ? "no copy of its files was made"
      : `a copy of its files is in ${folder}`;
    return failure("STORE_CORRUPT", `${message}; ${where}`, {
      details: { ...details, quarantine: folder },
      cause,
    });
  }

  #assertOpen(): void {
    if (this.#isClosed) throw failure("STORE_CLOSED", "the store is closed");
  }

  #use(): Connection {
    this.#assertOpen();
    const connection = this.#connection;
    if (connection === null || connection.mount.poison !== null) {
      throw failure("STORE_POISONED", "an earlier write failed; reopen first", {
        cause: connection?.mount.poison,
      });
    }
    if (this.#isInTransaction && this.#abortError !== null) {
      throw this.#abortError;
    }
    return connection;
  }

  #run<T>(body: (connection: Connection) => T): T {
    const connection = this.#use();
    connection.mount.takeError();
    const isCommitting = !this.#isInTransaction;
    try {
      const value = body(connection);
      // The checkpoint behind a commit may fail without SQLite saying so.
      if (isCommitting && connection.mount.poison !== null) {
        throw this.#unknown(connection, connection.mount.poison);
      }
      return value;
    } catch (error) {
      if (!(error instanceof SqliteFailure)) throw error;
      throw this.#explain(connection, error, isCommitting);
    }
  }

  /** A statement that writes on its own needs what a transaction needs. */
  #prepareWrite(connection: Connection, sql: string): void {
    if (!this.#isInTransaction && !connection.isReadOnly(sql)) {
      connection.catchUp(this.#isRoomScarce);
    }
  }

  #explain(
    connection: Connection,
    error: SqliteFailure,
    isCommitting: boolean,
  ): Error {
    const { mount } = connection;
    const translated = this.#setAside(connection.explain(error)) as Error;
    const code = (translated as Partial<HoldfastError>).code;
    if (code === "STORE_FULL" && isCommitting) {
      return this.#unknown(connection, translated);
    }
    if (code === "STORE_IO" || code === "STORE_FOREIGN_ACCESS") {
      mount.freeze(translated);
    }
    if (this.#isInTransaction && connection.isAutocommit) {
      this.#abortError ??= translated;
    }
    return translated;
  }

  #unknown(connection: Connection, cause: unknown): HoldfastError {
    connection.mount.freeze(cause);
    return failure(
      "STORE_COMMIT_UNKNOWN",
      "the device failed while the commit was written",
      { cause },
    );
  }

  #commit(): void {
    const connection = this.#use();
    try {
      connection.execute("COMMIT");
    } catch (error) {
      if (!(error instanceof SqliteFailure)) throw error;
      const translated = this.#setAside(connection.explain(error));
      // A deferred foreign key; the transaction is still open and is rolled back.
      if ((error.code & 0xff) === SQLITE.CONSTRAINT) throw translated;
      throw this.#unknown(connection, translated);
    }
    if (connection.mount.poison !== null) {
      throw this.#unknown(connection, connection.mount.poison);
    }
  }

  #rollback(): void {
    const connection = this.#connection;
    if (connection === null || connection.isAutocommit) return;
    try {
      connection.execute("ROLLBACK");
    } catch (error) {
      // The caller gets the first error; nothing is used again before it is reopened.
      connection.mount.freeze(error);
    }
  }
}
