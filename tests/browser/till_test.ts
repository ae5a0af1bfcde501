/** The store in a real browser: OPFS, a Worker, several tabs, and a browser that is killed. @module */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { bundlePages, openSite, type Site } from "../../scripts/_browser.ts";
import process from "node:process";

/** Real kills of the whole browser; each takes about a second. */
const KILLS = Number(process.env.HOLDFAST_BROWSER_KILLS ?? 8);
/** What is promised for the next tab to take over. */
const TAKEOVER_MS = 1_000;

let site: Site;

before(async () => {
  site = await openSite(
    await bundlePages({
      page: "tests/browser/till_page.ts",
      worker: "tests/browser/till_worker.ts",
    }),
  );
});
after(() => site.close());

/** Opens a tab with a till over the store `name`; returns whether it leads. */
async function openTill(
  context: BrowserContext,
  name: string,
): Promise<{ page: Page; leads: boolean }> {
  const page = await context.newPage();
  await page.goto(site.url);
  const leads = await page.evaluate(`till.open({
    name: "${name}",
    relay: { url: location.origin, token: "till.secret" },
    sqliteUrl: "/sqlite3.wasm",
    account: { id: "acct_1", isLivemode: false },
    location: { country: "US" },
    recipient: {
      keyId: new Uint8Array(8),
      publicKey: new Uint8Array(32).fill(9),
    },
    offline: {
      isEnabled: true,
      limits: { cardCountMax: 1e6, storedCountMax: 1e6 },
    },
  })`);
  return { page, leads: leads as boolean };
}

function sell(page: Page, amount: number): Promise<{ localId: string }> {
  return page.evaluate(`till.sell("visa", ${amount})`);
}

async function storedIds(page: Page): Promise<Set<string>> {
  const ids = await page.evaluate(
    `till.terminal().listPayments({ limit: 100000 })
      .then((list) => list.map((payment) => payment.localId))`,
  );
  return new Set(ids as string[]);
}

test("a payment taken in a page is there after the page is loaded again", async () => {
  const context = await site.open();
  const { page, leads } = await openTill(context, "reload");
  assert.equal(leads, true);
  const { localId } = await sell(page, 1234);
  await page.close();
  const again = await openTill(context, "reload");
  assert.deepEqual(await storedIds(again.page), new Set([localId]));
  await context.close();
});

test("a second tab sells through the first one, and takes over within a second", async () => {
  const context = await site.open();
  const first = await openTill(context, "tabs");
  const second = await openTill(context, "tabs");
  assert.deepEqual([first.leads, second.leads], [true, false]);
  const sold = [
    await sell(first.page, 100),
    await sell(second.page, 200),
  ];
  await first.page.close();
  const from = performance.now();
  const ids = await storedIds(second.page);
  const elapsedMs = performance.now() - from;
  assert.deepEqual(ids, new Set(sold.map(({ localId }) => localId)));
  assert.ok(elapsedMs < TAKEOVER_MS, `takeover took ${elapsedMs} ms`);
  assert.equal(await second.page.evaluate("till.terminal().leads"), true);
  await context.close();
});

test("a page exports to another store, which imports it, and copies its store", async () => {
  const context = await site.open();
  const from = await openTill(context, "from");
  const sold = await sell(from.page, 300);
  const moved = await from.page.evaluate(`(async () => {
    const copy = await till.terminal().backup();
    const { bytes, code, id } = await till.terminal().exportStored();
    return {
      head: new TextDecoder().decode(copy.subarray(0, 15)),
      handovers: await till.terminal().listHandovers(),
      open: (await till.terminal().offlineStatus()).sdk.offlinePaymentsCount,
      again: (await till.terminal().exportAgain(id)).code === code,
      bytes: [...bytes],
      code,
    };
  })()`) as {
    head: string;
    handovers: { direction: string }[];
    open: number;
    again: boolean;
    bytes: number[];
    code: string;
  };
  assert.equal(moved.head, "SQLite format 3");
  assert.deepEqual([moved.open, moved.again], [0, true]);
  assert.equal(moved.handovers[0].direction, "out");
  const to = await openTill(context, "to");
  const report = await to.page.evaluate(
    `till.terminal().importStored(new Uint8Array(${
      JSON.stringify(moved.bytes)
    }), "${moved.code}")`,
  ) as { imported: string[] };
  assert.deepEqual(report.imported, [sold.localId]);
  assert.deepEqual(await storedIds(to.page), new Set([sold.localId]));
  await context.close();
});

test(`no acknowledged payment is lost when the browser is killed ${KILLS} times`, async () => {
  const acknowledged = new Set<string>();
  for (let kill = 0; kill < KILLS; kill++) {
    const context = await site.open();
    const { page } = await openTill(context, "kills");
    const stored = await storedIds(page);
    for (const id of acknowledged) {
      assert.ok(stored.has(id), `${id} was acknowledged and is gone`);
    }
    const goal = acknowledged.size + 5 + kill;
    const enough = new Promise<void>((resolve) => {
      page.on("console", (message) => {
        const [word, id] = message.text().split(" ");
        if (word === "ack") acknowledged.add(id);
        if (acknowledged.size >= goal) resolve();
      });
    });
    page.evaluate("till.sellUntilKilled()").catch(() => {
      // It ends only because the browser is killed under it.
    });
    await enough;
    await site.kill();
  }
  const context = await site.open();
  const { page } = await openTill(context, "kills");
  const stored = await storedIds(page);
  assert.ok(acknowledged.size >= 5 * KILLS);
  for (const id of acknowledged) {
    assert.ok(stored.has(id), `${id} was acknowledged and is gone`);
  }
  await context.close();
});
