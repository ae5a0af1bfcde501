/** The conformance table over both builds of the core in a real browser. @module */
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { bundlePages, openSite, type Site } from "../../scripts/_browser.ts";
import { compileComponentCore } from "../../scripts/component/compile.ts";
import {
  checkAnswers,
  conformanceCases,
  requestLines,
} from "../conformance/cases.ts";

let site: Site;
let page: Page;

before(async () => {
  site = await openSite(
    await bundlePages({ page: "tests/browser/conformance_page.ts" }),
  );
  page = await (await site.open()).newPage();
  await page.goto(site.url);
});
after(() => site.close());

const cases = conformanceCases();

/** Calls a method of the page's `conformance`. */
async function ask(method: string, ...args: unknown[]): Promise<string[]> {
  const list = args.map((arg) => JSON.stringify(arg)).join(",");
  return await page.evaluate(`conformance.${method}(${list})`);
}

test("conformance the plain module in Chromium answers the whole table", async () => {
  checkAnswers(cases, await ask("module", requestLines(cases)));
});

test("conformance the component in Chromium answers the whole table", async () => {
  const core = Buffer.from(await compileComponentCore()).toString("base64");
  checkAnswers(cases, await ask("component", requestLines(cases), core));
});
