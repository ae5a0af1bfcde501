/**
 * The `stripe` package's face over anything that answers requests.
 *
 * Owns: how the package reports what came back, so that the real gateway classifies it: errors
 * with `type`, `rawType`, `statusCode`, `code` and `headers`; no status when nothing, or nothing of
 * Stripe's, came. The gateway's contract test runs the same answers through the real package.
 * @module
 */
import type Stripe from "stripe";
import type { ModelAnswer } from "./stripe_model.ts";

/** Sends one request; rejects with {@link brokenConnection} or {@link foreignPage}. */
export type Send = (
  method: "GET" | "POST",
  path: string,
  parameters: Readonly<Record<string, unknown>>,
  key: string | null,
) => Promise<ModelAnswer>;

/** Makes a client whose `rawRequest` goes to `send`. */
export function modelClient(send: Send): Stripe {
  const rawRequest = (
    method: "GET" | "POST",
    path: string,
    parameters: Record<string, unknown> = NONE,
    options: { idempotencyKey?: string } = NONE,
  ): Promise<unknown> =>
    send(method, path, parameters, options.idempotencyKey ?? null)
      .then(bodyOf);
  return { rawRequest } as unknown as Stripe;
}

const NONE = {};

/** The body, or a throw of what the package makes of an error. */
function bodyOf({ status, body }: ModelAnswer): unknown {
  const { error } = body;
  if (error === undefined) return body;
  const { type, headers = {}, ...rest } = error;
  throw {
    ...rest,
    type: "StripeError",
    rawType: type,
    statusCode: status,
    headers,
  };
}

/** What the package throws when no answer came. */
export function brokenConnection(): unknown {
  return { type: "StripeConnectionError" };
}

/** What the package throws for a page that is not JSON. */
export function foreignPage(): unknown {
  return { type: "StripeAPIError" };
}
