/** The database contract in a real browser: OPFS, access handles, a dedicated Worker. @module */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { bundlePages, openSite, type Site } from "../../scripts/_browser.ts";

/** What the contract has; fewer would mean that tests were not collected. */
const TEST_COUNT = 27;

let site: Site;

before(async () => {
  const entries = {
    page: "tests/browser/contract_page.ts",
    worker: "tests/browser/contract_worker.ts",
  };
  site = await openSite(
    await bundlePages(entries, {
      "node:test": "./tests/browser/_node_shim.ts",
      "node:assert/strict": "./tests/browser/_node_assert.ts",
    }),
  );
});
after(() => site.close());

test("openBrowserDatabase() keeps the database contract", async () => {
  const context = await site.open();
  const page = await context.newPage();
  await page.goto(site.url);
  const results = await page.evaluate("results") as {
    name: string;
    error: string | null;
  }[];
  assert.deepEqual(results.filter(({ error }) => error !== null), []);
  assert.equal(results.length, TEST_COUNT);
  await context.close();
});
