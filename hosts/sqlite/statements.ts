/**
 * Prepared statements: cache, parameters, rows.
 *
 * Owns: the border between JavaScript values and SQLite cells. Rows are read through the raw
 * exports, which is 2.4 to 4 times faster than the package's own row objects (docs/adr/0002).
 * @module
 */
import type { SqlValue } from "../../engine/ports.ts";
import { CELL, PREPARE_PERSISTENT, SQLITE, TRANSIENT } from "./result_codes.ts";
import type { Pointer, SqliteExports, SqliteWasm } from "./sqlite_module.ts";

/** The engine has some 60 statements; beyond this the least recently used one is dropped. */
const CACHE_COUNT_MAX = 128;
const SCRATCH_BYTES_MIN = 4096;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Tells the caller that SQLite refused with `code` (extended). */
export class SqliteFailure extends Error {
  override name = "SqliteFailure";
  /** Extended result code. */
  readonly code: number;
  /** True when the statement did not compile, so that SQLite's words quote the SQL only. */
  readonly isCompiling: boolean;

  /** Makes a failure; `isCompiling` defaults to false. */
  constructor(code: number, isCompiling = false) {
    super(`SQLite result code ${code}`);
    this.code = code;
    this.isCompiling = isCompiling;
  }
}

/** The statements of one connection. */
export class Statements {
  readonly #wasm: SqliteWasm;
  readonly #exports: SqliteExports;
  readonly #database: Pointer;
  readonly #cache = new Map<string, Pointer>();
  readonly #out: Pointer;
  #scratch: Pointer;
  #scratchBytes = SCRATCH_BYTES_MIN;

  /** Makes the cache for the open connection `database`. */
  constructor(wasm: SqliteWasm, database: Pointer) {
    this.#wasm = wasm;
    this.#exports = wasm.exports;
    this.#database = database;
    this.#out = wasm.alloc(8);
    this.#scratch = wasm.alloc(SCRATCH_BYTES_MIN);
  }

  /**
   * Runs one statement to its end and returns its rows, or ignores them.
   *
   * @throws {SqliteFailure} with the result code; the statement is reset and can run again.
   * @throws {TypeError|RangeError} when a parameter is no SQL value or the count is wrong.
   */
  run(
    sql: string,
    parameters: readonly SqlValue[],
    isReadingRows: boolean,
  ): SqlValue[][] {
    // Some pragmas take effect while they are compiled, so they are compiled every time.
    // https://www.sqlite.org/pragma.html (read 2026-11-24)
    const isPragma = /^\s*PRAGMA\b/i.test(sql);
    const statement = isPragma ? this.#compile(sql) : this.#prepare(sql);
    const rows: SqlValue[][] = [];
    try {
      this.#bindAll(statement, parameters);
      const columnCount = this.#exports.sqlite3_column_count(statement);
      for (;;) {
        const code = this.#exports.sqlite3_step(statement);
        if (code === SQLITE.DONE) return rows;
        if (code !== SQLITE.ROW) throw this.#failure(code);
        if (isReadingRows) rows.push(this.#row(statement, columnCount));
      }
    } finally {
      this.#exports.sqlite3_reset(statement);
      this.#exports.sqlite3_clear_bindings(statement);
      if (isPragma) this.#exports.sqlite3_finalize(statement);
    }
  }

  /** Whether the statement cannot change the database file; throws as {@link run}. */
  isReadOnly(sql: string): boolean {
    return this.#exports.sqlite3_stmt_readonly(this.#prepare(sql)) !== 0;
  }

  /** Ends every statement and gives their memory back. */
  finalize(): void {
    for (const statement of this.#cache.values()) {
      this.#exports.sqlite3_finalize(statement);
    }
    this.#cache.clear();
    this.#wasm.dealloc(this.#out);
    this.#wasm.dealloc(this.#scratch);
  }

  #failure(code: number, isCompiling = false): SqliteFailure {
    const extended = this.#exports.sqlite3_extended_errcode(this.#database);
    // The connection's code belongs to this failure only while the primary codes agree.
    const isSame = (extended & 0xff) === (code & 0xff);
    return new SqliteFailure(isSame ? extended : code, isCompiling);
  }

