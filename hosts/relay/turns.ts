/**
 * Turns at Stripe, shared by all devices of the relay's account.
 *
 * Owns: that the relay stays below Stripe's request limits however many tills come back at once.
 * Each till paces itself, but none knows of the others. Whoever would wait too long is told when
 * to come back, before anything was sent.
 * @see https://docs.stripe.com/rate-limits
 * @module
 */
import type {
  Gateway,
  GatewayCall,
  GatewayIdentity,
  Unavailable,
} from "../../engine/gateway.ts";
import type { Clock } from "../../engine/ports.ts";

/** How often Stripe may be asked. */
export interface TurnLimits {
  /** Requests a second to one endpoint. @default 20, below Stripe's 25 */
  endpointPerSecond: number;
  /** Requests a second in all. @default 80, below Stripe's 100 */
  totalPerSecond: number;
  /** Requests at once after a pause. @default 4: with a second's turns still below 25 */
  burst: number;
  /** Longest wait for a turn, milliseconds; who would wait longer is sent away. @default 3_000 */
  waitMsMax: number;
}

/** The limits used where the app gives none. */
export const DEFAULT_TURN_LIMITS: TurnLimits = {
  endpointPerSecond: 20,
  totalPerSecond: 80,
  burst: 4,
  waitMsMax: 3_000,
};

/** Requests in a fixed rhythm with a burst (GCRA): when the next one conforms. */
class Rhythm {
  readonly #intervalMs: number;
  readonly #burst: number;
  /** When the requests that were let in would have arrived, had they come evenly. */
  #evenMs = 0;

  constructor(perSecond: number, burst: number) {
    this.#intervalMs = 1000 / perSecond;
    this.#burst = burst;
  }

  waitMs(nowMs: number): number {
    const earliestMs = this.#evenMs - (this.#burst - 1) * this.#intervalMs;
    return Math.max(0, earliestMs - nowMs);
  }

  take(nowMs: number): void {
    this.#evenMs = Math.max(this.#evenMs, nowMs) + this.#intervalMs;
  }
}

/** Gives turns in the order of asking. */
export class Turns {
  readonly #clock: Clock;
  readonly #limits: TurnLimits;
  readonly #total: Rhythm;
  readonly #endpoints = new Map<string, Rhythm>();

  /** Every bucket begins full. */
  constructor(clock: Clock, limits: TurnLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#total = new Rhythm(limits.totalPerSecond, limits.burst * 4);
  }

  /** Resolves to null when it is this request's turn, or at once to what it would have to wait. */
  async take(endpoint: string, signal: AbortSignal): Promise<number | null> {
    const nowMs = this.#clock.monotonicMs();
    let rhythm = this.#endpoints.get(endpoint);
    if (rhythm === undefined) {
      rhythm = new Rhythm(this.#limits.endpointPerSecond, this.#limits.burst);
      this.#endpoints.set(endpoint, rhythm);
    }
    const waitMs = Math.max(rhythm.waitMs(nowMs), this.#total.waitMs(nowMs));
    if (waitMs > this.#limits.waitMsMax) return waitMs;
    rhythm.take(nowMs);
    this.#total.take(nowMs);
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
    return null;
  }
}

/** `gateway`, each verb of which waits for its turn first. */
export function inTurn(gateway: Gateway, turns: Turns): Gateway {
  const wait = async <R>(
    endpoint: string,
    signal: AbortSignal,
    send: () => Promise<R>,
  ): Promise<R | Unavailable> => {
    let waitMs: number | null;
    try {
      waitMs = await turns.take(endpoint, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      waitMs = 0; // Its time was over before its turn came.
    }
    return waitMs === null && !signal.aborted
      ? await send()
      : later(waitMs ?? 0);
  };
  const of = <A extends unknown[], R>(
    endpoint: string,
    verb: (...args: [...A, GatewayCall]) => Promise<R>,
  ) =>
  (...args: [...A, GatewayCall]): Promise<R | Unavailable> => {
    const { signal } = args[args.length - 1] as GatewayCall;
    return wait(endpoint, signal, () => verb(...args));
  };
  return {
    identify: (signal): Promise<GatewayIdentity> =>
      wait("account", signal, () => gateway.identify(signal)),
    createIntent: of("create", gateway.createIntent),
    confirmIntent: of("confirm", gateway.confirmIntent),
    captureIntent: of("capture", gateway.captureIntent),
    cancelIntent: of("cancel", gateway.cancelIntent),
    lookUpIntent: of("retrieve", gateway.lookUpIntent),
    claimIntent: of("update", gateway.claimIntent),
    retrieveIntent: of("retrieve", gateway.retrieveIntent),
    findIntent: of("list", gateway.findIntent),
    listIntents: of("list", gateway.listIntents),
    refundIntent: of("refund", gateway.refundIntent),
    listRefunds: of("refunds", gateway.listRefunds),
  };
}

/** Nothing was sent; Stripe itself would have said 429. */
function later(retryAfterMs: number): Unavailable {
  return {
    kind: "unavailable",
    code: "rate_limit",
    mayHaveExecuted: false,
    isSaved: false,
    isAnswered: true,
    retryAfterMs: Math.ceil(retryAfterMs),
  };
}
