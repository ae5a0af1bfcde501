// One token bucket shared by all lanes.
//
// Owns: the request rate. All arithmetic is on integers (1,000 units are one token), so every host
// counts the same. Stripe allows 25 requests a second to one endpoint (docs.stripe.com/rate-limits,
// read 2026-11); one record sends at most one request to each.
//
// The clock is the caller's and may jump. A step forward brings at most one full bucket, whatever
// its length. A step back takes back what that time had brought, down to a debt of one token less
// than a bucket: a clock that swings to and fro earns one token a swing instead of a bucket, and
// the longest silence after a step back is burst / rate seconds, however far it went.

const TOKEN: i64 = 1000;

let rate: i64 = 0;
let limit: i64 = 0;
let level: i64 = 0;

/** Sets rate (tokens a second, 0 is unlimited) and burst, and fills the bucket. */
export function bucketReset(ratePerSecond: i64, burst: i64): void {
  rate = ratePerSecond;
  limit = burst * TOKEN;
  level = limit;
}

/** Changes rate and burst without a gift: the level stays, at most the new burst. */
export function bucketConfigure(ratePerSecond: i64, burst: i64): void {
  rate = ratePerSecond;
  limit = burst * TOKEN;
  level = max(min(level, limit), TOKEN - limit);
}

/** Accounts for `stepMs` milliseconds, negative when the clock went back. */
export function bucketStep(stepMs: i64): void {
  // The rate is at least one unit a millisecond, so `limit` milliseconds always fill the bucket;
  // clipping before the product keeps it below 2^60.
  const clipped = max(min(stepMs, limit), -limit);
  const credit = max(min(clipped * rate, limit), -limit);
  level = max(min(level + credit, limit), TOKEN - limit);
}

/** Milliseconds until one token is there; 0 when it is there now. */
export function bucketWaitMs(): i64 {
  if (rate == 0 || level >= TOKEN) return 0;
  return (TOKEN - level + rate - 1) / rate;
}

/** Spends one token, which must be there. */
export function bucketSpend(): void {
  if (rate == 0) return;
  assert(level >= TOKEN, "a token is spent only when it is there");
  level -= TOKEN;
}
