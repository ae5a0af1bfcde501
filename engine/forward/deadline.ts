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
 * Runs `call` with a signal that aborts after `deadlineMs` milliseconds or with `outer`, and
 * returns what it returns.
 */
export async function withDeadline<T>(
  clock: Clock,
  deadlineMs: number,
  outer: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const inner = new AbortController();
  const onOuter = (): void => inner.abort(outer.reason);
  if (outer.aborted) onOuter();
  else outer.addEventListener("abort", onOuter, { once: true });
  clock.sleep(deadlineMs, ended.signal).then(
    () => inner.abort(new DOMException("the deadline passed", "TimeoutError")),
    () => {}, // The call ended first; its timer is cancelled by `ended`.
  );
  try {
    return await call(inner.signal);
  } finally {
    outer.removeEventListener("abort", onOuter);
    ended.abort(ENDED);
  }
}
