import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type Stripe from "stripe";
import {
  clientOf,
  confirmParams,
  SALE,
  START_MS,
  startFrozen,
} from "../unit/sandbox/_support.ts";

interface Received {
  body: string;
  signature: string;
}

/** A receiver that answers with the next status, or the last one for ever. */
async function startReceiver(statuses: number[]) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => body += chunk);
    request.on("end", () => {
      const signature = String(request.headers["stripe-signature"]);
      received.push({ body, signature });
      const status = statuses.length > 1 ? statuses.shift()! : statuses[0];
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { received, url: `http://127.0.0.1:${port}/hook`, close };
}

test("webhooks are signed so that the stripe package accepts them", async () => {
  const sandbox = await startFrozen();
  const receiver = await startReceiver([200]);
  try {
    const stripe = clientOf(sandbox);
    const { secret } = await sandbox.control.addWebhook({
      url: receiver.url,
      enabled_events: ["payment_intent.succeeded"],
    });
    const { id } = await stripe.paymentIntents.create(SALE);
    await stripe.paymentIntents.confirm(id, confirmParams());
    await sandbox.webhooks.settled();
    assert.equal(receiver.received.length, 1);
    const { body, signature } = receiver.received[0];
    const verify = (text: string, key: string, atMs = START_MS) =>
      stripe.webhooks.constructEventAsync(
        text,
        signature,
        key,
        300,
        undefined,
        atMs,
      );
    const event = await verify(body, secret);
    assert.equal(event.type, "payment_intent.succeeded");
    const intent = event.data.object as Stripe.PaymentIntent;
    assert.equal(intent.id, id);
    assert.equal(intent.status, "succeeded");
    const isRefused = { type: "StripeSignatureVerificationError" };
    await assert.rejects(verify(`${body} `, secret), isRefused);
    await assert.rejects(verify(body, "whsec_other"), isRefused);
    await assert.rejects(
      verify(body, secret, START_MS + 301_000),
      isRefused,
    );
  } finally {
    await receiver.close();
    await sandbox.close();
  }
});

test("webhooks are repeated on virtual time until the receiver answers", async () => {
  const sandbox = await startFrozen();
  const receiver = await startReceiver([500, 503, 200]);
  try {
    const stripe = clientOf(sandbox);
    await sandbox.control.addWebhook({ url: receiver.url });
    await stripe.paymentIntents.create(SALE);
    await sandbox.webhooks.settled();
    for (const ms of [60_000, 3_600_000, 7_200_000]) {
      await sandbox.control.advance(ms);
      await sandbox.webhooks.settled();
    }
    const deliveries = await sandbox.control.deliveries();
    assert.deepEqual(
      deliveries.map(({ attempt, status }) => [attempt, status]),
      [[1, 500], [2, 503], [3, 200]],
    );
    const bodies = new Set(receiver.received.map(({ body }) => body));
    assert.equal(bodies.size, 1);
  } finally {
    await receiver.close();
    await sandbox.close();
  }
});

test("webhooks end after the last repetition to a dead receiver", async () => {
  const sandbox = await startFrozen();
  const receiver = await startReceiver([200]);
  await receiver.close();
  try {
    await sandbox.control.addWebhook({ url: receiver.url });
    await clientOf(sandbox).paymentIntents.create(SALE);
    await sandbox.webhooks.settled();
    for (let hour = 0; hour < 24; hour++) {
      await sandbox.control.advance(3_600_000);
      await sandbox.webhooks.settled();
    }
    const deliveries = await sandbox.control.deliveries();
    assert.deepEqual(
      deliveries.map(({ attempt, status }) => [attempt, status]),
      [[1, null], [2, null], [3, null], [4, null]],
    );
  } finally {
    await sandbox.close();
  }
});

test("webhooks with duplicate_probability 1 come twice with one id", async () => {
  const sandbox = await startFrozen();
  const receiver = await startReceiver([200]);
  try {
    await sandbox.control.addWebhook({
      url: receiver.url,
      duplicate_probability: 1,
    });
    await clientOf(sandbox).paymentIntents.create(SALE);
    await sandbox.webhooks.settled();
    const ids = receiver.received.map(({ body }) => JSON.parse(body).id);
    assert.equal(ids.length, 2);
    assert.equal(ids[0], ids[1]);
    assert.match(ids[0], /^evt_/);
  } finally {
    await receiver.close();
    await sandbox.close();
  }
});
