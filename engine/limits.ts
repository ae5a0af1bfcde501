/**
 * How much may be at risk on this device while nobody can be asked.
 *
 * Owns: the offline limits and their check, made inside the transaction that stores the payment
 * and with that payment included, so that no race and no second tab can overrun them.
 * @module
 */
import { type ErrorCode, failure } from "./errors.ts";
import type { Payments } from "./store/payments.ts";

/** Limits on offline payments; amounts in minor units, currencies in lower case. */
export interface OfflineLimits {
  /**
   * Largest single payment by currency; a currency that is not here is refused offline.
   * @default {usd: 1_000_000}: Stripe's ceiling of 10,000 USD
   */
  paymentAmountMax: Readonly<Record<string, number>>;
  /** Largest sum of stored payments by currency; none when the currency is absent. @default {} */
  storedAmountMax: Readonly<Record<string, number>>;
  /** Most stored payments at a time. @default 10_000 */
  storedCountMax: number;
  /** Most stored payments of one card. @default 5 */
  cardCountMax: number;
  /** Refuses while the oldest stored payment is older. @default 24 h, the card schemes' window */
  storedAgeMsMax: number;
  /** Free space that must remain for outcomes to be written. @default 16 MiB */
  freeBytesMin: number;
}

/** The limits used where the app gives none. */
export const DEFAULT_LIMITS: OfflineLimits = {
  paymentAmountMax: { usd: 1_000_000 },
  storedAmountMax: {},
  storedCountMax: 10_000,
  cardCountMax: 5,
  storedAgeMsMax: 24 * 60 * 60 * 1000,
  freeBytesMin: 16 * 1024 * 1024,
};

/** What is asked of the limits. */
export interface LimitRequest {
  account: string;
  isLivemode: boolean;
  amount: number;
  currency: string;
  cardHmac: Uint8Array;
  nowMs: number;
  freeBytes: number | null;
  /** True when the payment is stored already and so part of the counts. */
  isCounted: boolean;
}

/**
 * Checks every limit against what is stored plus this payment; call inside the transaction.
 *
 * @throws {HoldfastError} `INVALID_OFFLINE_CURRENCY`, `AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT`,
 *   `OFFLINE_STORED_AMOUNT_LIMIT`, `OFFLINE_PAYMENTS_DATABASE_TOO_LARGE`,
 *   `OFFLINE_CARD_COUNT_LIMIT`, `OFFLINE_STORED_AGE_LIMIT`, `STORE_FULL`; `details` holds the
 *   limit and what this payment would have made of it.
 */
export function checkLimits(
  payments: Payments,
  limits: OfflineLimits,
  request: LimitRequest,
): void {
  const refuse = (
    code: ErrorCode,
    name: string,
    limit: number,
    needed: number,
  ): never => {
    throw failure(
      code,
      `${name} is limited to ${limit}, this payment needs ${needed}`,
      {
        field: name,
        details: { limit, needed, currency: request.currency },
      },
    );
  };
  const amountMax = limits.paymentAmountMax[request.currency];
  if (amountMax === undefined) {
    throw failure(
      "INVALID_OFFLINE_CURRENCY",
      `${request.currency} is not among the offline currencies`,
      { field: "currency", details: { currency: request.currency } },
    );
  }
  if (request.amount > amountMax) {
    refuse(
      "AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT",
      "amount",
      amountMax,
      request.amount,
    );
  }
  if (request.freeBytes !== null && request.freeBytes < limits.freeBytesMin) {
    refuse("STORE_FULL", "freeBytes", limits.freeBytesMin, request.freeBytes);
  }
  const extraCount = request.isCounted ? 0 : 1;
  const totals = payments.totals();
  const count = totals.reduce((sum, total) => sum + total.count, 0) +
    extraCount;
  if (count > limits.storedCountMax) {
    refuse(
      "OFFLINE_PAYMENTS_DATABASE_TOO_LARGE",
      "storedCount",
      limits.storedCountMax,
      count,
    );
  }
  const storedMax = limits.storedAmountMax[request.currency];
  const stored = totals.find((total) =>
    total.account === request.account &&
    total.isLivemode === request.isLivemode &&
    total.currency === request.currency
  )?.amount ?? 0;
  const storedAmount = stored + (request.isCounted ? 0 : request.amount);
  if (storedMax !== undefined && storedAmount > storedMax) {
    refuse(
      "OFFLINE_STORED_AMOUNT_LIMIT",
      "storedAmount",
      storedMax,
      storedAmount,
    );
  }
  const ofCard = payments.openCountOfCard(request.cardHmac) + extraCount;
  if (ofCard > limits.cardCountMax) {
    refuse(
      "OFFLINE_CARD_COUNT_LIMIT",
      "cardCount",
      limits.cardCountMax,
      ofCard,
    );
  }
  const oldest = payments.oldestStoredAtMs(request.account, request.isLivemode);
  const age = oldest === null ? 0 : request.nowMs - oldest;
  if (age > limits.storedAgeMsMax) {
    refuse("OFFLINE_STORED_AGE_LIMIT", "storedAge", limits.storedAgeMsMax, age);
  }
}
