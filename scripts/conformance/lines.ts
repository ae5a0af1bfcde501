/**
 * Bytes to lines, whatever the chunks.
 *
 * Owns: the bound on memory: a line of more than {@link LINE_BYTES_MAX} bytes is thrown away as it
 * arrives and reported as one line that is too long.
 * @module
 */

/** Longest line: room for the million letters of FIPS 180-2 B.3 as hex, twice over. */
const LINE_BYTES_MAX = 4_000_000;

const LINE_FEED = 0x0a;

/** Collects chunks and gives whole lines; null stands for a line that was too long. */
export class LineSplitter {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #kept: Uint8Array[] = [];
  #keptLength = 0;
  #isDiscarding = false;

  /** The lines that `chunk` completes, in order. */
  push(chunk: Uint8Array): (string | null)[] {
    const lines: (string | null)[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      if (end < 0) break;
      lines.push(this.#finish(chunk.subarray(start, end)));
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  /** What stands after the last line feed, if anything does. */
  end(): (string | null)[] {
    if (this.#keptLength === 0 && !this.#isDiscarding) return [];
    return [this.#finish(new Uint8Array(0))];
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#keptLength + bytes.length > LINE_BYTES_MAX) {
      this.#isDiscarding = true;
      this.#kept = [];
      this.#keptLength = 0;
    }
    if (this.#isDiscarding) return;
    // A copy: a stream may use the chunk's memory again.
    this.#kept.push(bytes.slice());
    this.#keptLength += bytes.length;
  }

  #finish(bytes: Uint8Array): string | null {
    if (this.#keptLength > 0 || this.#isDiscarding) {
      this.#keep(bytes);
      bytes = join(this.#kept, this.#keptLength);
    }
    const isTooLong = this.#isDiscarding || bytes.length > LINE_BYTES_MAX;
    this.#kept = [];
    this.#keptLength = 0;
    this.#isDiscarding = false;
    return isTooLong ? null : this.#text(bytes);
  }

  /** No text, and so no request, where the bytes are not UTF-8: mended, an id would differ. */
  #text(bytes: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return "";
    }
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
