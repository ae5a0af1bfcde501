/**
 * What really happened in the worlds, so that a kind of trouble that never occurs is noticed.
 *
 * Owns: the list of happenings and the count of worlds in which each occurred. A workload that is
 * too narrow finds nothing and looks the same as one that has nothing to find.
 * @module
 */
import type { Activity } from "../../../engine/store/activity.ts";
import { type Fate, FATES } from "./plan.ts";
import type { ModelAnswer, StripeModel } from "./stripe_model.ts";
import type { WorkResult } from "./task_work.ts";

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
  /** A commit failed and its process went on. */
  "commit_refused",
  /** A copy took the device's place, and a payment open in it had been settled meanwhile. */
  "settled_and_open_in_a_copy",
  /** The third or fourth program over one store. */
  "third_drainer",
  /** A drainer took the lease while the other one had a request under way. */
  "takeover_during_a_request",
  /** The one whose lease was taken woke up and was kept from sending. */
  "fenced_off",
  /** A drainer wanted the lease, and whoever had it was still good for it. */
  "lease_held",
  /** A drainer with a request under way stood still past its lease, and another one took it. */
  "lease_run_out_during_a_request",
  /** Money of one account met the other one's key. */
  "foreign_money_kept",
  "captured",
  /** The app asked for a capture again after no answer. */
  "capture_asked_again",
  "capture_unanswered",
  /** A capture came when Stripe had let the authorisation go. */
  "captured_too_late",
  "authorisation_lapsed",
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
/** The happening of each fate, so that its name is not made anew for every request. */
const HAPPENING_OF = new Map<Fate, Happening>(
  FATES.map((fate) => [fate, `fate_${fate}`]),
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

  /** A request met that fate. */
  noteFate(fate: Fate): void {
    this.note(HAPPENING_OF.get(fate)!);
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

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;

/** A pause while payments were open. */
export function noteGap(coverage: CoverageCounter, ms: number): void {
  if (ms === DAY_MS) coverage.note("open_over_24_h_to_the_millisecond");
  if (ms === DAY_MS + HOUR_MS) coverage.note("open_over_25_h");
  if (ms === 31 * DAY_MS) coverage.note("open_over_31_days");
}

/** The device's clock was set. */
export function noteJump(coverage: CoverageCounter, ms: number): void {
  if (ms <= -3650 * DAY_MS) coverage.note("clock_back_ten_years");
  if (ms >= 3650 * DAY_MS) coverage.note("clock_ahead_ten_years");
}

/** How a task ended. */
export function noteWork(coverage: CoverageCounter, result: WorkResult): void {
  if (result.kind === "foreign") coverage.note("foreign_money_kept");
  if (result.kind === "capture_unanswered") coverage.note(result.kind);
  if (result.kind === "capture_refused" && result.status === "canceled") {
    coverage.note("captured_too_late");
  }
}

/** What the books of both sides show when a world is over. */
export function noteOutcomes(
  coverage: CoverageCounter,
  stripe: StripeModel,
  timeline: readonly Activity[],
  sales: number,
): void {
  if (stripe.prunedCount > 0) coverage.note("key_pruned");
  if (stripe.intents.length > sales) coverage.note("second_intent");
  if (stripe.intents.some(({ hasLapsed }) => hasLapsed)) {
    coverage.note("authorisation_lapsed");
  }
  for (const { kind } of timeline) {
    if (kind === "declined") coverage.note("declined");
    else if (kind === "failed") coverage.note("set_aside");
    else if (kind === "unknown") coverage.note("unknown");
    else if (kind === "captured") coverage.note("captured");
    else if (kind === "declined_for_now") coverage.note("declined_for_now");
  }
}

/** Whether an answer is a list with the intent of that payment in it. */
export function isListWith(outcome: unknown, localId: string): boolean {
  const { body } = outcome as Partial<ModelAnswer>;
  if (body?.object !== "list") return false;
  return body.data.some((intent: { metadata: Record<string, string> }) =>
    intent.metadata.holdfast_local_id === localId
  );
}
