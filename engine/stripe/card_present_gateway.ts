/**
 * Profile `stripe/card-present`: forwarding through the official `stripe` package.
 *
 * Owns: which endpoint each verb calls. Stripe's public API accepts no card data that third
 * parties read, so this works against the sandbox and for accounts to which Stripe has granted
 * card-present submission. Server side only: it holds a secret key and the opener.
 * @module
 */
import type Stripe from "stripe";
import { failure } from "../errors.ts";
import type {
  Gateway,
  GatewayCall,
  GatewayIdentity,
  GatewayResult,
} from "../gateway.ts";
import type { Opener } from "../opener.ts";
import {
  readFailure,
  readIntent,
  timedOut,
  type WireIntent,
} from "./results.ts";
import { confirmParameters, createParameters } from "./wire.ts";

const INTENTS = "/v1/payment_intents";
/** Largest page Stripe's list API gives. */
const PAGE_LENGTH = 100;
/** 10,000 intents since the first attempt: past that a person must narrow the search. */
const PAGES_MAX = 100;

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
  const send = async (
    method: "GET" | "POST",
    path: string,
    parameters: Record<string, unknown> | null,
    call: GatewayCall,
  ): Promise<unknown> => {
    const options = call.idempotencyKey === null
      ? {}
      : { idempotencyKey: call.idempotencyKey };
    // The package takes no AbortSignal: at the deadline we stop waiting, and the request may
    // still arrive. The protocol holds for that; see docs/reliability.md.
    return await untilAborted(
      stripe.rawRequest(method, path, parameters ?? undefined, options),
      call.signal,
    );
  };

  const intent = async (
    method: "GET" | "POST",
    path: string,
    parameters: Record<string, unknown> | null,
    call: GatewayCall,
  ): Promise<GatewayResult> => {
    try {
      const wire = await send(method, path, parameters, call) as WireIntent;
      return { kind: "intent", intent: readIntent(wire) };
    } catch (error) {
      return call.signal.aborted ? timedOut() : readFailure(error);
    }
  };

  return {
    async identify(signal): Promise<GatewayIdentity> {
      const call = { idempotencyKey: null, signal };
      try {
        const account = await send("GET", "/v1/account", null, call) as {
          id: string;
        };
        const balance = await send("GET", "/v1/balance", null, call) as {
          livemode: boolean;
        };
        return {
          kind: "identity",
          account: account.id,
          isLivemode: balance.livemode,
        };
      } catch (error) {
        const result = signal.aborted ? timedOut() : readFailure(error);
        if (result.kind === "unavailable" || result.kind === "unauthorized") {
          return result;
        }
        return { kind: "unauthorized", code: result.kind };
      }
    },
    createIntent: (request, call) =>
      intent("POST", INTENTS, createParameters(request), call),
    async confirmIntent(id, request, call): Promise<GatewayResult> {
      const emvData = opener.open(request.genesis, request.record);
      try {
        const parameters = confirmParameters(
          emvData,
          request.readMethod,
          request.storedAtMs,
        );
        return await intent(
          "POST",
          `${INTENTS}/${id}/confirm`,
          parameters,
          call,
        );
      } finally {
        emvData.fill(0);
      }
    },
    captureIntent: (id, call) =>
      intent("POST", `${INTENTS}/${id}/capture`, {}, call),
    cancelIntent: (id, call) =>
      intent("POST", `${INTENTS}/${id}/cancel`, {}, call),
    retrieveIntent: (id, call) => intent("GET", `${INTENTS}/${id}`, null, call),
    async findIntent(localId, createdFromMs, call): Promise<GatewayResult> {
      const created = Math.max(0, Math.floor(createdFromMs / 1000));
      let startingAfter: string | null = null;
      let oldest: WireIntent | null = null;
      try {
        for (let page = 0; page < PAGES_MAX; page++) {
          const query = new URLSearchParams({
            "limit": String(PAGE_LENGTH),
            "created[gte]": String(created),
            ...(startingAfter === null
              ? {}
              : { starting_after: startingAfter }),
          });
          const list = await send("GET", `${INTENTS}?${query}`, null, call) as {
            data: WireIntent[];
            has_more: boolean;
          };
          for (const wire of list.data) {
            if (wire.metadata?.holdfast_local_id !== localId) continue;
            if (hasMovedMoney(wire)) {
              return { kind: "intent", intent: readIntent(wire) };
            }
            oldest = wire; // Newest first, so the last one seen is the oldest.
          }
          if (!list.has_more) {
            return oldest === null
              ? { kind: "not_found" }
              : { kind: "intent", intent: readIntent(oldest) };
          }
          startingAfter = list.data[list.data.length - 1].id;
        }
      } catch (error) {
        return call.signal.aborted ? timedOut() : readFailure(error);
      }
      return { kind: "rejected", code: "list_too_long" };
    },
  };
}

/**
 * Refuses what must not be where customers can read it.
 *
 * @throws {HoldfastError} `SECRET_KEY_IN_BROWSER` when `hasWindow` and the key is a secret one.
 */
export function assertServerSide(apiKey: string, hasWindow: boolean): void {
  if (!hasWindow || !/^(sk|rk)_/.test(apiKey)) return;
  throw failure(
    "SECRET_KEY_IN_BROWSER",
    "a secret key must not be used in a browser",
  );
}

function hasMovedMoney(wire: WireIntent): boolean {
  return ["succeeded", "requires_capture", "processing"].includes(wire.status);
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() =>
      signal.removeEventListener("abort", onAbort)
    );
  });
}
