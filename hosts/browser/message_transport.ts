/**
 * A byte transport whose other end is in another thread or another tab.
 *
 * Owns: turning messages into a stream. The bytes are a reader's, so they may be card data: they
 * are posted and forgotten, never kept.
 * @module
 */
import { type ByteTransport, failure } from "../../engine/mod.ts";

/** The near end; `accept` is called with what the far end posted. */
export class MessageTransport implements ByteTransport {
  readonly #post: (bytes: Uint8Array | null) => void;
  #onBytes: (bytes: Uint8Array) => void = () => {};
  #onClose: (reason?: Error) => void = () => {};
  #early: Uint8Array[] = [];
  #isReceiving = false;
  #isClosed = false;

  /** Posts outgoing bytes, and null for the end, through `post`. */
  constructor(post: (bytes: Uint8Array | null) => void) {
    this.#post = post;
  }

  send(bytes: Uint8Array): Promise<void> {
    if (this.#isClosed) {
      return Promise.reject(
        failure("READER_DISCONNECTED", "the reader's stream has ended"),
      );
    }
    this.#post(bytes.slice());
    return Promise.resolve();
  }

  receive(
    onBytes: (bytes: Uint8Array) => void,
    onClose: (reason?: Error) => void,
  ): void {
    this.#onBytes = onBytes;
    this.#onClose = onClose;
    this.#isReceiving = true;
    for (const bytes of this.#early.splice(0)) onBytes(bytes);
    if (this.#isClosed) onClose();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#post(null);
    this.accept(null);
  }

  /** Takes what the far end posted; null is the end. */
  accept(bytes: Uint8Array | null): void {
    if (this.#isClosed) return;
    if (bytes === null) {
      this.#isClosed = true;
      if (this.#isReceiving) this.#onClose();
      return;
    }
    if (this.#isReceiving) this.#onBytes(bytes);
    else this.#early.push(bytes);
  }
}
