/**
 * Whether a write-ahead log lost a frame that had been synced.
 *
 * Owns: telling damage from a power cut, before SQLite reads the log. SQLite takes a log up to the
 * first frame that does not add up, which is right after a power cut and silently drops every
 * later payment when the medium spoiled one frame. Both differ in what lies behind: each commit is
 * synced before the next one is begun, so a frame of a later transaction proves that everything
 * before it was synced, and a power cut spoils only what was not. Likewise a header is written
 * anew only after all its frames are in the database.
 *
 * What cannot be told: damage in the newest transaction looks like a power cut during it.
 * @see https://www.sqlite.org/walformat.html#the_write_ahead_log_or_wal_file (read 2026-11-25)
 * @module
 */
import { FRAME_HEADER_BYTES, viewOf, WAL_HEADER_BYTES } from "./raw_pages.ts";

/** First word of a log whose checksums read little-endian words, as WebAssembly writes them. */
const MAGIC = 0x377f0682;
const MAGIC_BIG_ENDIAN = 0x377f0683;
const PAGE_BYTES = 4096;
/** Rounds whose frames may lie behind those of the newest; noise rarely looks like one of them. */
const ROUND_COUNT_MAX = 256;

/** What a log was found to have lost. */
export interface SpoiledLog {
  /** The first frame that is damaged, counted from 1; 0 is the header. */
  frame: number;
  /** Frames in the file. */
  frames: number;
}

/**
 * Looks for damage that no power cut explains.
 *
 * @param log      The whole log.
 * @param readPage The database's own image of a page, counted from 1; asked only when the header
 *   is damaged.
 * @returns Null for a log that is whole, or torn as a power cut tears it.
 */
export function findSpoiledFrame(
  log: Uint8Array,
  readPage: (page: number, pageBytes: number) => Uint8Array,
): SpoiledLog | null {
  if (log.length < WAL_HEADER_BYTES) return null;
  const reader = new LogReader(log);
  const isSpoiled = reader.isHeaderWhole
    ? reader.firstBad()
    : holdsMore(reader, readPage)
    ? 0
    : null;
  return isSpoiled === null ? null : { frame: isSpoiled, frames: reader.count };
}

/** A pair of running sums. */
type Sums = readonly [number, number];

/** Frames by number, and which of them add up. */
class LogReader {
  readonly isHeaderWhole: boolean;
  readonly pageBytes: number;
  readonly count: number;
  readonly #view: DataView;
  readonly #log: Uint8Array;
  readonly #isLittle: boolean;

