/**
 * A SQLite VFS over a {@link Disk}.
 *
 * Owns: when the disk is synced, and what SQLite is told about it. In particular:
 * - The first sync after every open that may create also syncs the directory. Doing so only for
 *   a file that did not exist loses rows: a process killed between create and sync leaves a name
 *   that exists and is not durable. SQLite's own unix VFS does the same (os_unix.c, dirfd).
 * - It claims nothing about the medium (characteristics 0). With SQLITE_IOCAP_POWERSAFE_OVERWRITE
 *   claimed, a sector destroyed in flight takes an acknowledged commit beside it along.
 * - No shared memory: write-ahead logging works in exclusive locking mode only, which the
 *   process lock and one connection per mount make true. Hence no file locks either.
 * @see https://www.sqlite.org/c3ref/io_methods.html, https://www.sqlite.org/walformat.html
 *   (read 2026-11-24), docs/adr/0002, docs/adr/0004
 * @module
 */
import type { Disk, DiskFile, DiskFileRole } from "./disk.ts";
import { Mount, type VfsOptions } from "./mount.ts";
import { OPEN, SQLITE } from "./result_codes.ts";
import type { Pointer, SqliteStatic } from "./sqlite_module.ts";

/** Large enough for the names of mounts. */
const PATH_LENGTH_MAX = 64;
const VFS_NAME = "holdfast";

interface OpenFile {
  readonly file: DiskFile;
  readonly mount: Mount;
  isDirectorySynced: boolean;
}

/** The VFS of one SQLite instance; it is registered when constructed, and stays. */
export class Vfs {
  /** The VFS's name for sqlite3_open_v2. */
  readonly name: string = VFS_NAME;
  readonly #sqlite: SqliteStatic;
  readonly #files = new Map<Pointer, OpenFile>();
  readonly #mounts = new Map<string, Mount>();
  #mountCount = 0;

  /** Registers the VFS with `sqlite`. */
  constructor(sqlite: SqliteStatic) {
    this.#sqlite = sqlite;
    const { capi } = sqlite;
    const io = new capi.sqlite3_io_methods();
    io.$iVersion = 1; // No xShmMap and no xFetch.
    const vfs = new capi.sqlite3_vfs();
    vfs.$iVersion = 2;
    vfs.$szOsFile = capi.sqlite3_file.structInfo.sizeof;
    vfs.$mxPathname = PATH_LENGTH_MAX;
    const methods = this.#vfsMethods(io.pointer);
    sqlite.vfs.installVfs({
      io: { struct: io, methods: this.#fileMethods() },
      vfs: { struct: vfs, methods, name: VFS_NAME },
    });
  }

  /** Makes `disk` reachable for SQLite; one connection at a time may use it. */
  mount(disk: Disk, options: VfsOptions = {}): Mount {
    const name = `store${++this.#mountCount}`;
    const mount = new Mount(name, disk, options, () => this.#unmount(name));
    this.#mounts.set(name, mount);
    return mount;
  }

  #unmount(name: string): void {
    this.#mounts.delete(name);
    for (const [pointer, { file, mount }] of this.#files) {
      if (mount.name !== name) continue;
      this.#files.delete(pointer);
      file.close();
    }
  }

  #view(pointer: Pointer, length: number): Uint8Array {
    const start = Number(pointer) >>> 0;
    return this.#sqlite.wasm.heap8u().subarray(start, start + length);
  }

