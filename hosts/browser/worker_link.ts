/**
 * A page's Worker, and how the page learns that it is gone.
 *
 * Owns: its death. A Worker that is terminated, or whose process is out of memory, tells nobody;
 * but it holds a Web Lock, and whoever waits for that gets it then. A Worker that cannot start says
 * so by an `error` event. One that throws later on goes on living, and so do its calls. A page that
 * the browser keeps for the way back stands still, and its Worker would keep the store from all
 * other tabs meanwhile: it is ended, and when the page comes back that is a death like any other.
 * @see https://w3c.github.io/web-locks/
 * @module
 */
import { failure, type HoldfastError } from "../../engine/mod.ts";
import {
  PROTOCOL_VERSION,
  type ToPage,
  type ToTerminal,
  type WorkerNews,
} from "./protocol.ts";

/** How long a Worker's script may take to be fetched and to run. */
const START_MS = 60_000;
/** How long a Worker may take to close its store before it is ended. */
const LEAVE_MS = 20_000;

/** What a page's terminal talks to: its Worker. */
export interface WorkerLink {
  /** Posts to the Worker. Throws what cannot be cloned. */
  post(message: ToTerminal): void;
  /** Sets the one receiver of what the Worker posts, and of its death. */
  listen(
    onMessage: (message: ToPage) => void,
    onDeath: (error: HoldfastError) => void,
  ): void;
  /** Tells the Worker to leave; resolves when it is gone. */
  end(): Promise<void>;
}

/** The link to a Worker that was made just now. What is posted early waits until it lives. */
export class BrowserWorkerLink implements WorkerLink {
  readonly #worker: Worker;
  readonly #gone = new AbortController();
  readonly #early: ToTerminal[] = [];
  #onDeath: (error: HoldfastError) => void = () => {};
  #order: object;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStarted = false;
  #isAlive = false;

  /** `order` is the first the Worker is told, by {@link start}. */
  constructor(worker: Worker, order: object) {
    this.#worker = worker;
    this.#order = order;
  }

  /** Tells the Worker to begin. */
  start(): void {
    if (this.#gone.signal.aborted) return;
    this.#isStarted = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#die("it did not start"), START_MS);
    this.#worker.postMessage(this.#order);
  }

  /** @inheritdoc */
  post(message: ToTerminal): void {
    if (this.#isAlive) this.#worker.postMessage(message);
    else this.#early.push(structuredClone(message));
  }

  /** @inheritdoc */
  listen(
    onMessage: (message: ToPage) => void,
    onDeath: (error: HoldfastError) => void,
  ): void {
    this.#onDeath = onDeath;
    const worker = this.#worker;
    addEventListener("pagehide", ({ persisted }) => {
      if (persisted) worker.terminate();
    }, { signal: this.#gone.signal });
    worker.onmessage = ({ data }: MessageEvent): void => {
      const message = data as ToPage;
      if (message.kind === "alive") this.#onAlive(message);
      else if (message.kind !== "awake") onMessage(message);
      // Where a bundler loads the Worker's modules late, it has not heard of its order yet.
      else if (this.#isStarted) worker.postMessage(this.#order);
    };
    // Chromium's Worker has no `onmessageerror`.
    worker.addEventListener(
      "messageerror",
      () => this.#die("what it said could not be read"),
    );
    worker.onerror = (): void => {
      if (!this.#isAlive) this.#die("its script failed or was not found");
    };
  }

  /** @inheritdoc */
  async end(): Promise<void> {
    if (this.#gone.signal.aborted) return;
    this.#onDeath = () => {};
    const gone = new Promise<void>((resolve) =>
      this.#gone.signal.addEventListener("abort", () => resolve())
    );
    this.#order = { kind: "leave" };
    this.start();
    const timer = setTimeout(() => this.#die("it did not leave"), LEAVE_MS);
    await gone;
    clearTimeout(timer);
  }

  #onAlive({ version, lock }: WorkerNews & { kind: "alive" }): void {
    this.#isAlive = true;
    clearTimeout(this.#timer);
    if (version !== PROTOCOL_VERSION) {
      return this.#end(failure(
        "TAB_OUTDATED",
        `this page speaks version ${PROTOCOL_VERSION}, its Worker ${version}`,
      ));
    }
    for (const message of this.#early.splice(0)) {
      this.#worker.postMessage(message);
    }
    // Granted when the Worker is gone, and not a moment earlier.
    navigator.locks.request(
      lock,
      { signal: this.#gone.signal },
      () => this.#die("it was ended"),
    ).catch(() => {}); // The link has ended first.
  }

  #die(why: string): void {
    this.#end(failure("WORKER_GONE", `the terminal's Worker is gone: ${why}`));
  }

  #end(error: HoldfastError): void {
    if (this.#gone.signal.aborted) return;
    this.#gone.abort();
    clearTimeout(this.#timer);
    this.#worker.terminate();
    this.#onDeath(error);
  }
}
