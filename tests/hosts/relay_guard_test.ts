/** What a relay does for nobody: strangers, other payments' intents, forks, no requests. @module */
import assert from "node:assert/strict";
import { copyFileSync, rmSync } from "node:fs";
import { test } from "node:test";
import type { ConfirmIntentRequest } from "../../engine/mod.ts";
import { createRelayClient } from "../../hosts/web/relay_gateway.ts";
import { startTestRelay, through, withRelay } from "../support/relay.ts";
import { withShop } from "../support/shop.ts";
import { call, held } from "../support/relay_calls.ts";

test("the relay refuses a token it does not know, and the lane is parked", () =>
  withRelay(async (shop, relay) => {
    const { url } = relay.running;
    for (const token of ["till.wrong", "nobody.x", "x", "till."]) {
      const gateway = createRelayClient({ url, token });
      assert.deepEqual(await gateway.identify(call().signal), {
        kind: "unauthorized",
        code: "relay_refuses_device",
      });
    }
    const gateway = createRelayClient({ url, token: "till.wrong" });
    const terminal = await shop.openTerminal(through(gateway, relay));
    const failed = new Promise<string>((resolve) =>
      terminal.on("forwardingFailure", ({ error }) => resolve(error.code))
    );
    const sold = await shop.sell("visa", 500, {
      offlineBehavior: "force_offline",
    });
    assert.equal(await failed, "FORWARDING_UNAUTHORIZED");
    assert.equal(terminal.getPayment(sold.localId)!.state, "stored");
  }));

test("the relay refuses a record that disagrees with the request", () =>
  withRelay(async (shop, relay) => {
    const { id, request, key } = await held(shop, relay);
    const gateway = relay.gateway();
    const changes: [Partial<ConfirmIntentRequest>, string][] = [
      [{ amount: request.amount + 1 }, "record_mismatch"],
      [{ currency: "eur" }, "record_mismatch"],
      [
        { localId: "00000000-0000-7000-8000-000000000000" },
        "key_of_other_payment",
      ],
    ];
    for (const [change, code] of changes) {
      const result = await gateway.confirmIntent(
        id,
        { ...request, ...change },
        call(key),
      );
      assert.deepEqual(result, { kind: "rejected", code });
    }
    for (const at of [40, 100, 150, request.record.length - 1]) {
      const record = request.record.slice();
      record[at] ^= 1;
      const result = await gateway.confirmIntent(
        id,
        { ...request, record },
        call(key),
      );
      assert.equal(result.kind, "rejected", `bit flipped at ${at}`);
    }
    // Far along a chain of 2^48 records: refused before anything is computed.
    const far = request.record.slice();
    far[37] ^= 1;
    const tooFar = await gateway.confirmIntent(
      id,
      { ...request, record: far },
      call(key),
    );
    assert.deepEqual(tooFar, { kind: "rejected", code: "record_too_far" });
    const record = request.record.slice();
    record[8] ^= 1; // The key id: nothing is wrong with the payment.
    const unknown = await gateway.confirmIntent(
      id,
      { ...request, record },
      call(key),
    );
    assert.deepEqual(unknown, {
      kind: "unauthorized",
      code: "recipient_key_unknown",
    });
    assert.equal((await shop.sandbox.control.report()).charges, 0);
    const result = await gateway.confirmIntent(id, request, call(key));
    assert.equal(result.kind, "intent");
  }));

test("the relay lets a device reach only intents of its own payments", () =>
  withRelay(async (shop, relay) => {
    const { id, request, key } = await held(shop, relay);
    const other = relay.gateway("other");
    assert.equal((await other.retrieveIntent(id, call())).kind, "rejected");
    assert.equal((await other.cancelIntent(id, call(key))).kind, "rejected");
    const stolen = await other.confirmIntent(id, request, call(key));
    assert.deepEqual(stolen, {
      kind: "rejected",
      code: "intent_of_other_device",
    });
    const { localId } = request;
    const wish = { amount: null, mark: `${localId}:r:0` };
    const refused = await other.refundIntent(id, wish, call(`${localId}:r`));
    assert.equal(refused.kind, "rejected");
    assert.equal((await other.listRefunds(id, call())).kind, "rejected");
    const found = await other.findIntent(localId, 0, call());
    assert.equal(found.kind, "not_found");
    const range = { createdFromMs: 0, createdToMs: Date.now() + 60_000 };
    const page = await other.listIntents(range, null, call());
    assert.deepEqual(page, { kind: "page", intents: [], nextCursor: null });
    const own = await relay.gateway().listIntents(range, null, call());
    assert.equal(own.kind === "page" && own.intents[0].id, id);
    assert.ok(relay.alarms.every(({ device }) => device === "other"));
    // Nor may a refund be called another payment's.
    const strange = { amount: null, mark: "another:r:0" };
    assert.deepEqual(
      await relay.gateway().refundIntent(id, strange, call(`${localId}:r`)),
      { kind: "rejected", code: "mark_of_other_payment" },
    );
  }));

