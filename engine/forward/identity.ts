/**
 * Whose money the gateway moves.
 *
 * Owns: that nobody sends anything with credentials whose account was not read first, and what
 * the stored payments of other accounts and modes are called. It is asked once a connection: a
 * key's account never changes, but after an outage another relay, or another key, may answer.
 * @module
 */
import type { ErrorCode } from "../errors.ts";
import type { GatewayIdentity, Unavailable } from "../gateway.ts";
import type { CurrencyTotal } from "../store/payments.ts";
import { withDeadline } from "./deadline.ts";
import type { ForwardContext } from "./forward_context.ts";
import { laneOf } from "./queue.ts";

/** The credentials' lane, or why it is not known. */
export type IdentityAnswer =
  | { kind: "known"; lane: string; isLivemode: boolean }
  | Exclude<GatewayIdentity, { kind: "identity" }>;

/** Longest pause that is believed; Stripe asks for seconds. */
const PAUSE_MS_MAX = 60 * 60 * 1000;

/** Asks the gateway and remembers. */
export class Identity {
  readonly #context: Pick<
    ForwardContext,
    "clock" | "gateway" | "callDeadlineMs"
  >;
  #known: Extract<IdentityAnswer, { kind: "known" }> | null = null;
  /** The answer that asked for a pause, and its end by the monotonic clock. */
  #pause: { answer: Unavailable; untilMs: number } | null = null;

  /** Knows nothing yet. */
  constructor(
    context: Pick<ForwardContext, "clock" | "gateway" | "callDeadlineMs">,
  ) {
    this.#context = context;
  }

  /** What was learned on this connection, or null. */
  get known(): Extract<IdentityAnswer, { kind: "known" }> | null {
    return this.#known;
  }

  /** Milliseconds for which the far side does not want to be asked; 0 when it may be. */
  get pauseMs(): number {
    if (this.#pause === null) return 0;
    return Math.max(0, this.#pause.untilMs - this.#context.clock.monotonicMs());
  }

  /** Asks again next time, but not before the end of a pause. */
  forget(): void {
    this.#known = null;
  }

  /**
   * Returns what is known, or asks under the deadline; never throws for an answer. During a pause
   * that the far side asked for (`Retry-After`) nothing is sent, whoever asks, and what it said then
   * is said again.
   */
  async ask(signal: AbortSignal): Promise<IdentityAnswer> {
    if (this.#known !== null) return this.#known;
    const { pauseMs } = this;
    if (pauseMs > 0) return { ...this.#pause!.answer, retryAfterMs: pauseMs };
    const { clock, gateway, callDeadlineMs } = this.#context;
    const identity = await withDeadline(
      clock,
      callDeadlineMs,
      signal,
      (callSignal) => gateway.identify(callSignal),
    );
    if (identity.kind === "unavailable") this.#notePause(identity);
    if (identity.kind !== "identity") return identity;
    const { account, isLivemode } = identity;
    const lane = laneOf({ account, isLivemode });
    return this.#known = { kind: "known", lane, isLivemode };
  }

  #notePause(answer: Unavailable): void {
    const { retryAfterMs } = answer;
    if (retryAfterMs === null) return;
    const pauseMs = Math.min(retryAfterMs, PAUSE_MS_MAX);
    const untilMs = this.#context.clock.monotonicMs() + pauseMs;
    this.#pause = { answer, untilMs };
  }
}

/** What is stored for others than `ours`, and the error that says so. */
export function foreignLanes(
  totals: readonly CurrencyTotal[],
  ours: { lane: string; isLivemode: boolean },
): { lane: string; count: number; code: ErrorCode }[] {
  const lanes = new Map<string, { isLivemode: boolean; count: number }>();
  for (const { account, isLivemode, count } of totals) {
    const lane = laneOf({ account, isLivemode });
    const before = lanes.get(lane)?.count ?? 0;
    lanes.set(lane, { isLivemode, count: before + count });
  }
  lanes.delete(ours.lane);
  return [...lanes].map(([lane, { isLivemode, count }]) => ({
    lane,
    count,
    code: mismatchOf(isLivemode, ours.isLivemode),
  }));
}

/** What it is called when a payment of one mode meets credentials of another account or mode. */
export function mismatchOf(
  isLivemode: boolean,
  isOursLivemode: boolean,
): ErrorCode {
  if (isLivemode === isOursLivemode) {
    return "ACCOUNT_ID_MISMATCH_WHILE_FORWARDING";
  }
  return isOursLivemode
    ? "OFFLINE_TESTMODE_PAYMENT_IN_LIVEMODE"
    : "OFFLINE_LIVEMODE_PAYMENT_IN_TESTMODE";
}
