/**
 * The file `place` of a store: which of the two files is the log, and when the files were made.
 *
 * Owns: that no power cut leaves it without a whole entry. There are two, in different blocks of
 * the medium, written one after the other and the one that does not count first; an entry says
 * everything twice, the second time inverted, so that one cut off while it was written is told.
 *
 * Layout: at 0 and at 65,536 an entry of 18 bytes: 1 byte, 0 or 1: the log; 8 bytes: epoch
 * milliseconds, float64, little-endian, 0 for unknown; the same 9 bytes inverted. Of two whole
 * entries the first counts. Stores of before have 1 or 9 bytes, not inverted, at 0 alone.
 *
 * A release of before, taken back for a while, reads the first 9 bytes and writes byte 0 alone, or
 * all 9 where the database is empty. What it wrote is the newest, so it counts as well.
 * @module
 */
import { claim, type SyncAccessHandle, write } from "./access_handle.ts";

/** What the file says. */
export interface PlaceEntry {
  logIndex: 0 | 1;
  /** Null when that was before such a time was kept. */
  createdAtMs: number | null;
}

/** Lengths of the two files that may be the log. */
export type LogLengths = readonly [number, number];

const HALF_BYTES = 9;
const ENTRY_BYTES = 2 * HALF_BYTES;
/** Far enough apart for any block that a medium writes at once. */
const OFFSETS = [0, 65_536] as const;
const FILE_BYTES = OFFSETS[1] + ENTRY_BYTES;

/** Reads what `place` holds at an offset. */
type Read = (target: Uint8Array, offset: number) => void;

/** The file, open. */
export class Place {
  readonly #handle: SyncAccessHandle;

  constructor(handle: SyncAccessHandle) {
    this.#handle = handle;
  }

  /** What it says now; `logs` decide where it is damaged. */
  read(logs: LogLengths): PlaceEntry {
    return readEntry(this.#read, this.#handle.getSize(), logs);
  }

  /**
   * Says it durably. A write that fails may have changed what is read and not what the medium
   * holds, so nobody may go on before another one succeeded.
   *
   * @throws {DOMException} `QuotaExceededError` where a file of before cannot grow: nothing was
   *   written, and the caller may go on.
   * @throws {Error} Otherwise never one that means a full disk.
   */
  write(entry: PlaceEntry): void {
    if (this.#handle.getSize() <= HALF_BYTES) claim(this.#handle, FILE_BYTES);
    try {
      const bytes = encode(entry);
      for (const offset of this.#order()) {
        write(this.#handle, bytes, offset);
        this.#handle.flush();
      }
    } catch (cause) {
      throw new Error("the place of the log could not be written", { cause });
    }
  }

  /** The entry that does not count is written first. */
  #order(): readonly number[] {
    const isFirstUsed = this.#handle.getSize() <= HALF_BYTES ||
      entryAt(this.#read, OFFSETS[0]) !== null;
    return isFirstUsed ? OFFSETS.toReversed() : OFFSETS;
  }

  readonly #read: Read = (target, at) => void this.#handle.read(target, { at });
}

/** As {@link Place.read}, from the bytes of the file. */
export function readPlace(file: Uint8Array, logs: LogLengths): PlaceEntry {
  const read: Read = (target, offset) =>
    target.set(file.subarray(offset, offset + target.length));
  return readEntry(read, file.length, logs);
}

function readEntry(read: Read, length: number, logs: LogLengths): PlaceEntry {
  if (length > 0 && length <= HALF_BYTES) return oldEntry(read, length);
  const first = entryAt(read, OFFSETS[0]);
  if (first !== null) return first;
  // The other file is empty, or a copy that was not finished or is not needed any more.
  const longer = logs[1] > logs[0] ? 1 : 0;
  const second = entryAt(read, OFFSETS[1]);
  if (second === null) return { logIndex: longer, createdAtMs: null };
  // No log is empty while an entry is replaced, so a release of before has moved it since.
  const isMoved = logs[second.logIndex] === 0 && logs[longer] > 0;
  return isMoved ? { ...second, logIndex: longer } : second;
}

function oldEntry(read: Read, length: number): PlaceEntry {
  const bytes = new Uint8Array(HALF_BYTES);
  read(bytes, 0);
  const { logIndex, createdAtMs } = decode(bytes);
  return { logIndex, createdAtMs: length < HALF_BYTES ? null : createdAtMs };
}

function entryAt(read: Read, offset: number): PlaceEntry | null {
  const bytes = new Uint8Array(ENTRY_BYTES);
  read(bytes, offset);
  const half = bytes.subarray(0, HALF_BYTES);
  const isWhole = half.every((byte, i) =>
    bytes[HALF_BYTES + i] === 255 - byte ||
    // Byte 0 written alone. Cut off by a power cut, it names a log that is there still.
    offset === OFFSETS[0] && i === 0 && bytes[HALF_BYTES] === 254 + byte
  );
  return isWhole && half[0] <= 1 ? decode(half) : null;
}

function decode(half: Uint8Array): PlaceEntry {
  const view = new DataView(half.buffer, half.byteOffset, HALF_BYTES);
  const createdAtMs = view.getFloat64(1, true);
  return {
    logIndex: half[0] === 1 ? 1 : 0,
    createdAtMs: createdAtMs > 0 && createdAtMs < Infinity ? createdAtMs : null,
  };
}

function encode({ logIndex, createdAtMs }: PlaceEntry): Uint8Array {
  const bytes = new Uint8Array(ENTRY_BYTES);
  bytes[0] = logIndex;
  new DataView(bytes.buffer).setFloat64(1, createdAtMs ?? 0, true);
  bytes.set(bytes.slice(0, HALF_BYTES).map((byte) => 255 - byte), HALF_BYTES);
  return bytes;
}
