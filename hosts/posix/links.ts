/**
 * Every way to a reader that Deno and Node share, and what pairing with one leaves behind.
 * @module
 */
export { PairingFiles } from "./pairing_files.ts";
export {
  connectTcp,
  listenTcp,
  type TcpAddress,
  type TcpListener,
} from "./tcp_transport.ts";
export { connectWebSocket, listenWebSocket } from "./websocket_listener.ts";
export type {
  ConnectWebSocketOptions,
  WebSocketLike,
} from "../web/websocket_transport.ts";
