/** Limits by brand and reader, a manager who lifts them, and the log that keeps it. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ApprovalRequest,
  type Approver,
  DEFAULT_LIMITS,
  type OfflineLimits,
} from "../../engine/mod.ts";
import { openHere } from "./_posix_place.ts";
import { type Shop, withShop } from "../support/shop.ts";

async function offlineShop(
  limits: Partial<OfflineLimits>,
  approve: Approver | null,
  body: (shop: Shop) => Promise<void>,
): Promise<void> {
  await withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const offline = {
      isEnabled: true,
      limits: { cardCountMax: 1000, ...limits },
      ...(approve === null ? {} : { approve }),
    };
    await shop.openTerminal({ offline });
    await body(shop);
  });
}

const yes: Approver = () => Promise.resolve({ by: "Ada", reason: "regular" });

test("confirmPaymentIntent() over a brand's limit throws OFFLINE_BRAND_LIMIT, other brands go on", () =>
  offlineShop(
    {
      brands: {
        amex: {
          paymentAmountMax: { usd: 3000 },
          storedAmountMax: { usd: 5000 },
        },
      },
    },
    null,
    async (shop) => {
      const single = { code: "OFFLINE_BRAND_LIMIT", field: "brandAmount" };
      await assert.rejects(shop.sell("amex", 3001), single);
      await shop.sell("amex", 3000);
      const stored = {
        code: "OFFLINE_BRAND_LIMIT",
        field: "brandStoredAmount",
      };
      await assert.rejects(shop.sell("amex_2", 2001), stored);
      await shop.sell("amex_2", 2000);
      assert.equal((await shop.sell("visa", 9000)).state, "stored");
    },
  ));

test("confirmPaymentIntent() over a reader's limit throws OFFLINE_READER_LIMIT", () =>
  offlineShop(
    { readerStoredAmountMax: { usd: 4000 } },
    null,
    async (shop) => {
      await shop.sell("visa", 2500);
      await assert.rejects(shop.sell("mastercard", 1501), {
        code: "OFFLINE_READER_LIMIT",
      });
      await shop.sell("mastercard", 1500);
      assert.deepEqual(shop.terminal.readerTotals(), [{
        serialNumber: shop.reader.serialNumber,
        currency: "usd",
        count: 2,
        amount: 4000,
      }]);
    },
  ));

test("a manager's approval stores the payment and is written into its timeline", async () => {
  const asked: ApprovalRequest[] = [];
  const approve: Approver = (request) => {
    asked.push(request);
    return yes(request);
  };
  await offlineShop(
    { paymentAmountMax: { usd: 5000 }, storedAmountMax: { usd: 5000 } },
    approve,
    async (shop) => {
      const sold = await shop.sell("visa", 7000);
      assert.equal(sold.state, "stored");
      assert.deepEqual(
        asked.map(({ code, limit, needed }) => [
          code,
          limit,
          needed,
        ]),
        [
          ["AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT", 5000, 7000],
          ["OFFLINE_STORED_AMOUNT_LIMIT", 5000, 7000],
        ],
      );
      const approved = shop.terminal.timeline(sold.localId)
        .filter(({ kind }) => kind === "approved");
      assert.equal(approved.length, 2);
      assert.deepEqual(approved[0].body, {
        code: "AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT",
        limit: 5000,
        needed: 7000,
        by: "Ada",
        reason: "regular",
      });
      // It was for that payment alone.
      asked.length = 0;
      await shop.sell("mastercard", 100);
      assert.equal(asked.length, 1);
    },
  );
});

test("a manager's no, or a yes without a name, refuses as if nobody had been asked", async () => {
  for (const answer of [null, { by: "  " }]) {
    await offlineShop(
      { paymentAmountMax: { usd: 5000 } },
      () => Promise.resolve(answer),
      async (shop) => {
        await assert.rejects(shop.sell("visa", 7000), {
          code: "AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT",
        });
        assert.equal(shop.terminal.listPayments().length, 0);
      },
    );
  }
});

test("no manager can lift Stripe's ceiling, the currencies, or a refusal of the card", async () => {
  let count = 0;
  const approve: Approver = (request) => {
    count++;
    return yes(request);
  };
  await offlineShop(
    { paymentAmountMax: { usd: 50_000_000 } },
    approve,
    async (shop) => {
      await assert.rejects(shop.sell("visa", 1_000_001), {
        code: "AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT",
      });
      assert.equal((await shop.sell("visa", 1_000_000)).state, "stored");
      await assert.rejects(shop.sell("visa", 500, { currency: "eur" }), {
        code: "INVALID_OFFLINE_CURRENCY",
      });
      await assert.rejects(shop.sell("interac"), {
        code: "INTERAC_NOT_SUPPORTED_OFFLINE",
      });
      assert.equal(count, 0);
    },
  );
});

test("cancelPaymentIntent() while the manager is asked stores nothing, even if the yes comes", async () => {
  let answer = (): void => {};
  const approve: Approver = (request) =>
    new Promise((resolve) => {
      answer = () => resolve({ by: "Ada" });
      assert.equal(request.signal.aborted, false);
    });
  await offlineShop(
    { paymentAmountMax: { usd: 5000 } },
    approve,
    async (shop) => {
      const { terminal } = shop;
      shop.reader.enqueue("visa");
      const intent = await terminal.createPaymentIntent({
        amount: 7000,
        currency: "usd",
      });
      await terminal.collectPaymentMethod(intent);
      const confirm = terminal.confirmPaymentIntent(intent);
      const rejected = assert.rejects(confirm, { code: "CANCELED" });
      await new Promise((resolve) => setTimeout(resolve, 30));
      await terminal.cancelPaymentIntent(intent.localId);
      await rejected;
      answer();
      await new Promise((resolve) => setTimeout(resolve, 30));
      assert.equal(terminal.listPayments().length, 0);
    },
  );
});

test("verifyActivityLog() finds a line that was changed, taken out, or written by another", async () => {
  const harms: [string, string][] = [
    ["changed", `UPDATE activity SET body = '{"by":"Eve"}' WHERE id = 3`],
    ["taken out", "DELETE FROM activity WHERE id = 2"],
    ["moved", "UPDATE activity SET at_ms = at_ms + 1 WHERE id = 2"],
    [
      "written by another",
      "INSERT INTO activity(at_ms, kind, body, mac) VALUES(1, 'approved', '{}', randomblob(32))",
    ],
    [
      "unsigned",
      "INSERT INTO activity(at_ms, kind, body) VALUES(1, 'approved', '{}')",
    ],
  ];
  for (const [name, sql] of harms) {
    await offlineShop({}, null, async (shop) => {
      for (const card of ["visa", "mastercard", "amex"]) await shop.sell(card);
      const before = shop.terminal.verifyActivityLog();
      assert.equal(before.isIntact, true, name);
      assert.ok(before.count >= 3);
      assert.equal(before.unsignedCount, 0);
      await shop.terminal.close();
      const database = await openHere(shop.path);
      database.execute(sql);
      database.close();
      const terminal = await shop.openTerminal();
      const after = terminal.verifyActivityLog();
      assert.equal(after.isIntact, false, name);
      assert.notEqual(after.brokenAtId, null);
    });
  }
});

test("a limit that is given as undefined is the default, not none", () => {
  const limits = { cardCountMax: undefined } as unknown as Partial<
    OfflineLimits
  >;
  return withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal({ offline: { isEnabled: true, limits } });
    for (let i = 0; i < DEFAULT_LIMITS.cardCountMax; i++) {
      await shop.sell("visa");
    }
    await assert.rejects(shop.sell("visa"), {
      code: "OFFLINE_CARD_COUNT_LIMIT",
    });
  });
});
