/**
 * The open payments in the core's order, and the rest of them in the store.
 *
 * Owns: that memory stays flat however long the queue is, and that nobody is forgotten for it. The
 * order holds a window of the queue, read page by page. Where everything in the window has to
 * wait, for its time or for other credentials, and there is more, the window moves on.
 * @module
 */
import type { OrderCore } from "../../bindings/mod.ts";
import { OPEN_STATES } from "../payment.ts";
import type { Payments, WaitingPayment } from "../store/payments.ts";
import type { PaymentRow } from "../store/rows.ts";

/** Payments the order holds at once. */
export const WINDOW = 4096;
/** Payments at a time: some 5 ms of reading, measured where 100,000 were stored. */
const PAGE = 1000;
/** Card schemes expect a deferred authorisation within 24 hours of the sale. */
const SCHEME_WINDOW_MS = 24 * 60 * 60 * 1000;

/** A window on the open payments of one store. */
export class Queue {
  /** The core's order over the window. */
  readonly order: OrderCore;
  readonly #payments: Pick<Payments, "byRowId" | "waiting">;
  /** The only lane that is read, once it is known; the others' money waits in the store. */
  #lane: string | null = null;
  /** Last row that was read. */
  #cursor = 0;
  #isAllRead = false;
  /** Whether a row before the cursor found no room. */
  #hasMissed = false;
  /** Whether the rows still to be read are due whatever was planned for them. */
  #isDue = false;

  /** Reads nothing yet. */
  constructor(
    order: OrderCore,
    payments: Pick<Payments, "byRowId" | "waiting">,
  ) {
    this.order = order;
    this.#payments = payments;
  }

  /** Whether nothing is open here that could be forwarded now or later. */
  get isEmpty(): boolean {
    return this.order.count === 0 && !this.hasMore;
  }

  /** Whether open payments are outside the window. */
  get hasMore(): boolean {
    return !this.#isAllRead || this.#hasMissed;
  }

  /** Reads one more page if there is one and room for it; returns whether it did. */
  fill(nowMs: number): boolean {
    const { capacity, count } = this.order;
    const page = Math.max(1, Math.min(PAGE, capacity >> 1));
    if (count > capacity - page) return false;
    if (this.#isAllRead && this.#hasMissed) this.restart();
    if (this.#isAllRead) return false;
    const rows = this.#payments.waiting(this.#cursor, page);
    for (const row of rows) {
      this.#cursor = row.rowId;
      const isWanted = this.#lane === null || this.#lane === laneOf(row);
      if (isWanted) this.#put(row, this.#isDue ? nowMs : null);
    }
    if (rows.length < page) {
      this.#isAllRead = true;
      this.#isDue = false;
    }
    return true;
  }

  /** Reads all open payments again, from the first; what is in the order stays where it is. */
  restart(): void {
    this.#cursor = 0;
    this.#isAllRead = false;
    this.#hasMissed = false;
  }

  /** Money of this lane alone is read from now on. */
  readOnly(lane: string): void {
    if (lane === this.#lane) return;
    this.#lane = lane;
    this.restart();
  }

  /**
   * Takes in a payment; one that is there already stays where it is, and one that comes with a
   * later page waits for it, so that it overtakes no older one of its card.
   */
  add(row: PaymentRow): void {
    const isAhead = row.rowId > this.#cursor;
    if (isAhead && !this.#isAllRead) return;
    if (this.order.state(row.rowId) !== null) return;
    if (this.order.count < this.order.capacity) this.#put(waitingOf(row), null);
    else if (isAhead) this.#isAllRead = false;
    else this.#hasMissed = true;
  }

  /** Takes out a payment that was voided or settled elsewhere. */
  remove(rowId: number): void {
    if (this.order.state(rowId) !== null) this.order.remove(rowId);
  }

  /** Makes one payment, or all, due now. */
  makeDue(rowId: number | "all", nowMs: number): void {
    if (rowId === "all") {
      this.restart();
      this.#isDue = true;
      this.order.makeDue("all", nowMs);
      return;
    }
    const state = this.order.state(rowId);
    if (state === "queued") this.order.makeDue(rowId, nowMs);
    if (state !== null) return;
    const row = this.#payments.byRowId(rowId);
    if (row === null || !OPEN_STATES.includes(row.payment.state)) return;
    if (this.order.count >= this.order.capacity) this.moveOn();
    this.#put(waitingOf(row), nowMs);
  }

  /** After a failure: while others wait for room in the window, this one gives up its own. */
  stepBack(rowId: number): void {
    if (!this.hasMore) return;
    this.order.remove(rowId);
    this.#hasMissed = true;
  }

  /** Makes room: what waits in the window goes back to where it came from. */
  moveOn(): void {
    for (const rowId of [...this.order.seqs()]) {
      if (this.order.state(rowId) !== "queued") continue;
      this.order.remove(rowId);
      this.#hasMissed = true;
    }
  }

  #put(waiting: WaitingPayment, dueAtMs: number | null): void {
    const { rowId, storedAtMs, nextAttemptAtMs } = waiting;
    if (this.order.state(rowId) !== null) return;
    this.order.add({
      seq: rowId,
      lane: laneOf(waiting),
      cardKey: waiting.cardHmac,
      priority: 0,
      dueAtMs: dueAtMs ?? nextAttemptAtMs ?? storedAtMs,
      deadlineAtMs: storedAtMs + SCHEME_WINDOW_MS,
    });
  }
}

/** The lane of the payments of one account in one mode. */
export function laneOf(
  { account, isLivemode }: { account: string; isLivemode: boolean },
): string {
  return `${account}/${isLivemode ? "live" : "test"}`;
}

function waitingOf(
  { rowId, cardHmac, storedAtMs, payment }: PaymentRow,
): WaitingPayment {
  const { account, isLivemode, nextAttemptAtMs } = payment;
  return {
    rowId,
    account,
    isLivemode,
    cardHmac,
    storedAtMs,
    nextAttemptAtMs,
  };
}
