/**
 * The loop that drains the queue.
 *
 * Owns: when to try, how many at once, and what to do when nobody answers. The order comes from
 * the core, time and chance from the ports, one payment's steps from `forward_payment.ts`. It
 * trusts no connectivity flag: it probes, and after a failure it probes again with backoff.
 * @module
 */
import { type ErrorCode, failure, HoldfastError } from "../errors.ts";
import type { NetworkStatus, TerminalEventTarget } from "../events.ts";
import type { Network, Random } from "../ports.ts";
import type { Lease } from "../store/lease.ts";
import type { PaymentRow } from "../store/rows.ts";
import type { Core, OrderCore } from "../../bindings/mod.ts";
import { withDeadline } from "./deadline.ts";
import type { ForwardContext, ForwardResult } from "./forward_context.ts";
import { forwardPayment } from "./forward_payment.ts";
import type { ForwarderOptions } from "./forwarder_options.ts";
import { Intake, laneOf } from "./intake.ts";
import { Wake } from "./wake.ts";
export {
  DEFAULT_FORWARDER_OPTIONS,
  type ForwarderOptions,
} from "./forwarder_options.ts";

/**
 * A payment takes two calls; at 300 ms each and the order's 20 payments a second, 12 are under way.
 * The credentials open one lane only, so no other lane needs room kept for it.
 */
export const IN_FLIGHT_MAX = 16;
const LEASE = "forwarder";
const LEASE_MS = 60_000;
/** A renewal is a write to the disk: often enough to miss one, not once a payment. */
const LEASE_RENEWAL_MS = LEASE_MS / 3;

/** Between two pages of a long queue sales get their turn. */
const PAGE_PAUSE_MS = 1;

/** The part of the core that orders a queue. */
export type ForwarderCore = Pick<Core, "createOrder" | "backoffDelayMs">;

/** Forwards open payments until it is stopped. */
export class Forwarder {
  readonly #context: ForwardContext;
  readonly #core: ForwarderCore;
  readonly #order: OrderCore;
  readonly #intake: Intake;
  readonly #network: Network;
  readonly #random: Random;
  readonly #events: TerminalEventTarget;
  readonly #options: ForwarderOptions;
  readonly #onSettled: (rowId: number) => void;
  readonly #wake = new Wake();
  readonly #inFlight = new Map<number, Promise<void>>();
  readonly #waiters = new Map<number, (() => void)[]>();
  #networkStatus: NetworkStatus = "unknown";
  #isPaused = false;
  #isIdentityKnown = false;
  #silentCalls = 0;
  #probeAttempt = 0;
  #lease: Lease | null = null;
  #renewedAtMs = 0;
  #stop: AbortController | null = null;
  #loop: Promise<void> = Promise.resolve();

