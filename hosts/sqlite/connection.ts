/**
 * One open SQLite connection, with the settings that make a commit durable.
 *
 * Owns: the order of the pragmas and what each must answer (docs/adr/0004), and the checkpoint
 * before anything is read or written: after a failed sync the log may look complete in memory
 * and be missing on the medium, so its content goes into the database file before anyone relies
 * on it.
 * @module
 */
import { failure } from "../../engine/errors.ts";
import type { SqlValue } from "../../engine/ports.ts";
import { APPLICATION_ID } from "../../engine/store/schema.ts";
import {
  type Disk,
  type DiskFileRole,
  ForeignAccessError,
  isDiskFull,
} from "./disk.ts";
import { translate } from "./failures.ts";
import { findSpoiledFrame } from "./log_check.ts";
import { OPEN, SQLITE } from "./result_codes.ts";
import type { Sqlite } from "./load_sqlite.ts";
import type { Mount, VfsOptions } from "./mount.ts";
import type { Pointer, SqliteWasm } from "./sqlite_module.ts";
import { SqliteFailure, Statements } from "./statements.ts";

/**
 * The longest file whose every page is read at opening, some 25,000 payments: a tenth of a second.
 * A kill harms only pages that the log holds, and these are proven by their checksums.
 * @see docs/adr/0016
 */
const CHECKED_BYTES_MAX = 32 << 20;

/** Options of a {@link Connection}. */
export interface ConnectionOptions extends VfsOptions {
  /**
   * False after a failed sync: the log may then look whole and not be on the medium, so that
   * only a copy of it may be read. @default true
   */
  isLogTrusted?: boolean;
  /** Gives room back on a full disk; returns whether it did. @default there is none to give */
  makeRoom?: () => boolean;
}

/** A connection; throws {@link SqliteFailure}, which the database above translates. */
export class Connection {
  readonly mount: Mount;
  readonly #sqlite: Sqlite;
  readonly #wasm: SqliteWasm;
  readonly #disk: Disk;
  #handle: Pointer = 0;
  #statements: Statements | null = null;
  #isCheckpointDue = false;
  /** The setting to go back to when the log may be long again, or null when it may. */
  #pagesBefore: number | null = null;
  /** The setting to go back to once the file may change again, or null while it may. */
  #frozenPages: number | null = null;

