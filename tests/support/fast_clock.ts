/**
 * A clock that runs faster than the wall's, and can be set.
 *
 * Owns: that everything that waits through the clock port waits shorter, so that a test of a
 * fifteen-second time-out takes a fraction of a second and still really waits.
 * @module
 */
import type { Clock } from "../../engine/ports.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";

/** The system's clock, `factor` times as fast, `shiftMs` milliseconds ahead. */
export class FastClock implements Clock {
  readonly #inner = new SystemClock();
  readonly #factor: number;
  readonly #startMs = this.#inner.nowMs();
  readonly #startMonotonicMs = this.#inner.monotonicMs();
  /** Added to the wall time; set it to travel. */
  shiftMs = 0;

  constructor(factor = 1) {
    this.#factor = factor;
  }

  /** @inheritdoc */
  nowMs(): number {
    return Math.floor(this.#startMs + this.monotonicMs() + this.shiftMs);
  }

  /** @inheritdoc */
  monotonicMs(): number {
    const elapsed = this.#inner.monotonicMs() - this.#startMonotonicMs;
    return elapsed * this.#factor;
  }

  /** @inheritdoc */
  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return this.#inner.sleep(delayMs / this.#factor, signal);
  }
}
