/**
 * The files of one store in the Origin Private File System.
 *
 * Owns: their names.
 *
 * Layout of the folder `holdfast/<name>/`:
 *
 *     main       the SQLite database, plain
 *     log-0      one of them is the write-ahead log,
 *     log-1      the other is empty or an old copy
 *     journal    the rollback journal; used once, before WAL is on
 *     place      which of the two is the log, and when the files were made; see `place.ts`
 *     aside-main, aside-log, aside-made   a copy of a damaged store; see `aside.ts`
 * @module
 */
import type { DiskFile } from "../sqlite/disk.ts";
import { type SyncAccessHandle, write } from "./access_handle.ts";

/** The files of one store, in the order their handles are taken. */
export const OPFS_FILES: readonly OpfsFileName[] = [
  "main",
  "log-0",
  "log-1",
  "journal",
  "place",
  "aside-main",
  "aside-log",
  "aside-made",
];

/** A file of the fixed set. */
export type OpfsFileName =
  | "main"
  | "log-0"
  | "log-1"
  | "journal"
  | "place"
  | "aside-main"
  | "aside-log"
  | "aside-made";

/** The two files of the log, by what `place` says. */
export const LOGS = ["log-0", "log-1"] as const;

/** A file of the fixed set; closing it leaves the handle to the disk. */
export class OpfsFile implements DiskFile {
  readonly #handle: SyncAccessHandle;

  constructor(handle: SyncAccessHandle) {
    this.#handle = handle;
  }

  read(target: Uint8Array, offset: number): number {
    return this.#handle.read(target, { at: offset });
  }

  write(bytes: Uint8Array, offset: number): void {
    write(this.#handle, bytes, offset);
  }

  truncate(length: number): void {
    this.#handle.truncate(length);
  }

  sync(): void {
    this.#handle.flush();
  }

  byteLength(): number {
    return this.#handle.getSize();
  }

  close(): void {}
}
