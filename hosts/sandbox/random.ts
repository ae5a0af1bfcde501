/**
 * Randomness that repeats: the same seed gives the same identifiers and the
 * same faults, so a failing run can be run again.
 *
 * Owns: the generator and the shape of identifiers. Nothing here is secret.
 * @module
 */

const ALPHABET =
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A generator with 32 bits of state; period 2^32, enough for a test double. */
export class SeededRandom {
  #state: number;

  /** Starts the sequence of `seed`, any integer. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns the next 32 bits as an unsigned integer. */
  bits(): number {
    // A Weyl sequence through a mixing function (the "mulberry32" scheme):
    // every state is visited once, so identifiers do not repeat.
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** Returns a number in [0, 1). */
  fraction(): number {
    return this.bits() / 0x1_0000_0000;
  }

  /** Returns `length` characters of the alphabet of Stripe's identifiers. */
  text(length: number): string {
    let text = "";
    while (text.length < length) {
      let bits = this.bits();
      // Four characters use 62^4 of 2^32 values; the bias is of no interest.
      for (let i = 0; i < 4 && text.length < length; i++) {
        text += ALPHABET[bits % 62];
        bits = Math.floor(bits / 62);
      }
    }
    return text;
  }
}

/** Returns a 32-bit hash of `text` (FNV-1a), to derive seeds and account ids. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** Makes identifiers that look like Stripe's, in a sequence fixed by the seed. */
export class IdMaker {
  readonly #random: SeededRandom;

  /** Starts the sequence of `seed`. */
  constructor(seed: number) {
    this.#random = new SeededRandom(seed ^ 0x1d5);
  }

  /** Returns `prefix` followed by 24 letters and digits, as in `pi_3…`. */
  next(prefix: string): string {
    return prefix + this.#random.text(24);
  }

  /** Returns `prefix` followed by 14 characters, the length of `req_…`. */
  short(prefix: string): string {
    return prefix + this.#random.text(14);
  }
}
