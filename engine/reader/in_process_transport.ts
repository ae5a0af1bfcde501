/**
 * Two ends of a byte stream inside one process.
 *
 * Owns: the reference behaviour of a `ByteTransport`: bytes are copied, arrive in order and
 * never inside `send`, and what was sent before a close still arrives before it.
 * @module
 */
import type { ByteTransport } from "../ports.ts";
import { LinkTransport } from "./delivery.ts";

/** Makes a connected pair; what one end sends the other receives. */
export function createInProcessPair(): [ByteTransport, ByteTransport] {
  const left = new InProcessEnd();
  const right = new InProcessEnd();
  left.peer = right;
  right.peer = left;
  return [left, right];
}

class InProcessEnd extends LinkTransport {
  peer!: InProcessEnd;
  #isClosed = false;

  constructor() {
    super("the stream");
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#isClosed) throw this.closed();
    const copy = bytes.slice();
    const { delivery } = this.peer;
    // The copy is taken before this line, so the sender may wipe its array at once.
    await Promise.resolve();
    delivery.bytes(copy);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // What was sent before is on its way.
    queueMicrotask(() => {
      this.delivery.end();
      this.peer.#isClosed = true;
      this.peer.delivery.end();
    });
  }
}
