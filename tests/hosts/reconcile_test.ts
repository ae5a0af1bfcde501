/** Our books and the sandbox's, laid beside each other through the real store. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Gateway, GatewayResult } from "../../engine/mod.ts";
import {
  createStripeGateway,
  type StripeGatewayOptions,
} from "../../hosts/posix/stripe_gateway.ts";
import { startTestRelay } from "../support/relay.ts";
import { openShifted, ShiftedClock } from "../support/shifted.ts";
import { SILENCE } from "../sim/forward/silence.ts";
import { type Shop, withShop } from "../support/shop.ts";
import { confirmParams, SALE } from "../unit/sandbox/_support.ts";

const HOUR_MS = 60 * 60 * 1000;
const OFFLINE = { offlineBehavior: "force_offline" } as const;

function honest(shop: Shop): Gateway {
  const { gateway } = shop.options();
  return createStripeGateway(shop.core, gateway as StripeGatewayOptions);
}

/** Charges at the sandbox what no till of ours knows of. */
async function charge(
  shop: Shop,
  metadata: Record<string, string>,
): Promise<string> {
  const stripe = shop.stripe();
  const { id } = await stripe.paymentIntents.create({ ...SALE, metadata });
  await stripe.paymentIntents.confirm(id, confirmParams());
  return id;
}

async function metadataOf(shop: Shop, id: string) {
  const intents = await shop.sandbox.control.intents();
  assert.ok(intents.some((intent) => intent.id === id));
  const stripe = shop.stripe();
  return (await stripe.paymentIntents.retrieve(id)).metadata;
}

test("reconcile() with nothing wrong reports nothing and is kept", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    await shop.sell("visa");
    await shop.sell("mastercard", 900, OFFLINE);
    await shop.drained();
    const heard: number[] = [];
    terminal.on(
      "reconciliationFinished",
      (report) => heard.push(report.intentCount),
    );
    const report = await terminal.reconcile();
    assert.equal(report.isComplete, true);
    assert.equal(report.intentCount, 2);
    assert.deepEqual(report.recovered, []);
    assert.deepEqual(report.disagreements, []);
    assert.deepEqual(report.orphansCanceled, []);
    assert.deepEqual(heard, [2]);
    assert.deepEqual(terminal.reconciliations(), [report]);
  }));

test("reconcile() finds a failed payment that Stripe has charged", () =>
  withShop(async (shop) => {
    const gateway = honest(shop);
    const failed = new Set<string>();
    const terminal = await shop.openTerminal({
      gateway: {
        ...gateway,
        // The charge is made and then denied, as by a proxy that lies.
        async confirmIntent(id, request, call): Promise<GatewayResult> {
          await gateway.confirmIntent(id, request, call);
          failed.add(id);
          return { kind: "not_found" };
        },
      },
    });
    const { localId } = await shop.sell("visa", 700, OFFLINE);
    await shop.drained();
    assert.equal(terminal.getPayment(localId)!.state, "failed");
    const report = await terminal.reconcile();
    const [intentId] = failed;
    assert.deepEqual(report.recovered, [{ localId, intentId, from: "failed" }]);
    const { state, error } = terminal.getPayment(localId)!;
    assert.equal(state, "forwarded");
    assert.equal(error, null);
    const kinds = terminal.timeline(localId).map(({ kind }) => kind);
    assert.equal(kinds.at(-1), "reconciled");
    assert.deepEqual((await terminal.reconcile()).recovered, []);
  }));

test("reconcile() reports charges it does not know and leaves other tills alone", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const { localId, id } = await shop.sell("visa");
    const { holdfast_device } = await metadataOf(shop, id!);
    const lost = "01900000-0000-7000-8000-000000000001";
    const unknown = await charge(shop, {
      holdfast_local_id: lost,
      holdfast_device,
    });
    const second = await charge(shop, { holdfast_local_id: localId });
    await charge(shop, {
      holdfast_local_id: "01900000-0000-7000-8000-000000000002",
      holdfast_device: "01900000-0000-7000-8000-00000000ffff",
    });
    await charge(shop, {});
    const report = await terminal.reconcile();
    assert.equal(report.isComplete, true);
    const found = report.disagreements.map(({ kind, intentId, localId }) => ({
      kind,
      intentId,
      localId,
    }));
    assert.deepEqual(
      found.sort((a, b) => a.kind.localeCompare(b.kind)),
      [
        { kind: "second_charge", intentId: second, localId },
        { kind: "unknown_charge", intentId: unknown, localId: lost },
      ],
    );
    const [ours] = report.disagreements.filter((one) => one.ours !== null);
    assert.equal(ours.ours!.state, "forwarded");
    assert.equal(ours.stripe!.status, "succeeded");
  }));

