/**
 * Files of one database through `node:fs`, on Node and Deno.
 *
 * Owns: that a sync reaches the medium, and the tripwire. The process lock keeps our own
 * processes apart, but a native SQLite takes other locks and would write into the live file; it
 * betrays itself by a `-shm` file, or by removing the log. Every sync of the log looks for that,
 * and for a database file that was moved away or replaced under us.
 * fsync and not fdatasync: they took the same time where both were measured, and fsync reaches
 * the platter on macOS (libuv issues F_FULLFSYNC).
 * @see docs/adr/0002, docs/adr/0003
 * @module
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { DatabaseCapabilities } from "../../engine/ports.ts";
import {
  type Disk,
  type DiskFile,
  type DiskFileRole,
  ForeignAccessError,
} from "../sqlite/disk.ts";
import { FileReserve } from "../sqlite/reserve.ts";
import { quarantineIfRoom } from "./quarantine.ts";

const SUFFIX: Readonly<Record<DiskFileRole, string>> = {
  main: "",
  wal: "-wal",
  journal: "-journal",
};

/** Readable by its owner only: it holds sealed records, and who paid when. */
const FILE_MODE = 0o600;

/** A disk over `path` and the files beside it: `<path>-wal`, `-journal` and `-reserve`. */
export class FsDisk implements Disk {
  readonly capabilities: DatabaseCapabilities = {
    isDurable: true,
    isPersistent: true,
    isSettled: true,
    isThere: true, // Deleting it is noticed at the next sync, which fails.
  };
  readonly #path: string;
  readonly #release: () => void;
  readonly #reserve: FileReserve;
  /** Database and log as last opened, by what stays the same while a name means that file. */
  readonly #known = new Map<DiskFileRole, { inode: number; device: number }>();

  /** Makes a disk; `release` gives the process lock back. */
  constructor(path: string, release: () => void) {
    this.#path = path;
    this.#release = release;
    const reserve = `${path}-reserve`;
    this.#reserve = new FileReserve({
      open: () => openFile(reserve, true),
      exists: () => existsSync(reserve),
      syncDirectory: () => this.syncDirectory(),
      freeBytes: () => this.freeBytes(),
    });
  }

  open(role: DiskFileRole, isCreating: boolean): DiskFile {
    if (role === "main") this.#refuseSharedMemory();
    const flags = constants.O_RDWR | (isCreating ? constants.O_CREAT : 0);
    const descriptor = openSync(this.#pathOf(role), flags, FILE_MODE);
    if (role === "main" || role === "wal") {
      const { ino: inode, dev: device } = fstatSync(descriptor);
      this.#known.set(role, { inode, device });
    }
    return new FsFile(
      descriptor,
      role === "wal" ? (): void => this.#refuseForeignAccess() : noCheck,
    );
  }

  exists(role: DiskFileRole): boolean {
    return existsSync(this.#pathOf(role));
  }

  remove(role: DiskFileRole): void {
    unlinkSync(this.#pathOf(role));
  }

  renew(role: DiskFileRole): void {
    const path = this.#pathOf(role);
    const draft = `${path}.new`;
    // Not copyFileSync: a clone would share the very blocks that are in doubt.
    writeFileSync(draft, readFileSync(path), { mode: FILE_MODE, flush: true });
    renameSync(draft, path);
    this.syncDirectory();
  }

  syncDirectory(): void {
    const descriptor = openSync(dirname(this.#path), constants.O_RDONLY);
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  freeBytes(): number | null {
    // Blocks for unprivileged users: the reserve of the superuser is not ours.
    const { bavail, bsize } = statfsSync(dirname(this.#path));
    return bavail * bsize;
  }

  holdReserve(): number {
    return this.#reserve.hold();
  }

  spendReserve(): boolean {
    return this.#reserve.spend();
  }

  setAside(): string | null {
    return quarantineIfRoom(this.#path, Date.now());
  }

  release(): void {
    this.#release();
  }

  #pathOf(role: DiskFileRole): string {
    return this.#path + SUFFIX[role];
  }

  #refuseSharedMemory(): void {
    if (!existsSync(`${this.#path}-shm`)) return;
    throw new ForeignAccessError(
      "another SQLite program has the file open, or died with it open",
    );
  }

  #refuseForeignAccess(): void {
    this.#refuseSharedMemory();
    for (const [role, { inode, device }] of this.#known) {
      const path = this.#pathOf(role);
      const named = statSync(path, { throwIfNoEntry: false });
      if (named?.ino !== inode || named.dev !== device) {
        throw new ForeignAccessError(
          "a file of the store was removed or replaced while it was open",
        );
      }
    }
  }
}

const noCheck = (): void => {};

/** Opens a file of the store that no other program has a reason to touch. */
function openFile(path: string, isCreating: boolean): FsFile {
  const flags = constants.O_RDWR | (isCreating ? constants.O_CREAT : 0);
  return new FsFile(openSync(path, flags, FILE_MODE), noCheck);
}

class FsFile implements DiskFile {
  readonly #descriptor: number;
  readonly #check: () => void;

  constructor(descriptor: number, check: () => void) {
    this.#descriptor = descriptor;
    this.#check = check;
  }

  // The system may transfer less than asked for.
  read(target: Uint8Array, offset: number): number {
    let done = 0;
    while (done < target.length) {
      const rest = target.length - done;
      const count = readSync(
        this.#descriptor,
        target,
        done,
        rest,
        offset + done,
      );
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  write(bytes: Uint8Array, offset: number): void {
    let done = 0;
    while (done < bytes.length) {
      const rest = bytes.length - done;
      done += writeSync(this.#descriptor, bytes, done, rest, offset + done);
    }
  }

  truncate(length: number): void {
    ftruncateSync(this.#descriptor, length);
  }

  sync(): void {
    fsyncSync(this.#descriptor);
    this.#check();
  }

  byteLength(): number {
    return fstatSync(this.#descriptor).size;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
