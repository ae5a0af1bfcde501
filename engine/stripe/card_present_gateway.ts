/**
 * Profile `stripe/card-present`: forwarding through the official `stripe` package.
 *
 * Owns: confirming with the card-present payload. Stripe's public API accepts no card data that
 * third parties read, so this works against the sandbox and for accounts to which Stripe has
 * granted card-present submission. Server side only: it holds a secret key and the opener.
 * @module
 */
import type Stripe from "stripe";
import type { Gateway, GatewayResult } from "../gateway.ts";
import type { Opener } from "../opener.ts";
import { createIntentVerbs } from "./intent_verbs.ts";
import { withRecord } from "./open_record.ts";
import { StripeApi } from "./stripe_api.ts";
import { confirmParameters } from "./wire.ts";

/**
 * Makes the gateway.
 *
 * @param stripe A client of the `stripe` package; give it `maxNetworkRetries: 0`, because the
 *   forwarder owns retrying.
 * @param opener Opens the sealed records; see {@link createOpener}.
 */
export function createCardPresentGateway(
  stripe: Stripe,
  opener: Opener,
): Gateway {
  const api = new StripeApi(stripe);
  return {
    ...createIntentVerbs(api),
    confirmIntent: (id, request, call): Promise<GatewayResult> =>
      withRecord(opener, request, (emvData) => {
        const parameters = confirmParameters(emvData, request);
        const path = `/v1/payment_intents/${id}/confirm`;
        return api.intent("POST", path, parameters, call);
      }),
  };
}
