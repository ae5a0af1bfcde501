/**
 * Events: what happened, kept for the list and handed to the webhooks.
 *
 * Owns: the shape of an event. Delivery is the webhooks' business.
 * @see https://docs.stripe.com/api/events
 * @module
 */
import type Stripe from "stripe";
import type { Origin } from "./call.ts";

/** Kinds of events the sandbox sends. */
export type EventType =
  | "charge.captured"
  | "charge.expired"
  | "charge.failed"
  | "charge.refunded"
  | "charge.succeeded"
  | "payment_intent.amount_capturable_updated"
  | "payment_intent.canceled"
  | "payment_intent.created"
  | "payment_intent.payment_failed"
  | "payment_intent.succeeded"
  | "refund.created"
  | "refund.failed"
  | "terminal.reader.action_failed"
  | "terminal.reader.action_succeeded"
  | "terminal.reader.action_updated";

/** The API version the sandbox speaks, that of the pinned `stripe` package. */
export const API_VERSION = "2026-10-28.endive";

// Stripe keeps 30 days; the sandbox keeps as many as fit in some 100 MB.
const CAPACITY = 30_000;

/** Records that `object` changed, with a copy of how it is now. */
export function emit(origin: Origin, type: EventType, object: object): void {
  const { state, mode } = origin;
  if (!state.behaviour.keepsEvents) return;
  const event = {
    id: state.ids.next("evt_1"),
    object: "event",
    account: mode.accountId,
    api_version: API_VERSION,
    created: state.clock.nowSeconds(),
    data: { object: structuredClone(object) },
    livemode: mode.livemode,
    pending_webhooks: state.subscribers.length,
    request: {
      id: origin.requestId,
      idempotency_key: origin.idempotencyKey,
    },
    type,
  } as unknown as Stripe.Event;
  mode.events.add(event);
  if (mode.events.size > CAPACITY) mode.events.removeOldest();
  for (const subscriber of state.subscribers) subscriber(event);
}
