/**
 * Opening a terminal on a server runtime.
 *
 * Owns: which adapters it is made of; the runtime brings only its way to open the file.
 * @module
 */
import {
  type Database,
  loadCore,
  openTerminal,
  type Terminal,
} from "../../engine/mod.ts";
import { isStoreEmpty } from "../../engine/store/schema.ts";
import { HttpNetwork } from "../web/http_network.ts";
import { SystemClock } from "../web/system_clock.ts";
import { SystemRandom } from "../web/system_random.ts";
import { FileKeyProvider } from "./file_key_provider.ts";
import { stripePorts } from "./stripe_gateway.ts";
import {
  checkOptions,
  configurationOf,
  type ServerTerminalOptions,
} from "./terminal_options.ts";

/**
 * Opens a terminal over the file `options.path`.
 *
 * @param openDatabase The runtime's own; what it opened is closed when the terminal cannot be.
 * @throws {HoldfastError} `INVALID_ARGUMENT` with the field, before any file is made; `STORE_IN_USE` when another process holds the file; `STORE_*`;
 *   `DEVICE_KEY_UNAVAILABLE`; `DEVICE_KEY_LOST` when the store is there and its key is not.
 */
export async function openServerTerminal(
  openDatabase: (path: string) => Promise<Database>,
  options: ServerTerminalOptions,
): Promise<Terminal> {
  checkOptions(options);
  const core = await loadCore();
  const database = await openDatabase(options.path);
  try {
    return await openTerminal({
      core,
      database,
      clock: new SystemClock(),
      random: new SystemRandom(),
      keys: new FileKeyProvider(
        options.keyPath ?? `${options.path}.key`,
        isStoreEmpty(database),
      ),
      network: new HttpNetwork(options.probeUrl),
      ...stripePorts(core, options),
    }, configurationOf(options));
  } catch (error) {
    database.close();
    throw error;
  }
}
