/**
 * The loop that drains the queue.
 *
 * Owns: when to try, how many at once, and what to do when nobody answers. The order comes from
 * the core, time and chance from the ports, one payment's steps from `forward_payment.ts`. It
 * trusts no connectivity flag: it probes, and after a failure it probes again with backoff.
 * @module
 */
import { HoldfastError } from "../errors.ts";
import type { NetworkStatus, TerminalEventTarget } from "../events.ts";
import type { Network, Random } from "../ports.ts";
import type { PaymentRow } from "../store/rows.ts";
import type { Core, OrderCore } from "../../bindings/mod.ts";
import type { ForwardContext, ForwardResult } from "./forward_context.ts";
import { forwardPayment } from "./forward_payment.ts";
import type { ForwarderOptions } from "./forwarder_options.ts";
import { ForwardingNews } from "./forwarding_news.ts";
import { HeldLease } from "./held_lease.ts";
import { foreignLanes, Identity, type IdentityAnswer } from "./identity.ts";
import { laneOf, Queue, WINDOW } from "./queue.ts";
import { Reachability } from "./reachability.ts";
import { idle, Wake } from "./wake.ts";
export {
  DEFAULT_FORWARDER_OPTIONS,
  type ForwarderOptions,
} from "./forwarder_options.ts";

/**
 * A payment takes two calls; at 300 ms each and the order's 20 payments a second, 12 are under way.
 * The credentials open one lane only, so no other lane needs room kept for it.
 */
export const IN_FLIGHT_MAX = 16;
/** How long a window of payments that all wait is looked at before the next ones are. */
const WINDOW_REST_MS = 10_000;

/** The part of the core that orders a queue. */
export type ForwarderCore = Pick<Core, "createOrder" | "backoffDelayMs">;

