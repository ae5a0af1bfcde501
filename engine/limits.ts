/**
 * How much may be at risk on this device while nobody can be asked.
 *
 * Owns: the offline limits and their check, made inside the transaction that stores the payment
 * and with that payment included, so that no race and no second tab can overrun them. A limit
 * that a manager lifted is lifted for this payment and up to what it needs, no further.
 * @module
 */
import type { LiftedLimit } from "./approval.ts";
import { type ErrorCode, failure } from "./errors.ts";
import type { Payments } from "./store/payments.ts";
import type { StoredRisk } from "./store/stored_risk.ts";

/** Limits on the payments of one brand. */
export interface BrandLimits {
  /** Largest single payment by currency, below the general limit. */
  paymentAmountMax?: Readonly<Record<string, number>>;
  /** Largest sum of stored payments by currency. */
  storedAmountMax?: Readonly<Record<string, number>>;
}

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
  /** Limits of single brands, such as `amex`. @default {} */
  brands: Readonly<Record<string, BrandLimits>>;
  /** Largest sum of stored payments of one reader by currency. @default {} */
  readerStoredAmountMax: Readonly<Record<string, number>>;
}

/** The limits used where the app gives none. */
export const DEFAULT_LIMITS: OfflineLimits = {
  paymentAmountMax: { usd: 1_000_000 },
  storedAmountMax: {},
  storedCountMax: 10_000,
  cardCountMax: 5,
  storedAgeMsMax: 24 * 60 * 60 * 1000,
  freeBytesMin: 16 * 1024 * 1024,
  brands: {},
  readerStoredAmountMax: {},
};

/**
 * What Stripe takes offline at most, whatever app or manager say: 10,000 USD. Its equivalent in
 * other currencies needs a rate that a device without a connection does not have; there the
 * app's own limit is the only one.
 * @see https://docs.stripe.com/terminal/features/operate-offline/collect-card-payments
 */
const HARD_CAPS: Readonly<Record<string, number>> = { usd: 1_000_000 };

/** What is asked of the limits. */
export interface LimitRequest {
  account: string;
  isLivemode: boolean;
  amount: number;
  currency: string;
  cardHmac: Uint8Array;
  brand: string;
  /** Serial number of the reader, or null. */
  reader: string | null;
  nowMs: number;
  freeBytes: number | null;
  /** True when the payment is stored already and so part of the counts. */
  isCounted: boolean;
  /** Limits a manager lifted for this payment. */
  lifted: readonly LiftedLimit[];
}

/** What the limits are checked against. */
export interface LimitStore {
  payments: Payments;
  risk: StoredRisk;
}

/**
 * Checks every limit against what is stored plus this payment; call inside the transaction.
 *
 * @throws {HoldfastError} `INVALID_OFFLINE_CURRENCY`, `AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT`,
 *   `OFFLINE_STORED_AMOUNT_LIMIT`, `OFFLINE_PAYMENTS_DATABASE_TOO_LARGE`,
 *   `OFFLINE_CARD_COUNT_LIMIT`, `OFFLINE_STORED_AGE_LIMIT`, `OFFLINE_BRAND_LIMIT`,
 *   `OFFLINE_READER_LIMIT`, `STORE_FULL`; `details` holds the limit and what this payment would
 *   have made of it.
 */
export function checkLimits(
  store: LimitStore,
  limits: OfflineLimits,
  request: LimitRequest,
): void {
  checkAmount(limits, request);
  const { freeBytes } = request;
  if (freeBytes !== null && freeBytes < limits.freeBytesMin) {
    exceed(request, "STORE_FULL", "freeBytes", limits.freeBytesMin, freeBytes);
  }
  checkStored(store, limits, request);
  checkCard(store, limits, request);
  checkReader(store, limits, request);
}

/**
 * Refuses every sale, online ones too, while the disk has only the room that outcomes need.
 *
 * @throws {HoldfastError} `STORE_FULL`; nobody can lift it.
 */
export function checkRoom(freeBytes: number | null): void {
  if (freeBytes === null || freeBytes >= 0) return;
  throw failure(
    "STORE_FULL",
    "the disk is full; what room is left is kept for outcomes",
    { details: { missingBytes: -freeBytes } },
  );
}

