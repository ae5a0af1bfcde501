/**
 * Rows of the store in memory: what a new one holds, and what is read of many.
 * @module
 */
import { type Payment, PLAIN_TERMS } from "../../../engine/payment.ts";
import type {
  CurrencyTotal,
  Payments,
} from "../../../engine/store/payments.ts";
import type { PaymentRow } from "../../../engine/store/rows.ts";
import { toHex } from "../../../engine/uuid.ts";
import type { NewMemoryPayment } from "./device_store.ts";
import { PLAIN_CARD } from "./plain_card.ts";

const NO_METADATA: Payment["metadata"] = {};

/** Whether it still has to be forwarded. */
export function isOpen(row: PaymentRow): boolean {
  return row.payment.state === "stored" || row.payment.state === "unknown";
}

/** The row of a new payment; written out, because worlds make millions of them. */
export function rowOf(
  rowId: number,
  { localIdBytes, cardHmac, recordHash, storedAtMs, payment }: NewMemoryPayment,
): PaymentRow {
  return {
    rowId,
    localIdBytes,
    epoch: 1,
    cardHmac,
    recordHash,
    storedAtMs,
    mustLook: false,
    origin: null,
    payment: {
      localId: payment.localId,
      id: null,
      seq: payment.seq,
      state: "stored",
      amount: payment.amount,
      currency: payment.currency,
      captureMethod: payment.captureMethod,
      metadata: NO_METADATA,
      terms: PLAIN_TERMS,
      reader: null,
      account: payment.account,
      isLivemode: false,
      createdAtMs: storedAtMs,
      offlineDetails: payment.offlineDetails,
      cardPresent: PLAIN_CARD,
      error: null,
      attempts: 0,
      nextAttemptAtMs: storedAtMs,
      receiptCode: `1-${payment.seq}-${toHex(recordHash.subarray(0, 4))}`,
    },
  };
}

/** As `Payments.waiting`. */
export function waitingOf(
  rows: readonly PaymentRow[],
  afterRowId: number,
  limit: number,
): ReturnType<Payments["waiting"]> {
  return rows.filter((row) => row.rowId > afterRowId && isOpen(row))
    .slice(0, limit)
    .map(({ rowId, cardHmac, storedAtMs, payment }) => ({
      ...{ rowId, cardHmac, storedAtMs },
      account: payment.account,
      isLivemode: payment.isLivemode,
      nextAttemptAtMs: payment.nextAttemptAtMs,
    }));
}

/** As `Payments.totals`. */
export function totalsOf(rows: readonly PaymentRow[]): CurrencyTotal[] {
  const totals = new Map<string, CurrencyTotal>();
  for (const row of rows) {
    if (!isOpen(row)) continue;
    const { account, isLivemode, currency, amount } = row.payment;
    const name = `${account}/${isLivemode ? 1 : 0}/${currency}`;
    const total = totals.get(name);
    if (total === undefined) {
      totals.set(name, { account, isLivemode, currency, count: 1, amount });
    } else {
      total.count++;
      total.amount += amount;
    }
  }
  return [...totals.keys()].sort().map((name) => totals.get(name)!);
}
