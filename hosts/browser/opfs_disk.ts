/**
 * The files of one database in the Origin Private File System, for a dedicated Worker.
 *
 * Owns: a fixed set of files. The browser does not sync the names of files, so a file made a
 * moment before a power cut may be gone although its bytes were flushed: all files are made when
 * the store is first opened and never created or deleted afterwards, but for the copies that are set
 * aside from a damaged store. A file of length 0 counts as
 * missing. The log has two files, because a handle cannot be renamed: the file `place`
 * tells which of them is the log, and writing it is what replaces the log. It also says when the
 * files were made, because no payment may wait in them before their names are durable.
 *
 * Room for outcomes needs no file: Chromium charges a handle with the longest its file ever was,
 * in steps of a megabyte and more, until the handle is closed (Chromium 156, measured with a quota
 * that was used up). So the log and the database are made longer once and short again at once.
 *
 * @see https://fs.spec.whatwg.org/#api-filesystemsyncaccesshandle
 * @module
 */
import type { DatabaseCapabilities } from "../../engine/ports.ts";
import {
  type Disk,
  type DiskFile,
  type DiskFileRole,
  isDiskFull,
} from "../sqlite/disk.ts";
import { claim, copy, type SyncAccessHandle } from "./access_handle.ts";
import { LOGS, OPFS_FILES, OpfsFile, type OpfsFileName } from "./opfs_files.ts";
import { keepAside } from "./aside.ts";
import { Place, type PlaceEntry } from "./place.ts";
import { BrowserStanding, type Standing } from "./standing.ts";

/** Twice the length at which SQLite folds the log back: 1,000 pages of 4,120 bytes. */
const LOG_ROOM_BYTES = 8 << 20;
/** What the database may grow by while sales are refused. */
const MAIN_ROOM_BYTES = 2 << 20;

interface SyncFileHandle {
  createSyncAccessHandle(): Promise<SyncAccessHandle>;
}

/** A disk over OPFS; made by {@link OpfsDisk.open}. */
export class OpfsDisk implements Disk {
  readonly #handles: Handles;
  readonly #standing: Standing;
  readonly #folder: string;
  /** The room when it was measured, and how long all files were then. */
  #measured: { room: Standing["room"]; length: number };
  /** Length of the database up to which its handle has been charged, as far as we made sure. */
  #mainRoomEnd = 0;
  /** The log whose handle has been charged, or null. */
  #roomyLog: SyncAccessHandle | null = null;

  /**
   * Makes the disk over open handles; {@link OpfsDisk.open} takes them from the browser.
   *
   * @param folder What a person is told about where the files are.
   */
  constructor(handles: Handles, standing: Standing, folder: string) {
    this.#handles = handles;
    this.#standing = standing;
    this.#folder = folder;
    this.#measured = { room: standing.room, length: this.#length() };
  }

  /** What the browser promises now; it may be another thing in a moment. */
  get capabilities(): DatabaseCapabilities {
    const { isPersistent, isSettled, isThere } = this.#standing;
    return { isDurable: true, isPersistent, isSettled, isThere };
  }

  /** Asks the browser anew what it promises. */
  refresh(): Promise<void> {
    return this.#standing.refresh();
  }

  /**
   * Takes the handles of the store `name`, which nobody else can then have.
   *
   * @throws {DOMException} `NoModificationAllowedError` while another Worker has them.
   */
  static async open(name: string): Promise<OpfsDisk> {
    const root = await navigator.storage.getDirectory();
    const parent = await root.getDirectoryHandle("holdfast", { create: true });
    const folder = await parent.getDirectoryHandle(name, { create: true });
    const handles = new Map<OpfsFileName, SyncAccessHandle>();
    try {
      for (const file of OPFS_FILES) {
        const handle = await folder.getFileHandle(file, { create: true });
        const sync = handle as unknown as SyncFileHandle;
        handles.set(file, await sync.createSyncAccessHandle());
      }
      const standing = await BrowserStanding.watch(folder, begin(handles));
      return new OpfsDisk(handles, standing, `holdfast/${name}`);
    } catch (error) {
      for (const handle of handles.values()) handle.close();
      throw error;
    }
  }

