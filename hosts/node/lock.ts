/**
 * The store's lock on Node, which has no flock of its own.
 *
 * Owns: taking it through `flock(1)` on an inherited descriptor. The lock belongs to the open
 * file description, which is ours: the helper exits at once and the kernel keeps the lock until
 * we close the descriptor or die. It excludes Deno's lock on the same file, and is excluded by it.
 * @see https://man7.org/linux/man-pages/man2/flock.2.html
 * @module
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { failure } from "../../engine/mod.ts";
import { type FileLock, inUse, noteHolder } from "../posix/file_lock.ts";

/**
 * Takes the lock at `path`, or throws.
 *
 * @throws {HoldfastError} `STORE_IN_USE` with the holder's process id; `STORE_IO` where the
 *   system has no `flock` command.
 */
export function acquireNodeLock(path: string): FileLock {
  const descriptor = fs.openSync(path, "a+", 0o600);
  const { status, error } = spawnSync("flock", ["-x", "-n", "3"], {
    stdio: ["ignore", "ignore", "ignore", descriptor],
  });
  if (error !== undefined || status !== 0) {
    fs.closeSync(descriptor);
    if (error === undefined) throw inUse(path);
    throw failure("STORE_IO", "the flock command cannot be run", {
      cause: error,
    });
  }
  noteHolder(descriptor);
  let isReleased = false;
  return {
    release(): void {
      if (!isReleased) fs.closeSync(descriptor);
      isReleased = true;
    },
  };
}
