/**
 * The reader's side of the protocol: answers requests over one connection.
 *
 * Owns: that every request is answered once, in the protocol's terms, whatever arrives; that one
 * customer interaction runs at a time; that a cancelled one leaves no answer behind. What a
 * request does is the handlers' business. Serves the simulated reader and reader host programs.
 * @module
 */
import { type ErrorCode, failure, HoldfastError } from "../errors.ts";
import type { ByteTransport, Clock } from "../ports.ts";
import {
  encodeFrame,
  type Frame,
  FrameDecoder,
  type FrameEvent,
} from "./frame.ts";
import * as schemas from "./message_schemas.ts";
import {
  type CollectInputsRequest,
  type CollectInputsResult,
  type CollectMessage,
  type CollectPinRequest,
  type CollectPinResult,
  type CollectResult,
  type ConfigureRequest,
  type DisplayRequest,
  type HelloRequest,
  MESSAGE,
  type Prompt,
  type ReaderInfo,
  type ReaderStatus,
  type RebootingEvent,
  REPLY_BIT,
} from "./messages.ts";
import { decodePayload, encodePayload, type Schema } from "./payload.ts";
import { errorMessage } from "./reader_error.ts";
import { HEARTBEAT_INTERVAL_MS, HEARTBEAT_TIMEOUT_MS } from "./reader_link.ts";
import { readStoreRequest, type StoreHandlers } from "./store_handlers.ts";

/** What an interactive request may use. */
export interface Interaction {
  /** Aborts when the request is cancelled, its deadline passes, or the link ends. */
  signal: AbortSignal;
  /** Tells the point of sale what the customer is asked to do. */
  prompt(prompt: Prompt): void;
}

/** What a reader does; a thrown `HoldfastError` becomes an ERROR message. */
export interface ReaderHandlers {
  hello(request: HelloRequest): ReaderInfo;
  configure(request: ConfigureRequest): void;
  collect(
    request: CollectMessage,
    interaction: Interaction,
  ): Promise<CollectResult>;
  collectInputs(
    request: CollectInputsRequest,
    interaction: Interaction,
  ): Promise<CollectInputsResult>;
  /** The PIN of the card that was read last; absent in a reader that has no way to enter one. */
  collectPin?(
    request: CollectPinRequest,
    interaction: Interaction,
  ): Promise<CollectPinResult>;
  display(request: DisplayRequest): void;
  status(): ReaderStatus;
  /** Called after the answer has been sent; the link is closed afterwards. */
  reboot(): void;
  /** Called after the answer has been sent; the link is closed afterwards. */
  update(): void;
}

/** The customer interaction under way. */
interface ActiveInteraction {
  readonly requestId: number;
  readonly cancel: AbortController;
  /** Cancelling only asks: its own answer says whether it was too late. */
  readonly hasLastWord: boolean;
}

/** Serves one point of sale over one stream until the stream ends. */
export class ReaderServer {
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>;
  readonly #transport: ByteTransport;
  readonly #handlers: ReaderHandlers;
  readonly #clock: Clock;
  readonly #store: StoreHandlers | null;
  readonly #decoder = new FrameDecoder((event) => this.#onFrame(event));
  readonly #stop = new AbortController();
  #resolveClosed!: () => void;
  #active: ActiveInteraction | null = null;
  #unsubscribe: (() => void) | null = null;
  #sending: Promise<void> = Promise.resolve();
  #heardAtMs: number;

