/**
 * A smart reader, from the point of sale: sell on it, see what it stores, stay connected.
 *
 * Owns: the connection, which it opens again by itself whenever it ends, and the fate of a sale:
 * it says "refused" or "canceled" only when the reader has said so. A sale whose answer was lost
 * is repeated under the same id and is then one payment.
 * @module
 */
import { failure, HoldfastError } from "../errors.ts";
import type { OfflineStatusDetails } from "../events.ts";
import type { CaptureMethod, OfflineBehavior } from "../payment.ts";
import type { ByteTransport, Clock, Random } from "../ports.ts";
import { createUuid, formatUuid } from "../uuid.ts";
import { MESSAGE, type ReaderInfo } from "./messages.ts";
import { connectReader, type ReaderClient } from "./reader_client.ts";
import type { ReaderEvent } from "./reader_events.ts";
import { saleError, toOfflineStatus } from "./sale_words.ts";
import * as store from "./store_messages.ts";

/** How to reach a smart reader. */
export interface SmartReaderOptions {
  /** Times the requests and the tries to reconnect. */
  clock: Clock;
  /** Where the first request id comes from. */
  random: Random;
  /** Opens a stream to it: `connectTcp` and then `openSession`, say. Called for every try. */
  open(signal: AbortSignal): Promise<ByteTransport>;
  /** Milliseconds a request may take that waits for no customer. @default 5_000 */
  deadlineMs?: number;
  /** Milliseconds between the first tries to reconnect; doubles up to 16 times. @default 250 */
  retryDelayMs?: number;
}

/** One sale on a smart reader. */
export interface Sale {
  /** From {@link SmartReader.createSaleId}; keep it until the sale has an end. */
  saleId: string;
  /** Minor units. */
  amountMinor: number;
  /** ISO 4217 alpha code. */
  currency: string;
  /** @default "automatic" */
  captureMethod?: CaptureMethod;
  /** @default "prefer_online" */
  offlineBehavior?: OfflineBehavior;
  /** Milliseconds the customer has to present a card, 1..600,000. @default 60_000 */
  deadlineMs?: number;
}

/** What {@link SmartReader.onEvent} tells. */
export type SmartReaderEvent = ReaderEvent | { kind: "reconnected" };

/** Which payments to list. */
export interface ListOptions {
  /** Where the page before ended. @default 0 */
  cursor?: number;
  /** 1..25. @default 25 */
  limit?: number;
  /** Only those that still have to be forwarded. @default false */
  isOpenOnly?: boolean;
}

const REQUEST_DEADLINE_MS = 5_000;
const COLLECT_DEADLINE_MS = 60_000;
/** Confirming online waits for Stripe, 15 s at most, twice, and a minute for a PIN in between. */
const CONFIRM_ALLOWANCE_MS = 90_000;
const RETRY_DELAY_MS = 250;

/** A smart reader. Get one from {@link SmartReader.connect}. */
export class SmartReader {
  readonly #options: SmartReaderOptions;
  readonly #handlers = new Set<(event: SmartReaderEvent) => void>();
  readonly #stop = new AbortController();
  #client: ReaderClient;
  #status: store.StoreStatus | null = null;

  private constructor(options: SmartReaderOptions, client: ReaderClient) {
    this.#options = options;
    this.#client = client;
  }

  /**
   * Connects, and from then on stays connected as well as it can.
   *
   * @throws {HoldfastError} whatever `open` throws; `READER_DISCONNECTED`, `REQUEST_TIMED_OUT`;
   *   `FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER` when the reader keeps no store.
   */
  static async connect(
    options: SmartReaderOptions,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<SmartReader> {
    const reader = new SmartReader(options, await dial(options, signal));
    try {
      await reader.#enter();
      return reader;
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** What the reader said about itself when it was connected last. */
  get info(): ReaderInfo {
    return this.#client.info;
  }

  /** Whether the connection stands, as far as is known now. */
  get isConnected(): boolean {
    return this.#client.isConnected;
  }

  /** What waits in the reader, as it said last: the `reader` of Stripe's `offlineStatus`. */
  get offlineStatus(): OfflineStatusDetails | null {
    return this.#status && toOfflineStatus(this.#status);
  }

  /** A new sale's id. */
  createSaleId(): string {
    const { clock, random } = this.#options;
    return formatUuid(createUuid(clock, random));
  }

  /**
   * Takes a payment on the reader, which stores it or has it authorised.
   *
   * Aborting asks the reader to give up; when the payment was already stored it is returned all
   * the same. Calling it again with the same id returns the payment of the first call, if there
   * is one, and else takes it.
   *
   * @throws {HoldfastError} what the reader refuses, by its code, `CANCELED`, `CARD_REMOVED`,
   *   `REQUEST_TIMED_OUT`, `READER_BUSY`: nothing is stored. `READER_DISCONNECTED`: it may be;
   *   call again with the same id once the reader is back.
   */
  async sell(sale: Sale, signal?: AbortSignal): Promise<store.StoredPayment> {
    const { deadlineMs = COLLECT_DEADLINE_MS } = sale;
    const message: store.SaleMessage = {
      saleId: sale.saleId,
      amountMinor: sale.amountMinor,
      currency: sale.currency.toLowerCase(),
      captureMethod: sale.captureMethod ?? "automatic",
      offlineBehavior: sale.offlineBehavior ?? "prefer_online",
      deadlineMs,
    };
    try {
      return await this.#client.exchange(
        MESSAGE.STORE_SALE,
        message,
        { request: store.SALE_REQUEST, reply: store.STORED_PAYMENT },
        { deadlineMs: deadlineMs + CONFIRM_ALLOWANCE_MS, signal },
      );
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      return await this.#settle(sale.saleId, saleError(error));
    }
  }

  /** The payment of a sale, or null when there is none; waits while the sale is under way. */
  async find(saleId: string): Promise<store.StoredPayment | null> {
    const { payment } = await this.#client.exchange(
      MESSAGE.STORE_FIND,
      { saleId },
      { request: store.FIND_REQUEST, reply: store.FIND_RESULT },
      { deadlineMs: CONFIRM_ALLOWANCE_MS },
    );
    return payment;
  }

  /** Asks what waits in the reader now. */
  async refreshStatus(): Promise<OfflineStatusDetails> {
    this.#status = await this.#ask(MESSAGE.STORE_STATUS, {}, {
      request: store.NO_FIELDS,
      reply: store.STORE_STATUS,
    });
    return toOfflineStatus(this.#status);
  }

