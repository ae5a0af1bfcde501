/** What a browser does to a tab that holds the store: it clears, freezes and keeps pages. @module */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Site } from "../../scripts/_browser.ts";
import { openTill, openTillSite, tillScript } from "../crash/browser_kills.ts";
import { openSettings } from "./_site_settings.ts";
import { sell, storedIds } from "./_till_calls.ts";

let site: Site;

before(async () => {
  // Playwright switches this cache off; browsers have it on.
  site = await openTillSite(["--disable-back-forward-cache"]);
});
after(() => site.close());

test("site data cleared under an open store refuses the next offline sale, and what is stored can still leave", async () => {
  const context = await site.open();
  const { page } = await openTill(site, context, "cleared");
  const { localId } = await sell(page, 100);
  const { devtools, origin } = await openSettings(context, site.url);
  const storageTypes = "all";
  await devtools.send("Storage.clearDataForOrigin", { origin, storageTypes });
  const refused = await page.evaluate(
    `till.sell("visa", 200).then(() => "none", ({ code }) => code)`,
  );
  assert.equal(refused, "STORE_DELETED");
  assert.deepEqual(await storedIds(page), new Set([localId]));
  const readiness = await page.evaluate("till.terminal().canOperateOffline()");
  const { obstacles } = readiness as { obstacles: { code: string }[] };
  assert.ok(obstacles.some(({ code }) => code === "STORE_DELETED"));
  // The tab still has the files: everything leaves them before it is closed.
  const { bytes, code } = await page.evaluate(`till.terminal().exportStored()
    .then(({ bytes, code }) => ({ bytes: [...bytes], code }))`) as {
    bytes: number[];
    code: string;
  };
  const rescue = await openTill(site, context, "rescue");
  const report = await rescue.page.evaluate(
    `till.terminal().importStored(new Uint8Array(${
      JSON.stringify(bytes)
    }), "${code}")`,
  ) as { imported: string[] };
  assert.deepEqual(report.imported, [localId]);
  await page.close();
  // Nothing of it is left: a new store, which says so by being empty.
  const anew = await openTill(site, context, "cleared");
  assert.deepEqual(await storedIds(anew.page), new Set());
  await context.close();
});

test("a leading tab that is frozen loses nothing, and the other tabs sell on", async () => {
  const context = await site.open();
  const leader = await openTill(site, context, "frozen");
  const sold = new Set([(await sell(leader.page, 100)).localId]);
  const other = await openTill(site, context, "frozen");
  const devtools = await context.newCDPSession(leader.page);
  await devtools.send("Page.enable");
  const setState = (state: "frozen" | "active"): Promise<unknown> =>
    devtools.send("Page.setWebLifecycleState", { state });
  await setState("frozen");
  // Chromium freezes no page that holds a lock; made to, it leaves its Worker running.
  sold.add((await sell(other.page, 200)).localId);
  assert.deepEqual(await storedIds(other.page), sold);
  await setState("active");
  assert.deepEqual(await storedIds(leader.page), sold);
  await context.close();
});

/**
 * Leaves the leading tab, sells at another one and comes back; false when Chromium did not keep the
 * page. A busy browser may look before the Worker's lock is gone, and then loads it anew.
 */
async function isKeptOnTheWayBack(name: string): Promise<boolean> {
  const context = await site.open();
  try {
    const { page } = await openTill(site, context, name);
    await page.evaluate(`globalThis.isSamePage = true;
      addEventListener("pageshow", ({ persisted }) =>
        globalThis.wasKept = persisted)`);
    const sold = new Set([(await sell(page, 100)).localId]);
    const other = await openTill(site, context, name);
    // Any other page of the site; one that the test answers itself would not be kept.
    await page.goto(`${site.url}worker.js`);
    assert.deepEqual(await storedIds(other.page), sold);
    assert.equal(await other.page.evaluate("till.terminal().leads"), true);
    await other.page.evaluate("till.connectReader()");
    sold.add((await sell(other.page, 200)).localId);
    await page.goBack({ waitUntil: "commit" }); // It was loaded long ago.
    await page.waitForFunction('document.readyState === "complete"');
    if (!await page.evaluate("globalThis.isSamePage")) return false;
    await page.waitForFunction("globalThis.wasKept");
    const code = await page.evaluate(
      `till.terminal().listPayments().then(() => "none", ({ code }) => code)`,
    );
    assert.equal(code, "WORKER_GONE");
    await page.evaluate(tillScript(name));
    assert.deepEqual(await storedIds(page), sold);
    return true;
  } finally {
    await context.close();
  }
}

test("a leading tab that is kept for the way back lets the store go, and hears so when it comes back", async () => {
  for (let round = 1; round <= 4; round++) {
    if (await isKeptOnTheWayBack(`cached-${round}`)) return;
  }
  assert.fail("Chromium kept no page");
});
