/**
 * A terminal served to pages: calls in, answers and events out.
 *
 * Owns: that a call which was cancelled by its page is cancelled in the terminal, that events wait
 * until a page listens, and that readers are connected one after the other. It does not know where a message came from; whoever feeds it does.
 * @module
 */
import type { ByteTransport, CallOptions, Terminal } from "../../engine/mod.ts";
import { failure } from "../../engine/mod.ts";
import type { TerminalEvents } from "../../engine/events.ts";
import type { FoundReader } from "./page_readers.ts";
import { plainDetail, toPlain } from "./plain_error.ts";
import type { Answer, Call } from "./protocol.ts";
import { invoke, READER_METHODS } from "./served_methods.ts";
import { Turns } from "./turns.ts";

/** How long a new terminal waits for the reader that one before it had. */
const READER_AGAIN_MS = 5_000;

/** Every event; the compiler asks for one that is missing. */
const EVENTS: Readonly<Record<keyof TerminalEvents, true>> = {
  offlineStatusChange: true,
  paymentForwarded: true,
  forwardingFailure: true,
  reconciliationFinished: true,
  captureWindowClosing: true,
  readerEvent: true,
};

interface Running {
  from: string;
  call: Call;
  abort: AbortController;
}

/** One terminal with the calls that are under way. */
export class ServedTerminal {
  readonly #terminal: Terminal;
  readonly #tell: (type: string, detail: unknown) => void;
  readonly #running = new Map<string, Running>();
  readonly #told = new Set<string>();
  readonly #connecting = new Turns();
  #readerAgain: Promise<void> | null = null;
  #onReader = (): void => {};

  /**
   * Serves `terminal`; `tell` gets every event that some page listens to, for every page. After a
   * takeover the pages connect their reader again: calls that need one wait for it a little.
   */
  constructor(
    terminal: Terminal,
    isTakeover: boolean,
    tell: (type: string, detail: unknown) => void,
  ) {
    this.#terminal = terminal;
    this.#tell = tell;
    if (isTakeover) {
      this.#readerAgain = new Promise((resolve) => {
        const timer = setTimeout(resolve, READER_AGAIN_MS);
        this.#onReader = (): void => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Some page listens: what was kept for the first listener is told now. */
  listen(type: string): void {
    if (!Object.hasOwn(EVENTS, type) || this.#told.has(type)) return;
    this.#told.add(type);
    this.#terminal.on(
      type as keyof TerminalEvents,
      (detail) => this.#tell(type, plainDetail(type, detail)),
    );
  }

  /** Executes a call of the page `from`; never rejects. */
  execute(from: string, call: Call): Promise<Answer> {
    return this.#run(from, call, async (signal) => {
      if (READER_METHODS.has(call.method)) await this.#awaitReader(signal);
      return await invoke(this.#terminal, call, signal);
    });
  }

  /** Cancels a call that is under way, if it still is. */
  cancel(from: string, id: number): void {
    this.#running.get(`${from} ${id}`)?.abort.abort(
      new DOMException("the page cancelled the call", "AbortError"),
    );
  }

  /** Gives up every call of a page that is gone. */
  cancelAll(from: string): void {
    for (const { from: tab, call } of [...this.#running.values()]) {
      if (tab === from) this.cancel(from, call.id);
    }
  }

  /** The page that confirms this intent now, or null. */
  confirming(localId: string): string | null {
    for (const { from, call } of this.#running.values()) {
      if (call.method !== "confirmPaymentIntent") continue;
      const [intent] = call.args as [{ localId?: unknown }?];
      if (intent?.localId === localId) return from;
    }
    return null;
  }

  /**
   * Connects a reader that hangs on a page. One that is connected again after a takeover, by its
   * serial number, does not push another one aside.
   */
  connectReader(
    from: string,
    call: Call,
    transport: ByteTransport,
  ): Promise<Answer> {
    const [, found, serialNumber, options] = call.args as [
      number,
      FoundReader | null,
      string | null,
      CallOptions,
    ];
    const target = found === null
      ? transport
      : { ...found, open: () => Promise.resolve(transport) };
    return this.#run(from, call, (signal) =>
      this.#connecting.take(async () => {
        const current = this.#terminal.connectedReader?.serialNumber;
        const isOther = current !== undefined && current !== serialNumber;
        if (serialNumber !== null && isOther) {
          throw failure(
            "READER_BUSY",
            "another reader was connected meanwhile",
          );
        }
        try {
          return await this.#terminal.connectReader(target, {
            ...options,
            signal,
          });
        } finally {
          this.#onReader();
        }
      }).catch((error) => {
        transport.close();
        throw error;
      }));
  }

  /** Closes the terminal and its store. */
  async close(): Promise<void> {
    for (const { abort } of this.#running.values()) abort.abort();
    this.#onReader();
    await this.#terminal.close();
  }

  async #run(
    from: string,
    call: Call,
    work: (signal: AbortSignal) => unknown,
  ): Promise<Answer> {
    const { id } = call;
    const key = `${from} ${id}`;
    const abort = new AbortController();
    this.#running.set(key, { from, call, abort });
    try {
      return { kind: "answer", id, value: await work(abort.signal) };
    } catch (error) {
      return { kind: "answer", id, error: toPlain(error) };
    } finally {
      this.#running.delete(key);
    }
  }

  async #awaitReader(signal: AbortSignal): Promise<void> {
    if (this.#readerAgain === null) return;
    if (this.#terminal.connectedReader !== null || signal.aborted) return;
    const left = new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => resolve(), { once: true })
    );
    await Promise.race([this.#readerAgain, left]);
  }
}
