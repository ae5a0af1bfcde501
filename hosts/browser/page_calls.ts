/**
 * The messages between a page and its Worker.
 *
 * Owns: matching answers to calls, and going on after a Worker has died: a call that may have
 * changed a payment ends with an error that says so, every other one is asked again where there is
 * a new Worker. What the verbs are is `page_terminal.ts`'s.
 * @module
 */
import {
  type CallOptions,
  failure,
  type HoldfastError,
  type TerminalEvents,
  TerminalEventTarget,
} from "../../engine/mod.ts";
import { postCloneable } from "./cloneable.ts";
import { PageApprovals } from "./page_approvals.ts";
import { PageCall } from "./page_call.ts";
import { type PageOptions, Restarts } from "./page_options.ts";
import { patienceMs } from "./page_patience.ts";
import { fromPlain, reviveDetail } from "./plain_error.ts";
import type { Call, FromTerminal, ToPage, WorkerNews } from "./protocol.ts";
import { REPEATABLE, STICKY } from "./method_traits.ts";
import type { WorkerLink } from "./worker_link.ts";

/** Calls to the Worker and what comes of them. */
export class PageCalls extends TerminalEventTarget {
  /** @internal How many terminals have served this page, one after the other. */
  protected leaderCount = 0;
  /** @internal The next number that nothing else of this page has. */
  protected nextNumber = 1;
  readonly #options: PageOptions;
  readonly #calls = new Map<number, PageCall>();
  readonly #approvals: PageApprovals;
  readonly #heardTypes = new Set<string>();
  readonly #sticky = new Map<string, Pick<Call, "method" | "args">>();
  readonly #restarts = new Restarts();
  #link: WorkerLink;
  #leader: string | null = null;
  #leads = false;
  #over: HoldfastError | null = null;
  #onReady!: () => void;
  #onFailed!: (error: HoldfastError) => void;
  /** Resolves once a leader is known, here or in another tab. */
  readonly ready: Promise<void>;

