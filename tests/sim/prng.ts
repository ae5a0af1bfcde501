/**
 * A seeded generator for simulations: the same seed gives the same world on every runtime.
 *
 * Not for keys. The step is Marsaglia's xorshift32 with a multiplied output (xorshift*).
 * @module
 */

/** A stream of numbers that depends on its seed only. */
export class Prng {
  #state: number;

  /** Starts the stream of `seed`, any integer. */
  constructor(seed: number) {
    // Neighbouring seeds must not start alike; 0 would stay 0.
    this.#state = (Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) >>> 0) || 1;
    for (let i = 0; i < 8; i++) this.fraction();
  }

  /** The next number, at least 0 and below 1. */
  fraction(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return (Math.imul(this.#state, 0x2545f491) >>> 0) / 2 ** 32;
  }

  /** An integer, at least 0 and below `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }
}
