/**
 * Handing over what arrives: the half of a `ByteTransport` that all of them share.
 *
 * Owns: that nothing is handed over inside `receive()`, nothing before it is lost, and the end
 * comes once and last.
 * @module
 */
import { failure, type HoldfastError } from "../errors.ts";
import type { ByteTransport } from "../ports.ts";

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

/** A transport over one link: what is left to it is how bytes leave, and how the link ends. */
export abstract class LinkTransport implements ByteTransport {
  /** What arrives on the link. */
  protected readonly delivery: Delivery;
  readonly #name: string;

  /** `name` stands in errors, "the serial port"; `delivery` is given where bytes come earlier. */
  constructor(name: string, delivery: Delivery = new Delivery()) {
    this.#name = name;
    this.delivery = delivery;
  }

  /** @inheritdoc */
  abstract send(bytes: Uint8Array): Promise<void>;

  /** @inheritdoc */
  abstract close(): void;

  /** @inheritdoc */
  receive(
    onBytes: (bytes: Uint8Array) => void,
    onClose: (reason?: Error) => void,
  ): void {
    this.delivery.receive(onBytes, onClose);
  }

  /** `READER_DISCONNECTED`, for who sends on a link that has ended. */
  protected closed(cause: unknown = null): HoldfastError {
    const message = `${this.#name} is closed`;
    return failure("READER_DISCONNECTED", message, { cause });
  }
}
