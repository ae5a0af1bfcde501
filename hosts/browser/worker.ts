/**
 * The Worker's side: the engine, the store, and the lock between tabs.
 *
 * Owns: composing the adapters of a browser. An app has a Worker file of two lines that imports
 * this and calls {@link serveTerminal}; so its own bundler finds and places it.
 * @module
 */
import {
  type Gateway,
  loadCore,
  openTerminal,
  type Terminal,
  type TerminalConfiguration,
} from "../../engine/mod.ts";
import { createRelayClient } from "../web/relay_gateway.ts";
import { HttpNetwork } from "../web/http_network.ts";
import { SystemClock } from "../web/system_clock.ts";
import { SystemRandom } from "../web/system_random.ts";
import { IdbKeyProvider } from "./idb_key_provider.ts";
import { type Envelope, type Message, toPlain } from "./protocol.ts";
import { Seat } from "./seat.ts";
import { openBrowserDatabase } from "./store.ts";

/** What a page tells its Worker first. */
export interface WorkerOptions extends TerminalConfiguration {
  /** Name of the store, 1..64 letters or digits; one per shop and mode. */
  name: string;
  /** The relay that holds the Stripe key; a browser never does. */
  relay: { url: string; token: string };
  /** Where SQLite's module is, where a bundler does not put it beside the script. */
  sqliteUrl?: string;
}

/** The first and the last thing a page says. */
export type WorkerOrder =
  | { kind: "open"; options: WorkerOptions }
  | { kind: "leave" };

/** The part of a dedicated Worker's scope that is used. */
interface WorkerScope {
  postMessage(message: unknown): void;
  addEventListener(
    type: "message",
    listener: (event: MessageEvent) => void,
  ): void;
  close(): void;
}

/** Serves a terminal to the page that made this Worker, until the page lets it go. */
export function serveTerminal(
  createGateway: (options: WorkerOptions) => Gateway = (options) =>
    createRelayClient(options.relay),
): void {
  const scope = globalThis as unknown as WorkerScope;
  let seat: Seat | null = null;
  scope.addEventListener("message", ({ data }: MessageEvent) => {
    const message = data as Message | WorkerOrder;
    if (message.kind === "open") {
      seat = sitDown(scope, message.options, createGateway);
    } else if (message.kind === "leave") {
      void seat?.leave().finally(() => scope.close());
    } else seat?.onPage(message);
  });
}

function sitDown(
  scope: WorkerScope,
  options: WorkerOptions,
  createGateway: (options: WorkerOptions) => Gateway,
): Seat {
  const channel = new BroadcastChannel(`holdfast:${options.name}`);
  const seat = new Seat({
    tab: crypto.randomUUID(),
    open: () => open(options, createGateway(options)),
    lock: (lead) =>
      navigator.locks.request(`holdfast:${options.name}`, lead) as Promise<
        void
      >,
    broadcast: (envelope) => channel.postMessage(envelope),
    toPage: (message) => scope.postMessage(message),
  });
  channel.onmessage = ({ data }): void => seat.onEnvelope(data as Envelope);
  seat.take().catch((error) => {
    scope.postMessage({ kind: "failed", error: toPlain(error) });
  });
  return seat;
}

async function open(
  options: WorkerOptions,
  gateway: Gateway,
): Promise<Terminal> {
  const database = await openBrowserDatabase(
    options.name,
    options.sqliteUrl === undefined
      ? undefined
      : new Uint8Array(await (await fetch(options.sqliteUrl)).arrayBuffer()),
  );
  try {
    return await openTerminal({
      core: await loadCore(),
      database,
      clock: new SystemClock(),
      random: new SystemRandom(),
      keys: new IdbKeyProvider(options.name),
      network: new HttpNetwork(options.relay.url),
      gateway,
    }, options);
  } catch (error) {
    database.close();
    throw error;
  }
}
