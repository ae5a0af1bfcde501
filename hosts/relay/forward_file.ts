/**
 * A relay that forwards a sealed export by itself, without a till.
 *
 * Owns: that the file's payments go the same way as those of a till: imported into a store, which
 * keeps every key before its first send, and through the relay's own checks and its book. Run
 * again it goes on where it stopped.
 * @module
 */
import type { Core } from "../../bindings/mod.ts";
import {
  type Database,
  failure,
  type GatewayIdentity,
  type ImportReport,
  type KeyProvider,
  type Network,
  openTerminal,
  type Payment,
  type Random,
  type Recipient,
} from "../../engine/mod.ts";
import { createRelayGateway } from "../../engine/relay/relay_gateway.ts";
import { readExportHeader } from "../../engine/handover/export_file.ts";
import {
  decodeRequest,
  encodeMessage,
  isRelayVerb,
  RELAY_PATH,
} from "../../engine/relay/protocol.ts";
import { toHex } from "../../engine/uuid.ts";
import { type AnswerOptions, makeRelay } from "./mod.ts";
import type { Relay } from "./relay.ts";

/** What to forward, and over what. */
export interface ForwardFileOptions extends AnswerOptions {
  core: Core;
  random: Random;
  /** Where the imported payments live until they have their outcomes. */
  imports: Database;
  keys: KeyProvider;
  network: Network;
  /** A recipient whose private key the opener has. */
  recipient: Recipient;
  file: Uint8Array;
  code: string;
  /** In whose name, where the book does not know the device that made the file. */
  actAs?: string;
  /** Milliseconds after which what is still open is left for the next run. */
  deadlineMs: number;
}

/** What came of it. */
export interface ForwardFileReport {
  imported: ImportReport;
  payments: Payment[];
}

/**
 * Imports the file and forwards it; takes ownership of both databases.
 *
 * @throws {HoldfastError} as `Terminal.importStored`; `FORWARDING_UNAUTHORIZED` when Stripe does
 *   not take the relay's key, `STRIPE_API_CONNECTION_ERROR` when it does not answer;
 *   `INVALID_ARGUMENT` when nobody knows in whose name to forward.
 */
export async function forwardFile(
  options: ForwardFileOptions,
): Promise<ForwardFileReport> {
  const { core, clock, database, imports } = options;
  try {
    // Before anybody is asked: what is no export needs no connection to be refused.
    const { deviceId } = readExportHeader(options.file);
    const { book, relay } = makeRelay(options);
    const { account: id, isLivemode } = await ownAccount(relay);
    const name = book.ownerOf(toHex(deviceId)) ?? options.actAs;
    if (name === undefined) {
      throw failure(
        "INVALID_ARGUMENT",
        "the book does not know this device: say in whose name to forward",
        { field: "as" },
      );
    }
    const terminal = await openTerminal({
      core,
      clock,
      database: imports,
      random: options.random,
      keys: options.keys,
      network: options.network,
      gateway: createRelayGateway(exchangeWith(relay, name)),
    }, {
      account: { id, isLivemode },
      // No card is ever read here, so no country's rules apply.
      location: { country: "US" },
      recipient: options.recipient,
    });
    try {
      const imported = await terminal.importStored(options.file, options.code, {
        isOtherRecipientAllowed: true,
      });
      const endMs = clock.monotonicMs() + options.deadlineMs;
      const signal = new AbortController().signal;
      const isOpen = (): boolean =>
        terminal.offlineStatus.sdk.offlinePaymentsCount > 0;
      while (isOpen() && clock.monotonicMs() < endMs) {
        await clock.sleep(20, signal);
      }
      const payments = [...imported.imported, ...imported.known].map((
        localId,
      ) => terminal.getPayment(localId)!);
      return { imported, payments };
    } finally {
      await terminal.close();
    }
  } finally {
    imports.close();
    database.close();
  }
}

/** Whose money the relay's key moves. */
async function ownAccount(
  relay: Relay,
): Promise<Extract<GatewayIdentity, { kind: "identity" }>> {
  const identity = await relay.answer("", "identify", {});
  if (identity.kind === "identity") return identity;
  const isAnswered = identity.kind === "unauthorized";
  throw failure(
    isAnswered ? "FORWARDING_UNAUTHORIZED" : "STRIPE_API_CONNECTION_ERROR",
    isAnswered ? `Stripe says ${identity.code}` : "Stripe cannot be asked now",
  );
}

/** The relay's answers without HTTP in between, checked by the same forms. */
function exchangeWith(
  relay: Relay,
  device: string,
): (path: string, body: string) => Promise<string> {
  return async (path, body) => {
    const verb = path.slice(RELAY_PATH.length);
    const asked = isRelayVerb(verb) ? decodeRequest(verb, body) : null;
    if (!isRelayVerb(verb) || asked === null) {
      throw new TypeError("a request of our own has the wrong form");
    }
    return encodeMessage(await relay.answer(device, verb, asked));
  };
}
