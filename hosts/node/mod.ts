/**
 * Holdfast on Node: SQLite on a real file, readers in a network or on a cable, the official `stripe` client.
 *
 * Owns: composing the adapters; nothing else constructs them.
 * @module
 */
import { loadCore, openTerminal, type Terminal } from "../../engine/mod.ts";
import { FileKeyProvider } from "../posix/file_key_provider.ts";
import { HttpNetwork } from "../web/http_network.ts";
import { stripePorts } from "../posix/stripe_gateway.ts";
import { SystemClock } from "../web/system_clock.ts";
import { SystemRandom } from "../web/system_random.ts";
import {
  configurationOf,
  type ServerTerminalOptions,
} from "../posix/terminal_options.ts";
import { openNodeDatabase } from "./store.ts";

export * from "../../engine/mod.ts";
export type { ServerTerminalOptions } from "../posix/terminal_options.ts";
export {
  createStripeBackend,
  createStripeGateway,
  type StripeGatewayOptions,
} from "../posix/stripe_gateway.ts";
export { SystemClock } from "../web/system_clock.ts";
export { SystemRandom } from "../web/system_random.ts";
export { createRelayClient, type RelayOptions } from "../web/relay_gateway.ts";
export { backupToFile } from "../posix/backup.ts";
export {
  connectSerial,
  type SerialPortLike,
} from "../posix/serial_transport.ts";
export * from "../posix/links.ts";
export { openNodeDatabase } from "./store.ts";

/**
 * Opens a terminal over the file `options.path`; needs no network and no token.
 *
 * @throws {HoldfastError} `STORE_IN_USE` when another process holds the file; `STORE_*`;
 *   `DEVICE_KEY_UNAVAILABLE`.
 */
export async function openNodeTerminal(
  options: ServerTerminalOptions,
): Promise<Terminal> {
  const core = await loadCore();
  const database = await openNodeDatabase(options.path);
  try {
    return await openTerminal({
      core,
      database,
      clock: new SystemClock(),
      random: new SystemRandom(),
      keys: new FileKeyProvider(options.keyPath ?? `${options.path}.key`),
      network: new HttpNetwork(options.probeUrl),
      ...stripePorts(core, options),
    }, configurationOf(options));
  } catch (error) {
    database.close();
    throw error;
  }
}
