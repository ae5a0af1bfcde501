/**
 * What is outside of the device: time, the network and Stripe.
 *
 * Owns: true time, what becomes of a request, and requests that arrive late.
 * @module
 */
import type { CoverageCounter } from "./coverage.ts";
import { type FarSide, meet, type Outcome } from "./fates.ts";
import type { Fate } from "./plan.ts";
import { LateRequests } from "./processes.ts";
import type { ModelRequest, StripeModel } from "./stripe_model.ts";

/** When every world begins. */
export const START_MS = Date.UTC(2026, 10, 24, 12);
const HOUR_MS = 60 * 60_000;

/** The rest of one world. */
export class Outside {
  /** True time. */
  nowMs = START_MS;
  readonly #stripe: StripeModel;
  readonly #coverage: CoverageCounter;
  readonly #late = new LateRequests();
  readonly #far: FarSide;

  /** Around a Stripe. */
  constructor(stripe: StripeModel, coverage: CoverageCounter) {
    this.#stripe = stripe;
    this.#coverage = coverage;
    this.#far = {
      execute: (request) => stripe.execute(request, this.nowMs),
      failAndSave: (request, isExecuting) =>
        stripe.failAndSave(request, isExecuting, this.nowMs),
      executeLate: (request, delayMs) => {
        const sentMs = this.nowMs;
        this.#late.add({ sentMs, atMs: sentMs + delayMs, request });
      },
      retryAfter: "2",
    };
  }

  /** Another world. */
  reset(): void {
    this.nowMs = START_MS;
    this.#late.reset();
  }

  /** Lets a request meet its fate. */
  meet(request: ModelRequest, fate: Fate, delayMs: number): Outcome {
    return meet(fate, request, delayMs, this.#far);
  }

  /** Time passes, all of it when infinite; what is late by then arrives. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (const { atMs, sentMs, request } of this.#late.takeUntil(untilMs)) {
      this.#coverage.note(
        atMs - sentMs >= HOUR_MS
          ? "request_executed_hours_later"
          : "request_executed_within_an_hour",
      );
      this.nowMs = atMs;
      this.#stripe.execute(request, atMs);
    }
    if (Number.isFinite(untilMs)) this.nowMs = untilMs;
  }
}
