/**
 * A SQLite VFS over a {@link Disk}.
 *
 * Owns: the order of write, sync and acknowledgement. It claims nothing of the medium (device
 * characteristics 0: claiming power-safe overwrite loses acknowledged rows when the sector in
 * flight is destroyed), syncs the directory on the first sync after every open-with-create, and
 * after a failed sync refuses every further change: the kernel may have dropped the dirty pages.
 * @see https://sqlite.org/c3ref/vfs.html
 * @see https://sqlite.org/c3ref/io_methods.html
 * @module
 */
import type { Sqlite3Static } from "@sqlite.org/sqlite-wasm";
import type { Disk, DiskFile, OpenMode } from "./disk.ts";

/** What a VFS has gone through; read by the database and by tests. */
export interface VfsState {
  /** The failed sync that ended all writing, or null. */
  poison: unknown;
  /** The last error of the disk, or null. */
  lastError: unknown;
  /** Syncs of files so far. */
  syncCount: number;
}

/** An installed VFS. */
export interface InstalledVfs {
  /** Name to open a database with. */
  readonly name: string;
  readonly state: VfsState;
  /** Unregisters it; no file of it may be open. */
  uninstall(): void;
}

interface OpenFile {
  file: DiskFile;
  path: string;
  /** True until the directory was synced after an open-with-create. */
  isNameUnsynced: boolean;
}

/** The unit a power cut may tear, as SQLite shall assume it. */
const SECTOR_BYTES = 4096;
const PATH_BYTES_MAX = 1024;
/** Julian day of the Unix epoch, in milliseconds. */
const JULIAN_EPOCH_MS = 210866760000000;

