/**
 * SQLite's numbers that this project handles, by their names in sqlite3.h.
 *
 * @see https://www.sqlite.org/rescode.html, https://www.sqlite.org/c3ref/c_open_autoproxy.html
 *   (read 2026-11-24)
 * @module
 */

/** Result codes; the low byte of an extended code is its primary code. */
export const SQLITE = {
  OK: 0,
  ERROR: 1,
  LOCKED: 6,
  CORRUPT: 11,
  NOTFOUND: 12,
  FULL: 13,
  CANTOPEN: 14,
  SCHEMA: 17,
  TOOBIG: 18,
  CONSTRAINT: 19,
  MISMATCH: 20,
  MISUSE: 21,
  RANGE: 25,
  NOTADB: 26,
  ROW: 100,
  DONE: 101,
  // Extended codes of SQLITE_IOERR.
  IOERR_READ: 266,
  IOERR_SHORT_READ: 522,
  IOERR_WRITE: 778,
  IOERR_FSYNC: 1034,
  IOERR_DIR_FSYNC: 1290,
  IOERR_TRUNCATE: 1546,
  IOERR_FSTAT: 1802,
  IOERR_DELETE: 2570,
  IOERR_ACCESS: 3338,
  IOERR_CLOSE: 4106,
  IOERR_DELETE_NOENT: 5898,
} as const;

/** Flags of sqlite3_open_v2. */
export const OPEN = {
  READWRITE: 0x2,
  CREATE: 0x4,
} as const;

/** Cell types of sqlite3_column_type. */
export const CELL = {
  INTEGER: 1,
  FLOAT: 2,
  TEXT: 3,
  BLOB: 4,
  NULL: 5,
} as const;

/** SQLITE_PREPARE_PERSISTENT: the statement is kept and used again. */
export const PREPARE_PERSISTENT = 1;
/** SQLITE_TRANSIENT: SQLite copies what is bound before the call returns. */
export const TRANSIENT = -1;
