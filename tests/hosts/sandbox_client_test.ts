import assert from "node:assert/strict";
import { test } from "node:test";
import Stripe from "stripe";
import {
  clientOf,
  confirmParams,
  SALE,
  START_MS,
  startFrozen,
} from "../unit/sandbox/_support.ts";

// The default client is `node:http` on Node and fetch on Deno.
for (const transport of ["default", "fetch"] as const) {
  test(`paymentIntents over the ${transport} client are created, confirmed and read`, async () => {
    const sandbox = await startFrozen();
    try {
      const stripe = clientOf(
        sandbox,
        "sk_test_shop",
        transport === "fetch"
          ? { httpClient: Stripe.createFetchHttpClient() }
          : {},
      );
      const storedAt = START_MS / 1000 - 3600;
      const created = await stripe.paymentIntents.create({
        ...SALE,
        metadata: { local_id: "one" },
      });
      assert.equal(created.status, "requires_payment_method");
      assert.equal(created.livemode, false);
      assert.match(created.id, /^pi_3[A-Za-z0-9]{24}$/);
      assert.match(created.lastResponse.requestId, /^req_[A-Za-z0-9]{14}$/);

      const confirmed = await stripe.paymentIntents.confirm(created.id, {
        ...confirmParams({}, { storedAt }),
        expand: ["latest_charge"],
      });
      assert.equal(confirmed.status, "succeeded");
      assert.equal(confirmed.amount_received, 1000);
      const charge = confirmed.latest_charge as Stripe.Charge;
      const card = charge.payment_method_details!.card_present!;
      assert.equal(card.brand, "visa");
      assert.equal(card.last4, "4242");
      assert.equal(card.exp_month, 12);
      assert.equal(card.exp_year, 2030);
      assert.deepEqual(card.offline, {
        stored_at: storedAt,
        type: "deferred",
      });

      const read = await stripe.paymentIntents.retrieve(created.id);
      assert.equal(read.latest_charge, charge.id);
      const list = await stripe.paymentIntents.list({ limit: 1 });
      assert.deepEqual(list.data.map((i) => i.id), [created.id]);
    } finally {
      await sandbox.close();
    }
  });
}

test("setOffline() breaks every connection and leaves the control port", async () => {
  const sandbox = await startFrozen();
  try {
    const stripe = clientOf(sandbox);
    await stripe.paymentIntents.create(SALE);
    await sandbox.control.setOffline(true);
    await assert.rejects(stripe.paymentIntents.create(SALE), {
      type: "StripeConnectionError",
    });
    assert.equal((await sandbox.control.report()).intents, 1);
    await sandbox.control.setOffline(false);
    await stripe.paymentIntents.create(SALE);
    assert.equal((await sandbox.control.report()).intents, 2);
  } finally {
    await sandbox.close();
  }
});
