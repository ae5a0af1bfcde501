/**
 * PaymentIntents of a back end, through Stripe's public API.
 *
 * Owns: reading what was agreed, and that a client secret is the intent's own: a secret key sees
 * every intent of the account, whoever asks with it must have been given this one.
 * @see https://docs.stripe.com/api/payment_intents/retrieve
 * @module
 */
import type { Gateway, GatewayCall } from "../gateway.ts";
import {
  claimMetadata,
  type OfferedIntent,
  type OfferResult,
  parseReference,
} from "../offered_intent.ts";
import { type PaymentTerms, PLAIN_TERMS } from "../payment.ts";
import { readIntent, type WireIntent } from "./results.ts";
import type { Method, StripeApi } from "./stripe_api.ts";

interface WireOffered extends WireIntent {
  capture_method: string;
  client_secret: string | null;
  /** Since API version 2026-09-30; `payment_method_types` before. */
  allowed_payment_method_types?: string[] | null;
  payment_method_types?: string[] | null;
  on_behalf_of?: string | { id: string } | null;
  transfer_data?:
    | { destination: string | { id: string }; amount?: number | null }
    | null;
  transfer_group?: string | null;
  application_fee_amount?: number | null;
  receipt_email?: string | null;
  payment_method_options?: {
    card_present?: {
      capture_method?: string | null;
      request_extended_authorization?: boolean | null;
      request_incremental_authorization_support?: boolean | null;
    } | null;
  } | null;
}

/** Makes the verbs over `api`. */
export function createOfferedVerbs(
  api: StripeApi,
): Pick<Gateway, "lookUpIntent" | "claimIntent"> {
  return {
    lookUpIntent: (reference, call) => ask(api, "GET", reference, null, call),
    claimIntent: (reference, claim, call) =>
      ask(api, "POST", reference, { metadata: claimMetadata(claim) }, call),
  };
}

async function ask(
  api: StripeApi,
  method: Method,
  reference: string,
  parameters: Record<string, unknown> | null,
  call: GatewayCall,
): Promise<OfferResult> {
  const parsed = parseReference(reference);
  if (parsed === null) return { kind: "not_found" };
  const { id, clientSecret } = parsed;
  try {
    const wire = await api.send<WireOffered>(
      method,
      `/v1/payment_intents/${id}`,
      parameters,
      "payment_intent",
      call,
    );
    if (clientSecret !== null && clientSecret !== wire.client_secret) {
      return { kind: "not_found" };
    }
    return { kind: "offered", intent: readOffered(wire) };
  } catch (error) {
    const result = api.failure(error, call);
    return result.kind === "intent" || result.kind === "declined"
      ? { kind: "unexpected_state" }
      : result;
  }
}

function readOffered(wire: WireOffered): OfferedIntent {
  const card = wire.payment_method_options?.card_present;
  const isManual = wire.capture_method === "manual" ||
    card?.capture_method === "manual" ||
    card?.capture_method === "manual_preferred";
  return {
    ...readIntent(wire),
    captureMethod: isManual ? "manual" : "automatic",
    paymentMethodTypes: wire.allowed_payment_method_types ??
      wire.payment_method_types ?? [],
    terms: readOfferedTerms(wire),
  };
}

function readOfferedTerms(wire: WireOffered): PaymentTerms {
  const card = wire.payment_method_options?.card_present;
  const { transfer_data: data } = wire;
  return {
    ...PLAIN_TERMS,
    onBehalfOf: idOf(wire.on_behalf_of),
    transferData: data ? readTransfer(data) : null,
    transferGroup: wire.transfer_group ?? null,
    applicationFeeAmount: wire.application_fee_amount ?? null,
    receiptEmail: wire.receipt_email ?? null,
    isExtendedAuthorization: card?.request_extended_authorization ?? false,
    isIncrementalAuthorization:
      card?.request_incremental_authorization_support ?? false,
    isRetrieved: true,
  };
}

function readTransfer(
  { destination, amount }: NonNullable<WireOffered["transfer_data"]>,
): NonNullable<PaymentTerms["transferData"]> {
  return {
    destination: idOf(destination)!,
    ...(amount === null || amount === undefined ? {} : { amount }),
  };
}

/** What may be embedded in place of its id. */
function idOf(
  value: string | { id: string } | null | undefined,
): string | null {
  return typeof value === "object" ? value?.id ?? null : value ?? null;
}
