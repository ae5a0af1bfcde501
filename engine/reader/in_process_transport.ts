/**
 * Two ends of a byte stream inside one process.
 *
 * Owns: the reference behaviour of a `ByteTransport`: bytes are copied, arrive in order and
 * never inside `send`, and what was sent before a close still arrives before it.
 * @module
 */
import { failure } from "../errors.ts";
import type { ByteTransport } from "../ports.ts";

/** Makes a connected pair; what one end sends the other receives. */
export function createInProcessPair(): [ByteTransport, ByteTransport] {
  const left = new InProcessEnd();
  const right = new InProcessEnd();
  left.peer = right;
  right.peer = left;
  return [left, right];
}

class InProcessEnd implements ByteTransport {
  peer!: InProcessEnd;
  #onBytes: ((bytes: Uint8Array) => void) | null = null;
  #onClose: ((reason?: Error) => void) | null = null;
  readonly #waiting: (() => void)[] = [];
  #isReceiving = false;
  #isClosed = false;

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#isClosed) {
      throw failure("READER_DISCONNECTED", "the stream is closed");
    }
    const copy = bytes.slice();
    const { peer } = this;
    // The copy is taken before this line, so the sender may wipe its array at once.
    await Promise.resolve();
    peer.#deliver(() => peer.#onBytes?.(copy));
  }

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

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    queueMicrotask(() => {
      this.#deliver(() => this.#onClose?.());
      this.peer.#isClosed = true;
      this.peer.#deliver(() => this.peer.#onClose?.());
    });
  }

  /** Runs `action` now, or once somebody receives. */
  #deliver(action: () => void): void {
    if (this.#isReceiving) action();
    else this.#waiting.push(action);
  }
}