test("reconcile() reports a forwarded payment that Stripe does not have", () =>
  withShop(async (shop) => {
    const gateway = honest(shop);
    await shop.openTerminal();
    const { localId, id } = await shop.sell("visa");
    const terminal = await shop.openTerminal({
      gateway: {
        ...gateway,
        listIntents: () =>
          Promise.resolve({ kind: "page", intents: [], nextCursor: null }),
        retrieveIntent: () => Promise.resolve({ kind: "not_found" }),
      },
    });
    const { disagreements } = await terminal.reconcile();
    assert.equal(disagreements.length, 1);
    assert.equal(disagreements[0].kind, "missing");
    assert.equal(disagreements[0].intentId, id);
    assert.equal(disagreements[0].localId, localId);
  }));

test("reconcile() cancels an old unconfirmed intent, once, and no young one", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    // The customer walked away before presenting a card.
    const { id } = await terminal.createPaymentIntent({
      amount: 500,
      currency: "usd",
    });
    assert.match(id!, /^pi_/);
    const sold = await shop.sell("visa");
    assert.deepEqual((await terminal.reconcile()).orphansCanceled, []);
    await terminal.close();
    const clock = new ShiftedClock(23 * HOUR_MS);
    const later = await openShifted(shop, clock);
    try {
      assert.deepEqual((await later.reconcile()).orphansCanceled, []);
      clock.aheadMs = 25 * HOUR_MS;
      const report = await later.reconcile();
      assert.deepEqual(report.orphansCanceled, [id]);
      assert.deepEqual((await later.reconcile()).orphansCanceled, []);
      const statuses = new Map(
        (await shop.sandbox.control.intents()).map((one) => [
          one.id,
          one.status,
        ]),
      );
      assert.equal(statuses.get(id!), "canceled");
      assert.equal(statuses.get(sold.id!), "succeeded");
    } finally {
      await later.close();
    }
  }));

test("reconcile() cancels an orphan with one key, however often the answer is lost", () =>
  withShop(async (shop) => {
    const first = await shop.openTerminal();
    await first.createPaymentIntent({ amount: 500, currency: "usd" });
    await first.close();
    const keys = new Set<string | null>();
    const gateway = honest(shop);
    const clock = new ShiftedClock(25 * HOUR_MS);
    const terminal = await openShifted(shop, clock, {
      gateway: {
        ...gateway,
        cancelIntent(_id, call): Promise<GatewayResult> {
          keys.add(call.idempotencyKey);
          return Promise.resolve(SILENCE);
        },
      },
    });
    try {
      for (let i = 0; i < 3; i++) {
        const report = await terminal.reconcile();
        assert.equal(report.isComplete, false);
        assert.equal(report.code, "connection");
      }
      assert.equal(keys.size, 1);
      clock.aheadMs += 24 * HOUR_MS; // Stripe may have forgotten it.
      await terminal.reconcile();
      assert.equal(keys.size, 2);
    } finally {
      await terminal.close();
    }
  }));

test("reconcile() without an answer is incomplete and changes nothing", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    await shop.sell("visa");
    await shop.sandbox.control.setOffline(true);
    const report = await terminal.reconcile();
    assert.equal(report.isComplete, false);
    assert.equal(report.code, "connection");
    await shop.sandbox.control.setOffline(false);
    assert.equal((await terminal.reconcile()).isComplete, true);
  }));

test("reconcile() with another account's credentials compares nothing", () =>
  withShop(async (shop) => {
    await shop.openTerminal();
    await shop.sell("visa");
    const { gateway } = shop.options();
    const terminal = await shop.openTerminal({
      gateway: {
        ...gateway as StripeGatewayOptions,
        apiKey: "sk_test_someone_else",
      },
    });
    const report = await terminal.reconcile();
    assert.equal(report.code, "account_mismatch");
    assert.deepEqual(report.disagreements, []);
  }));

test("reconcile() reads every page", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const { id } = await shop.sell("visa");
    const { holdfast_device } = await metadataOf(shop, id!);
    const stripe = shop.stripe();
    for (let i = 0; i < 120; i++) {
      const tail = String(i).padStart(12, "0");
      await stripe.paymentIntents.create({
        ...SALE,
        metadata: {
          holdfast_local_id: `01900000-0000-7000-8000-${tail}`,
          holdfast_device,
        },
      });
    }
    const report = await terminal.reconcile();
    assert.equal(report.isComplete, true);
    assert.equal(report.intentCount, 121);
  }));

test("reconcile() through the relay sees this device's intents only", () =>
  withShop(async (shop) => {
    const relay = await startTestRelay(shop);
    try {
      const terminal = await shop.openTerminal({
        gateway: relay.gateway(),
        probeUrl: relay.running.url,
      });
      await shop.sell("visa");
      await charge(shop, {});
      const report = await terminal.reconcile();
      assert.equal(report.isComplete, true);
      assert.equal(report.intentCount, 1);
      assert.deepEqual(report.disagreements, []);
    } finally {
      await relay.running.close();
    }
  }));