  /** Use `openBrowserTerminal`. */
  constructor(link: WorkerLink, options: PageOptions = {}) {
    super();
    this.#options = options;
    this.#approvals = new PageApprovals(
      options.approve ?? null,
      (reply) => this.#link.post(reply),
    );
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = resolve;
      this.#onFailed = reject;
    });
    // Whoever waits for it hears of its failure; nobody has to.
    this.ready.catch(() => {});
    this.#link = link;
    this.#listen();
  }

  /** Whether this tab holds the store. */
  get leads(): boolean {
    return this.#leads;
  }

  /**
   * Lets this tab go; the store stays open as long as another tab has it. Resolves when this
   * tab's Worker is gone.
   */
  async close(): Promise<void> {
    if (this.#over) return;
    this.#end(failure("TERMINAL_CLOSED", "the terminal is closed"));
    await this.#link.end();
  }

  /** @internal Calls a method of the terminal. */
  protected call<T>(
    method: string,
    args: readonly unknown[],
    options: CallOptions = {},
  ): Promise<T> {
    const sticky = STICKY[method];
    if (sticky !== undefined) this.#sticky.set(sticky, { method, args });
    return this.#start<T>(method, args, options);
  }

  /** @internal Calls a method whose last argument is options; their signal stays here. */
  protected callWith<T>(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
  ): Promise<T> {
    const { signal: _, ...rest } = options;
    return this.#start<T>(method, [...args, rest], options);
  }

  /** @internal Posts bytes of a reader; null ends its stream. */
  protected postBytes(stream: number, bytes: Uint8Array | null): void {
    if (this.#over === null) this.#link.post({ kind: "bytes", stream, bytes });
  }

  /** @internal Bytes for a reader of this page. */
  protected onReaderBytes(_stream: number, _bytes: Uint8Array | null): void {}

  /** @internal Another terminal than before serves this page. */
  protected onNewLeader(): void {}

  /** @internal The terminal is over. */
  protected onOver(): void {}

  /** @internal What the page adds to an event. */
  protected completed<K extends keyof TerminalEvents>(
    _type: K,
    detail: TerminalEvents[K],
  ): TerminalEvents[K] {
    return detail;
  }

  /** @internal Until somebody listens, the terminal keeps what is to be heard. */
  protected override onFirstListener(type: string): void {
    this.#heardTypes.add(type);
    if (this.#over === null) this.#link.post({ kind: "listen", type });
  }

  #start<T>(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
  ): Promise<T> {
    if (this.#over !== null) return Promise.reject(this.#over);
    const id = this.nextNumber++;
    const message: Call = { kind: "call", id, method, args };
    const call = new PageCall(message, {
      patienceMs: patienceMs(method, options, this.#options),
      signal: options.signal,
      cancel: () => this.#link.post({ kind: "cancel", id }),
      onEnd: () => this.#calls.delete(id),
    });
    this.#calls.set(id, call);
    try {
      postCloneable(method, args, () => this.#link.post(message));
      call.sent();
    } catch (error) {
      call.reject(error);
    }
    return call.result as Promise<T>;
  }

  #listen(): void {
    const link = this.#link;
    link.listen(
      (message) => {
        if (this.#link === link && !this.#over) this.#onMessage(message);
      },
      (error) => {
        if (this.#link === link && !this.#over) this.#onDeath(error);
      },
    );
  }

  #onMessage(message: ToPage): void {
    switch (message.kind) {
      case "failed":
        return this.#onDeath(fromPlain(message.error));
      case "ready":
        return this.#onLeader(message);
      case "awake": // This and the next are the link's business.
      case "alive":
        return;
      default:
        this.#onTerminal(message);
    }
  }

  #onTerminal(message: FromTerminal): void {
    switch (message.kind) {
      case "bytes":
        return this.onReaderBytes(message.stream, message.bytes);
      case "told": {
        const type = message.type as keyof TerminalEvents;
        const detail = reviveDetail(type, message.detail);
        return this.emit(type, this.completed(type, detail));
      }
      case "ask":
        return void this.#approvals.onAsk(message);
      case "ask_over":
        return this.#approvals.onOver(message.id);
      case "answer": {
        const call = this.#calls.get(message.id);
        if ("error" in message) call?.reject(fromPlain(message.error));
        else call?.resolve(message.value);
      }
    }
  }

  #onLeader({ leader, leads }: WorkerNews & { kind: "ready" }): void {
    const isNew = this.#leader !== null && this.#leader !== leader;
    this.#leader = leader;
    this.#leads = leads;
    this.#onReady();
    this.leaderCount++;
    if (!isNew) return;
    for (const { method, args } of this.#sticky.values()) {
      // The call that made it so has told its caller what came of it.
      this.#start(method, args, {}).catch(() => {});
    }
    this.onNewLeader();
  }

  /** The Worker is gone: goes on with another one, or ends. */
  #onDeath(error: HoldfastError): void {
    this.#approvals.clear();
    this.#leads = false;
    const link = this.#leader !== null && this.#restarts.mayRestart(error)
      ? this.#options.restart?.()
      : undefined;
    if (link === undefined) return this.#fail(error);
    this.#link = link;
    // To the terminal of another tab this page is a new one.
    this.#leader = "";
    this.#listen();
    for (const type of this.#heardTypes) link.post({ kind: "listen", type });
    for (const call of [...this.#calls.values()]) {
      if (REPEATABLE.has(call.message.method)) link.post(call.message);
      else call.reject(error);
    }
  }

  #fail(error: HoldfastError): void {
    void this.#link.end();
    this.#end(error);
    // Nothing of this page forwards any more; another tab takes over, if there is one.
    if (this.#leader !== null) this.emit("forwardingFailure", { error });
  }

  #end(error: HoldfastError): void {
    this.#over = error;
    this.#leads = false;
    this.#onFailed(error);
    this.#approvals.clear();
    for (const call of [...this.#calls.values()]) call.reject(error);
    this.onOver();
  }
}
