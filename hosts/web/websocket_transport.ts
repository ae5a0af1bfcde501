/**
 * A WebSocket as a byte transport: browsers, Deno, Node, and both ends of it.
 *
 * Owns: turning the events of the web's `WebSocket` into the `ByteTransport` contract. Message
 * boundaries mean nothing. A page served over https may only open `wss:`; on a shop's LAN, where
 * no reader has a certificate a browser would trust, serve the page from the reader or the till.
 * @see https://websockets.spec.whatwg.org/
 * @module
 */
import { failure } from "../../engine/errors.ts";
import type { ByteTransport } from "../../engine/ports.ts";
import { LinkTransport } from "../../engine/reader/delivery.ts";
import type { CallOptions } from "../../engine/step_limit.ts";
import { limitOf } from "./opening.ts";

/** The part of `WebSocket` that is used; npm's `ws` has it too. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  /** Queues one binary message. */
  send(data: Uint8Array<ArrayBuffer>): void;
  /** Starts the closing handshake. */
  close(code?: number): void;
  /** Adds a listener. */
  addEventListener(
    type: "open" | "close" | "error" | "message",
    // deno-lint-ignore no-explicit-any -- two event hierarchies, the web's and the package's
    listener: (event: any) => void,
  ): void;
}

/** `WebSocket.OPEN`. */
const OPEN = 1;
/** RFC 6455 §7.4.1: normal closure, and "no status was given". */
const ORDERLY = [1000, 1001, 1005];
/** RFC 6455 §7.4.1: a kind of data that cannot be accepted. */
const UNSUPPORTED_DATA = 1003;

/** How to connect. */
export interface ConnectWebSocketOptions extends CallOptions {
  /** Makes the socket. @default the platform's `WebSocket`, which Node has from 22 on */
  create?: (url: string) => WebSocketLike;
}

/**
 * Connects to a reader.
 *
 * @param options `signal` and `deadlineMs` give up connecting and have no effect afterwards.
 * @throws {HoldfastError} `READER_DISCONNECTED` when nobody answers there or it is given up.
 */
export function connectWebSocket(
  url: string,
  options: ConnectWebSocketOptions = {},
): Promise<ByteTransport> {
  const { signal, clear } = limitOf(options);
  return dial(url, options.create ?? webSocket, signal).finally(clear);
}

function dial(
  url: string,
  create: (url: string) => WebSocketLike,
  signal: AbortSignal | undefined,
): Promise<ByteTransport> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      signal?.removeEventListener("abort", onAbort);
      reject(failure("READER_DISCONNECTED", `no connection to ${url}`, {
        cause,
      }));
    };
    const onAbort = (): void => {
      fail(signal?.reason);
      socket.close();
    };
    if (signal?.aborted) return fail(signal.reason);
    const socket = create(url);
    const transport = new WebSocketTransport(socket);
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.addEventListener("close", () => fail(null));
    socket.addEventListener("open", () => {
      signal?.removeEventListener("abort", onAbort);
      resolve(transport);
    });
  });
}

function webSocket(url: string): WebSocketLike {
  return new WebSocket(url);
}

/** One end of a WebSocket. */
export class WebSocketTransport extends LinkTransport {
  readonly #socket: WebSocketLike;

  /** Takes over `socket`, which may still be connecting. */
  constructor(socket: WebSocketLike) {
    super("the WebSocket");
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.#onMessage(data));
    // The close event follows and says what there is to say.
    socket.addEventListener("error", () => undefined);
    socket.addEventListener("close", ({ code }) => this.#onEnd(code));
  }

  /** Sends one binary message. */
  // deno-lint-ignore require-await -- a closed socket must reject, not throw
  async send(bytes: Uint8Array): Promise<void> {
    if (this.delivery.isEnded || this.#socket.readyState !== OPEN) {
      throw this.closed();
    }
    // A copy, because an implementation may keep the array until it is written.
    this.#socket.send(bytes.slice());
  }

  /** Starts the closing handshake. */
  close(): void {
    this.#socket.close(1000);
  }

  #onMessage(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      return this.delivery.bytes(new Uint8Array(data));
    }
    this.#socket.close(UNSUPPORTED_DATA);
  }

  #onEnd(code: number | undefined): void {
    const isOrderly = code === undefined || ORDERLY.includes(code);
    this.delivery.end(
      isOrderly ? undefined : failure(
        "READER_DISCONNECTED",
        `the WebSocket ended with code ${code}`,
      ),
    );
  }
}
