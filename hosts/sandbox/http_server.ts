/**
 * A small HTTP server over `node:http` that can lose its network.
 *
 * Owns: sockets. Serves Node and Deno alike; whole requests go to a function
 * that answers, breaks the connection, or stays silent.
 * @module
 */
import { Buffer } from "node:buffer";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { ApiRequest } from "./api.ts";
import type { Delivery } from "./delivery.ts";

// The largest request here is some 10 kB; the limit only stops abuse.
const MAX_BODY_BYTES = 1 << 20;

/** Answers one request. */
export type RequestHandler = (
  request: ApiRequest,
) => Delivery | Promise<Delivery>;

/** A server on one port. */
export class HttpServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isOffline = false;

  /** Answers with `handler`; call `listen` to start. */
  constructor(handler: RequestHandler) {
    this.#server = createServer((request, response) => {
      if (this.#isOffline) return void request.socket.destroy();
      void serve(request, response, handler);
    });
    // Longer than any client's own idle time, so that a closed connection is
    // a fault that was asked for and not an accident of timing.
    this.#server.keepAliveTimeout = 120_000;
    this.#server.on("connection", (socket: Socket) => {
      // A reset: where a connection ends in order before its request is on the way, Node's fetch
      // makes another one, and another, until its caller's deadline.
      if (this.#isOffline) return void socket.resetAndDestroy();
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => socket.destroy());
    });
  }

  /** Starts on `host` and `port` (0 for any); returns the URL. */
  listen(port: number, host: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        const address = this.#server.address() as AddressInfo;
        resolve(`http://${host}:${address.port}`);
      });
    });
  }

  /** Cuts the network: every connection breaks, new ones as well. */
  setOffline(isOffline: boolean): void {
    this.#isOffline = isOffline;
    if (isOffline) this.#breakAll();
  }

  /** Breaks every connection and stops. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#breakAll();
    });
  }

  #breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  handler: RequestHandler,
): Promise<void> {
  const body = await readBody(request);
  if (body === null) return void request.socket.destroy();
  const [path, query = ""] = (request.url ?? "/").split("?");
  const delivery = await handler({
    method: request.method ?? "GET",
    path,
    query,
    headers: request.headers as Record<string, string>,
    body,
  });
  if (delivery === "hold") return;
  if (delivery === "destroy") return void request.socket.destroy();
  const bytes = Buffer.from(delivery.body);
  response.writeHead(delivery.status, {
    ...delivery.headers,
    "content-length": bytes.length,
  });
  response.end(bytes);
}

/** Returns the body, or null when the client broke off or sent too much. */
function readBody(request: IncomingMessage): Promise<string | null> {
  if (request.method === "GET") return Promise.resolve("");
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_BODY_BYTES) resolve(null);
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    request.on("error", () => resolve(null));
    request.on("aborted", () => resolve(null));
  });
}
