/**
 * Holdfast on Deno: SQLite on a real file, readers in a network, the official `stripe` client.
 * @module
 */
import type { Terminal } from "../../engine/mod.ts";
import { openServerTerminal } from "../posix/open_terminal.ts";
import type { ServerTerminalOptions } from "../posix/terminal_options.ts";
import { openDenoDatabase } from "./store.ts";

export * from "../../engine/mod.ts";
export * from "../posix/server.ts";
export { openDenoDatabase } from "./store.ts";

/**
 * Opens a terminal over the file `options.path`; needs no network and no token.
 *
 * @throws {HoldfastError} `STORE_IN_USE` when another process holds the file; `STORE_*`;
 *   `DEVICE_KEY_UNAVAILABLE`.
 */
export function openDenoTerminal(
  options: ServerTerminalOptions,
): Promise<Terminal> {
  return openServerTerminal(openDenoDatabase, options);
}
