/**
 * What an app gets on Deno and on Node alike, beside the engine.
 * @module
 */
export { createRelayClient, type RelayOptions } from "../web/relay_gateway.ts";
export { SystemClock } from "../web/system_clock.ts";
export { SystemRandom } from "../web/system_random.ts";
export type {
  ConnectWebSocketOptions,
  WebSocketLike,
} from "../web/websocket_transport.ts";
export { backupToFile } from "./backup.ts";
export { PairingFiles } from "./pairing_files.ts";
export {
  createStripeBackend,
  createStripeGateway,
  type StripeGatewayOptions,
} from "./stripe_gateway.ts";
export {
  connectTcp,
  listenTcp,
  type TcpAddress,
  type TcpListener,
} from "./tcp_transport.ts";
export type { ServerTerminalOptions } from "./terminal_options.ts";
export { connectWebSocket, listenWebSocket } from "./websocket_listener.ts";
