/**
 * What must happen to payments after they were forwarded.
 *
 * Owns: the terminal's daily work: reconciling with Stripe while there is a connection, the alarm
 * before an authorisation lapses, and refunds. The forwarder never waits for it and it never
 * holds a sale up.
 * @module
 */
import { failure, HoldfastError } from "./errors.ts";
import type { TerminalEventTarget } from "./events.ts";
import { CaptureAlarm } from "./forward/capture_alarm.ts";
import { refundPayment } from "./forward/refund.ts";
import type { Refund } from "./gateway.ts";
import {
  reconcile,
  type ReconcileContext,
  type ReconcileOptions,
} from "./reconcile/reconcile.ts";
import type { ReconciliationReport } from "./reconcile/report.ts";
import { reconcileDaily } from "./reconcile/schedule.ts";
import type { Rooms } from "./rooms.ts";
import { Books } from "./store/books.ts";
import { Refunds } from "./store/refunds.ts";
import type { PaymentRow } from "./store/rows.ts";
import { parseUuid } from "./uuid.ts";

/** Long enough before the window closes to reach a person, also at night. */
const CAPTURE_ALARM_MS = 6 * 60 * 60 * 1000;

/** The upkeep of one terminal; documented where the app calls it. */
export class Upkeep {
  readonly #rooms: Rooms;
  readonly #events: TerminalEventTarget;
  readonly #onProgress: () => void;
  readonly #books: Books;
  readonly #refunds: Refunds;
  readonly #captures: CaptureAlarm;
  readonly #stop = new AbortController();
  #running: Promise<ReconciliationReport> | null = null;
  #schedule: Promise<void> = Promise.resolve();

  constructor(
    rooms: Rooms,
    events: TerminalEventTarget,
    onProgress: () => void,
  ) {
    this.#rooms = rooms;
    this.#events = events;
    this.#onProgress = onProgress;
    const { ports: { database, clock }, accept, configuration } = rooms;
    this.#books = new Books(database);
    this.#refunds = new Refunds(database);
    this.#captures = new CaptureAlarm({
      ...{ database, clock },
      payments: accept.payments,
      activity: accept.activity,
      leadMs: configuration.captureAlarmMs ?? CAPTURE_ALARM_MS,
    });
  }

  /** Starts the daily work. */
  start(): void {
    const { ports: { clock }, forwarder } = this.#rooms;
    const { signal } = this.#stop;
    this.#schedule = reconcileDaily({
      clock,
      look: () => this.#lookAtCaptures(),
      lastAtMs: () => {
        try {
          return this.#books.lastComplete()?.atMs ?? null;
        } catch (error) {
          this.#tell(error);
          return clock.nowMs(); // A store that cannot be read has nothing to compare.
        }
      },
      isOnline: async () =>
        forwarder.networkStatus === "online" ||
        await forwarder.probe() === "online",
      run: async () => {
        try {
          await this.reconcile();
        } catch (error) {
          this.#tell(error);
        }
      },
    }, signal);
  }

  /** Ends what runs and waits for it. */
  async stop(): Promise<void> {
    this.#stop.abort(new DOMException("the terminal closed", "AbortError"));
    await this.#schedule;
    await this.#running?.catch(() => {});
  }

  /** Reconciles now; two calls at once share one run. */
  reconcile(options: ReconcileOptions = {}): Promise<ReconciliationReport> {
    this.#running ??= this.#reconcile(options).finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /**
   * Refunds a payment; see `Terminal.refundPayment`.
   *
   * @param listening Aborted when the caller does not wait any more; the refund goes on.
   */
  async refund(
    row: PaymentRow,
    amount: number | null,
    listening: AbortSignal,
  ): Promise<Refund> {
    const { forward, forwarder } = this.#rooms;
    const isOnline = forwarder.networkStatus === "online" ||
      await forwarder.probe() === "online";
    if (!isOnline) {
      throw failure(
        "STRIPE_API_CONNECTION_ERROR",
        "a refund needs a connection",
      );
    }
    const context = { ...forward, refunds: this.#refunds };
    return await refundPayment(
      context,
      row,
      amount,
      this.#stop.signal,
      listening,
    );
  }

  /** Refunds Stripe has made of a payment, oldest first. */
  refundsOf(row: PaymentRow): Refund[] {
    return this.#refunds.made(row.rowId, row.payment.currency);
  }

  /** Tells the app again of every authorisation that lapses soon; it has just begun to listen. */
  repeatCaptureAlarms(): void {
    this.#captures.forget();
    this.#lookAtCaptures();
  }

  /** Tells the app of authorisations that lapse soon. */
  #lookAtCaptures(): void {
    try {
      for (const closing of this.#captures.look()) {
        this.#events.emit("captureWindowClosing", closing);
      }
    } catch (error) {
      this.#tell(error);
    }
  }

  /** Kept reports, newest first. */
  reports(limit: number): ReconciliationReport[] {
    return this.#books.reports(limit);
  }

  /** Something of ours failed, most likely the store; the next day is tried all the same. */
  #tell(error: unknown): void {
    const isOurs = error instanceof HoldfastError;
    // Only its name: an error of unknown origin may carry what it was working on.
    const name = isOurs ? error.code : (error as Error)?.name ?? typeof error;
    this.#events.emit("forwardingFailure", {
      error: failure(
        "FORWARDING_STEP_FAILED",
        `reconciling failed: ${name}`,
        isOurs ? { cause: error } : {},
      ),
    });
  }

  async #reconcile(options: ReconcileOptions): Promise<ReconciliationReport> {
    const { accept, forward, forwarder, configuration } = this.#rooms;
    const { account } = configuration;
    const context: ReconcileContext = {
      ...forward,
      payments: accept.payments,
      books: this.#books,
      owner: { account: account.id, isLivemode: account.isLivemode },
      isInFlight: (rowId) => forwarder.isInFlight(rowId),
    };
    const signal = AbortSignal.any([
      this.#stop.signal,
      ...(options.signal === undefined ? [] : [options.signal]),
    ]);
    const report = await reconcile(context, { ...options, signal });
    for (const { localId } of report.recovered) {
      const row = accept.payments.byLocalId(parseUuid(localId)!);
      if (row !== null) forwarder.remove(row.rowId);
    }
    if (report.recovered.length > 0) this.#onProgress();
    this.#events.emit("reconciliationFinished", report);
    return report;
  }
}
