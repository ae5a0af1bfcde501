/**
 * From method and path to handler.
 *
 * Owns: the list of endpoints. The template is also the name of the endpoint
 * for rate limits and for the log.
 * @module
 */
import type { Handler } from "./call.ts";
import {
  listIntents,
  retrieveIntent,
  searchIntents,
} from "./intent_queries.ts";
import {
  cancelIntent,
  captureIntent,
  confirmIntent,
  createIntent,
  updateIntent,
} from "./payment_intents.ts";
import {
  listCharges,
  listEvents,
  retrieveAccount,
  retrieveBalance,
  retrieveCharge,
  retrieveEvent,
} from "./reading.ts";

/** A handler that was found. */
export interface Route {
  /** Method and template, as in `POST /v1/payment_intents/:id`. */
  readonly endpoint: string;
  readonly handler: Handler;
  /** The identifier in the path, or empty. */
  readonly id: string;
}

const ENDPOINTS: Readonly<Record<string, Handler>> = {
  "GET /v1/account": retrieveAccount,
  "GET /v1/balance": retrieveBalance,
  "GET /v1/charges": listCharges,
  "GET /v1/charges/:id": retrieveCharge,
  "GET /v1/events": listEvents,
  "GET /v1/events/:id": retrieveEvent,
  "GET /v1/payment_intents": listIntents,
  "POST /v1/payment_intents": createIntent,
  // Before `:id`, which would take the word for an identifier.
  "GET /v1/payment_intents/search": searchIntents,
  "GET /v1/payment_intents/:id": retrieveIntent,
  "POST /v1/payment_intents/:id": updateIntent,
  "POST /v1/payment_intents/:id/cancel": cancelIntent,
  "POST /v1/payment_intents/:id/capture": captureIntent,
  "POST /v1/payment_intents/:id/confirm": confirmIntent,
};

/** Every endpoint, as method and template. */
export const ENDPOINT_NAMES: readonly string[] = Object.keys(ENDPOINTS);

const templates = ENDPOINT_NAMES.map((endpoint) => ({
  endpoint,
  steps: endpoint.replace(" ", "").split("/"),
}));

/** Returns the route of a request, or null when there is none. */
export function findRoute(method: string, path: string): Route | null {
  const steps = (method + path).split("/");
  for (const { endpoint, steps: template } of templates) {
    if (template.length !== steps.length) continue;
    let id = "";
    const matches = template.every((step, index) => {
      if (step !== ":id") return step === steps[index];
      id = decodeURIComponent(steps[index]);
      return true;
    });
    if (matches) return { endpoint, handler: ENDPOINTS[endpoint], id };
  }
  return null;
}
