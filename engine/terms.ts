/**
 * What was agreed besides the amount: what Stripe is asked for, and what cannot be had offline.
 *
 * Owns: that a request without terms has no word of them, so that its parameters, which are kept
 * and compared, stay what they always were.
 * @module
 */
import { failure } from "./errors.ts";
import type { CreateIntentRequest } from "./gateway.ts";
import type { PaymentTerms } from "./payment.ts";

/** The part of a request that says the terms; empty when there are none. */
export function termsOf(
  terms: PaymentTerms,
): Pick<
  CreateIntentRequest,
  | "onBehalfOf"
  | "requestExtendedAuthorization"
  | "requestIncrementalAuthorizationSupport"
> {
  return {
    ...(terms.onBehalfOf === null ? {} : { onBehalfOf: terms.onBehalfOf }),
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
