/**
 * The connection as a person should see it.
 *
 * Owns: that "online" is said only of a connection that lasts. A relay that can be reached while
 * Stripe behind it cannot answers every probe and no call, several times a second; the screen
 * then says "offline", which is what matters at the till. "Offline" is said at once.
 * @module
 */
import type { NetworkStatus } from "../../engine/events.ts";

/** Calls `then` after `delayMs`; returns a function that forgets it. */
export type Later = (then: () => void, delayMs: number) => () => void;

/** Longer than a probe that is believed and the call that refutes it. */
const LASTING_MS = 1_000;

/** A status that does not flutter. */
export class SteadyStatus {
  readonly #onChange: (status: NetworkStatus) => void;
  readonly #later: Later;
  #forget: (() => void) | null = null;
  #shown: NetworkStatus = "unknown";

  /** `onChange` hears every change of {@link SteadyStatus.shown}. */
  constructor(
    onChange: (status: NetworkStatus) => void,
    later: Later = byTimer,
  ) {
    this.#onChange = onChange;
    this.#later = later;
  }

  /** What to show. */
  get shown(): NetworkStatus {
    return this.#shown;
  }

  /** Takes what the terminal says now. */
  take(status: NetworkStatus): void {
    const isReturn = status === "online" && this.#shown === "offline";
    if (isReturn) {
      this.#forget ??= this.#later(() => this.#show(status), LASTING_MS);
      return;
    }
    this.#forget?.();
    this.#forget = null;
    if (status !== this.#shown) this.#show(status);
  }

  #show(status: NetworkStatus): void {
    this.#forget = null;
    this.#shown = status;
    this.#onChange(status);
  }
}

function byTimer(then: () => void, delayMs: number): () => void {
  const timer = setTimeout(then, delayMs);
  return () => clearTimeout(timer);
}