  /** The mount a file name belongs to; names of other mounts and of nothing have none. */
  #find(name: Pointer): { mount: Mount; role: DiskFileRole } | null {
    const text = name ? this.#sqlite.wasm.cstrToJs(name) ?? "" : "";
    const mount = this.#mounts.get(text.split("-", 1)[0]);
    const role = mount?.role(text) ?? null;
    return mount === undefined || role === null ? null : { mount, role };
  }

  #fileMethods(): object {
    const { wasm } = this.#sqlite;
    const open = (pointer: Pointer): OpenFile => this.#files.get(pointer)!;
    return {
      xClose: (pointer: Pointer): number =>
        open(pointer).mount.guard(SQLITE.IOERR_CLOSE, () => {
          const { file } = open(pointer);
          this.#files.delete(pointer);
          file.close();
        }),
      xRead: (
        pointer: Pointer,
        target: Pointer,
        length: number,
        offset: bigint,
      ): number =>
        open(pointer).mount.guard(SQLITE.IOERR_READ, () => {
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
        open(pointer).mount.change(SQLITE.IOERR_WRITE, () => {
          open(pointer).file.write(this.#view(source, length), Number(offset));
        }),
      xTruncate: (pointer: Pointer, length: bigint): number =>
        open(pointer).mount.change(SQLITE.IOERR_TRUNCATE, () => {
          open(pointer).file.truncate(Number(length));
        }),
      xSync: (pointer: Pointer): number =>
        open(pointer).mount.sync(SQLITE.IOERR_FSYNC, () => {
          const entry = open(pointer);
          entry.file.sync();
          if (entry.isDirectorySynced) return;
          entry.mount.disk.syncDirectory();
          entry.isDirectorySynced = true;
        }),
      xFileSize: (pointer: Pointer, out: Pointer): number =>
        open(pointer).mount.guard(SQLITE.IOERR_FSTAT, () => {
          wasm.poke64(out, BigInt(open(pointer).file.byteLength()));
        }),
      xLock: (): number => SQLITE.OK,
      xUnlock: (): number => SQLITE.OK,
      xCheckReservedLock: (_file: Pointer, out: Pointer): number => {
        wasm.poke32(out, 0);
        return SQLITE.OK;
      },
      xFileControl: (): number => SQLITE.NOTFOUND,
      xSectorSize: (pointer: Pointer): number =>
        open(pointer).mount.options.sectorBytes,
      xDeviceCharacteristics: (pointer: Pointer): number =>
        open(pointer).mount.options.deviceCharacteristics,
    };
  }

  #vfsMethods(ioMethods: Pointer): object {
    const { wasm, capi } = this.#sqlite;
    return {
      xOpen: (
        _vfs: Pointer,
        name: Pointer,
        pointer: Pointer,
        flags: number,
        outFlags: Pointer,
      ): number => {
        const found = this.#find(name);
        if (found === null) return SQLITE.CANTOPEN;
        const { mount, role } = found;
        return mount.guard(SQLITE.CANTOPEN, () => {
          const isCreating = (flags & OPEN.CREATE) !== 0;
          const file = mount.insist(() => mount.disk.open(role, isCreating));
          const isDirectorySynced = !isCreating;
          this.#files.set(pointer, { file, mount, isDirectorySynced });
          const struct = new capi.sqlite3_file(pointer);
          struct.$pMethods = ioMethods;
          struct.dispose();
          if (outFlags) wasm.poke32(outFlags, flags);
        });
      },
      xDelete: (_vfs: Pointer, name: Pointer, isSyncing: number): number => {
        const found = this.#find(name);
        if (found === null) return SQLITE.IOERR_DELETE_NOENT;
        const { mount, role } = found;
        const removed = mount.change(SQLITE.IOERR_DELETE, () => {
          if (!mount.disk.exists(role)) return SQLITE.IOERR_DELETE_NOENT;
          mount.disk.remove(role);
        });
        if (removed !== SQLITE.OK || !isSyncing) return removed;
        return mount.sync(SQLITE.IOERR_DIR_FSYNC, () => {
          mount.disk.syncDirectory();
        });
      },
      xAccess: (
        _vfs: Pointer,
        name: Pointer,
        _flags: number,
        out: Pointer,
      ): number => {
        wasm.poke32(out, 0);
        const found = this.#find(name);
        if (found === null) return SQLITE.OK;
        const { mount, role } = found;
        return mount.guard(SQLITE.IOERR_ACCESS, () => {
          wasm.poke32(out, mount.disk.exists(role) ? 1 : 0);
        });
      },
      xFullPathname: (
        _vfs: Pointer,
        name: Pointer,
        lengthMax: number,
        out: Pointer,
      ): number => this.#copyName(name, lengthMax, out),
      ...this.#worldMethods(),
    };
  }

  /** What SQLite asks of the world besides files. */
  #worldMethods(): object {
    const { wasm } = this.#sqlite;
    return {
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
