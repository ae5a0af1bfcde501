/**
 * A stateful Stripe-shaped server for tests, demos and simulations.
 *
 * It keeps state as Stripe does, so that a forwarder can be wrong against it:
 * idempotency keys that expire, intents that know they were confirmed, limits,
 * declines, lost answers. It charges nobody and proves nothing about Stripe
 * itself; where Stripe is not documented, `docs/sandbox.md` says what was
 * chosen.
 * @module
 */
import { SandboxApi } from "./api.ts";
import type { EmvReader } from "./card_present.ts";
import { SandboxClock, type SandboxClockOptions } from "./clock.ts";
import { control } from "./control.ts";
import { SandboxControl } from "./control_client.ts";
import { Courier } from "./delivery.ts";
import { emvReader } from "./emv.ts";
import { FaultPlanner } from "./faults.ts";
import { HttpServer } from "./http_server.ts";
import { Journal } from "./journal.ts";
import type { SandboxParts } from "./parts.ts";
import {
  RateLimiter,
  type RateLimits,
  STRIPE_RATE_LIMITS,
} from "./rate_limit.ts";
import { type SandboxBehaviour, SandboxState } from "./state.ts";
export { SandboxControl, SandboxControlError } from "./control_client.ts";
export type { FaultKind, FaultRule } from "./faults.ts";
export type { JournalEntry } from "./journal.ts";
export type { Duplicate, IntentSummary, SandboxReport } from "./report.ts";
export type { RateLimits } from "./rate_limit.ts";
export type { EmvReader } from "./card_present.ts";

/** How a sandbox starts. */
export interface SandboxOptions extends Partial<SandboxBehaviour> {
  /**
   * Port of the API; 0 for any free one.
   * @default 0
   */
  port?: number;
  /**
   * Port of the control API and the page; 0 for any free one.
   * @default 0
   */
  controlPort?: number;
  /**
   * Address both listen on.
   * @default "127.0.0.1"
   */
  host?: string;
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

/** A running sandbox. */
export interface Sandbox {
  /** Where the `stripe` client connects. */
  readonly url: string;
  /** Where the control API and the page are. */
  readonly controlUrl: string;
  /** The control API as functions. */
  readonly control: SandboxControl;
  /** `host`, `port` and `protocol` for the `stripe` client's configuration. */
  readonly stripeConfig: { host: string; port: number; protocol: "http" };
  /** The world itself, for tests in the same process. */
  readonly state: SandboxState;
  /** The virtual clock. */
  readonly clock: SandboxClock;
  /** Breaks every connection and stops both servers. */
  close(): Promise<void>;
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

/**
 * Starts a sandbox on two ports of this process.
 *
 * @returns the running sandbox; both servers accept connections
 */
export async function startSandbox(
  options: SandboxOptions = {},
): Promise<Sandbox> {
  const { seed = 1, host = "127.0.0.1" } = options;
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
  const apiServer = new HttpServer((request) =>
    courier.deliver(request, faults.plan(request.method, request.path))
  );
  const parts: SandboxParts = {
    clock,
    state,
    faults,
    journal,
    setOffline: (isOffline) => apiServer.setOffline(isOffline),
  };
  const controlServer = new HttpServer((request) => control(parts, request));
  const url = await apiServer.listen(options.port ?? 0, host);
  const controlUrl = await controlServer.listen(options.controlPort ?? 0, host);
  return {
    url,
    controlUrl,
    control: new SandboxControl(controlUrl),
    stripeConfig: { host, port: Number(new URL(url).port), protocol: "http" },
    state,
    clock,
    close: async () => {
      clock.clear();
      await Promise.all([apiServer.close(), controlServer.close()]);
    },
  };
}

function behaviourOf(options: SandboxOptions): SandboxBehaviour {
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
