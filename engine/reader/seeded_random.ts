/**
 * A reproducible stream of numbers for the simulated reader.
 *
 * Owns: that one seed gives one stream on every runtime. Not for secrets.
 * @module
 */

/** xoshiro128** seeded from a string; period 2^128-1. */
export class SeededRandom {
  readonly #state = new Uint32Array(4);

  /** @param seed Any text; equal seeds give equal streams. */
  constructor(seed: string) {
    // FNV-1a over the seed, then four steps of splitmix32 to fill the state.
    let hash = 0x811c9dc5;
    for (let at = 0; at < seed.length; at++) {
      hash = Math.imul(hash ^ seed.charCodeAt(at), 0x01000193);
    }
    for (let i = 0; i < 4; i++) {
      hash = (hash + 0x9e3779b9) | 0;
      let mixed = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      this.#state[i] = mixed ^ (mixed >>> 15);
    }
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }

  /** The next 32 bits, 0..2^32-1. */
  next(): number {
    const s = this.#state;
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 11);
    return result;
  }

  /** An integer in `0..bound-1`; the bias of at most bound/2^32 does not matter here. */
  below(bound: number): number {
    return Math.floor(this.next() / 0x1_0000_0000 * bound);
  }

  /** One of `items`. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  /** `length` bytes. */
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.next() >>> 24);
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
