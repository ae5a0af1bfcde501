/**
 * The terminal as a page holds it: the same verbs, each a message to the Worker.
 *
 * Owns: the verbs of a page. Events arrive in every tab, whichever tab took the payment.
 * @module
 */
import type {
  Activity,
  ActivityCheck,
  CallOptions,
  CollectOptions,
  ConfirmOptions,
  CreatePaymentIntentParams,
  DailyClose,
  ExportOptions,
  HandoverInfo,
  ImportOptions,
  ImportReport,
  NetworkStatus,
  OfflineStatus,
  Payment,
  PaymentFilter,
  PaymentIntent,
  Receipt,
  ReceiptMerchant,
  ReconcileOptions,
  ReconciliationReport,
  Refund,
  StepOptions,
  StoredExport,
  UpdatePaymentIntentParams,
} from "../../engine/mod.ts";
import { PageReaders } from "./page_readers.ts";
export type { WorkerLink, WorkerNews } from "./page_calls.ts";

/** A terminal in a page; see `Terminal` for what the verbs promise. */
export class PageTerminal extends PageReaders {
  /** See `Terminal.offlineStatus`. */
  offlineStatus(): Promise<OfflineStatus> {
    return this.call("offlineStatus", []);
  }

  /** See `Terminal.createPaymentIntent`. */
  createPaymentIntent(
    params: CreatePaymentIntentParams,
    options: StepOptions = {},
  ): Promise<PaymentIntent> {
    return this.callWith("createPaymentIntent", [params], options);
  }

  /** See `Terminal.retrievePaymentIntent`. */
  retrievePaymentIntent(
    clientSecret: string,
    options: StepOptions = {},
  ): Promise<PaymentIntent> {
    return this.callWith("retrievePaymentIntent", [clientSecret], options);
  }

  /** See `Terminal.updatePaymentIntent`. */
  updatePaymentIntent(
    localId: string,
    changes: UpdatePaymentIntentParams,
  ): Promise<PaymentIntent> {
    return this.call("updatePaymentIntent", [localId, changes]);
  }

  /** See `Terminal.collectPaymentMethod`. */
  collectPaymentMethod(
    intent: PaymentIntent,
    options: CollectOptions = {},
  ): Promise<PaymentIntent> {
    return this.callWith("collectPaymentMethod", [intent], options);
  }

  /** See `Terminal.confirmPaymentIntent`. */
  confirmPaymentIntent(
    intent: PaymentIntent,
    options: ConfirmOptions = {},
  ): Promise<PaymentIntent> {
    return this.callWith("confirmPaymentIntent", [intent], options);
  }

  /** See `Terminal.capturePaymentIntent`. */
  capturePaymentIntent(
    localId: string,
    options: CallOptions = {},
  ): Promise<Payment> {
    return this.callWith("capturePaymentIntent", [localId], options);
  }

  /** See `Terminal.cancelPaymentIntent`. */
  cancelPaymentIntent(localId: string): Promise<void> {
    return this.call("cancelPaymentIntent", [localId]);
  }

  /** See `Terminal.refundPayment`. */
  refundPayment(
    localId: string,
    amount?: number,
    options: CallOptions = {},
  ): Promise<Refund> {
    return this.callWith("refundPayment", [localId, amount], options);
  }

  /** See `Terminal.listRefunds`. */
  listRefunds(localId: string): Promise<Refund[]> {
    return this.call("listRefunds", [localId]);
  }

  /** See `Terminal.receipt`. */
  receipt(localId: string, merchant: ReceiptMerchant): Promise<Receipt> {
    return this.call("receipt", [localId, merchant]);
  }

  /** See `Terminal.reconcile`. */
  reconcile(options: ReconcileOptions = {}): Promise<ReconciliationReport> {
    return this.callWith("reconcile", [], options);
  }

  /** See `Terminal.verifyActivityLog`. */
  verifyActivityLog(): Promise<ActivityCheck> {
    return this.call("verifyActivityLog", []);
  }

  /** See `Terminal.closeDay`. */
  closeDay(): Promise<DailyClose> {
    return this.call("closeDay", []);
  }

  /** See `Terminal.dailyCloses`. */
  dailyCloses(limit = 30): Promise<DailyClose[]> {
    return this.call("dailyCloses", [limit]);
  }

  /** See `Terminal.listPayments`. */
  listPayments(filter: PaymentFilter = {}): Promise<Payment[]> {
    return this.call("listPayments", [filter]);
  }

  /** See `Terminal.getPayment`. */
  getPayment(localId: string): Promise<Payment | null> {
    return this.call("getPayment", [localId]);
  }

  /** See `Terminal.timeline`. */
  timeline(localId: string): Promise<Activity[]> {
    return this.call("timeline", [localId]);
  }

  /** See `Terminal.forwardNow`. */
  forwardNow(localId?: string): Promise<void> {
    return this.call("forwardNow", localId === undefined ? [] : [localId]);
  }

  /** See `Terminal.probeNetwork`. */
  probeNetwork(): Promise<NetworkStatus> {
    return this.call("probeNetwork", []);
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

  /** See `Terminal.exportStored`. */
  exportStored(options: ExportOptions = {}): Promise<StoredExport | null> {
    return this.call("exportStored", [options]);
  }

  /** See `Terminal.exportAgain`. */
  exportAgain(id: string): Promise<StoredExport> {
    return this.call("exportAgain", [id]);
  }

  /** See `Terminal.takeBack`. */
  takeBack(
    id: string,
    confirmation: { isFileDestroyed: true },
  ): Promise<string[]> {
    return this.call("takeBack", [id, confirmation]);
  }

  /** See `Terminal.concludeHandover`. */
  concludeHandover(
    id: string,
    confirmation: { isImported: true },
  ): Promise<string[]> {
    return this.call("concludeHandover", [id, confirmation]);
  }

  /** See `Terminal.importStored`. */
  importStored(
    bytes: Uint8Array,
    code: string,
    options: ImportOptions = {},
  ): Promise<ImportReport> {
    return this.call("importStored", [bytes, code, options]);
  }

  /** See `Terminal.listHandovers`. */
  listHandovers(): Promise<HandoverInfo[]> {
    return this.call("listHandovers", []);
  }

  /** The whole copy of `Terminal.backup`; the app keeps it where it is safe. */
  backup(): Promise<Uint8Array> {
    return this.call("backup", []);
  }
}
