/**
 * A sandbox without sockets: its parts, put together.
 *
 * Owns: the composition. The server puts two ports in front of it; a simulator
 * uses it as it is, on a standing clock, thousands of times a second.
 * @module
 */
import { SandboxApi } from "./api.ts";
import type { EmvReader } from "./card_present.ts";
import { SandboxClock, type SandboxClockOptions } from "./clock.ts";
import { Courier, type Delivery } from "./delivery.ts";
import type { ApiRequest } from "./api.ts";
import { emvReader } from "./emv.ts";
import { FaultPlanner } from "./faults.ts";
import { Journal } from "./journal.ts";
import {
  RateLimiter,
  type RateLimits,
  STRIPE_RATE_LIMITS,
} from "./rate_limit.ts";
import { type SandboxBehaviour, SandboxState } from "./state.ts";
import { Webhooks } from "./webhooks.ts";

/** What a sandbox is made of. */
export interface SandboxWorldOptions extends Partial<SandboxBehaviour> {
  /**
   * Seed of identifiers and faults.
   * @default 1
   */
  seed?: number;
  /**
   * Start and running of the virtual clock.
   * @default the machine's time, running
   */
  clock?: SandboxClockOptions;
  /**
   * Requests per second and account, or null for none.
   * @default Stripe's: 25 for an endpoint, 100 in total
   */
  rateLimits?: RateLimits | null;
  /**
   * Decoder of chip data.
   * @default the core's
   */
  emv?: EmvReader;
}

/** Stripe's own behaviour, as documented. */
export const DEFAULT_BEHAVIOUR: SandboxBehaviour = {
  // https://docs.stripe.com/search#data-freshness: "less than a minute".
  searchDelayMs: 60_000,
  // https://docs.stripe.com/terminal/payments/collect-card-payment: two days.
  captureWindowMs: 2 * 24 * 60 * 60 * 1000,
  declineByAmountEnding: false,
  keepsEvents: true,
  localIdKeys: ["holdfast_local_id", "local_id"],
};

/** The parts of one sandbox. */
export interface SandboxWorld {
  readonly api: SandboxApi;
  readonly clock: SandboxClock;
  readonly state: SandboxState;
  readonly faults: FaultPlanner;
  readonly journal: Journal;
  readonly webhooks: Webhooks;
  /** Delivers a request through the faults, as a socket would. */
  deliver(request: ApiRequest): Promise<Delivery>;
}

/** Puts a sandbox together; nothing runs yet but the clock. */
export function createSandboxWorld(
  options: SandboxWorldOptions = {},
): SandboxWorld {
  const { seed = 1 } = options;
  const clock = new SandboxClock(options.clock);
  const emv = options.emv ?? emvReader();
  const state = new SandboxState(clock, seed, emv, behaviourOf(options));
  const limits = options.rateLimits === undefined
    ? STRIPE_RATE_LIMITS
    : options.rateLimits;
  const api = new SandboxApi(state, new RateLimiter(limits));
  const journal = new Journal();
  const faults = new FaultPlanner(seed);
  const courier = new Courier(api, clock, journal);
  const webhooks = new Webhooks(clock, seed);
  state.subscribers.push((event) => webhooks.send(event));
  const deliver = (request: ApiRequest) =>
    courier.deliver(request, faults.plan(request.method, request.path));
  return { api, clock, state, faults, journal, webhooks, deliver };
}

function behaviourOf(options: SandboxWorldOptions): SandboxBehaviour {
  const d = DEFAULT_BEHAVIOUR;
  return {
    searchDelayMs: options.searchDelayMs ?? d.searchDelayMs,
    captureWindowMs: options.captureWindowMs ?? d.captureWindowMs,
    declineByAmountEnding: options.declineByAmountEnding ??
      d.declineByAmountEnding,
    keepsEvents: options.keepsEvents ?? d.keepsEvents,
    localIdKeys: options.localIdKeys ?? d.localIdKeys,
  };
}