  /**
   * Opens the disk's database and makes what it holds durable.
   *
   * @throws {HoldfastError} `STORE_NOT_HOLDFAST`, `STORE_NOT_ACCESSIBLE`,
   *   `STORE_FOREIGN_ACCESS`, `STORE_CORRUPT`, `STORE_FULL`, `STORE_IO`; nothing stays open.
   */
  constructor(sqlite: Sqlite, disk: Disk, options: ConnectionOptions) {
    const { isLogTrusted = true, makeRoom, ...vfsOptions } = options;
    this.#sqlite = sqlite;
    this.#wasm = sqlite.module.wasm;
    this.#disk = disk;
    this.mount = sqlite.vfs.mount(disk, vfsOptions);
    if (makeRoom !== undefined) this.mount.makeRoom = makeRoom;
    try {
      const hasLog = touchDisk(() => this.#disk.exists("wal"));
      if (hasLog) this.#refuseSpoiledLog();
      const isLogRenewed = hasLog && this.#renewLog(isLogTrusted);
      this.#open();
      this.#configure(hasLog, isLogRenewed);
    } catch (error) {
      const translated = this.#translateOpening(error);
      this.abandon(error);
      throw translated;
    }
  }

  /** The project's error for what has just failed. */
  explain(error: SqliteFailure): Error {
    const words = this.#wasm.exports.sqlite3_errmsg(this.#handle);
    const message = this.#wasm.cstrToJs(words) ?? "";
    return translate(error, { message, diskError: this.mount.takeError() });
  }

  /** False between BEGIN and COMMIT or ROLLBACK, by whomever. */
  get isAutocommit(): boolean {
    return this.#wasm.exports.sqlite3_get_autocommit(this.#handle) !== 0;
  }

  /** Runs one statement and returns its rows. */
  query(sql: string, parameters: readonly SqlValue[] = []): SqlValue[][] {
    return this.#statements!.run(sql, parameters, true);
  }

  /** Runs one statement and returns how many rows it changed. */
  execute(sql: string, parameters: readonly SqlValue[] = []): number {
    const { exports } = this.#wasm;
    const before = exports.sqlite3_total_changes(this.#handle);
    this.#statements!.run(sql, parameters, false);
    const after = exports.sqlite3_total_changes(this.#handle);
    // A statement that changes no rows leaves the figure of the one before it.
    return after === before ? 0 : exports.sqlite3_changes(this.#handle);
  }

  /** Whether the statement cannot change the file. */
  isReadOnly(sql: string): boolean {
    return this.#statements!.isReadOnly(sql);
  }

  /**
   * To be called before a write: does the checkpoint that a full disk forbade at opening.
   *
   * @param isRoomScarce Whether the log must stay short.
   * @throws {HoldfastError} `STORE_FULL` while there is still no room; reading goes on.
   */
  catchUp(isRoomScarce: boolean): void {
    this.#keepLogShort(isRoomScarce);
    if (!this.#isCheckpointDue) return;
    try {
      this.#checkpoint();
    } catch (error) {
      if (!isFull(error)) throw error;
      const cause = this.mount.takeError();
      throw failure("STORE_FULL", "the disk is still full", { cause });
    }
    this.#isCheckpointDue = false;
  }

  #keepLogShort(isShort: boolean): void {
    if (isShort === (this.#pagesBefore !== null)) return;
    // A full disk matters more than a copy that can be made again.
    this.thawFile();
    const [[pages]] = this.query("PRAGMA wal_autocheckpoint");
    const next = isShort ? 1 : this.#pagesBefore;
    this.#pagesBefore = isShort ? pages as number : null;
    this.query(`PRAGMA wal_autocheckpoint = ${next}`);
  }

  /** Whether the database file stays as it is, and only the log grows. */
  get isFrozen(): boolean {
    return this.#frozenPages !== null;
  }

  /** Folds the log in and keeps the file as it is from then on; see {@link catchUp}. */
  freezeFile(isRoomScarce: boolean): void {
    this.catchUp(isRoomScarce);
    this.#checkpoint();
    const [[pages]] = this.query("PRAGMA wal_autocheckpoint");
    this.query("PRAGMA wal_autocheckpoint = 0");
    this.#frozenPages = pages as number;
  }

  /** Lets the log be folded in again. */
  thawFile(): void {
    if (this.#frozenPages === null) return;
    this.query(`PRAGMA wal_autocheckpoint = ${this.#frozenPages}`);
    this.#frozenPages = null;
  }

  /** Folds the log into the file and empties it; false while there is no room for that. */
  purge(): boolean {
    if (this.isFrozen) return false;
    try {
      this.#checkpoint();
      return true;
    } catch (error) {
      if (!isFull(error)) throw error;
      this.mount.takeError();
      return false;
    }
  }

  /**
   * Reads every page once.
   *
   * @throws {HoldfastError} `STORE_CORRUPT`, `STORE_IO`.
   */
  check(): void {
    this.mount.takeError();
    if (this.query("PRAGMA quick_check(1)")[0][0] === "ok") return;
    // The check reports a page it cannot read as if it were damaged.
    const cause = this.mount.takeError();
    throw cause === null
      ? failure(
        "STORE_CORRUPT",
        "the database file is damaged: its check failed",
      )
      : failure("STORE_IO", "the check could not read", { cause });
  }

  /** Checkpoints and closes; one file remains. */
  close(): void {
    this.#closeHandle();
    this.mount.unmount();
  }

  /** Closes without touching the medium any more. */
  abandon(reason: unknown): void {
    this.mount.freeze(reason ?? new Error("abandoned"));
    this.close();
  }

  #closeHandle(): void {
    this.#statements?.finalize();
    this.#statements = null;
    if (this.#handle !== 0) {
      this.#wasm.exports.sqlite3_close_v2(this.#handle);
    }
    this.#handle = 0;
  }

  #open(): void {
    const wasm = this.#wasm;
    const name = wasm.allocCString(this.mount.name);
    const vfsName = wasm.allocCString(this.#sqlite.vfs.name);
    const out = wasm.alloc(4);
    try {
      const flags = OPEN.READWRITE | OPEN.CREATE;
      const code = wasm.exports.sqlite3_open_v2(name, out, flags, vfsName);
      this.#handle = wasm.peekPtr(out);
      if (code !== SQLITE.OK) throw new SqliteFailure(code);
    } finally {
      wasm.dealloc(out);
      wasm.dealloc(vfsName);
      wasm.dealloc(name);
    }
    wasm.exports.sqlite3_extended_result_codes(this.#handle, 1);
    this.#statements = new Statements(wasm, this.#handle);
  }

  #configure(hasLog: boolean, isLogRenewed: boolean): void {
    this.query("PRAGMA page_size = 4096"); // Flash and file systems write 4 KiB at least.
    // Before the first read: without shared memory the log is usable in this mode only.
    this.#require("PRAGMA locking_mode = EXCLUSIVE", "exclusive");
    this.#refuseForeign();
    this.#require("PRAGMA journal_mode = WAL", "wal");
    this.query("PRAGMA synchronous = FULL");
    this.#require("PRAGMA synchronous", 2);
    this.query("PRAGMA secure_delete = ON"); // Freed pages are overwritten with zeroes.
    this.query("PRAGMA foreign_keys = ON");
    // A log at opening means that the last owner did not close: look before the log is folded
    // into what may be damaged.
    if (hasLog && this.#isShort()) this.check();
    try {
      this.#checkpoint();
    } catch (error) {
      if (!isFull(error) || !hasLog) throw error;
      if (!isLogRenewed) touchDisk(() => this.#syncLog());
      this.#isCheckpointDue = true;
    }
  }

  /** Refuses a database that some other program made, before anything in it is changed. */
  #refuseForeign(): void {
    if (this.query("PRAGMA journal_mode")[0][0] === "wal") return;
    const applicationId = this.query("PRAGMA application_id")[0][0];
    const [[tables]] = this.query("SELECT count(*) FROM sqlite_schema");
    if (tables === 0 || applicationId === APPLICATION_ID) return;
    throw failure(
      "STORE_NOT_HOLDFAST",
      "the file is another program's database",
      {
        details: { applicationId: applicationId as number },
      },
    );
  }

  #require(sql: string, expected: SqlValue): void {
    const [[actual]] = this.query(sql);
    if (actual === expected) return;
    throw failure("STORE_IO", `${sql} did not answer ${expected}`);
  }

  #isShort(): boolean {
    const [[pages]] = this.query("PRAGMA page_count");
    const [[pageBytes]] = this.query("PRAGMA page_size");
    return (pages as number) * (pageBytes as number) <= CHECKED_BYTES_MAX;
  }

  #checkpoint(): void {
    const [[isBusy]] = this.query("PRAGMA wal_checkpoint(TRUNCATE)");
    if (isBusy !== 0) {
      throw failure("STORE_IO", "the checkpoint did not finish");
    }
  }

  /** SQLite would drop the commits behind a damaged frame, and say nothing. */
  #refuseSpoiledLog(): void {
    const spoiled = touchDisk(() => {
      const disk = this.#disk;
      return findSpoiledFrame(
        readFile(disk, "wal"),
        (page, bytes) => readFile(disk, "main", (page - 1) * bytes, bytes),
      );
    });
    if (spoiled === null) return;
    const { frame, frames } = spoiled;
    throw failure(
      "STORE_CORRUPT",
      `the log is damaged at frame ${frame} of ${frames}, before payments that were acknowledged`,
      { details: { frame, frames } },
    );
  }

  /**
   * Makes the log durable as it reads, before SQLite reads it. Syncing it again would not do
   * after a failed sync, and neither would the checkpoint alone: a power cut behind it brings
   * back a log without its last frames, whose older pages then replace newer ones.
   *
   * @returns False when there was no room for a copy, and none is needed.
   */
  #renewLog(isLogTrusted: boolean): boolean {
    return touchDisk(() => {
      try {
        this.mount.insist(() => this.#disk.renew("wal"));
        return true;
      } catch (error) {
        if (isLogTrusted && isDiskFull(error)) return false;
        throw error;
      }
    });
  }

  /** Makes durable what the last owner wrote and did not sync. */
  #syncLog(): void {
    const file = this.#disk.open("wal", false);
    try {
      file.sync();
      this.#disk.syncDirectory();
    } finally {
      file.close();
    }
  }

  #translateOpening(error: unknown): unknown {
    if (!(error instanceof SqliteFailure)) return error;
    const explained = this.explain(error);
    const isRefused = (error.code & 0xff) === SQLITE.CANTOPEN;
    if (!isRefused || explained.cause instanceof ForeignAccessError) {
      return explained;
    }
    return failure(
      "STORE_NOT_ACCESSIBLE",
      "the database file cannot be opened",
      {
        details: { resultCode: error.code },
        cause: explained.cause,
      },
    );
  }
}

/**
 * Calls the disk without SQLite between, and so without its result codes. Not even a full disk
 * is STORE_FULL here: the caller may be waiting to learn what became of an earlier commit.
 */
function touchDisk<T>(body: () => T): T {
  try {
    return body();
  } catch (cause) {
    throw failure("STORE_IO", "the device failed while the store was opened", {
      cause,
    });
  }
}

/** Bytes of a file, all of them by default; zeroes where there is none. */
function readFile(
  disk: Disk,
  role: DiskFileRole,
  offset = 0,
  length?: number,
): Uint8Array {
  if (!disk.exists(role)) return new Uint8Array(length ?? 0);
  const file = disk.open(role, false);
  try {
    const bytes = new Uint8Array(length ?? file.byteLength());
    file.read(bytes, offset);
    return bytes;
  } finally {
    file.close();
  }
}

function isFull(error: unknown): boolean {
  return error instanceof SqliteFailure && (error.code & 0xff) === SQLITE.FULL;
}
