/**
 * The sandbox's own time: it may run, stand still, and be pushed forward.
 *
 * Owns: virtual time and everything that waits for it. Stripe forgets an
 * idempotency key after 24 hours and an authorisation after two days; a test
 * that waits for either needs a clock it can move. Time never goes back.
 * @module
 */
import { clearTimeout, setTimeout } from "node:timers";

interface Appointment {
  readonly dueMs: number;
  readonly run: () => void;
}

/** How the clock starts; see {@link SandboxClock}. */
export interface SandboxClockOptions {
  /**
   * Epoch milliseconds at the start.
   * @default the machine's time
   */
  startMs?: number;
  /**
   * Whether time passes by itself. A standing clock moves only by `advance`.
   * @default true
   */
  isRunning?: boolean;
}

/** Longest delay `setTimeout` takes without wrapping: 2^31 - 1 ms. */
const LONGEST_DELAY_MS = 0x7fffffff;

/** Time of the sandbox, in epoch milliseconds. */
export class SandboxClock {
  readonly isRunning: boolean;
  #baseMs: number;
  #startedMs: number;
  #waiting: Appointment[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** Starts the clock. */
  constructor(options: SandboxClockOptions = {}) {
    this.isRunning = options.isRunning ?? true;
    this.#baseMs = options.startMs ?? Date.now();
    this.#startedMs = performance.now();
  }

  /** Returns epoch milliseconds, an integer. */
  nowMs(): number {
    if (!this.isRunning) return this.#baseMs;
    return Math.floor(this.#baseMs + performance.now() - this.#startedMs);
  }

  /** Returns epoch seconds, the unit of every Stripe timestamp. */
  nowSeconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }

  /**
   * Moves time forward and runs, in order, everything that became due, each
   * at its own moment.
   *
   * @param ms milliseconds, zero or more
   * @throws {RangeError} when they are negative or not a number
   */
  advance(ms: number): void {
    if (!(ms >= 0) || !Number.isFinite(ms)) {
      throw new RangeError(`ms must be 0 or more, got ${ms}`);
    }
    const endMs = this.nowMs() + ms;
    while (this.#waiting.length > 0 && this.#waiting[0].dueMs <= endMs) {
      this.#moveTo(Math.max(this.nowMs(), this.#waiting[0].dueMs));
      this.#runDue();
    }
    this.#moveTo(Math.max(this.nowMs(), endMs));
    this.#arm();
  }

  /** Runs `run` once, `delayMs` milliseconds of virtual time from now. */
  after(delayMs: number, run: () => void): void {
    const appointment = { dueMs: this.nowMs() + delayMs, run };
    // Kept in order of time, and of arrival among equals.
    let at = this.#waiting.length;
    while (at > 0 && this.#waiting[at - 1].dueMs > appointment.dueMs) at--;
    this.#waiting.splice(at, 0, appointment);
    if (at === 0) this.#arm();
  }

  /** Drops everything that waits. */
  clear(): void {
    this.#waiting = [];
    this.#disarm();
  }

  #moveTo(ms: number): void {
    this.#baseMs = ms;
    this.#startedMs = performance.now();
  }

  #runDue(): void {
    while (this.#waiting.length > 0 && this.#waiting[0].dueMs <= this.nowMs()) {
      this.#waiting.shift()!.run();
    }
  }

  #arm(): void {
    this.#disarm();
    if (!this.isRunning || this.#waiting.length === 0) return;
    const delayMs = Math.max(0, this.#waiting[0].dueMs - this.nowMs());
    this.#timer = setTimeout(() => {
      this.#runDue();
      this.#arm();
    }, Math.min(delayMs, LONGEST_DELAY_MS));
    this.#timer.unref(); // A waiting retry does not keep a program alive.
  }

  #disarm(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
