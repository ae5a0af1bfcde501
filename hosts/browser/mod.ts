/**
 * Holdfast in a browser: a terminal whose engine and store live in a Worker.
 *
 * Owns: the page's side. The store is OPFS in a dedicated Worker; of several tabs one holds it and
 * the others pass on to it. There is no fallback to memory: without a durable store there is no
 * offline sale.
 * @module
 */
import { assertServerSide } from "../../engine/stripe/server_side.ts";
import { postCloneable } from "./cloneable.ts";
import { PageTerminal } from "./page_terminal.ts";
import { relayShape } from "./relay_shape.ts";
import type { WorkerOptions } from "./worker.ts";
import { BrowserWorkerLink } from "./worker_link.ts";

export * from "../../engine/mod.ts";
export { BROWSER_LIMITS } from "./browser_limits.ts";
export { forgetStore } from "./idb_key_provider.ts";
export {
  type BrowserSalvage,
  type Salvaged,
  type SalvagedFile,
  salvageStore,
} from "./salvage.ts";
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
   * the terminal from now on. Given a function that makes one, the terminal goes on by itself when
   * its Worker dies; given the Worker only, it is over then, and the app opens another one.
   */
  worker: Worker | (() => Worker);
}

/**
 * Asks for persistent storage, opens or joins the store, and resolves when a terminal serves this
 * page. Call it from a user's gesture where the browser asks the user.
 *
 * `offline.approve` is asked in this page. Every other option crosses to the Worker: it may hold
 * no function. All tabs of a store are opened with the same options; the leading tab's hold.
 *
 * @throws {HoldfastError} `SECRET_KEY_IN_BROWSER` when the relay's token is a Stripe key;
 *   `INVALID_ARGUMENT` with the field of an option that is wrong or cannot cross; `WORKER_GONE`
 *   when the Worker cannot start; `TAB_OUTDATED` when another release of the app leads;
 *   `WASM_REFUSED`, `SQLITE_NOT_LOADED`, `DEVICE_KEY_LOST`, `STORE_GONE`, `STORE_IN_USE`,
 *   `STORE_NOT_ACCESSIBLE`, and other store errors, of the first opening.
 */
export async function openBrowserTerminal(
  options: BrowserTerminalOptions,
): Promise<PageTerminal> {
  const { worker, offline: { approve, ...offline } = {}, ...rest } = options;
  relayShape(rest.relay, "relay");
  assertServerSide(rest.relay.token, true);
  const own = { ...rest, offline };
  postCloneable("openBrowserTerminal", [own], () => structuredClone(own));
  const link = (isAgain: boolean): BrowserWorkerLink => {
    const made = typeof worker === "function" ? worker() : worker;
    const hasApprover = approve !== undefined;
    const order = { kind: "open", options: own, hasApprover, isAgain };
    return new BrowserWorkerLink(made, order);
  };
  const restart = (): BrowserWorkerLink => {
    const made = link(true);
    made.start();
    return made;
  };
  const first = link(false);
  // Listens already: a Worker may fail while the browser asks its user.
  const terminal = new PageTerminal(first, {
    ...rest,
    ...(approve === undefined ? {} : { approve }),
    ...(typeof worker === "function" ? { restart } : {}),
  });
  await navigator.storage.persist();
  first.start();
  await terminal.ready;
  return terminal;
}