  open(role: DiskFileRole, isCreating: boolean): DiskFile {
    const handle = this.#handleOf(role);
    if (!isCreating && handle.getSize() === 0) {
      throw new DOMException(`${role} is not there`, "NotFoundError");
    }
    return new OpfsFile(handle);
  }

  exists(role: DiskFileRole): boolean {
    return this.#handleOf(role).getSize() > 0;
  }

  remove(role: DiskFileRole): void {
    const handle = this.#handleOf(role);
    handle.truncate(0);
    handle.flush();
  }

  renew(role: DiskFileRole): void {
    if (role !== "wal") throw new Error("only the log has a second file");
    const from = this.#handleOf(role);
    const entry = readPlace(this.#handles);
    const other = entry.logIndex === 0 ? 1 : 0;
    const place = new Place(this.#file("place"));
    // An earlier renewal may have failed while it wrote this: what is read may then be in memory
    // only, and the medium names the file that is emptied next.
    place.write(entry);
    copy(from, this.#file(LOGS[other]));
    place.write({ ...entry, logIndex: other });
    from.truncate(0);
    from.flush();
  }

  syncDirectory(): void {
    // Names are never made or removed after the first opening. What was emptied is made so again:
    // a flush that failed leaves a journal on the medium which would undo what is written now.
    const journal = this.#file("journal");
    if (journal.getSize() > 0) return;
    journal.truncate(0);
    journal.flush();
  }

  freeBytes(): number | null {
    const { room } = this.#standing;
    const length = this.#length();
    if (room !== this.#measured.room) this.#measured = { room, length };
    if (room.freeBytes === null) return null;
    return room.freeBytes - (length - this.#measured.length);
  }

  holdReserve(): number {
    const main = this.#file("main");
    const log = this.#handleOf("wal");
    const length = main.getSize();
    const isMainRoomy = this.#mainRoomEnd - length >= MAIN_ROOM_BYTES / 2;
    if (isMainRoomy && this.#roomyLog === log) return 0;
    try {
      claim(log, LOG_ROOM_BYTES);
      this.#roomyLog = log;
      claim(main, length + MAIN_ROOM_BYTES);
      this.#mainRoomEnd = length + MAIN_ROOM_BYTES;
      return 0;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      return MAIN_ROOM_BYTES;
    }
  }

  spendReserve(): boolean {
    return false; // The handles have what there is; writes use it without asking.
  }

  setAside(): string | null {
    try {
      const isKept = keepAside(
        {
          main: this.#file("aside-main"),
          log: this.#file("aside-log"),
          made: this.#file("aside-made"),
        },
        { main: this.#file("main"), log: this.#handleOf("wal") },
        this.freeBytes(),
      );
      return isKept ? `${this.#folder}/aside-*` : null;
    } catch {
      return null; // Which file is the log cannot be read; the caller reports the damage.
    }
  }

  release(): void {
    this.#standing.stop();
    for (const handle of this.#handles.values()) handle.close();
  }

  #file(name: OpfsFileName): SyncAccessHandle {
    return this.#handles.get(name)!;
  }

  #handleOf(role: DiskFileRole): SyncAccessHandle {
    if (role !== "wal") return this.#file(role);
    return this.#file(LOGS[readPlace(this.#handles).logIndex]);
  }

  #length(): number {
    let length = 0;
    for (const handle of this.#handles.values()) length += handle.getSize();
    return length;
  }
}

type Handles = ReadonlyMap<OpfsFileName, SyncAccessHandle>;

/**
 * When the files were made. An empty database was never more than opened: its files count as made
 * now.
 */
function begin(handles: Handles): number | null {
  const entry = readPlace(handles);
  if (handles.get("main")!.getSize() > 0) return entry.createdAtMs;
  const createdAtMs = Date.now();
  new Place(handles.get("place")!).write({ ...entry, createdAtMs });
  return createdAtMs;
}

function readPlace(handles: Handles): PlaceEntry {
  const [zero, one] = LOGS.map((name) => handles.get(name)!.getSize());
  return new Place(handles.get("place")!).read([zero, one]);
}
