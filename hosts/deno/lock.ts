/**
 * The store's lock on Deno.
 * @module
 */
import { type FileLock, inUse, noteHolder } from "../posix/file_lock.ts";
import * as fs from "node:fs";

/**
 * Takes the lock at `path`, or throws.
 *
 * @throws {HoldfastError} `STORE_IN_USE` with the holder's process id.
 */
export function acquireDenoLock(path: string): FileLock {
  const file = Deno.openSync(path, {
    read: true,
    write: true,
    create: true,
    mode: 0o600,
  });
  if (!file.tryLockSync(true)) {
    file.close();
    throw inUse(path);
  }
  const descriptor = fs.openSync(path, "r+");
  noteHolder(descriptor);
  fs.closeSync(descriptor);
  let isReleased = false;
  return {
    release(): void {
      if (!isReleased) file.close();
      isReleased = true;
    },
  };
}
