/**
 * A byte transport that goes wrong on purpose.
 *
 * Owns: faults at the k-th send, so that a test can place one at every frame of a conversation.
 * @module
 */
import { failure } from "../../../engine/errors.ts";
import type { ByteTransport, Clock } from "../../../engine/ports.ts";

/** What goes wrong; positions count the sends of this end from 1. */
export interface TransportFaults {
  /** The stream ends instead of this send. */
  disconnectAtSend?: number;
  /** This send is lost without an error. */
  dropAtSend?: number;
  /** One bit of this send is flipped. */
  corruptAtSend?: { send: number; bit: number };
  /** These bytes arrive before this send. */
  noiseBeforeSend?: { send: number; noise: Uint8Array };
  /** Every send is cut into pieces of this length. */
  chunkLength?: number;
  /** Every send takes this long. */
  delayMs?: number;
}

/** Wraps one end of a stream. */
export class FaultyTransport implements ByteTransport {
  readonly #transport: ByteTransport;
  readonly #faults: TransportFaults;
  readonly #clock: Clock;
  #sendCount = 0;

  /** Takes over `transport`; `clock` measures the delay. */
  constructor(
    transport: ByteTransport,
    faults: TransportFaults,
    clock: Clock,
  ) {
    this.#transport = transport;
    this.#faults = faults;
    this.#clock = clock;
  }

  /** How many sends were asked for. */
  get sendCount(): number {
    return this.#sendCount;
  }

  /** Sends, or does what the faults say. */
  async send(bytes: Uint8Array): Promise<void> {
    const send = ++this.#sendCount;
    const faults = this.#faults;
    const { delayMs = 0, corruptAtSend, noiseBeforeSend } = faults;
    // The caller keeps `bytes` until this promise resolves, so a delay needs no copy.
    if (delayMs > 0) {
      await this.#clock.sleep(delayMs, new AbortController().signal);
    }
    if (send === faults.disconnectAtSend) {
      this.#transport.close();
      throw failure("READER_DISCONNECTED", `disconnected at send ${send}`);
    }
    if (send === faults.dropAtSend) return;
    if (send === noiseBeforeSend?.send) {
      await this.#transport.send(noiseBeforeSend.noise);
    }
    if (send === corruptAtSend?.send) {
      const corrupt = bytes.slice();
      const at = Math.floor(corruptAtSend.bit / 8) % corrupt.length;
      corrupt[at] ^= 1 << corruptAtSend.bit % 8;
      return this.#transport.send(corrupt);
    }
    const { chunkLength = bytes.length } = faults;
    for (let at = 0; at < bytes.length; at += chunkLength) {
      await this.#transport.send(bytes.subarray(at, at + chunkLength));
    }
  }

  /** Passes on to the stream. */
  receive(
    onBytes: (bytes: Uint8Array) => void,
    onClose: (reason?: Error) => void,
  ): void {
    this.#transport.receive(onBytes, onClose);
  }

  /** Closes the stream. */
  close(): void {
    this.#transport.close();
  }
}
