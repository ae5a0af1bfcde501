/**
 * What happens in a world, written down before it happens.
 *
 * Owns: the events, and how a seed becomes a list of them. An event names its target by a number
 * taken modulo what is there, so that any part of a list is a world too: that is what shrinking
 * needs. Each world draws which kinds of trouble it knows at all (swarm testing), because trouble
 * of every kind at once hides more than it finds.
 * @module
 */
import { DAY, HOUR, MINUTE, SECOND } from "../durations.ts";
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
  /** 409 because the same request is still being executed: that ends `delayMs` later. */
  "key_in_use",
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
  /** One of a process's next commits fails: the disk is full. */
  | { kind: "spoil"; drainer: number; commits: number }
  /** The store is copied. */
  | { kind: "backup" }
  /** The device is gone and the copy takes its place, unless there was a sale since. */
  | { kind: "restore"; fate: Fate; delayMs: number }
  /** A drainer takes the lease, whoever holds it. */
  | { kind: "takeover"; drainer: number }
  /** A drainer takes the lease if it has run out. */
  | { kind: "succeed"; drainer: number }
  /** The app asks for the capture of a manual payment that was forwarded. */
  | { kind: "capture"; drainer: number; pick: number }
  /** Processes that start from now on have another account's key, and sales are that account's. */
  | { kind: "switch" }
  /** The cashier voids a payment. */
  | { kind: "void"; pick: number };

/**
 * Pauses that matter: around the 23 h of our trust, the 24 h of Stripe's memory, the 48 h for which
 * it holds an authorisation, and a month.
 */
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
  2 * DAY - 1,
  2 * DAY,
  31 * DAY,
];
/** How late a request may be executed. */
const LONG_WAITS_MS = WAITS_MS.slice(3);
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
const BACK_MS = JUMPS_MS.filter((ms) => ms < 0);
const TROUBLES = FATES.filter((fate) => fate !== "answered");
const LATE: readonly Fate[] = ["zombie", "silent_zombie", "key_in_use"];
const CURRENCIES = ["usd", "eur", "jpy"];

/** How much happens in a world: least and most of each. */
interface Scale {
  sales: readonly [number, number];
  events: readonly [number, number];
  /** Share of requests that meet trouble. */
  trouble: readonly [number, number];
}

/**
 * Three worlds of four have one payment and much trouble: for the time they take they show more
 * of most seeded bugs than the wide ones, in which payments meet and queue.
 */
const SMALL: Scale = { sales: [1, 1], events: [6, 20], trouble: [0.25, 0.9] };
const WIDE: Scale = { sales: [1, 3], events: [8, 39], trouble: [0, 0.7] };
const SMALL_SHARE = 0.75;
/**
 * Share of worlds, of those that are not calm, in which all comes together that faults were found
 * with: several drainers, pauses of hours to a month, manual captures, cards that relent, copies.
 */
const CROWDED_SHARE = 0.1;

const WILD = ["jump", "takeover", "succeed", "restore"];

/** Whether a list knows no wrong clock, no late request, no copy and no second drainer. */
export function isCalm(events: readonly WorldEvent[]): boolean {
  return events.every((event) => {
    if (WILD.includes(event.kind)) return false;
    if ("drainer" in event && event.drainer !== 0) return false;
    return !("fate" in event && LATE.includes(event.fate));
  });
}

/** Writes down the world of `seed`. */
export function planWorld(seed: number): WorldEvent[] {
  const random = new Prng(seed);
  const scale = random.chance(SMALL_SHARE) ? SMALL : WIDE;
  const [leastTrouble, mostTrouble] = scale.trouble;
  const isCalmWorld = random.chance(0.35);
  const isCrowded = !isCalmWorld && random.chance(CROWDED_SHARE);
  const traits: Traits = {
    troubles: TROUBLES.filter((fate) =>
      random.chance(0.35) && !(isCalmWorld && LATE.includes(fate))
    ),
    trouble: leastTrouble + random.fraction() * (mostTrouble - leastTrouble),
    isCrowded,
    drainers: isCalmWorld ? 1 : drainersOf(random.fraction(), isCrowded),
    hasJumps: !isCalmWorld && random.chance(0.4),
    hasDeaths: random.chance(0.5),
    hasFullDisk: random.chance(0.3),
    hasCopies: !isCalmWorld && random.chance(isCrowded ? 0.5 : 0.3),
    hasOddCards: isCrowded || random.chance(0.4),
    hasCaptures: random.chance(0.15),
    hasSwitches: random.chance(0.08),
  };
  const draw = new Draw(random, traits);
  const events: WorldEvent[] = [];
  if (traits.hasOddCards && random.chance(0.4)) events.push({ kind: "policy" });
  for (let i = draw.within(scale.sales); i > 0; i--) events.push(draw.sale());
  if (traits.hasCopies) events.push({ kind: "backup" });
  for (let i = draw.within(scale.events); i > 0; i--) {
    const event = draw.event();
    if (event !== null) events.push(event);
  }
  return events;
}

