/**
 * The lock that keeps every other process off a store.
 *
 * Owns: the shape of a lock and the note of who holds it. The lock itself is the kernel's
 * (flock), so it dies with its process: a `kill -9` never leaves it behind.
 * @module
 */
import * as fs from "node:fs";
import process from "node:process";
import { failure, type HoldfastError } from "../../engine/mod.ts";

/** A held lock. */
export interface FileLock {
  /** Gives it back; calling it twice is safe. */
  release(): void;
}

/** Writes who holds the lock into the open lock file. */
export function noteHolder(descriptor: number): void {
  fs.ftruncateSync(descriptor, 0);
  fs.writeSync(descriptor, `${process.pid}\n`, 0);
}

/** The error for a lock that another process holds. */
export function inUse(path: string): HoldfastError {
  const holder = fs.readFileSync(path, "utf8").trim() || "unknown";
  return failure("STORE_IN_USE", `the store is held by process ${holder}`, {
    details: { holder },
  });
}
