/**
 * SQLite's WASM build as far as this project uses it.
 *
 * Owns: the one place that knows the package's shape. The package's own database classes are
 * not used: they print SQL text to the console on every failing step and read rows 1.7 to 4
 * times slower than the calls below (docs/adr/0002).
 * @module
 */
/** A pointer into SQLite's memory. */
export type Pointer = number;

/** SQLite's C functions as the module exports them; 64-bit integers are BigInt. */
export interface SqliteExports {
  sqlite3_step(statement: Pointer): number;
  sqlite3_reset(statement: Pointer): number;
  sqlite3_finalize(statement: Pointer): number;
  sqlite3_clear_bindings(statement: Pointer): number;
  sqlite3_bind_parameter_count(statement: Pointer): number;
  sqlite3_bind_null(statement: Pointer, index: number): number;
  sqlite3_bind_int(statement: Pointer, index: number, value: number): number;
  sqlite3_bind_int64(
    statement: Pointer,
    index: number,
    value: bigint,
  ): number;
  sqlite3_bind_double(
    statement: Pointer,
    index: number,
    value: number,
  ): number;
  sqlite3_bind_text(
    statement: Pointer,
    index: number,
    text: Pointer,
    length: number,
    destructor: number,
  ): number;
  sqlite3_bind_blob(
    statement: Pointer,
    index: number,
    bytes: Pointer,
    length: number,
    destructor: number,
  ): number;
  sqlite3_column_count(statement: Pointer): number;
  sqlite3_column_type(statement: Pointer, column: number): number;
  sqlite3_column_double(statement: Pointer, column: number): number;
  sqlite3_column_text(statement: Pointer, column: number): Pointer;
  sqlite3_column_blob(statement: Pointer, column: number): Pointer;
  sqlite3_column_bytes(statement: Pointer, column: number): number;
  sqlite3_stmt_readonly(statement: Pointer): number;
  sqlite3_open_v2(
    name: Pointer,
    outDatabase: Pointer,
    flags: number,
    vfsName: Pointer,
  ): number;
  sqlite3_close_v2(database: Pointer): number;
  sqlite3_prepare_v3(
    database: Pointer,
    sql: Pointer,
    length: number,
    flags: number,
    outStatement: Pointer,
    outTail: Pointer,
  ): number;
  sqlite3_errmsg(database: Pointer): Pointer;
  sqlite3_extended_errcode(database: Pointer): number;
  sqlite3_extended_result_codes(database: Pointer, isOn: number): number;
  sqlite3_changes(database: Pointer): number;
  sqlite3_total_changes(database: Pointer): number;
  sqlite3_get_autocommit(database: Pointer): number;
}

/** The package's view of its memory and its struct bindings, as far as used here. */
export interface SqliteWasm {
  readonly exports: SqliteExports;
  heap8u(): Uint8Array;
  alloc(byteLength: number): Pointer;
  dealloc(pointer: Pointer): void;
  allocCString(text: string): Pointer;
  cstrToJs(pointer: Pointer): string | null;
  peekPtr(pointer: Pointer): Pointer;
  poke32(pointer: Pointer, value: number): unknown;
  poke64(pointer: Pointer, value: bigint): unknown;
  poke64f(pointer: Pointer, value: number): unknown;
}

/** A C struct made by the package: `$field` accessors and a pointer. */
export interface SqliteStruct {
  readonly pointer: Pointer;
  dispose(): void;
  [field: `$${string}`]: number;
}

/** The package's static object, as far as used here. */
export interface SqliteStatic {
  readonly wasm: SqliteWasm;
  readonly capi: {
    sqlite3_vfs: new (pointer?: Pointer) => SqliteStruct;
    sqlite3_io_methods: new (pointer?: Pointer) => SqliteStruct;
    sqlite3_file:
      & (new (pointer?: Pointer) => SqliteStruct)
      & { structInfo: { sizeof: number } };
  };
  readonly vfs: {
    installVfs(description: {
      io: { struct: SqliteStruct; methods: object };
      vfs: { struct: SqliteStruct; methods: object; name: string };
    }): void;
  };
  readonly config: Record<string, unknown>;
}
