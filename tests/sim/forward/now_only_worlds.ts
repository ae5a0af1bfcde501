/**
 * Worlds of one payment that may be charged now only: its card is in memory, and somebody waits.
 *
 * Owns: what such a world can do to it. Requests and answers are lost, come late or twice; who
 * waits leaves; the process dies between two requests or in the middle of one. At the end every
 * late request is executed, and Stripe's book is laid beside the device's.
 * @module
 */
import { CardsAtHand } from "../../../engine/forward/cards_at_hand.ts";
import type { ForwardContext } from "../../../engine/forward/forward_context.ts";
import { forwardPayment } from "../../../engine/forward/forward_payment.ts";
import type { Gateway } from "../../../engine/gateway.ts";
import { OPEN_STATES, type PaymentState } from "../../../engine/payment.ts";
import { createCardPresentGateway } from "../../../engine/stripe/card_present_gateway.ts";
import { Prng } from "../prng.ts";
import { meet } from "./fates.ts";
import { MemoryStore } from "./memory_store.ts";
import { brokenConnection, foreignPage, modelClient } from "./model_client.ts";
import { FATES } from "./plan.ts";
import { ACCOUNT, emvDataOf, paymentOf } from "./sales.ts";
import {
  type CardTemper,
  type ModelAnswer,
  type ModelRequest,
  StripeModel,
} from "./stripe_model.ts";

const CARD = 1;
const ROW = 1;
/** Attempts in which anything may happen; after them the network is well. */
const TROUBLED = 25;
const ATTEMPTS_MAX = 60;
const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;
const TEMPERS: readonly CardTemper[] = [
  "approves",
  "approves",
  "approves",
  "declines",
  "relents",
  "ponders",
  "malformed",
];

/** What one world ended in. */
export interface NowOnlyEnd {
  state: PaymentState;
  /** How often money was taken. */
  charges: number;
  /** Whether a confirmation was sent after nobody waited any more. */
  isSentAlone: boolean;
  /** Whether a record of it was ever on disk. */
  isOnDisk: boolean;
  /** What happened in it. */
  seen: ReadonlySet<string>;
}

/** Plays the world of `seed`; `spoil` puts a bug into the gateway. */
export async function playNowOnly(
  seed: number,
  spoil: (gateway: Gateway) => Gateway = (gateway) => gateway,
): Promise<NowOnlyEnd> {
  const world = new World(seed, spoil);
  return await world.play();
}

class World {
  readonly #random: Prng;
  readonly #stripe: StripeModel;
  readonly #store: MemoryStore;
  readonly #seen = new Set<string>();
  readonly #gateway: Gateway;
  #late: { dueMs: number; request: ModelRequest }[] = [];
  #atHand = new CardsAtHand();
  #nowMs = 1_800_000_000_000;
  #isAttended = true;
  #isQuiet = false;
  #isSentAlone = false;
  #die: () => void = () => {};

