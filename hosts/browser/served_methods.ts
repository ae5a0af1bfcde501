/**
 * Which methods of a terminal a page may call.
 *
 * Owns: the lists, and calling. A method that is in none of them does not exist for a page.
 * @module
 */
import {
  type CallOptions,
  type DiscoveryRequest,
  failure,
  type Reading,
  type Terminal,
} from "../../engine/mod.ts";
import { plainResults } from "./plain_error.ts";
import type { Call } from "./protocol.ts";

/** Methods whose last argument is options, to which the page's signal belongs. */
export const LIMITED_METHODS: readonly string[] = [
  "createPaymentIntent",
  "cancelPaymentIntent",
  "retrievePaymentIntent",
  "collectPaymentMethod",
  "confirmPaymentIntent",
  "capturePaymentIntent",
  "refundPayment",
  "reconcile",
  "collectInputs",
  "refreshConfiguration",
  "updatePaymentIntent",
  "setReaderDisplay",
  "readerStatus",
  "rebootReader",
  "installReaderUpdate",
  "probeNetwork",
  "exportStored",
  "importStored",
];

/** Methods that need nothing but their arguments. */
const PLAIN_METHODS: readonly string[] = [
  "createSetupIntent",
  "disconnectReader",
  "listRefunds",
  "readerTotals",
  "receipt",
  "reconciliations",
  "setSimulatedOfflineMode",
  "verifyActivityLog",
  "closeDay",
  "dailyCloses",
  "listPayments",
  "getPayment",
  "timeline",
  "forwardNow",
  "pauseForwarding",
  "resumeForwarding",
  "retryPayment",
  "canOperateOffline",
  "exportAgain",
  "takeBack",
  "concludeHandover",
  "listHandovers",
];

/** What is no method, or not with plain arguments and results. */
const SPECIAL: Readonly<
  Record<
    string,
    (
      terminal: Terminal,
      args: readonly unknown[],
      signal: AbortSignal,
    ) => unknown
  >
> = {
  offlineStatus: (terminal) => terminal.offlineStatus,
  connectedReader: (terminal) => terminal.connectedReader,
  location: (terminal) => terminal.location,
  backup: copyOf,
  discoveryRequest,
  storePayments: async (terminal, [readings, options], signal) =>
    plainResults(
      await terminal.storePayments(readings as Reading[], {
        ...options as CallOptions,
        signal,
      }),
    ),
};

/** Methods that somebody's reader has to do with. */
export const READER_METHODS: ReadonlySet<string> = new Set([
  "collectPaymentMethod",
  "collectInputs",
  "setReaderDisplay",
  "readerStatus",
  "rebootReader",
  "installReaderUpdate",
  "connectedReader",
]);

/**
 * Calls a method; `signal` ends it where it may be ended.
 *
 * @throws {HoldfastError} what the method throws; `INVALID_ARGUMENT` with field `method`.
 */
export async function invoke(
  terminal: Terminal,
  { method, args }: Call,
  signal: AbortSignal,
): Promise<unknown> {
  if (Object.hasOwn(SPECIAL, method)) {
    return await SPECIAL[method](terminal, args, signal);
  }
  const isLimited = LIMITED_METHODS.includes(method);
  if (!isLimited && !PLAIN_METHODS.includes(method)) {
    throw failure("INVALID_ARGUMENT", "a page called an unknown method", {
      field: "method",
    });
  }
  const verbs = terminal as unknown as Record<
    string,
    (...args: readonly unknown[]) => unknown
  >;
  if (!isLimited) return await verbs[method](...args);
  const options = { ...args.at(-1) as object, signal };
  return await verbs[method](...args.slice(0, -1), options);
}

/** The whole copy: a page has no file to write slices to. */
async function copyOf(
  terminal: Terminal,
  [options]: readonly unknown[],
  signal: AbortSignal,
): Promise<Uint8Array> {
  const slices: Uint8Array[] = [];
  const byteLength = await terminal.backup(async (bytes) => {
    slices.push(bytes);
    // Lets sales in between two slices.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }, { ...options as CallOptions, signal });
  const copy = new Uint8Array(byteLength);
  let at = 0;
  for (const slice of slices) {
    copy.set(slice, at);
    at += slice.length;
  }
  return copy;
}

/** What a source is told; the source itself runs in the page. */
async function discoveryRequest(
  terminal: Terminal,
): Promise<Omit<DiscoveryRequest, "signal">> {
  const asked: Omit<DiscoveryRequest, "signal">[] = [];
  await terminal.discoverReaders(({ locationId, remembered }) => {
    asked.push({ locationId, remembered });
    return Promise.resolve([]);
  });
  return asked[0];
}
