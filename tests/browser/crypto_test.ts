/** Every vector and every differential run of the cryptography in a real browser. @module */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { bundlePages, openSite, type Site } from "../../scripts/_browser.ts";

/** What the page's test files register; fewer would mean that tests were not collected. */
const TEST_COUNT = 68;
const VECTORS = "tests/vectors";

let site: Site;

before(async () => {
  const pages = await bundlePages({ page: "tests/browser/crypto_page.ts" }, {
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

test("the vectors and differential runs in Chromium pass", async () => {
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
  assert.equal(results.length, TEST_COUNT);
});
