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

/** One HTTP answer. */
export interface Answer {
  status: number;
  /** `Retry-After` as it came, or null. */
  retryAfter: string | null;
  body: string;
}

/**
 * Posts `body` to `path` of the relay with this device's credentials. Follows no redirect, and
 * rejects when no answer came or `signal` aborted.
 */
export type Exchange = (
  path: string,
  body: string,
  signal: AbortSignal,
) => Promise<Answer>;

/** Makes the gateway over `exchange`. */
export function createRelayGateway(exchange: Exchange): Gateway {
  const ask = async <V extends RelayVerb>(
    verb: V,
    request: RelayRequests[V],
    signal: AbortSignal,
  ): Promise<RelayResults[V]> => {
    let answer: Answer;
    try {
      const body = encodeMessage(request);
      answer = await exchange(`${RELAY_PATH}${verb}`, body, signal);
    } catch {
      // The request may be on its way all the same; why it failed changes nothing.
      return silence(signal.aborted ? "timeout" : "connection");
    }
    return read(verb, answer);
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
    retrieveIntent: (id, call) => ask("retrieve", { id }, call.signal),
    findIntent: (localId, createdFromMs, call) =>
      ask("find", {
        localId,
        createdFromMs: Math.max(0, Math.floor(createdFromMs)),
      }, call.signal),
    listIntents: (range, cursor, call) =>
      ask("list", { ...range, cursor }, call.signal),
    refundIntent: (id, amount, call) =>
      ask("refund", { key: keyOf(call), id, amount }, call.signal),
  };
}

function read<V extends RelayVerb>(verb: V, answer: Answer): RelayResults[V] {
  const { status } = answer;
  if (status === 200) {
    // A page that answers 200 to everything (a captive portal) is not our relay.
    return decodeResult(verb, answer.body) ?? silence("not_a_relay");
  }
  if (status === 401 || status === 403) {
    return { kind: "unauthorized", code: "relay_refuses_device" };
  }
  if (status === 429) {
    // The relay refuses before it asks Stripe anything.
    return {
      ...silence("rate_limit"),
      mayHaveExecuted: false,
      isAnswered: true,
      retryAfterMs: readRetryAfter(answer.retryAfter),
    };
  }
  if (status >= 500) {
    // Its answer is lost, but the relay keeps none for the key: the same key asks Stripe again.
    return {
      ...silence("server_error"),
      isAnswered: true,
      retryAfterMs: readRetryAfter(answer.retryAfter),
    };
  }
  // A relay refuses with 200 and a result; anything else speaks of something in between.
  return silence("not_a_relay");
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

/** `Retry-After` in seconds (RFC 9110 §10.2.3); a relay never sends the date form. */
function readRetryAfter(header: string | null): number | null {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}
