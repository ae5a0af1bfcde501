/**
 * A bell the drain loop sleeps by.
 *
 * Owns: that a signal given between two looks is never missed.
 * @module
 */
import type { Clock } from "../ports.ts";

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

/** Resolves after `delayMs`, at `wake`, or when `signal` ends the sleep. */
export async function idle(
  clock: Clock,
  delayMs: number,
  wake: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const timer = clock.sleep(Math.max(1, delayMs), ended.signal).catch(() => {});
  const onStop = (): void => ended.abort();
  signal.addEventListener("abort", onStop, { once: true });
  await Promise.race([timer, wake]);
  signal.removeEventListener("abort", onStop);
  ended.abort();
}
