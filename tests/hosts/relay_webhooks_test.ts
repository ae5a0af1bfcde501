/** Webhooks of the sandbox, delivered to the relay over HTTP. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { signatureOf } from "../../hosts/sandbox/webhooks.ts";
import { startTestRelay } from "../support/relay.ts";
import { type Shop, withShop } from "../support/shop.ts";

const SECRET = "whsec_shop";

interface Ears {
  url: string;
  heard: { id: string; status: string }[];
  close(): Promise<void>;
}

async function listen(shop: Shop, webhookSecret = SECRET): Promise<Ears> {
  const heard: Ears["heard"] = [];
  const { running } = await startTestRelay(shop, {
    webhookSecret,
    onIntent: ({ id, status }) => heard.push({ id, status }),
  });
  const url = `${running.url}/webhooks/stripe`;
  return { url, heard, close: () => running.close() };
}

async function withEars(
  body: (shop: Shop, ears: Ears) => Promise<void>,
): Promise<void> {
  await withShop(async (shop) => {
    const ears = await listen(shop);
    try {
      await body(shop, ears);
    } finally {
      await ears.close();
    }
  });
}

function post(url: string, body: string, signature: string): Promise<number> {
  return fetch(url, {
    method: "POST",
    headers: { "stripe-signature": signature },
    body,
  }).then(async (response) => {
    await response.body?.cancel();
    return response.status;
  });
}

function event(id: string, type: string, object: object): string {
  return JSON.stringify({ id, object: "event", type, data: { object } });
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

test("the relay hears an event once and then reads the intent itself", () =>
  withEars(async (shop, { url, heard }) => {
    await shop.sandbox.control.addWebhook({
      url,
      secret: SECRET,
      enabled_events: ["payment_intent.succeeded"],
      duplicate_probability: 1,
    });
    await shop.openTerminal();
    const { id } = await shop.sell("visa");
    await shop.sandbox.webhooks.settled();
    assert.deepEqual(heard, [{ id, status: "succeeded" }]);
    const deliveries = await shop.sandbox.control.deliveries();
    assert.deepEqual(deliveries.map(({ status }) => status), [200, 200]);
  }));

test("the relay believes what Stripe says now, not what an event says", () =>
  withEars(async (shop, { url, heard }) => {
    const terminal = await shop.openTerminal();
    const { id } = await terminal.createPaymentIntent({
      amount: 100,
      currency: "usd",
    });
    const body = event("evt_1", "payment_intent.succeeded", {
      id,
      object: "payment_intent",
      status: "succeeded",
    });
    assert.equal(await post(url, body, signatureOf(body, SECRET, now())), 200);
    assert.deepEqual(heard, [{ id, status: "requires_payment_method" }]);
  }));

test("the relay refuses what is not signed with its secret, or long ago", () =>
  withEars(async (shop, { url, heard }) => {
    await shop.openTerminal();
    const { id } = await shop.sell("visa");
    const object = { id, object: "payment_intent" };
    const body = event("evt_1", "payment_intent.succeeded", object);
    const good = signatureOf(body, SECRET, now());
    const bad: [string, string][] = [
      [body, signatureOf(body, "whsec_other", now())],
      [body, signatureOf(body, SECRET, now() - 301)],
      [body, "t=1,v1=00"],
      [body, ""],
      [body.replace("evt_1", "evt_2"), good],
      ["", signatureOf("", SECRET, now())],
      ["not JSON", signatureOf("not JSON", SECRET, now())],
    ];
    for (const [text, signature] of bad) {
      assert.equal(await post(url, text, signature), 400, signature);
    }
    assert.deepEqual(heard, []);
    assert.equal(await post(url, body, good), 200);
    assert.equal(heard.length, 1);
  }));

test("the relay asks for an event again when the intent cannot be read", () =>
  withEars(async (shop, { url, heard }) => {
    await shop.openTerminal();
    const { id } = await shop.sell("visa");
    const body = event("evt_1", "charge.refunded", {
      object: "charge",
      payment_intent: id,
    });
    const send = () => post(url, body, signatureOf(body, SECRET, now()));
    await shop.sandbox.control.setOffline(true);
    assert.equal(await send(), 503);
    await shop.sandbox.control.setOffline(false);
    assert.equal(await send(), 200);
    assert.deepEqual(heard, [{ id, status: "succeeded" }]);
    assert.equal(await send(), 200);
    assert.equal(heard.length, 1);
  }));

test("the relay takes events of no PaymentIntent and does nothing", () =>
  withEars(async (_shop, { url, heard }) => {
    for (
      const object of [
        { object: "customer", id: "cus_1" },
        { object: "charge", payment_intent: null },
      ]
    ) {
      const body = event("evt_1", "customer.created", object);
      const status = await post(url, body, signatureOf(body, SECRET, now()));
      assert.equal(status, 200);
    }
    assert.deepEqual(heard, []);
  }));

test("the relay remembers over a restart which events it heard", () =>
  withShop(async (shop) => {
    await shop.openTerminal();
    const { id } = await shop.sell("visa");
    const object = { object: "payment_intent", id };
    const body = event("evt_1", "payment_intent.succeeded", object);
    for (const count of [1, 0]) {
      const ears = await listen(shop);
      const signature = signatureOf(body, SECRET, now());
      assert.equal(await post(ears.url, body, signature), 200);
      assert.equal(ears.heard.length, count);
      await ears.close();
    }
  }));

test("the relay without a webhook secret has no such address", () =>
  withShop(async (shop) => {
    const ears = await listen(shop, "");
    assert.equal(await post(ears.url, "{}", "t=1,v1=00"), 404);
    await ears.close();
  }));
