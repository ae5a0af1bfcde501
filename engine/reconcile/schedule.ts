/**
 * Reconciling once a day, while there is a connection, and looking around more often.
 *
 * Owns: when. The time of the last complete run is read from the store, so that a till that is
 * switched off every evening still reconciles every day.
 * @module
 */
import type { Clock } from "../ports.ts";

/** What the schedule asks and does. */
export interface Schedule {
  /** Called every few minutes, connection or not. */
  look: () => void;
  clock: Clock;
  /** Start of the last complete run, epoch milliseconds, or null. */
  lastAtMs: () => number | null;
  /** Whether Stripe can be reached now; asked only when it is time. */
  isOnline: () => Promise<boolean>;
  /** Reconciles once; must not throw for what Stripe answers. */
  run: (signal: AbortSignal) => Promise<void>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** How often the schedule looks whether it is time and whether there is a connection. */
const LOOK_EVERY_MS = 5 * 60 * 1000;

/** Runs until `signal` aborts. */
export async function reconcileDaily(
  schedule: Schedule,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = schedule;
  while (!signal.aborted) {
    try {
      await clock.sleep(LOOK_EVERY_MS, signal);
    } catch {
      return; // The signal ended the sleep: there is nothing to finish.
    }
    schedule.look();
    const lastAtMs = schedule.lastAtMs();
    const ageMs = lastAtMs === null ? DAY_MS : clock.nowMs() - lastAtMs;
    // A clock that went back makes the last run lie ahead; then it is time, too.
    const isDue = ageMs >= DAY_MS || ageMs < 0;
    if (isDue && await schedule.isOnline()) await schedule.run(signal);
  }
}
