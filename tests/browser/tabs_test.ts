/** Two to eight tabs over one store in a real browser: one holds it, whoever that is. @module */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import process from "node:process";
import type { BrowserContext, Page } from "playwright-core";
import type { Site } from "../../scripts/_browser.ts";
import { openTill, openTillSite } from "../crash/browser_kills.ts";
import { sell, storedIds } from "./_till_calls.ts";

/**
 * The next tab takes over within a second, which a quiet machine shows in `HOLDFAST_SOAK=1`; by
 * default a browser that has to share its cores gets more.
 */
const TAKEOVER_MS = process.env.HOLDFAST_SOAK ? 1_000 : 10_000;
const SALES = 4;

let site: Site;

before(async () => {
  site = await openTillSite();
});
after(() => site.close());

/** Opens tabs one after the other; the first leads. */
async function openTabs(
  context: BrowserContext,
  name: string,
  count: number,
): Promise<Page[]> {
  const pages: Page[] = [];
  for (let i = 0; i < count; i++) {
    const { page, leads } = await openTill(site, context, name);
    assert.equal(leads, i === 0, `tab ${i}`);
    pages.push(page);
  }
  return pages;
}

for (const count of [2, 8]) {
  test(`${count} tabs sell at once through the one that holds the store`, async () => {
    const context = await site.open();
    const pages = await openTabs(context, `tabs${count}`, count);
    // All sell with the reader that was connected last.
    await pages[count - 1].evaluate(`till.offer("visa", ${count * SALES})`);
    const sold = await Promise.all(pages.map(async (page, i) => {
      const own = [];
      for (let n = 0; n < SALES; n++) {
        own.push(await sell(page, 100 + 10 * i + n));
      }
      return own;
    }));
    const all = sold.flat();
    const ids = new Set(all.map(({ localId }) => localId));
    assert.equal(ids.size, count * SALES);
    for (const page of [pages[0], pages[count - 1]]) {
      assert.deepEqual(await storedIds(page), ids);
    }
    // One chain: no sequence number is missing and none is used twice.
    const seqs = all.map(({ seq }) => seq).sort((a, b) => a - b);
    assert.deepEqual(seqs, seqs.map((_, i) => i + 1));
    await context.close();
  });
}

/** Time until another tab answers from the store itself, which it has then taken over. */
async function takeoverMs(pages: readonly Page[]): Promise<number> {
  const from = performance.now();
  await storedIds(pages[0]);
  const elapsedMs = performance.now() - from;
  const leads = await Promise.all(
    pages.map((page) => page.evaluate("till.terminal().leads")),
  );
  assert.equal(leads.filter((one) => one === true).length, 1, `${leads}`);
  return elapsedMs;
}

test("when the leading tab is closed the next one takes over, and the next", async () => {
  const context = await site.open();
  let pages = await openTabs(context, "closing", 4);
  const sold = new Set<string>();
  while (pages.length > 1) {
    await pages[0].evaluate("till.connectReader()");
    sold.add((await sell(pages[0], 100)).localId);
    await pages[0].close();
    pages = pages.slice(1);
    const elapsedMs = await takeoverMs(pages);
    assert.ok(elapsedMs < TAKEOVER_MS, `takeover took ${elapsedMs} ms`);
    assert.deepEqual(await storedIds(pages[0]), sold);
    // Whoever leads now may not be the next in our list.
    pages = await leaderFirst(pages);
  }
  await context.close();
});

async function leaderFirst(pages: readonly Page[]): Promise<Page[]> {
  const leads = await Promise.all(
    pages.map((page) => page.evaluate("till.terminal().leads")),
  );
  const first = leads.indexOf(true);
  return [pages[first], ...pages.filter((_, i) => i !== first)];
}

test("a leader whose Worker is killed in the middle of its commits loses nothing acknowledged", async () => {
  const context = await site.open();
  const [leader, ...others] = await openTabs(context, "killing", 3);
  const acknowledged = new Set<string>();
  const enough = new Promise<void>((resolve) => {
    leader.on("console", (message) => {
      const [word, id] = message.text().split(" ");
      if (word === "ack") acknowledged.add(id);
      if (acknowledged.size >= 12) resolve();
    });
  });
  await leader.evaluate("till.connectReader()");
  // Selling ends by an error only: after the kill it no longer matters.
  const selling = leader.evaluate("till.sellUntilKilled()");
  await Promise.race([enough, selling]);
  selling.catch(() => {});
  await leader.evaluate("till.killWorker()");
  const elapsedMs = await takeoverMs(others);
  assert.ok(elapsedMs < TAKEOVER_MS, `takeover took ${elapsedMs} ms`);
  const stored = await storedIds(others[0]);
  for (const id of acknowledged) {
    assert.ok(stored.has(id), `${id} was acknowledged and is gone`);
  }
  await others[1].evaluate("till.connectReader()");
  const { seq } = await sell(others[1], 500);
  assert.equal(seq, stored.size + 1);
  await context.close();
});
