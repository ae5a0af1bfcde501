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
    transferData: params.transferData ?? null,
    transferGroup: params.transferGroup ?? null,
    applicationFeeAmount: params.applicationFeeAmount ?? null,
    receiptEmail: params.receiptEmail ?? null,
    isExtendedAuthorization: params.requestExtendedAuthorization ?? false,
    isIncrementalAuthorization: params.requestIncrementalAuthorizationSupport ??
      false,
  };
}

/** The parameters that say the terms about money, so that another amount is held against them. */
export function paramsOf(
  { tip, transferData, applicationFeeAmount }: PaymentTerms,
): Pick<
  CreatePaymentIntentParams,
  "tipAmount" | "transferData" | "applicationFeeAmount"
> {
  return {
    ...(tip === null ? {} : { tipAmount: tip }),
    ...(transferData === null ? {} : { transferData }),
    ...(applicationFeeAmount === null ? {} : { applicationFeeAmount }),
  };
}

/**
 * Terms as a store keeps them; until the release of 0.1 a destination stood there alone.
 *
 * @param json What {@link PaymentTerms} was written as, by this or an older source.
 */
export function readTerms(json: string): PaymentTerms {
  const { transferDestination, ...terms } = JSON.parse(json) as
    & Partial<PaymentTerms>
    & { transferDestination?: string | null };
  return {
    ...PLAIN_TERMS,
    ...(transferDestination
      ? { transferData: { destination: transferDestination } }
      : {}),
    ...terms,
  };
}

/** Parameters of a creation as they were written down, by this or an older source. */
export function readRequest(json: string): CreateIntentRequest {
  const { transferDestination, ...request } = JSON.parse(json) as
    & CreateIntentRequest
    & { transferDestination?: string };
  return transferDestination === undefined
    ? request
    : { ...request, transferData: { destination: transferDestination } };
}

/** The part of a request that says the terms; empty when there are none. */
export function termsOf(
  terms: PaymentTerms,
): Pick<
  CreateIntentRequest,
  | "onBehalfOf"
  | "transferData"
  | "transferGroup"
  | "applicationFeeAmount"
  | "receiptEmail"
  | "requestExtendedAuthorization"
  | "requestIncrementalAuthorizationSupport"
> {
  const said: ReturnType<typeof termsOf> = {};
  if (terms.onBehalfOf !== null) said.onBehalfOf = terms.onBehalfOf;
  if (terms.transferData !== null) said.transferData = terms.transferData;
  if (terms.transferGroup !== null) said.transferGroup = terms.transferGroup;
  if (terms.applicationFeeAmount !== null) {
    said.applicationFeeAmount = terms.applicationFeeAmount;
  }
  if (terms.receiptEmail !== null) said.receiptEmail = terms.receiptEmail;
  if (terms.isExtendedAuthorization) said.requestExtendedAuthorization = true;
  if (terms.isIncrementalAuthorization) {
    said.requestIncrementalAuthorizationSupport = true;
  }
  return said;
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
