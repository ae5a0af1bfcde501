/**
 * The engine's side of a reader: connect, collect, listen.
 *
 * Owns: the typed API over the reader protocol. Holds no card data: what a collect returns
 * belongs to the caller, who wipes it.
 * @module
 */
import { failure } from "../errors.ts";
import type { ByteTransport, Clock, Random } from "../ports.ts";
import * as schemas from "./message_schemas.ts";
import {
  type CollectInputsResult,
  type CollectMessage,
  type CollectResult,
  type ConfigureRequest,
  type DisplayRequest,
  type InputRequest,
  MESSAGE,
  type OnlinePin,
  type ReaderCapabilities,
  type ReaderInfo,
  type ReaderStatus,
  type TipOptions,
} from "./messages.ts";
import { checkPayload, type Schema } from "./payload.ts";
import { type ReaderEvent, ReaderEvents } from "./reader_events.ts";
import { ReaderLink } from "./reader_link.ts";

/** How to connect. */
export interface ConnectReaderOptions {
  /** Measures deadlines and heartbeats. */
  clock: Clock;
  /**
   * Where the first request id comes from, so that frames of an earlier session left over in a
   * serial port answer nothing. Without it the ids start at 1.
   */
  random?: Random;
  /** Deadline of the handshake and of every request that has none of its own, milliseconds. */
  deadlineMs: number;
  /** Hears every event from the first byte on, those before the handshake's end included. */
  onEvent?: (event: ReaderEvent) => void;
}

/** What to collect. */
export interface CollectRequest {
  /** Amount in minor units, 0..999,999,999,999, without the tip. */
  amountMinor: number;
  /** ISO 4217 alpha code. */
  currency: string;
  /** The payment will be stored, not authorised now. */
  isOffline: boolean;
  /** ISO 3166-1 alpha-2 code of the country whose rules hold. */
  terminalCountry: string;
  /** EMV tag 9C. @default 0x00 (goods and services) */
  transactionType?: number;
  /** AID prefixes the reader must not select on a co-badged card. @default none */
  blockedAids?: readonly Uint8Array[];
  /** What a swipe does. @default "return" (the decision refuses it with its code) */
  swipe?: "refuse" | "return";
  /** Tip choices; only for readers that can ask. @default none */
  tip?: TipOptions;
  /** Milliseconds until the collect gives up, 1..600,000. @default 120,000 */
  deadlineMs?: number;
}

/** What ends a request before its answer. */
export interface RequestLimits {
  /** Milliseconds. @default the connection's own */
  deadlineMs?: number;
  /** Ends it at any point with `CANCELED`. */
  signal?: AbortSignal;
}

/** Two minutes: the time Stripe's readers wait for a card. */
const COLLECT_DEADLINE_MS = 120_000;

/**
 * Connects to the reader at the other end of `transport` and says hello.
 *
 * @param transport An open stream; taken over, and closed when the handshake fails.
 * @throws {HoldfastError} `READER_DISCONNECTED`, `REQUEST_TIMED_OUT` or
 *   `UNSUPPORTED_READER_VERSION`; see `docs/errors.md`.
 */
export async function connectReader(
  transport: ByteTransport,
  options: ConnectReaderOptions,
): Promise<ReaderClient> {
  const events = new ReaderEvents();
  if (options.onEvent !== undefined) events.listen(options.onEvent);
  const link = new ReaderLink(transport, {
    clock: options.clock,
    firstRequestId: firstRequestId(options.random),
    onEvent: (frame) => events.onFrame(frame),
    onProtocolError: (error) => events.emit({ kind: "protocol_error", error }),
    onClose: (error) => events.emit({ kind: "disconnected", error }),
  });
  try {
    const info = await link.request(
      MESSAGE.HELLO,
      { client: "holdfast", timeMs: options.clock.nowMs() },
      schemas.READER_INFO,
      { deadlineMs: options.deadlineMs },
    );
    return new ReaderClient(link, events, info, options.deadlineMs);
  } catch (error) {
    link.close();
    throw error;
  }
}

/** A connected reader. Get one from {@link connectReader}. */
export class ReaderClient {
  /** What the reader said about itself when it was connected. */
  readonly info: ReaderInfo;
  readonly #link: ReaderLink;
  readonly #events: ReaderEvents;
  readonly #deadlineMs: number;

  /** Used by {@link connectReader}. */
  constructor(
    link: ReaderLink,
    events: ReaderEvents,
    info: ReaderInfo,
    deadlineMs: number,
  ) {
    this.#link = link;
    this.#events = events;
    this.info = info;
    this.#deadlineMs = deadlineMs;
  }

  /** Whether the connection still stands, as far as is known now. */
  get isConnected(): boolean {
    return !this.#link.isClosed;
  }

