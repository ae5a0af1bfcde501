/**
 * A SQLite VFS over a {@link Disk}.
 *
 * Owns: when the disk is synced and what happens after it failed. In particular:
 * - The first sync after every open that may create also syncs the directory. Doing so only for
 *   a file that did not exist loses rows: a process killed between create and sync leaves a name
 *   that exists and is not durable. SQLite's own unix VFS does the same (os_unix.c, dirfd).
 * - After a failed sync every later write, sync, truncate and delete fails until the disk is
 *   mounted again: the system may have dropped the dirty pages and report success next time.
 * - It claims nothing about the medium (characteristics 0). With SQLITE_IOCAP_POWERSAFE_OVERWRITE
 *   claimed, a sector destroyed in flight takes an acknowledged commit beside it along.
 * - No shared memory: write-ahead logging works in exclusive locking mode only, which the
 *   process lock and one connection per mount make true. Hence no file locks either.
 * @see https://www.sqlite.org/c3ref/io_methods.html, https://www.sqlite.org/walformat.html
 *   (read 2026-11-24), docs/adr/0002, docs/adr/0004
 * @module
 */
import { type Disk, type DiskFile, isDiskFull } from "./disk.ts";
import type { DiskFileRole } from "./disk.ts";
import { OPEN, SQLITE } from "./result_codes.ts";
import type { Pointer, SqliteStatic } from "./sqlite_module.ts";

/** What SQLite calls the database file; the journal's and the log's names follow from it. */
export const VIRTUAL_NAME = "holdfast";

/** Large enough for the virtual names. */
const PATH_LENGTH_MAX = 64;

/** Options of {@link mountDisk}; the defaults are the only safe values. */
export interface VfsOptions {
  /** What xDeviceCharacteristics claims; tests prove that a claim loses rows. @default 0 */
  deviceCharacteristics?: number;
  /** What xSectorSize claims, in bytes; the page size. @default 4096 */
  sectorBytes?: number;
}

interface OpenFile {
  readonly file: DiskFile;
  isDirectorySynced: boolean;
}

/** A disk that SQLite can reach under the VFS name `name`. */
export interface Mount {
  /** The VFS name for sqlite3_open_v2. */
  readonly name: string;
  /** Why nothing may be written any more, or null. */
  readonly poison: unknown;
  /** The last error the disk threw since the last call, or null. */
  takeError(): unknown;
  /** Commits to failing every later write until the disk is mounted again. */
  freeze(reason: unknown): void;
  /** Closes files SQLite left open and takes the VFS away. */
  unmount(): void;
}

/** Makes `disk` reachable for SQLite; one connection at a time may use it. */
export function mountDisk(
  sqlite: SqliteStatic,
  disk: Disk,
  options: VfsOptions = {},
): Mount {
  const state = new MountState(sqlite, disk, options);
  const { capi } = sqlite;
  const io = new capi.sqlite3_io_methods();
  io.$iVersion = 1; // No xShmMap and no xFetch.
  const vfs = new capi.sqlite3_vfs();
  vfs.$iVersion = 2;
  vfs.$szOsFile = capi.sqlite3_file.structInfo.sizeof;
  vfs.$mxPathname = PATH_LENGTH_MAX;
  const name = `holdfast-${vfs.pointer}`;
  sqlite.vfs.installVfs({
    io: { struct: io, methods: state.fileMethods() },
    vfs: { struct: vfs, methods: state.vfsMethods(io.pointer), name },
  });
  return {
    name,
    get poison(): unknown {
      return state.poison;
    },
    takeError: (): unknown => {
      const error = state.lastError;
      state.lastError = null;
      return error;
    },
    freeze: (reason): void => {
      state.poison ??= reason;
    },
    unmount: (): void => {
      capi.sqlite3_vfs_unregister(vfs.pointer);
      state.closeAll();
      io.dispose();
      vfs.dispose();
    },
  };
}

/** The files open through one mount, and what is wrong with it. */
class MountState {
  poison: unknown = null;
  lastError: unknown = null;
  readonly #sqlite: SqliteStatic;
  readonly #disk: Disk;
  readonly #options: Required<VfsOptions>;
  readonly #files = new Map<Pointer, OpenFile>();

  constructor(sqlite: SqliteStatic, disk: Disk, options: VfsOptions) {
    this.#sqlite = sqlite;
    this.#disk = disk;
    this.#options = { deviceCharacteristics: 0, sectorBytes: 4096, ...options };
  }

  closeAll(): void {
    const files = [...this.#files.values()];
    this.#files.clear();
    for (const { file } of files) file.close();
  }

  /** Runs `body`; a throw becomes a result code and never crosses into SQLite. */
  #guard(code: number, body: () => number | void): number {
    try {
      return body() ?? SQLITE.OK;
    } catch (error) {
      this.lastError = error;
      return isDiskFull(error) ? SQLITE.FULL : code;
    }
  }

