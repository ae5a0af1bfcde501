/**
 * A bell the drain loop sleeps by.
 *
 * Owns: that a signal given between two looks is never missed.
 * @module
 */

/** Resolves everyone who asked for `next()` before the signal. */
export class Wake {
  #promise: Promise<void>;
  #resolve: () => void = () => {};

  constructor() {
    this.#promise = this.#arm();
  }

  /** Resolves at the next signal; ask before you look at the state you wait for. */
  next(): Promise<void> {
    return this.#promise;
  }

  /** Wakes everyone who waits. */
  signal(): void {
    const resolve = this.#resolve;
    this.#promise = this.#arm();
    resolve();
  }

  #arm(): Promise<void> {
    return new Promise((resolve) => this.#resolve = resolve);
  }
}