  /**
   * Asks for a card and resolves with what the reader read from it.
   *
   * @param request What to collect; not kept.
   * @param signal Cancels at any point; a result that comes after that is wiped and dropped.
   * @returns EMV data owned by the caller, who wipes it.
   * @throws {RangeError} when a field of the request is out of range.
   * @throws {HoldfastError} `CANCELED`, `REQUEST_TIMED_OUT`, `READER_DISCONNECTED`,
   *   `READER_BUSY`, `CARD_REMOVED`, `READER_NO_COMMON_APPLICATION`,
   *   `READER_MISSING_ENCRYPTION_KEYS`, `FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER`, and the
   *   protocol errors of {@link ReaderLink.request}.
   */
  collect(
    request: CollectRequest,
    signal?: AbortSignal,
  ): Promise<CollectResult> {
    const { tip, blockedAids, deadlineMs = COLLECT_DEADLINE_MS } = request;
    const message: CollectMessage = {
      amountMinor: request.amountMinor,
      currency: request.currency.toLowerCase(),
      isOffline: request.isOffline,
      terminalCountry: request.terminalCountry,
      transactionType: request.transactionType ?? 0x00,
      swipe: request.swipe ?? "return",
      deadlineMs,
      ...(blockedAids ? { blockedAids } : {}),
      ...(tip ? { tip } : {}),
    };
    return this.#send(
      MESSAGE.COLLECT,
      message,
      schemas.COLLECT_REQUEST,
      schemas.COLLECT_RESULT,
      { needs: tip ? "canTipOnReader" : null, deadlineMs, signal },
    );
  }

  /**
   * Asks for the online PIN of the card that was read last, and resolves with what the issuer
   * needs; throws as {@link collect}.
   *
   * @returns Owned by the caller, who wipes it and never stores it.
   */
  async collectPin(
    amountMinor: number,
    currency: string,
    options: { deadlineMs?: number; signal?: AbortSignal } = {},
  ): Promise<OnlinePin> {
    const { deadlineMs = COLLECT_DEADLINE_MS, signal } = options;
    const { onlinePin } = await this.#send(
      MESSAGE.COLLECT_PIN,
      { amountMinor, currency, deadlineMs },
      schemas.COLLECT_PIN_REQUEST,
      schemas.COLLECT_PIN_RESULT,
      { needs: "canOnlinePin", deadlineMs, signal },
    );
    return onlinePin;
  }

  /** Asks the customer questions on the reader's screen; throws as {@link collect}. */
  collectInputs(
    inputs: readonly InputRequest[],
    options: RequestLimits = {},
  ): Promise<CollectInputsResult> {
    const { deadlineMs = COLLECT_DEADLINE_MS, signal } = options;
    return this.#send(
      MESSAGE.COLLECT_INPUTS,
      { inputs, deadlineMs },
      schemas.COLLECT_INPUTS_REQUEST,
      schemas.COLLECT_INPUTS_RESULT,
      { needs: "canCollectInputs", deadlineMs, signal },
    );
  }

  /** Shows a cart, or clears the screen when it has no lines; throws as {@link collect}. */
  async setDisplay(
    cart: DisplayRequest,
    options: RequestLimits = {},
  ): Promise<void> {
    await this.#send(
      MESSAGE.DISPLAY,
      cart,
      schemas.DISPLAY_REQUEST,
      schemas.EMPTY,
      { needs: "canDisplay", ...options },
    );
  }

  /** Gives the reader its settings; it keeps them until the next call. */
  async configure(settings: ConfigureRequest): Promise<void> {
    await this.#send(
      MESSAGE.CONFIGURE,
      settings,
      schemas.CONFIGURE_REQUEST,
      schemas.EMPTY,
    );
  }

  /** Reads battery, keys and uptime. */
  status(options: RequestLimits = {}): Promise<ReaderStatus> {
    return this.#send(
      MESSAGE.STATUS,
      {},
      schemas.EMPTY,
      schemas.READER_STATUS,
      options,
    );
  }

  /** Restarts the reader; the connection ends, and the 24-hour security timer starts anew. */
  async reboot(options: RequestLimits = {}): Promise<void> {
    await this.#send(MESSAGE.REBOOT, {}, schemas.EMPTY, schemas.EMPTY, options);
  }

  /** Installs the update the reader has asked for; the connection ends when it restarts. */
  async installUpdate(options: RequestLimits = {}): Promise<void> {
    await this.#send(MESSAGE.UPDATE, {}, schemas.EMPTY, schemas.EMPTY, options);
  }

  /**
   * Sends a message of another part of the protocol, such as those about a reader's own store.
   *
   * @throws {RangeError} when the message breaks its schema.
   * @throws {HoldfastError} as {@link collect}; `READER_UNKNOWN_MESSAGE` when the reader does not
   *   serve it.
   */
  exchange<Q extends object, R extends object>(
    type: number,
    message: Q,
    schemas: { request: Schema<Q>; reply: Schema<R> },
    options: { deadlineMs?: number; signal?: AbortSignal | undefined } = {},
  ): Promise<R> {
    return this.#send(type, message, schemas.request, schemas.reply, options);
  }

  /**
   * Calls `handler` for every event from now on, in order.
   *
   * @returns A function that stops it.
   */
  onEvent(handler: (event: ReaderEvent) => void): () => void {
    return this.#events.listen(handler);
  }

  /** Ends the connection; pending calls reject with `READER_DISCONNECTED`. Safe to repeat. */
  close(): void {
    this.#link.close();
  }

  // deno-lint-ignore require-await -- a broken rule must reject, not throw.
  async #send<Q extends object, R extends object>(
    type: number,
    message: Q,
    request: Schema<Q>,
    reply: Schema<R>,
    options: {
      needs?: keyof ReaderCapabilities | null;
      deadlineMs?: number;
      signal?: AbortSignal | undefined;
    } = {},
  ): Promise<R> {
    const { needs, deadlineMs = this.#deadlineMs, signal } = options;
    if (needs && !this.info.capabilities[needs]) {
      throw failure(
        "FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER",
        `${this.info.deviceType} has no ${needs}`,
        { field: needs },
      );
    }
    checkPayload(message, request);
    return this.#link.request(type, message, reply, { deadlineMs, signal });
  }
}

function firstRequestId(random: Random | undefined): number {
  if (!random) return 1;
  const bytes = new Uint8Array(4);
  random.fill(bytes);
  return new DataView(bytes.buffer).getUint32(0) || 1;
}
