/**
 * The whole forwarder in virtual time: its loop, its order, its backoff and its lease.
 *
 * Owns: a clock that only moves when everybody waits, a network with latency and faults, and
 * processes that can be killed or put to sleep. The engine's `Forwarder`, `forwardPayment`, the
 * core's order and the Stripe gateway are real; the store and Stripe are the fast worlds' models.
 * @module
 */
import { setImmediate } from "node:timers";
import type { Core } from "../../../bindings/mod.ts";
import {
  type NetworkStatus,
  TerminalEventTarget,
} from "../../../engine/events.ts";
import type { ForwardStore } from "../../../engine/forward/forward_context.ts";
import {
  DEFAULT_FORWARDER_OPTIONS,
  Forwarder,
} from "../../../engine/forward/forwarder.ts";
import { NetworkWatch } from "../../../engine/network_watch.ts";
import type { Clock } from "../../../engine/ports.ts";
import { createCardPresentGateway } from "../../../engine/stripe/card_present_gateway.ts";
import type { Lease } from "../../../engine/store/lease.ts";
import { Prng } from "../prng.ts";
import { Checker } from "./checker.ts";
import { meet, type Outcome } from "./fates.ts";
import type { DeviceStore } from "./device_store.ts";
import { MemoryStore } from "./memory_store.ts";
import { brokenConnection, foreignPage, modelClient } from "./model_client.ts";
import type { Fate } from "./plan.ts";
import {
  type ModelAnswer,
  type ModelRequest,
  StripeModel,
} from "./stripe_model.ts";
import { ACCOUNT, emvDataOf, localIdOf, OFFLINE, type Sale } from "./sales.ts";

const START_MS = Date.UTC(2026, 10, 24, 12);
const LATENCY_MS = 60;
/** Orders are small, so that hundreds of instances fit. */
const ORDER_CAPACITY = 64;

interface Timer {
  atMs: number;
  number: number;
  ring: () => void;
}

/** A forwarder and what belongs to its process alone. */
export interface Drainer {
  forwarder: Forwarder;
  /** False once the process was killed. */
  isAlive: boolean;
  /** True while the whole process stands still, as under a closed laptop's lid. */
  isAsleep: boolean;
  /** Codes of its forwarding failures. */
  failures: string[];
  lease: Lease | null;
  /** Every status its app was told, oldest first, and when. */
  statuses: { atMs: number; status: NetworkStatus }[];
  /** What waits for it to wake up. */
  held: (() => void)[];
}

/** A good sale of one dollar and a bit, unless told otherwise. */
export function plainSale(changes: Partial<Sale> = {}): Sale {
  return {
    kind: "sale",
    temper: "approves",
    amount: 100,
    currency: "usd",
    isManual: false,
    isUnreadable: false,
    ...changes,
  };
}

/** One device, any number of forwarders over its store, and Stripe. */
export class DrainWorld {
  readonly random: Prng;
  readonly sales: Sale[] = [];
  store: DeviceStore;
  readonly stripe: StripeModel;
  readonly checker: Checker;
  readonly drainers: Drainer[] = [];
  /** Every request that left: when by real time, by whom, where to, with which account's key. */
  readonly requests: {
    atMs: number;
    drainer: Drainer;
    request: ModelRequest;
  }[] = [];
  /** Called at every point where a process waits: a request leaves, or a timer is set. */
  onWait: () => void = () => {};
  /** What becomes of a request. */
  fateOf: (request: ModelRequest) => Fate = () => "answered";
  /** What a 429 asks to wait, seconds. */
  retryAfter = "7";
  /** Whether the probe and requests get anywhere. */
  isOnline = true;
  /** Whether somebody on the way answers probes, as a relay or a proxy does, while Stripe is away. */
  isProbeAnswered = false;
  /** Whose credentials the forwarders have. */
  account: string = ACCOUNT;
  /** How many cards there are; a few cards pay twice, so that the order of one card matters. */
  cardCount = 7;
  /** Added to what the device's clock shows. */
  offsetMs = 0;
  nowMs: number = START_MS;
  readonly #core: Core;
  readonly #timers = new Set<Timer>();
  #timerCount = 0;

  /**
   * Makes an empty world whose chance depends on `seed` only.
   *
   * @param makeStore Makes the device's store over its clock; one in memory unless told otherwise.
   */
  constructor(
    core: Core,
    seed: number,
    makeStore: (nowMs: () => number) => DeviceStore = (nowMs) =>
      new MemoryStore(nowMs),
  ) {
    this.#core = core;
    this.random = new Prng(seed);
    this.store = makeStore(() => this.nowMs + this.offsetMs);
    this.stripe = new StripeModel((card) => this.sales[card - 1].temper);
    this.checker = new Checker(this.store, this.stripe, this.sales);
  }

