/**
 * A copy of a damaged store's files, in the store's own folder.
 *
 * Owns: that the copy counts only when it is whole and durable, that the first one is kept, which
 * is nearest to the damage, and that it does not take the room others need. Its files are there
 * from the start like all files of the store, because a file cannot be made in one piece with the
 * finding of the damage: that would have to wait for the browser.
 * @module
 */
import { ROOM_LEFT_BYTES } from "../sqlite/disk.ts";
import { copy, type SyncAccessHandle, write } from "./access_handle.ts";

const CHUNK_BYTES = 1 << 20;

/** The files that hold the copy; `made` is empty as long as there is none. */
export interface AsideFiles {
  main: SyncAccessHandle;
  log: SyncAccessHandle;
  /** 8 bytes: when the copy was made, epoch milliseconds, float64, little-endian. */
  made: SyncAccessHandle;
}

/**
 * Copies database and log aside; the same damage is copied once.
 *
 * @param freeBytes How much more the origin may use, or null when nobody knows.
 * @returns Whether there is a copy of just these bytes. Never throws.
 */
export function keepAside(
  { main, log, made }: AsideFiles,
  store: { main: SyncAccessHandle; log: SyncAccessHandle },
  freeBytes: number | null,
): boolean {
  try {
    if (made.getSize() > 0) {
      return isSame(store.main, main) && isSame(store.log, log);
    }
    const bytes = store.main.getSize() + store.log.getSize();
    if (freeBytes !== null && freeBytes < bytes + ROOM_LEFT_BYTES) return false;
    copy(store.main, main);
    copy(store.log, log);
    const stamp = new Uint8Array(8);
    new DataView(stamp.buffer).setFloat64(0, Date.now(), true);
    write(made, stamp, 0);
    made.flush();
    return true;
  } catch {
    // The caller reports the damage, which is what matters.
    for (const file of [made, main, log]) giveBack(file);
    return false;
  }
}

function giveBack(file: SyncAccessHandle): void {
  try {
    file.truncate(0);
  } catch {
    // Half a copy is no copy as long as it is not said to be one.
  }
}

function isSame(one: SyncAccessHandle, other: SyncAccessHandle): boolean {
  const length = one.getSize();
  if (other.getSize() !== length) return false;
  const [mine, theirs] = [0, 1].map(() => new Uint8Array(CHUNK_BYTES));
  for (let at = 0; at < length; at += CHUNK_BYTES) {
    const count = one.read(mine, { at });
    if (other.read(theirs, { at }) !== count) return false;
    for (let i = 0; i < count; i++) if (mine[i] !== theirs[i]) return false;
  }
  return true;
}
