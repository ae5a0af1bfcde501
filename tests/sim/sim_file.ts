/**
 * One file of the simulated disk: what reads show, what the medium holds, and what lies between.
 *
 * Owns: the fate of writes that were not synced when the power went. Each 512- or 4,096-byte
 * sector of a write may reach the medium or not, in any order, and the sector being written may
 * end up as noise. A change of length is metadata and may survive without the data.
 * @module
 */
import type { Prng } from "./prng.ts";

type Change =
  | { kind: "write"; offset: number; bytes: Uint8Array }
  | { kind: "truncate"; length: number };

/** How a power cut treats what was not synced. */
export interface CutOptions {
  /** `none` loses all of it, `all` keeps all of it, `random` decides piece by piece. */
  mode: "none" | "all" | "random";
  /** Probability that a sector with an unsynced write becomes noise. */
  noise: number;
  /** Bytes the medium writes at once. */
  sectorBytes: number;
}

/** Bytes that a drive destroys when the power goes while it writes into them. */
const NOISE_BYTES = 4096;

/** A growing array of bytes. */
class Image {
  bytes: Uint8Array;
  length: number;

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.bytes = bytes;
    this.length = bytes.length;
  }

  write(source: Uint8Array, offset: number): void {
    this.resize(Math.max(this.length, offset + source.length));
    this.bytes.set(source, offset);
  }

  resize(length: number): void {
    if (length > this.bytes.length) {
      const bytes = new Uint8Array(Math.max(length, this.bytes.length * 2));
      bytes.set(this.bytes.subarray(0, this.length));
      this.bytes = bytes;
    } else if (length > this.length) {
      this.bytes.fill(0, this.length, length);
    }
    this.length = length;
  }

  apply(change: Change): void {
    if (change.kind === "write") this.write(change.bytes, change.offset);
    else this.resize(change.length);
  }

  copy(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

/** A file; `bytes` is what is on the medium to begin with. */
export class SimFile {
  readonly #current: Image;
  readonly #durable: Image;
  #pending: Change[] = [];

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#current = new Image(bytes.slice());
    this.#durable = new Image(bytes.slice());
  }

  get length(): number {
    return this.#current.length;
  }

  read(target: Uint8Array, offset: number): number {
    const { bytes, length } = this.#current;
    const part = bytes.subarray(
      offset,
      Math.min(length, offset + target.length),
    );
    target.set(part);
    return part.length;
  }

  write(bytes: Uint8Array, offset: number): void {
    this.#change({ kind: "write", offset, bytes: bytes.slice() });
  }

  truncate(length: number): void {
    this.#change({ kind: "truncate", length });
  }

  sync(): void {
    for (const change of this.#pending) this.#durable.apply(change);
    this.#pending = [];
  }

  /**
   * What Linux does when a sync fails: the pages count as clean, reads go on showing them, and
   * they never reach the medium. https://lwn.net/Articles/752063/ (read 2026-11-24)
   */
  dropUnsynced(): void {
    this.#pending = [];
  }

  /** The file as it is now, as if everything had been synced. */
  snapshot(): SimFile {
    return new SimFile(this.#current.copy());
  }

  /** One possible file after a power cut. */
  cut(random: Prng, options: CutOptions): SimFile {
    const { mode } = options;
    const image = new Image(this.#durable.copy());
    if (mode === "all") {
      for (const change of this.#pending) image.apply(change);
    }
    if (mode === "random") this.#cutRandomly(image, random, options);
    return new SimFile(image.copy());
  }

  #change(change: Change): void {
    this.#current.apply(change);
    this.#pending.push(change);
  }

  #cutRandomly(image: Image, random: Prng, options: CutOptions): void {
    // In order up to a point, or whole writes at random, or sectors at random.
    const style = random.below(3);
    const end = random.below(this.#pending.length + 1);
    for (const [i, change] of this.#pending.entries()) {
      const isKept = style === 0 ? i < end : random.chance(0.5);
      if (change.kind === "truncate") {
        if (isKept) image.apply(change);
        continue;
      }
      if (style !== 2 && !isKept) continue;
      const isTorn = style === 2 || (i === end - 1 && random.chance(0.3));
      this.#cutWrite(image, change, isTorn, random, options);
    }
  }

  #cutWrite(
    image: Image,
    { offset, bytes }: Change & { kind: "write" },
    isTorn: boolean,
    random: Prng,
    { sectorBytes, noise }: CutOptions,
  ): void {
    const end = offset + bytes.length;
    for (let start = offset; start < end;) {
      const next = Math.min(
        end,
        (Math.floor(start / sectorBytes) + 1) * sectorBytes,
      );
      if (!isTorn || random.chance(0.5)) {
        image.write(bytes.subarray(start - offset, next - offset), start);
      }
      if (random.chance(noise)) this.#destroy(image, start, random);
      start = next;
    }
  }

  #destroy(image: Image, offset: number, random: Prng): void {
    const start = Math.floor(offset / NOISE_BYTES) * NOISE_BYTES;
    const end = Math.min(
      Math.max(image.length, offset + 1),
      start + NOISE_BYTES,
    );
    image.write(
      Uint8Array.from({ length: end - start }, () => random.below(256)),
      start,
    );
  }
}
