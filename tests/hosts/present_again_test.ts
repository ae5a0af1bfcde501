/** Declined offline payments that are presented again, against the sandbox. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { GatewayResult, Payment, Terminal } from "../../engine/mod.ts";
import {
  createStripeGateway,
  type StripeGatewayOptions,
} from "../../hosts/posix/stripe_gateway.ts";
import { openShifted, ShiftedClock } from "../support/shifted.ts";
import { type Shop, withShop } from "../support/shop.ts";

const MINUTE_MS = 60_000;
const OFFLINE = { offlineBehavior: "force_offline" } as const;
const ON = { declineRetry: { isEnabled: true } };
const SOFT_CARD = "charge_declined_processing_error";

/** Confirmations that reached the sandbox. */
async function confirmations(shop: Shop): Promise<number> {
  const requests = await shop.sandbox.control.requests();
  return requests.filter(({ path }) => path.endsWith("/confirm")).length;
}

async function declinedForNow(shop: Shop, localId: string): Promise<Payment> {
  const read = () => shop.terminal.getPayment(localId)!;
  await shop.until(() => read().error !== null);
  return read();
}

async function settled(terminal: Terminal, localId: string): Promise<Payment> {
  for (let i = 0; i < 500; i++) {
    const payment = terminal.getPayment(localId)!;
    if (payment.nextAttemptAtMs === null) return payment;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("the payment has no outcome");
}

test("a soft decline leaves the payment open, and nothing is sent before its time", () =>
  withShop(async (shop) => {
    await shop.openTerminal(ON);
    const { localId } = await shop.sell(SOFT_CARD, 1000, OFFLINE);
    const payment = await declinedForNow(shop, localId);
    assert.equal(payment.state, "stored");
    assert.equal(payment.error!.code, "processing_error");
    const waitMs = payment.nextAttemptAtMs! - Date.now();
    assert.ok(waitMs > 14 * MINUTE_MS, `${waitMs} ms`);
    for (let i = 0; i < 5; i++) {
      shop.terminal.forwardNow();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // A restart changes nothing of it.
    await shop.openTerminal(ON);
    shop.terminal.forwardNow();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(await confirmations(shop), 1);
    assert.equal(shop.terminal.getPayment(localId)!.state, "stored");
    assert.equal(shop.terminal.offlineStatus.sdk.offlinePaymentsCount, 1);
    await assert.rejects(shop.terminal.cancelPaymentIntent(localId), {
      code: "PAYMENT_ALREADY_SENT",
    });
  }));

test("a payment declined every time is presented as often as allowed, on one intent", () =>
  withShop(async (shop) => {
    await shop.openTerminal(ON);
    const { localId } = await shop.sell(SOFT_CARD, 1000, OFFLINE);
    await declinedForNow(shop, localId);
    await shop.terminal.close();
    const clock = new ShiftedClock(0);
    for (const [minutes, sent] of [[16, 2], [140, 3], [900, 4]]) {
      clock.aheadMs = minutes * MINUTE_MS;
      const terminal = await openShifted(shop, clock, ON);
      terminal.forwardNow();
      await shop.until(async () => await confirmations(shop) === sent);
      if (sent === 4) {
        const payment = await settled(terminal, localId);
        assert.equal(payment.state, "declined");
        assert.equal(payment.error!.code, "processing_error");
        const kinds = terminal.timeline(localId).map(({ kind }) => kind);
        assert.deepEqual(kinds, [
          "stored",
          "declined_for_now",
          "declined_for_now",
          "declined_for_now",
          "declined",
        ]);
      } else {
        await shop.until(() =>
          terminal.timeline(localId).filter(({ kind }) =>
            kind === "declined_for_now"
          ).length === sent
        );
      }
      await terminal.close();
    }
    const intents = await shop.sandbox.control.intents();
    assert.equal(intents.length, 1);
    // Closed, so that no late confirmation can take the money after all.
    assert.equal(intents[0].status, "canceled");
    assert.equal((await shop.sandbox.control.report()).charges, 0);
  }));

test("a payment that is approved the second time is forwarded without an error", () =>
  withShop(async (shop) => {
    const { gateway } = shop.options();
    const honest = createStripeGateway(
      shop.core,
      gateway as StripeGatewayOptions,
    );
    const keys: string[] = [];
    const changes = {
      ...ON,
      gateway: {
        ...honest,
        confirmIntent(
          ...args: Parameters<typeof honest.confirmIntent>
        ): Promise<GatewayResult> {
          keys.push(args[2].idempotencyKey!);
          if (keys.length > 1) return honest.confirmIntent(...args);
          return Promise.resolve({
            kind: "declined",
            error: {
              code: "card_declined",
              declineCode: "issuer_not_available",
              adviceCode: "try_again_later",
            },
          });
        },
      },
    };
    await shop.openTerminal(changes);
    const { localId } = await shop.sell("visa", 1000, OFFLINE);
    await declinedForNow(shop, localId);
    await shop.terminal.close();
    const clock = new ShiftedClock(16 * MINUTE_MS);
    const terminal = await openShifted(shop, clock, changes);
    terminal.forwardNow();
    const payment = await settled(terminal, localId);
    await terminal.close();
    assert.equal(payment.state, "forwarded");
    assert.equal(payment.error, null);
    assert.equal(new Set(keys).size, 2);
    assert.equal((await shop.charges()).get(localId), 1);
  }));

test("an online payment is declined at once, whatever the policy", () =>
  withShop(async (shop) => {
    await shop.openTerminal(ON);
    const { state, payment } = await shop.sell(SOFT_CARD, 1000);
    assert.equal(state, "declined");
    assert.equal(payment!.error!.code, "processing_error");
  }));

test("a stolen card is declined at once and leaves an alert in the timeline", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal(ON);
    const { localId } = await shop.sell(
      "charge_declined_stolen_card",
      1000,
      OFFLINE,
    );
    await shop.drained();
    assert.equal(terminal.getPayment(localId)!.state, "declined");
    const kinds = terminal.timeline(localId).map(({ kind }) => kind);
    assert.ok(kinds.includes("fraud_alert"));
  }));
