/**
 * The Worker's side: the seat among the tabs, and the messages of its page.
 *
 * Owns: what a page says first and last. An app has a Worker file of two lines that imports
 * this and calls {@link serveTerminal}; so its own bundler finds and places it.
 * @module
 */
import type { Gateway, TerminalConfiguration } from "../../engine/mod.ts";
import { createRelayClient } from "../web/relay_gateway.ts";
import { openEngine } from "./open_engine.ts";
import { type Envelope, type Message, toPlain } from "./protocol.ts";
import { Seat } from "./seat.ts";

/** What a page tells its Worker first. */
export interface WorkerOptions extends TerminalConfiguration {
  /** Name of the store, 1..64 letters or digits; one per shop and mode. */
  name: string;
  /** The relay that holds the Stripe key; a browser never does. */
  relay: { url: string; token: string };
  /** URL of SQLite's module. @default beside the Worker's script, where bundlers put it */
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
      seat ??= sitDown(scope, message.options, createGateway);
    } else if (message.kind === "leave") {
      void seat?.leave().finally(() => scope.close());
    } else seat?.onPage(message);
  });
  // A bundler may load this module after the Worker's script has run, and what the page said until
  // then is lost (webpack 5 does); it says it again.
  scope.postMessage({ kind: "awake" });
}

function sitDown(
  scope: WorkerScope,
  options: WorkerOptions,
  createGateway: (options: WorkerOptions) => Gateway,
): Seat {
  const channel = new BroadcastChannel(`holdfast:${options.name}`);
  const seat = new Seat({
    tab: crypto.randomUUID(),
    open: () => openEngine(options, createGateway(options)),
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
