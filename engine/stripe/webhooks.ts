/**
 * Stripe's webhooks: verified, heard once, and never believed.
 *
 * Owns: what an event is worth. It may come late, twice, out of order, or from somebody else; so
 * the signature is checked, the id is noted, and then the PaymentIntent itself is read. Only
 * what that read says is an outcome.
 * @see https://docs.stripe.com/webhooks
 * @module
 */
import type Stripe from "stripe";
import type { Intent } from "../gateway.ts";

/** Remembers which events were heard; a bounded table is enough, Stripe repeats for three days. */
export interface EventInbox {
  /** Notes an event durably; false when it was noted before. */
  note(id: string, type: string): boolean;
  /** Forgets it, so that its repetition is heard. */
  forget(id: string): void;
}

/** What came of a delivery. */
export type WebhookOutcome =
  /** Not signed by Stripe with our secret, or too old: answer 400. */
  | { kind: "refused" }
  /** Heard before: answer 200. */
  | { kind: "duplicate" }
  /** Of no PaymentIntent: answer 200. */
  | { kind: "ignored"; type: string }
  /** The intent as it is now: answer 200. */
  | { kind: "intent"; type: string; intent: Intent }
  /** The intent cannot be read now: answer 503, Stripe sends the event again. */
  | { kind: "unavailable"; type: string };

/** What {@link receiveWebhook} works with. */
export interface WebhookParts {
  /** A client of the `stripe` package; only its verification is used. */
  stripe: Pick<Stripe, "webhooks">;
  /** The endpoint's signing secret, `whsec_…`. */
  secret: string;
  inbox: EventInbox;
  /** Reads the intent from Stripe; null when it cannot be read now. */
  look: (intentId: string) => Promise<Intent | null>;
  /** Epoch milliseconds, for the age of the signature. */
  nowMs: () => number;
}

/** Seconds a signature may be old; Stripe's own default. */
const TOLERANCE_S = 300;

/**
 * Deals with one delivery.
 *
 * @param body      The request's body, byte for byte as it came.
 * @param signature The `Stripe-Signature` header.
 */
export async function receiveWebhook(
  parts: WebhookParts,
  body: string,
  signature: string,
): Promise<WebhookOutcome> {
  let event: Stripe.Event;
  try {
    event = await parts.stripe.webhooks.constructEventAsync(
      body,
      signature,
      parts.secret,
      TOLERANCE_S,
      undefined,
      parts.nowMs(),
    );
  } catch {
    // Whatever is wrong with it, it is not Stripe's word.
    return { kind: "refused" };
  }
  const { id, type } = event;
  const intentId = intentOf(event);
  if (intentId === null) return { kind: "ignored", type };
  if (!parts.inbox.note(id, type)) return { kind: "duplicate" };
  const intent = await parts.look(intentId);
  if (intent !== null) return { kind: "intent", type, intent };
  parts.inbox.forget(id);
  return { kind: "unavailable", type };
}

/** The PaymentIntent an event speaks of: the object itself, or the one it names. */
function intentOf(event: Stripe.Event): string | null {
  const object = event.data.object as {
    object?: string;
    id?: string;
    payment_intent?: string | { id: string } | null;
  };
  if (object.object === "payment_intent") return object.id ?? null;
  const { payment_intent: named = null } = object;
  return typeof named === "object" ? named?.id ?? null : named;
}
