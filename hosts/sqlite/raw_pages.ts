/**
 * The pages of a damaged database, read without SQLite.
 *
 * Owns: every image of every page that the two files hold, newest first, and following the pages a
 * long value runs on. Nothing is believed that is not needed: where a header is damaged the
 * usual value is taken, and what SQLite would ignore is an image like any other.
 * @see https://www.sqlite.org/fileformat2.html (read 2026-11-25)
 * @module
 */

/** What one page was at some moment. */
export interface PageImage {
  /** 1, 2, 3 …; 0 when nobody knows. */
  page: number;
  bytes: Uint8Array;
  /** Higher is newer: of the file, of the log, of the log's later frames. */
  age: number;
}

const PAGE_BYTES = 4096;
/** Length of the log's own header. */
export const WAL_HEADER_BYTES = 32;
/** Length of the header before each page in the log. */
export const FRAME_HEADER_BYTES = 24;
/** A chain of overflow pages longer than this leads in a circle. */
const CHAIN_MAX = 4096;

/** The page images of one database file and its log. */
export class RawPages {
  readonly images: readonly PageImage[];
  /** Bytes of a page that hold content. */
  readonly usableBytes: number;
  readonly #byPage = new Map<number, PageImage[]>();

  /** Reads database and log (either may be empty or cut off); keeps views of both. */
  constructor(mainFile: Uint8Array, walFile: Uint8Array) {
    const [main, wal] = [plain(mainFile), plain(walFile)];
    const pageBytes = pageSizeOf(main, wal);
    // A store of ours reserves none of it, whatever a damaged header says (byte 20).
    this.usableBytes = pageBytes;
    const images = [...pagesOf(main, pageBytes), ...framesOf(wal, pageBytes)];
    this.images = images.sort((a, b) => b.age - a.age);
    for (const image of this.images) {
      const known = this.#byPage.get(image.page) ?? [];
      known.push(image);
      this.#byPage.set(image.page, known);
    }
  }

  /**
   * The payload that begins with `local` and goes on at `firstPage`: every way to put it
   * together, the newest images first, of at most `limit` images of that page.
   */
  *payloads(
    local: Uint8Array,
    firstPage: number,
    length: number,
    limit = 64,
  ): Generator<Uint8Array> {
    if (local.length >= length) {
      yield local.subarray(0, length);
      return;
    }
    const count = this.#byPage.get(firstPage)?.length ?? 0;
    for (let choice = 0; choice < Math.min(count, limit); choice++) {
      const bytes = this.#follow(local, firstPage, length, choice);
      // An image that is cut off, or leads nowhere, says nothing of the older ones.
      if (bytes !== null) yield bytes;
    }
  }

  /** Follows a chain, taking the image number `choice` of its first page and the newest after. */
  #follow(
    local: Uint8Array,
    firstPage: number,
    length: number,
    choice: number,
  ): Uint8Array | null {
    const payload = new Uint8Array(length);
    payload.set(local);
    let at = local.length;
    let page = firstPage;
    for (let step = 0; at < length && step < CHAIN_MAX; step++) {
      const image = this.#byPage.get(page)?.[step === 0 ? choice : 0];
      if (image === undefined || image.bytes.length < 4) return null;
      const part = image.bytes.subarray(4, this.usableBytes)
        .subarray(0, length - at);
      if (part.length === 0) return null;
      payload.set(part, at);
      at += part.length;
      page = viewOf(image.bytes).getUint32(0);
    }
    return at === length ? payload : null;
  }
}

/** The same bytes as a plain array: a `Buffer` would hand out views where copies are expected. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A view of the bytes of an array. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function pageSizeOf(main: Uint8Array, wal: Uint8Array): number {
  const stated = [
    main.length >= 18 ? viewOf(main).getUint16(16) || 0 : 0,
    wal.length >= 12 ? viewOf(wal).getUint32(8) : 0,
  ].map((size) => size === 1 ? 65_536 : size);
  return stated.find((size) =>
    size >= 512 && size <= 65_536 && (size & (size - 1)) === 0
  ) ?? PAGE_BYTES;
}

function pagesOf(main: Uint8Array, pageBytes: number): PageImage[] {
  const count = Math.ceil(main.length / pageBytes);
  return Array.from({ length: count }, (_, i) => ({
    page: i + 1,
    bytes: main.subarray(i * pageBytes, (i + 1) * pageBytes),
    age: 0,
  }));
}

/** All frames, also behind one that is damaged: SQLite would forget those, and they were synced. */
function framesOf(wal: Uint8Array, pageBytes: number): PageImage[] {
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  const salt = wal.length >= 24 ? wal.subarray(16, 24) : null;
  const images: PageImage[] = [];
  for (let at = WAL_HEADER_BYTES; at + 28 < wal.length; at += frameBytes) {
    const header = wal.subarray(at, at + FRAME_HEADER_BYTES);
    // Frames of an earlier round of the log lie behind those of this one and are older.
    const isOfThisRound = salt !== null &&
      salt.every((byte, i) => header[8 + i] === byte);
    images.push({
      page: viewOf(header).getUint32(0),
      bytes: wal.subarray(at + FRAME_HEADER_BYTES, at + frameBytes),
      age: (isOfThisRound ? 1 : -1e9) + at,
    });
  }
  return images;
}
