/**
 * Requests and answers over one connection to a reader.
 *
 * Owns: that every request ends, exactly once: with its answer, a typed error, its deadline, its
 * cancellation, or the end of the connection. An answer that comes after that is wiped and
 * dropped. A damaged, unknown or foreign frame never ends the connection by itself.
 * @module
 */
import { failure, HoldfastError } from "../errors.ts";
import type { ByteTransport, Clock } from "../ports.ts";
import {
  encodeFrame,
  type Frame,
  FrameDecoder,
  type FrameEvent,
  PROTOCOL_VERSION,
  REQUEST_ID_MAX,
} from "./frame.ts";
import { ERROR_MESSAGE } from "./message_schemas.ts";
import { MESSAGE, REPLY_BIT } from "./messages.ts";
import { decodePayload, encodePayload, type Schema } from "./payload.ts";
import { readerError } from "./reader_error.ts";

/** A silent link is asked for a sign of life this often. */
export const HEARTBEAT_INTERVAL_MS = 5_000;
/** Three lost heartbeats: Bluetooth's own supervision timeout is of the same order. */
export const HEARTBEAT_TIMEOUT_MS = 15_000;

/** What the owner of a link provides. */
export interface ReaderLinkOptions {
  clock: Clock;
  /** Request id of the first request, 1..2^32-1. */
  firstRequestId: number;
  /** Called for every event message; the payload is wiped afterwards. Must not throw. */
  onEvent: (frame: Frame) => void;
  /** Called for a broken rule of the protocol that no request is waiting for. Must not throw. */
  onProtocolError: (error: HoldfastError) => void;
  /** Called once, after every pending request has been rejected. Must not throw. */
  onClose: (error: HoldfastError) => void;
}

/** How long a request may take and who may cancel it. */
export interface RequestOptions {
  deadlineMs: number;
  signal?: AbortSignal | undefined;
}

interface Pending {
  readonly type: number;
  settle(error: Error | null, payload: Uint8Array | null): void;
}

/** One connection; closed for good once it has ended. */
export class ReaderLink {
  readonly #transport: ByteTransport;
  readonly #options: ReaderLinkOptions;
  readonly #decoder = new FrameDecoder((event) => this.#onFrame(event));
  readonly #pending = new Map<number, Pending>();
  readonly #stop = new AbortController();
  #sending: Promise<void> = Promise.resolve();
  #nextRequestId: number;
  #heardAtMs: number;
  #closed: HoldfastError | null = null;

  constructor(transport: ByteTransport, options: ReaderLinkOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#nextRequestId = options.firstRequestId;
    this.#heardAtMs = options.clock.monotonicMs();
    transport.receive(
      (bytes) => this.#onBytes(bytes),
      (reason) => this.#end(disconnected(reason)),
    );
    void this.#watch();
  }

  /** Whether the connection has ended. */
  get isClosed(): boolean {
    return this.#closed !== null;
  }

  /**
   * Sends one request and resolves with its checked answer.
   *
   * @throws {HoldfastError} `READER_DISCONNECTED`, `REQUEST_TIMED_OUT`, `CANCELED`,
   *   `READER_FRAME_DAMAGED`, `READER_BAD_MESSAGE`, `UNSUPPORTED_READER_VERSION`, or whatever
   *   the reader answered.
   */
  async request<T extends object>(
    type: number,
    message: object,
    reply: Schema<T>,
    options: RequestOptions,
  ): Promise<T> {
    const payload = await this.#exchange(type, message, options);
    try {
      return decodePayload(payload, reply);
    } finally {
      payload.fill(0);
    }
  }

  /** Ends the connection and rejects what is pending. Calling it twice is safe. */
  close(): void {
    this.#end(failure("READER_DISCONNECTED", "the connection was closed here"));
  }

