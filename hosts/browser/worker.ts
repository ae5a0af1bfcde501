/**
 * The Worker's side: the seat among the tabs, and the messages of its page.
 *
 * Owns: what a page says first and last. An app has a Worker file of two lines that imports
 * this and calls {@link serveTerminal}; so its own bundler finds and places it.
 * @module
 */
import {
  failure,
  type Gateway,
  type TerminalConfiguration,
} from "../../engine/mod.ts";
import { createRelayClient } from "../web/relay_gateway.ts";
import { openEngine } from "./open_engine.ts";
import { toPlain } from "./plain_error.ts";
import {
  type Envelope,
  lifeLock,
  PROTOCOL_VERSION,
  type ToTerminal,
} from "./protocol.ts";
import { Seat } from "./seat.ts";
import { storeLock } from "./store.ts";

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
  | {
    kind: "open";
    options: WorkerOptions;
    /** Whether the page answers when a manager is asked. */
    hasApprover: boolean;
    /** Whether a Worker that died served this page before. */
    isAgain: boolean;
  }
  | { kind: "leave" };

/** The part of a dedicated Worker's scope that is used. */
interface WorkerScope {
  postMessage(message: unknown): void;
  addEventListener(
    type: "message" | "messageerror",
    listener: (event: MessageEvent) => void,
  ): void;
  close(): void;
}

type CreateGateway = (options: WorkerOptions) => Gateway;

/** Serves a terminal to the page that made this Worker, until the page lets it go. */
export function serveTerminal(
  createGateway: CreateGateway = (options) => createRelayClient(options.relay),
): void {
  const scope = globalThis as unknown as WorkerScope;
  const fail = (error: unknown): void =>
    scope.postMessage({ kind: "failed", error: toPlain(error) });
  // What a page says while its Worker gets up waits here.
  let seat: Promise<Seat> | null = null;
  scope.addEventListener("message", ({ data }: MessageEvent) => {
    const message = data as ToTerminal | WorkerOrder;
    if (message.kind === "open") {
      if (seat !== null) return; // It was told already.
      seat = sitDown(scope, message, createGateway);
      seat.then((it) => it.take()).catch(fail);
    } else if (message.kind === "leave") {
      if (seat === null) scope.close();
      void seat?.then((it) => it.leave()).finally(() => scope.close());
    } else void seat?.then((it) => it.onPage(message));
  });
  scope.addEventListener("messageerror", () =>
    fail(
      failure("WORKER_GONE", "what the page said could not be read"),
    ));
  // A bundler may load this module after the Worker's script has run, and what the page said until
  // then is lost; it says it again.
  scope.postMessage({ kind: "awake" });
}

/** Takes the lock that others know this Worker's life by, and then its seat. */
async function sitDown(
  scope: WorkerScope,
  order: WorkerOrder & { kind: "open" },
  createGateway: CreateGateway,
): Promise<Seat> {
  const { options, hasApprover, isAgain } = order;
  const tab = crypto.randomUUID();
  const lock = lifeLock(tab);
  await new Promise<void>((resolve) =>
    void navigator.locks.request(lock, () => {
      resolve();
      return new Promise(() => {});
    })
  );
  scope.postMessage({ kind: "alive", version: PROTOCOL_VERSION, lock });
  const channel = new BroadcastChannel(`holdfast:${options.name}`);
  const seat = new Seat({
    tab,
    open: (approve) =>
      openEngine(
        hasApprover
          ? { ...options, offline: { ...options.offline, approve } }
          : options,
        createGateway(options),
      ),
    lock: (lead) =>
      navigator.locks.request(storeLock(options.name), lead) as Promise<void>,
    whenGone: (other) =>
      navigator.locks.request(lifeLock(other), () => {}) as Promise<void>,
    broadcast: (envelope) => channel.postMessage(envelope),
    toPage: (message) => scope.postMessage(message),
  }, isAgain);
  channel.onmessage = ({ data }): void => seat.onEnvelope(data as Envelope);
  return seat;
}
