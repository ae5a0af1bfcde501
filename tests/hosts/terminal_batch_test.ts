/** Several payments in one commit. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, type Reading } from "../../engine/mod.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { type Shop, withShop } from "../support/shop.ts";
import { openHere } from "./_posix_place.ts";

/** Presents a card to a reader that the host has for itself. */
async function read(
  shop: Shop,
  amount: number,
  changes: Partial<Reading> = {},
): Promise<Reading> {
  const emvData = await shop.read(amount);
  return { amount, currency: "usd", emvData, reader: "gate-1", ...changes };
}

test("storePayments() stores all in one transaction, and forwards each once", () =>
  withShop(async (shop) => {
    const database = await openHere(shop.path);
    let transactions = 0;
    const counting = new Proxy(database, {
      get: (target, key) => {
        if (key === "transaction") transactions++;
        const value = target[key as keyof typeof target] as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const terminal = await shop.openTerminalAt(new SystemClock(), {}, {
      database: counting,
    });
    terminal.pauseForwarding();
    transactions = 0;
    const readings: Reading[] = [];
    for (let i = 0; i < 40; i++) readings.push(await read(shop, 200 + i));
    const results = await terminal.storePayments(readings);
    assert.equal(transactions, 1);
    assert.deepEqual(
      results.map(({ error }) => error),
      readings.map(() => null),
    );
    const stored = results.map(({ payment }) => payment!);
    assert.deepEqual(stored.map(({ seq }) => seq), stored.map((_, i) => i + 1));
    assert.ok(stored.every(({ state }) => state === "stored"));
    assert.ok(
      readings.every(({ emvData }) => emvData.every((byte) => byte === 0)),
    );
    assert.equal(terminal.offlineStatus.sdk.offlinePaymentsCount, 40);
    terminal.resumeForwarding();
    await shop.drained();
    const charges = await shop.charges();
    for (const { localId } of stored) assert.equal(charges.get(localId), 1);
    assert.equal(charges.size, 40);
  }));

test("storePayments() with a tip stores it as part of the amount, and Stripe hears of it", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const [{ payment }] = await terminal.storePayments([
      await read(shop, 1150, { tipAmount: 150 }),
    ]);
    assert.deepEqual([payment!.amount, payment!.terms.tip], [1150, 150]);
    assert.equal(payment!.offlineDetails!.amountDetails.tip, 150);
    const { amounts } = terminal.receipt(payment!.localId, { name: "Shop" });
    assert.deepEqual(amounts[1], { name: "Tip", value: "1.50 USD" });
    assert.equal(terminal.closeDay().totals[0].tip, 150);
    await shop.drained();
    const { id } = terminal.getPayment(payment!.localId)!;
    const intent = await shop.api<
      { amount: number; metadata: Record<string, string> }
    >(`/v1/payment_intents/${id}`);
    assert.deepEqual(
      [intent.amount, intent.metadata.holdfast_tip],
      [1150, "150"],
    );
    for (const tipAmount of [1150, -1, 0.5]) {
      const wrong = await read(shop, 1150, { tipAmount });
      await assert.rejects(terminal.storePayments([wrong]), {
        code: "INVALID_ARGUMENT",
        field: "tipAmount",
      });
      assert.ok(wrong.emvData.every((byte) => byte === 0));
    }
  }));

test("storePayments() refuses single payments by card and by limit and stores the others", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal({
      offline: {
        isEnabled: true,
        limits: { cardCountMax: 1000, storedAmountMax: { usd: 600 } },
      },
    });
    terminal.pauseForwarding();
    const twice = await read(shop, 250);
    const results = await terminal.storePayments([
      await read(shop, 300),
      { ...twice, emvData: new Uint8Array([0x9f]) },
      twice,
      await read(shop, 100),
      { ...twice, emvData: twice.emvData.slice() },
      await read(shop, 50),
    ]);
    assert.deepEqual(
      results.map(({ payment, error }) => error?.code ?? payment!.state),
      [
        "stored",
        "MISSING_EMV_DATA",
        "stored",
        "OFFLINE_STORED_AMOUNT_LIMIT",
        "stored",
        "stored",
      ],
    );
    // The same chip transaction is one payment.
    assert.equal(results[4].payment!.localId, results[2].payment!.localId);
    assert.equal(terminal.offlineStatus.sdk.offlinePaymentsCount, 3);
    assert.deepEqual(
      terminal.offlineStatus.sdk.offlinePaymentAmountsByCurrency,
      { usd: 600 },
    );
  }));

test("storePayments() with one wrong argument stores none", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const wrong: [Partial<Reading>, string][] = [
      [{ amount: 0 }, "amount"],
      [{ currency: "dollars" }, "currency"],
      [{ createdAtMs: 0.5 }, "createdAtMs"],
    ];
    for (const [change, field] of wrong) {
      const readings = [await read(shop, 200), await read(shop, 210, change)];
      await assert.rejects(terminal.storePayments(readings), {
        code: "INVALID_ARGUMENT",
        field,
      });
      assert.ok(readings.every(({ emvData }) => emvData.every((b) => b === 0)));
    }
    await assert.rejects(terminal.storePayments([]), { field: "readings" });
    await assert.rejects(
      terminal.storePayments([
        await read(shop, 200, { requestIncrementalAuthorizationSupport: true }),
      ]),
      { code: "INCREMENTAL_AUTHORIZATION_NOT_SUPPORTED_OFFLINE" },
    );
    assert.equal(terminal.listPayments().length, 0);
    const closed = await shop.openTerminal({ offline: { isEnabled: false } });
    await assert.rejects(closed.storePayments([await read(shop, 200)]), {
      code: "FORCE_OFFLINE_WITH_FEATURE_DISABLED",
    });
  }));

test("storePayments() after an unclear commit tells what is on disk", () =>
  withShop(async (shop) => {
    const database = await openHere(shop.path);
    let unclear: "before" | "after" | null = null;
    const doubtful = new Proxy(database, {
      get: (target, key) => {
        if (key === "transaction") {
          return <T>(body: () => T): T => {
            const now = unclear;
            unclear = null;
            const value = now === "before" ? null : target.transaction(body);
            if (now === null) return value as T;
            throw failure("STORE_COMMIT_UNKNOWN", "the test pulled the cable");
          };
        }
        const value = target[key as keyof typeof target] as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const terminal = await shop.openTerminalAt(new SystemClock(), {}, {
      database: doubtful,
    });
    terminal.pauseForwarding();
    const batch = async (): Promise<Reading[]> => [
      await read(shop, 200),
      await read(shop, 201, { emvData: new Uint8Array([0x9f]) }),
      await read(shop, 202),
    ];
    unclear = "before";
    const lost = await terminal.storePayments(await batch());
    assert.deepEqual(lost.map(({ error }) => error?.code), [
      "STORE_WRITE_FAILED",
      "MISSING_EMV_DATA",
      "STORE_WRITE_FAILED",
    ]);
    assert.equal(terminal.listPayments().length, 0);
    unclear = "after";
    const kept = await terminal.storePayments(await batch());
    assert.deepEqual(
      kept.map(({ payment, error }) => error?.code ?? payment!.amount),
      [200, "MISSING_EMV_DATA", 202],
    );
    assert.equal(terminal.listPayments().length, 2);
  }));
