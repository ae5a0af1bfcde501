/** Two to eight tabs over one store in a real browser: one holds it, whoever that is. @module */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import type { Site } from "../../scripts/_browser.ts";
import { openTill, openTillSite } from "../crash/browser_kills.ts";
import { isPromptTakeover } from "./_takeover_bound.ts";
import { sell, storedIds } from "./_till_calls.ts";

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
  const tookMs: number[] = [];
  let promptCount = 0;
  let pages = await openTabs(context, "closing", 4);
  const sold = new Set<string>();
  while (pages.length > 1) {
    await pages[0].evaluate("till.connectReader()");
    sold.add((await sell(pages[0], 100)).localId);
    await pages[0].close();
    pages = pages.slice(1);
    tookMs.push(await takeoverMs(pages));
    if (await isPromptTakeover(site, context, tookMs.at(-1)!)) promptCount++;
    assert.deepEqual(await storedIds(pages[0]), sold);
    // Whoever leads now may not be the next in our list.
    pages = await leaderFirst(pages);
  }
  // What makes one late for a moment is gone at the next; a takeover that is slow is slow each time.
  assert.ok(promptCount >= 2, `takeovers of ${tookMs} ms`);
  await context.close();
});

async function leaderFirst(pages: readonly Page[]): Promise<Page[]> {
  const leads = await Promise.all(
    pages.map((page) => page.evaluate("till.terminal().leads")),
  );
  const first = leads.indexOf(true);
  return [pages[first], ...pages.filter((_, i) => i !== first)];
}
