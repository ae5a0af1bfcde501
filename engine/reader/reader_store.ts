/**
 * A smart reader's store: sales the reader takes, keeps and forwards by itself.
 *
 * Owns: that one sale id of the point of sale is one payment, whatever is repeated, cut or
 * killed in between. The id is part of the payment's metadata and committed with it, so a reader
 * that comes back knows every sale it stored; one that was not stored is taken anew.
 * @module
 */
import { failure, type HoldfastError } from "../errors.ts";
import { OPEN_STATES } from "../payment.ts";
import type { Terminal } from "../terminal.ts";
import type { ReaderEvent } from "./reader_events.ts";
import type { Interaction } from "./reader_server.ts";
import type { StoreHandlers } from "./store_handlers.ts";
import {
  type FindRequest,
  type FindResult,
  type ForwardNowRequest,
  SALE_ID_KEY,
  type SaleMessage,
  type StoredPayment,
  type StoreEvent,
  type StoreListRequest,
  type StoreListResult,
  type StoreStatus,
  toStoredPayment,
} from "./store_messages.ts";

/** How many rows the index reads at a time when the reader starts. */
const SCAN_LIMIT = 10_000;

/** The store of one reader over its own terminal. */
export class ReaderStore implements StoreHandlers {
  readonly #terminal: Terminal;
  readonly #account: { id: string; isLivemode: boolean };
  /** Local ids in the order of the store. */
  readonly #localIds: string[] = [];
  readonly #known = new Set<string>();
  readonly #bySaleId = new Map<string, string>();
  readonly #running = new Map<string, Promise<StoredPayment>>();

  /**
   * Reads the index of what is stored.
   *
   * @param terminal The reader's own, with its card reader connected; nobody else sells on it.
   * @param account  The terminal's account and mode.
   */
  constructor(
    terminal: Terminal,
    account: { id: string; isLivemode: boolean },
  ) {
    this.#terminal = terminal;
    this.#account = account;
    for (let afterRowId = 0;; afterRowId += SCAN_LIMIT) {
      // Where row ids have gaps, the next page begins with rows that are known already.
      const filter = { afterRowId, limit: SCAN_LIMIT };
      const page = terminal.listPayments(filter);
      for (const { localId, metadata } of page) this.#index(localId, metadata);
      if (page.length < SCAN_LIMIT) return;
    }
  }

  /** Answers STORE_STATUS. */
  status(): StoreStatus {
    const { networkStatus, allAccounts } = this.#terminal.offlineStatus.sdk;
    const { id, isLivemode } = this.#account;
    const totals = allAccounts.slice(0, 64);
    return { networkStatus, account: id, isLivemode, totals };
  }

  /** Answers STORE_FORWARD_NOW. */
  forwardNow({ localId }: ForwardNowRequest): void {
    this.#terminal.forwardNow(localId);
  }

  /** Answers STORE_LIST. */
  list({ cursor, limit, isOpenOnly }: StoreListRequest): StoreListResult {
    const payments: StoredPayment[] = [];
    let at = cursor;
    for (; at < this.#localIds.length && payments.length < limit; at++) {
      const payment = this.#terminal.getPayment(this.#localIds[at]);
      const isWanted = payment !== null &&
        (!isOpenOnly || OPEN_STATES.includes(payment.state));
      if (isWanted) payments.push(toStoredPayment(payment));
    }
    return { payments, nextCursor: at < this.#localIds.length ? at : null };
  }

  /** Answers STORE_FIND, once the sale is no longer under way. */
  async find({ saleId }: FindRequest): Promise<FindResult> {
    await this.#running.get(saleId)?.catch(() => null);
    return { payment: this.#stored(saleId) };
  }

  /**
   * Answers STORE_SALE: takes the payment, or returns the one that this id already has.
   *
   * @throws {HoldfastError} `INVALID_ARGUMENT` when the id belongs to a sale of another amount,
   *   and whatever collecting and confirming refuse; nothing is stored then.
   */
  async sale(
    request: SaleMessage,
    interaction: Interaction,
  ): Promise<StoredPayment> {
    const { saleId } = request;
    const running = this.#running.get(saleId);
    if (running) return checkSame(await running, request);
    const stored = this.#stored(saleId);
    if (stored) return checkSame(stored, request);
    const sale = this.#sell(request, interaction)
      .finally(() => this.#running.delete(saleId));
    this.#running.set(saleId, sale);
    return await sale;
  }

  /** Tells every change; what happened before is told by {@link list}. */
  subscribe(onEvent: (event: StoreEvent) => void): () => void {
    const stops = [
      this.#terminal.on(
        "offlineStatusChange",
        () => onEvent({ status: this.status() }),
      ),
      this.#terminal.on("paymentForwarded", ({ payment }) =>
        onEvent({
          status: this.status(),
          payment: toStoredPayment(payment),
        })),
    ];
    return () => stops.forEach((stop) => stop());
  }

  async #sell(
    request: SaleMessage,
    { signal, prompt }: Interaction,
  ): Promise<StoredPayment> {
    const terminal = this.#terminal;
    const created = await terminal.createPaymentIntent({
      amount: request.amountMinor,
      currency: request.currency,
      captureMethod: request.captureMethod,
      metadata: { [SALE_ID_KEY]: request.saleId },
      skipTipping: true,
    }, { offlineBehavior: request.offlineBehavior });
    const stop = terminal.on("readerEvent", ({ event }) => {
      const { kind } = event as ReaderEvent;
      if (kind === "prompt") {
        prompt((event as ReaderEvent & { kind: "prompt" }).prompt);
      }
    });
    let collected;
    try {
      collected = await terminal.collectPaymentMethod(created, { signal });
      signal.throwIfAborted();
    } catch (error) {
      // Nothing is stored yet, so this only forgets the intent and the card.
      await terminal.cancelPaymentIntent(created.localId);
      stop();
      throw signal.aborted ? signal.reason as HoldfastError : error;
    }
    // From here on the signal no longer counts: the payment is stored, or it is refused. The
    // issuer may still want the customer's PIN.
    const { payment } = await terminal.confirmPaymentIntent(collected)
      .finally(stop);
    if (payment === null) {
      throw failure("STORE_WRITE_FAILED", "the payment was not stored");
    }
    this.#index(payment.localId, payment.metadata);
    // The same chip transaction presented twice is one payment, whichever sale it came under.
    this.#bySaleId.set(request.saleId, payment.localId);
    return toStoredPayment(payment);
  }

  #index(localId: string, metadata: Readonly<Record<string, string>>): void {
    if (this.#known.has(localId)) return;
    this.#known.add(localId);
    this.#localIds.push(localId);
    const saleId = metadata[SALE_ID_KEY];
    if (saleId !== undefined) this.#bySaleId.set(saleId, localId);
  }

  #stored(saleId: string): StoredPayment | null {
    const localId = this.#bySaleId.get(saleId);
    const payment = localId === undefined
      ? null
      : this.#terminal.getPayment(localId);
    return payment === null ? null : toStoredPayment(payment);
  }
}

function checkSame(
  payment: StoredPayment,
  request: SaleMessage,
): StoredPayment {
  const isSame = payment.amountMinor === request.amountMinor &&
    payment.currency === request.currency;
  if (isSame) return payment;
  throw failure(
    "INVALID_ARGUMENT",
    "this sale id belongs to a sale of another amount",
    { field: "saleId" },
  );
}
