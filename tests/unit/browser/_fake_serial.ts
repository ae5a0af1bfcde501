// A WebSerial port: one lock per stream, a new stream after a recoverable error, none without device.
import type { WebSerialPort } from "../../../hosts/browser/web_serial_transport.ts";

/** One end of a null-modem cable that both pages opened. */
export class FakeSerialPort implements WebSerialPort {
  readable: ReadableStream<Uint8Array> | null = null;
  writable: WritableStream<Uint8Array> | null = null;
  #peer!: FakeSerialPort;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  /** What arrived while there was no stream to put it in. */
  #early: Uint8Array[] = [];

  static pair(): [FakeSerialPort, FakeSerialPort] {
    const [left, right] = [new FakeSerialPort(), new FakeSerialPort()];
    left.#peer = right;
    right.#peer = left;
    return [left, right];
  }

  // deno-lint-ignore require-await -- as the platform's
  async open(): Promise<void> {
    if (this.writable) {
      throw new DOMException("The port is already open.", "InvalidStateError");
    }
    this.#openReadable();
    this.writable = new WritableStream({
      write: (chunk) => {
        if (this.writable === null) throw lost();
        this.#peer.#arrive(chunk.slice());
      },
    });
  }

  async close(): Promise<void> {
    // §4.7: both streams must be free to be canceled and closed.
    if (this.readable?.locked || this.writable?.locked) {
      throw new TypeError("Cannot close a port whose streams are locked");
    }
    await this.readable?.cancel();
    const wasOpen = this.writable !== null;
    this.readable = null;
    this.writable = null;
    if (wasOpen) this.#peer.#hangUp();
  }

  /** A parity error: the stream fails, the port has a new one. */
  breakFrame(): void {
    const controller = this.#controller!;
    this.#openReadable();
    controller.error(new DOMException("framing", "FramingError"));
  }

  /** The device is pulled. */
  unplug(): void {
    const controller = this.#controller;
    this.readable = null;
    this.writable = null;
    controller?.error(lost());
  }

  #openReadable(): void {
    this.readable = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#controller = null;
      },
    });
    for (const chunk of this.#early.splice(0)) this.#arrive(chunk);
  }

  #arrive(chunk: Uint8Array): void {
    if (this.#controller) this.#controller.enqueue(chunk);
    else this.#early.push(chunk);
  }

  /** The cable's other end was closed: here, as if the adapter had gone with it. */
  #hangUp(): void {
    if (this.writable !== null) this.unplug();
  }
}

function lost(): DOMException {
  return new DOMException("The device has been lost.", "NetworkError");
}