  constructor(log: Uint8Array) {
    this.#log = log;
    this.#view = viewOf(log);
    const adds = (isLittle: boolean): boolean =>
      same(this.#sum([0, 0], 0, 24, isLittle), this.#pair(24));
    const magic = this.#view.getUint32(0);
    const isBig = magic === MAGIC_BIG_ENDIAN && adds(false);
    this.#isLittle = !isBig;
    this.isHeaderWhole = isBig || magic === MAGIC && adds(true);
    // Without a header nobody knows; every store of ours has pages of this size.
    this.pageBytes = this.isHeaderWhole ? this.#view.getUint32(8) : PAGE_BYTES;
    const frameBytes = FRAME_HEADER_BYTES + this.pageBytes;
    this.count = Math.floor((log.length - WAL_HEADER_BYTES) / frameBytes);
  }

  page(frame: number): number {
    return this.#view.getUint32(this.#at(frame));
  }

  /** Pages of the database behind a commit; 0 within a transaction. */
  pageCount(frame: number): number {
    return this.#view.getUint32(this.#at(frame) + 4);
  }

  bytes(frame: number): Uint8Array {
    const at = this.#at(frame) + FRAME_HEADER_BYTES;
    return this.#log.subarray(at, at + this.pageBytes);
  }

  /** Whether both frames are of one round of the log; frame 0 is the header. */
  isSameRound(frame: number, other: number): boolean {
    return same(this.#salts(frame), this.#salts(other));
  }

  /** Whether the frame is what was written behind the sums of the one before it. */
  isWhole(frame: number): boolean {
    const at = this.#at(frame);
    const before = frame === 1 ? 24 : this.#at(frame - 1) + 16;
    const sums = this.#sum(this.#pair(before), at, 8);
    const end = this.#sum(sums, at + FRAME_HEADER_BYTES, this.pageBytes);
    return this.page(frame) > 0 && same(end, this.#pair(at + 16));
  }

  /** The last page of a commit, written again to fill a sector: it belongs to that commit. */
  isPadding(frame: number): boolean {
    const [bytes, before] = [this.bytes(frame), this.bytes(frame - 1)];
    return this.page(frame) === this.page(frame - 1) &&
      this.pageCount(frame) === this.pageCount(frame - 1) &&
      bytes.every((byte, i) => byte === before[i]);
  }

  /** The frame at which SQLite would stop although later transactions were begun, or null. */
  firstBad(): number | null {
    let bad = 1;
    while (bad <= this.count && this.#isGood(bad, 0)) bad++;
    return this.isBegunAnew(bad + 1, 0) ? bad : null;
  }

  /**
   * Whether there is a commit from frame `from` on and, behind it, a frame of another
   * transaction: the commit was synced then, and all before it. `round` is a frame of the round
   * that is meant.
   */
  isBegunAnew(from: number, round: number): boolean {
    let hasCommit = false;
    for (let frame = from; frame <= this.count; frame++) {
      if (!this.#isGood(frame, round)) continue;
      if (hasCommit && !this.isPadding(frame)) return true;
      hasCommit ||= this.pageCount(frame) > 0;
    }
    return false;
  }

  /**
   * The newest committed image of each page, by frame, of the round whose second frame is there;
   * none where that round does not end as rounds do, at the end of the file or before frames of
   * earlier ones. A later round may have begun to overwrite it.
   */
  imagesFromSecond(): Map<number, number> {
    const committed = new Map<number, number>();
    const open: number[] = [];
    let frame = 3;
    for (; frame <= this.count && this.#isGood(frame, 2); frame++) {
      open.push(frame);
      const pages = this.pageCount(frame);
      if (pages === 0) continue;
      for (const at of open.splice(0)) committed.set(this.page(at), at);
      for (const page of committed.keys()) {
        if (page > pages) committed.delete(page);
      }
    }
    const isEnd = frame > this.count || this.#isOfEarlierRound(frame, 2);
    return isEnd ? committed : new Map();
  }

  /** The first salt counts rounds. */
  #isOfEarlierRound(frame: number, round: number): boolean {
    const [[now], [then]] = [this.#salts(round), this.#salts(frame)];
    const back = (now - then) >>> 0;
    return back > 0 && back < ROUND_COUNT_MAX;
  }

  #isGood(frame: number, round: number): boolean {
    return this.isSameRound(frame, round) && this.isWhole(frame);
  }

  #at(frame: number): number {
    return WAL_HEADER_BYTES +
      (frame - 1) * (FRAME_HEADER_BYTES + this.pageBytes);
  }

  #salts(frame: number): Sums {
    return this.#pair(frame === 0 ? 16 : this.#at(frame) + 8);
  }

  /** Salts and sums are stored big-endian, whatever the sums read. */
  #pair(at: number): Sums {
    return [this.#view.getUint32(at), this.#view.getUint32(at + 4)];
  }

  #sum(
    [a, b]: Sums,
    at: number,
    length: number,
    isLittle: boolean = this.#isLittle,
  ): Sums {
    const view = this.#view;
    for (let i = at; i < at + length; i += 8) {
      a = (a + view.getUint32(i, isLittle) + b) >>> 0;
      b = (b + view.getUint32(i + 4, isLittle) + a) >>> 0;
    }
    return [a, b];
  }
}

/**
 * Whether a log without a header holds committed pages that the database does not. The first
 * frame shares its sector with the header, so the second one begins what is believed. Only behind
 * a second transaction: the first one's writes may have taken the header along.
 */
function holdsMore(
  log: LogReader,
  readPage: (page: number, pageBytes: number) => Uint8Array,
): boolean {
  if (log.count < 3 || !log.isBegunAnew(3, 2)) return false;
  for (const [page, frame] of log.imagesFromSecond()) {
    const kept = readPage(page, log.pageBytes);
    if (log.bytes(frame).some((byte, i) => byte !== kept[i])) return true;
  }
  return false;
}

function same(one: Sums, other: Sums): boolean {
  return one[0] === other[0] && one[1] === other[1];
}
