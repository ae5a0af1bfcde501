/**
 * What really happened in the worlds, so that a kind of trouble that never occurs is noticed.
 *
 * Owns: the list of happenings and the count of worlds in which each occurred. A workload that is
 * too narrow finds nothing and looks the same as one that has nothing to find.
 * @module
 */
import { FATES } from "./plan.ts";

/** Everything that must occur, by name. */
export const HAPPENINGS = [
  ...FATES.map((fate) => `fate_${fate}` as const),
  /** A new sale while a request of the drain was under way. */
  "sale_during_a_drain",
  "voided_before_it_was_sent",
  /** A process ended with a request under way. */
  "death_during_a_request",
  "death_before_a_commit",
  /** The commit is on disk and the process never heard so. */
  "death_after_a_commit",
  /** A drainer took the lease while the other one had a request under way. */
  "takeover_during_a_request",
  /** The one whose lease was taken woke up and was kept from sending. */
  "fenced_off",
  /** An answer came when its caller had given up long ago. */
  "request_executed_within_an_hour",
  "request_executed_hours_later",
  /** Stripe had forgotten a key that was sent again. */
  "key_pruned",
  "open_over_24_h_to_the_millisecond",
  "open_over_25_h",
  "open_over_31_days",
  "clock_back_ten_years",
  "clock_ahead_ten_years",
  /** 401 or 403 with other payments waiting. */
  "credentials_refused_in_a_drain",
  "intent_found_by_listing",
  "second_intent",
  "declined",
  "declined_for_now",
  "set_aside",
  "unknown",
] as const;

/** One of {@link HAPPENINGS}. */
export type Happening = typeof HAPPENINGS[number];

const NUMBER_OF = new Map<string, number>(
  HAPPENINGS.map((name, i) => [name, i]),
);

/** How many worlds saw each happening. */
export type Coverage = Record<Happening, number>;

/** Watches one world after the other. */
export class CoverageCounter {
  readonly #worlds = new Uint32Array(HAPPENINGS.length);
  readonly #seen = new Uint8Array(HAPPENINGS.length);

  /** It happened, once or more often. */
  note(happening: Happening): void {
    this.#seen[NUMBER_OF.get(happening)!] = 1;
  }

  /** The world is over. */
  endWorld(): void {
    for (let i = 0; i < this.#seen.length; i++) {
      this.#worlds[i] += this.#seen[i];
    }
    this.#seen.fill(0);
  }

  /** Worlds by happening. */
  get counts(): Coverage {
    return Object.fromEntries(
      HAPPENINGS.map((name, i) => [name, this.#worlds[i]]),
    ) as Coverage;
  }
}

/** Happenings that fewer than `least` worlds saw. */
export function missing(coverage: Coverage, least: number): Happening[] {
  return HAPPENINGS.filter((name) => coverage[name] < least);
}

/** Adds up what two simulations saw. */
export function sumOf(one: Coverage, two: Coverage): Coverage {
  return Object.fromEntries(
    HAPPENINGS.map((name) => [name, one[name] + two[name]]),
  ) as Coverage;
}
