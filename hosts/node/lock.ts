/**
 * The process lock on Node, which has no file lock of its own.
 *
 * `flock(1)` (util-linux, busybox) locks a descriptor it inherits and exits; the lock belongs to
 * the open file, which this process keeps, so it ends with this process and not before. It is
 * the lock that Deno takes. About 3 ms, once.
 * @see https://man7.org/linux/man-pages/man2/flock.2.html,
 *   https://github.com/nodejs/node/issues/49256 (read 2026-11-24), docs/adr/0003
 * @module
 */
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { failure } from "../../engine/errors.ts";

/** Where the child sees the inherited descriptor: behind its three standard ones. */
const INHERITED = 3;

/** Locks `lockPath`; see `LockProvider`. */
export function lockFile(lockPath: string): (() => void) | null {
  const descriptor = openSync(lockPath, "a+", 0o600);
  const release = (): void => closeSync(descriptor);
  const { status, error } = spawnSync(
    "flock",
    ["-x", "-n", String(INHERITED)],
    { stdio: ["ignore", "ignore", "ignore", descriptor] },
  );
  if (status === 0) return release;
  release();
  if (status === 1) return null;
  throw failure(
    "STORE_LOCK_UNAVAILABLE",
    `flock(1) did not run (status ${status})`,
    { cause: error },
  );
}