/** Registers a VFS called `name` over `disk`; time is only used where SQL asks for it. */
export function installVfs(
  sqlite3: Sqlite3Static,
  disk: Disk,
  name: string,
): InstalledVfs {
  const { capi, wasm } = sqlite3;
  const files = new Map<number, OpenFile>();
  const state: VfsState = { poison: null, lastError: null, syncCount: 0 };
  const address = (pointer: unknown): number => Number(pointer) >>> 0;
  const heap = (pointer: unknown, length: number): Uint8Array =>
    wasm.heap8u().subarray(address(pointer), address(pointer) + length);

  /** Runs a disk call and turns what it throws into a result code. */
  const guard = (
    code: number,
    isChange: boolean,
    body: () => number | void,
  ): number => {
    if (isChange && state.poison !== null) return code;
    try {
      return body() ?? capi.SQLITE_OK;
    } catch (error) {
      state.lastError = error;
      return codeOf(error) === "ENOSPC" ? capi.SQLITE_FULL : code;
    }
  };

  const io = {
    xClose: (pFile: unknown): number =>
      guard(capi.SQLITE_IOERR_CLOSE, false, () => {
        const open = files.get(address(pFile));
        files.delete(address(pFile));
        open?.file.close();
      }),
    xRead: (
      pFile: unknown,
      pTarget: unknown,
      length: number,
      offset: unknown,
    ): number =>
      guard(capi.SQLITE_IOERR_READ, false, () => {
        const target = heap(pTarget, length);
        const count = files.get(address(pFile))!.file.read(
          target,
          Number(offset),
        );
        if (count === length) return;
        target.fill(0, count); // SQLite demands zeroes behind a short read.
        return capi.SQLITE_IOERR_SHORT_READ;
      }),
    xWrite: (
      pFile: unknown,
      pSource: unknown,
      length: number,
      offset: unknown,
    ): number =>
      guard(capi.SQLITE_IOERR_WRITE, true, () => {
        files.get(address(pFile))!.file.write(
          heap(pSource, length),
          Number(offset),
        );
      }),
    xTruncate: (pFile: unknown, length: unknown): number =>
      guard(capi.SQLITE_IOERR_TRUNCATE, true, () => {
        files.get(address(pFile))!.file.truncate(Number(length));
      }),
    xSync: (pFile: unknown, _flags: number): number =>
      guard(capi.SQLITE_IOERR_FSYNC, true, () => {
        const open = files.get(address(pFile))!;
        try {
          open.file.sync();
          // An existing name may still not be durable: its first maker may have been killed.
          if (open.isNameUnsynced) disk.syncDirectory(open.path);
          open.isNameUnsynced = false;
          state.syncCount++;
        } catch (error) {
          state.poison = error;
          throw error;
        }
      }),
    xFileSize: (pFile: unknown, pLength: unknown): number =>
      guard(capi.SQLITE_IOERR_FSTAT, false, () => {
        const length = files.get(address(pFile))!.file.length();
        wasm.poke64(address(pLength), BigInt(length));
      }),
    // One connection, and the process lock is taken before the file is opened: nothing to lock.
    xLock: (): number => capi.SQLITE_OK,
    xUnlock: (): number => capi.SQLITE_OK,
    xCheckReservedLock: (_pFile: unknown, pResult: unknown): number => {
      wasm.poke32(address(pResult), 0);
      return capi.SQLITE_OK;
    },
    xFileControl: (): number => capi.SQLITE_NOTFOUND,
    xSectorSize: (): number => SECTOR_BYTES,
    xDeviceCharacteristics: (): number => 0,
  };

  const vfs = {
    xOpen(
      _pVfs: unknown,
      zName: unknown,
      pFile: unknown,
      flags: number,
      pOutFlags: unknown,
    ): number {
      return guard(capi.SQLITE_CANTOPEN, false, () => {
        // Anonymous temporary files are refused: nothing may spill to disk unsealed.
        if (!zName) return capi.SQLITE_CANTOPEN;
        const path = wasm.cstrToJs(address(zName))!;
        const file = disk.open(path, modeOf(flags));
        const isNameUnsynced = (flags & capi.SQLITE_OPEN_CREATE) !== 0;
        files.set(address(pFile), { file, path, isNameUnsynced });
        const header = new capi.sqlite3_file(address(pFile));
        header.$pMethods = ioStruct.pointer;
        header.dispose();
        if (pOutFlags) wasm.poke32(address(pOutFlags), flags);
      });
    },
    xDelete: (_pVfs: unknown, zName: unknown, isSynced: number): number =>
      guard(capi.SQLITE_IOERR_DELETE, true, () => {
        const path = wasm.cstrToJs(address(zName))!;
        if (!disk.exists(path)) return capi.SQLITE_IOERR_DELETE_NOENT;
        disk.remove(path);
        if (isSynced) disk.syncDirectory(path);
      }),
    xAccess: (
      _pVfs: unknown,
      zName: unknown,
      _flags: number,
      pResult: unknown,
    ): number =>
      guard(capi.SQLITE_IOERR_ACCESS, false, () => {
        wasm.poke32(
          address(pResult),
          disk.exists(wasm.cstrToJs(address(zName))!) ? 1 : 0,
        );
      }),
    xFullPathname: (
      _pVfs: unknown,
      zName: unknown,
      length: number,
      pOut: unknown,
    ): number =>
      guard(capi.SQLITE_CANTOPEN, false, () => {
        const path = new TextEncoder().encode(
          disk.fullPath(wasm.cstrToJs(address(zName))!),
        );
        if (path.length >= length) return capi.SQLITE_CANTOPEN;
        const target = heap(pOut, path.length + 1);
        target.set(path);
        target[path.length] = 0;
      }),
    xRandomness: (_pVfs: unknown, length: number, pOut: unknown): number => {
      crypto.getRandomValues(heap(pOut, length) as Uint8Array<ArrayBuffer>);
      return length;
    },
    xSleep: (): number => 0,
    xCurrentTime: (_pVfs: unknown, pOut: unknown): number => {
      wasm.poke(
        address(pOut),
        (JULIAN_EPOCH_MS + Date.now()) / 86_400_000,
        "double",
      );
      return capi.SQLITE_OK;
    },
    xCurrentTimeInt64: (_pVfs: unknown, pOut: unknown): number => {
      wasm.poke64(address(pOut), BigInt(JULIAN_EPOCH_MS + Date.now()));
      return capi.SQLITE_OK;
    },
    xGetLastError: (): number => 0,
  };

  const ioStruct = new capi.sqlite3_io_methods();
  Object.assign(ioStruct, { $iVersion: 1 }); // No shared memory: WAL works in EXCLUSIVE locking mode only.
  const vfsStruct = new capi.sqlite3_vfs();
  vfsStruct.$iVersion = 2;
  const { sizeof } =
    (capi.sqlite3_file as unknown as { structInfo: { sizeof: number } })
      .structInfo;
  vfsStruct.$szOsFile = sizeof;
  vfsStruct.$mxPathname = PATH_BYTES_MAX;
  // deno-lint-ignore no-explicit-any -- the package types every method by its own pointer brand
  const methods = { io, vfs } as any;
  sqlite3.vfs.installVfs({
    io: { struct: ioStruct, methods: methods.io },
    vfs: { struct: vfsStruct, methods: methods.vfs, name },
  });

  function modeOf(flags: number): OpenMode {
    return {
      create: (flags & capi.SQLITE_OPEN_CREATE) !== 0,
      exclusive: (flags & capi.SQLITE_OPEN_EXCLUSIVE) !== 0,
      readonly: (flags & capi.SQLITE_OPEN_READONLY) !== 0,
      kind: flags & capi.SQLITE_OPEN_WAL
        ? "wal"
        : flags & capi.SQLITE_OPEN_MAIN_DB
        ? "main"
        : "journal",
    };
  }

  return {
    name,
    state,
    uninstall(): void {
      capi.sqlite3_vfs_unregister(vfsStruct.pointer);
      ioStruct.dispose();
      vfsStruct.dispose();
    },
  };
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error
    ? error.code
    : undefined;
}
