/**
 * A deadline and a way out for every call an app makes.
 *
 * Owns: that a call ends for its caller when it is cancelled or its time is over, whatever the
 * network, the reader or a person does, and that the work behind it is told. Work checks its
 * signal after every wait, so that nothing is stored for a caller who has left.
 * @module
 */
import { failure, type HoldfastError } from "./errors.ts";
import type { OfflineBehavior } from "./payment.ts";
import type { Clock } from "./ports.ts";
import type { Rooms } from "./rooms.ts";
import { stepDeadlineOf } from "./terminal_configuration.ts";

/** How long a call may take, and what ends it earlier. */
export interface CallOptions {
  /** Ends the call at any point with `CANCELED`. */
  signal?: AbortSignal;
  /** Milliseconds after which it ends with `REQUEST_TIMED_OUT`. */
  deadlineMs?: number;
}

/** Options of one step of a sale. */
export interface StepOptions extends CallOptions {
  /**
   * For this step only. @default what `createPaymentIntent` was given
   */
  offlineBehavior?: OfflineBehavior;
}

/**
 * Runs `work` and settles with it, or rejects when the caller leaves or the time is over.
 *
 * @param deadlineMsDefault Milliseconds where the caller gives none; null: as long as it takes.
 * @param work Gets a signal that is aborted before this function rejects.
 * @throws {HoldfastError} `CANCELED`, `REQUEST_TIMED_OUT`.
 */
export function limited<T>(
  clock: Clock,
  options: CallOptions,
  deadlineMsDefault: number | null,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal: outer, deadlineMs = deadlineMsDefault } = options;
  return new Promise((resolve, reject) => {
    const inner = new AbortController();
    const ended = new AbortController();
    const leave = (error: HoldfastError): void => {
      ended.abort();
      inner.abort(error);
      reject(error);
    };
    const onAbort = (): void => leave(canceled(outer));
    if (outer?.aborted) return onAbort();
    outer?.addEventListener("abort", onAbort, {
      once: true,
      signal: ended.signal,
    });
    if (deadlineMs !== null) {
      clock.sleep(deadlineMs, ended.signal).then(
        () => {
          if (!ended.signal.aborted) leave(timedOut(deadlineMs));
        },
        () => {}, // The work ended first; its timer is cancelled by `ended`.
      );
    }
    work(inner.signal).then(resolve, reject).finally(() => ended.abort());
  });
}

/** As {@link limited}, by the terminal's clock and within the time of one step, or another. */
export function limitedStep<T>(
  { ports, configuration }: Pick<Rooms, "ports" | "configuration">,
  options: CallOptions,
  work: (signal: AbortSignal) => Promise<T>,
  deadlineMs: number | null = stepDeadlineOf(configuration),
): Promise<T> {
  return limited(ports.clock, options, deadlineMs, work);
}

function canceled(signal: AbortSignal | undefined): HoldfastError {
  return failure("CANCELED", "the call was canceled by its caller", {
    cause: signal?.reason,
  });
}

function timedOut(deadlineMs: number): HoldfastError {
  return failure("REQUEST_TIMED_OUT", "the call did not end in time", {
    details: { deadlineMs },
  });
}
