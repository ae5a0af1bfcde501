/**
 * The files of one store in the Origin Private File System.
 *
 * Owns: their names and what the smallest of them, `place`, says.
 *
 * Layout of the folder `holdfast/<name>/`:
 *
 *     main       the SQLite database, plain
 *     log-0      one of them is the write-ahead log,
 *     log-1      the other is empty or an old copy
 *     journal    the rollback journal; used once, before WAL is on
 *     place      1 byte: 0 or 1; 8 bytes: when the files were made, epoch milliseconds, float64,
 *                little-endian, which stores of before lack
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
];

/** A file of the fixed set. */
export type OpfsFileName =
  | "main"
  | "log-0"
  | "log-1"
  | "journal"
  | "place";

/** The two files of the log, by what the first byte of `place` says. */
export const LOGS = ["log-0", "log-1"] as const;

/** Which file is the log, told by the bytes of `place`. */
export function logIndexOf(place: Uint8Array): 0 | 1 {
  return place[0] === 1 ? 1 : 0;
}

const PLACE_BYTES = 9;

/**
 * When the files were made, epoch milliseconds, or null when that was before such a time was kept.
 * An empty database was never more than opened: its files count as made now.
 */
export function stampOf(
  handles: ReadonlyMap<OpfsFileName, SyncAccessHandle>,
): number | null {
  const place = handles.get("place")!;
  const bytes = new Uint8Array(PLACE_BYTES);
  if (handles.get("main")!.getSize() > 0) {
    const isStamped = place.read(bytes, { at: 0 }) === PLACE_BYTES;
    return isStamped ? new DataView(bytes.buffer).getFloat64(1, true) : null;
  }
  const nowMs = Date.now();
  new DataView(bytes.buffer).setFloat64(1, nowMs, true);
  write(place, bytes, 0);
  place.flush();
  return nowMs;
}

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