  constructor(
    transport: ByteTransport,
    handlers: ReaderHandlers,
    clock: Clock,
    store: StoreHandlers | null = null,
  ) {
    this.#transport = transport;
    this.#handlers = handlers;
    this.#store = store;
    this.#clock = clock;
    this.#heardAtMs = clock.monotonicMs();
    this.closed = new Promise((resolve) => this.#resolveClosed = resolve);
    transport.receive(
      (bytes) => this.#onBytes(bytes),
      () => this.#end(),
    );
    void this.#watch();
  }

  /** Sends an event message. */
  sendEvent(type: number, message: object, requestId = 0): void {
    this.#post(type, requestId, message);
  }

  /** Says goodbye, ends the connection and then calls `run`. */
  restart(reason: RebootingEvent["reason"], run: () => void): void {
    this.sendEvent(MESSAGE.REBOOTING, { reason });
    void this.#sending.then(() => {
      this.#end();
      run();
    });
  }

  /** Ends the connection; safe to repeat. */
  close(): void {
    this.#end();
  }

  #onBytes(bytes: Uint8Array): void {
    if (this.#stop.signal.aborted) {
      bytes.fill(0);
      return;
    }
    this.#heardAtMs = this.#clock.monotonicMs();
    this.#decoder.push(bytes);
  }

  #onFrame(event: FrameEvent): void {
    switch (event.kind) {
      case "frame":
        try {
          return this.#onMessage(event);
        } catch (error) {
          return this.#answerError(event.requestId, error);
        } finally {
          event.payload.fill(0);
        }
      case "damaged":
        return this.#answerCode(event.requestId, "READER_FRAME_DAMAGED");
      case "version":
        return this.#answerCode(event.requestId, "UNSUPPORTED_READER_VERSION");
      case "noise":
        return; // Nobody asked anything, so there is nobody to answer.
    }
  }

  #onMessage({ type, requestId, payload }: Frame): void {
    const read = <T extends object>(schema: Schema<T>): T =>
      decodePayload(payload, schema);
    const answer = (message: object): void =>
      this.#post(type | REPLY_BIT, requestId, message);
    const handlers = this.#handlers;
    switch (type) {
      case MESSAGE.HELLO:
        return answer(this.#hello(read(schemas.HELLO_REQUEST)));
      case MESSAGE.CONFIGURE:
        handlers.configure(read(schemas.CONFIGURE_REQUEST));
        return answer({});
      case MESSAGE.COLLECT: {
        const request = read(schemas.COLLECT_REQUEST);
        return this.#interact(
          type,
          requestId,
          request.deadlineMs,
          (use) => handlers.collect(request, use),
        );
      }
      case MESSAGE.COLLECT_INPUTS: {
        const request = read(schemas.COLLECT_INPUTS_REQUEST);
        return this.#interact(
          type,
          requestId,
          request.deadlineMs,
          (use) => handlers.collectInputs(request, use),
        );
      }
      case MESSAGE.COLLECT_PIN: {
        const request = read(schemas.COLLECT_PIN_REQUEST);
        return this.#interact(type, requestId, request.deadlineMs, (use) => {
          if (handlers.collectPin) return handlers.collectPin(request, use);
          throw failure(
            "FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER",
            "this reader asks for no PIN",
            { field: "canOnlinePin" },
          );
        });
      }
      case MESSAGE.DISPLAY:
        handlers.display(read(schemas.DISPLAY_REQUEST));
        return answer({});
      case MESSAGE.STATUS:
        read(schemas.EMPTY);
        return answer(handlers.status());
      case MESSAGE.HEARTBEAT:
        read(schemas.EMPTY);
        return answer({});
      case MESSAGE.CANCEL:
        return answer(this.#cancel(read(schemas.CANCEL_REQUEST).requestId));
      case MESSAGE.REBOOT:
        read(schemas.EMPTY);
        answer({});
        return this.restart("requested", () => handlers.reboot());
      case MESSAGE.UPDATE:
        read(schemas.EMPTY);
        answer({});
        return this.restart("update", () => handlers.update());
      case MESSAGE.ERROR:
        return; // The other side could not use something; there is no answer to an answer.
      default:
        if (this.#serveStore(type, requestId, payload)) return;
        if (!(type & REPLY_BIT)) {
          this.#answerCode(requestId, "READER_UNKNOWN_MESSAGE");
        }
    }
  }

  #hello(request: HelloRequest): ReaderInfo {
    this.#forgetClient();
    return this.#handlers.hello(request);
  }

  /** Serves a message about the reader's own store; false when there is none, or it is none. */
  #serveStore(type: number, requestId: number, payload: Uint8Array): boolean {
    const request = this.#store &&
      readStoreRequest(type, payload, this.#store);
    if (!request) return false;
    const answer = (message: object): void =>
      this.#post(type | REPLY_BIT, requestId, message);
    switch (request.kind) {
      case "call":
        answer(request.run());
        break;
      case "wait":
        void request.run().then(
          answer,
          (error) => this.#answerError(requestId, error),
        );
        break;
      case "interact": {
        const { deadlineMs, run } = request;
        this.#interact(type, requestId, deadlineMs, run, true);
        break;
      }
      case "subscribe":
        this.#unsubscribe?.();
        this.#unsubscribe = request.isOn
          ? this.#store!.subscribe((event) =>
            this.sendEvent(MESSAGE.STORE_EVENT, event)
          )
          : null;
        answer({});
        break;
    }
    return true;
  }

  /** Runs one customer interaction; a second one meanwhile is refused. */
  #interact(
    type: number,
    requestId: number,
    deadlineMs: number,
    run: (interaction: Interaction) => Promise<object>,
    hasLastWord = false,
  ): void {
    if (this.#active) return this.#answerCode(requestId, "READER_BUSY");
    const cancel = new AbortController();
    const active: ActiveInteraction = { requestId, cancel, hasLastWord };
    this.#active = active;
    const timer = new AbortController();
    this.#clock.sleep(deadlineMs, timer.signal).then(
      () => cancel.abort(failure("REQUEST_TIMED_OUT", "deadline passed")),
      () => undefined, // Our own abort, below.
    );
    const prompt = (prompt: Prompt): void => {
      if (this.#active === active) {
        this.#post(MESSAGE.PROMPT, requestId, { prompt });
      }
    };
    void run({ signal: cancel.signal, prompt }).then(
      (result) => {
        if (this.#active === active) {
          this.#post(type | REPLY_BIT, requestId, result);
        }
        wipeBytes(result);
      },
      (error) => {
        if (this.#active === active) this.#answerError(requestId, error);
      },
    ).finally(() => {
      timer.abort();
      if (this.#active === active) this.#active = null;
    });
  }

  #cancel(requestId: number): { wasActive: boolean } {
    const active = this.#active;
    if (active?.requestId !== requestId) return { wasActive: false };
    if (!active.hasLastWord) {
      this.#active = null;
      this.#answerCode(requestId, "CANCELED");
    }
    active.cancel.abort(failure("CANCELED", "the request was canceled"));
    return { wasActive: true };
  }

  #answerError(requestId: number, error: unknown): void {
    if (error instanceof HoldfastError) {
      return this.#post(MESSAGE.ERROR, requestId, errorMessage(error));
    }
    // A bug of the handlers: the point of sale gets a typed answer, the process the bug.
    this.#answerCode(requestId, "READER_ERROR");
    queueMicrotask(() => {
      throw error;
    });
  }

  #answerCode(requestId: number, code: ErrorCode): void {
    this.#post(MESSAGE.ERROR, requestId, { code });
  }

  /** Queues one frame behind the ones before it. */
  #post(type: number, requestId: number, message: object): void {
    if (this.#stop.signal.aborted) return;
    const payload = encodePayload(message);
    const frame = encodeFrame({ type, requestId, payload });
    payload.fill(0);
    this.#sending = this.#sending
      .then(() => this.#transport.send(frame))
      .catch(() => this.#end()) // A stream that cannot send has ended.
      .finally(() => frame.fill(0));
  }

  async #watch(): Promise<void> {
    for (;;) {
      try {
        await this.#clock.sleep(HEARTBEAT_INTERVAL_MS, this.#stop.signal);
      } catch {
        return; // Aborted by #end.
      }
      const silentMs = this.#clock.monotonicMs() - this.#heardAtMs;
      if (silentMs >= HEARTBEAT_TIMEOUT_MS) this.#end();
    }
  }

  #end(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#decoder.reset();
    this.#forgetClient();
    this.#transport.close();
    this.#resolveClosed();
  }

  /** Nobody waits any more for what was asked, be it that another point of sale says hello. */
  #forgetClient(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    const active = this.#active;
    this.#active = null;
    active?.cancel.abort(failure("READER_DISCONNECTED", "the client is gone"));
  }
}

/** Wipes the byte strings of a message that has been encoded. */
function wipeBytes(message: object): void {
  for (const value of Object.values(message)) {
    if (value instanceof Uint8Array) value.fill(0);
    else if (typeof value === "object" && value !== null) wipeBytes(value);
  }
}
