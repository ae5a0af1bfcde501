/** From the store into the order: everything once, oldest first, whatever the capacity. @module */
import assert from "node:assert/strict";
import test from "node:test";
import { loadCore } from "../../../bindings/mod.ts";
import { Queue } from "../../../engine/forward/queue.ts";
import type { WaitingPayment } from "../../../engine/store/payments.ts";
import type { PaymentRow } from "../../../engine/store/rows.ts";

const core = await loadCore();
const NOW_MS = 1_750_000_000_000;

/** Open payments by row id, all of one card, as the store would list them. */
class Shelf {
  rowIds: number[] = [];
  readonly limits: number[] = [];
  /** When they are to be tried again. */
  nextAttemptAtMs: number | null = null;

  byRowId(rowId: number): PaymentRow | null {
    return this.rowIds.includes(rowId) ? rowOf(rowId) : null;
  }

  settle(rowId: number): void {
    this.rowIds = this.rowIds.filter((open) => open !== rowId);
  }

  waiting(afterRowId: number, limit: number): WaitingPayment[] {
    this.limits.push(limit);
    return this.rowIds.filter((rowId) => rowId > afterRowId).slice(0, limit)
      .map((rowId) => {
        const { nextAttemptAtMs } = this;
        return { ...waitingOf(rowId), nextAttemptAtMs };
      });
  }
}

function waitingOf(rowId: number): WaitingPayment {
  return {
    rowId,
    account: "acct",
    isLivemode: false,
    cardHmac: new Uint8Array(16).fill(rowId % 7),
    storedAtMs: NOW_MS,
    nextAttemptAtMs: null,
  };
}

/** The row of a sale. */
function rowOf(rowId: number): PaymentRow {
  const waiting = waitingOf(rowId);
  const payment = { ...waiting, state: "stored" };
  return { ...waiting, payment } as unknown as PaymentRow;
}

function make(count: number, capacity: number) {
  const shelf = new Shelf();
  for (let i = 1; i <= count; i++) shelf.rowIds.push(i);
  const order = core.createOrder({
    nowMs: NOW_MS,
    capacity,
    maxInFlight: 1,
    ratePerSecond: 1000,
    burst: 1000,
  });
  return { shelf, order, queue: new Queue(order, shelf) };
}

/** Hands out what is due until there is nothing, loading as the forwarder does. */
function drain({ shelf, queue, order }: ReturnType<typeof make>): number[] {
  const taken: number[] = [];
  for (let nowMs = NOW_MS;; nowMs += 1000) {
    while (queue.fill(nowMs));
    const next = order.next(nowMs);
    if (next.kind === "empty") return taken;
    if (next.kind !== "take") continue;
    taken.push(next.seq);
    order.done(next.seq);
    shelf.settle(next.seq);
  }
}

test("fill() loads a long queue in pages and says when there is more", () => {
  const made = make(2500, 4000);
  const { shelf, order, queue } = made;
  assert.equal(queue.fill(NOW_MS), true);
  assert.equal(order.count, 1000);
  assert.equal(queue.fill(NOW_MS), true);
  assert.equal(queue.fill(NOW_MS), true);
  assert.equal(queue.hasMore, false);
  assert.equal(order.count, 2500);
  assert.equal(queue.fill(NOW_MS), false);
  assert.deepEqual(shelf.limits, [1000, 1000, 1000]);
});

test("fill() with an order smaller than the queue loads the rest as room comes", () => {
  const made = make(100, 8);
  const { shelf } = made;
  const all = shelf.rowIds;
  assert.deepEqual(drain(made), all);
});

test("add() leaves a sale behind the unloaded ones to its page, and takes it once", () => {
  const made = make(1500, 4000);
  const { shelf, order, queue } = made;
  queue.fill(NOW_MS);
  shelf.rowIds.push(1501);
  queue.add(rowOf(1501));
  assert.equal(order.state(1501), null);
  assert.equal(queue.fill(NOW_MS), true);
  assert.equal(order.state(1501), "queued");
  shelf.rowIds.push(1502);
  queue.add(rowOf(1502));
  queue.add(rowOf(1502));
  assert.equal(order.count, 1502);
  assert.equal(drain(made).length, 1502);
});

test("add() to a full order keeps the payment for when there is room", () => {
  const made = make(8, 8);
  const { shelf, order, queue } = made;
  queue.fill(NOW_MS);
  queue.fill(NOW_MS);
  for (const rowId of [9, 10]) {
    shelf.rowIds.push(rowId);
    queue.add(rowOf(rowId));
  }
  assert.equal(order.state(9), null);
  const all = shelf.rowIds;
  assert.deepEqual(drain(made), all);
});

test("add() puts a failed payment back although later ones are loaded", () => {
  const { order, queue } = make(5, 8);
  queue.fill(NOW_MS);
  order.remove(2);
  queue.add(rowOf(2));
  assert.equal(order.state(2), "queued");
});

test("makeDue() of a payment outside of a full window takes it in and forgets none", () => {
  const made = make(40, 8);
  const { shelf, order, queue } = made;
  while (queue.fill(NOW_MS));
  queue.makeDue(33, NOW_MS);
  assert.deepEqual(order.next(NOW_MS), { kind: "take", seq: 33 });
  order.done(33);
  shelf.settle(33);
  const rest = shelf.rowIds;
  assert.deepEqual(drain(made).sort((a, b) => a - b), rest);
  assert.equal(queue.isEmpty, true);
});

test("makeDue() of all makes those due too that are outside of the window, before and behind it", () => {
  const { shelf, order, queue } = make(40, 8);
  shelf.nextAttemptAtMs = NOW_MS + 365 * 24 * 3600_000;
  for (let i = 0; i < 3; i++) {
    while (queue.fill(NOW_MS));
    queue.moveOn();
  }
  while (queue.fill(NOW_MS));
  assert.equal(order.next(NOW_MS).kind, "wait");
  queue.makeDue("all", NOW_MS);
  const taken = new Set<number>();
  for (let nowMs = NOW_MS; nowMs < NOW_MS + 60_000; nowMs += 100) {
    while (queue.fill(nowMs));
    const next = order.next(nowMs);
    if (next.kind !== "take") continue;
    taken.add(next.seq);
    order.done(next.seq);
    shelf.settle(next.seq);
  }
  assert.equal(taken.size, 40);
});

test("stepBack() of a failed payment makes room while others wait for it, and brings it back", () => {
  const made = make(12, 8);
  const { shelf, order, queue } = made;
  while (queue.fill(NOW_MS));
  const random = new Uint8Array(8);
  assert.deepEqual(order.next(NOW_MS), { kind: "take", seq: 1 });
  order.retry(1, NOW_MS, random, 3_600_000);
  queue.stepBack(1);
  assert.equal(order.state(1), null);
  const all = shelf.rowIds;
  assert.deepEqual(drain(made).sort((a, b) => a - b), all);
  // With nobody waiting it keeps its place, and its count of failures.
  const short = make(2, 8);
  while (short.queue.fill(NOW_MS));
  short.order.next(NOW_MS);
  short.order.retry(1, NOW_MS, random);
  short.queue.stepBack(1);
  assert.equal(short.order.state(1), "queued");
});

test("readOnly() leaves other accounts' payments in the store", () => {
  const { order, queue } = make(5, 8);
  queue.readOnly("acct_other/test");
  while (queue.fill(NOW_MS));
  assert.equal(order.count, 0);
  assert.equal(queue.isEmpty, true);
  queue.readOnly("acct/test");
  while (queue.fill(NOW_MS));
  assert.equal(order.count, 5);
});
