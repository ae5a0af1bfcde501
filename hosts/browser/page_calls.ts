/**
 * The messages between a page and its Worker.
 *
 * Owns: matching answers to calls, and the readers that hang on this page. What the verbs are is
 * `page_terminal.ts`'s.
 * @module
 */
import {
  type ByteTransport,
  type CallOptions,
  failure,
  type ReaderInfo,
  type TerminalEvents,
  TerminalEventTarget,
} from "../../engine/mod.ts";
import { fromPlain, type Message, type PlainError } from "./protocol.ts";

/** What a Worker says besides the messages of a terminal. */
export type WorkerNews =
  | { kind: "ready"; leads: boolean }
  | { kind: "failed"; error: PlainError };

/** What a page's terminal talks to: its Worker. */
export interface WorkerLink {
  /** Posts to the Worker. */
  post(message: Message): void;
  /** Sets the one receiver of what the Worker posts. */
  listen(onMessage: (message: Message | WorkerNews) => void): void;
  /** Tells the Worker to leave, and ends it. */
  end(): void;
}

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** Calls to the Worker and what comes of them. */
export class PageCalls extends TerminalEventTarget {
  readonly #link: WorkerLink;
  readonly #waiting = new Map<number, Waiting>();
  readonly #readers = new Map<number, ByteTransport>();
  #next = 1;
  #leads = false;
  /** Resolves once a leader is known, here or in another tab. */
  readonly ready: Promise<void>;

  /** Use `openBrowserTerminal`. */
  constructor(link: WorkerLink) {
    super();
    this.#link = link;
    this.ready = new Promise((resolve, reject) => {
      link.listen((message) => {
        if (message.kind === "ready") {
          this.#leads = message.leads;
          resolve();
        } else if (message.kind === "failed") reject(fromPlain(message.error));
        else this.#onMessage(message);
      });
    });
  }

  /** Whether this tab holds the store. */
  get leads(): boolean {
    return this.#leads;
  }

  /** See `Terminal.connectReader`; the reader hangs on this page. */
  connectReader(transport: ByteTransport): Promise<ReaderInfo> {
    const stream = this.#next++;
    this.#readers.set(stream, transport);
    const post = (bytes: Uint8Array | null): void =>
      this.#link.post({ kind: "bytes", stream, bytes });
    transport.receive(post, () => {
      post(null);
      this.#readers.delete(stream);
    });
    return this.call("connectReader", [stream]);
  }

  /** Lets this tab go; the store stays open as long as another tab has it. */
  close(): void {
    for (const reader of this.#readers.values()) reader.close();
    for (const { reject } of this.#waiting.values()) {
      reject(failure("TERMINAL_CLOSED", "the terminal is closed"));
    }
    this.#waiting.clear();
    this.#link.end();
  }

  /** @internal Calls a method of the terminal. */
  protected call<T>(
    method: string,
    args: readonly unknown[],
    signal?: AbortSignal,
  ): Promise<T> {
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      const resolveAny = resolve as (value: unknown) => void;
      this.#waiting.set(id, { resolve: resolveAny, reject });
      const cancel = (): void => this.#link.post({ kind: "cancel", id });
      this.#link.post({ kind: "call", id, method, args });
      if (signal?.aborted) cancel();
      else signal?.addEventListener("abort", cancel, { once: true });
    });
  }

  /** @internal Calls a method whose last argument is options; their signal stays here. */
  protected callWith<T>(
    method: string,
    args: readonly unknown[],
    { signal, ...options }: CallOptions,
  ): Promise<T> {
    return this.call(method, [...args, options], signal);
  }

  #onMessage(message: Message): void {
    if (message.kind === "bytes") {
      const reader = this.#readers.get(message.stream);
      if (message.bytes === null) reader?.close();
      // A reader that is gone says so by its own close.
      else reader?.send(message.bytes).catch(() => {});
    } else if (message.kind === "told") {
      const type = message.type as keyof TerminalEvents;
      this.emit(type, revive(type, message.detail));
    } else if (message.kind === "answer") {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if ("error" in message) waiting?.reject(fromPlain(message.error));
      else waiting?.resolve(message.value);
    }
  }
}

function revive<K extends keyof TerminalEvents>(
  type: K,
  detail: unknown,
): TerminalEvents[K] {
  if (type !== "forwardingFailure") return detail as TerminalEvents[K];
  const { error } = detail as { error: PlainError };
  return { error: fromPlain(error) } as TerminalEvents[K];
}
