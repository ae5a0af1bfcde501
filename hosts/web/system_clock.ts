/**
 * The system's clocks.
 * @module
 */
import type { Clock } from "../../engine/ports.ts";

/** Longer delays wrap in the runtimes' timers (2^31 - 1 ms, 24.8 days). */
const TIMER_DELAY_MS_MAX = 2_147_483_647;

/** Wall time, monotonic time and timers of this process. */
export class SystemClock implements Clock {
  /** @inheritdoc */
  nowMs(): number {
    return Date.now();
  }

  /** @inheritdoc */
  monotonicMs(): number {
    return performance.now();
  }

  /** @inheritdoc */
  async sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    const endMs = this.monotonicMs() + delayMs;
    do {
      const restMs = Math.max(0, endMs - this.monotonicMs());
      await wait(Math.min(Math.ceil(restMs), TIMER_DELAY_MS_MAX), signal);
    } while (this.monotonicMs() < endMs);
  }
}

function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, delayMs);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
