/**
 * Answers that are errors, in the shape of Stripe's API.
 *
 * Owns: status, type, code and wording of every error the sandbox gives.
 * @see https://docs.stripe.com/api/errors
 * @module
 */
import type Stripe from "stripe";

/** Fields of the `error` member of an answer. */
export interface ErrorBody {
  type:
    | "api_error"
    | "card_error"
    | "idempotency_error"
    | "invalid_request_error";
  message: string;
  code?: string;
  param?: string;
  decline_code?: string;
  advice_code?: string;
  network_decline_code?: string;
  charge?: string;
  payment_intent?: Stripe.PaymentIntent;
  payment_method?: unknown;
  payment_method_type?: string;
  doc_url?: string;
  request_log_url?: string;
}

/** An error answer on its way up to the pipeline, which writes it. */
export class ApiFailure extends Error {
  override name = "ApiFailure";
  /** HTTP status of the answer. */
  readonly status: number;
  /** The `error` member of its body. */
  readonly body: ErrorBody;
  /** Headers besides the usual ones. */
  readonly headers: Readonly<Record<string, string>>;

  /** Makes the failure; it is not logged, only answered. */
  constructor(
    status: number,
    body: ErrorBody,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(body.message);
    this.status = status;
    this.body = body.code
      ? { ...body, doc_url: `https://stripe.com/docs/error-codes/${body.code}` }
      : body;
    this.headers = headers;
  }
}

/** 400: a parameter has a value that cannot be used. */
export function invalidParameter(
  param: string,
  message: string,
  code?: string,
): ApiFailure {
  return new ApiFailure(400, {
    type: "invalid_request_error",
    message,
    ...(code ? { code } : {}),
    ...(param ? { param } : {}),
  });
}

/** 400: a required parameter is absent. */
export function missingParameter(param: string): ApiFailure {
  return invalidParameter(
    param,
    `Missing required param: ${param}.`,
    "parameter_missing",
  );
}

/** 404: no such object in this account and mode. */
export function missingResource(
  kind: string,
  id: string,
  other?: "test" | "live",
): ApiFailure {
  const hint = other
    ? `; a similar object exists in ${other} mode, but a ${
      other === "test" ? "live" : "test"
    } mode key was used to make this request.`
    : "";
  return new ApiFailure(404, {
    type: "invalid_request_error",
    code: "resource_missing",
    message: `No such ${kind}: '${id}'${hint}`,
    param: kind === "payment_intent" ? "intent" : "id",
  });
}

/** 400: the intent is not in a state that allows the call; it is embedded. */
export function unexpectedState(
  intent: Stripe.PaymentIntent,
  message: string,
): ApiFailure {
  return new ApiFailure(400, {
    type: "invalid_request_error",
    code: "payment_intent_unexpected_state",
    message,
    payment_intent: intent,
  });
}

/** 401: the key is not one. */
export function unauthenticated(message: string, code?: string): ApiFailure {
  return new ApiFailure(401, {
    type: "invalid_request_error",
    message,
    ...(code ? { code } : {}),
  });
}

/** 403: the key may not act for this account. */
export function forbidden(message: string, code: string): ApiFailure {
  return new ApiFailure(403, { type: "invalid_request_error", message, code });
}

/** 5xx: something broke on the far side. */
export function serverFault(status: number): ApiFailure {
  return new ApiFailure(status, {
    type: "api_error",
    message: status === 503
      ? "The service is temporarily unavailable."
      : "An unknown error occurred.",
  });
}
