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
  const rawRequest = async (
    method: string,
    path: string,
    parameters: Record<string, unknown> = {},
    options: { idempotencyKey?: string } = {},
  ): Promise<unknown> => {
    const key = options.idempotencyKey ?? null;
    const answer = await send(
      method as "GET" | "POST",
      path,
      parameters,
      key,
    );
    const { error } = answer.body;
    if (error === undefined) return answer.body;
    throw {
      ...error,
      type: "StripeError",
      rawType: error.type,
      statusCode: answer.status,
      headers: error.headers ?? {},
    };
  };
  return { rawRequest } as unknown as Stripe;
}

/** What the package throws when no answer came. */
export function brokenConnection(): unknown {
  return { type: "StripeConnectionError" };
}

/** What the package throws for a page that is not JSON. */
export function foreignPage(): unknown {
  return { type: "StripeAPIError" };
}
