/**
 * Reading PaymentIntents back: retrieve, list, search.
 *
 * Owns: the difference between the two ways to find one. A list is exact at
 * once; a search sees an intent only after the index caught up, as Stripe
 * warns ("don't use search for read-after-write flows").
 * @see https://docs.stripe.com/search#data-freshness
 * @module
 */
import type Stripe from "stripe";
import { invalidParameter, missingResource } from "./api_error.ts";
import type { Call } from "./call.ts";
import { type ListPage, readPageQuery } from "./collection.ts";
import { type Condition, parseSearch } from "./search_query.ts";

/** A page of search results. */
export interface SearchPage<T> {
  object: "search_result";
  url: string;
  has_more: boolean;
  next_page: string | null;
  data: T[];
}

/** Returns the intent of the path. */
export function retrieveIntent(call: Call): Stripe.PaymentIntent {
  call.parameters.ignore("client_secret");
  call.parameters.done();
  const intent = call.mode.intents.find(call.id);
  if (intent) return intent;
  const account = call.state.account(call.mode.accountId);
  const other = call.mode.livemode ? account.test : account.live;
  const hint = other.livemode ? "live" : "test";
  throw missingResource(
    "payment_intent",
    call.id,
    other.intents.find(call.id) ? hint : undefined,
  );
}

/** Returns a page of intents, newest first. */
export function listIntents(call: Call): ListPage<Stripe.PaymentIntent> {
  const query = readPageQuery(call.parameters);
  call.parameters.ignore("customer");
  call.parameters.done();
  return call.mode.intents.page(query);
}

/** Returns a page of the intents a query finds in the index. */
export function searchIntents(call: Call): SearchPage<Stripe.PaymentIntent> {
  const { parameters, state, mode } = call;
  const conditions = parseSearch(parameters.requiredText("query"));
  const limit = parameters.integer("limit", 1) ?? 10;
  const page = parameters.text("page");
  parameters.done();

  const nowMs = state.clock.nowMs();
  const { searchDelayMs } = state.behaviour;
  const found = mode.intents.page(
    { limit, after: page, before: undefined, from: 0, to: Infinity },
    (intent) =>
      intent.created * 1000 + searchDelayMs <= nowMs &&
      conditions.every((condition) => isMet(intent, condition)),
  );
  const last = found.data[found.data.length - 1];
  return {
    object: "search_result",
    url: "/v1/payment_intents/search",
    has_more: found.has_more,
    next_page: found.has_more ? last.id : null,
    data: found.data,
  };
}

function isMet(intent: Stripe.PaymentIntent, condition: Condition): boolean {
  const met = compare(valueOf(intent, condition.field), condition);
  return condition.isNegated ? !met : met;
}

function valueOf(
  intent: Stripe.PaymentIntent,
  field: string,
): string | number | null {
  const metadata = /^metadata\[["'](.+)["']\]$/.exec(field);
  if (metadata) return intent.metadata[metadata[1]] ?? null;
  switch (field) {
    case "amount":
      return intent.amount;
    case "created":
      return intent.created;
    case "currency":
      return intent.currency;
    case "status":
      return intent.status;
    default:
      throw invalidParameter("query", `Field \`${field}\` is unsupported.`);
  }
}

function compare(value: string | number | null, by: Condition): boolean {
  if (value === null) return by.value === null;
  switch (by.operator) {
    case ":":
      return String(value) === by.value;
    case "~":
      return by.value !== null && String(value).includes(by.value);
    case ">":
      return Number(value) > Number(by.value);
    case "<":
      return Number(value) < Number(by.value);
    case ">=":
      return Number(value) >= Number(by.value);
    case "<=":
      return Number(value) <= Number(by.value);
  }
}
