/**
 * Handing over what arrives: the half of a `ByteTransport` that all of them share.
 *
 * Owns: that nothing is handed over inside `receive()`, nothing before it is lost, and the end
 * comes once and last.
 * @module
 */

/** The receiver of one transport. */
export class Delivery {
  readonly #waiting: (() => void)[] = [];
  #isReceiving = false;
  #isEnded = false;
  #onBytes: ((bytes: Uint8Array) => void) | null = null;
  #onClose: ((reason?: Error) => void) | null = null;

  /** Whether the end has been reported, or waits to be. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Sets the receiver; see `ByteTransport.receive`. */
  receive(
    onBytes: (bytes: Uint8Array) => void,
    onClose: (reason?: Error) => void,
  ): void {
    this.#onBytes = onBytes;
    this.#onClose = onClose;
    // Later, because the caller may still be in its constructor.
    queueMicrotask(() => {
      this.#isReceiving = true;
      for (const deliver of this.#waiting.splice(0)) deliver();
    });
  }

  /** Hands over `bytes`, now owned by the receiver; dropped after the end. */
  bytes(bytes: Uint8Array): void {
    if (!this.#isEnded) this.#deliver(() => this.#onBytes?.(bytes));
  }

  /** Reports the end; only the first call counts. */
  end(reason?: Error): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#deliver(() => this.#onClose?.(reason));
  }

  #deliver(action: () => void): void {
    if (this.#isReceiving) action();
    else this.#waiting.push(action);
  }
}
