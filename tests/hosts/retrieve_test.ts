/** PaymentIntents that a back end made: taken up, sold, and charged once. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type {
  HoldfastError,
  PaymentIntent,
  Terminal,
} from "../../engine/mod.ts";
import { through, withRelay } from "../support/relay.ts";
import { ShiftedClock } from "../support/shifted.ts";
import {
  openTerminalHere,
  type Shop,
  type TerminalChanges,
  withShop,
} from "../support/shop.ts";

/** What the back end asks for; other fields replace these. */
const ORDER = {
  amount: "1800",
  currency: "usd",
  "payment_method_types[0]": "card_present",
  "metadata[order]": "17",
};

interface BackendIntent {
  id: string;
  client_secret: string;
}

function offer(
  shop: Shop,
  fields: Record<string, string> = {},
): Promise<BackendIntent> {
  return shop.api("/v1/payment_intents", { ...ORDER, ...fields });
}

async function wire(shop: Shop, { id }: BackendIntent): Promise<{
  status: string;
  metadata: Record<string, string>;
}> {
  return await shop.api(`/v1/payment_intents/${id}`);
}

/** Opens another till of the same shop, with a store and a reader of its own. */
async function openSecond(
  shop: Shop,
  changes: TerminalChanges = {},
): Promise<Terminal> {
  const options = shop.options(changes);
  const terminal = await openTerminalHere({
    ...options,
    path: join(shop.folder, "second.db"),
  });
  await terminal.connectReader(shop.wire());
  return terminal;
}

async function pay(
  shop: Shop,
  terminal: Terminal,
  intent: PaymentIntent,
  card = "visa",
): Promise<PaymentIntent> {
  shop.reader.enqueue(card);
  await terminal.collectPaymentMethod(intent);
  return await terminal.confirmPaymentIntent(intent);
}

/** A back end's intent that was retrieved, and then the connection went. */
async function retrievedBeforeOutage(
  shop: Shop,
): Promise<
  { terminal: Terminal; offered: BackendIntent; intent: PaymentIntent }
> {
  const terminal = await shop.openTerminal();
  const offered = await offer(shop);
  const intent = await terminal.retrievePaymentIntent(offered.id);
  await shop.sandbox.control.setOffline(true);
  await terminal.probeNetwork();
  return { terminal, offered, intent };
}

test("retrievePaymentIntent() of a back end's intent sells it with everything the back end agreed", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const offered = await offer(shop, {
      capture_method: "manual",
      "transfer_data[destination]": "acct_1Seller",
      application_fee_amount: "200",
      receipt_email: "jo@example.com",
    });
    const intent = await terminal.retrievePaymentIntent(offered.client_secret);
    assert.deepEqual(
      [intent.id, intent.amount, intent.currency, intent.captureMethod],
      [offered.id, 1800, "usd", "manual"],
    );
    assert.deepEqual(intent.metadata, { order: "17" });
    assert.deepEqual([intent.state, intent.status], [
      "created",
      "requires_payment_method",
    ]);
    const sold = await pay(shop, terminal, intent);
    assert.deepEqual([sold.id, sold.state], [offered.id, "forwarded"]);
    const { terms } = sold.payment!;
    assert.deepEqual(
      [terms.transferData, terms.applicationFeeAmount, terms.receiptEmail],
      [{ destination: "acct_1Seller" }, 200, "jo@example.com"],
    );
    assert.equal((await wire(shop, offered)).status, "requires_capture");
    await terminal.capturePaymentIntent(sold.localId);
    const { status, metadata } = await wire(shop, offered);
    assert.deepEqual([status, metadata.order], ["succeeded", "17"]);
    const report = await shop.sandbox.control.report();
    assert.deepEqual([report.charges, report.duplicates], [1, 0]);
  }));

