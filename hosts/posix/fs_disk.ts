/**
 * A {@link Disk} over synchronous `node:fs`; the same file serves Deno and Node.
 *
 * Owns: that a sync reaches the medium, and the tripwire against another SQLite. A native SQLite
 * takes locks ours cannot see; if one opens the live file, its `-shm` appears or our log is
 * unlinked, and from then on nothing may be acknowledged.
 * @module
 */
import * as fs from "node:fs";
import { dirname, resolve } from "node:path";
import process from "node:process";
import type { Disk, DiskFile, OpenMode } from "../sqlite/disk.ts";

/** Only the owner may read and write: the file holds sealed payments. */
const FILE_MODE = 0o600;

/** Makes the disk; it keeps no state. */
export function createFsDisk(): Disk {
  return {
    open: openFile,
    exists: (path) => fs.existsSync(path),
    remove: (path) => fs.unlinkSync(path),
    syncDirectory,
    fullPath: (path) => resolve(path),
    freeBytes(path): number | null {
      const stats = fs.statfsSync(dirname(resolve(path)));
      return stats.bavail * stats.bsize;
    },
  };
}

/** Makes the names in the directory of `path` durable. */
export function syncDirectory(path: string): void {
  if (process.platform === "win32") return; // A directory cannot be opened for syncing there.
  const directory = fs.openSync(dirname(resolve(path)), "r");
  try {
    fs.fsyncSync(directory);
  } finally {
    fs.closeSync(directory);
  }
}

function openFile(path: string, mode: OpenMode): DiskFile {
  const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = fs.constants;
  const flags = (mode.readonly ? O_RDONLY : O_RDWR) |
    (mode.create ? O_CREAT : 0) |
    (mode.exclusive ? O_EXCL : 0);
  const descriptor = fs.openSync(path, flags, FILE_MODE);
  return {
    read(target, offset): number {
      let count = 0;
      while (count < target.length) {
        const got = fs.readSync(
          descriptor,
          target,
          count,
          target.length - count,
          offset + count,
        );
        if (got === 0) break;
        count += got;
      }
      return count;
    },
    write(source, offset): void {
      let count = 0;
      while (count < source.length) {
        count += fs.writeSync(
          descriptor,
          source,
          count,
          source.length - count,
          offset + count,
        );
      }
    },
    truncate: (length) => fs.ftruncateSync(descriptor, length),
    sync(): void {
      fs.fsyncSync(descriptor);
      if (mode.kind === "wal" && isForeign(descriptor, path)) {
        throw Object.assign(
          new Error("another SQLite has opened the live file"),
          {
            code: "EFOREIGN",
          },
        );
      }
    },
    length: () => fs.fstatSync(descriptor).size,
    close: () => fs.closeSync(descriptor),
  };
}

function isForeign(descriptor: number, walPath: string): boolean {
  return fs.fstatSync(descriptor).nlink === 0 ||
    fs.existsSync(`${walPath.slice(0, -"wal".length)}shm`);
}
