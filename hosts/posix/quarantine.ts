/**
 * Copies of a damaged store's files, beside it.
 *
 * Owns: that the copy is whole and durable before it has its name, that the same damage is copied
 * once however often the store is opened, and that a damaged store does not fill the disk.
 * Nothing here changes the original.
 * @module
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { ROOM_LEFT_BYTES } from "../sqlite/disk.ts";
import { syncPath } from "./sync_path.ts";

const SUFFIXES = ["", "-wal", "-journal"];
/** Copies made without being asked for; the first ones, nearest to the damage, are kept. */
const COPY_COUNT_MAX = 3;
const CHUNK_BYTES = 1 << 20;

/**
 * Copies the files of the store at `path` into a folder of their own; for a store that nobody
 * writes meanwhile.
 *
 * @returns The folder; an older one when it holds just these bytes.
 * @throws  What the file system throws; nothing half done is left under the folder's name.
 */
export function quarantine(path: string, nowMs: number): string {
  return copiesOf(path).find((folder) => holds(folder, path)) ??
    copyAside(path, nowMs);
}

/**
 * As {@link quarantine}, for a store that was just found damaged: nobody asked for the copy, so
 * it is not made where it does not fit or there are several already.
 *
 * @returns Null when there is none.
 */
export function quarantineIfRoom(path: string, nowMs: number): string | null {
  try {
    const copies = copiesOf(path);
    const same = copies.find((folder) => holds(folder, path));
    if (same !== undefined) return same;
    if (copies.length >= COPY_COUNT_MAX) return null;
    const { bavail, bsize } = statfsSync(dirname(path));
    const bytes = filesOf(path).reduce((sum, { size }) => sum + size, 0);
    if (bavail * bsize < bytes + ROOM_LEFT_BYTES) return null;
    return copyAside(path, nowMs);
  } catch {
    return null; // The caller reports the damage, which is what matters.
  }
}

/** The store's files that are there; the database itself must be. */
function filesOf(path: string): { suffix: string; size: number }[] {
  return SUFFIXES
    .filter((suffix) => suffix === "" || existsSync(path + suffix))
    .map((suffix) => ({ suffix, size: statSync(path + suffix).size }));
}

/** Folders of earlier copies, the oldest first. */
function copiesOf(path: string): string[] {
  const prefix = `${basename(path)}.quarantine-`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => join(dirname(path), name));
}

function copyAside(path: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[:.]/g, "-");
  const folder = `${path}.quarantine-${time}`;
  const draft = `${path}.quarantine.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  try {
    for (const { suffix } of filesOf(path)) {
      const copy = join(draft, basename(path) + suffix);
      copyFileSync(path + suffix, copy);
      syncPath(copy);
    }
    syncPath(draft);
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  syncPath(dirname(folder));
  return folder;
}

/** Whether the folder holds the store's files as they are now. */
function holds(folder: string, path: string): boolean {
  return SUFFIXES.every((suffix) => {
    const copy = join(folder, basename(path) + suffix);
    const isThere = existsSync(path + suffix);
    if (isThere !== existsSync(copy)) return false;
    return !isThere || isSameFile(copy, path + suffix);
  });
}

function isSameFile(one: string, other: string): boolean {
  if (statSync(one).size !== statSync(other).size) return false;
  const files = [one, other].map((path) => openSync(path, "r"));
  const chunks = files.map(() => new Uint8Array(CHUNK_BYTES));
  try {
    for (let at = 0;; at += CHUNK_BYTES) {
      const [count] = files.map((file, i) =>
        readSync(file, chunks[i], 0, CHUNK_BYTES, at)
      );
      if (count === 0) return true;
      const [mine, theirs] = chunks.map((chunk) => chunk.subarray(0, count));
      if (mine.some((byte, i) => byte !== theirs[i])) return false;
    }
  } finally {
    for (const file of files) closeSync(file);
  }
}
