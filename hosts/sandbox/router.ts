/**
 * From method and path to handler.
 *
 * Owns: the list of endpoints. The template is also the name of the endpoint
 * for rate limits and for the log.
 * @module
 */
import type { Handler } from "./call.ts";
import {
  createConfiguration,
  deleteConfiguration,
  listConfigurations,
  retrieveConfiguration,
  updateConfiguration,
} from "./configurations.ts";
import {
  listIntents,
  retrieveIntent,
  searchIntents,
} from "./intent_queries.ts";
import {
  createConnectionToken,
  createLocation,
  deleteLocation,
  listLocations,
  retrieveLocation,
  updateLocation,
} from "./locations.ts";
import {
  cancelIntent,
  captureIntent,
  confirmIntent,
  createIntent,
  updateIntent,
} from "./payment_intents.ts";
import { reportPayment, retrievePaymentRecord } from "./payment_records.ts";
import {
  cancelAction,
  createReader,
  deleteReader,
  listReaders,
  presentPaymentMethod,
  processPaymentIntent,
  retrieveReader,
  updateReader,
} from "./readers.ts";
import {
  listCharges,
  listEvents,
  retrieveAccount,
  retrieveBalance,
  retrieveCharge,
  retrieveEvent,
} from "./reading.ts";
import { createRefund, listRefunds, retrieveRefund } from "./refunds.ts";

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
  "POST /v1/payment_records/report_payment": reportPayment,
  "GET /v1/payment_records/:id": retrievePaymentRecord,
  "GET /v1/refunds": listRefunds,
  "POST /v1/refunds": createRefund,
  "GET /v1/refunds/:id": retrieveRefund,
  "GET /v1/terminal/configurations": listConfigurations,
  "POST /v1/terminal/configurations": createConfiguration,
  "GET /v1/terminal/configurations/:id": retrieveConfiguration,
  "POST /v1/terminal/configurations/:id": updateConfiguration,
  "DELETE /v1/terminal/configurations/:id": deleteConfiguration,
  "POST /v1/terminal/connection_tokens": createConnectionToken,
  "GET /v1/terminal/locations": listLocations,
  "POST /v1/terminal/locations": createLocation,
  "GET /v1/terminal/locations/:id": retrieveLocation,
  "POST /v1/terminal/locations/:id": updateLocation,
  "DELETE /v1/terminal/locations/:id": deleteLocation,
  "GET /v1/terminal/readers": listReaders,
  "POST /v1/terminal/readers": createReader,
  "GET /v1/terminal/readers/:id": retrieveReader,
  "POST /v1/terminal/readers/:id": updateReader,
  "DELETE /v1/terminal/readers/:id": deleteReader,
  "POST /v1/terminal/readers/:id/cancel_action": cancelAction,
  "POST /v1/terminal/readers/:id/process_payment_intent": processPaymentIntent,
  "POST /v1/test_helpers/terminal/readers/:id/present_payment_method":
    presentPaymentMethod,
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
      // Identifiers need no escapes; an escaped one is simply not found.
      id = steps[index];
      return true;
    });
    if (matches) return { endpoint, handler: ENDPOINTS[endpoint], id };
  }
  return null;
}
