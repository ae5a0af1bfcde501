/** A refund that got no answer: it goes back once, whatever the clocks and keys do meanwhile. @module */
import assert from "node:assert/strict";
import { copyFileSync, rmSync } from "node:fs";
import { test } from "node:test";
import type { Terminal } from "../../engine/mod.ts";
import {
  refunded,
  type RefundFate,
  type RefundSwitches,
  troubledRefunds,
} from "../support/refunds.ts";
import { openShifted, ShiftedClock } from "../support/shifted.ts";
import { type Shop, withShop } from "../support/shop.ts";

const HOUR_MS = 60 * 60 * 1000;

interface Asked {
  shop: Shop;
  terminal: Terminal;
  localId: string;
  clock: ShiftedClock;
  keys: (string | null)[];
  switches: RefundSwitches;
}

/** Asks for `amount` of 1,000 once, meets `fate`, and lets Stripe forget the key. */
function afterADay(
  fate: RefundFate,
  amount: number | undefined,
  body: (asked: Asked) => Promise<void>,
): Promise<void> {
  return withShop(async (shop) => {
    const { gateway, keys, switches } = troubledRefunds(shop);
    const till = await shop.openTerminal();
    const { localId } = await shop.sell("visa", 1000);
    await till.close();
    const clock = new ShiftedClock(0);
    const terminal = await openShifted(shop, clock, { gateway });
    try {
      switches.refunds = fate;
      await assert.rejects(terminal.refundPayment(localId, amount), {
        code: "STRIPE_API_CONNECTION_ERROR",
      });
      switches.refunds = "answered";
      await shop.sandbox.control.advance(25 * HOUR_MS);
      await body({ shop, terminal, localId, clock, keys, switches });
    } finally {
      await terminal.close();
    }
  });
}

/** What a till's clock shows 25 hours later: the truth, an hour, an hour before, ten years on. */
const CLOCKS = [25, 1, -1, 10 * 365 * 24];

for (const hours of CLOCKS) {
  test(`refundPayment() of a part, repeated a day later by a clock that went on ${hours} h, gives back once`, () =>
    afterADay("response_lost", 400, async (asked) => {
      const { shop, terminal, localId, clock, keys } = asked;
      clock.aheadMs = hours * HOUR_MS;
      const { amount } = await terminal.refundPayment(localId, 400);
      assert.equal(amount, 400);
      assert.equal(keys.length, 1, "asked for what the list shows");
      assert.equal(refunded(shop), 400);
      assert.equal(terminal.listRefunds(localId).length, 1);
      // The next one of the same amount is another wish.
      await terminal.refundPayment(localId, 400);
      assert.equal(refunded(shop), 800);
    }));
}

test("refundPayment() that never reached Stripe is made a day later, with the same key", () =>
  afterADay("request_lost", 400, async ({ shop, terminal, localId, keys }) => {
    await terminal.refundPayment(localId, 400);
    assert.equal(keys.length, 2);
    assert.equal(new Set(keys).size, 1);
    assert.equal(refunded(shop), 400);
  }));

test("refundPayment() sends nothing while the list of refunds cannot be read", () =>
  afterADay("response_lost", 400, async (asked) => {
    const { shop, terminal, localId, keys, switches } = asked;
    switches.isListed = false;
    for (let i = 0; i < 2; i++) {
      await assert.rejects(terminal.refundPayment(localId, 400), {
        code: "STRIPE_API_CONNECTION_ERROR",
      });
    }
    assert.equal(keys.length, 1);
    switches.isListed = true;
    await terminal.refundPayment(localId, 400);
    assert.equal(refunded(shop), 400);
  }));

test("refundPayment() of another amount first learns what became of the one before", () =>
  afterADay("response_lost", 400, async ({ shop, terminal, localId }) => {
    const { amount } = await terminal.refundPayment(localId, 100);
    assert.equal(amount, 100);
    assert.deepEqual(
      terminal.listRefunds(localId).map((refund) => refund.amount),
      [400, 100],
    );
    assert.equal(refunded(shop), 500);
  }));

test("refundPayment() of everything a day later finds it made, instead of being refused", () =>
  afterADay("response_lost", undefined, async ({ shop, terminal, localId }) => {
    const { amount } = await terminal.refundPayment(localId);
    assert.equal(amount, 1000);
    assert.equal(refunded(shop), 1000);
  }));

/** Asks for 400 of 1,000, and Stripe answers with a failure that it saves under the key. */
function afterASavedFailure(
  kind: "error_before" | "error_after",
  body: (asked: Omit<Asked, "clock">) => Promise<void>,
): Promise<void> {
  return withShop(async (shop) => {
    const { gateway, keys, switches } = troubledRefunds(shop);
    const terminal = await shop.openTerminal({ gateway });
    const { localId } = await shop.sell("visa", 1000);
    const [is_saved, path] = [true, "/v1/refunds"];
    await shop.sandbox.control.addFaults({ kind, is_saved, path, count: 1 });
    await assert.rejects(terminal.refundPayment(localId, 400), {
      code: "STRIPE_API_CONNECTION_ERROR",
    });
    await body({ shop, terminal, localId, keys, switches });
  });
}

