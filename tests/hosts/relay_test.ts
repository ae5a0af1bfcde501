/** A till that forwards through a relay and has neither key nor opener. @module */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { test } from "node:test";
import type { Gateway } from "../../engine/mod.ts";
import { createCardPresentGateway, createOpener } from "../../engine/mod.ts";
import { Book } from "../../hosts/relay/book.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import {
  openDatabaseHere,
  startTestRelay,
  through,
  withRelay,
} from "../support/relay.ts";
import { toHex } from "../../engine/uuid.ts";
import { withShop } from "../support/shop.ts";
import { call, type Sent, spy } from "../support/relay_calls.ts";

/** Cards that are taken online only. */
const NOW_ONLY = [["online_pin_cvm", "AU", "aud"], ["interac", "CA", "cad"]];

test("a till behind a relay that answers while Stripe does not hears offline once, and online once", () =>
  withRelay(async (shop, relay) => {
    let asked = 0;
    const inner = relay.gateway();
    const gateway: Gateway = {
      ...inner,
      identify: (signal) => {
        asked++;
        return inner.identify(signal);
      },
    };
    const terminal = await shop.openTerminal(through(gateway, relay));
    await shop.sell();
    const told: string[] = [];
    terminal.on("offlineStatusChange", ({ sdk: { networkStatus } }) => {
      if (networkStatus !== told.at(-1)) told.push(networkStatus);
    });
    await shop.sandbox.control.addFaults(
      { kind: "drop_request", probability: 1 },
    );
    for (let i = 0; i < 5; i++) {
      await shop.sell("visa", 1000, { offlineBehavior: "force_offline" });
    }
    const before = asked;
    await shop.until(
      () => told.at(-1) === "offline" && asked > before + 12,
      60_000,
    );
    assert.deepEqual(told, ["online", "offline"]);
    await shop.sandbox.control.clearFaults();
    await shop.until(() =>
      terminal.offlineStatus.sdk.offlinePaymentsCount === 0
    );
    assert.deepEqual(told, ["online", "offline", "online"]);
    assert.equal((await shop.sandbox.control.report()).charges, 6);
  }));

test("a till forwards through the relay, also over a lossy network behind it", () =>
  withRelay(async (shop, relay) => {
    const terminal = await shop.openTerminal(
      through(relay.gateway(), relay),
    );
    for (const card of ["visa", "mastercard:tap", "amex"]) {
      await shop.sell(card, 1000, { offlineBehavior: "force_offline" });
    }
    await shop.sandbox.control.addFaults(
      { kind: "drop_response", probability: 0.2 },
      { kind: "error_after", probability: 0.1 },
    );
    for (let i = 0; i < 400; i++) {
      if (terminal.offlineStatus.sdk.offlinePaymentsCount === 0) break;
      terminal.forwardNow();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const states = terminal.listPayments().map(({ state }) => state);
    assert.deepEqual(states, ["forwarded", "forwarded", "forwarded"]);
    const report = await shop.sandbox.control.report();
    assert.equal(report.charges, 3);
    assert.equal(report.duplicates, 0);
    const [chain] = relay.running.chains();
    assert.equal(chain.highWater, 3);
    assert.deepEqual(chain.missing, []);
    assert.deepEqual(relay.alarms, []);
  }));

test("a decline comes through the relay with Stripe's codes", () =>
  withRelay(async (shop, relay) => {
    const terminal = await shop.openTerminal(through(relay.gateway(), relay));
    const sold = await shop.sell("charge_declined_insufficient_funds");
    const { state, error } = terminal.getPayment(sold.localId)!;
    assert.equal(state, "declined");
    assert.equal(error!.declineCode, "insufficient_funds");
  }));

test("a relay whose key is another account's asks nothing of it and spoils no payment", () =>
  withShop(async (shop) => {
    const relay = await startTestRelay(shop);
    await shop.openTerminal(through(relay.gateway(), relay));
    await shop.sell("visa");
    await shop.terminal.close();
    await relay.running.close();
    // Started again with a key of another merchant, over the same book.
    const core = shop.core;
    const stripe = shop.stripe("sk_test_someone_else");
    const opener = createOpener(core, new Map());
    const other = await startTestRelay(shop, {
      gateway: createCardPresentGateway(stripe, opener),
    });
    try {
      const gateway = other.gateway();
      const refused = {
        kind: "unauthorized",
        code: "book_of_other_account",
      };
      assert.deepEqual(await gateway.identify(call().signal), refused);
      const localId = "00000000-0000-7000-8000-000000000001";
      const created = await gateway.createIntent({
        amount: 500,
        currency: "usd",
        captureMethod: "automatic",
        metadata: { holdfast_local_id: localId },
      }, call(`${localId}:c:0`));
      assert.deepEqual(created, refused);
      assert.equal((await shop.sandbox.control.intents()).length, 1);
      assert.ok(other.alarms.some(({ code }) => code === refused.code));
    } finally {
      await other.running.close();
    }
  }));

test("a book of version 1 gets its owner, and keeps what it knew", () =>
  withShop(async (shop) => {
    const path = join(shop.folder, "book.db");
    const clock = new SystemClock();
    const binding = {
      localId: "00000000-0000-7000-8000-000000000001",
      device: "till",
      intentId: "pi_1",
      amount: 500,
      currency: "usd",
    };
    const old = await openDatabaseHere(path);
    new Book(old, clock).bind(binding);
    old.execute("DROP TABLE owner");
    old.execute("PRAGMA user_version = 1");
    old.close();
    const database = await openDatabaseHere(path);
    const book = new Book(database, clock);
    assert.deepEqual(book.binding(binding.localId), binding);
    assert.equal(book.claim("acct_1", false), true);
    assert.equal(book.claim("acct_1", false), true);
    assert.equal(book.claim("acct_1", true), false);
    assert.equal(book.claim("acct_2", false), false);
    database.close();
  }));

test("a till behind a relay takes an online PIN and Interac, and the relay's book has no PIN", () =>
  withRelay(async (shop, relay) => {
    const sent: Sent[] = [];
    const blocks: string[] = [];
    const gateway = spy(relay.gateway(), sent);
    const noting: Gateway = {
      ...gateway,
      confirmIntent(id, request, call) {
        // Wiped as soon as the relay has answered.
        if (request.onlinePin) blocks.push(toHex(request.onlinePin.block));
        return gateway.confirmIntent(id, request, call);
      },
    };
    const limits = { paymentAmountMax: { aud: 5000, cad: 5000 } };
    for (const [card, country, currency] of NOW_ONLY) {
      await shop.openTerminal({
        ...through(noting, relay),
        location: { country },
        offline: { isEnabled: true, limits },
      });
      const intent = await shop.sell(card, 1250, { currency });
      assert.equal(intent.state, "forwarded", card);
    }
    assert.equal(blocks.length, 1);
    assert.deepEqual(
      sent.map(({ request }) => [request.isOnline, request.method]),
      [[true, undefined], [true, "interac_present"]],
    );
    const disk = Buffer.from(shop.rawFiles()); // The relay's book is there too.
    assert.equal(disk.includes(Buffer.from(blocks[0], "hex")), false);
    assert.equal(disk.includes(blocks[0]), false);
  }));
