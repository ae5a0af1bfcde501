/** What a browser may take away: persistence, room, the file system itself. @module */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type { Site } from "../../scripts/_browser.ts";
import { openTill, openTillSite } from "../crash/browser_kills.ts";
import { openSettings } from "./_site_settings.ts";
import { sell, storedIds } from "./_till_calls.ts";

/** Reasons that are not about the store are none of this test's. */
const STRICT = { isEvictableStoreAllowed: false };
const FULL_TRIES = 1_000;
/** As much as a payment may carry, so that the store grows fast. */
const LARGE = JSON.stringify(Object.fromEntries(
  Array.from({ length: 40 }, (_, i) => [`key${i}`, "x".repeat(500)]),
));

let site: Site;

before(async () => {
  site = await openTillSite();
});
after(() => site.close());

/** Sells until a sale ends with `code`, which it does as soon as the Worker has heard. */
async function untilRefusal(page: Page, code: string): Promise<void> {
  while ((await refusal(page)).code !== code) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Code and remedy of the error that a sale ends with. */
async function refusal(page: Page): Promise<{ code: string; remedy: string }> {
  return await page.evaluate(
    `till.sell("visa", 100).then(
      () => ({ code: "none", remedy: "" }),
      ({ code, remedy }) => ({ code, remedy }))`,
  );
}

test("openBrowserTerminal() without persistent storage refuses offline sales with a remedy", async () => {
  const context = await site.open();
  const { page } = await openTill(site, context, "denied", STRICT);
  assert.equal(await page.evaluate("navigator.storage.persisted()"), false);
  const { code, remedy } = await refusal(page);
  assert.equal(code, "STORE_NOT_PERSISTENT");
  assert.match(remedy, /install the app or grant persistent storage/);
  assert.deepEqual(await storedIds(page), new Set());
  const readiness = await page.evaluate("till.terminal().canOperateOffline()");
  const { obstacles } = readiness as { obstacles: { code: string }[] };
  assert.deepEqual(
    obstacles.map((it) => it.code),
    ["STORE_NOT_PERSISTENT", "STORE_NOT_SETTLED"],
  );
  await context.close();
});

test("openBrowserTerminal() with persistent storage sells offline once the store is a minute old", async () => {
  const context = await site.open();
  const settings = await openSettings(context, site.url);
  await settings.setPersistence("granted");
  const young = await openTill(site, context, "granted", STRICT);
  assert.equal(
    await young.page.evaluate("navigator.storage.persisted()"),
    true,
  );
  const { code, remedy } = await refusal(young.page);
  assert.equal(code, "STORE_NOT_SETTLED");
  assert.match(remedy, /a minute old/);
  await young.page.close();
  // Opened again at once it is as young as before.
  const again = await openTill(site, context, "granted", STRICT);
  assert.equal((await refusal(again.page)).code, "STORE_NOT_SETTLED");
  await again.page.close();
  await settings.settleStore("granted");
  const { page } = await openTill(site, context, "granted", STRICT);
  const { localId } = await sell(page, 100);
  assert.deepEqual(await storedIds(page), new Set([localId]));
  await context.close();
});

test("persistence that is taken back while the store is open refuses, and sells when it is given again", async () => {
  const context = await site.open();
  const settings = await openSettings(context, site.url);
  await settings.setPersistence("granted");
  const first = await openTill(site, context, "revoked", STRICT);
  await first.page.close();
  await settings.settleStore("revoked");
  const { page } = await openTill(site, context, "revoked", STRICT);
  const { localId } = await sell(page, 100);
  await settings.setPersistence("denied");
  await untilRefusal(page, "STORE_NOT_PERSISTENT");
  await settings.setPersistence("granted");
  await untilRefusal(page, "none");
  const stored = await storedIds(page);
  assert.ok(stored.has(localId));
  assert.equal(stored.size, 2);
  await context.close();
});

test("openBrowserTerminal() without the private file system keeps nothing in memory instead", async () => {
  const context = await site.open();
  await context.route("**/worker.js", async (route) => {
    const response = await route.fetch();
    const body = `navigator.storage.getDirectory = () =>
      Promise.reject(new DOMException("no", "SecurityError"));\n`;
    await route.fulfill({ response, body: body + await response.text() });
  });
  await assert.rejects(
    openTill(site, context, "nowhere"),
    /private file system/,
  );
  await context.close();
});

test("a quota that is used up refuses the next sale before it is stored, and sells again with room", async () => {
  const context = await site.open();
  const { page } = await openTill(site, context, "quota", {
    limits: { cardCountMax: 1e6, storedCountMax: 1e6, freeBytesMin: 0 },
  });
  const acknowledged = new Set([(await sell(page, 100)).localId]);
  const devtools = await context.newCDPSession(page);
  const { origin } = new URL(site.url);
  const usage = await page.evaluate(
    "navigator.storage.estimate().then(({ usage }) => usage)",
  ) as number;
  await devtools.send("Storage.overrideQuotaForOrigin", {
    origin,
    quotaSize: usage + 65_536,
  });
  let last = "none";
  for (let i = 0; i < FULL_TRIES && last === "none"; i++) {
    const sold = await page.evaluate(
      `till.sell("visa", 100, ${LARGE}).catch(({ code }) => ({ code }))`,
    ) as { localId?: string; code?: string };
    if (sold.localId !== undefined) acknowledged.add(sold.localId);
    last = sold.code ?? "none";
  }
  assert.equal(last, "STORE_FULL");
  // What was accepted is there, and what was refused is not.
  assert.deepEqual(await storedIds(page), acknowledged);
  assert.equal((await refusal(page)).code, "STORE_FULL");
  await devtools.send("Storage.overrideQuotaForOrigin", { origin });
  acknowledged.add((await sell(page, 100)).localId);
  assert.deepEqual(await storedIds(page), acknowledged);
  await context.close();
});