/** Which kinds of trouble a world knows. */
interface Traits {
  troubles: readonly Fate[];
  trouble: number;
  isCrowded: boolean;
  drainers: number;
  hasJumps: boolean;
  hasDeaths: boolean;
  hasFullDisk: boolean;
  hasCopies: boolean;
  hasOddCards: boolean;
  hasCaptures: boolean;
  hasSwitches: boolean;
}

function drainersOf(dice: number, isCrowded: boolean): number {
  if (isCrowded) return dice < 0.4 ? 2 : 4;
  if (dice < 0.6) return 1;
  return dice < 0.9 ? 2 : 4;
}

/** Draws the events of one world. */
class Draw {
  readonly #random: Prng;
  readonly #traits: Traits;

  constructor(random: Prng, traits: Traits) {
    this.#random = random;
    this.#traits = traits;
  }

  /** An integer of `least`..`most`. */
  within([least, most]: readonly [number, number]): number {
    return least + this.#random.below(most - least + 1);
  }

  /** A sale. */
  sale(): WorldEvent {
    const random = this.#random;
    const { hasOddCards, hasCaptures, isCrowded } = this.#traits;
    const manualShare = hasCaptures ? 0.8 : isCrowded ? 0.5 : 0.2;
    return {
      kind: "sale",
      temper: hasOddCards ? temper(random, isCrowded) : "approves",
      amount: 100 + random.below(10_000),
      currency: this.#one(CURRENCIES),
      isManual: random.chance(manualShare),
      isUnreadable: hasOddCards && random.chance(0.05),
    };
  }

  /** Anything else, or null where the world does not know what was drawn. */
  event(): WorldEvent | null {
    const { hasJumps, hasDeaths, hasFullDisk, hasCopies, drainers } =
      this.#traits;
    const { hasCaptures, hasSwitches } = this.#traits;
    if (hasCaptures && this.#random.chance(0.15)) {
      return { kind: "capture", drainer: this.#drainer(), pick: this.#pick() };
    }
    if (hasSwitches && this.#random.chance(0.1)) return { kind: "switch" };
    const dice = this.#random.fraction();
    if (dice < 0.31) {
      return { kind: "begin", drainer: this.#drainer(), pick: this.#pick() };
    }
    if (dice < 0.74) {
      return { kind: "answer", pick: this.#pick(), ...this.#fate() };
    }
    if (dice < 0.82) return this.#pause();
    if (dice < 0.86) {
      if (!hasJumps) return null;
      // A copy looks for what was made since a sale, as the clock was then: see reliability.md.
      return { kind: "jump", ms: this.#one(hasCopies ? BACK_MS : JUMPS_MS) };
    }
    if (dice < 0.88) return this.sale();
    if (dice < 0.91) return hasDeaths ? this.#death() : null;
    if (dice < 0.93) return hasFullDisk ? this.#fullDisk() : null;
    if (dice < 0.96) return hasCopies ? this.#copy() : null;
    if (dice < 0.985) {
      if (drainers === 1) return null;
      const kind = dice < 0.97 ? "takeover" : "succeed";
      return { kind, drainer: this.#drainer() };
    }
    return { kind: "void", pick: this.#pick() };
  }

  #pause(): WorldEvent {
    const { hasCaptures, isCrowded } = this.#traits;
    const isLapse = hasCaptures && this.#random.chance(0.3);
    const waits = isCrowded ? LONG_WAITS_MS : WAITS_MS;
    return { kind: "wait", ms: isLapse ? 2 * DAY : this.#one(waits) };
  }

  #death(): WorldEvent {
    const drainer = this.#drainer();
    return this.#random.chance(0.7)
      ? { kind: "doom", drainer, halfCommits: this.#random.below(16) }
      : { kind: "die", drainer, ...this.#fate() };
  }

  #fullDisk(): WorldEvent {
    const commits = this.#random.below(8);
    return { kind: "spoil", drainer: this.#drainer(), commits };
  }

  #copy(): WorldEvent {
    return this.#random.chance(0.2)
      ? { kind: "backup" }
      : { kind: "restore", ...this.#fate() };
  }

  #fate(): { fate: Fate; delayMs: number } {
    const { troubles, trouble } = this.#traits;
    const hasTrouble = troubles.length > 0 && this.#random.chance(trouble);
    return {
      fate: hasTrouble ? this.#one(troubles) : "answered",
      delayMs: this.#one(DELAYS_MS),
    };
  }

  #drainer(): number {
    return this.#random.below(this.#traits.drainers);
  }

  #pick(): number {
    return this.#random.below(8);
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)];
  }
}

function temper(random: Prng, isCrowded: boolean): CardTemper {
  if (isCrowded && random.chance(0.4)) return "relents";
  const dice = random.fraction();
  if (dice < 0.55) return "approves";
  if (dice < 0.7) return "declines";
  if (dice < 0.85) return "relents";
  return dice < 0.95 ? "ponders" : "malformed";
}
