/**
 * The plain reading endpoints: charges, events, the account, the balance.
 *
 * The account is read by a forwarder before its first byte, to compare the
 * account and the mode of its key with those of the stored payments.
 * @module
 */
import type Stripe from "stripe";
import type { Call } from "./call.ts";
import { type ListPage, readPageQuery } from "./collection.ts";

/** Returns the charge of the path. */
export function retrieveCharge(call: Call): Stripe.Charge {
  call.parameters.done();
  return call.mode.charges.get(call.id);
}

/** Returns a page of charges, newest first. */
export function listCharges(call: Call): ListPage<Stripe.Charge> {
  const query = readPageQuery(call.parameters);
  const intent = call.parameters.text("payment_intent");
  call.parameters.done();
  return call.mode.charges.page(
    query,
    (charge) => intent === undefined || charge.payment_intent === intent,
  );
}

/** Returns the event of the path. */
export function retrieveEvent(call: Call): Stripe.Event {
  call.parameters.done();
  return call.mode.events.get(call.id);
}

/** Returns a page of events, newest first. */
export function listEvents(call: Call): ListPage<Stripe.Event> {
  const query = readPageQuery(call.parameters);
  const type = call.parameters.text("type");
  const types = call.parameters.texts("types");
  call.parameters.done();
  return call.mode.events.page(
    query,
    (event) =>
      (type === undefined || event.type === type) &&
      (types === undefined || types.includes(event.type)),
  );
}

/** Returns the account of the key; only what a check of identity needs. */
export function retrieveAccount(call: Call): Stripe.Account {
  call.parameters.done();
  return {
    id: call.mode.accountId,
    object: "account",
    charges_enabled: true,
    country: "US",
    default_currency: "usd",
    details_submitted: true,
    email: null,
    metadata: {},
    payouts_enabled: true,
    type: "standard",
  };
}

/** Returns what captured charges brought, by currency; it tells the mode. */
export function retrieveBalance(call: Call): Stripe.Balance {
  call.parameters.done();
  const sums = new Map<string, number>();
  for (const charge of call.mode.charges) {
    if (charge.status !== "succeeded" || !charge.captured) continue;
    const net = charge.amount - charge.amount_refunded;
    sums.set(charge.currency, (sums.get(charge.currency) ?? 0) + net);
  }
  const pending = [...sums].map(([currency, amount]) => ({
    amount,
    currency,
    source_types: { card: amount },
  }));
  const { livemode } = call.mode;
  return { object: "balance", available: [], livemode, pending };
}