  constructor(seed: number, spoil: (gateway: Gateway) => Gateway) {
    this.#random = new Prng(seed);
    const temper = TEMPERS[this.#random.below(TEMPERS.length)];
    this.#seen.add(temper);
    this.#stripe = new StripeModel(() => temper);
    this.#store = new MemoryStore(() => this.#nowMs);
    const sale = {
      ...{ kind: "sale", temper, amount: 100, currency: "usd" } as const,
      ...{ isManual: false, isUnreadable: false },
    };
    const { payment, ...row } = paymentOf(sale, CARD, this.#nowMs, ACCOUNT);
    this.#store.insert({
      ...row,
      record: null,
      payment: { ...payment, offlineDetails: null },
    });
    const pin = {
      block: new Uint8Array(16).fill(7),
      keySerial: new Uint8Array(12),
    };
    this.#atHand.put(ROW, {
      record: Uint8Array.of(CARD),
      pin: this.#random.chance(0.5) ? pin : null,
      mayAskPin: false,
    });
    this.#gateway = spoil(createCardPresentGateway(
      modelClient((method, path, parameters, key) =>
        this.#send({ method, path, parameters, key, account: ACCOUNT })
      ),
      { open: () => emvDataOf(CARD) },
    ));
  }

  async play(): Promise<NowOnlyEnd> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX && this.#isOpen; attempt++) {
      this.#isQuiet = attempt >= TROUBLED;
      this.#pass();
      if (this.#random.chance(0.15)) this.#leave();
      if (!this.#isOpen) break;
      await this.#attempt();
    }
    this.#leave();
    this.#nowMs += 400 * HOUR_MS;
    this.#runLate();
    // One more look: what came late may have been the last word.
    for (let look = 0; look < 3 && this.#isOpen; look++) await this.#attempt();
    return {
      state: this.#state,
      charges: this.#stripe.intents.reduce(
        (sum, { charges }) => sum + charges,
        0,
      ),
      isSentAlone: this.#isSentAlone,
      isOnDisk: this.#store.payments.sealedRecord(ROW) !== null,
      seen: this.#seen,
    };
  }

  get #state(): PaymentState {
    return this.#store.payments.byRowId(ROW)!.payment.state;
  }

  get #isOpen(): boolean {
    return OPEN_STATES.includes(this.#state);
  }

  /** One attempt at forwarding, which the process may not survive. */
  async #attempt(): Promise<void> {
    const { leases } = this.#store;
    const lease = leases.acquire("forwarder", "t", this.#nowMs, 1000, true)!;
    const context: ForwardContext = {
      ...this.#store.view(),
      atHand: this.#atHand,
      clock: {
        nowMs: () => this.#nowMs,
        monotonicMs: () => 0,
        sleep: () => new Promise(() => {}),
      },
      gateway: this.#gateway,
      callDeadlineMs: 1000,
    };
    const died = new Promise<"died">((resolve) => {
      this.#die = () => resolve("died");
    });
    const { signal } = new AbortController();
    const end = await Promise.race([
      forwardPayment(context, ROW, lease, signal),
      died,
    ]);
    if (end === "died") this.#restart();
  }

  /** Another process opens the store: what was in memory is gone. */
  #restart(): void {
    this.#seen.add("death");
    this.#atHand = new CardsAtHand();
    this.#isAttended = false;
    this.#store.recoverInterrupted();
  }

  /** What `confirmPaymentIntent` does when its time is over, or when the app leaves. */
  #leave(): void {
    if (!this.#isAttended) return;
    this.#isAttended = false;
    this.#atHand.drop(ROW);
    if (this.#state !== "stored") return;
    const isSent = this.#store.steps.latest(ROW, "confirm") !== null;
    this.#seen.add(isSent ? "left_unknown" : "taken_back");
    this.#store.database.transaction(() =>
      this.#store.payments.move(ROW, isSent ? "unknown" : "canceled")
    );
  }

  #pass(): void {
    const hours = this.#random.chance(0.05) ? 30 * HOUR_MS : 0;
    this.#nowMs += this.#random.below(20 * SECOND_MS) + hours;
    this.#runLate();
  }

  #runLate(): void {
    const due = this.#late.filter(({ dueMs }) => dueMs <= this.#nowMs);
    this.#late = this.#late.filter(({ dueMs }) => dueMs > this.#nowMs);
    for (const { request } of due) {
      this.#seen.add("late");
      this.#stripe.execute(request, this.#nowMs);
    }
  }

  #send(request: ModelRequest): Promise<ModelAnswer> {
    if (request.path.endsWith("/confirm") && !this.#isAttended) {
      this.#isSentAlone = true;
    }
    const isFine = this.#isQuiet || this.#random.chance(0.5);
    const fate = isFine ? "answered" : FATES[this.#random.below(FATES.length)];
    const delayMs = this.#random.below(48 * HOUR_MS);
    const outcome = meet(fate, request, delayMs, {
      execute: (now) => this.#stripe.execute(now, this.#nowMs),
      failAndSave: (now, isExecuting) =>
        this.#stripe.failAndSave(now, isExecuting, this.#nowMs),
      executeLate: (later, afterMs) =>
        this.#late.push({ dueMs: this.#nowMs + afterMs, request: later }),
      retryAfter: "1",
    });
    // Whoever waits may leave while the answer is on its way.
    if (!this.#isQuiet && this.#random.chance(0.08)) this.#leave();
    if (!this.#isQuiet && this.#random.chance(0.06)) {
      this.#die();
      return new Promise(() => {});
    }
    if (outcome === "page") return Promise.reject(foreignPage());
    return typeof outcome === "string"
      ? Promise.reject(brokenConnection())
      : Promise.resolve(outcome);
  }
}
