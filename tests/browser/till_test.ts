/** The store in a real browser: what a page took is there, and can go to another one. @module */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { BrowserContext } from "playwright-core";
import type { Site } from "../../scripts/_browser.ts";
import {
  openTill as openTillOf,
  openTillSite,
} from "../crash/browser_kills.ts";
import { sell, storedIds } from "./_till_calls.ts";

let site: Site;

before(async () => {
  site = await openTillSite();
});
after(() => site.close());

const openTill = (context: BrowserContext, name: string) =>
  openTillOf(site, context, name);

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