  #prepare(sql: string): Pointer {
    const known = this.#cache.get(sql);
    if (known !== undefined) {
      // Insertion order is the order of use.
      this.#cache.delete(sql);
      this.#cache.set(sql, known);
      return known;
    }
    const statement = this.#compile(sql);
    this.#cache.set(sql, statement);
    if (this.#cache.size > CACHE_COUNT_MAX) {
      const [oldest, pointer] = this.#cache.entries().next().value!;
      this.#cache.delete(oldest);
      this.#exports.sqlite3_finalize(pointer);
    }
    return statement;
  }

  #compile(sql: string): Pointer {
    const source = this.#wasm.allocCString(sql);
    try {
      const code = this.#exports.sqlite3_prepare_v3(
        this.#database,
        source,
        -1,
        PREPARE_PERSISTENT,
        this.#out,
        this.#out + 4,
      );
      const statement = this.#wasm.peekPtr(this.#out);
      const tail = this.#wasm.peekPtr(this.#out + 4);
      if (code !== SQLITE.OK) throw this.#failure(code, true);
      const rest = this.#wasm.cstrToJs(tail) ?? "";
      if (statement === 0 || !/^[\s;]*$/.test(rest)) {
        this.#exports.sqlite3_finalize(statement);
        throw new RangeError("sql must be exactly one statement");
      }
      return statement;
    } finally {
      this.#wasm.dealloc(source);
    }
  }

  #bindAll(statement: Pointer, parameters: readonly SqlValue[]): void {
    const expected = this.#exports.sqlite3_bind_parameter_count(statement);
    if (parameters.length !== expected) {
      throw new RangeError(
        `sql has ${expected} parameters, ${parameters.length} were given`,
      );
    }
    for (let i = 0; i < expected; i++) {
      const code = this.#bind(statement, i + 1, parameters[i]);
      if (code !== SQLITE.OK) throw this.#failure(code);
    }
  }

  #bind(statement: Pointer, index: number, value: SqlValue): number {
    if (value === null) {
      return this.#exports.sqlite3_bind_null(statement, index);
    }
    if (typeof value === "number") {
      return this.#bindNumber(statement, index, value);
    }
    if (typeof value === "string") {
      const bytes = encoder.encode(value);
      const text = this.#copyIn(bytes);
      const { length } = bytes;
      return this.#exports
        .sqlite3_bind_text(statement, index, text, length, TRANSIENT);
    }
    if (value instanceof Uint8Array) {
      const blob = this.#copyIn(value);
      const { length } = value;
      return this.#exports
        .sqlite3_bind_blob(statement, index, blob, length, TRANSIENT);
    }
    throw new TypeError(`parameter ${index} is no SQL value`);
  }

  #bindNumber(statement: Pointer, index: number, value: number): number {
    if ((value | 0) === value) {
      return this.#exports.sqlite3_bind_int(statement, index, value);
    }
    if (Number.isSafeInteger(value)) {
      return this.#exports
        .sqlite3_bind_int64(statement, index, BigInt(value));
    }
    if (Number.isInteger(value) || !Number.isFinite(value)) {
      throw new RangeError(`parameter ${index} is no safe number`);
    }
    return this.#exports.sqlite3_bind_double(statement, index, value);
  }

  /** Copies bytes into SQLite's memory; valid until the next call. */
  #copyIn(bytes: Uint8Array): Pointer {
    if (bytes.length > this.#scratchBytes) {
      this.#wasm.dealloc(this.#scratch);
      this.#scratch = this.#scratchBytes = 0; // In case there is no memory.
      this.#scratch = this.#wasm.alloc(bytes.length * 2);
      this.#scratchBytes = bytes.length * 2;
    }
    this.#wasm.heap8u().set(bytes, this.#scratch);
    return this.#scratch;
  }

  #row(statement: Pointer, columnCount: number): SqlValue[] {
    const row = new Array<SqlValue>(columnCount);
    for (let i = 0; i < columnCount; i++) row[i] = this.#cell(statement, i);
    return row;
  }

  #cell(statement: Pointer, column: number): SqlValue {
    const { exports } = this.#wasm;
    switch (exports.sqlite3_column_type(statement, column)) {
      case CELL.NULL:
        return null;
      case CELL.INTEGER: {
        // A safe integer survives the detour over a double exactly; any other ends up unsafe.
        const value = exports.sqlite3_column_double(statement, column);
        if (Number.isSafeInteger(value)) return value;
        throw new RangeError(`column ${column} holds an integer beyond 2^53`);
      }
      case CELL.FLOAT:
        return exports.sqlite3_column_double(statement, column);
      case CELL.TEXT: {
        const start = exports.sqlite3_column_text(statement, column);
        return decoder.decode(this.#copyOut(statement, column, start));
      }
      default: {
        const start = exports.sqlite3_column_blob(statement, column);
        return this.#copyOut(statement, column, start);
      }
    }
  }

  #copyOut(statement: Pointer, column: number, start: Pointer): Uint8Array {
    const length = this.#exports.sqlite3_column_bytes(statement, column);
    const offset = start >>> 0;
    return this.#wasm.heap8u().slice(offset, offset + length);
  }
}
