/**
 * From the store into the order, page by page.
 *
 * Owns: which open payments are in the order already. A store may hold a hundred thousand of
 * them; loading them at once would keep the first sale waiting for a second, so the forwarder
 * takes a page and lets others run. Rows are loaded oldest first, so that no payment overtakes an
 * older one of its card because of the loading.
 * @module
 */
import type { OrderCore } from "../../bindings/mod.ts";
import type { Payments, WaitingPayment } from "../store/payments.ts";
import type { PaymentRow } from "../store/rows.ts";

/** Payments at a time: some 5 ms of reading, measured where 100,000 were stored. */
const PAGE = 1000;
/** Card schemes expect a deferred authorisation within 24 hours of the sale. */
const SCHEME_WINDOW_MS = 24 * 60 * 60 * 1000;

/** Lane of the payments of one account in one mode. */
export function laneOf(account: string, isLivemode: boolean): string {
  return `${account}/${isLivemode ? "live" : "test"}`;
}

/** Fills one order from one store. */
export class Intake {
  readonly #order: OrderCore;
  readonly #payments: Pick<Payments, "waiting">;
  /** Open rows after this one are not in the order yet; null when all are. */
  #loadedUpTo: number | null = 0;

  constructor(order: OrderCore, payments: Pick<Payments, "waiting">) {
    this.#order = order;
    this.#payments = payments;
  }

  /** Loads one page; returns whether there is more to load and room for it. */
  loadPage(): boolean {
    const room = this.#order.capacity - this.#order.count;
    if (this.#loadedUpTo === null || room <= 0) return false;
    const limit = Math.min(PAGE, room);
    const page = this.#payments.waiting(this.#loadedUpTo, limit);
    for (const waiting of page) this.#queue(waiting);
    const isLast = page.length < limit;
    this.#loadedUpTo = isLast ? null : page[page.length - 1].rowId;
    return !isLast && limit < room;
  }

  /** Puts a stored payment into the order, unless it is there or comes with a later page. */
  add({ rowId, cardHmac, storedAtMs, payment }: PaymentRow): void {
    if (this.#loadedUpTo !== null && rowId > this.#loadedUpTo) return;
    if (this.#order.state(rowId) !== null) return;
    if (this.#order.count >= this.#order.capacity) {
      this.#loadedUpTo = rowId - 1; // It stays in the store and is loaded when there is room.
      return;
    }
    const { account, isLivemode, nextAttemptAtMs } = payment;
    const who = { rowId, account, isLivemode, cardHmac };
    this.#queue({ ...who, storedAtMs, nextAttemptAtMs });
  }

  #queue(waiting: WaitingPayment): void {
    if (this.#order.state(waiting.rowId) !== null) return;
    this.#order.add({
      seq: waiting.rowId,
      lane: laneOf(waiting.account, waiting.isLivemode),
      cardKey: waiting.cardHmac,
      priority: 0,
      dueAtMs: waiting.nextAttemptAtMs ?? waiting.storedAtMs,
      deadlineAtMs: waiting.storedAtMs + SCHEME_WINDOW_MS,
    });
  }
}