test("retrievePaymentIntent() through a relay takes the client secret, and an id alone is refused", () =>
  withRelay(async (shop, relay) => {
    const terminal = await shop.openTerminal(through(relay.gateway(), relay));
    const offered = await offer(shop);
    await assert.rejects(terminal.retrievePaymentIntent(offered.id), {
      code: "INVALID_ARGUMENT",
      field: "clientSecret",
    });
    const intent = await terminal.retrievePaymentIntent(offered.client_secret);
    const sold = await pay(shop, terminal, intent);
    assert.deepEqual([sold.id, sold.state], [offered.id, "forwarded"]);
    assert.equal((await wire(shop, offered)).status, "succeeded");
    // What was taken up and given back may be taken up by another device.
    const next = await offer(shop);
    const mine = await terminal.retrievePaymentIntent(next.client_secret);
    const second = await openSecond(
      shop,
      through(relay.gateway("other"), relay),
    );
    await assert.rejects(second.retrievePaymentIntent(next.client_secret), {
      code: "PAYMENT_INTENT_TAKEN",
    });
    await terminal.cancelPaymentIntent(mine.localId);
    const theirs = await second.retrievePaymentIntent(next.client_secret);
    const taken = await pay(shop, second, theirs, "mastercard");
    assert.deepEqual([taken.id, taken.state], [next.id, "forwarded"]);
    await second.close();
    const report = await shop.sandbox.control.report();
    assert.deepEqual([report.charges, report.duplicates], [2, 0]);
    assert.deepEqual(
      relay.alarms.map(({ code }) => code),
      ["client_secret_required"],
    );
  }));

test("retrievePaymentIntent() offline is refused as Stripe has it, and asks nothing", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const offered = await offer(shop);
    await shop.sandbox.control.setOffline(true);
    await terminal.probeNetwork();
    await assert.rejects(terminal.retrievePaymentIntent(offered.id), {
      code: "STRIPE_API_CONNECTION_ERROR",
    });
    await assert.rejects(
      terminal.retrievePaymentIntent(offered.id, {
        offlineBehavior: "require_online",
      }),
      { code: "NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET" },
    );
    await shop.sandbox.control.setOffline(false);
    await terminal.probeNetwork();
    const intent = await terminal.retrievePaymentIntent(offered.id);
    assert.equal(intent.id, offered.id);
  }));

test("a retrieved intent is confirmed offline under its own id, and charged once when it is forwarded", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    const { terminal, offered, intent } = await retrievedBeforeOutage(shop);
    const sold = await pay(shop, terminal, intent);
    assert.deepEqual([sold.id, sold.state], [offered.id, "stored"]);
    assert.equal(sold.offlineDetails!.requiresUpload, true);
    // Through a restart, and whoever asks for it again is told what became of it.
    const again = await shop.openTerminal();
    const known = await again.retrievePaymentIntent(offered.client_secret);
    assert.deepEqual([known.localId, known.state], [sold.localId, "stored"]);
    await control.setOffline(false);
    await shop.drained();
    assert.equal(again.getPayment(sold.localId)!.id, offered.id);
    assert.equal(again.getPayment(sold.localId)!.state, "forwarded");
    const intents = await control.intents();
    assert.deepEqual(intents.map(({ id }) => id), [offered.id]);
    assert.equal((await control.report()).charges, 1);
  }));

test("a retrieved intent whose connection goes while it is confirmed stays its own id's, and is charged once", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    const terminal = await shop.openTerminal({ callDeadlineMs: 1_500 });
    for (const kind of ["drop_request", "drop_response"] as const) {
      const offered = await offer(shop);
      const intent = await terminal.retrievePaymentIntent(offered.id);
      shop.reader.enqueue("visa");
      await terminal.collectPaymentMethod(intent);
      await control.addFaults({ kind, path: "/confirm" });
      const sold = await terminal.confirmPaymentIntent(intent);
      assert.equal(sold.id, offered.id);
      assert.ok(["stored", "unknown"].includes(sold.state), sold.state);
      await control.clearFaults();
      terminal.forwardNow();
      await shop.drained();
      assert.equal(terminal.getPayment(sold.localId)!.state, "forwarded");
    }
    const report = await control.report();
    assert.deepEqual([report.charges, report.duplicates], [2, 0]);
    assert.equal((await control.intents()).length, 2);
  }));

