/**
 * The terminal's paperwork: what is stored, what became of it, receipts and the daily close.
 *
 * Owns: no rule of its own; everything here reads, and only a daily close writes.
 * @module
 */
import { closeDay, type DailyClose, dailyCloses } from "./daily_close.ts";
import type { Payment } from "./payment.ts";
import { type Receipt, type ReceiptMerchant, receiptOf } from "./receipt.ts";
import type { Activity, ActivityCheck } from "./store/activity.ts";
import type { PaymentFilter } from "./store/payments.ts";
import type { ReaderTotal } from "./store/stored_risk.ts";
import { TerminalReaders } from "./terminal_readers.ts";

/** Lists, timelines, receipts, closes; use `openTerminal`. */
export class TerminalOffice extends TerminalReaders {
  /** Stored payments in order, 1,000 at a time unless told otherwise. */
  listPayments(filter: PaymentFilter = {}): Payment[] {
    this.assertOpen();
    const { payments } = this.rooms.accept;
    return payments.list(filter).map((row) => row.payment);
  }

  /** One payment, or null. */
  getPayment(localId: string): Payment | null {
    this.assertOpen();
    return this.ledger.find(localId)?.payment ?? null;
  }

  /**
   * Everything that happened to one payment, oldest first.
   *
   * @throws {HoldfastError} `PAYMENT_NOT_FOUND`.
   */
  timeline(localId: string): Activity[] {
    this.assertOpen();
    const { rowId } = this.ledger.require(localId);
    return this.rooms.accept.activity.ofPayment(rowId);
  }

  /** What each reader took of the payments that wait, active account; counted when asked. */
  readerTotals(): ReaderTotal[] {
    this.assertOpen();
    const { accept, configuration: { account } } = this.rooms;
    return accept.risk.byReader(account.id, account.isLivemode);
  }

  /**
   * A payment's receipt as data; `receiptText` and `receiptHtml` lay it out.
   *
   * @throws {HoldfastError} `PAYMENT_NOT_FOUND`.
   */
  receipt(localId: string, merchant: ReceiptMerchant): Receipt {
    this.assertOpen();
    return receiptOf(this.ledger.require(localId).payment, merchant);
  }

  /**
   * Closes the day: adds up what was stored since the last close, keeps the result and returns
   * it; `dailyCloseText` prints it. Reads the whole store once before, some 4 ms a megabyte.
   *
   * @throws {HoldfastError} `STORE_CORRUPT` when the store is damaged; nothing is closed.
   */
  closeDay(): DailyClose {
    this.assertOpen();
    this.rooms.accept.database.check();
    return closeDay(this.rooms);
  }

  /** Kept closes of this account, the newest first. @default 30 */
  dailyCloses(limit = 30): DailyClose[] {
    this.assertOpen();
    return dailyCloses(this.rooms, limit);
  }

  /** Checks the signed activity log line by line. */
  verifyActivityLog(): ActivityCheck {
    this.assertOpen();
    return this.rooms.accept.activity.verify();
  }
}
