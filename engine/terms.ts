/**
 * What was agreed besides the amount: what Stripe is asked for, and what cannot be had offline.
 *
 * Owns: that a request without terms has no word of them, so that its parameters, which are kept
 * and compared, stay what they always were.
 * @module
 */
import { failure } from "./errors.ts";
import type { CreateIntentRequest } from "./gateway.ts";
import type { CreatePaymentIntentParams } from "./intents.ts";
import { type PaymentTerms, PLAIN_TERMS } from "./payment.ts";

/** The terms an app asks for. */
export function termsFrom(
  params: Omit<CreatePaymentIntentParams, "tip" | "skipTipping">,
): PaymentTerms {
  return {
    ...PLAIN_TERMS,
    tip: params.tipAmount ?? null,
    onBehalfOf: params.onBehalfOf ?? null,
    transferDestination: params.transferDataDestination ?? null,
    applicationFeeAmount: params.applicationFeeAmount ?? null,
    receiptEmail: params.receiptEmail ?? null,
    isExtendedAuthorization: params.requestExtendedAuthorization ?? false,
    isIncrementalAuthorization: params.requestIncrementalAuthorizationSupport ??
      false,
  };
}

/** The part of a request that says the terms; empty when there are none. */
export function termsOf(
  terms: PaymentTerms,
): Pick<
  CreateIntentRequest,
  | "onBehalfOf"
  | "transferDestination"
  | "applicationFeeAmount"
  | "receiptEmail"
  | "requestExtendedAuthorization"
  | "requestIncrementalAuthorizationSupport"
> {
  return {
    ...(terms.onBehalfOf === null ? {} : { onBehalfOf: terms.onBehalfOf }),
    ...(terms.transferDestination === null
      ? {}
      : { transferDestination: terms.transferDestination }),
    ...(terms.applicationFeeAmount === null
      ? {}
      : { applicationFeeAmount: terms.applicationFeeAmount }),
    ...(terms.receiptEmail === null
      ? {}
      : { receiptEmail: terms.receiptEmail }),
    ...(terms.isExtendedAuthorization
      ? { requestExtendedAuthorization: true as const }
      : {}),
    ...(terms.isIncrementalAuthorization
      ? { requestIncrementalAuthorizationSupport: true as const }
      : {}),
  };
}

/** @throws {HoldfastError} `INCREMENTAL_AUTHORIZATION_NOT_SUPPORTED_OFFLINE`. */
export function refuseOfflineTerms({ terms }: { terms: PaymentTerms }): void {
  if (!terms.isIncrementalAuthorization) return;
  throw failure(
    "INCREMENTAL_AUTHORIZATION_NOT_SUPPORTED_OFFLINE",
    "an amount that may be raised later cannot be promised offline",
  );
}

/** @throws {HoldfastError} `AMOUNT_SURCHARGE_NOT_SUPPORTED_OFFLINE`, `INVALID_ARGUMENT`. */
export function refuseSurcharge(
  amountSurcharge: number,
  isOnline: boolean,
): void {
  if (amountSurcharge === 0) return;
  throw failure(
    isOnline ? "INVALID_ARGUMENT" : "AMOUNT_SURCHARGE_NOT_SUPPORTED_OFFLINE",
    "surcharges are not supported",
    { field: "amountSurcharge" },
  );
}
