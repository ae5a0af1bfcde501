/**
 * A page's paperwork: what is stored, what became of it, and moving it to another device.
 *
 * Owns: these verbs; see `TerminalOffice` and `TerminalTransfer` for what they promise.
 * @module
 */
import type {
  Activity,
  ActivityCheck,
  CallOptions,
  DailyClose,
  ExportOptions,
  HandoverInfo,
  ImportOptions,
  ImportReport,
  Payment,
  PaymentFilter,
  ReaderTotal,
  Receipt,
  ReceiptMerchant,
  ReconciliationReport,
  Refund,
  StoredExport,
} from "../../engine/mod.ts";
import { PageReaders } from "./page_readers.ts";

/** Lists, timelines, receipts, closes, hand-overs. */
export class PageOffice extends PageReaders {
  /** See `Terminal.listRefunds`. */
  listRefunds(localId: string): Promise<Refund[]> {
    return this.call("listRefunds", [localId]);
  }

  /** See `Terminal.receipt`. */
  receipt(localId: string, merchant: ReceiptMerchant): Promise<Receipt> {
    return this.call("receipt", [localId, merchant]);
  }

  /** See `Terminal.reconciliations`. */
  reconciliations(limit = 30): Promise<ReconciliationReport[]> {
    return this.call("reconciliations", [limit]);
  }

  /** See `Terminal.readerTotals`. */
  readerTotals(): Promise<ReaderTotal[]> {
    return this.call("readerTotals", []);
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

  /** See `Terminal.exportStored`. */
  exportStored(
    options: ExportOptions & CallOptions = {},
  ): Promise<StoredExport | null> {
    return this.callWith("exportStored", [], options);
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
    options: ImportOptions & CallOptions = {},
  ): Promise<ImportReport> {
    return this.callWith("importStored", [bytes, code], options);
  }

  /** See `Terminal.listHandovers`. */
  listHandovers(): Promise<HandoverInfo[]> {
    return this.call("listHandovers", []);
  }

  /** The whole copy of `Terminal.backup`; the app keeps it where it is safe. */
  backup(options: CallOptions = {}): Promise<Uint8Array> {
    return this.callWith("backup", [], options);
  }
}
