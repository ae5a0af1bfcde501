/** A person sends a failed payment again. @module */
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { backupToFile } from "../../hosts/posix/backup.ts";
import { openTerminalHere, type Shop, withShop } from "../support/shop.ts";

/** Cancels the only intent there is, as somebody might on Stripe's own page. */
async function cancelAtStripe(shop: Shop): Promise<string> {
  const [{ id }] = await shop.sandbox.control.intents();
  await shop.api(`/v1/payment_intents/${id}/cancel`, {});
  return id;
}

async function assertSentAgain(
  shop: Shop,
  localId: string,
  deadId: string,
  terminal = shop.terminal,
) {
  await shop.until(() => terminal.getPayment(localId)!.state === "failed");
  assert.equal(terminal.getPayment(localId)!.error!.code, "intent_canceled");
  terminal.retryPayment(localId);
  await shop.until(() => terminal.getPayment(localId)!.state === "forwarded");
  const { id } = terminal.getPayment(localId)!;
  assert.notEqual(id, deadId);
  const { charges, duplicates } = await shop.sandbox.control.report();
  assert.deepEqual({ charges, duplicates }, { charges: 1, duplicates: 0 });
  assert.deepEqual([...(await shop.charges()).values()], [1]);
}

test("retryPayment() of a payment whose intent was canceled at Stripe gets it another one", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    await control.setOffline(true);
    const terminal = await shop.openTerminal();
    const { localId } = await shop.sell("visa");
    await control.addFaults({ kind: "drop_request", path: "/confirm" });
    await control.setOffline(false);
    await shop.until(() => terminal.getPayment(localId)!.state === "unknown");
    const deadId = await cancelAtStripe(shop);
    await control.clearFaults();
    terminal.forwardNow();
    await assertSentAgain(shop, localId, deadId);
  }));

test("retryPayment() of a payment whose intent was made online and canceled does so too", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    shop.reader.enqueue("visa");
    const created = await terminal.createPaymentIntent({
      amount: 1250,
      currency: "usd",
    });
    const collected = await terminal.collectPaymentMethod(created);
    const deadId = await cancelAtStripe(shop);
    assert.equal(created.id, deadId);
    const confirmed = await terminal.confirmPaymentIntent(collected);
    assert.equal(confirmed.state, "failed");
    await assertSentAgain(shop, created.localId, deadId);
  }));

test("retryPayment() of a payment from a backup, whose intent was canceled since, does so too", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    await control.setOffline(true);
    const till = await shop.openTerminal();
    const { localId } = await shop.sell("visa");
    const copy = join(shop.folder, "copy.db");
    await backupToFile(till, copy);
    await control.addFaults({ kind: "drop_request", path: "/confirm" });
    await control.setOffline(false);
    await shop.until(() => till.getPayment(localId)!.state === "unknown");
    await till.close();
    const deadId = await cancelAtStripe(shop);
    await control.clearFaults();
    copyFileSync(copy, shop.path);
    await shop.openTerminal();
    await assertSentAgain(shop, localId, deadId);
  }));

test("retryPayment() of an imported payment whose intent was canceled at Stripe does so too", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    await control.setOffline(true);
    const till = await shop.openTerminal();
    const { localId } = await shop.sell("visa");
    const file = (await till.exportStored())!;
    const path = join(shop.folder, "second.db");
    const second = await openTerminalHere(shop.options({ path }));
    try {
      await second.importStored(file.bytes, file.code);
      await control.addFaults({ kind: "drop_request", path: "/confirm" });
      await control.setOffline(false);
      await shop.until(() => second.getPayment(localId)!.state === "unknown");
      const deadId = await cancelAtStripe(shop);
      await control.clearFaults();
      second.forwardNow();
      await assertSentAgain(shop, localId, deadId, second);
    } finally {
      await second.close();
    }
  }));

test("retryPayment() of a payment that took its money after all throws PAYMENT_STATE_CONFLICT", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    await control.setOffline(true);
    const terminal = await shop.openTerminal();
    const { localId } = await shop.sell("visa");
    await control.addFaults({
      kind: "drop_response",
      path: "/confirm",
      count: 1,
    });
    await control.setOffline(false);
    await shop.drained();
    assert.equal(terminal.getPayment(localId)!.state, "forwarded");
    assert.throws(() => terminal.retryPayment(localId), {
      code: "PAYMENT_STATE_CONFLICT",
    });
    assert.equal((await control.report()).charges, 1);
  }));
