/**
 * What the VFS needs from a place that keeps bytes: one folder, three files, eleven methods.
 *
 * Owns: the contract between SQLite and a platform's files. A disk belongs to one database, so
 * a file is named by its role and no path crosses this border; that is also what the fixed
 * handles of a browser can offer. Everything is synchronous. Does not decide anything: caching,
 * retrying and poisoning belong to the VFS above.
 * @module
 */
import type { DatabaseCapabilities } from "../../engine/ports.ts";

/** Room that {@link Disk.setAside} leaves to others, and to the outcomes of what is stored. */
export const ROOM_LEFT_BYTES = 16 << 20;

/** Role of a file: the database, its write-ahead log, its rollback journal. */
export type DiskFileRole = "main" | "wal" | "journal";

/** One open file. A method that throws may have done a part of its work. */
export interface DiskFile {
  /** Fills `target` from `offset` on; returns the bytes read, fewer only at the file's end. */
  read(target: Uint8Array, offset: number): number;
  /** Writes all of `bytes`, growing the file with zeroes where there is a gap. */
  write(bytes: Uint8Array, offset: number): void;
  /** Sets the file's length in bytes. */
  truncate(length: number): void;
  /**
   * Returns once everything written to this file survives power loss. After a throw the bytes
   * may be lost although reads still show them, so nobody may simply try again.
   */
  sync(): void;
  /** The file's length in bytes. */
  byteLength(): number;
  /** Closes the file; calling it twice is an error. */
  close(): void;
}

/**
 * The files of one database. Every method may throw; {@link isDiskFull} tells a full disk from
 * a failing one.
 */
export interface Disk {
  /** What this platform promises. */
  readonly capabilities: DatabaseCapabilities;
  /** Opens a file; without `isCreating` a missing file is an error. */
  open(role: DiskFileRole, isCreating: boolean): DiskFile;
  /** Whether the file is there. */
  exists(role: DiskFileRole): boolean;
  /** Removes the file's name; durable only after {@link syncDirectory}. */
  remove(role: DiskFileRole): void;
  /**
   * Puts a synced copy of an existing file in its place, at once and durably: after a crash the
   * old file is there or the whole copy. No handle of the file may be open.
   */
  renew(role: DiskFileRole): void;
  /** Returns once names made and removed so far survive power loss. */
  syncDirectory(): void;
  /** Bytes the database may still grow by, or null when the platform does not tell. */
  freeBytes(): number | null;
  /**
   * Sets room aside that writes of outcomes may use when nothing else is left; cheap when it is
   * there already.
   *
   * @returns Bytes that are missing of it; 0 when it is whole.
   */
  holdReserve(): number;
  /** Gives a part of the reserve back to the file system; false when there is nothing to give. */
  spendReserve(): boolean;
  /**
   * Copies the files of a damaged database aside, as they are; they are not being written. The
   * same damage is copied once. Absent where a platform has no place for it.
   *
   * @returns Where the copy is, or null when there is no room for it. Never throws.
   */
  setAside?(): string | null;
  /** Gives up whatever the disk itself holds; files are closed before. */
  release(): void;
}

/** Reports that other software touches the files; {@link Disk} implementations throw it. */
export class ForeignAccessError extends Error {
  override name = "ForeignAccessError";
}

const FULL_CODES: readonly unknown[] = ["ENOSPC", "EDQUOT"];

/**
 * Whether a disk's error means that there is no room: ENOSPC and EDQUOT of POSIX, and the
 * `QuotaExceededError` of the File System Standard.
 *
 * @see https://fs.spec.whatwg.org/#api-filesystemsyncaccesshandle-write (read 2026-11-24)
 */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return FULL_CODES.includes((error as { code?: unknown }).code) ||
    error.name === "QuotaExceededError";
}
