/**
 * One call of a page, from its first message to its end.
 *
 * Owns: that it ends once: by its answer, by an error, or because nobody answered in time; and
 * that nothing of it is left behind then, no timer and no listener on the app's signal.
 * @module
 */
import { failure } from "../../engine/mod.ts";
import { GRACE_MS } from "./page_patience.ts";
import type { Call } from "./protocol.ts";

/** Longer timers fire at once (2^31 - 1 ms, 24.8 days). */
const TIMER_MS_MAX = 2_147_483_647;

/** How a call may end before it is answered. */
export interface PageCallOptions {
  patienceMs: number;
  signal: AbortSignal | undefined;
  /** Asks the terminal to give the call up. */
  cancel: () => void;
  /** The call has ended. */
  onEnd: () => void;
}

/** A call under way. */
export class PageCall {
  readonly message: Call;
  /** How it ended. */
  readonly result: Promise<unknown>;
  readonly #options: PageCallOptions;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  /** The message is posted by the caller, afterwards. */
  constructor(message: Call, options: PageCallOptions) {
    this.message = message;
    this.#options = options;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#wait(options.patienceMs);
  }

  /** Listens to the app's signal; the message is on its way. */
  sent(): void {
    const { signal } = this.#options;
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort);
  }

  /** The call came to a value. */
  resolve(value: unknown): void {
    if (this.#end()) this.#resolve(value);
  }

  /** The call came to an error. */
  reject(error: unknown): void {
    if (this.#end()) this.#reject(error);
  }

  readonly #onAbort = (): void => {
    if (this.#isOver) return;
    this.#options.cancel();
    // Its answer says whether it was too late; without one the wait is short from now on.
    this.#wait(Math.min(GRACE_MS, this.#options.patienceMs));
  };

  #wait(delayMs: number): void {
    clearTimeout(this.#timer);
    const silent = (): void => {
      if (this.#isOver) return;
      this.#options.cancel();
      this.reject(silence(this.message.method));
    };
    this.#timer = setTimeout(silent, Math.min(delayMs, TIMER_MS_MAX));
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#options.onEnd();
    return true;
  }
}

function silence(method: string): Error {
  return failure(
    "WORKER_SILENT",
    `nothing was heard of ${method} for longer than it may take`,
    { field: method },
  );
}
