/**
 * A deterministic disk with the crash semantics of POSIX, under the real VFS.
 *
 * Owns: names (durable only after a directory sync, each file's on its own), the count of disk
 * operations, the power cut at one of them, and injected errors. What happens to the bytes of a
 * file is `SimFile`'s. Models a medium that keeps what it reported as synced; a drive that lies
 * is a mutant here, and nothing in software helps against it.
 * @module
 */
import { failure } from "../../engine/errors.ts";
import type { DatabaseCapabilities } from "../../engine/ports.ts";
import type { Disk, DiskFile, DiskFileRole } from "../../hosts/sqlite/disk.ts";
import { FileReserve } from "../../hosts/sqlite/reserve.ts";
import type { Prng } from "./prng.ts";
import { type CutOptions, SimFile } from "./sim_file.ts";

/** What the disk is asked to do. */
export type Operation =
  | "create"
  | "open"
  | "read"
  | "write"
  | "truncate"
  | "sync"
  | "sync_directory"
  | "length"
  | "remove"
  | "rename";

/** An error that the disk answers with. */
export interface Fault {
  operation: Operation;
  /** Which of these operations fails first, counted from 1. */
  at: number;
  /** Whether all later ones fail too. */
  isPersistent: boolean;
  code: "EIO" | "ENOSPC";
  /** A failing write has written half of its bytes. */
  isShort?: boolean;
  /** A failing sync loses what it should have made durable. */
  isDropping?: boolean;
}

/** What a broken disk does; the harness must notice each. */
export interface Mutation {
  /** Syncs do nothing. */
  ignoresSync?: boolean;
  /** Directory syncs do nothing. */
  ignoresDirectorySync?: boolean;
  /** The sync with this number does nothing, once. */
  lyingSync?: number;
  /** A file in doubt is not copied before it is read. */
  ignoresRenewal?: boolean;
  /** Syncs of this file of a browser's store do nothing. */
  unsyncedFile?: string;
}

/** Thrown by the operation during which the power goes, and by all after it. */
export class PowerCut extends Error {
  override name = "PowerCut";
  /** True for the operation during which the power went. */
  readonly isInFlight: boolean;

  constructor(isInFlight = false) {
    super("the power is off");
    this.isInFlight = isInFlight;
  }
}

