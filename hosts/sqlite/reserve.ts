/**
 * Room set aside, so that on a full disk what is stored can still be forwarded.
 *
 * Owns: a file beside the database that holds nothing but its blocks. When a write finds the disk
 * full, a part of the reserve is given back and the write is done again; from then on
 * {@link Reserve.freeBytes} is negative, so that no sale is taken, until there is room to make the
 * reserve whole. It is given back in parts because other programs may be what fills the disk, and
 * they take the room that is freed as well.
 * @see docs/adr/0012
 * @module
 */
import { failure } from "../../engine/errors.ts";
import { type Disk, type DiskFile, isDiskFull } from "./disk.ts";

/** Bytes given back at a time: ten commits of an outcome, each some 50 KiB of log. */
export const RESERVE_PART_BYTES = 512 * 1024;
/**
 * While a part is missing the log is folded back at every commit, so it stays that short, and
 * destroyed records free more pages than outcomes need.
 */
export const RESERVE_BYTES = 4 * RESERVE_PART_BYTES;
/** What one call of getRandomValues may ask for. */
const CHUNK_BYTES = 65_536;

/** The reserve of one disk. */
export class Reserve {
  readonly #disk: Disk;
  #isWhole = false;
  #isSpent = false;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Whether a part is known to be missing. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /**
   * Bytes still free besides the reserve, or null when the platform does not tell; where the
   * reserve is not whole and cannot be made so, what is missing of it, as a negative number.
   *
   * @throws {HoldfastError} `STORE_IO` when the device fails.
   */
  freeBytes(): number | null {
    try {
      const missing = this.#isWhole ? 0 : this.#fill();
      return missing > 0 ? -missing : this.#disk.freeBytes();
    } catch (cause) {
      throw failure("STORE_IO", "the device failed while room was set aside", {
        cause,
      });
    }
  }

  /** Gives a part back; false when there is nothing to give. */
  spend(): boolean {
    try {
      if (!this.#disk.exists("reserve")) return false;
      return this.#use((file) => {
        const length = file.byteLength();
        if (length === 0) return false;
        file.truncate(Math.max(0, length - RESERVE_PART_BYTES));
        this.#isWhole = false;
        this.#isSpent = true;
        return true;
      });
    } catch {
      return false; // The caller reports that the disk is full, which is what matters.
    }
  }

  /** Sets aside what is missing; returns how much still is. */
  #fill(): number {
    return this.#use((file) => {
      const length = file.byteLength();
      const missing = Math.max(0, RESERVE_BYTES - length);
      const free = this.#disk.freeBytes();
      // Filling the last of the disk to find out that it does not do would hurt others.
      const mayFit = missing === 0 || free === null || free >= 2 * missing;
      this.#isWhole = mayFit && grow(file, length);
      this.#isSpent = !this.#isWhole;
      if (!this.#isWhole) return missing;
      if (missing > 0) this.#disk.syncDirectory();
      return 0;
    });
  }

  #use<T>(body: (file: DiskFile) => T): T {
    const file = this.#disk.open("reserve", true);
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
