/** Stripe Terminal's four simulated networks. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FastClock } from "../support/fast_clock.ts";
import { API_KEY, withShop } from "../support/shop.ts";

const USD = { amount: 700, currency: "usd" };

test("setSimulatedOfflineMode() offlineImmediate stores at once, disabled forwards again", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    terminal.setSimulatedOfflineMode({ sdk: "offlineImmediate" });
    const sold = await shop.sell("visa");
    assert.equal(sold.state, "stored");
    assert.equal((await shop.sandbox.control.report()).charges, 0);
    terminal.setSimulatedOfflineMode({ sdk: "disabled" });
    await shop.drained();
    assert.equal((await shop.charges()).get(sold.localId), 1);
  }));

test("simulatedOffline of the configuration holds from the first request on", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal({
      simulatedOffline: { sdk: "offlineImmediate" },
    });
    assert.equal((await shop.sell("visa")).state, "stored");
    assert.equal(await terminal.probeNetwork(), "offline");
  }));

test("offlineTimeout hangs for fifteen seconds of the clock, then fails", () =>
  withShop(async (shop) => {
    const clock = new FastClock(50);
    const terminal = await shop.openTerminalAt(clock, {
      callDeadlineMs: 60_000,
      stepDeadlineMs: 60_000,
      forwarding: { probeDeadlineMs: 60_000 },
    });
    assert.equal(await terminal.probeNetwork(), "online");
    terminal.setSimulatedOfflineMode({ sdk: "offlineTimeout" });
    const startMs = clock.monotonicMs();
    assert.equal(await terminal.probeNetwork(), "offline");
    const tookMs = clock.monotonicMs() - startMs;
    assert.ok(tookMs >= 15_000 && tookMs < 30_000, `took ${tookMs}`);
  }));

test("offlineTimeout is cut short by the engine's own deadlines", () =>
  withShop(async (shop) => {
    const clock = new FastClock(50);
    const terminal = await shop.openTerminalAt(clock, {
      simulatedOffline: { sdk: "offlineTimeout" },
      forwarding: { probeDeadlineMs: 1_000 },
    });
    const startMs = clock.monotonicMs();
    const intent = await terminal.createPaymentIntent(USD);
    assert.equal(intent.id, null);
    assert.ok(clock.monotonicMs() - startMs < 15_000);
  }));

test("offlineIntermittent fails about half of the requests", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal({
      simulatedOffline: { sdk: "offlineIntermittent" },
    });
    let failed = 0;
    for (let i = 0; i < 100; i++) {
      if (await terminal.probeNetwork() === "offline") failed++;
    }
    // 100 fair coins are within 25..75 but for three runs in ten million.
    assert.ok(failed >= 25 && failed <= 75, `${failed} of 100 failed`);
  }));

test("offlineIntermittent loses nothing and doubles nothing", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal({
      simulatedOffline: { sdk: "offlineIntermittent" },
    });
    const sold = [];
    for (let i = 0; i < 10; i++) {
      sold.push(
        await shop.sell("visa", 500 + i, { offlineBehavior: "force_offline" }),
      );
    }
    await shop.until(() => {
      terminal.forwardNow();
      return terminal.offlineStatus.sdk.offlinePaymentsCount === 0;
    });
    const charges = await shop.charges();
    for (const { localId } of sold) assert.equal(charges.get(localId), 1);
  }));

test("two engines on one network have a weather each, as POS and smart reader do", async () => {
  await withShop((pos) =>
    withShop(async (reader) => {
      await pos.openTerminal({ simulatedOffline: { sdk: "offlineImmediate" } });
      await reader.openTerminal();
      assert.equal(await pos.terminal.probeNetwork(), "offline");
      assert.equal(await reader.terminal.probeNetwork(), "online");
      assert.equal((await pos.sell("visa")).state, "stored");
      assert.equal((await reader.sell("visa")).state, "forwarded");
    })
  );
});

test("setSimulatedOfflineMode() in live mode throws SIMULATED_OFFLINE_MODE_NOT_AVAILABLE_IN_LIVEMODE", () =>
  withShop(async (shop) => {
    const { gateway } = shop.options();
    const live = {
      account: { id: shop.account, isLivemode: true },
      gateway: { ...gateway, apiKey: API_KEY.replace("_test_", "_live_") },
    } as Parameters<typeof shop.openTerminal>[0];
    const terminal = await shop.openTerminal(live);
    const refusal = {
      code: "SIMULATED_OFFLINE_MODE_NOT_AVAILABLE_IN_LIVEMODE",
    };
    assert.throws(
      () => terminal.setSimulatedOfflineMode({ sdk: "offlineImmediate" }),
      refusal,
    );
    terminal.setSimulatedOfflineMode({ sdk: "disabled" });
    await assert.rejects(
      shop.openTerminal({
        ...live,
        simulatedOffline: { sdk: "offlineTimeout" },
      }),
      refusal,
    );
    assert.throws(
      () => terminal.setSimulatedOfflineMode({ sdk: "foggy" as "disabled" }),
      { code: "TERMINAL_CLOSED" },
    );
  }));
