/** Whose credentials: asked before anything is created, and asked again after an outage. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HoldfastError } from "../../engine/mod.ts";
import {
  API_KEY,
  type Shop,
  type TerminalChanges,
  withShop,
} from "../support/shop.ts";

function withKey(shop: Shop, apiKey: string): TerminalChanges {
  const { gateway } = shop.options();
  return { gateway: { ...gateway, apiKey } as typeof gateway };
}

test("createPaymentIntent() with another shop's key creates nothing there and stores the sale", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal({
      ...withKey(shop, "sk_test_someone_else"),
      callDeadlineMs: 1_500,
    });
    assert.equal(await terminal.probeNetwork(), "online");
    const intent = await terminal.createPaymentIntent({
      amount: 1200,
      currency: "usd",
    });
    assert.equal(intent.id, null);
    shop.reader.enqueue("visa");
    const collected = await terminal.collectPaymentMethod(intent);
    const confirmed = await terminal.confirmPaymentIntent(collected);
    assert.equal(confirmed.state, "stored");
    assert.deepEqual(await shop.sandbox.control.intents(), []);
    // With its own key the shop gets its money: nothing foreign stuck to the payment.
    await shop.openTerminal();
    await shop.drained();
    const [charged, ...others] = await shop.sandbox.control.intents();
    assert.deepEqual(others, []);
    assert.equal(charged.account, shop.account);
    assert.equal((await shop.sandbox.control.report()).charges, 1);
  }));

test("createPaymentIntent() that requires a connection names the credentials' mistake", () =>
  withShop(async (shop) => {
    const cases = [
      ["sk_test_someone_else", "ACCOUNT_ID_MISMATCH_WHILE_FORWARDING"],
      ["sk_live_shop", "OFFLINE_TESTMODE_PAYMENT_IN_LIVEMODE"],
      ["sk_test_gone", "FORWARDING_UNAUTHORIZED"],
    ];
    await shop.sandbox.control.setKey("sk_test_gone", "revoked");
    for (const [key, code] of cases) {
      const terminal = await shop.openTerminal(withKey(shop, key));
      await assert.rejects(
        terminal.createPaymentIntent(
          { amount: 1200, currency: "usd" },
          { offlineBehavior: "require_online" },
        ),
        { code },
      );
    }
    assert.deepEqual(await shop.sandbox.control.intents(), []);
  }));

test("another key of the same account takes the drain over without a second charge", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    await control.setOffline(true);
    await shop.openTerminal();
    for (let i = 0; i < 6; i++) await shop.sell("visa");
    // The old key dies after the third confirmation; its answers were lost on the way.
    await control.addFaults({
      kind: "drop_response",
      path: "/confirm",
      count: 3,
    });
    const errors: HoldfastError[] = [];
    shop.terminal.on("forwardingFailure", ({ error }) => errors.push(error));
    await control.setOffline(false);
    await shop.until(async () => (await control.report()).charges >= 3);
    await control.setKey(API_KEY, "revoked");
    await shop.until(() => errors.length > 0);
    assert.equal(errors[0].code, "FORWARDING_UNAUTHORIZED");
    await shop.openTerminal(withKey(shop, "rk_test_shop"));
    await shop.drained();
    const { charges, duplicates } = await control.report();
    assert.deepEqual({ charges, duplicates }, { charges: 6, duplicates: 0 });
  }));
