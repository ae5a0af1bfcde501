/**
 * Every verb of the gateway that Stripe's public API has: all but confirming.
 *
 * Owns: which endpoint each verb calls, and that finding and listing read from the list
 * endpoint, which is read-after-write, never from search. The profiles add how a card gets to
 * Stripe.
 * @module
 */
import {
  type Gateway,
  type GatewayCall,
  type GatewayIdentity,
  type GatewayResult,
  type IntentPageResult,
  type IntentRange,
  LIST_TOO_LONG,
} from "../gateway.ts";
import { createOfferedVerbs } from "./offered_verbs.ts";
import { createRefundVerbs } from "./refund_verbs.ts";
import { readIntent, readListed, type WireIntent } from "./results.ts";
import { markServerSide } from "./server_side.ts";
import type { StripeApi } from "./stripe_api.ts";
import { createParameters } from "./wire.ts";

const INTENTS = "/v1/payment_intents";
/** Largest page Stripe's list API gives. */
const PAGE_LENGTH = 100;
/** As many pages as fit into one call's deadline; see `LIST_TOO_LONG` for what lies beyond. */
const PAGES_MAX = 20;

interface WireList {
  data: WireIntent[];
  has_more: boolean;
}

/** Makes the verbs over `api`. */
export function createIntentVerbs(
  api: StripeApi,
): Omit<Gateway, "confirmIntent"> {
  return markServerSide(
    {
      identify: (signal) => identify(api, signal),
      createIntent: (request, call) =>
        api.intent("POST", INTENTS, createParameters(request), call),
      captureIntent: (id, call) =>
        api.intent("POST", `${INTENTS}/${id}/capture`, {}, call),
      cancelIntent: (id, call) =>
        api.intent("POST", `${INTENTS}/${id}/cancel`, {}, call),
      ...createOfferedVerbs(api),
      retrieveIntent: (id, call) =>
        api.intent("GET", `${INTENTS}/${id}`, null, call),
      findIntent: (localId, createdFromMs, call) =>
        find(api, localId, createdFromMs, call),
      listIntents: (range, cursor, call) => list(api, range, cursor, call),
      ...createRefundVerbs(api),
    } satisfies Omit<Gateway, "confirmIntent">,
  );
}

async function identify(
  api: StripeApi,
  signal: AbortSignal,
): Promise<GatewayIdentity> {
  const call = { idempotencyKey: null, signal };
  try {
    const account = await api.send<{ id: string }>(
      "GET",
      "/v1/account",
      null,
      "account",
      call,
    );
    const balance = await api.send<{ livemode: boolean }>(
      "GET",
      "/v1/balance",
      null,
      "balance",
      call,
    );
    return {
      kind: "identity",
      account: account.id,
      isLivemode: balance.livemode,
    };
  } catch (error) {
    const result = api.readFailure(error, call);
    return result.kind === "rejected"
      ? { kind: "unauthorized", code: result.code }
      : result;
  }
}

async function find(
  api: StripeApi,
  localId: string,
  createdFromMs: number,
  call: GatewayCall,
): Promise<GatewayResult> {
  const from = { "created[gte]": seconds(createdFromMs) };
  let startingAfter: string | null = null;
  let oldest: WireIntent | null = null;
  let canceled: WireIntent | null = null;
  try {
    for (let page = 0; page < PAGES_MAX; page++) {
      const found: WireList = await readPage(api, from, startingAfter, call);
      for (const wire of found.data) {
        if (wire.metadata?.holdfast_local_id !== localId) continue;
        if (hasMovedMoney(wire)) {
          return { kind: "intent", intent: readIntent(wire) };
        }
        // Newest first, so the last one seen is the oldest.
        if (wire.status === "canceled") canceled = wire;
        else oldest = wire;
      }
      if (!found.has_more) {
        const best = oldest ?? canceled;
        return best === null
          ? { kind: "not_found" }
          : { kind: "intent", intent: readIntent(best) };
      }
      startingAfter = found.data[found.data.length - 1].id;
    }
  } catch (error) {
    return api.failure(error, call);
  }
  return { kind: "rejected", code: LIST_TOO_LONG };
}

async function list(
  api: StripeApi,
  range: IntentRange,
  cursor: string | null,
  call: GatewayCall,
): Promise<IntentPageResult> {
  try {
    const page = await readPage(
      api,
      {
        "created[gte]": seconds(range.createdFromMs),
        "created[lt]": seconds(range.createdToMs),
      },
      cursor,
      call,
    );
    const last = page.data[page.data.length - 1];
    return {
      kind: "page",
      intents: page.data.map(readListed),
      nextCursor: page.has_more ? last.id : null,
    };
  } catch (error) {
    return api.readFailure(error, call);
  }
}

function readPage(
  api: StripeApi,
  created: Readonly<Record<string, string>>,
  startingAfter: string | null,
  call: GatewayCall,
): Promise<WireList> {
  let query = `limit=${PAGE_LENGTH}`;
  for (const [name, value] of Object.entries(created)) {
    query += `&${encodeURIComponent(name)}=${value}`;
  }
  if (startingAfter !== null) {
    query += `&starting_after=${encodeURIComponent(startingAfter)}`;
  }
  return api.send<WireList>("GET", `${INTENTS}?${query}`, null, "list", call);
}

/** Stripe counts whole seconds; a range begins with the second its first millisecond is in. */
function seconds(ms: number): string {
  return String(Math.max(0, Math.floor(ms / 1000)));
}

function hasMovedMoney(wire: WireIntent): boolean {
  return ["succeeded", "requires_capture", "processing"].includes(wire.status);
}
