/** Refunds, and the alarm before a manual capture lapses. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Terminal } from "../../engine/mod.ts";
import { refunded, troubledRefunds } from "../support/refunds.ts";
import { startTestRelay } from "../support/relay.ts";
import { openShifted, ShiftedClock } from "../support/shifted.ts";
import { type Shop, withShop } from "../support/shop.ts";

const HOUR_MS = 60 * 60 * 1000;

test("refundPayment() gives back parts and then the rest, and no more", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const { localId } = await shop.sell("visa", 1000);
    const first = await terminal.refundPayment(localId, 300);
    assert.equal(first.amount, 300);
    assert.equal(first.status, "succeeded");
    assert.equal(first.currency, "usd");
    const second = await terminal.refundPayment(localId, 300);
    assert.notEqual(second.id, first.id);
    const rest = await terminal.refundPayment(localId);
    assert.equal(rest.amount, 400);
    assert.equal(refunded(shop), 1000);
    assert.deepEqual(terminal.listRefunds(localId), [first, second, rest]);
    await assert.rejects(terminal.refundPayment(localId), {
      code: "REFUND_NOT_POSSIBLE",
      details: { code: "charge_already_refunded" },
    });
    const kinds = terminal.timeline(localId).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === "refunded").length, 3);
  }));

test("refundPayment() left by its caller, or past its deadline, goes on and is made once", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const { localId } = await shop.sell("visa", 1000);
    const made = async (count: number): Promise<void> => {
      while (terminal.listRefunds(localId).length < count) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const abort = new AbortController();
    const { signal } = abort;
    const leaving = terminal.refundPayment(localId, 300, { signal });
    abort.abort();
    await assert.rejects(leaving, { code: "CANCELED" });
    await made(1);
    await assert.rejects(
      terminal.refundPayment(localId, 200, { deadlineMs: 0 }),
      { code: "REQUEST_TIMED_OUT" },
    );
    await made(2);
    assert.equal(refunded(shop), 500);
  }));

test("refundPayment() without an answer asks for the same refund again, also after a restart", () =>
  withShop(async (shop) => {
    const { gateway, keys, switches } = troubledRefunds(shop);
    let terminal = await shop.openTerminal({ gateway });
    const { localId } = await shop.sell("visa", 1000);
    switches.refunds = "request_lost";
    for (let i = 0; i < 3; i++) {
      await assert.rejects(terminal.refundPayment(localId, 400), {
        code: "STRIPE_API_CONNECTION_ERROR",
      });
    }
    await assert.rejects(terminal.refundPayment(localId, 500), {
      code: "REFUND_NOT_POSSIBLE",
      details: { amount: 400 },
    });
    terminal = await shop.openTerminal({ gateway });
    switches.refunds = "answered";
    const { amount } = await terminal.refundPayment(localId, 400);
    assert.equal(amount, 400);
    assert.equal(keys.length, 4);
    assert.equal(new Set(keys).size, 1);
    assert.equal(refunded(shop), 400);
  }));

test("refundPayment() refuses what took no money, and what is no amount", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const { localId } = await shop.sell("visa", 1000);
    for (const amount of [0, -1, 1.5, 1001, Number.NaN]) {
      await assert.rejects(terminal.refundPayment(localId, amount), {
        code: "INVALID_ARGUMENT",
        field: "amount",
      });
    }
    await shop.sandbox.control.setOffline(true);
    await assert.rejects(terminal.refundPayment(localId), {
      code: "STRIPE_API_CONNECTION_ERROR",
    });
    const stored = await shop.sell("visa", 500, {
      offlineBehavior: "force_offline",
    });
    terminal.pauseForwarding();
    await shop.sandbox.control.setOffline(false);
    await assert.rejects(terminal.refundPayment(stored.localId), {
      code: "REFUND_NOT_POSSIBLE",
      details: { state: "stored" },
    });
    assert.equal(refunded(shop), 0);
  }));

test("refundPayment() works through the relay", () =>
  withShop(async (shop) => {
    const relay = await startTestRelay(shop);
    try {
      const terminal = await shop.openTerminal({
        gateway: relay.gateway(),
        probeUrl: relay.running.url,
      });
      const { localId } = await shop.sell("visa", 1000);
      const { amount } = await terminal.refundPayment(localId, 250);
      assert.equal(amount, 250);
      assert.equal(refunded(shop), 250);
    } finally {
      await relay.running.close();
    }
  }));

/** Sells one manual payment online and closes the till. */
async function sellManual(shop: Shop): Promise<string> {
  const terminal = await shop.openTerminal();
  shop.reader.enqueue("visa");
  const created = await terminal.createPaymentIntent({
    amount: 800,
    currency: "usd",
    captureMethod: "manual",
  });
  const collected = await terminal.collectPaymentMethod(created);
  const { localId, state } = await terminal.confirmPaymentIntent(collected);
  assert.equal(state, "forwarded");
  await terminal.close();
  return localId;
}

/** The local ids the alarm rings for, once somebody listens. */
async function ringing(terminal: Terminal): Promise<string[]> {
  const heard: string[] = [];
  terminal.on(
    "captureWindowClosing",
    ({ payment }) => heard.push(payment.localId),
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  return heard;
}

test("the alarm rings six hours before an authorisation lapses, and not before", () =>
  withShop(async (shop) => {
    const localId = await sellManual(shop);
    for (const [hours, expected] of [[41, []], [43, [localId]]] as const) {
      const clock = new ShiftedClock(hours * HOUR_MS);
      const terminal = await openShifted(shop, clock);
      assert.deepEqual(await ringing(terminal), expected);
      await terminal.close();
    }
    // Every start rings again, the timeline says it once.
    const terminal = await openShifted(shop, new ShiftedClock(44 * HOUR_MS));
    assert.deepEqual(await ringing(terminal), [localId]);
    const lines = terminal.timeline(localId)
      .filter(({ kind }) => kind === "capture_window_closing");
    assert.equal(lines.length, 1);
    const closesAtMs = lines[0].body.closesAtMs as number;
    assert.ok(Math.abs(closesAtMs - Date.now() - 48 * HOUR_MS) < HOUR_MS);
    await terminal.close();
  }));

test("the alarm is silent for a captured payment, and its lead is the app's", () =>
  withShop(async (shop) => {
    const localId = await sellManual(shop);
    const early = await openShifted(shop, new ShiftedClock(HOUR_MS), {
      captureAlarmMs: 47.5 * HOUR_MS,
    });
    assert.deepEqual(await ringing(early), [localId]);
    const { state } = await early.capturePaymentIntent(localId);
    assert.equal(state, "captured");
    await early.close();
    const late = await openShifted(shop, new ShiftedClock(47 * HOUR_MS));
    assert.deepEqual(await ringing(late), []);
    await late.close();
  }));
