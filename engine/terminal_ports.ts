/**
 * The ports one terminal is built from.
 * @module
 */
import type { Core } from "../bindings/mod.ts";
import type { Backend } from "./backend.ts";
import type { Gateway } from "./gateway.ts";
import type { Clock, Database, KeyProvider, Network, Random } from "./ports.ts";

/** Everything a terminal needs from its host; composed in `hosts/<runtime>/mod.ts`. */
export interface TerminalPorts {
  core: Core;
  database: Database;
  clock: Clock;
  random: Random;
  keys: KeyProvider;
  network: Network;
  gateway: Gateway;
  /** Where Locations and configurations come from; without it the app says everything itself. */
  backend?: Backend;
}