/** Refuses, unless a manager lifted this very limit this far. */
function exceed(
  request: LimitRequest,
  code: ErrorCode,
  name: string,
  limit: number,
  needed: number,
  isHardCap = false,
): void {
  const isLifted = request.lifted.some((it) =>
    it.code === code && it.name === name && needed <= it.needed
  );
  if (isLifted && !isHardCap) return;
  throw failure(
    code,
    `${name} is limited to ${limit}, this payment needs ${needed}`,
    {
      field: name,
      details: {
        limit,
        needed,
        currency: request.currency,
        ...(isHardCap ? { isHardCap } : {}),
      },
    },
  );
}

/** Refuses when `needed` is above `limit`; no limit, no refusal. */
function check(
  request: LimitRequest,
  code: ErrorCode,
  name: string,
  limit: number | undefined,
  needed: number,
): void {
  if (limit === undefined || needed <= limit) return;
  exceed(request, code, name, limit, needed);
}

function checkAmount(limits: OfflineLimits, request: LimitRequest): void {
  const { amount, currency } = request;
  const code = "AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT";
  const limit = limits.paymentAmountMax[currency];
  if (limit === undefined) {
    throw failure(
      "INVALID_OFFLINE_CURRENCY",
      `${currency} is not among the offline currencies`,
      { field: "currency", details: { currency } },
    );
  }
  const cap = HARD_CAPS[currency];
  if (cap !== undefined && amount > cap) {
    exceed(request, code, "amount", cap, amount, true);
  }
  check(request, code, "amount", limit, amount);
}

function checkStored(
  { payments, risk }: LimitStore,
  limits: OfflineLimits,
  request: LimitRequest,
): void {
  const { account, isLivemode, currency } = request;
  const totals = payments.totals();
  check(
    request,
    "OFFLINE_PAYMENTS_DATABASE_TOO_LARGE",
    "storedCount",
    limits.storedCountMax,
    totals.reduce((sum, total) => sum + total.count, 0) + extraCount(request),
  );
  const ours = totals.find((total) =>
    total.account === account && total.isLivemode === isLivemode &&
    total.currency === currency
  );
  check(
    request,
    "OFFLINE_STORED_AMOUNT_LIMIT",
    "storedAmount",
    limits.storedAmountMax[currency],
    (ours?.amount ?? 0) + extraAmount(request),
  );
  const oldest = risk.oldestStoredAtMs(account, isLivemode);
  check(
    request,
    "OFFLINE_STORED_AGE_LIMIT",
    "storedAge",
    limits.storedAgeMsMax,
    oldest === null ? 0 : request.nowMs - oldest,
  );
}

function checkCard(
  { risk }: LimitStore,
  limits: OfflineLimits,
  request: LimitRequest,
): void {
  const { brand, currency } = request;
  check(
    request,
    "OFFLINE_CARD_COUNT_LIMIT",
    "cardCount",
    limits.cardCountMax,
    risk.countOfCard(request.cardHmac) + extraCount(request),
  );
  const ofBrand = limits.brands[brand];
  if (ofBrand === undefined) return;
  const code = "OFFLINE_BRAND_LIMIT";
  const { paymentAmountMax = {}, storedAmountMax = {} } = ofBrand;
  const most = paymentAmountMax[currency];
  check(request, code, "brandAmount", most, request.amount);
  check(
    request,
    code,
    "brandStoredAmount",
    storedAmountMax[currency],
    risk.ofBrand(brand, currency).amount + extraAmount(request),
  );
}

function checkReader(
  { risk }: LimitStore,
  limits: OfflineLimits,
  request: LimitRequest,
): void {
  const { reader, currency } = request;
  if (reader === null) return;
  check(
    request,
    "OFFLINE_READER_LIMIT",
    "readerStoredAmount",
    limits.readerStoredAmountMax[currency],
    risk.ofReader(reader, currency).amount + extraAmount(request),
  );
}

function extraCount({ isCounted }: LimitRequest): number {
  return isCounted ? 0 : 1;
}

function extraAmount({ isCounted, amount }: LimitRequest): number {
  return isCounted ? 0 : amount;
}