  constructor(
    context: ForwardContext,
    core: ForwarderCore,
    network: Network,
    random: Random,
    events: TerminalEventTarget,
    options: ForwarderOptions,
    onSettled: (rowId: number) => void,
  ) {
    this.#context = context;
    this.#core = core;
    this.#order = core.createOrder({
      nowMs: context.clock.nowMs(),
      maxInFlight: IN_FLIGHT_MAX,
      maxInFlightPerLane: IN_FLIGHT_MAX,
    });
    this.#intake = new Intake(this.#order, context.payments);
    this.#network = network;
    this.#random = random;
    this.#events = events;
    this.#options = options;
    this.#onSettled = onSettled;
  }

  /** Whether Stripe answered last time it was asked. */
  get networkStatus(): NetworkStatus {
    return this.#networkStatus;
  }

  /** True while forwarding is paused by the app. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Loads the first open payments and starts the loop, which loads the others. */
  start(): void {
    const { leases, clock } = this.#context;
    this.#renewedAtMs = clock.monotonicMs();
    this.#lease = leases.acquire(
      LEASE,
      "terminal",
      clock.nowMs(),
      LEASE_MS,
      true,
    );
    this.#intake.loadPage();
    this.#stop = new AbortController();
    this.#loop = this.#run(this.#stop.signal).catch((error) => {
      this.#isPaused = true;
      this.#fail("FORWARDING_STOPPED", "forwarding ended by an error", error);
    });
  }

  /** Stops after the calls under way; what they learn is still written. */
  async stop(): Promise<void> {
    this.#stop?.abort(new DOMException("forwarding was stopped", "AbortError"));
    this.#wake.signal();
    await this.#loop;
    await Promise.allSettled(this.#inFlight.values());
    if (this.#lease !== null) this.#context.leases.release(this.#lease);
    this.#lease = null;
  }

  /** Puts a stored payment into the order; one that is there already stays where it is. */
  add(row: PaymentRow): void {
    this.#intake.add(row);
    this.#wake.signal();
  }

  /** Takes a payment out of the order, because it was voided or settled elsewhere. */
  remove(rowId: number): void {
    if (this.#order.state(rowId) !== null) this.#order.remove(rowId);
    this.#release(rowId);
  }

  /** Makes one payment, or all, due now; probes at once even if the last probe failed. */
  dueNow(rowId: number | "all"): void {
    const isQueued = rowId === "all" || this.#order.state(rowId) === "queued";
    if (isQueued) this.#order.makeDue(rowId, this.#context.clock.nowMs());
    this.#probeAttempt = 0;
    this.#wake.signal();
  }

  /** Whether a call for this payment is under way. */
  isInFlight(rowId: number): boolean {
    return this.#inFlight.has(rowId);
  }

  /** Resolves when the payment has its outcome. */
  settled(rowId: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.set(rowId, [...this.#waiters.get(rowId) ?? [], resolve]);
    });
  }

  /** Stops taking payments up; calls under way finish. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Goes on after {@link pause}, and after credentials were mended. */
  resume(): void {
    this.#isPaused = false;
    this.#isIdentityKnown = false;
    this.#wake.signal();
  }

  /** Asks the network once, now, and returns what it learned. */
  async probe(
    signal: AbortSignal = new AbortController().signal,
  ): Promise<NetworkStatus> {
    const { clock } = this.#context;
    const isReachable = await withDeadline(
      clock,
      this.#options.probeDeadlineMs,
      signal,
      (probeSignal) => this.#network.probe(probeSignal),
    );
    this.#setNetworkStatus(isReachable ? "online" : "offline");
    return this.#networkStatus;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const wake = this.#wake.next();
      try {
        await this.#turn(wake, signal);
      } catch (error) {
        // A store that fails once is opened again; a bug of ours ends the loop.
        if (!(error instanceof HoldfastError)) throw error;
        this.#mend(error);
        await this.#idle(this.#probeDelayMs(), wake, signal);
      }
    }
  }

  async #turn(wake: Promise<void>, signal: AbortSignal): Promise<void> {
    if (this.#intake.loadPage()) {
      return await this.#idle(PAGE_PAUSE_MS, wake, signal);
    }
    if (this.#isPaused || this.#order.count === 0) {
      await wake;
    } else if (!await this.#isReady(signal)) {
      await this.#idle(this.#probeDelayMs(), wake, signal);
    } else if (!this.#isPaused) {
      const next = this.#order.next(this.#context.clock.nowMs());
      if (next.kind === "take") this.#begin(next.seq, signal);
      else if (next.kind === "wait") {
        const delayMs = next.untilMs - this.#context.clock.nowMs();
        await this.#idle(delayMs, wake, signal);
      } else await wake;
    }
  }

  /** Reachable, ours, and still the drainer? */
  async #isReady(signal: AbortSignal): Promise<boolean> {
    if (
      this.#networkStatus !== "online" && await this.probe(signal) !== "online"
    ) return false;
    const { clock, gateway } = this.#context;
    if (!this.#holdsLease()) {
      this.#fail(
        "FORWARDING_TAKEN_OVER",
        "another forwarder holds the lease of this store",
      );
      this.#isPaused = true;
      return false;
    }
    if (this.#isIdentityKnown) return true;
    const identity = await withDeadline(
      clock,
      this.#context.callDeadlineMs,
      signal,
      (callSignal) => gateway.identify(callSignal),
    );
    if (identity.kind === "unavailable") {
      this.#setNetworkStatus(identity.isAnswered ? "online" : "offline");
      return false;
    }
    if (identity.kind === "unauthorized") {
      this.#fail(
        "FORWARDING_UNAUTHORIZED",
        `Stripe refuses the credentials: ${identity.code}`,
      );
      this.#isPaused = true;
      return false;
    }
    this.#parkForeignLanes(
      laneOf(identity.account, identity.isLivemode),
      identity.isLivemode,
    );
    this.#isIdentityKnown = true;
    return true;
  }

  #holdsLease(): boolean {
    const { leases, clock } = this.#context;
    const ageMs = clock.monotonicMs() - this.#renewedAtMs;
    if (ageMs < LEASE_RENEWAL_MS) return leases.isCurrent(this.#lease!);
    this.#renewedAtMs = clock.monotonicMs();
    return leases.renew(this.#lease!, clock.nowMs(), LEASE_MS);
  }

  /** Money of one account or mode is never sent with the credentials of another. */
  #parkForeignLanes(ours: string, isLivemode: boolean): void {
    this.#order.unpark(ours);
    const counts = new Map<string, { isLivemode: boolean; count: number }>();
    for (const total of this.#context.payments.totals()) {
      const lane = laneOf(total.account, total.isLivemode);
      const count = total.count + (counts.get(lane)?.count ?? 0);
      counts.set(lane, { isLivemode: total.isLivemode, count });
    }
    counts.delete(ours);
    for (const [lane, foreign] of counts) {
      this.#order.park(lane);
      const code = foreign.isLivemode === isLivemode
        ? "ACCOUNT_ID_MISMATCH_WHILE_FORWARDING"
        : isLivemode
        ? "OFFLINE_TESTMODE_PAYMENT_IN_LIVEMODE"
        : "OFFLINE_LIVEMODE_PAYMENT_IN_TESTMODE";
      const whose = `${foreign.count} stored payments belong to ${lane}`;
      this.#fail(code, `${whose}, the credentials to ${ours}`);
    }
  }

  #begin(rowId: number, signal: AbortSignal): void {
    const done = this.#forward(rowId, signal).finally(() => {
      this.#inFlight.delete(rowId);
      this.#wake.signal();
    });
    this.#inFlight.set(rowId, done);
  }

  async #forward(rowId: number, signal: AbortSignal): Promise<void> {
    try {
      const lease = this.#lease!;
      const result = await forwardPayment(this.#context, rowId, lease, signal);
      this.#conclude(rowId, result);
    } catch (error) {
      this.#onBroken(rowId, error);
    }
  }

  #conclude(rowId: number, result: ForwardResult): void {
    const { clock, payments, steps } = this.#context;
    switch (result.kind) {
      case "settled":
        this.#silentCalls = 0;
        this.#order.done(rowId);
        this.#release(rowId);
        this.#onSettled(rowId);
        return;
      case "retry": {
        const dueAtMs = this.#order.retry(
          rowId,
          clock.nowMs(),
          this.#randomWord(),
          result.retryAfterMs ?? 0,
        );
        steps.plan(rowId, dueAtMs);
        this.#silentCalls = result.isAnswered ? 0 : this.#silentCalls + 1;
        if (this.#silentCalls >= this.#options.silentCallsMax) {
          this.#setNetworkStatus("offline");
          this.#silentCalls = 0;
        }
        return;
      }
      case "parked": {
        const payment = payments.byRowId(rowId)!.payment;
        this.#order.release(rowId, clock.nowMs());
        this.#order.park(laneOf(payment.account, payment.isLivemode));
        this.#fail(
          "FORWARDING_UNAUTHORIZED",
          `Stripe refuses the credentials: ${result.code}`,
        );
        return;
      }
      case "fenced":
        this.#order.release(rowId, clock.nowMs());
        this.#isPaused = true;
        this.#fail(
          "FORWARDING_TAKEN_OVER",
          "another forwarder holds the lease of this store",
        );
    }
  }

  /** Something of ours failed, not the payment: it stays as it is and is tried again. */
  #onBroken(rowId: number, error: unknown): void {
    if (this.#order.state(rowId) === "in_flight") {
      const nowMs = this.#context.clock.nowMs();
      this.#order.retry(rowId, nowMs, this.#randomWord());
    }
    if (error instanceof HoldfastError) return this.#mend(error);
    // Only its name: an error of unknown origin may carry what it was working on.
    const name = error instanceof Error ? error.name : typeof error;
    this.#fail("FORWARDING_STEP_FAILED", `a step of forwarding threw ${name}`);
  }

  /** Tells of an error and opens a store that failed again. */
  #mend(error: HoldfastError): void {
    this.#fail(
      "FORWARDING_STEP_FAILED",
      `a step of forwarding failed: ${error.code}`,
      error,
    );
    if (!error.code.startsWith("STORE_")) return;
    try {
      this.#context.database.reopen();
    } catch (cause) {
      this.#isPaused = true;
      this.#fail(
        "FORWARDING_STOPPED",
        "the store cannot be opened again",
        cause,
      );
    }
  }

  async #idle(
    delayMs: number,
    wake: Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const ended = new AbortController();
    const timer = this.#context.clock.sleep(Math.max(1, delayMs), ended.signal)
      .catch(() => {});
    const onStop = (): void => ended.abort();
    signal.addEventListener("abort", onStop, { once: true });
    await Promise.race([timer, wake]);
    signal.removeEventListener("abort", onStop);
    ended.abort();
  }

  #probeDelayMs(): number {
    return this.#core.backoffDelayMs(
      ++this.#probeAttempt,
      this.#randomWord(),
      this.#options.probeDelayMsMin,
      this.#options.probeDelayMsMax,
    );
  }

  #setNetworkStatus(status: NetworkStatus): void {
    if (status === "online") this.#probeAttempt = 0;
    if (status === this.#networkStatus) return;
    this.#networkStatus = status;
    if (
      status === "online" && this.#order.count > 0 &&
      this.#options.reconnectSpreadMs > 0
    ) {
      this.#order.startAfterOutage(
        this.#context.clock.nowMs(),
        this.#randomWord(),
        this.#options.reconnectSpreadMs,
      );
    }
    this.#onSettled(0);
  }

  #fail(
    code: ErrorCode,
    message: string,
    cause?: unknown,
  ): void {
    const error = failure(code, message, cause === undefined ? {} : { cause });
    this.#events.emit("forwardingFailure", { error });
  }

  #release(rowId: number): void {
    for (const resolve of this.#waiters.get(rowId) ?? []) resolve();
    this.#waiters.delete(rowId);
  }

  #randomWord(): Uint8Array {
    const bytes = new Uint8Array(8);
    this.#random.fill(bytes);
    return bytes;
  }
}
