/**
 * Room set aside, so that on a full disk what is stored can still be forwarded.
 *
 * Owns: a file beside the database that holds nothing but its blocks. When a write finds the disk
 * full, a part of it is given back and the write is done again; until it is whole again no sale
 * is taken. It is given back in parts because other programs may be what fills the disk, and they
 * take the room that is freed as well.
 * @see docs/adr/0012
 * @module
 */
import { type DiskFile, isDiskFull } from "./disk.ts";

/** Bytes given back at a time: ten commits of an outcome, each some 50 KiB of log. */
const PART_BYTES = 512 * 1024;
/**
 * While a part is missing the log is folded back at every commit, so it stays that short, and
 * destroyed records free more pages than outcomes need.
 */
const RESERVE_BYTES = 4 * PART_BYTES;
/** What one call of getRandomValues may ask for. */
const CHUNK_BYTES = 65_536;

/** What a {@link FileReserve} needs of its disk. */
export interface ReservePlace {
  /** Opens the file of the reserve, made if it is not there. */
  open(): DiskFile;
  exists(): boolean;
  syncDirectory(): void;
  /** Bytes free on the disk, or null. */
  freeBytes(): number | null;
}

/** A reserve in a file of its own. */
export class FileReserve {
  readonly #place: ReservePlace;
  #isWhole = false;

  constructor(place: ReservePlace) {
    this.#place = place;
  }

  /** Makes the reserve whole if there is room; returns the bytes that are missing. */
  hold(): number {
    if (this.#isWhole) return 0;
    return this.#use((file) => {
      const length = file.byteLength();
      const missing = Math.max(0, RESERVE_BYTES - length);
      const free = this.#place.freeBytes();
      // Filling the last of the disk to find out that it does not do would hurt others.
      const mayFit = missing === 0 || free === null || free >= 2 * missing;
      this.#isWhole = mayFit && grow(file, length);
      if (!this.#isWhole) return missing;
      if (missing > 0) this.#place.syncDirectory();
      return 0;
    });
  }

  /** Gives a part back; false when there is nothing to give. */
  spend(): boolean {
    try {
      if (!this.#place.exists()) return false;
      return this.#use((file) => {
        const length = file.byteLength();
        if (length === 0) return false;
        file.truncate(Math.max(0, length - PART_BYTES));
        this.#isWhole = false;
        return true;
      });
    } catch {
      return false; // The caller reports that the disk is full, which is what matters.
    }
  }

  #use<T>(body: (file: DiskFile) => T): T {
    const file = this.#place.open();
    try {
      return body(file);
    } finally {
      file.close();
    }
  }
}

/** Appends noise up to the reserve's length, durably; on a full disk takes it back. */
function grow(file: DiskFile, length: number): boolean {
  if (length >= RESERVE_BYTES) return true;
  const noise = new Uint8Array(CHUNK_BYTES);
  try {
    for (let at = length; at < RESERVE_BYTES;) {
      // A file system that compresses would set nothing aside for zeroes.
      crypto.getRandomValues(noise);
      const chunk = noise.subarray(0, RESERVE_BYTES - at);
      file.write(chunk, at);
      at += chunk.length;
    }
    file.sync();
    return true;
  } catch (error) {
    file.truncate(length);
    if (isDiskFull(error)) return false;
    throw error;
  }
}