  /** Stores a sale and hands it to every living forwarder, as the terminal does. */
  sell(sale: Sale = plainSale(), account: string = ACCOUNT): number {
    this.sales.push(sale);
    const card = this.sales.length;
    const cardHmac = new Uint8Array(16);
    new DataView(cardHmac.buffer).setUint32(0, card % this.cardCount);
    const rowId = this.store.insert({
      localIdBytes: new Uint8Array(16).fill(card),
      cardHmac,
      recordHash: new Uint8Array(32).fill(card),
      record: emvDataOf(card),
      storedAtMs: this.nowMs + this.offsetMs,
      payment: {
        localId: localIdOf(card),
        seq: card,
        account,
        amount: sale.amount,
        currency: sale.currency,
        captureMethod: sale.isManual ? "manual" : "automatic",
        offlineDetails: OFFLINE,
      },
    });
    const row = this.store.payments.byRowId(rowId)!;
    for (const { forwarder, isAlive } of this.drainers) {
      if (isAlive) forwarder.add(row);
    }
    return rowId;
  }

  /** Starts a process with a forwarder of its own. */
  start(): Drainer {
    const drainer: Drainer = {
      forwarder: null as unknown as Forwarder,
      isAlive: true,
      isAsleep: false,
      failures: [],
      lease: null,
      statuses: [],
      held: [],
    };
    const clock = this.#clockOf(drainer);
    const events = new TerminalEventTarget();
    events.on("forwardingFailure", ({ error }) => {
      drainer.failures.push(error.code);
    });
    this.store.recoverInterrupted();
    drainer.forwarder = new Forwarder(
      {
        ...this.#storeOf(drainer),
        clock,
        gateway: createCardPresentGateway(
          modelClient((method, path, parameters, key) =>
            this.#send(drainer, {
              method,
              path,
              parameters,
              key,
              account: this.account,
            })
          ),
          { open: (genesis, record) => this.store.open(genesis, record) },
        ),
        callDeadlineMs: 15_000,
      },
      {
        createOrder: (options) =>
          this.#core.createOrder({ ...options, capacity: ORDER_CAPACITY }),
        backoffDelayMs: (...args) => this.#core.backoffDelayMs(...args),
      },
      { probe: () => this.#probe(drainer) },
      {
        fill: (target) => {
          for (let i = 0; i < target.length; i++) {
            target[i] = this.random.below(256);
          }
        },
      },
      events,
      DEFAULT_FORWARDER_OPTIONS,
      () => {
        if (!drainer.isAlive) return;
        const status = drainer.forwarder.networkStatus;
        const isNews = status !== drainer.statuses.at(-1)?.status;
        if (isNews) drainer.statuses.push({ atMs: this.nowMs, status });
        watch.look();
      },
    );
    const { probeDelayMsMin, probeDelayMsMax } = DEFAULT_FORWARDER_OPTIONS;
    const watch = new NetworkWatch(
      drainer.forwarder,
      clock,
      probeDelayMsMin,
      probeDelayMsMax,
    );
    this.drainers.push(drainer);
    drainer.forwarder.start();
    return drainer;
  }

  /** Goes on with another store of the same device, which was opened anew; kills all processes. */
  reopen(store: DeviceStore): void {
    this.drainers.forEach((drainer) => this.kill(drainer));
    this.store = store;
    this.checker.watch(store);
  }

  /** Ends a process without a goodbye: nothing it waits for comes back, nothing it does counts. */
  kill(drainer: Drainer): void {
    drainer.isAlive = false;
    drainer.held = [];
  }

  /** Lets a sleeping process go on. */
  wake(drainer: Drainer): void {
    drainer.isAsleep = false;
    for (const resume of drainer.held.splice(0)) resume();
  }

  /** Sets an appointment of the world's own; returns how to call it off. */
  at(delayMs: number, ring: () => void): () => void {
    const timer = {
      atMs: this.nowMs + delayMs,
      number: this.#timerCount++,
      ring,
    };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Lets time pass until `condition` holds, or `limitMs` is over; returns whether it holds. */
  async run(
    condition: () => boolean,
    limitMs: number = 48 * 3600_000,
  ): Promise<boolean> {
    const endMs = this.nowMs + limitMs;
    for (;;) {
      await everybodyWaits();
      if (condition()) return true;
      this.checker.afterEvent();
      const timer = this.#nextTimer();
      if (timer === null || timer.atMs > endMs) {
        this.nowMs = endMs;
        return false;
      }
      this.nowMs = Math.max(this.nowMs, timer.atMs);
      this.#timers.delete(timer);
      timer.ring();
    }
  }

  /** Whether nothing is left to forward. */
  get isDrained(): boolean {
    return this.store.payments.open(1).length === 0;
  }

  /** Local ids by how often money was taken for them. */
  charges(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { metadata, charges } of this.stripe.intents) {
      const id = metadata.holdfast_local_id;
      counts.set(id, (counts.get(id) ?? 0) + charges);
    }
    return counts;
  }

  #nextTimer(): Timer | null {
    let soonest: Timer | null = null;
    for (const timer of this.#timers) {
      const isSooner = soonest === null || timer.atMs < soonest.atMs ||
        (timer.atMs === soonest.atMs && timer.number < soonest.number);
      if (isSooner) soonest = timer;
    }
    return soonest;
  }

  /** The store as a process sees it: a dead one gets nothing done any more. */
  #storeOf(drainer: Drainer): ForwardStore {
    const view = this.store.view();
    const assertAlive = (): void => {
      if (!drainer.isAlive) throw new Error("this process is dead");
    };
    const guarded = <T extends object>(part: T): T =>
      new Proxy(part, {
        get: (target, name) => {
          assertAlive();
          const member = Reflect.get(target, name, target);
          return typeof member === "function" ? member.bind(target) : member;
        },
      });
    const leases = guarded(view.leases);
    return {
      ...view,
      database: guarded(view.database),
      payments: guarded(view.payments),
      steps: guarded(view.steps),
      activity: guarded(view.activity),
      leases: {
        renew: (...args) => leases.renew(...args),
        isCurrent: (...args) => leases.isCurrent(...args),
        release: (...args) => leases.release(...args),
        acquire: (...args) => drainer.lease = leases.acquire(...args),
      },
    };
  }

  #clockOf(drainer: Drainer): Clock {
    return {
      nowMs: () => this.nowMs + this.offsetMs,
      monotonicMs: () => this.nowMs - START_MS,
      sleep: (ms, signal) => this.#sleep(drainer, ms, signal),
    };
  }

  #sleep(
    drainer: Drainer,
    delayMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    this.onWait();
    return new Promise((resolve, reject) => {
      const callOff = this.at(delayMs, () => this.#resume(drainer, resolve));
      signal.addEventListener("abort", () => {
        callOff();
        reject(signal.reason);
      }, { once: true });
    });
  }

  /** Goes on with a process, unless it is dead; later, if it is asleep. */
  #resume(drainer: Drainer, go: () => void): void {
    if (!drainer.isAlive) return;
    if (drainer.isAsleep) drainer.held.push(go);
    else go();
  }

  #probe(drainer: Drainer): Promise<boolean> {
    this.onWait();
    return new Promise((resolve) => {
      this.at(
        LATENCY_MS,
        () =>
          this.#resume(
            drainer,
            () => resolve(this.isOnline || this.isProbeAnswered),
          ),
      );
    });
  }

  #send(drainer: Drainer, request: ModelRequest): Promise<ModelAnswer> {
    if (!drainer.isAlive) return new Promise(() => {});
    this.requests.push({ atMs: this.nowMs, drainer, request });
    const card = Number.parseInt(request.key?.slice(24, 36) ?? "0", 16);
    this.checker.onSend(request, card, drainer.lease!);
    const fate = this.isOnline ? this.fateOf(request) : "request_lost";
    this.onWait();
    return new Promise((resolve, reject) => {
      this.at(LATENCY_MS / 2, () => {
        const outcome = this.#meet(request, fate);
        this.at(LATENCY_MS / 2, () => {
          this.#resume(drainer, () => {
            if (outcome === "broken") reject(brokenConnection());
            else if (outcome === "page") reject(foreignPage());
            else if (outcome !== "deadline") resolve(outcome);
          });
        });
      });
    });
  }

  #meet(request: ModelRequest, fate: Fate): Outcome {
    const execute = (sent: ModelRequest): ModelAnswer =>
      this.stripe.execute(sent, this.nowMs);
    return meet(fate, request, 2 * 3600_000, {
      execute,
      failAndSave: (sent, isExecuting) =>
        this.stripe.failAndSave(sent, isExecuting, this.nowMs),
      executeLate: (sent, delayMs) =>
        void this.at(delayMs, () => execute(sent)),
      retryAfter: this.retryAfter,
    });
  }
}

/** Resolves when every promise that can go on has gone on: all tasks wait for the world. */
function everybodyWaits(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
