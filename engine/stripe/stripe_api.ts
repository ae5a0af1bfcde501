/**
 * One call to Stripe through the official `stripe` package.
 *
 * Owns: the deadline on it, and that whatever it throws becomes a result. The package takes no
 * AbortSignal: at the deadline we stop waiting, and the request may still arrive. The protocol
 * holds for that; see docs/reliability.md.
 * @module
 */
import type Stripe from "stripe";
import type { GatewayCall, GatewayResult, Unavailable } from "../gateway.ts";
import {
  expectObject,
  readFailure,
  readIntent,
  timedOut,
  type WireIntent,
} from "./results.ts";

/** Methods of the API that forwarding uses. */
export type Method = "GET" | "POST";

/** Sends requests and classifies what comes back. */
export class StripeApi {
  readonly #stripe: Stripe;

  /** Uses a client made with `maxNetworkRetries: 0`: the forwarder owns retrying. */
  constructor(stripe: Stripe) {
    this.#stripe = stripe;
  }

  /**
   * Sends one request and returns its answer, which is Stripe's `object` of that name; rejects
   * with what the package throws, with `ForeignAnswer`, or at the deadline.
   */
  send<T>(
    method: Method,
    path: string,
    parameters: Record<string, unknown> | null,
    object: string,
    { signal, idempotencyKey }: GatewayCall,
  ): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const options = idempotencyKey === null ? {} : { idempotencyKey };
    return untilAborted(
      this.#stripe.rawRequest(method, path, parameters ?? undefined, options),
      (answer) => expectObject<T>(answer, object),
      signal,
    );
  }

  /** Sends one request whose answer is a PaymentIntent. */
  intent(
    method: Method,
    path: string,
    parameters: Record<string, unknown> | null,
    call: GatewayCall,
  ): Promise<GatewayResult> {
    return this.send<WireIntent>(
      method,
      path,
      parameters,
      "payment_intent",
      call,
    ).then(
      (wire) => ({ kind: "intent", intent: readIntent(wire) }),
      (error) => this.failure(error, call),
    );
  }

  /** What a rejected {@link send} means. */
  failure(error: unknown, call: GatewayCall): GatewayResult {
    return call.signal.aborted ? timedOut() : readFailure(error);
  }

  /** As {@link failure} for a call that only reads: refused, unauthorised, or no answer. */
  readFailure(
    error: unknown,
    call: GatewayCall,
  ):
    | Extract<GatewayResult, { kind: "unauthorized" | "rejected" }>
    | Unavailable {
    const result = this.failure(error, call);
    switch (result.kind) {
      case "unavailable":
      case "unauthorized":
      case "rejected":
        return result;
      default:
        return { kind: "rejected", code: result.kind };
    }
  }
}

/** What `read` makes of the answer, unless the signal ends the wait for it. */
function untilAborted<T>(
  answer: Promise<unknown>,
  read: (answer: unknown) => T,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    const onFailure = (error: unknown): void => {
      signal.removeEventListener("abort", onAbort);
      reject(error);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    answer.then((value) => {
      resolve(read(value));
      signal.removeEventListener("abort", onAbort);
    }).catch(onFailure);
  });
}
