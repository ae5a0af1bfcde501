/**
 * A terminal served to pages: calls in, answers and events out.
 *
 * Owns: which methods a page may call, and that a call which was cancelled by its page is
 * cancelled in the terminal. It does not know where a message came from; whoever feeds it does.
 * @module
 */
import type { ByteTransport, Terminal } from "../../engine/mod.ts";
import { failure } from "../../engine/mod.ts";
import type { TerminalEvents } from "../../engine/events.ts";
import { type Answer, type Call, toPlain } from "./protocol.ts";

/** Methods whose last argument is options, to which the page's signal belongs. */
const LIMITED_METHODS: readonly string[] = [
  "createPaymentIntent",
  "retrievePaymentIntent",
  "collectPaymentMethod",
  "confirmPaymentIntent",
  "capturePaymentIntent",
  "refundPayment",
  "reconcile",
  "collectInputs",
  "refreshConfiguration",
];

/** Methods that need nothing but their arguments. */
const PLAIN_METHODS: readonly string[] = [
  "updatePaymentIntent",
  "cancelPaymentIntent",
  "listRefunds",
  "receipt",
  "setReaderDisplay",
  "readerStatus",
  "rebootReader",
  "installReaderUpdate",
  "setSimulatedOfflineMode",
  "verifyActivityLog",
  "closeDay",
  "dailyCloses",
  "listPayments",
  "getPayment",
  "timeline",
  "forwardNow",
  "probeNetwork",
  "pauseForwarding",
  "resumeForwarding",
  "retryPayment",
  "canOperateOffline",
  "exportStored",
  "exportAgain",
  "takeBack",
  "concludeHandover",
  "importStored",
  "listHandovers",
];

const EVENTS: readonly (keyof TerminalEvents)[] = [
  "offlineStatusChange",
  "paymentForwarded",
  "forwardingFailure",
  "captureWindowClosing",
  "readerEvent",
];

/** One terminal with the calls that are under way. */
export class ServedTerminal {
  readonly #terminal: Terminal;
  readonly #running = new Map<string, AbortController>();

  /** Serves `terminal`; `tell` gets every event for every page. */
  constructor(
    terminal: Terminal,
    tell: (type: string, detail: unknown) => void,
  ) {
    this.#terminal = terminal;
    for (const type of EVENTS) {
      terminal.on(type, (detail) => tell(type, plainDetail(type, detail)));
    }
  }

  /** Executes a call of the page `from`; never rejects. */
  async execute(from: string, call: Call): Promise<Answer> {
    const key = `${from} ${call.id}`;
    const abort = new AbortController();
    this.#running.set(key, abort);
    try {
      const value = await this.#invoke(call, abort.signal);
      return { kind: "answer", id: call.id, value };
    } catch (error) {
      return { kind: "answer", id: call.id, error: toPlain(error) };
    } finally {
      this.#running.delete(key);
    }
  }

  /** Cancels a call that is under way, if it still is. */
  cancel(from: string, id: number): void {
    this.#running.get(`${from} ${id}`)?.abort(
      new DOMException("the page cancelled the call", "AbortError"),
    );
  }

  /** Connects a reader that hangs on a page. */
  async connectReader(id: number, transport: ByteTransport): Promise<Answer> {
    try {
      const value = await this.#terminal.connectReader(transport);
      return { kind: "answer", id, value };
    } catch (error) {
      return { kind: "answer", id, error: toPlain(error) };
    }
  }

  /** Closes the terminal and its store. */
  async close(): Promise<void> {
    for (const abort of this.#running.values()) abort.abort();
    await this.#terminal.close();
  }

  async #invoke(call: Call, signal: AbortSignal): Promise<unknown> {
    const { method, args } = call;
    if (method === "offlineStatus") return this.#terminal.offlineStatus;
    if (method === "backup") return await copyOf(this.#terminal);
    const isLimited = LIMITED_METHODS.includes(method);
    if (!isLimited && !PLAIN_METHODS.includes(method)) {
      throw failure("INVALID_ARGUMENT", "a page called an unknown method", {
        field: "method",
      });
    }
    const terminal = this.#terminal as unknown as Record<
      string,
      (...args: readonly unknown[]) => unknown
    >;
    if (!isLimited) return await terminal[method](...args);
    const options = { ...args.at(-1) as object, signal };
    return await terminal[method](...args.slice(0, -1), options);
  }
}

/** The whole copy: a page has no file to write slices to. */
async function copyOf(terminal: Terminal): Promise<Uint8Array> {
  const slices: Uint8Array[] = [];
  const byteLength = await terminal.backup(async (bytes) => {
    slices.push(bytes);
    // Lets sales in between two slices.
    await new Promise((resolve) => setTimeout(resolve, 0));
  });
  const copy = new Uint8Array(byteLength);
  let at = 0;
  for (const slice of slices) {
    copy.set(slice, at);
    at += slice.length;
  }
  return copy;
}

/** Errors do not survive cloning with their code; they go as plain values. */
function plainDetail(type: string, detail: unknown): unknown {
  if (type === "forwardingFailure") {
    const { error } = detail as TerminalEvents["forwardingFailure"];
    return { error: toPlain(error) };
  }
  if (type === "readerEvent") {
    const { event } = detail as { event: Record<string, unknown> };
    return {
      event: "error" in event
        ? { ...event, error: toPlain(event.error) }
        : event,
    };
  }
  return detail;
}
