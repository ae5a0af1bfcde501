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
  async send<T>(
    method: Method,
    path: string,
    parameters: Record<string, unknown> | null,
    object: string,
    call: GatewayCall,
  ): Promise<T> {
    call.signal.throwIfAborted();
    const options = call.idempotencyKey === null
      ? {}
      : { idempotencyKey: call.idempotencyKey };
    const answer = await untilAborted(
      this.#stripe.rawRequest(method, path, parameters ?? undefined, options),
      call.signal,
    );
    return expectObject<T>(answer, object);
  }

  /** Sends one request whose answer is a PaymentIntent. */
  async intent(
    method: Method,
    path: string,
    parameters: Record<string, unknown> | null,
    call: GatewayCall,
  ): Promise<GatewayResult> {
    try {
      const wire = await this.send<WireIntent>(
        method,
        path,
        parameters,
        "payment_intent",
        call,
      );
      return { kind: "intent", intent: readIntent(wire) };
    } catch (error) {
      return this.failure(error, call);
    }
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

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then((value) => {
      signal.removeEventListener("abort", onAbort);
      resolve(value);
    }, (error) => {
      signal.removeEventListener("abort", onAbort);
      reject(error);
    });
  });
}