test("one payment has one intent for ever, whatever a restored till believes", () =>
  withRelay(async (shop, relay) => {
    const { id, request, key } = await held(shop, relay);
    const gateway = relay.gateway();
    const create = {
      amount: request.amount,
      currency: request.currency,
      captureMethod: "automatic" as const,
      metadata: { holdfast_local_id: request.localId },
    };
    // Stripe has forgotten every key, and the till its intent.
    await shop.sandbox.control.advance(40 * 24 * 60 * 60 * 1000);
    const again = await gateway.createIntent(
      create,
      call(`${request.localId}:c:9`),
    );
    assert.equal(again.kind === "intent" && again.intent.id, id);
    const dearer = await gateway.createIntent(
      { ...create, amount: 9 },
      call(`${request.localId}:c:10`),
    );
    assert.deepEqual(dearer, { kind: "rejected", code: "local_id_taken" });
    assert.equal((await shop.sandbox.control.intents()).length, 1);
    await gateway.confirmIntent(id, request, call(key));
    const twice = await gateway.confirmIntent(
      id,
      request,
      call(`${key}:again`),
    );
    assert.equal(twice.kind, "unexpected_state");
  }));

test("the relay quarantines a fork, reports it and remembers over a restart", () =>
  withShop(async (shop) => {
    const first = await startTestRelay(shop);
    // A copy of the disk before the sale, restored after it: two records with one seq.
    await shop.openTerminal(through(first.gateway(), first));
    await shop.sell("visa", 100);
    await shop.terminal.close();
    copyFileSync(shop.path, `${shop.path}.copy`);
    await shop.openTerminal(through(first.gateway(), first));
    await shop.sell("visa", 300);
    await shop.terminal.close();
    await first.running.close();

    const second = await startTestRelay(shop);
    try {
      rmSync(`${shop.path}-wal`, { force: true });
      copyFileSync(`${shop.path}.copy`, shop.path);
      const terminal = await shop.openTerminal(
        through(second.gateway(), second),
      );
      const forked = await shop.sell("visa", 500, {
        offlineBehavior: "force_offline",
      });
      await shop.drained();
      const { state, error } = terminal.getPayment(forked.localId)!;
      assert.equal(state, "failed");
      assert.equal(error!.code, "record_forked");
      const [chain] = second.running.chains();
      assert.equal(chain.highWater, 2);
      const mine = chain.quarantined.find(({ localId }) =>
        localId === forked.localId
      )!;
      assert.equal(mine.seq, 2);
      assert.ok(second.alarms.some(({ code }) => code === "record_forked"));
      // A person looked: it is a sale of its own, and is let through.
      assert.equal(second.running.admit(mine.hash), true);
      assert.equal(second.running.admit(mine.hash), false);
      terminal.retryPayment(forked.localId);
      await shop.drained();
      assert.equal(terminal.getPayment(forked.localId)!.state, "forwarded");
      assert.equal((await shop.sandbox.control.report()).duplicates, 0);
    } finally {
      await second.running.close();
    }
  }));

test("chains() reports the seqs that never came", () =>
  withRelay(async (shop, relay) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal(through(relay.gateway(), relay));
    const voided = await shop.sell("visa", 100, {
      offlineBehavior: "force_offline",
    });
    terminal.pauseForwarding();
    await shop.sell("visa", 200, { offlineBehavior: "force_offline" });
    await terminal.cancelPaymentIntent(voided.localId);
    await shop.sandbox.control.setOffline(false);
    terminal.resumeForwarding();
    terminal.forwardNow();
    await shop.drained();
    const [chain] = relay.running.chains();
    assert.equal(chain.highWater, 2);
    assert.deepEqual(chain.missing, [1]);
  }));

test("the relay answers what is no request of the protocol without asking Stripe", () =>
  withRelay(async (shop, relay) => {
    const { url } = relay.running;
    const { request: { localId } } = await held(shop, relay);
    const before = (await shop.sandbox.control.requests()).length;
    assert.equal((await fetch(url, { method: "HEAD" })).status, 204);
    const unknown = await fetch(`${url}/holdfast/1/nothing`, {
      method: "POST",
      body: "{}",
    });
    assert.equal(unknown.status, 404);
    assert.deepEqual(await unknown.json(), {
      kind: "rejected",
      code: "unknown_relay_verb",
    });
    const long = { holdfast_local_id: localId, x: "y".repeat(501) };
    const tooLong = await relay.gateway().createIntent({
      amount: 1,
      currency: "usd",
      captureMethod: "automatic",
      metadata: long,
    }, call(`${localId}:c:0`));
    assert.deepEqual(tooLong, { kind: "rejected", code: "bad_relay_request" });
    const many = Object.fromEntries(
      Array.from({ length: 49 }, (_, i) => [`k${i}`, "é".repeat(500)]),
    );
    const tooMuch = await relay.gateway().createIntent({
      amount: 1,
      currency: "usd",
      captureMethod: "automatic",
      metadata: { ...many, ...long, x: "€".repeat(500) },
    }, call(`${localId}:c:0`));
    assert.equal(tooMuch.kind, "rejected");
    assert.equal((await shop.sandbox.control.requests()).length, before);
  }));

test("createRelayClient() refuses plain HTTP to another machine", () => {
  for (
    const url of [
      "http://relay.example",
      "ftp://localhost",
      "http://192.0.2.1:80",
    ]
  ) {
    assert.throws(() => createRelayClient({ url, token: "till.x" }), {
      code: "INVALID_ARGUMENT",
    });
  }
  createRelayClient({ url: "https://relay.example/shop/", token: "till.x" });
});
