/**
 * TCP as a byte transport, on Node and Deno.
 *
 * Owns: turning a socket's events into the `ByteTransport` contract. Chunk boundaries are
 * whatever the network makes them; the frames above do not care.
 * @module
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { failure } from "../../engine/errors.ts";
import type { ByteTransport } from "../../engine/ports.ts";
import { LinkTransport } from "../../engine/reader/delivery.ts";
import type { CallOptions } from "../../engine/step_limit.ts";
import { limitOf } from "../web/opening.ts";

/** How long a closed socket waits for the far side; one that is switched off never answers. */
const LINGER_MS = 1_000;

/** Where to connect. */
export interface TcpAddress {
  /** @default "127.0.0.1" */
  host?: string;
  port: number;
}

/** A listening socket. */
export interface TcpListener {
  /** The port it listens on. */
  readonly port: number;
  /** Stops listening and closes every open connection. */
  close(): Promise<void>;
}

/**
 * Connects to a reader.
 *
 * @param options `signal` and `deadlineMs` give up connecting and have no effect afterwards.
 * @throws {HoldfastError} `READER_DISCONNECTED` when nobody listens there or it is given up.
 */
export function connectTcp(
  address: TcpAddress,
  options: CallOptions = {},
): Promise<ByteTransport> {
  const { signal, clear } = limitOf(options);
  return dial(address, signal).finally(clear);
}

function dial(
  { host = "127.0.0.1", port }: TcpAddress,
  signal: AbortSignal | undefined,
): Promise<ByteTransport> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const fail = (cause: unknown): void => {
      signal?.removeEventListener("abort", onAbort);
      socket.destroy();
      reject(failure(
        "READER_DISCONNECTED",
        `no connection to ${host}:${port}`,
        { cause },
      ));
    };
    const onAbort = (): void => fail(signal?.reason);
    if (signal?.aborted) return onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.once("error", fail);
    socket.once("connect", () => {
      signal?.removeEventListener("abort", onAbort);
      const transport = new TcpTransport(socket);
      socket.off("error", fail);
      resolve(transport);
    });
  });
}

/**
 * Listens for connections.
 *
 * @param address Port 0 lets the system choose one.
 * @param onConnection Gets every connection; it must not throw.
 */
export function listenTcp(
  { host = "127.0.0.1", port }: TcpAddress,
  onConnection: (transport: ByteTransport) => void,
): Promise<TcpListener> {
  return new Promise((resolve, reject) => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      onConnection(new TcpTransport(socket));
    });
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve({ port: portOf(server), close: () => close(server, sockets) });
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new TypeError("expected a TCP address");
  }
  return address.port;
}

function close(server: Server, sockets: Set<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}

class TcpTransport extends LinkTransport {
  readonly #socket: Socket;
  #error: Error | undefined;

  constructor(socket: Socket) {
    super("the connection");
    this.#socket = socket;
    // Frames are small and answered one by one; waiting to fill a segment would only add delay.
    socket.setNoDelay(true);
    socket.on("data", (chunk: Uint8Array) => this.delivery.bytes(chunk));
    socket.on("error", (error: Error) => this.#error = error);
    // The far side has finished; a half-open reader link is of no use.
    socket.on("end", () => socket.destroy());
    socket.on("close", () => this.delivery.end(this.#error));
  }

  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const onWritten = (error?: Error | null): void => {
        if (error) reject(this.closed(error));
        else resolve();
      };
      if (this.delivery.isEnded) reject(this.closed(this.#error));
      else this.#socket.write(bytes, onWritten);
    });
  }

  /**
   * Says so and waits for the far side to end too: a socket that is destroyed with bytes unread
   * resets the connection, and a reset takes from the far side what was sent to it before.
   */
  close(): void {
    if (this.delivery.isEnded) return;
    this.delivery.end();
    const socket = this.#socket;
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => clearTimeout(timer));
  }
}
