/**
 * What happens in a world, written down before it happens.
 *
 * Owns: the events, and how a seed becomes a list of them. An event names its target by a number
 * taken modulo what is there, so that any part of a list is a world too: that is what shrinking
 * needs. Each world draws which kinds of trouble it knows at all (swarm testing), because trouble
 * of every kind at once hides more than it finds.
 * @module
 */
import { Prng } from "../prng.ts";
import type { CardTemper } from "./stripe_model.ts";

/** What may become of one request and its answer. */
export const FATES = [
  "answered",
  "request_lost",
  "response_lost",
  /** Nobody answers until the deadline; nothing was executed. */
  "silence",
  /** Executed, and nobody answers until the deadline. */
  "executed_in_silence",
  /** The connection breaks, and the request is executed `delayMs` later. */
  "zombie",
  /** As `zombie`, but the client waits until its deadline. */
  "silent_zombie",
  "delivered_twice",
  /** 500 saved under the key; nothing was executed. */
  "saved_500_before",
  /** 500 saved under the key; it was executed. */
  "saved_500_after",
  "unsaved_503",
  "rate_limited",
  "locked",
  "unauthorized",
  "forbidden",
  /** Somebody on the way answers 200 in JSON of his own. */
  "captive_portal",
  /** Executed, and somebody on the way answers with a page. */
  "bad_gateway_page",
] as const;

/** One of {@link FATES}. */
export type Fate = typeof FATES[number];

/** One thing that happens. */
export type WorldEvent =
  | {
    kind: "sale";
    temper: CardTemper;
    amount: number;
    currency: string;
    isManual: boolean;
    isUnreadable: boolean;
  }
  /** From now on processes present declined payments again. */
  | { kind: "policy" }
  /** A drainer takes an open payment up. */
  | { kind: "begin"; drainer: number; pick: number }
  /** A request under way ends. */
  | { kind: "answer"; pick: number; fate: Fate; delayMs: number }
  /** Time passes for everybody. */
  | { kind: "wait"; ms: number }
  /** The device's clock is set. */
  | { kind: "jump"; ms: number }
  /** A process dies now; its requests under way are executed or not, or later. */
  | { kind: "die"; drainer: number; fate: Fate; delayMs: number }
  /** A process will die before (even) or after (odd) one of its next commits. */
  | { kind: "doom"; drainer: number; halfCommits: number }
  /** A drainer takes the lease, whoever holds it. */
  | { kind: "takeover"; drainer: number }
  /** The cashier voids a payment. */
  | { kind: "void"; pick: number };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Pauses that matter: around the 23 h of our trust, the 24 h of Stripe's memory, and a month. */
const WAITS_MS: readonly number[] = [
  SECOND,
  MINUTE,
  HOUR,
  6 * HOUR,
  23 * HOUR - 1,
  23 * HOUR,
  24 * HOUR - 1,
  24 * HOUR,
  25 * HOUR,
  31 * DAY,
];
/** How late a request may be executed. */
const DELAYS_MS = WAITS_MS.slice(0, 9);
const JUMPS_MS: readonly number[] = [
  -3650 * DAY,
  -25 * HOUR,
  -2 * HOUR,
  -MINUTE,
  MINUTE,
  2 * HOUR,
  25 * HOUR,
  3650 * DAY,
];
const TROUBLES = FATES.filter((fate) => fate !== "answered");
const LATE: readonly Fate[] = ["zombie", "silent_zombie"];
const CURRENCIES = ["usd", "eur", "jpy"];

/** Whether a list knows no wrong clock, no late request and no second drainer. */
export function isCalm(events: readonly WorldEvent[]): boolean {
  return events.every((event) => {
    if (event.kind === "jump" || event.kind === "takeover") return false;
    if ("drainer" in event && event.drainer !== 0) return false;
    return !("fate" in event && LATE.includes(event.fate));
  });
}

/** Writes down the world of `seed`. */
export function planWorld(seed: number): WorldEvent[] {
  const random = new Prng(seed);
  const one = <T>(list: readonly T[]): T => list[random.below(list.length)];
  const isCalmWorld = random.chance(0.35);
  const troubles = TROUBLES.filter((fate) =>
    random.chance(0.35) && !(isCalmWorld && LATE.includes(fate))
  );
  const trouble = random.fraction() * 0.7;
  const drainers = isCalmWorld || random.chance(0.6) ? 1 : 2;
  const hasJumps = !isCalmWorld && random.chance(0.4);
  const hasDeaths = random.chance(0.5);
  const hasOddCards = random.chance(0.4);
  const drainer = (): number => random.below(drainers);
  const fate = (): Fate =>
    troubles.length > 0 && random.chance(trouble) ? one(troubles) : "answered";
  const sale = (): WorldEvent => ({
    kind: "sale",
    temper: hasOddCards ? temper(random) : "approves",
    amount: 100 + random.below(10_000),
    currency: one(CURRENCIES),
    isManual: random.chance(0.2),
    isUnreadable: hasOddCards && random.chance(0.05),
  });
  const events: WorldEvent[] = [];
  if (hasOddCards && random.chance(0.4)) events.push({ kind: "policy" });
  for (let i = 1 + random.below(3); i > 0; i--) events.push(sale());
  for (let i = 8 + random.below(32); i > 0; i--) {
    const dice = random.fraction();
    if (dice < 0.32) {
      events.push({ kind: "begin", drainer: drainer(), pick: random.below(8) });
    } else if (dice < 0.76) {
      events.push({
        kind: "answer",
        pick: random.below(8),
        fate: fate(),
        delayMs: one(DELAYS_MS),
      });
    } else if (dice < 0.84) events.push({ kind: "wait", ms: one(WAITS_MS) });
    else if (dice < 0.88) {
      if (hasJumps) events.push({ kind: "jump", ms: one(JUMPS_MS) });
    } else if (dice < 0.91) events.push(sale());
    else if (dice < 0.96) {
      if (!hasDeaths) continue;
      events.push(
        random.chance(0.7)
          ? {
            kind: "doom",
            drainer: drainer(),
            halfCommits: random.below(16),
          }
          : {
            kind: "die",
            drainer: drainer(),
            fate: fate(),
            delayMs: one(DELAYS_MS),
          },
      );
    } else if (dice < 0.98) {
      if (drainers > 1) events.push({ kind: "takeover", drainer: drainer() });
    } else events.push({ kind: "void", pick: random.below(8) });
  }
  return events;
}

function temper(random: Prng): CardTemper {
  const dice = random.fraction();
  if (dice < 0.55) return "approves";
  if (dice < 0.7) return "declines";
  if (dice < 0.85) return "relents";
  return dice < 0.95 ? "ponders" : "malformed";
}
