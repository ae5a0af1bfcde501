import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../../engine/ports.ts";
import { reconcileDaily } from "../../../engine/reconcile/schedule.ts";

const HOUR_MS = 60 * 60 * 1000;

/** Sleeping moves the time; after `hours` the test is over. */
class FastClock implements Clock {
  #nowMs = Date.UTC(2026, 0, 1);
  readonly #endMs: number;
  readonly #stop: AbortController;

  constructor(hours: number, stop: AbortController) {
    this.#endMs = this.#nowMs + hours * HOUR_MS;
    this.#stop = stop;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    this.#nowMs += delayMs;
    if (this.#nowMs > this.#endMs) this.#stop.abort(new Error("over"));
    return signal.aborted ? Promise.reject(signal.reason) : Promise.resolve();
  }
}

async function runs(
  hours: number,
  isOnline: (nowMs: number) => boolean,
  last: number | null = null,
): Promise<number[]> {
  const stop = new AbortController();
  const clock = new FastClock(hours, stop);
  const startMs = clock.nowMs();
  const at: number[] = [];
  let lastAtMs = last === null ? null : startMs + last * HOUR_MS;
  await reconcileDaily({
    clock,
    look: () => {},
    lastAtMs: () => lastAtMs,
    isOnline: () => Promise.resolve(isOnline(clock.nowMs() - startMs)),
    run: () => {
      lastAtMs = clock.nowMs();
      at.push((lastAtMs - startMs) / HOUR_MS);
      return Promise.resolve();
    },
  }, stop.signal);
  return at;
}

test("reconcileDaily() runs soon after the start and then once a day", async () => {
  const at = await runs(100, () => true);
  assert.equal(at.length, 5);
  assert.ok(at[0] < 0.1);
  for (let i = 1; i < at.length; i++) {
    assert.ok(Math.abs(at[i] - at[i - 1] - 24) < 0.1);
  }
});

test("reconcileDaily() waits out what the store says of the last run", async () => {
  const [first] = await runs(48, () => true, -20);
  assert.ok(Math.abs(first - 4) < 0.1);
});

test("reconcileDaily() without a connection waits for it and not for a day", async () => {
  const at = await runs(40, (elapsedMs) => elapsedMs > 10 * HOUR_MS);
  assert.equal(at.length, 2);
  assert.ok(at[0] > 10 && at[0] < 10.1);
});

test("reconcileDaily() after the clock went back years runs at once", async () => {
  const [first] = await runs(2, () => true, 10 * 365 * 24);
  assert.ok(first < 0.1);
});
