/**
 * The terminal as a page holds it: the same verbs, each a message to the Worker.
 *
 * Owns: the verbs of a page. Events arrive in every tab, whichever tab took the payment.
 * @module
 */
import type {
  BatchResult,
  CallOptions,
  CollectOptions,
  ConfirmOptions,
  CreatePaymentIntentParams,
  NetworkStatus,
  OfflineStatus,
  Payment,
  PaymentIntent,
  Reading,
  ReconcileOptions,
  ReconciliationReport,
  Refund,
  ShownReader,
  StepOptions,
  TerminalEvents,
  UpdatePaymentIntentParams,
} from "../../engine/mod.ts";
import { failure, HoldfastError } from "../../engine/errors.ts";
import { PageOffice } from "./page_office.ts";
import { reviveResults } from "./plain_error.ts";

/** A terminal in a page; see `Terminal` for what the verbs promise. */
export class PageTerminal extends PageOffice {
  #smartReader: ShownReader | null = null;
  #stopShowing = (): void => {};
  /** Open intents, which live in a terminal's memory, and which terminal's; kept as long as there. */
  readonly #intents = new Map<string, number>();

  /** See `Terminal.offlineStatus`. */
  async offlineStatus(): Promise<OfflineStatus> {
    return this.#shown(await this.call("offlineStatus", []));
  }

  /**
   * See `Terminal.showSmartReader`; in this page, to which the reader is connected, and in no
   * other tab.
   */
  async showSmartReader(reader: ShownReader | null): Promise<void> {
    this.#stopShowing();
    this.#smartReader = reader;
    const tell = async (): Promise<void> =>
      void this.emit("offlineStatusChange", await this.offlineStatus());
    this.#stopShowing = reader?.onEvent(() => {
      // A terminal that is over tells nothing.
      tell().catch(() => {});
    }) ?? ((): void => {});
    await tell();
  }

  /** See `Terminal.createSetupIntent`: always refuses. */
  createSetupIntent(): Promise<never> {
    return this.call("createSetupIntent", []);
  }

  /** See `Terminal.createPaymentIntent`. */
  createPaymentIntent(
    params: CreatePaymentIntentParams,
    options: StepOptions = {},
  ): Promise<PaymentIntent> {
    return this.#opened(
      this.callWith("createPaymentIntent", [params], options),
    );
  }

  /** See `Terminal.retrievePaymentIntent`. */
  retrievePaymentIntent(
    clientSecret: string,
    options: StepOptions = {},
  ): Promise<PaymentIntent> {
    return this.#opened(
      this.callWith("retrievePaymentIntent", [clientSecret], options),
    );
  }

  /** See `Terminal.updatePaymentIntent`. */
  updatePaymentIntent(
    localId: string,
    changes: UpdatePaymentIntentParams,
    options: CallOptions = {},
  ): Promise<PaymentIntent> {
    return this.#held(
      localId,
      this.callWith("updatePaymentIntent", [localId, changes], options),
    );
  }

  /** See `Terminal.collectPaymentMethod`. */
  collectPaymentMethod(
    intent: PaymentIntent,
    options: CollectOptions = {},
  ): Promise<PaymentIntent> {
    return this.#held(
      intent.localId,
      this.callWith("collectPaymentMethod", [intent], options),
    );
  }

  /** See `Terminal.confirmPaymentIntent`. */
  confirmPaymentIntent(
    intent: PaymentIntent,
    options: ConfirmOptions = {},
  ): Promise<PaymentIntent> {
    return this.#ended(
      intent.localId,
      this.callWith("confirmPaymentIntent", [intent], options),
    );
  }

  /** See `Terminal.storePayments`; the card data is wiped here too. */
  async storePayments(
    readings: readonly Reading[],
    options: CallOptions = {},
  ): Promise<BatchResult[]> {
    const storing = this.callWith<unknown>(
      "storePayments",
      [readings],
      options,
    );
    for (const { emvData } of readings) emvData.fill(0);
    return reviveResults(await storing);
  }

  /** See `Terminal.capturePaymentIntent`. */
  capturePaymentIntent(
    localId: string,
    options: CallOptions = {},
  ): Promise<Payment> {
    return this.callWith("capturePaymentIntent", [localId], options);
  }

  /** See `Terminal.cancelPaymentIntent`. */
  cancelPaymentIntent(
    localId: string,
    options: CallOptions = {},
  ): Promise<void> {
    return this.#ended(
      localId,
      this.callWith("cancelPaymentIntent", [localId], options),
    );
  }

  /** See `Terminal.refundPayment`. */
  refundPayment(
    localId: string,
    amount?: number,
    options: CallOptions = {},
  ): Promise<Refund> {
    return this.callWith("refundPayment", [localId, amount], options);
  }

  /** See `Terminal.reconcile`. */
  reconcile(options: ReconcileOptions = {}): Promise<ReconciliationReport> {
    return this.callWith("reconcile", [], options);
  }

  /** See `Terminal.forwardNow`. */
  forwardNow(localId?: string): Promise<void> {
    return this.call("forwardNow", localId === undefined ? [] : [localId]);
  }

  /** See `Terminal.probeNetwork`. */
  probeNetwork(options: CallOptions = {}): Promise<NetworkStatus> {
    return this.callWith("probeNetwork", [], options);
  }

  /** See `Terminal.pauseForwarding`. */
  pauseForwarding(): Promise<void> {
    return this.call("pauseForwarding", []);
  }

  /** See `Terminal.resumeForwarding`. */
  resumeForwarding(): Promise<void> {
    return this.call("resumeForwarding", []);
  }

  /** See `Terminal.retryPayment`. */
  retryPayment(localId: string): Promise<void> {
    return this.call("retryPayment", [localId]);
  }

  /** @internal */
  protected override completed<K extends keyof TerminalEvents>(
    type: K,
    detail: TerminalEvents[K],
  ): TerminalEvents[K] {
    if (type === "paymentForwarded") {
      // Stored although its confirmation was given up.
      const { payment } = detail as TerminalEvents["paymentForwarded"];
      this.#intents.delete(payment.localId);
    }
    return type === "offlineStatusChange"
      ? this.#shown(detail as OfflineStatus) as TerminalEvents[K]
      : detail;
  }

  async #opened(opening: Promise<PaymentIntent>): Promise<PaymentIntent> {
    const intent = await opening;
    this.#intents.set(intent.localId, this.leaderCount);
    return intent;
  }

  /** A step after which the intent is open no more. */
  async #ended<T>(localId: string, step: Promise<T>): Promise<T> {
    const result = await this.#held(localId, step);
    this.#intents.delete(localId);
    return result;
  }

  /** An intent that went with its terminal was not lost by the app, and may have been stored. */
  async #held<T>(localId: string, step: Promise<T>): Promise<T> {
    try {
      return await step;
    } catch (error) {
      const holder = this.#intents.get(localId) ?? this.leaderCount;
      const isUnknown = error instanceof HoldfastError &&
        error.code === "PAYMENT_NOT_FOUND";
      if (!isUnknown || holder === this.leaderCount) throw error;
      throw failure(
        "STORE_LEADER_CHANGED",
        "the tab or Worker that held the intent is gone",
      );
    }
  }

  #shown(status: OfflineStatus): OfflineStatus {
    const reader = this.#smartReader?.offlineStatus ?? null;
    return { ...status, reader };
  }
}
