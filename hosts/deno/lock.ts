/**
 * The process lock on Deno: flock(LOCK_EX | LOCK_NB) on Unix, LockFileEx on Windows.
 *
 * Excludes and is excluded by hosts/node/lock.ts on the same file (tests/hosts/lock_test.ts).
 * @module
 */

/** Locks `lockPath`; see `LockProvider`. */
export function lockFile(lockPath: string): (() => void) | null {
  const file = Deno.openSync(lockPath, {
    create: true,
    read: true,
    write: true,
    mode: 0o600,
  });
  if (file.tryLockSync(true)) return () => file.close();
  file.close();
  return null;
}
