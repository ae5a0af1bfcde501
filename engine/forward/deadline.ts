/**
 * A deadline on every call that leaves the engine.
 *
 * Owns: combining the caller's signal with the clock port, so that simulated time drives
 * deadlines too and no call can hang.
 * @module
 */
import type { Clock } from "../ports.ts";

/** Given as a reason, because without one a DOMException with a stack is made for each call. */
const ENDED = "the call ended before its deadline";

/**
 * Runs `call` with a signal that aborts after `deadlineMs` milliseconds, with `outer`, or when the
 * call has ended, and returns what it returns.
 */
export async function withDeadline<T>(
  clock: Clock,
  deadlineMs: number,
  outer: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const onOuter = (): void => ending.abort(outer.reason);
  if (outer.aborted) onOuter();
  else outer.addEventListener("abort", onOuter, { once: true });
  clock.sleep(deadlineMs, ending.signal).then(
    () => ending.abort(new DOMException("the deadline passed", "TimeoutError")),
    () => {}, // The call ended first, which cancelled its timer.
  );
  try {
    return await call(ending.signal);
  } finally {
    outer.removeEventListener("abort", onOuter);
    ending.abort(ENDED);
  }
}
