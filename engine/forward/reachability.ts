/**
 * Whether Stripe answers.
 *
 * Owns: what `networkStatus` says, and how long to wait before asking again. A probe only shows
 * that somebody answers: a relay, a proxy, a captive portal. So once calls went unanswered the
 * connection is in doubt, and a probe is believed only together with an answered call, asked for
 * whose money the credentials move. The pauses shrink again when a payment's call was answered,
 * never because a probe was; otherwise the status would flip with every probe.
 * @module
 */
import type { NetworkStatus } from "../events.ts";
import type { Clock, Network } from "../ports.ts";
import { withDeadline } from "./deadline.ts";
import type { ForwarderOptions } from "./forwarder_options.ts";
import type { Identity } from "./identity.ts";

/** What reachability works with. */
export interface ReachabilityParts {
  clock: Clock;
  network: Network;
  identity: Identity;
  options: ForwarderOptions;
  /** Milliseconds to wait after the `attempt`-th failure in a row, jitter included. */
  backoffMs: (attempt: number) => number;
  /** Told of every change, after it happened; `isAsked`: somebody waits for it. */
  onChange: (status: NetworkStatus, isAsked: boolean) => void;
}

/** The connection as the forwarder sees it. */
export class Reachability {
  readonly #parts: ReachabilityParts;
  #status: NetworkStatus = "unknown";
  #era = 0;
  #attempt = 0;
  #silentCalls = 0;
  #isDoubted = false;
  /** How often it was believed to be back, and no payment's call was answered. */
  #falseReturns = 0;
  #isProven = false;
  #believeFromMs = Number.NEGATIVE_INFINITY;
  /** Somebody wants it now, and no probe was begun since. */
  #isHurried = false;

  /** Knows nothing yet. */
  constructor(parts: ReachabilityParts) {
    this.#parts = parts;
  }

  /** Whether Stripe answered last time it was asked. */
  get status(): NetworkStatus {
    return this.#status;
  }

  /** Which stretch of one status this is; give it back with {@link noteSilence}. */
  get era(): number {
    return this.#era;
  }

  /** Asks once, now, and returns what it learned. */
  async probe(signal: AbortSignal): Promise<NetworkStatus> {
    const { clock, options } = this.#parts;
    const wasDoubted = this.#isDoubted;
    const wasHurried = this.#isHurried;
    this.#isHurried = false;
    const isReachable = await withDeadline(
      clock,
      options.probeDeadlineMs,
      signal,
      (probeSignal) => this.#answers(probeSignal),
    );
    this.#set(isReachable ? "online" : "offline", wasDoubted, wasHurried);
    return this.#status;
  }

  /** A payment's call was answered, whatever the answer said. */
  noteAnswer(): void {
    this.#attempt = 0;
    this.#silentCalls = 0;
    this.#falseReturns = 0;
    this.#isProven = true;
    this.#isDoubted = false;
  }

  /**
   * A payment's call of `era` went unanswered. After `silentCallsMax` in a row the connection
   * counts as gone; calls that were begun before the last change say nothing about it.
   */
  noteSilence(era: number): void {
    if (era !== this.#era) return;
    if (++this.#silentCalls >= this.#parts.options.silentCallsMax) this.lose();
  }

  /** The far side answered, though not to a payment's call: there is a connection. */
  find(): void {
    this.#set("online", true);
  }

  /** The connection is gone, and from now on a probe alone will not bring it back. */
  lose(): void {
    this.doubt();
    if (this.#status === "online" && !this.#isProven) {
      const pauseMs = this.#parts.backoffMs(++this.#falseReturns);
      this.#believeFromMs = this.#parts.clock.monotonicMs() + pauseMs;
    }
    this.#set("offline", false);
  }

  /** A call went unanswered: the next probe is believed only together with an answered call. */
  doubt(): void {
    this.#isDoubted = true;
  }

  /** How long to wait before the next probe, milliseconds; longer every time. */
  nextDelayMs(): number {
    return this.#parts.backoffMs(++this.#attempt);
  }

  /** Somebody wants it now: the next probe comes soon and counts. */
  hurry(): void {
    this.#attempt = 0;
    this.#believeFromMs = Number.NEGATIVE_INFINITY;
    // Where there is a connection nobody waits for one: the next outage is not asked for yet.
    this.#isHurried = this.#status !== "online";
  }

  async #answers(signal: AbortSignal): Promise<boolean> {
    const { clock, identity, network } = this.#parts;
    if (clock.monotonicMs() < this.#believeFromMs) return false;
    if (!await network.probe(signal)) return false;
    if (!this.#isDoubted) return true;
    if (identity.pauseMs > 0) return false; // It must not be asked, so it cannot answer.
    identity.forget();
    const answer = await identity.ask(signal);
    return answer.kind !== "unavailable" || answer.isAnswered;
  }

  /** `isIdentityFresh`: whether who answers was asked on this connection already. */
  #set(
    status: NetworkStatus,
    isIdentityFresh: boolean,
    wasHurried = false,
  ): void {
    if (status === "online") this.#isDoubted = false;
    if (status === this.#status) return;
    this.#status = status;
    this.#era++;
    this.#silentCalls = 0;
    this.#isProven = false;
    // Who answers after an outage may be another relay, or have another key.
    if (!isIdentityFresh) this.#parts.identity.forget();
    const isAsked = wasHurried || this.#isHurried;
    if (status === "online") this.#isHurried = false;
    this.#parts.onChange(status, isAsked);
  }
}
