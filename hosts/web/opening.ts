/**
 * Opening a way to a reader, within limits.
 *
 * Owns: that whoever opens one is not kept longer than agreed by a platform that cannot be told to
 * stop, and that what is reached late is let go: it has no owner any more.
 * @module
 */
import type { CallOptions } from "../../engine/step_limit.ts";

/** One signal for both limits, none without any; `clear` when the work has ended. */
export function limitOf(
  { signal, deadlineMs }: CallOptions,
): { signal: AbortSignal | undefined; clear: () => void } {
  if (deadlineMs === undefined) return { signal, clear: () => undefined };
  // `AbortSignal.timeout` would not keep a process alive that waits for nothing else.
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new DOMException("not open in time", "TimeoutError")),
    deadlineMs,
  );
  return {
    signal: signal === undefined
      ? late.signal
      : AbortSignal.any([signal, late.signal]),
    clear: () => clearTimeout(timer),
  };
}

/**
 * Runs `open` and settles with it, or rejects with the signal's reason.
 *
 * @param letGo Undoes what was opened, or was perhaps; called whenever this rejects, and again when
 *   `open` ends after all, with what it gave.
 */
export async function openWithin<T>(
  options: CallOptions,
  open: () => Promise<T>,
  letGo: (late?: T) => void,
): Promise<T> {
  const { signal, clear } = limitOf(options);
  let onAbort = (): void => undefined;
  const givenUp = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal?.reason);
  });
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const opening = signal?.aborted ? givenUp : open();
  try {
    return await Promise.race([opening, givenUp]);
  } catch (error) {
    letGo();
    opening.then(letGo, () => letGo());
    throw error;
  } finally {
    clear();
    signal?.removeEventListener("abort", onAbort);
  }
}
