// Capped exponential backoff with full jitter.
//
// Owns: how long a failed record waits. Randomness comes in as 64 bits, so a replay waits the same.
// Full jitter (uniform between zero and the ceiling) spreads a crowd of clients that failed at one
// moment evenly over the whole interval; "equal jitter" and "50-100 %" leave half of it empty and
// keep the crowd together.

/** floor(random / 2^64 x count) for count <= 2^31: uniform in 0 … count - 1, bias below 2^-33. */
export function uniform(randomLow: u32, randomHigh: u32, count: u64): u64 {
  assert(count <= 0x80000000, "two 32-bit products must fit 64 bits");
  return (<u64>randomHigh * count + ((<u64>randomLow * count) >> 32)) >> 32;
}

/** min(capMs, baseMs x 2^(attempt - 1)) for attempt >= 1: the longest wait after that failure. */
export function backoffCeiling(attempt: u32, baseMs: i64, capMs: i64): i64 {
  assert(attempt >= 1, "the first failure is attempt 1");
  const doublings = min<u32>(attempt - 1, 31);
  return min<i64>(capMs, baseMs << <i64>doublings);
}

/** A wait between zero and the ceiling, both included. */
export function fullJitter(ceilingMs: i64, randomLow: u32, randomHigh: u32): i64 {
  return <i64>uniform(randomLow, randomHigh, <u64>min<i64>(ceilingMs, 0x7fffffff) + 1);
}
