/**
 * The browser's disk over the simulated medium: `OpfsDisk` itself, with simulated handles.
 *
 * Owns: what differs from POSIX. The files are there from the start and their names are durable,
 * as the browser's store has it after provisioning; everything else is bytes, flushes and lengths.
 * @module
 */
import type { SyncAccessHandle } from "../../hosts/browser/access_handle.ts";
import { OpfsDisk } from "../../hosts/browser/opfs_disk.ts";
import {
  OPFS_FILES,
  type OpfsFileName,
} from "../../hosts/browser/opfs_files.ts";
import type { SimDisk } from "./sim_disk.ts";

const MEGABYTE = 1 << 20;

/**
 * The room an origin may use, as Chromium 156 gives it out: a handle asks for a megabyte, then for
 * twice as much as it has, and keeps what it got until it is closed.
 */
export class SimQuota {
  /** Whether nothing more is given out. */
  isFull = false;
  /** The write by which the quota is used up, counted from 1. */
  fullAt = Infinity;
  /** Writes so far. */
  writeCount = 0;

  /** Counts a write. */
  countWrite(): void {
    if (++this.writeCount === this.fullAt) this.isFull = true;
  }

  /** What a handle with `capacity` bytes has when it wants `length`. */
  grant(capacity: number, length: number): number {
    if (length <= capacity) return capacity;
    if (this.isFull) throw new DOMException("no room", "QuotaExceededError");
    let granted = Math.max(capacity, MEGABYTE);
    while (granted < length) granted *= 2;
    return granted;
  }
}

/** A browser's disk on the files of `disk`. */
export function makeSimOpfs(
  disk: SimDisk,
  quota: SimQuota = new SimQuota(),
): OpfsDisk {
  const handles = new Map<OpfsFileName, SyncAccessHandle>();
  for (const name of OPFS_FILES) {
    const file = disk.provide(name);
    let capacity = file.byteLength();
    handles.set(name, {
      read: (target, { at }): number => file.read(target, at),
      write(bytes, { at }): number {
        quota.countWrite();
        capacity = quota.grant(capacity, at + bytes.length);
        file.write(bytes, at);
        return bytes.length;
      },
      truncate(length): void {
        capacity = quota.grant(capacity, length);
        file.truncate(length);
      },
      flush: (): void => file.sync(),
      getSize: (): number => file.byteLength(),
      close: (): void => file.close(),
    });
  }
  return new OpfsDisk(handles, {
    isPersistent: true,
    isSettled: true,
    isThere: true,
    room: { freeBytes: null },
    refresh: () => Promise.resolve(),
    stop: (): void => {},
  });
}
