/**
 * WebSerial as a byte transport.
 *
 * Owns: the loop over the port's streams. A framing or parity error ends the port's stream and
 * not the port (it comes with a new stream); bytes are lost then, which the frames above notice.
 * Only when the device is gone does the port have no stream any more.
 * @see https://wicg.github.io/serial/ §4.6 (`readable`)
 * @module
 */
import { failure } from "../../engine/errors.ts";
import type { ByteTransport } from "../../engine/ports.ts";
import { LinkTransport } from "../../engine/reader/delivery.ts";
import type { CallOptions } from "../../engine/step_limit.ts";
import { openWithin } from "../web/opening.ts";

/** The part of a `SerialPort` that is used. */
export interface WebSerialPort {
  readonly readable: ReadableStream<Uint8Array> | null;
  readonly writable: WritableStream<Uint8Array> | null;
  /** Opens the port. */
  open(options: { baudRate: number; bufferSize: number }): Promise<void>;
  /** Closes the port, whose streams must be free. */
  close(): Promise<void>;
}

/** The longest frame fits; the platform's 255 bytes lose data when the page is busy. */
const BUFFER_SIZE = 32_768;

/**
 * Opens a port the user has chosen with `navigator.serial.requestPort()`.
 *
 * @param options `baudRate`: bits a second; USB ports ignore it. @default 115_200; `signal` and
 *   `deadlineMs` give up opening and have no effect afterwards.
 * @throws {HoldfastError} `READER_DISCONNECTED` when it cannot be opened or is given up; `cause`
 *   says why.
 */
export async function connectWebSerial(
  port: WebSerialPort,
  options: CallOptions & { baudRate?: number } = {},
): Promise<ByteTransport> {
  const { baudRate = 115_200 } = options;
  let isOpen = false;
  try {
    return await openWithin(options, async () => {
      await port.open({ baudRate, bufferSize: BUFFER_SIZE });
      isOpen = true;
      const { writable } = port;
      if (writable === null) throw new TypeError("the port has no stream");
      return new WebSerialTransport(port, writable.getWriter());
    }, (late) => {
      // A port that another tab or call has opened is not ours to close.
      if (late !== undefined) late.close();
      else if (isOpen) port.close().catch(() => undefined);
    });
  } catch (cause) {
    throw failure("READER_DISCONNECTED", "the serial port cannot be opened", {
      cause,
    });
  }
}

class WebSerialTransport extends LinkTransport {
  readonly #port: WebSerialPort;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  #isClosing = false;

  constructor(
    port: WebSerialPort,
    writer: WritableStreamDefaultWriter<Uint8Array>,
  ) {
    super("the serial port");
    this.#port = port;
    this.#writer = writer;
    // Writes that fail say so themselves.
    writer.closed.catch(() => undefined);
    void this.#run();
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#isClosing || this.delivery.isEnded) throw this.closed();
    try {
      await this.#writer.write(bytes);
    } catch (cause) {
      throw this.closed(cause);
    }
  }

  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    // Ends the read under way, which ends the loop, which closes the port.
    this.#reader?.cancel().catch(() => undefined);
  }

  async #run(): Promise<void> {
    const error = await this.#read();
    const isOurs = this.#isClosing;
    this.#isClosing = true;
    try {
      this.#writer.releaseLock();
      await this.#port.close();
    } catch {
      // A device that is gone cannot be closed, and need not be.
    }
    this.delivery.end(isOurs ? undefined : this.closed(error));
  }

  /** Reads stream after stream; returns the last one's error when there is no other. */
  async #read(): Promise<unknown> {
    let error: unknown = null;
    while (this.#port.readable !== null && !this.#isClosing) {
      const reader = this.#port.readable.getReader();
      this.#reader = reader;
      try {
        for (;;) {
          const { value, done } = await reader.read();
          // A stream that ends without an error is not replaced.
          if (done) return null;
          this.delivery.bytes(value);
        }
      } catch (cause) {
        error = cause;
      } finally {
        reader.releaseLock();
      }
    }
    return error;
  }
}
