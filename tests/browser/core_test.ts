/** The tests of the core in a real browser: the same bytes, the same order, on every host. @module */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { bundlePages, openSite, type Site } from "../../scripts/_browser.ts";

/** What the page's files register at least; fewer would mean that tests were not collected. */
const TESTS_MIN = 420;
const VECTORS = "tests/vectors";

let site: Site;

before(async () => {
  const pages = await bundlePages({ page: "tests/browser/core_page.ts" }, {
    "node:assert/strict": "./tests/browser/_node_assert.ts",
    "node:fs": "./tests/browser/_node_fs.ts",
    "node:process": "./tests/browser/_node_process.ts",
    "node:test": "./tests/browser/_node_shim.ts",
  });
  const files = [VECTORS, `${VECTORS}/wycheproof`].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .map((name) => `${folder}/${name}`)
  );
  const texts = files.map((file) => [file, readFileSync(file, "utf8")]);
  pages.set("files.json", JSON.stringify(Object.fromEntries(texts)));
  site = await openSite(pages);
});
after(() => site.close());

test("the tests of the core pass in Chromium", async () => {
  const page = await (await site.open()).newPage();
  const failures: string[] = [];
  page.on("pageerror", (error) => failures.push(String(error)));
  await page.goto(site.url);
  await page.waitForFunction("globalThis.results", null, { timeout: 60_000 })
    .catch((error) => failures.push(String(error)));
  assert.deepEqual(failures, []);
  const results = await page.evaluate("results") as {
    name: string;
    error: string | null;
  }[];
  assert.deepEqual(results.filter(({ error }) => error !== null), []);
  assert.ok(results.length >= TESTS_MIN, `${results.length} tests`);
});
