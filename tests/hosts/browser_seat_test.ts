/** Several tabs over one store: one leads, the others pass on. The browser's own parts are faked. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { connectShopReader, Origin, sellAt } from "../support/origin.ts";
import { openTerminalHere, withShop } from "../support/shop.ts";

test("a second tab sells through the first one's store, with a reader of its own", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const origin = new Origin();
    const open = () => openTerminalHere(shop.options());
    const first = origin.openTab("a", open);
    await first.ready;
    assert.equal(first.leads, true);
    const second = origin.openTab("b", open);
    await second.ready;
    assert.equal(second.leads, false);
    const heard: string[] = [];
    first.on("offlineStatusChange", ({ sdk }) => {
      heard.push(`first ${sdk.offlinePaymentsCount}`);
    });
    await connectShopReader(shop, second);
    const localId = await sellAt(shop, second, 1234);
    assert.equal((await first.getPayment(localId))!.amount, 1234);
    assert.equal((await second.listPayments()).length, 1);
    assert.deepEqual(heard.at(-1), "first 1");
    await origin.close("b");
    await origin.close("a");
  }));

test("when the leading tab goes, the next one opens the store and has everything", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const origin = new Origin();
    const open = () => openTerminalHere(shop.options());
    const first = origin.openTab("a", open);
    await first.ready;
    await connectShopReader(shop, first);
    const localId = await sellAt(shop, first, 500);
    const second = origin.openTab("b", open);
    await second.ready;
    await origin.close("a");
    await shop.until(() => second.leads);
    assert.equal((await second.getPayment(localId))!.state, "stored");
    await connectShopReader(shop, second);
    await sellAt(shop, second, 600);
    const { offlinePaymentsCount } = (await second.offlineStatus()).sdk;
    assert.equal(offlinePaymentsCount, 2);
    await origin.close("b");
  }));

test("a call under way when the leader goes throws STORE_LEADER_CHANGED", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const origin = new Origin();
    const open = () => openTerminalHere(shop.options());
    await origin.openTab("a", open).ready;
    const second = origin.openTab("b", open);
    await second.ready;
    await connectShopReader(shop, second);
    shop.reader.enqueue("no_card");
    const created = await second.createPaymentIntent({
      amount: 100,
      currency: "usd",
    });
    const collecting = second.collectPaymentMethod(created);
    const refused = assert.rejects(collecting, {
      name: "HoldfastError",
      code: "STORE_LEADER_CHANGED",
      retry: "same_key",
    });
    await origin.crash("a");
    await refused;
    await origin.close("b");
  }));

test("a page passes deadlines, behaviours and the rest of the options on", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const origin = new Origin();
    const open = () => openTerminalHere(shop.options());
    const page = origin.openTab("a", open);
    await page.ready;
    await connectShopReader(shop, page);
    const created = await page.createPaymentIntent({
      amount: 100,
      currency: "usd",
    });
    const updated = await page.updatePaymentIntent(created.localId, {
      amount: 120,
    });
    assert.equal(updated.amount, 120);
    shop.reader.enqueue("no_card");
    await assert.rejects(
      page.collectPaymentMethod(updated, { deadlineMs: 30 }),
      { code: "REQUEST_TIMED_OUT" },
    );
    shop.reader.enqueue("visa");
    const collected = await page.collectPaymentMethod(updated);
    await assert.rejects(
      page.confirmPaymentIntent(collected, {
        offlineBehavior: "require_online",
      }),
      { code: "NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET" },
    );
    const { localId } = await page.confirmPaymentIntent(collected);
    const receipt = await page.receipt(localId, { name: "Shop" });
    assert.match(receipt.amounts.at(-1)!.value!, /1\.20/);
    assert.deepEqual(await page.listRefunds(localId), []);
    await origin.close("a");
  }));

test("a page's error keeps its code, and its signal cancels in the other tab", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const origin = new Origin();
    const open = () => openTerminalHere(shop.options());
    await origin.openTab("a", open).ready;
    const page = origin.openTab("b", open);
    await page.ready;
    await assert.rejects(
      page.createPaymentIntent({ amount: 0, currency: "usd" }),
      { name: "HoldfastError", code: "INVALID_ARGUMENT", field: "amount" },
    );
    await connectShopReader(shop, page);
    shop.reader.enqueue("no_card");
    const created = await page.createPaymentIntent({
      amount: 100,
      currency: "usd",
    });
    const abort = new AbortController();
    const collecting = page.collectPaymentMethod(created, {
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(), 50);
    await assert.rejects(collecting, { code: "CANCELED" });
    const { signal } = abort;
    const params = { amount: 100, currency: "usd" };
    await assert.rejects(
      page.createPaymentIntent(params, { signal }),
      { code: "CANCELED" },
    );
    await origin.close("b");
    await origin.close("a");
  }));
