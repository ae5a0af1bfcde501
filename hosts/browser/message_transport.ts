/**
 * A byte transport whose other end is in another thread or another tab.
 *
 * Owns: turning messages into a stream. The bytes are a reader's, so they may be card data: they
 * are posted and forgotten, never kept.
 * @module
 */
import { LinkTransport } from "../../engine/reader/delivery.ts";

/** The near end; `accept` is called with what the far end posted. */
export class MessageTransport extends LinkTransport {
  readonly #post: (bytes: Uint8Array | null) => void;

  /** Posts outgoing bytes, and null for the end, through `post`. */
  constructor(post: (bytes: Uint8Array | null) => void) {
    super("the reader's stream");
    this.#post = post;
  }

  send(bytes: Uint8Array): Promise<void> {
    if (this.delivery.isEnded) return Promise.reject(this.closed());
    this.#post(bytes.slice());
    return Promise.resolve();
  }

  close(): void {
    if (this.delivery.isEnded) return;
    this.#post(null);
    this.delivery.end();
  }

  /** Takes what the far end posted; null is the end. */
  accept(bytes: Uint8Array | null): void {
    if (bytes === null) this.delivery.end();
    else this.delivery.bytes(bytes);
  }
}
