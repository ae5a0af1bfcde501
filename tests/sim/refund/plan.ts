/**
 * What happens to the refunds of one payment, written down before it happens.
 *
 * Owns: the events, and how a seed becomes a list of them. Any part of a list is a world too, so
 * that a failing one can be made smaller.
 * @module
 */
import { type Fate, FATES } from "../forward/plan.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../durations.ts";
import { Prng } from "../prng.ts";

/** One thing that happens. */
export type RefundEvent =
  /** The cashier asks; while the last wish has no outcome, for the same again. */
  | { kind: "ask"; amount: number | null }
  /** A request under way ends. */
  | { kind: "answer"; pick: number; fate: Fate; delayMs: number }
  /** Time passes for everybody. */
  | { kind: "wait"; ms: number }
  /** The device's clock is set. */
  | { kind: "jump"; ms: number }
  /** The process dies; its requests under way are executed or not, or later. */
  | { kind: "die"; fate: Fate; delayMs: number }
  /** The process will die before (even) or after (odd) one of its next writes. */
  | { kind: "doom"; halfWrites: number }
  /** Somebody refunds a part at the Dashboard, without a mark. */
  | { kind: "stranger"; amount: number };

/** Around the 24 hours of Stripe's memory, and a month. */
const WAITS_MS: readonly number[] = [
  SECOND,
  MINUTE,
  HOUR,
  6 * HOUR,
  24 * HOUR - 1,
  24 * HOUR,
  25 * HOUR,
  31 * DAY,
];
/**
 * How late a request may be executed: less than Stripe keeps a key. A refund that is executed
 * more than a day after it was given up has no key any more that could stop it.
 */
const DELAYS_MS: readonly number[] = [
  SECOND,
  MINUTE,
  HOUR,
  6 * HOUR,
  23 * HOUR,
];
const JUMPS_MS: readonly number[] = [
  -3650 * DAY,
  -25 * HOUR,
  -2 * HOUR,
  2 * HOUR,
  25 * HOUR,
  3650 * DAY,
];
const AMOUNTS: readonly (number | null)[] = [100, 250, 400, null];
const TROUBLES = FATES.filter((fate) => fate !== "answered");

/** Writes down the world of `seed`. */
export function planRefunds(seed: number): RefundEvent[] {
  const random = new Prng(seed);
  const one = <T>(list: readonly T[]): T => list[random.below(list.length)];
  const troubles = TROUBLES.filter(() => random.chance(0.4));
  const trouble = random.fraction() * 0.8;
  const hasJumps = random.chance(0.5);
  const hasDeaths = random.chance(0.5);
  const hasStrangers = random.chance(0.5);
  const fate = (): Fate =>
    troubles.length > 0 && random.chance(trouble) ? one(troubles) : "answered";
  const events: RefundEvent[] = [];
  for (let i = 6 + random.below(20); i > 0; i--) {
    const dice = random.fraction();
    if (dice < 0.33) events.push({ kind: "ask", amount: one(AMOUNTS) });
    else if (dice < 0.72) {
      events.push({
        kind: "answer",
        pick: random.below(4),
        fate: fate(),
        delayMs: one(DELAYS_MS),
      });
    } else if (dice < 0.83) events.push({ kind: "wait", ms: one(WAITS_MS) });
    else if (dice < 0.9) {
      if (hasJumps) events.push({ kind: "jump", ms: one(JUMPS_MS) });
    } else if (dice < 0.95) {
      if (!hasDeaths) continue;
      events.push(
        random.chance(0.5)
          ? { kind: "die", fate: fate(), delayMs: one(DELAYS_MS) }
          : { kind: "doom", halfWrites: random.below(10) },
      );
    } else if (hasStrangers) {
      events.push({ kind: "stranger", amount: one([100, 250, 400]) });
    }
  }
  return events;
}
