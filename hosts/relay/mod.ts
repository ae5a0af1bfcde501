/**
 * The relay: a server between tills and Stripe that holds the key and the opener.
 *
 * A till with a relay has no Stripe key and cannot read its own queue: it sends sealed records
 * and parameters, the relay opens, checks and asks Stripe. See `docs/relay.md`.
 * @module
 */
import Stripe from "stripe";
import type { Core } from "../../bindings/mod.ts";
import type { Gateway } from "../../engine/gateway.ts";
import type { Opener } from "../../engine/opener.ts";
import type { Clock, Database } from "../../engine/ports.ts";
import { receiveWebhook } from "../../engine/stripe/webhooks.ts";
import { Book, type ChainReport } from "./book.ts";
import { type Device, Devices } from "./devices.ts";
import { Relay, type RelayAlarm } from "./relay.ts";
import { RelayServer, type WebhookAnswer } from "./server.ts";
import {
  DEFAULT_TURN_LIMITS,
  inTurn,
  type TurnLimits,
  Turns,
} from "./turns.ts";
export type { ChainReport } from "./book.ts";
export { createDevice, type Device } from "./devices.ts";
export type { RelayAlarm } from "./relay.ts";
export { nameOf } from "./server.ts";
export { DEFAULT_TURN_LIMITS, type TurnLimits } from "./turns.ts";

/** How many webhook events are remembered; three days of a busy account. */
const EVENTS_MAX = 100_000;

/** What a relay is started with. */
export interface RelayOptions {
  /** Opens and checks records. */
  core: Core;
  /** The relay's own file; it holds no card data and no secret. */
  database: Database;
  /** The time; a server's own is `SystemClock`. */
  clock: Clock;
  /** Talks to Stripe; made with the same opener. */
  gateway: Gateway;
  /** Opens records. */
  opener: Opener;
  /** Who may call. */
  devices: readonly Device[];
  /** Port; 0 for any free one. @default 0 */
  port?: number;
  /** Address to listen on. @default "127.0.0.1" */
  host?: string;
  /** Signing secret of Stripe's webhook endpoint; without it there is none. @default null */
  webhookSecret?: string | null;
  /** Milliseconds one call to Stripe may take. @default 12_000, less than a till's 15_000 */
  callDeadlineMs?: number;
  /** Requests one device may have under way. @default 32, twice what a till's forwarder keeps under way */
  concurrencyMax?: number;
  /**
   * How far past the highest seq it knows a record may be; walking so far along a chain takes
   * half a second. Raise it for a relay whose book was lost. @default 100_000
   */
  seqGapMax?: number;
  /** How often Stripe may be asked, by all devices together. @default below Stripe's limits */
  turns?: Partial<TurnLimits>;
  /** Told what a person should look at. */
  onAlarm?: (alarm: RelayAlarm) => void;
  /** Told what a webhook led to: the intent as Stripe has it now. */
  onIntent?: (intent: { id: string; status: string }) => void;
  /** Told of an error of the relay itself. */
  onError?: (error: unknown) => void;
}

/** A running relay. */
export interface RunningRelay {
  /** Where tills connect. */
  readonly url: string;
  /** High-water marks, gaps and quarantined records of every device. */
  chains(): ChainReport[];
  /** Lets a quarantined record (hash, 64 hex digits) be forwarded; true when it was one. */
  admit(hash: string): boolean;
  /** Answers what is under way, stops, and closes the book. */
  close(): Promise<void>;
}

/** Starts a relay. */
export async function startRelay(options: RelayOptions): Promise<RunningRelay> {
  const { database } = options;
  const devices = new Devices(options.devices);
  const { book, relay } = makeRelay(options, devices);
  const server = new RelayServer({
    relay,
    devices,
    onWebhook: options.webhookSecret
      ? webhooks(options.webhookSecret, book, relay, options)
      : null,
    concurrencyMax: options.concurrencyMax ?? 32,
    onError: (error) => {
      // A poisoned book refuses everything until it is read again from disk.
      if (isStoreError(error)) database.reopen();
      options.onError?.(error);
    },
  });
  const url = await server.listen(
    options.port ?? 0,
    options.host ?? "127.0.0.1",
  );
  return {
    url,
    chains: () => book.chains(),
    admit: (hash) => book.admit(fromHex(hash)),
    close: async () => {
      await server.close();
      database.close();
    },
  };
}

/** What of the options concerns answering, not serving. */
export type AnswerOptions = Omit<
  RelayOptions,
  "port" | "host" | "webhookSecret" | "onIntent" | "onError"
>;

/** A relay over its book, without a server. */
export function makeRelay(
  options: AnswerOptions,
  devices: Devices = new Devices(options.devices),
): { book: Book; relay: Relay } {
  const { core, database, clock, gateway, opener } = options;
  const book = new Book(database, clock);
  const turns = { ...DEFAULT_TURN_LIMITS, ...options.turns };
  const relay = new Relay({
    core,
    clock,
    opener,
    gateway: inTurn(gateway, new Turns(clock, turns)),
    book,
    callDeadlineMs: options.callDeadlineMs ?? 12_000,
    seqGapMax: options.seqGapMax ?? 100_000,
    mayActFor: (device, owner) => devices.mayActFor(device, owner),
    onAlarm: options.onAlarm ?? (() => {}),
  });
  return { book, relay };
}

function webhooks(
  secret: string,
  book: Book,
  relay: Relay,
  options: RelayOptions,
): (body: string, signature: string) => Promise<WebhookAnswer> {
  // Verification needs no key; the name says that this client cannot call anything.
  const stripe = new Stripe("sk_test_verification_only", { telemetry: false });
  const parts = {
    stripe,
    secret,
    inbox: {
      note: (id: string, type: string) => book.noteEvent(id, type, EVENTS_MAX),
      forget: (id: string) => book.forgetEvent(id),
    },
    look: (id: string) => relay.look(id),
    nowMs: () => options.clock.nowMs(),
  };
  return async (body, signature) => {
    const outcome = await receiveWebhook(parts, body, signature);
    switch (outcome.kind) {
      case "refused":
        return 400;
      case "unavailable":
        return 503;
      case "intent":
        options.onIntent?.(outcome.intent);
        return 200;
      case "duplicate":
      case "ignored":
        return 200;
    }
  };
}

function isStoreError(error: unknown): boolean {
  const { code = "" } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" && code.startsWith("STORE_");
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
