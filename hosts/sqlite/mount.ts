/**
 * One disk as SQLite sees it: a name, and whether it may still be written.
 *
 * Owns: what a disk's error becomes, and the poison. After a failed sync every later write, sync,
 * truncate and delete fails until the disk is mounted again: the system may have dropped the
 * dirty pages and report success next time.
 * @see https://wiki.postgresql.org/wiki/Fsync_Errors (read 2026-11-24), docs/adr/0004
 * @module
 */
import { type Disk, type DiskFileRole, isDiskFull } from "./disk.ts";
import { SQLITE } from "./result_codes.ts";

/** Options of {@link Vfs.mount}; the defaults are the only safe values. */
export interface VfsOptions {
  /** What xDeviceCharacteristics claims; tests prove that a claim loses rows. @default 0 */
  deviceCharacteristics?: number;
  /** What xSectorSize claims, in bytes; the page size. @default 4096 */
  sectorBytes?: number;
}

/** A disk that SQLite reaches under a name, and what is wrong with it. */
export class Mount {
  /** What SQLite calls the database file; the log's and the journal's names follow from it. */
  readonly name: string;
  /** Why nothing may be written any more, or null. */
  poison: unknown = null;
  /** Whether a sync failed, so that reads may show what the medium does not hold. */
  hasSyncFailed = false;
  readonly disk: Disk;
  /** Makes room on a full disk; returns whether trying again may help. */
  makeRoom: () => boolean = () => false;
  readonly options: Required<VfsOptions>;
  #error: unknown = null;
  readonly #unmount: () => void;

  /** Made by {@link Vfs.mount}. */
  constructor(
    name: string,
    disk: Disk,
    options: VfsOptions,
    unmount: () => void,
  ) {
    this.name = name;
    this.disk = disk;
    this.options = { deviceCharacteristics: 0, sectorBytes: 4096, ...options };
    this.#unmount = unmount;
  }

  /** The last error the disk threw since the last call, or null. */
  takeError(): unknown {
    const error = this.#error;
    this.#error = null;
    return error;
  }

  /** Makes every later write fail until the disk is mounted again. */
  freeze(reason: unknown): void {
    this.poison ??= reason ?? new Error("frozen");
  }

  /** Closes files that SQLite left open and forgets the name. */
  unmount(): void {
    this.#unmount();
  }

  /** Runs `body`; a throw becomes a result code and never crosses into SQLite. */
  guard(code: number, body: () => number | void): number {
    try {
      return body() ?? SQLITE.OK;
    } catch (error) {
      this.#error = error;
      return isDiskFull(error) ? SQLITE.FULL : code;
    }
  }

  /** As {@link guard}, for what changes the medium and may be done twice. */
  change(code: number, body: () => number | void): number {
    return this.poison === null
      ? this.guard(code, () => this.insist(body))
      : code;
  }

  /** As {@link guard}; a throw poisons the mount. */
  sync(code: number, body: () => void): number {
    if (this.poison !== null) return code;
    return this.guard(code, () => {
      try {
        body();
      } catch (error) {
        this.hasSyncFailed = true;
        this.freeze(error);
        // Syncing again would prove nothing, but opening the file again needs room.
        if (isDiskFull(error)) this.makeRoom();
        throw error;
      }
    });
  }

  /** Runs `body`, and again while the disk is full and room can be made. */
  insist<T>(body: () => T): T {
    for (;;) {
      try {
        return body();
      } catch (error) {
        if (!isDiskFull(error) || !this.makeRoom()) throw error;
      }
    }
  }

  /** The file SQLite means, or null: temporary files and attached databases have no place. */
  role(name: string | null): DiskFileRole | null {
    if (name === this.name) return "main";
    if (name === `${this.name}-wal`) return "wal";
    return name === `${this.name}-journal` ? "journal" : null;
  }
}
