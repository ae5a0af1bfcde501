/**
 * What a simulated world needs of a device's store: the fast one in memory and the one on SQLite
 * have it alike.
 * @module
 */
import type { ForwardStore } from "../../../engine/forward/forward_context.ts";
import type { Payment } from "../../../engine/payment.ts";
import type { Activity } from "../../../engine/store/activity.ts";
import type { Payments } from "../../../engine/store/payments.ts";
import type { PaymentRow } from "../../../engine/store/rows.ts";
import type { Step } from "../../../engine/store/steps.ts";

/** What a payment starts as. */
export interface NewMemoryPayment
  extends
    Omit<PaymentRow, "rowId" | "epoch" | "payment" | "mustLook" | "origin"> {
  record: Uint8Array | null;
  payment: Pick<
    Payment,
    | "localId"
    | "seq"
    | "account"
    | "amount"
    | "currency"
    | "captureMethod"
    | "offlineDetails"
  >;
}

/** What a world needs of a store besides what forwarding needs. */
export interface DeviceStore extends ForwardStore {
  payments: ForwardStore["payments"] & Pick<Payments, "open">;
  /** Inserts a stored payment and returns its row id; durable when it returns. */
  insert(payment: NewMemoryPayment): number;
  /** What a restart does first. */
  recoverInterrupted(): void;
  /** What forwarding sees, and nothing else. */
  view(): ForwardStore;
  /** Plaintext of a sealed record, for the gateway. */
  open(
    genesis: Uint8Array,
    record: Uint8Array,
  ): Uint8Array | Promise<Uint8Array>;
  /** All rows, to be read and not changed. */
  peek(): readonly Readonly<PaymentRow>[];
  /** All steps of one payment. */
  stepsOf(rowId: number): readonly Step[];
  /** The timeline, oldest first. */
  readonly activities: readonly Activity[];
  /** Token of the newest lease; 0 before the first. */
  readonly leaseToken: number;
}