/** Forwards open payments until it is stopped. */
export class Forwarder {
  readonly #context: ForwardContext;
  readonly #core: ForwarderCore;
  readonly #order: OrderCore;
  readonly #queue: Queue;
  readonly #identity: Identity;
  readonly #reachability: Reachability;
  readonly #random: Random;
  readonly #news: ForwardingNews;
  readonly #lease: HeldLease;
  readonly #options: ForwarderOptions;
  readonly #onSettled: (rowId: number) => void;
  readonly #wake = new Wake();
  readonly #inFlight = new Map<number, Promise<void>>();
  /**
   * One for each payment under way: if all their calls listened to the loop's own signal, Node
   * would warn of a leak.
   */
  readonly #endings = new Set<AbortController>();
  readonly #waiters = new Map<number, (() => void)[]>();
  #isPaused = false;
  /** Whose lane the order was set to; null when it must be looked at again. */
  #lane: string | null = null;
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
      capacity: WINDOW,
      maxInFlight: IN_FLIGHT_MAX,
      maxInFlightPerLane: IN_FLIGHT_MAX,
    });
    this.#queue = new Queue(this.#order, context.payments);
    this.#identity = new Identity(context);
    this.#random = random;
    this.#news = new ForwardingNews(events);
    this.#lease = new HeldLease(context);
    this.#options = options;
    this.#onSettled = onSettled;
    this.#reachability = new Reachability({
      ...{ network, options, clock: context.clock, identity: this.#identity },
      backoffMs: (attempt) => this.#backoffMs(attempt),
      onChange: (status, isAsked) => this.#onNetworkStatus(status, isAsked),
    });
  }

  /** Whether Stripe answered last time it was asked. */
  get networkStatus(): NetworkStatus {
    return this.#reachability.status;
  }

  /** True while forwarding is paused by the app. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Loads the open payments and starts the loop. */
  start(): void {
    this.#lease.take();
    this.#queue.fill(this.#context.clock.nowMs());
    this.#stop = new AbortController();
    this.#loop = this.#run(this.#stop.signal).catch((error) => {
      this.#isPaused = true;
      this.#news.fail(
        "FORWARDING_STOPPED",
        "forwarding ended by an error",
        error,
      );
    });
  }

  /** Stops after the calls under way; what they learn is still written. */
  async stop(): Promise<void> {
    const reason = new DOMException("forwarding was stopped", "AbortError");
    this.#stop?.abort(reason);
    for (const ending of this.#endings) ending.abort(reason);
    this.#wake.signal();
    await this.#loop;
    await Promise.allSettled(this.#inFlight.values());
    this.#lease.release();
  }

  /** Takes in a stored payment; one that is there already stays where it is. */
  add(row: PaymentRow): void {
    // The first one of a lane that is not ours: park it before anything is handed out.
    if (laneOf(row.payment) !== this.#lane) this.#lane = null;
    this.#queue.add(row);
    this.#wake.signal();
  }

  /** Takes a payment out of the order, because it was voided or settled elsewhere. */
  remove(rowId: number): void {
    this.#queue.remove(rowId);
    this.#release(rowId);
  }

  /** Makes one payment, or all, due now; probes at once even if the last probe failed. */
  dueNow(rowId: number | "all"): void {
    this.#queue.makeDue(rowId, this.#context.clock.nowMs());
    this.#reachability.hurry();
    this.#wake.signal();
  }

  /** Whether a call for this payment is under way. */
  isInFlight(rowId: number): boolean {
    return this.#inFlight.has(rowId);
  }

  /** Resolves when no call is under way; nothing new is taken up while it is paused. */
  async calls(): Promise<void> {
    while (this.#inFlight.size > 0) {
      await Promise.allSettled(this.#inFlight.values());
    }
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
    this.#identity.forget();
    this.#lane = null;
    this.#news.forgetForeign();
    this.#wake.signal();
  }

  /** Whose money the gateway moves, asked once a connection; see {@link Identity}. */
  async identify(signal: AbortSignal): Promise<IdentityAnswer> {
    return await this.#identity.ask(signal);
  }

  /** Asks the network once, now, and returns what it learned; see {@link Reachability}. */
  async probe(
    signal: AbortSignal = new AbortController().signal,
  ): Promise<NetworkStatus> {
    return await this.#reachability.probe(signal);
  }

  /** A call went unanswered elsewhere: asks again, and believes no probe alone. */
  async doubt(): Promise<NetworkStatus> {
    this.#reachability.doubt();
    return await this.probe();
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
        await this.#idle(this.#reachability.nextDelayMs(), wake, signal);
      }
    }
  }

  async #turn(wake: Promise<void>, signal: AbortSignal): Promise<void> {
    const queue = this.#queue;
    const hasRead = !this.#isPaused && queue.fill(this.#context.clock.nowMs());
    if (this.#isPaused || queue.isEmpty) {
      await wake;
    } else if (!await this.#isReady(signal)) {
      // The pause and the jitter: a crowd told "30" must not come back together at 30.
      const delayMs = this.#identity.pauseMs + this.#reachability.nextDelayMs();
      await this.#idle(delayMs, wake, signal);
    } else if (!this.#isPaused && !signal.aborted) {
      // What begins after stop() would miss its abort.
      const nowMs = this.#context.clock.nowMs();
      const next = this.#order.next(nowMs);
      if (next.kind === "take") this.#begin(next.seq);
      else if (hasRead) return; // The next page may hold what is due.
      else if (next.kind === "busy") await wake;
      else {
        const untilMs = next.kind === "wait" ? next.untilMs : Infinity;
        await this.#rest(untilMs - nowMs, wake, signal);
      }
    }
  }

  /** Nothing in the window can be sent for so long: something outside of it perhaps can. */
  async #rest(
    delayMs: number,
    wake: Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    if (!this.#queue.hasMore) {
      await (delayMs === Infinity ? wake : this.#idle(delayMs, wake, signal));
      return;
    }
    await this.#idle(Math.min(delayMs, WINDOW_REST_MS), wake, signal);
    if (delayMs > WINDOW_REST_MS) this.#queue.moveOn();
  }

  /** Reachable, ours, and still the drainer? */
  async #isReady(signal: AbortSignal): Promise<boolean> {
    const isOnline = this.networkStatus === "online" ||
      await this.probe(signal) === "online";
    if (!isOnline) return false;
    if (!this.#lease.isHeld()) {
      this.#news.takenOver();
      this.#isPaused = true;
      return false;
    }
    const { known } = this.#identity;
    if (known !== null && known.lane === this.#lane) return true;
    const identity = await this.#identity.ask(signal);
    if (identity.kind === "unavailable") {
      if (identity.isAnswered) this.#reachability.find();
      else this.#reachability.lose();
      return false;
    }
    if (identity.kind === "unauthorized") {
      this.#news.unauthorized(identity.code);
      this.#isPaused = true;
      return false;
    }
    this.#lane = identity.lane;
    this.#order.unpark(identity.lane);
    this.#queue.readOnly(identity.lane);
    this.#parkForeignLanes(identity);
    return true;
  }

  /** Money of one account or mode is never sent with the credentials of another. */
  #parkForeignLanes(ours: Extract<IdentityAnswer, { kind: "known" }>): void {
    const foreign = foreignLanes(this.#context.payments.totals(), ours);
    for (const { lane } of foreign) this.#order.park(lane);
    this.#news.foreign(foreign, ours.lane);
  }

  #begin(rowId: number): void {
    const ending = new AbortController();
    this.#endings.add(ending);
    const done = this.#forward(rowId, ending.signal).finally(() => {
      this.#inFlight.delete(rowId);
      this.#endings.delete(ending);
      this.#wake.signal();
    });
    this.#inFlight.set(rowId, done);
  }

  async #forward(rowId: number, signal: AbortSignal): Promise<void> {
    try {
      const { lease } = this.#lease;
      const { era } = this.#reachability;
      const result = await forwardPayment(this.#context, rowId, lease, signal);
      const isSilent = result.kind === "retry" && !result.isAnswered;
      if (isSilent) this.#reachability.noteSilence(era);
      else if (result.kind !== "fenced") this.#reachability.noteAnswer();
      this.#conclude(rowId, result);
    } catch (error) {
      this.#onBroken(rowId, error);
    }
  }

  #conclude(rowId: number, result: ForwardResult): void {
    const { clock, payments, steps } = this.#context;
    switch (result.kind) {
      case "settled":
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
        this.#queue.stepBack(rowId);
        return;
      }
      case "pin_wanted":
        this.#order.done(rowId);
        this.#release(rowId);
        return;
      case "parked":
        this.#order.release(rowId, clock.nowMs());
        this.#order.park(laneOf(payments.byRowId(rowId)!.payment));
        this.#news.unauthorized(result.code);
        return;
      case "fenced":
        this.#order.release(rowId, clock.nowMs());
        this.#isPaused = true;
        this.#news.takenOver();
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
    this.#news.fail(
      "FORWARDING_STEP_FAILED",
      `a step of forwarding threw ${name}`,
    );
  }

  /** Tells of an error and opens a store that failed again. */
  #mend(error: HoldfastError): void {
    this.#news.fail(
      "FORWARDING_STEP_FAILED",
      `a step of forwarding failed: ${error.code}`,
      error,
    );
    if (!error.code.startsWith("STORE_")) return;
    try {
      this.#context.database.reopen();
    } catch (cause) {
      this.#isPaused = true;
      this.#news.fail(
        "FORWARDING_STOPPED",
        "the store cannot be opened again",
        cause,
      );
    }
  }

  #idle(
    delayMs: number,
    wake: Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    return idle(this.#context.clock, delayMs, wake, signal);
  }

  #backoffMs(attempt: number): number {
    return this.#core.backoffDelayMs(
      attempt,
      this.#randomWord(),
      this.#options.probeDelayMsMin,
      this.#options.probeDelayMsMax,
    );
  }

  /** Whoever pressed a button starts at once: a region's devices do not press it together. */
  #onNetworkStatus(status: NetworkStatus, isAsked: boolean): void {
    if (
      status === "online" && !isAsked && this.#order.count > 0 &&
      this.#options.reconnectSpreadMs > 0
    ) {
      this.#order.startAfterOutage(
        this.#context.clock.nowMs(),
        this.#randomWord(),
        this.#options.reconnectSpreadMs,
      );
    }
    // Somebody else's probe may have found it while the loop sleeps.
    if (status === "online") this.#wake.signal();
    this.#onSettled(0);
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
