/**
 * The engine of a till, put together in a Worker.
 *
 * Owns: composing the adapters of a browser, and the order in which they are asked: what cannot
 * work is refused before a key or a file is made.
 * @module
 */
import {
  type Gateway,
  loadCore,
  openTerminal,
  type Terminal,
} from "../../engine/mod.ts";
import {
  checkConfiguration,
  optional,
  text,
} from "../../engine/configuration_check.ts";
import {
  assertForBrowser,
  assertServerSide,
} from "../../engine/stripe/server_side.ts";
import { isStoreEmpty } from "../../engine/store/schema.ts";
import { HttpNetwork } from "../web/http_network.ts";
import { SystemClock } from "../web/system_clock.ts";
import { SystemRandom } from "../web/system_random.ts";
import { browserLimits } from "./browser_limits.ts";
import { IdbKeyProvider } from "./idb_key_provider.ts";
import { relayShape } from "./relay_shape.ts";
import { assertWasmAllowed, fetchSqlite } from "./sqlite_file.ts";
import { SETTLING_MS } from "./standing.ts";
import { openBrowserDatabase } from "./store.ts";
import type { WorkerOptions } from "./worker.ts";

const HOST_FIELDS = {
  name: text,
  sqliteUrl: optional(text),
  relay: relayShape,
};

/**
 * Opens the store and a terminal over it.
 *
 * @throws {HoldfastError} `INVALID_ARGUMENT` with the field, `SECRET_KEY_IN_BROWSER`, `WASM_REFUSED`, `SQLITE_NOT_LOADED`, `DEVICE_KEY_LOST`, `STORE_GONE`,
 *   `STORE_IN_USE`, `STORE_NOT_ACCESSIBLE` and other store errors.
 */
export async function openEngine(
  options: WorkerOptions,
  gateway: Gateway,
): Promise<Terminal> {
  const { name, sqliteUrl, relay, offline } = options;
  relayShape(relay, "relay");
  assertServerSide(relay.token, true);
  assertForBrowser(gateway);
  checkConfiguration(options, HOST_FIELDS);
  await assertWasmAllowed();
  const core = await loadCore();
  const wasmBinary = sqliteUrl === undefined
    ? undefined
    : await fetchSqlite(sqliteUrl);
  const database = await openBrowserDatabase(name, wasmBinary);
  try {
    const keys = new IdbKeyProvider(name, isStoreEmpty(database));
    const terminal = await openTerminal({
      core,
      database,
      clock: new SystemClock(),
      random: new SystemRandom(),
      keys,
      network: new HttpNetwork(relay.url),
      gateway,
    }, {
      ...options,
      offline: { ...offline, limits: browserLimits(offline?.limits) },
    });
    askFirst(terminal, () => database.refresh());
    // From then on a power cut does not take the files, so their absence would be news.
    setTimeout(() => {
      // Who cannot note it now does so at the next opening.
      keys.noteStore().catch(() => {});
    }, SETTLING_MS);
    return terminal;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Lets a step of a sale begin only when it is known what the browser promises now: the engine
 * decides in one piece and cannot wait for a browser's answer in the middle. Asking takes about a
 * millisecond.
 */
function askFirst(terminal: Terminal, ask: () => Promise<void>): void {
  const { createPaymentIntent, confirmPaymentIntent } = terminal;
  terminal.createPaymentIntent = async (...args) => {
    await ask();
    return await createPaymentIntent.apply(terminal, args);
  };
  terminal.confirmPaymentIntent = async (...args) => {
    await ask();
    return await confirmPaymentIntent.apply(terminal, args);
  };
}
