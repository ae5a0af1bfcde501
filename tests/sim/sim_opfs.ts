/**
 * The browser's disk over the simulated medium: `OpfsDisk` itself, with simulated handles.
 *
 * Owns: what differs from POSIX. The files are there from the start and their names are durable,
 * as the browser's store has it after provisioning; everything else is bytes, flushes and lengths.
 * @module
 */
import { failure } from "../../engine/errors.ts";
import type { SyncAccessHandle } from "../../hosts/browser/access_handle.ts";
import { OpfsDisk } from "../../hosts/browser/opfs_disk.ts";
import {
  OPFS_FILES,
  type OpfsFileName,
} from "../../hosts/browser/opfs_files.ts";
import type { Disk } from "../../hosts/sqlite/disk.ts";
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

/** Whose files lie on the simulated medium. */
export type Medium = "posix" | "opfs";

/** What the database works on. */
export type MediumView = (disk: SimDisk) => Disk;

/** How a database sees a disk of this medium. */
export function viewOf(medium: Medium): MediumView {
  return (disk) => {
    if (medium === "posix") return disk;
    try {
      return makeSimOpfs(disk);
    } catch (cause) {
      // As `openBrowserDatabase` says it.
      if (disk.isOff) throw cause;
      throw failure("STORE_NOT_ACCESSIBLE", "no file system", { cause });
    }
  };
}

/** A browser's disk on the files of `disk`. */
export function makeSimOpfs(
  disk: SimDisk,
  quota: SimQuota = new SimQuota(),
): OpfsDisk {
  const handles = new Map<OpfsFileName, SyncAccessHandle>();
  for (const name of OPFS_FILES) {
    const file = disk.provide(name);
    let capacity: number | null = null;
    const grant = (length: number): void => {
      capacity = quota.grant(capacity ?? file.byteLength(), length);
    };
    handles.set(name, {
      read: (target, { at }): number => file.read(target, at),
      write(bytes, { at }): number {
        quota.countWrite();
        grant(at + bytes.length);
        file.write(bytes, at);
        return bytes.length;
      },
      truncate(length): void {
        grant(length);
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
  }, "sim");
}