/** A disk in memory. */
export class SimDisk implements Disk {
  readonly capabilities: DatabaseCapabilities = {
    isDurable: true,
    isPersistent: true,
    isSettled: true,
    isThere: true,
  };
  /** Operations so far. */
  operationCount = 0;
  /** Operation during which the power goes; set before use. */
  cutAt = Infinity;
  /** Error to inject, or null; set before use. */
  fault: Fault | null = null;
  /** Bytes all files may have together; may be changed at any time, also below what is used. */
  capacityBytes = 1 << 30;
  /** The write that grows a file by which the disk is full from then on, counted from 1. */
  fullAt = Infinity;
  /** Writes that grew a file. */
  growthCount = 0;
  /** How often a write found no room. */
  fullCount = 0;
  /** How often the fault struck. */
  faultCount = 0;
  /** Count of each operation so far. */
  readonly counts = new Map<Operation, number>();
  readonly #mutation: Mutation;
  readonly #names: Map<string, SimFile>;
  #durableNames: Map<string, SimFile>;
  #pendingNames: { role: string; file: SimFile | null }[] = [];
  readonly #reserve = new FileReserve({
    open: () => this.#open("reserve", true),
    exists: () => this.#names.has("reserve"),
    syncDirectory: () => this.syncDirectory(),
    freeBytes: () => this.freeBytes(),
  });
  #isOff = false;
  #isHeld = false;

  /** Makes a disk that holds `files`, all durable. */
  constructor(
    mutation: Mutation = {},
    files: ReadonlyMap<string, SimFile> = new Map(),
  ) {
    this.#mutation = mutation;
    this.#names = new Map(files);
    this.#durableNames = new Map(files);
  }

  /** Whether the power is off. */
  get isOff(): boolean {
    return this.#isOff;
  }

  /** Takes the lock that {@link release} gives back, as a host does before it opens. */
  hold(): this {
    if (this.#isHeld) throw failure("STORE_IN_USE", "the disk is held");
    this.#isHeld = true;
    return this;
  }

  release(): void {
    this.#isHeld = false;
  }

  freeBytes(): number {
    return Math.max(0, this.capacityBytes - this.#usedBytes());
  }

  #usedBytes(): number {
    let sum = 0;
    for (const { length } of this.#names.values()) sum += length;
    return sum;
  }

  holdReserve(): number {
    return this.#reserve.hold();
  }

  spendReserve(): boolean {
    return this.#reserve.spend();
  }

  open(role: DiskFileRole, isCreating: boolean): DiskFile {
    return this.#open(role, isCreating);
  }

  #open(role: string, isCreating: boolean): DiskFile {
    let file = this.#names.get(role);
    if (file !== undefined) {
      this.#tick("open");
    } else {
      if (!isCreating) throw coded("ENOENT");
      this.#tick("create");
      file = new SimFile();
      this.#name(role, file);
    }
    return this.#handle(file);
  }

  /** A file whose name has been durable for long, made now if it is the first time. */
  provide(name: string): DiskFile {
    const file = this.#names.get(name) ?? new SimFile();
    this.#names.set(name, file);
    this.#durableNames.set(name, file);
    const handle = this.#handle(file);
    const isSynced = name !== this.#mutation.unsyncedFile;
    return isSynced ? handle : { ...handle, sync: (): void => {} };
  }

  exists(role: DiskFileRole): boolean {
    if (this.#isOff) throw new PowerCut();
    return this.#names.has(role);
  }

  remove(role: DiskFileRole): void {
    this.#attempt("remove", () => this.#name(role, null));
  }

  renew(role: DiskFileRole): void {
    const old = this.#names.get(role);
    if (old === undefined) throw coded("ENOENT");
    if (this.#mutation.ignoresRenewal) return;
    // The draft has a name of its own, which a crash may leave behind and nobody reads.
    this.#tick("create");
    const copy = new SimFile();
    const handle = this.#handle(copy);
    const bytes = new Uint8Array(old.length);
    this.#handle(old).read(bytes, 0);
    handle.write(bytes, 0);
    handle.sync();
    this.#attempt("rename", () => this.#name(role, copy));
    this.syncDirectory();
  }

  syncDirectory(): void {
    this.#tick("sync_directory");
    if (this.#mutation.ignoresDirectorySync) return;
    this.#durableNames = new Map(this.#names);
    this.#pendingNames = [];
  }

  /** Switches the power off between two operations. */
  switchOff(): void {
    this.#isOff = true;
  }

  /** One possible disk after the power is back. */
  afterCut(random: Prng, options: CutOptions): SimDisk {
    const names = new Map(this.#durableNames);
    for (const role of new Set(this.#pendingNames.map(({ role }) => role))) {
      // The changes of one name are durable in order; different names are not ordered.
      const changes = this.#pendingNames.filter((change) =>
        change.role === role
      );
      const kept = options.mode === "none"
        ? 0
        : options.mode === "all"
        ? changes.length
        : random.below(changes.length + 1);
      for (const { file } of changes.slice(0, kept)) {
        if (file === null) names.delete(role);
        else names.set(role, file);
      }
    }
    for (const [role, file] of names) {
      names.set(role, file.cut(random, options));
    }
    return new SimDisk(this.#mutation, names);
  }

  /** Every byte that reads would show, file after file. */
  bytes(): Uint8Array {
    const files = [...this.#names.values()];
    const all = new Uint8Array(
      files.reduce((sum, { length }) => sum + length, 0),
    );
    let at = 0;
    for (const file of files) {
      at += file.read(all.subarray(at, at + file.length), 0);
    }
    return all;
  }

  /** The disk as it is, as if everything had been synced. */
  snapshot(): SimDisk {
    const files = [...this.#names].map(([role, file]) =>
      [role, file.snapshot()] as const
    );
    return new SimDisk(this.#mutation, new Map(files));
  }

  #handle(file: SimFile): DiskFile {
    return {
      read: (target, offset): number => {
        this.#tick("read");
        return file.read(target, offset);
      },
      write: (bytes, offset): void => {
        this.#refuseGrowth(offset + bytes.length - file.length);
        const half = bytes.subarray(0, bytes.length >> 1);
        this.#attempt(
          "write",
          () => file.write(bytes, offset),
          () => file.write(half, offset),
        );
      },
      truncate: (length): void => {
        this.#attempt("truncate", () => file.truncate(length));
      },
      sync: (): void => this.#sync(file),
      byteLength: (): number => {
        this.#tick("length");
        return file.length;
      },
      close: (): void => {},
    };
  }

  #refuseGrowth(bytes: number): void {
    if (this.#isOff || bytes <= 0) return;
    if (++this.growthCount === this.fullAt) {
      this.capacityBytes = this.#usedBytes();
    }
    if (bytes <= this.freeBytes()) return;
    this.fullCount++;
    throw coded("ENOSPC");
  }

  #name(role: string, file: SimFile | null): void {
    if (file === null) this.#names.delete(role);
    else this.#names.set(role, file);
    this.#pendingNames.push({ role, file });
  }

  #sync(file: SimFile): void {
    try {
      this.#tick("sync");
    } catch (error) {
      if (!(error instanceof PowerCut) && this.fault?.isDropping) {
        file.dropUnsynced();
      }
      throw error;
    }
    if (this.#mutation.ignoresSync) return;
    if (this.counts.get("sync") === this.#mutation.lyingSync) return;
    file.sync();
  }

  /** A change; the one during which the power goes may still reach the medium. */
  #attempt(
    operation: Operation,
    body: () => void,
    half: () => void = (): void => {},
  ): void {
    try {
      this.#tick(operation);
    } catch (error) {
      if (error instanceof PowerCut) {
        if (error.isInFlight) body();
      } else if (this.fault?.isShort) half();
      throw error;
    }
    body();
  }

  #tick(operation: Operation): void {
    if (this.#isOff) throw new PowerCut();
    this.operationCount++;
    const count = (this.counts.get(operation) ?? 0) + 1;
    this.counts.set(operation, count);
    if (this.operationCount >= this.cutAt) {
      this.#isOff = true;
      throw new PowerCut(true);
    }
    const { fault } = this;
    if (fault === null || fault.operation !== operation) return;
    const isDue = fault.isPersistent ? count >= fault.at : count === fault.at;
    if (!isDue) return;
    this.faultCount++;
    throw coded(fault.code);
  }
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}