test("a retrieved intent that requires a connection is taken back when nothing was sent, and can be sold later", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    const terminal = await shop.openTerminal({ callDeadlineMs: 1_500 });
    const offered = await offer(shop);
    const options = { offlineBehavior: "require_online" as const };
    const intent = await terminal.retrievePaymentIntent(offered.id, options);
    shop.reader.enqueue("visa");
    await terminal.collectPaymentMethod(intent);
    terminal.pauseForwarding(); // Nothing of it gets to Stripe.
    await assert.rejects(terminal.confirmPaymentIntent(intent), {
      code: "NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET",
    });
    assert.equal(terminal.listPayments()[0].state, "canceled");
    terminal.resumeForwarding();
    const again = await terminal.retrievePaymentIntent(offered.id, options);
    assert.equal(again.id, offered.id);
    const sold = await pay(shop, terminal, again, "mastercard");
    assert.deepEqual([sold.id, sold.state], [offered.id, "forwarded"]);
    assert.equal((await control.report()).charges, 1);
  }));

test("retrievePaymentIntent() on two tills at once gives one of them the intent, and it is charged once", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const second = await openSecond(shop);
    for (let i = 0; i < 6; i++) {
      const offered = await offer(shop);
      const results = await Promise.allSettled([
        terminal.retrievePaymentIntent(offered.id),
        second.retrievePaymentIntent(offered.id),
      ]);
      const tills = [terminal, second];
      let sold = 0;
      for (const [at, result] of results.entries()) {
        if (result.status === "rejected") {
          const { code } = result.reason as HoldfastError;
          assert.ok(
            ["PAYMENT_INTENT_TAKEN", "STRIPE_API_CONNECTION_ERROR"]
              .includes(code),
            code,
          );
          continue;
        }
        sold++;
        const { state } = await pay(shop, tills[at], result.value);
        assert.equal(state, "forwarded");
      }
      assert.equal(sold, 1);
      for (const till of tills) {
        const known = await till.retrievePaymentIntent(offered.id)
          .catch(({ code }: HoldfastError) => code);
        assert.ok(
          typeof known === "string"
            ? known === "PAYMENT_INTENT_UNEXPECTED_STATE"
            : known.state === "forwarded",
        );
      }
    }
    await second.close();
    const report = await shop.sandbox.control.report();
    assert.deepEqual([report.charges, report.duplicates], [6, 0]);
  }));

test("retrievePaymentIntent() twice on one till is one intent, and one payment", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const offered = await offer(shop);
    const [first, busy] = await Promise.allSettled([
      terminal.retrievePaymentIntent(offered.id),
      terminal.retrievePaymentIntent(offered.id),
    ]);
    assert.equal(first.status, "fulfilled");
    assert.equal(
      (busy as PromiseRejectedResult).reason.code,
      "PAYMENT_INTENT_BUSY",
    );
    const { localId } = (first as PromiseFulfilledResult<PaymentIntent>).value;
    const again = await terminal.retrievePaymentIntent(offered.client_secret);
    assert.equal(again.localId, localId);
    await pay(shop, terminal, again);
    const sold = await terminal.retrievePaymentIntent(offered.id);
    assert.deepEqual([sold.localId, sold.state], [localId, "forwarded"]);
    await assert.rejects(terminal.collectPaymentMethod(sold), {
      code: "PAYMENT_NOT_FOUND",
    });
    assert.equal((await shop.sandbox.control.report()).charges, 1);
  }));

test("a retrieved intent that was lost in memory is taken up again by its till, and by no other", () =>
  withShop(async (shop) => {
    const offered = await offer(shop);
    const first = await shop.openTerminal();
    const { localId } = await first.retrievePaymentIntent(offered.id);
    const terminal = await shop.openTerminal(); // As after a crash.
    const second = await openSecond(shop);
    await assert.rejects(second.retrievePaymentIntent(offered.id), {
      code: "PAYMENT_INTENT_TAKEN",
    });
    await second.close();
    const again = await terminal.retrievePaymentIntent(offered.id);
    assert.notEqual(again.localId, localId);
    const sold = await pay(shop, terminal, again);
    assert.deepEqual([sold.id, sold.state], [offered.id, "forwarded"]);
    const { metadata } = await wire(shop, offered);
    assert.equal(metadata.holdfast_local_id, sold.localId);
  }));

