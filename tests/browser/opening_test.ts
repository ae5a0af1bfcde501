/** What a browser till says when it cannot be opened, and that nothing is lost by it. @module */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import type { Site } from "../../scripts/_browser.ts";
import { openTill, openTillSite, tillScript } from "../crash/browser_kills.ts";
import { openSettings } from "./_site_settings.ts";
import { sell, storedIds } from "./_till_calls.ts";

let site: Site;

before(async () => {
  site = await openTillSite();
});
after(() => site.close());

/** What opening ends with. */
interface Refusal {
  code: string;
  remedy: string;
  details: Record<string, unknown>;
}

async function refusalOf(page: Page, script: string): Promise<Refusal> {
  return await page.evaluate(
    `${script}.then(
      () => ({ code: "none", remedy: "", details: {} }),
      ({ code, remedy, details }) => ({ code, remedy, details }))`,
  );
}

/** Opens the store `name` in a page of its own, which must be refused or not. */
async function open(
  context: BrowserContext,
  name: string,
  sqliteUrl = "/sqlite3.wasm",
): Promise<{ page: Page; refusal: Refusal }> {
  const page = await context.newPage();
  await page.goto(site.url);
  const script = tillScript(name).replace("/sqlite3.wasm", sqliteUrl);
  return { page, refusal: await refusalOf(page, script) };
}

test("openBrowserTerminal() whose sqliteUrl answers 404, a start page or nothing throws SQLITE_NOT_LOADED and makes no store", async () => {
  const context = await site.open();
  await context.route(
    "**/start.wasm",
    (route) =>
      route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
  );
  await context.route(
    "**/gone.wasm",
    (route) => route.abort("connectionrefused"),
  );
  const cases = [
    ["/missing.wasm", { status: 404, type: "application/wasm" }],
    ["/start.wasm", { status: 200, type: "text/html" }],
    ["/gone.wasm", {}],
  ] as const;
  for (const [url, expected] of cases) {
    const { page, refusal } = await open(context, "unloaded", url);
    assert.equal(refusal.code, "SQLITE_NOT_LOADED", url);
    assert.match(refusal.remedy, /sqlite3\.wasm/);
    assert.deepEqual(refusal.details, { url, ...expected });
    await page.close();
  }
  const { run } = await openSettings(context, site.url);
  const made = await run(`Promise.all([
    navigator.storage.getDirectory().then((root) =>
      root.getDirectoryHandle("holdfast")
        .then((it) => it.getDirectoryHandle("unloaded"))
        .then(() => "a store", () => "no store")),
    indexedDB.databases().then((all) => all.length),
  ])`);
  assert.deepEqual(made, ["no store", 0]);
  await context.close();
});

test("openBrowserTerminal() takes SQLite's module whatever type it is served as", async () => {
  const context = await site.open();
  await context.route("**/typeless.bin", async (route) => {
    const response = await route.fetch({ url: `${site.url}sqlite3.wasm` });
    const headers = { "content-type": "text/plain" };
    await route.fulfill({ response, headers });
  });
  const { refusal } = await open(context, "typeless", "/typeless.bin");
  assert.equal(refusal.code, "none");
  await context.close();
});

test("openBrowserTerminal() without sqliteUrl throws SQLITE_NOT_LOADED where the module is not beside the Worker, or is another version's", async () => {
  const context = await site.open();
  await context.route(
    "**/sqlite3.wasm",
    (route) => route.fulfill({ status: 404, body: "" }),
  );
  const page = await context.newPage();
  await page.goto(site.url);
  const script = tillScript("beside").replace(/sqliteUrl: .*,/, "");
  assert.equal((await refusalOf(page, script)).code, "SQLITE_NOT_LOADED");
  await context.route("**/other.wasm", (route) =>
    route.fulfill({
      contentType: "application/wasm",
      body: String.fromCharCode(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
    }));
  const { refusal } = await open(context, "other", "/other.wasm");
  assert.equal(refusal.code, "SQLITE_NOT_LOADED");
  await context.close();
});

test("openBrowserTerminal() under a policy without 'wasm-unsafe-eval' throws WASM_REFUSED, with it opens", async () => {
  const context = await site.open();
  let policy = "";
  await context.route("**/worker.js", async (route) => {
    const response = await route.fetch();
    const headers = {
      ...response.headers(),
      "content-security-policy": policy,
    };
    await route.fulfill({ response, headers });
  });
  policy = "default-src 'self'";
  const strict = await open(context, "policy");
  assert.equal(strict.refusal.code, "WASM_REFUSED");
  assert.match(strict.refusal.remedy, /wasm-unsafe-eval/);
  policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
  const allowed = await open(context, "policy");
  assert.equal(allowed.refusal.code, "none");
  await context.close();
});

/** Deletes the keys, as a browser does that is told to clear databases and not files. */
const DROP_KEYS = `new Promise((resolve, reject) => {
  const request = indexedDB.deleteDatabase("holdfast-keys");
  request.onsuccess = resolve;
  request.onerror = reject;
})`;

/** Deletes the files of a store; its Worker may have them for a moment. */
const dropStore = (name: string): string =>
  `(async () => {
    const root = await navigator.storage.getDirectory();
    const parent = await root.getDirectoryHandle("holdfast");
    for (;;) {
      try {
        return await parent.removeEntry("${name}", { recursive: true });
      } catch (error) {
        if (error.name !== "NoModificationAllowedError") throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  })()`;

test("openBrowserTerminal() without the key of a store that is there throws DEVICE_KEY_LOST, makes no other and keeps the store", async () => {
  const context = await site.open();
  const { page } = await openTill(site, context, "keyless");
  await sell(page, 100);
  await page.close();
  const settings = await openSettings(context, site.url);
  const read = `(async () => {
    const root = await navigator.storage.getDirectory();
    const parent = await root.getDirectoryHandle("holdfast");
    const folder = await parent.getDirectoryHandle("keyless");
    const sizes = {};
    for await (const [name, handle] of folder) {
      sizes[name] = (await handle.getFile()).size;
    }
    return sizes;
  })()`;
  await settings.run(DROP_KEYS);
  for (let i = 0; i < 2; i++) {
    const { page, refusal } = await open(context, "keyless");
    assert.equal(refusal.code, "DEVICE_KEY_LOST");
    assert.match(refusal.remedy, /salvage/);
    await page.close();
  }
  const sizes = await settings.run(read) as Record<string, number>;
  assert.ok(sizes.main + sizes["log-0"] + sizes["log-1"] > 100_000);
  await context.close();
});

test("openBrowserTerminal() where the store is gone and its key is not throws STORE_GONE until a person says to forget it", async () => {
  const context = await site.open();
  const first = await openTill(site, context, "gone");
  await sell(first.page, 100);
  await first.page.close();
  // The second opening has seen that the store is there to stay.
  const second = await openTill(site, context, "gone");
  await second.page.close();
  const settings = await openSettings(context, site.url);
  await settings.run(dropStore("gone"));
  for (let i = 0; i < 2; i++) {
    const { page, refusal } = await open(context, "gone");
    assert.equal(refusal.code, "STORE_GONE");
    assert.match(refusal.remedy, /forgetStore/);
    await page.close();
  }
  const page = await context.newPage();
  await page.goto(site.url);
  await page.evaluate(`till.forgetStore("gone")`);
  const { refusal, page: anew } = await open(context, "gone");
  assert.equal(refusal.code, "none");
  const { localId } = await sell(anew, 100);
  assert.deepEqual(await storedIds(anew), new Set([localId]));
  await context.close();
});
