/**
 * A gateway that has neither Stripe key nor opener: it asks a relay that has both.
 *
 * Owns: what a relay's HTTP answer, or its silence, means. A result the relay got from Stripe
 * passes through unchanged, so that `mayHaveExecuted`, `isSaved` and `isAnswered` mean the same
 * with a relay in between. Safe on a till and in a browser.
 * @module
 */
import type {
  Gateway,
  GatewayCall,
  GatewayIdentity,
  Unavailable,
} from "../gateway.ts";
import {
  decodeResult,
  encodeMessage,
  RELAY_PATH,
  type RelayRequests,
  type RelayResults,
  type RelayVerb,
} from "./protocol.ts";

/**
 * Posts `body` to `path` of the relay with this device's credentials and returns the answer's
 * body, whatever its status. Follows no redirect, and rejects when no answer came or `signal`
 * aborted.
 */
export type Exchange = (
  path: string,
  body: string,
  signal: AbortSignal,
) => Promise<string>;

/** Makes the gateway over `exchange`. */
export function createRelayGateway(exchange: Exchange): Gateway {
  const ask = async <V extends RelayVerb>(
    verb: V,
    request: RelayRequests[V],
    signal: AbortSignal,
  ): Promise<RelayResults[V]> => {
    let answer: string;
    try {
      const body = encodeMessage(request);
      answer = await exchange(`${RELAY_PATH}${verb}`, body, signal);
    } catch {
      // The request may be on its way all the same; why it failed changes nothing.
      return silence(signal.aborted ? "timeout" : "connection");
    }
    // Whatever the status: a relay answers with a result. A captive portal, a proxy or a wrong
    // address does not, and settles nothing of a payment.
    return decodeResult(verb, answer) ?? silence("not_a_relay");
  };
  const keyOf = (call: GatewayCall): string => {
    if (call.idempotencyKey !== null) return call.idempotencyKey;
    throw new TypeError("a call that changes something needs its key");
  };
  return {
    identify: (signal): Promise<GatewayIdentity> => ask("identify", {}, signal),
    createIntent: (request, call) =>
      ask("create", { key: keyOf(call), request }, call.signal),
    confirmIntent: (id, request, call) =>
      ask("confirm", { key: keyOf(call), id, request }, call.signal),
    captureIntent: (id, call) =>
      ask("capture", { key: keyOf(call), id }, call.signal),
    cancelIntent: (id, call) =>
      ask("cancel", { key: keyOf(call), id }, call.signal),
    lookUpIntent: (reference, call) =>
      ask("lookup", { reference }, call.signal),
    claimIntent: (reference, claim, call) =>
      ask("claim", { key: keyOf(call), reference, claim }, call.signal),
    retrieveIntent: (id, call) => ask("retrieve", { id }, call.signal),
    findIntent: (localId, createdFromMs, call) =>
      ask("find", {
        localId,
        createdFromMs: Math.max(0, Math.floor(createdFromMs)),
      }, call.signal),
    listIntents: (range, cursor, call) =>
      ask("list", { ...range, cursor }, call.signal),
    refundIntent: (id, request, call) =>
      ask("refund", { key: keyOf(call), id, ...request }, call.signal),
    listRefunds: (id, call) => ask("refunds", { id }, call.signal),
  };
}

/** No usable answer, and nothing that speaks for the connection. */
function silence(code: string): Unavailable {
  return {
    kind: "unavailable",
    code,
    mayHaveExecuted: true,
    isSaved: false,
    isAnswered: false,
    retryAfterMs: null,
  };
}
