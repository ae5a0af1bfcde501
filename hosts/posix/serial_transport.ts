/**
 * A serial port as a byte transport, for Node through the npm package `serialport`.
 *
 * Owns: turning the events of a port into the `ByteTransport` contract. The package is the app's
 * to install and to open the port with, because it has native code; nothing here imports it. A
 * cable has no end of its own: the transport ends when the device is unplugged or closed here,
 * and a dead peer is the heartbeat's to notice. The package's reads fail on Deno 2.9 (EBADF: its
 * native half opens a descriptor that Deno does not know), so on Deno a serial reader needs a
 * bridge to TCP.
 *
 * A line that hung up reads as zero bytes, and the package then reads again at once and for ever,
 * one promise inside the other (its issue 162, open in 13.0.0): a till's processor at 100 % until
 * the memory is full. So the hang-up is asked of the package's poller, and ends the port first.
 * @see docs/adr/0010-ws-and-serialport.md; https://github.com/serialport/bindings-cpp/issues/162
 * @module
 */
import { failure } from "../../engine/errors.ts";
import type { ByteTransport } from "../../engine/ports.ts";
import { LinkTransport } from "../../engine/reader/delivery.ts";
import type { CallOptions } from "../../engine/step_limit.ts";
import { openWithin } from "../web/opening.ts";

/** The part of an open `SerialPort` that is used. */
export interface SerialPortLike {
  readonly isOpen: boolean;
  /** What the package keeps of an open port; its Linux and macOS halves have a `poller`. */
  readonly port?: unknown;
  /** Opens the device. */
  open(onOpen: (error: Error | null) => void): void;
  /** Queues bytes; `onTaken` when the system has them. */
  write(
    data: Uint8Array,
    onTaken: (error: Error | null | undefined) => void,
  ): unknown;
  /** Closes the device; `close` follows. */
  close(onClosed?: (error: Error | null) => void): void;
  /** Adds a listener. */
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  /** Adds a listener for the end. */
  on(event: "close", listener: (error?: Error | null) => void): unknown;
  /** Adds a listener for trouble. */
  on(event: "error", listener: (error: Error) => void): unknown;
}

/**
 * Opens a port and takes it over.
 *
 * @param port `new SerialPort({ path, baudRate: 115200, autoOpen: false })`.
 * @param options `signal` and `deadlineMs` give up opening and have no effect afterwards.
 * @throws {HoldfastError} `READER_DISCONNECTED` when it cannot be opened or is given up; `cause`
 *   says why.
 */
export async function connectSerial(
  port: SerialPortLike,
  options: CallOptions = {},
): Promise<ByteTransport> {
  let isOpen = false;
  const open = (): Promise<void> =>
    new Promise((resolve, reject) =>
      port.open((error) => {
        isOpen = !error;
        if (error) reject(error);
        else resolve();
      })
    );
  try {
    await openWithin(options, open, () => {
      if (isOpen) port.close();
    });
  } catch (cause) {
    throw failure("READER_DISCONNECTED", "the serial port cannot be opened", {
      cause,
    });
  }
  return new SerialTransport(port);
}

/** One end of a serial line. */
export class SerialTransport extends LinkTransport {
  readonly #port: SerialPortLike;

  /** Takes over an open port. */
  constructor(port: SerialPortLike) {
    super("the serial port");
    this.#port = port;
    port.on("data", (chunk) => {
      // The port's chunks are parts of its pool; the receiver owns and wipes what it gets.
      const bytes = new Uint8Array(chunk);
      chunk.fill(0);
      this.delivery.bytes(bytes);
    });
    port.on("error", (error) => this.#end(error));
    // An unplugged port closes with an error.
    port.on("close", (error) => this.#end(error ?? undefined));
    // Our own close cancels the question, which is no hang-up.
    pollerOf(port)?.once("disconnect", (error) => {
      if (port.isOpen) this.#end(hungUp(error));
    });
  }

  /** Writes to the port. */
  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.delivery.isEnded || !this.#port.isOpen) {
        return reject(this.closed());
      }
      if (bytes.length === 0) return resolve();
      // A copy, because the port may still write after it has taken the array.
      this.#port.write(
        bytes.slice(),
        (error) => error ? reject(this.closed(error)) : resolve(),
      );
    });
  }

  /** Closes the port. */
  close(): void {
    // A port that is closing already reports an error here, which says nothing new.
    if (this.#port.isOpen) this.#port.close(() => undefined);
  }

  #end(reason: Error | undefined): void {
    this.close();
    this.delivery.end(reason);
  }
}

interface Poller {
  once(
    event: "disconnect",
    listener: (error: Error | null) => void,
  ): unknown;
}

function pollerOf(port: SerialPortLike): Poller | undefined {
  return (port.port as { poller?: Poller } | null | undefined)?.poller;
}

function hungUp(cause: Error | null): Error {
  return failure("READER_DISCONNECTED", "the serial line hung up", { cause });
}
