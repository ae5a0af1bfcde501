/** A manager who is asked at the page of the sale, wherever the store is. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApprovalRequest, Approver } from "../../engine/mod.ts";
import { connectShopReader, Origin, sellAt } from "../support/origin.ts";
import type { PageTerminal } from "../../hosts/browser/page_terminal.ts";
import { openTerminalHere, type Shop, withShop } from "../support/shop.ts";

const yes: Approver = () => Promise.resolve({ by: "Ada", reason: "regular" });
const over = { code: "OFFLINE_STORED_AMOUNT_LIMIT" };

interface Tabs {
  shop: Shop;
  origin: Origin;
  leader: PageTerminal;
  follower: PageTerminal;
}

/** Two tabs with a limit of 1,000 and a manager each, or none; the follower has the reader. */
function withTabs(
  approvers: { leader?: Approver; follower?: Approver },
  body: (tabs: Tabs) => Promise<void>,
): Promise<void> {
  return withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const origin = new Origin();
    const open = (tab: string, own?: Approver): PageTerminal =>
      origin.openTab(
        tab,
        (approve) =>
          openTerminalHere(shop.options({
            offline: {
              isEnabled: true,
              limits: { storedAmountMax: { usd: 1000 } },
              // As the Worker does it: whether to ask is the leading page's.
              ...(own === undefined ? {} : { approve }),
            },
          })),
        own === undefined ? {} : { approve: own },
      );
    const leader = open("a", approvers.leader);
    await leader.ready;
    const follower = open("b", approvers.follower);
    await follower.ready;
    await connectShopReader(shop, follower);
    try {
      await body({ shop, origin, leader, follower });
    } finally {
      await origin.close("b");
      await origin.close("a");
    }
  });
}

test("a manager is asked at the page of the sale, and the yes is in the payment's timeline", async () => {
  const asked: ApprovalRequest[] = [];
  const follower: Approver = (request) => {
    asked.push(request);
    return yes(request);
  };
  const leader: Approver = () => Promise.reject(new Error("not this page"));
  await withTabs({ leader, follower }, async ({ shop, follower: page }) => {
    const localId = await sellAt(shop, page, 1001);
    const { signal, ...request } = asked[0];
    assert.deepEqual(request, {
      localId,
      code: "OFFLINE_STORED_AMOUNT_LIMIT",
      limit: 1000,
      needed: 1001,
      amount: 1001,
      currency: "usd",
    });
    assert.equal(signal.aborted, false);
    const lines = await page.timeline(localId);
    assert.ok(lines.some((line) => JSON.stringify(line).includes("Ada")));
    assert.equal((await page.verifyActivityLog()).isIntact, true);
  });
});

test("the leading page's own sales ask its own manager", () =>
  withTabs({ leader: yes, follower: yes }, async ({ shop, leader }) => {
    const localId = await sellAt(shop, leader, 1001);
    assert.equal((await leader.getPayment(localId))!.state, "stored");
  }));

test("a page without a manager is refused, though the leading page has one", () =>
  withTabs({ leader: yes }, async ({ shop, follower }) => {
    await assert.rejects(sellAt(shop, follower, 1001), over);
    assert.deepEqual(await follower.listPayments(), []);
  }));

test("a manager's no, nothing, and nonsense refuse", async () => {
  const answers = [null, undefined, {}, { by: 5 }, { by: " " }];
  const follower: Approver = () => Promise.resolve(answers.shift() as never);
  const count = answers.length;
  await withTabs(
    { leader: yes, follower },
    async ({ shop, follower: page }) => {
      for (let i = 0; i < count; i++) {
        await assert.rejects(sellAt(shop, page, 1001), over);
      }
      assert.equal(answers.length, 0);
      assert.deepEqual(await page.listPayments(), []);
    },
  );
});

test("an approval callback that throws refuses, and is reported as uncaught", async (t) => {
  const bug = new Error("a bug of the app");
  const thrown: unknown[] = [];
  const real = globalThis.queueMicrotask;
  t.mock.method(globalThis, "queueMicrotask", (run: () => void) =>
    real(() => {
      try {
        run();
      } catch (error) {
        thrown.push(error);
      }
    }));
  const follower: Approver = () => Promise.reject(bug);
  await withTabs(
    { leader: yes, follower },
    async ({ shop, follower: page }) => {
      await assert.rejects(sellAt(shop, page, 1001), over);
    },
  );
  assert.deepEqual(thrown, [bug]);
});

test("a sale whose time is over does not wait for its manager, who is told", async () => {
  let request: ApprovalRequest | null = null;
  const follower: Approver = (asked) => {
    request = asked;
    return new Promise(() => {});
  };
  await withTabs(
    { leader: yes, follower },
    async ({ shop, follower: page }) => {
      shop.reader.enqueue("visa");
      const intent = await page.createPaymentIntent({
        amount: 1001,
        currency: "usd",
      });
      await page.collectPaymentMethod(intent);
      await assert.rejects(
        page.confirmPaymentIntent(intent, { deadlineMs: 100 }),
        { code: "REQUEST_TIMED_OUT" },
      );
      await shop.until(() => request!.signal.aborted);
      assert.deepEqual(await page.listPayments(), []);
    },
  );
});

test("a page that goes while its manager is asked has said no", async () => {
  let isAsked = false;
  const follower: Approver = () => {
    isAsked = true;
    return new Promise(() => {});
  };
  await withTabs({ leader: yes, follower }, async (tabs) => {
    const { shop, origin, leader, follower: page } = tabs;
    const selling = sellAt(shop, page, 1001);
    const ended = assert.rejects(selling, { code: "WORKER_GONE" });
    await shop.until(() => isAsked);
    await origin.crash("b");
    await ended;
    // Its sale is over at the leader, too: the reader it had is let go.
    await shop.until(async () => await leader.connectedReader() === null);
    assert.deepEqual(await leader.listPayments(), []);
  });
});

test("when the leader dies while a manager is asked, the manager is told and nothing is stored", async () => {
  let request: ApprovalRequest | null = null;
  const follower: Approver = (asked) => {
    request = asked;
    return new Promise(() => {});
  };
  await withTabs({ leader: yes, follower }, async (tabs) => {
    const { shop, origin, follower: page } = tabs;
    const selling = sellAt(shop, page, 1001);
    const ended = assert.rejects(selling, { code: "STORE_LEADER_CHANGED" });
    await shop.until(() => request !== null);
    await origin.crash("a");
    await ended;
    assert.equal(request!.signal.aborted, true);
    assert.deepEqual(await page.listPayments(), []);
  });
});