  #exchange(
    type: number,
    message: object,
    { deadlineMs, signal }: RequestOptions,
  ): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#closed);
      if (signal?.aborted) return reject(canceled(signal));
      const requestId = this.#takeRequestId();
      const timer = new AbortController();
      const onAbort = (): void => abandon(canceled(signal));
      const settle: Pending["settle"] = (error, payload) => {
        this.#pending.delete(requestId);
        timer.abort();
        signal?.removeEventListener("abort", onAbort);
        if (payload) resolve(payload);
        else reject(error);
      };
      const abandon = (error: HoldfastError): void => {
        settle(error, null);
        this.#post(MESSAGE.CANCEL, this.#takeRequestId(), { requestId });
      };
      this.#pending.set(requestId, { type, settle });
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#options.clock.sleep(deadlineMs, timer.signal).then(
        () => abandon(timedOut(deadlineMs)),
        // The only rejection of `sleep` is our own abort after the request has settled.
        () => undefined,
      );
      this.#post(type, requestId, message);
    });
  }

  #takeRequestId(): number {
    let id = this.#nextRequestId;
    while (this.#pending.has(id)) id = id === REQUEST_ID_MAX ? 1 : id + 1;
    this.#nextRequestId = id === REQUEST_ID_MAX ? 1 : id + 1;
    return id;
  }

  /** Queues one message behind the ones before; a stream that cannot send has ended. */
  #post(type: number, requestId: number, message: object): void {
    if (this.#closed) return;
    const payload = encodePayload(message);
    const frame = encodeFrame({ type, requestId, payload });
    payload.fill(0);
    this.#sending = this.#sending
      .then(() => this.#transport.send(frame))
      .catch((reason) => this.#end(disconnected(reason)))
      .finally(() => frame.fill(0));
  }

  #onBytes(bytes: Uint8Array): void {
    if (this.#closed) {
      bytes.fill(0);
      return;
    }
    this.#heardAtMs = this.#options.clock.monotonicMs();
    this.#decoder.push(bytes);
  }

  #onFrame(event: FrameEvent): void {
    switch (event.kind) {
      case "frame":
        return this.#onMessage(event);
      case "noise":
        return this.#options.onProtocolError(failure(
          "READER_FRAME_DAMAGED",
          `${event.length} bytes of noise between frames`,
          { details: { length: event.length } },
        ));
      case "damaged":
        return this.#reject(
          event.requestId,
          event.type,
          failure("READER_FRAME_DAMAGED", "a frame failed its checksum"),
        );
      case "version":
        return this.#reject(
          event.requestId,
          null,
          failure(
            "UNSUPPORTED_READER_VERSION",
            `expected protocol version ${PROTOCOL_VERSION}, got ${event.version}`,
            { details: { version: event.version } },
          ),
        );
    }
  }

  #onMessage(frame: Frame): void {
    const { type, requestId, payload } = frame;
    const pending = this.#pending.get(requestId);
    if (pending && type === (pending.type | REPLY_BIT)) {
      return pending.settle(null, payload);
    }
    try {
      if (type === MESSAGE.ERROR) this.#onErrorMessage(requestId, payload);
      else if (EVENTS.has(type)) {
        // An event of a request that has ended is as late as its answer.
        if (requestId === 0 || pending) this.#options.onEvent(frame);
      } else if (!(type & REPLY_BIT)) this.#onUnknown(type, requestId);
      // What remains is the late answer of a request that has ended.
    } finally {
      payload.fill(0);
    }
  }

  #onErrorMessage(requestId: number, payload: Uint8Array): void {
    let error: HoldfastError;
    try {
      error = readerError(decodePayload(payload, ERROR_MESSAGE));
    } catch (thrown) {
      if (!(thrown instanceof HoldfastError)) throw thrown;
      error = thrown;
    }
    const pending = this.#pending.get(requestId);
    if (pending) pending.settle(error, null);
    // Request id 0 concerns the connection; any other is a request that has already ended.
    else if (requestId === 0) this.#options.onProtocolError(error);
  }

  #onUnknown(type: number, requestId: number): void {
    const code = "READER_UNKNOWN_MESSAGE";
    this.#post(MESSAGE.ERROR, requestId, { code });
    const error = failure(code, `the reader sent a message of type ${type}`, {
      details: { type },
    });
    this.#reject(requestId, null, error);
  }

  /** Rejects the request this frame answers, or reports the error when there is none. */
  #reject(requestId: number, type: number | null, error: HoldfastError): void {
    const pending = this.#pending.get(requestId);
    const answers = type === null || type === MESSAGE.ERROR ||
      type === ((pending?.type ?? 0) | REPLY_BIT);
    if (pending && answers) pending.settle(error, null);
    else this.#options.onProtocolError(error);
  }

  async #watch(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#closed) {
      try {
        await clock.sleep(HEARTBEAT_INTERVAL_MS, this.#stop.signal);
      } catch {
        return; // Aborted by #end.
      }
      const silentMs = clock.monotonicMs() - this.#heardAtMs;
      if (silentMs >= HEARTBEAT_TIMEOUT_MS) {
        this.#end(failure(
          "READER_DISCONNECTED",
          `nothing heard from the reader for ${HEARTBEAT_TIMEOUT_MS} ms`,
        ));
      } else if (silentMs >= HEARTBEAT_INTERVAL_MS) {
        this.#post(MESSAGE.HEARTBEAT, this.#takeRequestId(), {});
      }
    }
  }

  #end(error: HoldfastError): void {
    if (this.#closed) return;
    this.#closed = error;
    this.#stop.abort();
    this.#decoder.reset();
    for (const pending of [...this.#pending.values()]) {
      pending.settle(error, null);
    }
    this.#transport.close();
    this.#options.onClose(error);
  }
}

const EVENTS: ReadonlySet<number> = new Set([
  MESSAGE.PROMPT,
  MESSAGE.STATUS_CHANGED,
  MESSAGE.UPDATE_REQUIRED,
  MESSAGE.REBOOTING,
  MESSAGE.STORE_EVENT,
]);

function disconnected(reason: unknown): HoldfastError {
  if (
    reason instanceof HoldfastError && reason.code === "READER_DISCONNECTED"
  ) {
    return reason;
  }
  return failure("READER_DISCONNECTED", "the connection to the reader ended", {
    cause: reason,
  });
}

function canceled(signal: AbortSignal | undefined): HoldfastError {
  return failure("CANCELED", "the request was canceled by its caller", {
    cause: signal?.reason,
  });
}

function timedOut(deadlineMs: number): HoldfastError {
  return failure(
    "REQUEST_TIMED_OUT",
    `the reader did not answer within ${deadlineMs} ms`,
    { details: { deadlineMs } },
  );
}
