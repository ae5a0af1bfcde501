/**
 * A point of sale over a till: what a cashier can do, without any screen.
 *
 * Owns: the steps of a sale and when it may be called accepted (after `confirmPaymentIntent`, not
 * a moment earlier); what the status line says; and how a payment is named by its number. Screens,
 * of characters or of a page, call this and show what it tells.
 * @module
 */
import { failure, HoldfastError } from "../../engine/errors.ts";
import type { NetworkStatus } from "../../engine/events.ts";
import type { DailyClose } from "../../engine/daily_close.ts";
import type { Refund } from "../../engine/gateway.ts";
import type { PaymentIntent } from "../../engine/intents.ts";
import { OPEN_STATES, type Payment } from "../../engine/payment.ts";
import type { ReaderEvent } from "../../engine/reader/mod.ts";
import type { Order } from "./amount.ts";
import { drain, type DrainEnd, type DrainProgress } from "./drain.ts";
import type { Till } from "./till.ts";

/** What the status line shows. */
export interface Glance {
  networkStatus: NetworkStatus;
  /** Payments that wait to be forwarded, and their sums by currency. */
  waitingCount: number;
  sums: Readonly<Record<string, number>>;
  /** When the oldest of them was taken, epoch milliseconds, or null. */
  oldestAtMs: number | null;
}

/** Something that happened by itself. */
export type News =
  | { kind: "outcome"; payment: Payment }
  | { kind: "network"; networkStatus: NetworkStatus }
  | { kind: "failure"; error: HoldfastError }
  | { kind: "reader"; event: ReaderEvent }
  | { kind: "capture_closing"; localId: string }
  /** A counter changed. */
  | { kind: "changed" };

/** How a sale is made. */
export interface SaleOptions {
  /** Gives the sale up until the card was read. */
  signal?: AbortSignal;
  /** Percentages the reader offers; empty: none. @default what the Location says */
  tipPercentages?: readonly number[];
  /** Authorises only; the amount is captured later. @default false */
  isManual?: boolean;
}

/** How far back a payment is looked for by its number, when it is not where it should be. */
const SEARCH_MAX = 10_000;

/** One register. */
export class Register {
  readonly #till: Till;
  readonly #listeners = new Set<(news: News) => void>();
  /** Payments whose outcome is told by the call that is under way. */
  readonly #underWay = new Set<string>();
  #networkStatus: NetworkStatus = "unknown";

