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
export { BROWSER_LIMITS } from "./browser_limits.ts";
export { forgetStore } from "./idb_key_provider.ts";
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
 *   `WASM_REFUSED`, `SQLITE_NOT_LOADED`, `DEVICE_KEY_LOST`, `STORE_GONE`, `STORE_IN_USE`,
 *   `STORE_NOT_ACCESSIBLE`, and other store errors, of the first opening.
 */
export async function openBrowserTerminal(
  options: BrowserTerminalOptions,
): Promise<PageTerminal> {
  const { worker, ...rest } = options;
  assertServerSide(rest.relay.token, true);
  const order = { kind: "open", options: rest };
  await navigator.storage.persist();
  const terminal = new PageTerminal({
    post: (message) => worker.postMessage(message),
    listen: (onMessage) => {
      worker.onmessage = ({ data }): void => {
        if (data.kind === "awake") worker.postMessage(order);
        else onMessage(data);
      };
    },
    end: () => worker.postMessage({ kind: "leave" }),
  });
  // Now, for a Worker that has been awake for long; the other one is told when it says so.
  worker.postMessage(order);
  await terminal.ready;
  return terminal;
}
