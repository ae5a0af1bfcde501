/**
 * The clock of a server runtime.
 * @module
 */
import type { Clock } from "../../engine/mod.ts";

/** Longer delays overflow the runtimes' timers, which then fire at once. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** A {@link Clock} over the system's. */
export class SystemClock implements Clock {
  nowMs(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      }, Math.min(Math.max(0, delayMs), DELAY_MS_MAX));
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
