/**
 * Holdfast in a browser: a terminal whose engine and store live in a Worker.
 *
 * Owns: the page's side. The store is OPFS in a dedicated Worker; of several tabs one holds it and
 * the others pass on to it. There is no fallback to memory: without a durable store there is no
 * offline sale.
 * @module
 */
import { assertServerSide } from "../../engine/stripe/server_side.ts";
import { PageTerminal } from "./page_terminal.ts";
import type { WorkerOptions } from "./worker.ts";

export * from "../../engine/mod.ts";
export { PageTerminal } from "./page_terminal.ts";
export {
  BLUETOOTH_READER,
  type BluetoothCharacteristic,
  connectWebBluetooth,
  type WebBluetoothDevice,
} from "./web_bluetooth_transport.ts";
export {
  connectWebSerial,
  type WebSerialPort,
} from "./web_serial_transport.ts";
export {
  connectWebUsb,
  type WebUsbDevice,
  type WebUsbEndpoint,
} from "./web_usb_transport.ts";
export {
  connectWebSocket,
  type ConnectWebSocketOptions,
  type WebSocketLike,
} from "../web/websocket_transport.ts";
export { SystemClock } from "../web/system_clock.ts";
export { SystemRandom } from "../web/system_random.ts";
export type { WorkerOptions } from "./worker.ts";

/** What a page opens a terminal with. */
export interface BrowserTerminalOptions extends WorkerOptions {
  /**
   * A module Worker of the app whose file calls `serveTerminal()` of `/browser/worker`; owned by
   * the terminal from now on.
   */
  worker: Worker;
}

/**
 * Asks for persistent storage, opens or joins the store, and resolves when a terminal serves this
 * page. Call it from a user's gesture where the browser asks the user.
 *
 * @throws {HoldfastError} `SECRET_KEY_IN_BROWSER` when the relay's token is a Stripe key;
 *   `STORE_IN_USE`, `STORE_NOT_ACCESSIBLE`, and other store errors, of the first opening.
 */
export async function openBrowserTerminal(
  options: BrowserTerminalOptions,
): Promise<PageTerminal> {
  const { worker, ...rest } = options;
  assertServerSide(rest.relay.token, true);
  await navigator.storage.persist();
  const terminal = new PageTerminal({
    post: (message) => worker.postMessage(message),
    listen: (onMessage) => {
      worker.onmessage = ({ data }): void => onMessage(data);
    },
    end: () => worker.postMessage({ kind: "leave" }),
  });
  worker.postMessage({ kind: "open", options: rest });
  await terminal.ready;
  return terminal;
}