test("retrievePaymentIntent() whose answers are lost can be repeated, and is one payment", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    const terminal = await shop.openTerminal({ callDeadlineMs: 1_500 });
    const offered = await offer(shop);
    await control.addFaults({ kind: "drop_response", method: "POST" });
    await assert.rejects(terminal.retrievePaymentIntent(offered.id), {
      code: "STRIPE_API_CONNECTION_ERROR",
    });
    await control.clearFaults();
    await terminal.probeNetwork();
    const intent = await terminal.retrievePaymentIntent(offered.id);
    assert.equal((await pay(shop, terminal, intent)).state, "forwarded");
    const late = new AbortController();
    late.abort();
    const { signal } = late;
    const next = await offer(shop);
    await assert.rejects(
      terminal.retrievePaymentIntent(next.id, { signal }),
      { code: "CANCELED" },
    );
    await control.addFaults({ kind: "delay", delay_ms: 2_000 });
    await assert.rejects(
      terminal.retrievePaymentIntent(next.id, { deadlineMs: 50 }),
      { code: "REQUEST_TIMED_OUT" },
    );
  }));

test("retrievePaymentIntent() of an intent that takes no card is refused with what it is", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const canceled = await offer(shop);
    await shop.api(`/v1/payment_intents/${canceled.id}/cancel`, {});
    await assert.rejects(
      terminal.retrievePaymentIntent(canceled.id),
      (error: HoldfastError) =>
        error.code === "PAYMENT_INTENT_UNEXPECTED_STATE" &&
        error.details.status === "canceled",
    );
    const online = await offer(shop, { "payment_method_types[0]": "card" });
    await assert.rejects(terminal.retrievePaymentIntent(online.id), {
      code: "INVALID_ARGUMENT",
      field: "paymentMethodTypes",
    });
    await assert.rejects(terminal.retrievePaymentIntent("pi_nobody"), {
      code: "PAYMENT_NOT_FOUND",
    });
    await assert.rejects(
      terminal.retrievePaymentIntent(`${online.id}_secret_guessed`),
      { code: "PAYMENT_NOT_FOUND" },
    );
    for (const bad of ["", "cs_test_1", "pi_", "pi_1/../x"]) {
      await assert.rejects(terminal.retrievePaymentIntent(bad), {
        code: "INVALID_ARGUMENT",
        field: "clientSecret",
      });
    }
    const sold = await offer(shop);
    const declined = await pay(
      shop,
      terminal,
      await terminal.retrievePaymentIntent(sold.id),
      "charge_declined_insufficient_funds",
    );
    assert.equal(declined.state, "declined");
    const known = await terminal.retrievePaymentIntent(sold.id);
    assert.equal(known.state, "declined");
  }));

test("a stored payment whose back end's intent was canceled gets no other intent", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    const { terminal, offered, intent } = await retrievedBeforeOutage(shop);
    const { localId } = await pay(shop, terminal, intent);
    terminal.pauseForwarding();
    await control.setOffline(false);
    await shop.api(`/v1/payment_intents/${offered.id}/cancel`, {});
    terminal.resumeForwarding();
    await shop.until(() => terminal.getPayment(localId)!.state === "failed");
    assert.equal(terminal.getPayment(localId)!.error!.code, "intent_canceled");
    assert.throws(() => terminal.retryPayment(localId), {
      code: "PAYMENT_INTENT_UNEXPECTED_STATE",
    });
    assert.equal((await control.intents()).length, 1);
    assert.equal((await control.report()).charges, 0);
  }));

test("reconcile() cancels no intent that a back end made, however long it waits", () =>
  withShop(async (shop) => {
    const startMs = Date.now();
    const clock = new ShiftedClock(0);
    const terminal = await shop.openTerminalAt(clock);
    const offered = await offer(shop);
    const own = await terminal.createPaymentIntent({
      amount: 700,
      currency: "usd",
    });
    await terminal.retrievePaymentIntent(offered.id);
    clock.aheadMs = 8 * 24 * 3600_000;
    const report = await terminal.reconcile({ fromMs: startMs - 3600_000 });
    assert.equal(report.isComplete, true);
    assert.equal((await wire(shop, offered)).status, "requires_payment_method");
    const { status } = await wire(shop, own as unknown as BackendIntent);
    assert.equal(status, "canceled", "the terminal's own one is");
  }));
