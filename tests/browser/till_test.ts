/** The store in a real browser: OPFS, a Worker, several tabs, and a browser that is killed. @module */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { BrowserContext } from "playwright-core";
import process from "node:process";
import type { Site } from "../../scripts/_browser.ts";
import {
  openTill as openTillOf,
  openTillSite,
  runBrowserKills,
} from "../crash/browser_kills.ts";
import { sell, storedIds } from "./_till_calls.ts";

/** Real kills of the whole browser; each takes about two thirds of a second. */
const KILLS = process.env.HOLDFAST_SOAK
  ? 1_000
  : Number(process.env.HOLDFAST_BROWSER_KILLS ?? 50);

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

test(`no acknowledged payment is lost when the browser is killed ${KILLS} times`, async () => {
  const report = await runBrowserKills({ kills: KILLS, seed: 1 });
  assert.deepEqual(report.failures, []);
  assert.equal(report.kills, KILLS);
  assert.ok(report.acknowledged >= 2 * KILLS, `${report.acknowledged}`);
  assert.ok(report.stored >= report.acknowledged);
});

test("runBrowserKills() catches a page that acknowledges before it stores", async () => {
  const report = await runBrowserKills({ kills: 3, seed: 2, isEarly: true });
  assert.ok(report.lost > 0, `${report.acknowledged} acknowledged, none lost`);
});
