/**
 * How a card-present payment is written for Stripe's API.
 *
 * Owns: every parameter name that is not in Stripe's public reference. Stripe accepts card data
 * read by third parties only from accounts it has granted this; should the granted form differ,
 * this file changes and nothing else. Our sandbox reads exactly this.
 * @module
 */
import type { ConfirmIntentRequest, CreateIntentRequest } from "../gateway.ts";
import { toHex } from "../uuid.ts";

/** Parameters of `POST /v1/payment_intents`, without `confirm`: no money moves. */
export function createParameters(
  request: CreateIntentRequest,
): Record<string, unknown> {
  const parameters: Record<string, unknown> = {
    amount: request.amount,
    currency: request.currency,
    // Interac refuses `manual`; a card that is none is then captured as its own option says.
    capture_method: request.acceptsInterac
      ? "automatic"
      : request.captureMethod,
    // `payment_method_types` until API version 2026-09-30.
    allowed_payment_method_types: request.acceptsInterac
      ? ["card_present", "interac_present"]
      : ["card_present"],
    metadata: request.metadata,
  };
  if (request.onBehalfOf !== undefined) {
    parameters.on_behalf_of = request.onBehalfOf;
  }
  if (request.transferData !== undefined) {
    parameters.transfer_data = request.transferData;
  }
  if (request.transferGroup !== undefined) {
    parameters.transfer_group = request.transferGroup;
  }
  if (request.applicationFeeAmount !== undefined) {
    parameters.application_fee_amount = request.applicationFeeAmount;
  }
  if (request.receiptEmail !== undefined) {
    parameters.receipt_email = request.receiptEmail;
  }
  const options = cardPresentOptions(request);
  if (options !== null) {
    parameters.payment_method_options = { card_present: options };
  }
  return parameters;
}

function cardPresentOptions(
  request: CreateIntentRequest,
): Record<string, true | string> | null {
  const options: Record<string, true | string> = {};
  if (request.acceptsInterac && request.captureMethod === "manual") {
    options.capture_method = "manual_preferred";
  }
  if (request.requestExtendedAuthorization) {
    options.request_extended_authorization = true;
  }
  if (request.requestIncrementalAuthorizationSupport) {
    options.request_incremental_authorization_support = true;
  }
  return Object.keys(options).length === 0 ? null : options;
}

/** Parameters of `POST /v1/payment_intents/:id/confirm`. */
export function confirmParameters(
  emvData: Uint8Array,
  request: Pick<
    ConfirmIntentRequest,
    "readMethod" | "storedAtMs" | "isOnline" | "method" | "onlinePin"
  >,
): Record<string, unknown> {
  const { readMethod, storedAtMs, onlinePin } = request;
  const type = request.method ?? "card_present";
  return {
    payment_method_data: {
      type,
      [type]: {
        emv_data: toHex(emvData),
        read_method: readMethod,
        ...(onlinePin === undefined ? {} : {
          online_pin: {
            block: toHex(onlinePin.block),
            key_serial: toHex(onlinePin.keySerial),
          },
        }),
        // Stripe's response type has `offline.stored_at` in seconds and only `deferred`.
        ...(request.isOnline ? {} : {
          offline: {
            stored_at: Math.floor(storedAtMs / 1000),
            type: "deferred",
          },
        }),
      },
    },
  };
}