test("refundPayment() after a saved failure that was executed finds it made, and sends nothing more", () =>
  afterASavedFailure(
    "error_after",
    async ({ shop, terminal, localId, keys }) => {
      await terminal.refundPayment(localId, 400);
      assert.equal(keys.length, 1);
      assert.equal(refunded(shop), 400);
    },
  ));

test("refundPayment() after a saved failure waits until Stripe forgets the key, and gives back once", () =>
  afterASavedFailure(
    "error_before",
    async ({ shop, terminal, localId, keys }) => {
      await assert.rejects(terminal.refundPayment(localId, 400), {
        code: "STRIPE_API_CONNECTION_ERROR",
      });
      assert.equal(refunded(shop), 0);
      await shop.sandbox.control.advance(25 * HOUR_MS);
      await terminal.refundPayment(localId, 400);
      assert.equal(keys.length, 3);
      assert.equal(new Set(keys).size, 1, "another key could give back twice");
      assert.equal(refunded(shop), 400);
    },
  ));

test("refundPayment() leaves it to a person when a refund without a mark may be this one", () =>
  afterADay("request_lost", 400, async ({ shop, terminal, localId, keys }) => {
    const { id } = terminal.getPayment(localId)!;
    await shop.api("/v1/refunds", { payment_intent: id!, amount: "400" });
    await assert.rejects(terminal.refundPayment(localId, 400), {
      code: "REFUND_UNCLEAR",
      details: { amount: 400 },
    });
    assert.equal(keys.length, 1);
    assert.equal(refunded(shop), 400);
    const kinds = terminal.timeline(localId).map(({ kind }) => kind);
    assert.equal(kinds.at(-1), "refund_unclear");
    // The person has looked, and decides to give another part back.
    await terminal.refundPayment(localId, 400);
    assert.equal(refunded(shop), 800);
  }));

test("refundPayment() whose caller has left asks the next one whether it went back", () =>
  withShop(async (shop) => {
    const { gateway, keys, switches } = troubledRefunds(shop);
    let open = (): void => {};
    let lists = 0;
    const gate = new Promise<void>((resolve) => open = resolve);
    const listRefunds: typeof gateway.listRefunds = async (...call) => {
      await gate;
      const result = await gateway.listRefunds(...call);
      setTimeout(() => lists++);
      return result;
    };
    const terminal = await shop.openTerminal({
      gateway: { ...gateway, listRefunds },
    });
    const { localId } = await shop.sell("visa", 1000);
    const { id } = terminal.getPayment(localId)!;
    switches.refunds = "request_lost";
    await assert.rejects(terminal.refundPayment(localId, 400), {
      code: "STRIPE_API_CONNECTION_ERROR",
    });
    await shop.api("/v1/refunds", { payment_intent: id!, amount: "400" });
    const leaving = new AbortController();
    const left = terminal.refundPayment(localId, 400, {
      signal: leaving.signal,
    });
    leaving.abort();
    await assert.rejects(left, { code: "CANCELED" });
    open();
    await shop.until(() => lists === 1);
    switches.refunds = "answered";
    await assert.rejects(terminal.refundPayment(localId, 400), {
      code: "REFUND_UNCLEAR",
    });
    assert.equal(keys.length, 1);
    assert.equal(refunded(shop), 400);
  }));

test("refundPayment() twice at once is one refund", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const { localId } = await shop.sell("visa", 1000);
    const asked = [1, 2, 3].map(() => terminal.refundPayment(localId, 400));
    const made = await Promise.allSettled(asked);
    const ids = made.flatMap((one) =>
      one.status === "fulfilled" ? [one.value.id] : []
    );
    assert.equal(new Set(ids).size, 1);
    assert.equal(refunded(shop), 400);
    assert.equal(terminal.listRefunds(localId).length, 1);
    const kinds = terminal.timeline(localId).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === "refunded").length, 1);
  }));

test("refundPayment() on a store put back from a backup is another refund, with another name", () =>
  withShop(async (shop) => {
    const { gateway, keys } = troubledRefunds(shop);
    const terminal = await shop.openTerminal({ gateway });
    const { localId } = await shop.sell("visa", 1000);
    await terminal.close();
    copyFileSync(shop.path, `${shop.path}.copy`);
    const second = await shop.openTerminal({ gateway });
    await second.refundPayment(localId, 300);
    await second.close();
    rmSync(`${shop.path}-wal`, { force: true });
    copyFileSync(`${shop.path}.copy`, shop.path);
    const restored = await shop.openTerminal({ gateway });
    await restored.refundPayment(localId, 300);
    assert.equal(new Set(keys).size, 2);
    assert.equal(refunded(shop), 600);
  }));
