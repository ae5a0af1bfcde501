/**
 * Time that only moves when everybody waits, for drains that take minutes in real time.
 *
 * Owns: the clock port, the latency of an in-process sandbox, and moving the sandbox's own clock
 * with ours, so that its limits and ours see the same seconds.
 * @module
 */
import { setImmediate } from "node:timers";
import type { Clock } from "../engine/ports.ts";
import { inProcessFetch, type SandboxWorld } from "../hosts/sandbox/mod.ts";

/** Turns of the event loop without anything happening after which everybody is taken to wait. */
const QUIET_TURNS = 3;

interface Timer {
  atMs: number;
  ring: () => void;
}

/** A clock, and a network of fixed latency to a sandbox in this process. */
export class VirtualTime implements Clock {
  readonly #world: SandboxWorld;
  readonly #startMs: number;
  readonly #timers = new Set<Timer>();
  #nowMs: number;
  #happened = 0;
  #busy = 0;

  /** Time starts where the sandbox's standing clock is. */
  constructor(world: SandboxWorld) {
    this.#world = world;
    this.#nowMs = this.#startMs = world.clock.nowMs();
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs - this.#startMs;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    this.#happened++;
    return new Promise((resolve, reject) => {
      const timer = { atMs: this.#nowMs + delayMs, ring: resolve };
      this.#timers.add(timer);
      signal?.addEventListener("abort", () => {
        this.#timers.delete(timer);
        reject(signal.reason);
      }, { once: true });
    });
  }

  /** A `fetch` to the sandbox that takes `latencyMs` there and back. */
  fetch(latencyMs: number): typeof fetch {
    const ask = inProcessFetch(this.#world);
    return async (input, init) => {
      await this.sleep(latencyMs / 2);
      this.#busy++;
      const response = await ask(input, init).finally(() => this.#busy--);
      await this.sleep(latencyMs / 2);
      return response;
    };
  }

  /** Lets time pass until `work` ends; returns the seconds it took by this clock. */
  async run(work: Promise<void>): Promise<number> {
    let isOver = false;
    void work.finally(() => isOver = true);
    const startMs = this.#nowMs;
    while (!isOver) {
      await this.#everybodyWaits();
      if (!isOver) this.#ringNext();
    }
    await work;
    return (this.#nowMs - startMs) / 1000;
  }

  async #everybodyWaits(): Promise<void> {
    let seen = -1;
    for (let quiet = 0; quiet < QUIET_TURNS;) {
      await new Promise<void>((resolve) => void setImmediate(resolve));
      const isQuiet = this.#busy === 0 && seen === this.#happened;
      quiet = isQuiet ? quiet + 1 : 0;
      seen = this.#happened;
    }
  }

  #ringNext(): void {
    let next: Timer | null = null;
    for (const timer of this.#timers) {
      if (next === null || timer.atMs < next.atMs) next = timer;
    }
    if (next === null) throw new Error("everybody waits for nothing");
    this.#timers.delete(next);
    this.#world.clock.advance(Math.max(0, next.atMs - this.#nowMs));
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.ring();
  }
}
