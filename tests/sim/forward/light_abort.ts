/**
 * An `AbortController` for worlds that make millions of them.
 *
 * Owns: the part of the standard that the forwarder uses (`aborted`, `reason`, listeners that are
 * called once, in order) without the event objects and checks that make a runtime's own one cost
 * more than the attempt it belongs to. The slower suites run the same code with the runtime's.
 * @module
 */

class LightSignal {
  aborted = false;
  reason: unknown = undefined;
  readonly #listeners: (() => void)[] = [];

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.push(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    const at = this.#listeners.lastIndexOf(listener);
    if (at < 0) return;
    if (at === this.#listeners.length - 1) this.#listeners.pop();
    else this.#listeners.splice(at, 1);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  /** @internal */
  end(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}

class LightController {
  readonly signal = new LightSignal();

  abort(reason: unknown): void {
    this.signal.end(reason);
  }
}

/** Runs `body` with the light controllers in the place of the runtime's, and without stacks. */
export async function withLightAborts<T>(body: () => Promise<T>): Promise<T> {
  const real = globalThis.AbortController;
  globalThis.AbortController = LightController as unknown as typeof real;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await body();
  } finally {
    globalThis.AbortController = real;
    Error.stackTraceLimit = stackTraceLimit;
  }
}
