/**
 * What the VFS needs of a disk: six calls, all synchronous.
 *
 * Owns: the contract between SQLite's VFS and a place that keeps bytes. Implemented by files on
 * servers, by OPFS handles in a browser's Worker, and by the simulated disk of the tests.
 * @module
 */

/** How SQLite wants a file opened. */
export interface OpenMode {
  /** Make it when it is not there. */
  create: boolean;
  /** Fail when it is there. */
  exclusive: boolean;
  readonly: boolean;
  /** What SQLite uses it for. */
  kind: "main" | "wal" | "journal";
}

/** An open file. Errors are thrown; `code` `ENOSPC` means the disk is full. */
export interface DiskFile {
  /** Reads into `target` from byte `offset`; returns the count, less only at the end of file. */
  read(target: Uint8Array, offset: number): number;
  /** Writes all of `source` at byte `offset`, or throws. */
  write(source: Uint8Array, offset: number): void;
  /** Cuts or extends the file to `length` bytes. */
  truncate(length: number): void;
  /** Returns when everything written is on the medium. */
  sync(): void;
  /** Length in bytes. */
  length(): number;
  /** Closes without syncing. */
  close(): void;
}

/** A place for files. */
export interface Disk {
  /** Opens a file; throws `ENOENT` and `EEXIST` as usual. */
  open(path: string, mode: OpenMode): DiskFile;
  exists(path: string): boolean;
  remove(path: string): void;
  /** Makes the names in the directory of `path` durable. */
  syncDirectory(path: string): void;
  /** The path SQLite shall know the file by. */
  fullPath(path: string): string;
  /** Bytes the file may still grow by, or null when the platform does not tell. */
  freeBytes(path: string): number | null;
}