  /** Listens to `till` from now on; outcomes that nobody heard yet are told first. */
  constructor(till: Till) {
    this.#till = till;
    till.on("offlineStatusChange", ({ sdk: { networkStatus } }) => {
      this.#tell({ kind: "changed" });
      if (networkStatus === this.#networkStatus) return;
      this.#networkStatus = networkStatus;
      this.#tell({ kind: "network", networkStatus });
    });
    till.on(
      "forwardingFailure",
      ({ error }) => this.#tell({ kind: "failure", error }),
    );
    till.on("readerEvent", ({ event }) => {
      this.#tell({ kind: "reader", event: event as ReaderEvent });
    });
    till.on("captureWindowClosing", ({ payment: { localId } }) => {
      this.#tell({ kind: "capture_closing", localId });
    });
    // Last: the first listener of this one hears what happened while the register was off.
    till.on("paymentForwarded", ({ payment }) => {
      if (this.#underWay.has(payment.localId)) return;
      this.#tell({ kind: "outcome", payment });
    });
  }

  /** Calls `listener` from now on; returns a function that stops it. */
  onNews(listener: (news: News) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The status line's facts, from the store. */
  async glance(): Promise<Glance> {
    const { sdk } = await this.#till.offlineStatus();
    const [oldest] = await this.#till.listPayments({
      states: OPEN_STATES,
      limit: 1,
    });
    return {
      networkStatus: sdk.networkStatus,
      waitingCount: sdk.offlinePaymentsCount,
      sums: sdk.offlinePaymentAmountsByCurrency,
      oldestAtMs: oldest?.createdAtMs ?? null,
    };
  }

  /**
   * Takes a payment. When the connection goes between reading the card and confirming, the card
   * is asked for once more: what it signed online cannot be stored offline.
   *
   * @returns The payment, on disk: stored, or with the bank's answer.
   * @throws {HoldfastError} Why not; nothing is accepted then.
   */
  async sell(order: Order, options: SaleOptions = {}): Promise<Payment> {
    const { amount, currency, tip, note } = order;
    const { tipPercentages } = options;
    const intent = await this.#till.createPaymentIntent({
      amount,
      currency,
      metadata: note === "" ? {} : { note },
      ...(options.isManual ? { captureMethod: "manual" } : {}),
      ...(tip !== null
        ? { tipAmount: tip }
        : tipPercentages === undefined
        ? {}
        : tipPercentages.length === 0
        ? { skipTipping: true }
        : { tip: { percentages: [...tipPercentages] } }),
    });
    return await this.#announced(
      intent.localId,
      () => this.#finish(intent, options.signal),
    );
  }

  async #finish(intent: PaymentIntent, signal?: AbortSignal): Promise<Payment> {
    const step = signal === undefined ? {} : { signal };
    for (let isRepeated = false;; isRepeated = true) {
      try {
        signal?.throwIfAborted();
        await this.#till.collectPaymentMethod(intent, step);
        return (await this.#till.confirmPaymentIntent(intent)).payment!;
      } catch (error) {
        const hasGone = error instanceof HoldfastError &&
          error.code === "OFFLINE_COLLECT_AND_CONFIRM_MISMATCH";
        if (hasGone && !isRepeated) continue;
        return await this.#afterFailure(intent.localId, error);
      }
    }
  }

  /** Voids a payment that was not sent. Throws `PAYMENT_ALREADY_SENT`. */
  async void(payment: Payment): Promise<Payment> {
    return await this.#announced(payment.localId, async () => {
      await this.#till.cancelPaymentIntent(payment.localId);
      return await this.#again(payment);
    });
  }

  /** Gives money back; all that is left when `amount` is left out. */
  async refund(payment: Payment, amount?: number): Promise<Refund> {
    return await this.#till.refundPayment(payment.localId, amount);
  }

  /** Captures an authorised payment. */
  async capture(payment: Payment): Promise<Payment> {
    return await this.#till.capturePaymentIntent(payment.localId);
  }

  /** Puts a payment that was not completed back into the queue. */
  async retry(payment: Payment): Promise<Payment> {
    await this.#till.retryPayment(payment.localId);
    return await this.#again(payment);
  }

  /** The newest payments first. */
  async payments(limit: number): Promise<Payment[]> {
    return await this.#till.listPayments({ limit, isNewestFirst: true });
  }

  /** Payments that wait, the oldest first. */
  async waiting(limit: number): Promise<Payment[]> {
    return await this.#till.listPayments({ states: OPEN_STATES, limit });
  }

  /**
   * The payment a cashier means: `12` or `#12` by its number, a receipt's code, a local id; an
   * empty text is the last one.
   *
   * @throws {HoldfastError} `PAYMENT_NOT_FOUND`.
   */
  async find(text: string): Promise<Payment> {
    const name = text.trim().replace(/^#/, "");
    const found = name === ""
      ? (await this.payments(1))[0]
      : /^\d{1,15}$/.test(name)
      ? await this.#bySeq(Number(name))
      : await this.#till.getPayment(name) ?? await this.#byCode(name);
    if (found) return found;
    const what = name === "" ? "there is no payment yet" : `no payment ${name}`;
    throw failure("PAYMENT_NOT_FOUND", what);
  }

  /** Forwards what waits and tells how far it is; see {@link drain}. */
  async forward(
    onProgress: (progress: DrainProgress) => void,
    signal: AbortSignal,
  ): Promise<DrainEnd> {
    return await drain(this.#till, onProgress, signal);
  }

  /** Closes the day. */
  async closeDay(): Promise<DailyClose> {
    return await this.#till.closeDay();
  }

  /** The last closes, newest first. */
  async dailyCloses(limit?: number): Promise<DailyClose[]> {
    return await this.#till.dailyCloses(limit);
  }

  /** Asks the network now. */
  async probe(): Promise<NetworkStatus> {
    return await this.#till.probeNetwork();
  }

  /** Why an offline payment could not be taken now, as sentences; empty when it could. */
  async obstacles(): Promise<readonly string[]> {
    return (await this.#till.canOperateOffline()).reasons;
  }

  /** Runs `work`, whose result says what became of the payment: it is no news then. */
  async #announced<T>(localId: string, work: () => Promise<T>): Promise<T> {
    this.#underWay.add(localId);
    try {
      return await work();
    } finally {
      this.#underWay.delete(localId);
    }
  }

  /**
   * A sale failed. Where the failure leaves open whether it is stored, the store is asked; else
   * the intent is dropped.
   */
  async #afterFailure(localId: string, error: unknown): Promise<Payment> {
    const mayBeStored = error instanceof HoldfastError &&
      error.retry === "same_key";
    const stored = mayBeStored ? await this.#till.getPayment(localId) : null;
    if (stored !== null) return stored;
    try {
      await this.#till.cancelPaymentIntent(localId);
    } catch (dropError) {
      // It is gone already; why the sale failed is what the cashier wants to know.
      if (!(dropError instanceof HoldfastError)) throw dropError;
    }
    throw error;
  }

  async #again({ localId }: Payment): Promise<Payment> {
    return (await this.#till.getPayment(localId))!;
  }

  /** Numbers grow with the rows, one by one, unless a chain was begun anew. */
  async #bySeq(seq: number): Promise<Payment | undefined> {
    const [near] = await this.#till.listPayments({
      afterRowId: seq - 1,
      limit: 1,
    });
    if (near?.seq === seq) return near;
    const recent = await this.payments(SEARCH_MAX);
    return recent.find((payment) => payment.seq === seq);
  }

  async #byCode(code: string): Promise<Payment | undefined> {
    const seq = Number(code.split("-")[1]);
    const payment = Number.isInteger(seq) ? await this.#bySeq(seq) : undefined;
    return payment?.receiptCode === code ? payment : undefined;
  }

  #tell(news: News): void {
    for (const listener of [...this.#listeners]) listener(news);
  }
}
