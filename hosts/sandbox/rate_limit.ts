/**
 * Stripe's request limits as token buckets on the sandbox's clock.
 *
 * Owns: who is told to slow down, and why. Live accounts get 100 requests a
 * second and each endpoint 25.
 * @see https://docs.stripe.com/rate-limits
 * @module
 */
import { ApiFailure } from "./api_error.ts";

/** Requests per second; also the size of each bucket. */
export interface RateLimits {
  /**
   * For one method and path template of one account.
   * @default 25
   */
  perEndpoint: number;
  /**
   * For all requests of one account.
   * @default 100
   */
  total: number;
}

/** Stripe's published limits, read 2026. */
export const STRIPE_RATE_LIMITS: RateLimits = { perEndpoint: 25, total: 100 };

interface Bucket {
  tokens: number;
  filledMs: number;
}

/** The buckets of all accounts. */
export class RateLimiter {
  readonly #limits: RateLimits | null;
  readonly #buckets = new Map<string, Bucket>();

  /** Uses `limits`, or lets everything pass when they are null. */
  constructor(limits: RateLimits | null) {
    this.#limits = limits;
  }

  /**
   * Takes one token for this request.
   *
   * @throws {ApiFailure} 429 `rate_limit` when a bucket is empty; a refused
   *   request takes no token from any bucket
   */
  admit(account: string, endpoint: string, nowMs: number): void {
    if (!this.#limits) return;
    const { perEndpoint, total } = this.#limits;
    const all = this.#bucket(account, total, nowMs);
    const one = this.#bucket(`${account} ${endpoint}`, perEndpoint, nowMs);
    if (one.tokens < 1) throw refusal("endpoint-rate", one, perEndpoint);
    if (all.tokens < 1) throw refusal("global-rate", all, total);
    one.tokens -= 1;
    all.tokens -= 1;
  }

  #bucket(name: string, perSecond: number, nowMs: number): Bucket {
    let bucket = this.#buckets.get(name);
    if (!bucket) {
      bucket = { tokens: perSecond, filledMs: nowMs };
      this.#buckets.set(name, bucket);
    }
    const gained = (nowMs - bucket.filledMs) * perSecond / 1000;
    bucket.tokens = Math.min(perSecond, bucket.tokens + gained);
    bucket.filledMs = nowMs;
    return bucket;
  }
}

function refusal(
  reason: string,
  bucket: Bucket,
  perSecond: number,
): ApiFailure {
  // HTTP knows whole seconds only (RFC 9110 10.2.3), so at least one.
  const waitSeconds = Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
  return new ApiFailure(429, {
    type: "invalid_request_error",
    code: "rate_limit",
    message: "Request rate limit exceeded. Learn more about rate limits here " +
      "https://stripe.com/docs/rate-limits.",
  }, {
    "retry-after": String(waitSeconds),
    "stripe-rate-limited-reason": reason,
  });
}
