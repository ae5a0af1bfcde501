/**
 * Listening for WebSockets, on Node and Deno, through the package `ws`.
 *
 * Owns: what a stranger may do before it has a session: one message of at most 64 KiB at a time,
 * and no compression, which would tell lengths of secrets (RFC 7692 §8).
 * @see docs/adr/0010-ws-and-serialport.md
 * @module
 */
// @ts-types="@types/ws"
import { WebSocket, WebSocketServer } from "ws";
import type { ByteTransport } from "../../engine/ports.ts";
import {
  connectWebSocket as connectStandard,
  type ConnectWebSocketOptions,
  type WebSocketLike,
  WebSocketTransport,
} from "../web/websocket_transport.ts";
import type { TcpAddress, TcpListener } from "./tcp_transport.ts";

/** Four of the largest records. */
const MESSAGE_LENGTH_MAX = 65_536;

/**
 * Listens for WebSocket connections on any path.
 *
 * @param address Port 0 lets the system choose one.
 * @param onConnection Gets every connection; it must not throw.
 */
export function listenWebSocket(
  { host = "127.0.0.1", port }: TcpAddress,
  onConnection: (transport: ByteTransport) => void,
): Promise<TcpListener> {
  return new Promise((resolve, reject) => {
    const server = new WebSocketServer({
      host,
      port,
      maxPayload: MESSAGE_LENGTH_MAX,
      perMessageDeflate: false,
    });
    server.on(
      "connection",
      (socket) => onConnection(new WebSocketTransport(asStandard(socket))),
    );
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      const address = server.address();
      if (address === null || typeof address === "string") {
        return reject(new TypeError("expected a TCP address"));
      }
      resolve({ port: address.port, close: () => close(server) });
    });
  });
}

/** `connectWebSocket` of the web, for Node 20, which has no `WebSocket` of its own. */
export function connectWebSocket(
  url: string,
  options: ConnectWebSocketOptions = {},
): Promise<ByteTransport> {
  return connectStandard(url, {
    create: (url) =>
      asStandard(new WebSocket(url, { perMessageDeflate: false })),
    ...options,
  });
}

function close(server: WebSocketServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of server.clients) socket.terminate();
  });
}

/** The package's sockets speak the web's interface; its types only nearly do. */
function asStandard(socket: WebSocket): WebSocketLike {
  return socket as unknown as WebSocketLike;
}