  /** Lets the reader forward one payment, or all, without waiting for its next attempt. */
  async forwardNow(localId?: string): Promise<void> {
    await this.#ask(
      MESSAGE.STORE_FORWARD_NOW,
      localId === undefined ? {} : { localId },
      { request: store.FORWARD_NOW_REQUEST, reply: store.NO_FIELDS },
    );
  }

  /** One page of the reader's payments, oldest first. */
  list(options: ListOptions = {}): Promise<store.StoreListResult> {
    const { cursor = 0, limit = store.LIST_LIMIT_MAX } = options;
    const { isOpenOnly = false } = options;
    return this.#ask(MESSAGE.STORE_LIST, { cursor, limit, isOpenOnly }, {
      request: store.STORE_LIST_REQUEST,
      reply: store.STORE_LIST_RESULT,
    });
  }

  /** Every payment of the reader, page by page. */
  async *payments(
    options: Omit<ListOptions, "cursor"> = {},
  ): AsyncGenerator<store.StoredPayment, void, void> {
    let cursor: number | null = 0;
    while (cursor !== null) {
      const page: store.StoreListResult = await this.list({
        ...options,
        cursor,
      });
      yield* page.payments;
      cursor = page.nextCursor;
    }
  }

  /** Calls `handler` for every event from now on; returns a function that stops it. */
  onEvent(handler: (event: SmartReaderEvent) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** Ends the connection for good; the reader goes on by itself. */
  close(): void {
    this.#stop.abort();
    this.#client.close();
  }

  /** After an error, the reader's word about the sale; without it, nobody knows. */
  async #settle(
    saleId: string,
    error: HoldfastError,
  ): Promise<store.StoredPayment> {
    // A refusal is the reader's own word. Ours are the other three: the reader may have stored
    // the payment, or may be about to.
    const isOurs = error.code === "CANCELED" ||
      error.code === "REQUEST_TIMED_OUT" ||
      error.code === "READER_FRAME_DAMAGED";
    if (!isOurs) throw error;
    const payment = await this.find(saleId);
    if (payment) return payment;
    throw error;
  }

  #ask<Q extends object, R extends object>(
    type: number,
    message: Q,
    schemas: Parameters<typeof ReaderClient.prototype.exchange<Q, R>>[2],
  ): Promise<R> {
    return this.#client.exchange(type, message, schemas);
  }

  /** Takes over a fresh connection: listens, subscribes, reads the status. */
  async #enter(): Promise<void> {
    const client = this.#client;
    client.onEvent((event) => {
      if (event.kind === "store") this.#status = event.event.status;
      this.#emit(event);
      if (event.kind === "disconnected") void this.#reconnect();
    });
    if (!client.info.capabilities.canStoreAndForward) {
      throw failure(
        "FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER",
        `${client.info.deviceType} keeps no store`,
        { field: "canStoreAndForward" },
      );
    }
    await this.#ask(MESSAGE.STORE_SUBSCRIBE, { isOn: true }, {
      request: store.SUBSCRIBE_REQUEST,
      reply: store.NO_FIELDS,
    });
    await this.refreshStatus();
  }

  async #reconnect(): Promise<void> {
    const { clock, retryDelayMs = RETRY_DELAY_MS } = this.#options;
    const { signal } = this.#stop;
    for (let tries = 0; !signal.aborted; tries++) {
      try {
        await clock.sleep(retryDelayMs * 2 ** Math.min(tries, 4), signal);
        const client = await dial(this.#options, signal);
        if (signal.aborted) return client.close();
        this.#client = client;
      } catch {
        continue; // Not there yet; the next try says more.
      }
      try {
        await this.#enter();
        return this.#emit({ kind: "reconnected" });
      } catch {
        // The new connection has ended too, and its own `disconnected` event tries again; one
        // that stands but does not answer is ended here, which comes to the same.
        return this.#client.close();
      }
    }
  }

  #emit(event: SmartReaderEvent): void {
    for (const handler of [...this.#handlers]) {
      try {
        handler(event);
      } catch (error) {
        // As EventTarget does: the app's bug is reported as uncaught, the reader goes on.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

async function dial(
  { clock, random, open, deadlineMs = REQUEST_DEADLINE_MS }: SmartReaderOptions,
  signal: AbortSignal,
): Promise<ReaderClient> {
  const transport = await open(signal);
  return await connectReader(transport, { clock, random, deadlineMs });
}
