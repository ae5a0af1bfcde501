/**
 * What a smart reader says about sales, in the engine's words.
 *
 * Owns: which refusals a reader may pass on, and the shape of `offlineStatus.reader`.
 * @module
 */
import { type ErrorCode, failure, type HoldfastError } from "../errors.ts";
import type { OfflineStatusDetails } from "../events.ts";
import type { StoreStatus } from "./store_messages.ts";

/** What a reader's own terminal may refuse a sale with; it arrives in `details.code`. */
const SALE_CODES: readonly ErrorCode[] = [
  "INVALID_ARGUMENT",
  "MISSING_EMV_DATA",
  "CARD_SWIPE_NOT_AVAILABLE",
  "INTERAC_NOT_SUPPORTED_OFFLINE",
  "OFFLINE_AND_CARD_EXPIRED",
  "ONLINE_PIN_NOT_SUPPORTED_OFFLINE",
  "CARD_NETWORK_NOT_SUPPORTED_OFFLINE",
  "OFFLINE_SCA_REQUIRED",
  "PIN_BLOCK_NOT_ACCEPTED",
  "TEST_CARD_IN_LIVEMODE",
  "OFFLINE_TRANSACTION_DECLINED",
  "INVALID_OFFLINE_CURRENCY",
  "AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT",
  "OFFLINE_STORED_AMOUNT_LIMIT",
  "OFFLINE_PAYMENTS_DATABASE_TOO_LARGE",
  "OFFLINE_CARD_COUNT_LIMIT",
  "OFFLINE_STORED_AGE_LIMIT",
  "STORE_FULL",
  "OFFLINE_COLLECT_AND_CONFIRM_MISMATCH",
  "NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET",
  "FORCE_OFFLINE_WITH_FEATURE_DISABLED",
  "STRIPE_API_CONNECTION_ERROR",
  "PAYMENT_NOT_FOUND",
];

/** The reader's refusal by its own name. */
export function saleError(error: HoldfastError): HoldfastError {
  if (error.code !== "READER_ERROR") return error;
  const code = SALE_CODES.find((code) => code === error.details?.code);
  if (code === undefined) return error;
  const field = error.field === undefined ? {} : { field: error.field };
  return failure(code, `the reader refuses the sale: ${code}`, {
    cause: error,
    ...field,
  });
}

/** The reader's status in the words of Stripe's `offlineStatus`. */
export function toOfflineStatus(
  status: StoreStatus,
): OfflineStatusDetails {
  const { networkStatus, account, isLivemode, totals } = status;
  const ours = totals.filter((total) =>
    total.account === account && total.isLivemode === isLivemode
  );
  return {
    networkStatus,
    offlinePaymentsCount: ours.reduce((sum, { count }) => sum + count, 0),
    offlinePaymentAmountsByCurrency: Object.fromEntries(
      ours.map(({ currency, amount }) => [currency, amount]),
    ),
    allAccounts: totals,
  };
}
