/**
 * SQLite's module as a browser gets it.
 *
 * Owns: telling what is wrong where it cannot be had. A web server that answers everything with
 * its start page, a bundler that leaves the module behind and a policy that forbids WebAssembly
 * all end in a compiler's error otherwise.
 * @see https://www.w3.org/TR/CSP3/#can-compile-wasm-bytes
 * @module
 */
import { failure } from "../../engine/errors.ts";
import { loadSqlite, type Sqlite } from "../sqlite/load_sqlite.ts";

/** `\0asm`, version 1: the smallest module there is, and how every one begins. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/**
 * Refuses where WebAssembly may not run, before anything is fetched.
 *
 * @throws {HoldfastError} `WASM_REFUSED`.
 */
export async function assertWasmAllowed(): Promise<void> {
  try {
    await WebAssembly.compile(EMPTY_MODULE);
  } catch (cause) {
    throw failure(
      "WASM_REFUSED",
      "the content security policy of the Worker forbids WebAssembly",
      { cause },
    );
  }
}

/**
 * Fetches the module from `url`; its type does not matter, its bytes do.
 *
 * @throws {HoldfastError} `SQLITE_NOT_LOADED`; `details` holds URL, status and type of the answer.
 */
export async function fetchSqlite(url: string): Promise<Uint8Array> {
  let response: Response;
  let bytes: Uint8Array;
  try {
    response = await fetch(url);
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw failure("SQLITE_NOT_LOADED", "SQLite's module was not reached", {
      cause,
      details: { url },
    });
  }
  const { ok, status } = response;
  const type = response.headers.get("content-type");
  const isModule = EMPTY_MODULE.every((byte, i) => bytes[i] === byte);
  if (ok && isModule) return bytes;
  throw failure(
    "SQLITE_NOT_LOADED",
    ok
      ? `expected SQLite's module, got something of type ${type}`
      : `expected SQLite's module, got status ${status}`,
    { details: { url, status, type } },
  );
}

/**
 * Loads SQLite from `wasmBinary`, or from where the bundler put it.
 *
 * @throws {HoldfastError} `SQLITE_NOT_LOADED` when it is not there or belongs to another version.
 */
export async function loadBrowserSqlite(
  wasmBinary?: Uint8Array,
): Promise<Sqlite> {
  try {
    return await loadSqlite(wasmBinary);
  } catch (cause) {
    throw failure(
      "SQLITE_NOT_LOADED",
      wasmBinary === undefined
        ? "SQLite's module is not beside the Worker's script"
        : "SQLite's module does not fit the script that was bundled with it",
      { cause },
    );
  }
}
