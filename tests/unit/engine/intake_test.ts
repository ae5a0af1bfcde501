/** From the store into the order: everything once, oldest first, whatever the capacity. @module */
import assert from "node:assert/strict";
import test from "node:test";
import { loadCore, type OrderCore } from "../../../bindings/mod.ts";
import { Intake } from "../../../engine/forward/intake.ts";
import type { WaitingPayment } from "../../../engine/store/payments.ts";
import type { PaymentRow } from "../../../engine/store/rows.ts";

const core = await loadCore();
const NOW_MS = 1_750_000_000_000;

/** Open payments by row id, all of one card, as the store would list them. */
class Shelf {
  readonly rowIds: number[] = [];
  readonly limits: number[] = [];

  waiting(afterRowId: number, limit: number): WaitingPayment[] {
    this.limits.push(limit);
    return this.rowIds.filter((rowId) => rowId > afterRowId).slice(0, limit)
      .map(waitingOf);
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
  return { ...waiting, payment: waiting } as unknown as PaymentRow;
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
  return { shelf, order, intake: new Intake(order, shelf) };
}

/** Hands out what is due until there is nothing, loading as the forwarder does. */
function drain(intake: Intake, order: OrderCore): number[] {
  const taken: number[] = [];
  for (let nowMs = NOW_MS;; nowMs += 1000) {
    while (intake.loadPage());
    const next = order.next(nowMs);
    if (next.kind === "empty") return taken;
    if (next.kind !== "take") continue;
    taken.push(next.seq);
    order.done(next.seq);
  }
}

test("loadPage() loads a long queue in pages and says when there is more", () => {
  const { shelf, order, intake } = make(2500, 4000);
  assert.equal(intake.loadPage(), true);
  assert.equal(order.count, 1000);
  assert.equal(intake.loadPage(), true);
  assert.equal(intake.loadPage(), false);
  assert.equal(order.count, 2500);
  intake.loadPage();
  assert.deepEqual(shelf.limits, [1000, 1000, 1000]);
});

test("loadPage() with an order smaller than the queue loads the rest as room comes", () => {
  const { shelf, order, intake } = make(100, 8);
  assert.deepEqual(drain(intake, order), shelf.rowIds);
});

test("add() leaves a sale behind the unloaded ones to its page, and takes it once", () => {
  const { shelf, order, intake } = make(1500, 4000);
  intake.loadPage();
  shelf.rowIds.push(1501);
  intake.add(rowOf(1501));
  assert.equal(order.state(1501), null);
  assert.equal(intake.loadPage(), false);
  assert.equal(order.state(1501), "queued");
  shelf.rowIds.push(1502);
  intake.add(rowOf(1502));
  intake.add(rowOf(1502));
  assert.equal(order.count, 1502);
  assert.equal(drain(intake, order).length, 1502);
});

test("add() to a full order keeps the payment for when there is room", () => {
  const { shelf, order, intake } = make(8, 8);
  intake.loadPage();
  intake.loadPage();
  for (const rowId of [9, 10]) {
    shelf.rowIds.push(rowId);
    intake.add(rowOf(rowId));
  }
  assert.equal(order.state(9), null);
  assert.deepEqual(drain(intake, order), shelf.rowIds);
});

test("add() puts a failed payment back although later ones are loaded", () => {
  const { order, intake } = make(5, 8);
  intake.loadPage();
  order.remove(2);
  intake.add(rowOf(2));
  assert.equal(order.state(2), "queued");
});