  /** As {@link #guard}, for what changes the medium. */
  #change(code: number, body: () => number | void): number {
    return this.poison === null ? this.#guard(code, body) : code;
  }

  /** As {@link #change}; a throw poisons the mount. */
  #sync(code: number, body: () => void): number {
    return this.#change(code, () => {
      try {
        body();
      } catch (error) {
        this.poison = error ?? new Error("sync failed");
        throw error;
      }
    });
  }

  #view(pointer: Pointer, length: number): Uint8Array {
    const start = Number(pointer) >>> 0;
    return this.#sqlite.wasm.heap8u().subarray(start, start + length);
  }

  fileMethods(): object {
    const { wasm } = this.#sqlite;
    const open = (pointer: Pointer): OpenFile => this.#files.get(pointer)!;
    return {
      xClose: (pointer: Pointer): number =>
        this.#guard(SQLITE.IOERR_CLOSE, () => {
          const entry = this.#files.get(pointer);
          this.#files.delete(pointer);
          entry?.file.close();
        }),
      xRead: (
        pointer: Pointer,
        target: Pointer,
        length: number,
        offset: bigint,
      ): number =>
        this.#guard(SQLITE.IOERR_READ, () => {
          const bytes = this.#view(target, length);
          const count = open(pointer).file.read(bytes, Number(offset));
          if (count === length) return SQLITE.OK;
          bytes.fill(0, count);
          return SQLITE.IOERR_SHORT_READ;
        }),
      xWrite: (
        pointer: Pointer,
        source: Pointer,
        length: number,
        offset: bigint,
      ): number =>
        this.#change(SQLITE.IOERR_WRITE, () => {
          open(pointer).file.write(this.#view(source, length), Number(offset));
        }),
      xTruncate: (pointer: Pointer, length: bigint): number =>
        this.#change(SQLITE.IOERR_TRUNCATE, () => {
          open(pointer).file.truncate(Number(length));
        }),
      xSync: (pointer: Pointer): number =>
        this.#sync(SQLITE.IOERR_FSYNC, () => {
          const entry = open(pointer);
          entry.file.sync();
          if (entry.isDirectorySynced) return;
          this.#disk.syncDirectory();
          entry.isDirectorySynced = true;
        }),
      xFileSize: (pointer: Pointer, out: Pointer): number =>
        this.#guard(SQLITE.IOERR_FSTAT, () => {
          wasm.poke64(out, BigInt(open(pointer).file.byteLength()));
        }),
      xLock: (): number => SQLITE.OK,
      xUnlock: (): number => SQLITE.OK,
      xCheckReservedLock: (_file: Pointer, out: Pointer): number => {
        wasm.poke32(out, 0);
        return SQLITE.OK;
      },
      xFileControl: (): number => SQLITE.NOTFOUND,
      xSectorSize: (): number => this.#options.sectorBytes,
      xDeviceCharacteristics: (): number => this.#options.deviceCharacteristics,
    };
  }

  vfsMethods(ioMethods: Pointer): object {
    const { wasm, capi } = this.#sqlite;
    return {
      xOpen: (
        _vfs: Pointer,
        name: Pointer,
        pointer: Pointer,
        flags: number,
        outFlags: Pointer,
      ): number =>
        this.#guard(SQLITE.CANTOPEN, () => {
          const role = this.#role(name);
          // Temporary files and attached databases have no place on this disk.
          if (role === null) return SQLITE.CANTOPEN;
          const isCreating = (flags & OPEN.CREATE) !== 0;
          const file = this.#disk.open(role, isCreating);
          this.#files.set(pointer, { file, isDirectorySynced: !isCreating });
          const struct = new capi.sqlite3_file(pointer);
          struct.$pMethods = ioMethods;
          struct.dispose();
          if (outFlags) wasm.poke32(outFlags, flags);
        }),
      xDelete: (_vfs: Pointer, name: Pointer, isSyncing: number): number => {
        const removed = this.#change(SQLITE.IOERR_DELETE, () => {
          const role = this.#role(name);
          if (role === null || !this.#disk.exists(role)) {
            return SQLITE.IOERR_DELETE_NOENT;
          }
          this.#disk.remove(role);
        });
        if (removed !== SQLITE.OK || !isSyncing) return removed;
        return this.#sync(
          SQLITE.IOERR_DIR_FSYNC,
          () => this.#disk.syncDirectory(),
        );
      },
      xAccess: (
        _vfs: Pointer,
        name: Pointer,
        _flags: number,
        out: Pointer,
      ): number =>
        this.#guard(SQLITE.IOERR_ACCESS, () => {
          const role = this.#role(name);
          const exists = role !== null && this.#disk.exists(role);
          wasm.poke32(out, exists ? 1 : 0);
        }),
      xFullPathname: (
        _vfs: Pointer,
        name: Pointer,
        lengthMax: number,
        out: Pointer,
      ): number => this.#copyName(name, lengthMax, out),
      xRandomness: (_vfs: Pointer, length: number, out: Pointer): number => {
        // Salts of the log, not keys.
        const bytes = crypto.getRandomValues(new Uint8Array(length));
        this.#view(out, length).set(bytes);
        return length;
      },
      xSleep: (): number => 0,
      // The time a SQL function would see. The engine stores time from its own clock.
      xCurrentTime: (_vfs: Pointer, out: Pointer): number => {
        wasm.poke64f(out, 2440587.5 + Date.now() / 86_400_000);
        return SQLITE.OK;
      },
      xCurrentTimeInt64: (_vfs: Pointer, out: Pointer): number => {
        wasm.poke64(out, 210_866_760_000_000n + BigInt(Date.now()));
        return SQLITE.OK;
      },
      xGetLastError: (): number => 0,
    };
  }

  #role(name: Pointer): DiskFileRole | null {
    switch (name ? this.#sqlite.wasm.cstrToJs(name) : null) {
      case VIRTUAL_NAME:
        return "main";
      case `${VIRTUAL_NAME}-wal`:
        return "wal";
      case `${VIRTUAL_NAME}-journal`:
        return "journal";
      default:
        return null;
    }
  }

  #copyName(name: Pointer, lengthMax: number, out: Pointer): number {
    const text = this.#sqlite.wasm.cstrToJs(name) ?? "";
    const bytes = new TextEncoder().encode(text);
    if (bytes.length >= lengthMax) return SQLITE.CANTOPEN;
    const target = this.#view(out, bytes.length + 1);
    target.set(bytes);
    target[bytes.length] = 0;
    return SQLITE.OK;
  }
}
