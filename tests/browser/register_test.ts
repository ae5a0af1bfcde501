/** The register page in a real Chromium: keyboard, a server that goes, a reload without it. @module */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { openDenoDatabase } from "../../hosts/deno/mod.ts";
import {
  bundleRegisterPage,
  type PageFiles,
} from "../../hosts/register/web/bundle.ts";
import { PageServer } from "../../hosts/register/web/server.ts";
import {
  startWebDemo,
  type WebDemo,
} from "../../hosts/register/web/web_demo.ts";
import { openSite, type Site } from "../../scripts/_browser.ts";

const SOURCES = "hosts/register/web";
const folder = mkdtempSync(join(tmpdir(), "holdfast-web-register-"));
let site: Site;
let demo: WebDemo;
let files: PageFiles;
let server: PageServer;
let url: string;

before(async () => {
  files = await bundleRegisterPage(SOURCES);
  demo = await startWebDemo(folder, openDenoDatabase);
  site = await openSite(new Map());
  url = await startServer(0);
});
after(async () => {
  await site.close();
  await server.close();
  await demo.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Serves the page; a server that was stopped comes back at its port. */
async function startServer(port: number): Promise<string> {
  const { relayUrl } = demo;
  const settings = { ...demo.settings, customerDelayMs: 0 };
  server = new PageServer({ files, settings, relayUrl });
  return await server.listen(port);
}

async function openPage(): Promise<Page> {
  const page = await (await site.open()).newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(url);
  await page.waitForSelector("html[data-ready]");
  return page;
}

/** Types an amount where the focus is, presses Enter, and waits for what the notice says. */
async function sell(page: Page, amount: string, notice: string): Promise<void> {
  await page.keyboard.type(amount);
  await page.keyboard.press("Enter");
  await page.locator("#notice", { hasText: notice }).waitFor();
  await page.locator("#take:enabled").waitFor();
}

function states(page: Page): Promise<string[]> {
  return page.locator("td[data-state]").allTextContents();
}

async function charges(): Promise<Map<string, number>> {
  const intents = await demo.control.intents();
  return new Map(intents.map(({ local_id, charges }) => [
    String(local_id),
    charges.filter(({ status }) => status === "succeeded").length,
  ]));
}

test("a page whose server goes sells on, is loaded again, and forwards each payment once", async () => {
  const page = await openPage();
  await page.selectOption("#card", "visa:tap");
  await page.focus("#amount");
  await sell(page, "12.50", "Approved by the bank");
  // Everything is kept before it can be missed.
  await page.evaluate("navigator.serviceWorker.ready.then(() => 1)");
  const port = Number(new URL(url).port);
  await server.close();

  await sell(page, "20+10%", "Accepted offline");
  await page.locator("#network[data-network=offline]").waitFor();
  await page.reload();
  await page.waitForSelector("html[data-ready]");
  await page.locator("td[data-state=stored]").waitFor();
  assert.deepEqual(await states(page), ["waits", "approved"]);
  await page.selectOption("#card", "visa:tap");
  await page.focus("#amount");
  await sell(page, "3", "Accepted offline");
  const waiting = "2 payments wait: 25.00 USD, oldest";
  await page.locator("#waiting", { hasText: waiting }).waitFor();

  await startServer(port);
  await page.click("#forward");
  await page.locator("#waiting", { hasText: "Nothing waits" }).waitFor();
  await page.locator("td[data-state=forwarded] >> nth=2").waitFor();
  assert.deepEqual(await states(page), ["approved", "approved", "approved"]);
  const counts = [...(await charges()).values()];
  assert.deepEqual(counts, [1, 1, 1]);
  assert.equal((await demo.control.report()).duplicates, 0);

  await page.getByLabel("Refund of payment 3").click();
  await page.locator("#question[open]").waitFor();
  await page.keyboard.press("Enter");
  const refunded = "Refund of 3.00 USD succeeded";
  await page.locator("#notice", { hasText: refunded }).waitFor();
  // Pressed twice by an impatient hand, it closes one day.
  await page.dblclick("#close-day");
  await page.locator("#question[open]").waitFor();
  // Not by Enter: a second press that comes late lands beside the question and takes its focus.
  await page.click("#question-yes");
  await page.locator("#paper", { hasText: "DAILY CLOSE 1" }).waitFor();
  assert.match(await page.textContent("#paper-body") ?? "", /37\.50 USD/);
  await page.keyboard.press("Escape");
  const closes = await page.evaluate(
    `document.querySelector("#paper-title").textContent`,
  );
  assert.equal(closes, "Daily close 1");
  await page.getByLabel("Receipt of payment 2").click();
  assert.match(await page.textContent("#paper-body") ?? "", /Tip2\.00 USD/);
  await page.context().close();
});

test("a page is used by keyboard alone: sell, cancel, refusals, void", async () => {
  const page = await openPage();
  const focused = (): Promise<string> =>
    page.evaluate("document.activeElement.id") as Promise<string>;
  const order: string[] = [await focused()];
  for (let step = 0; step < 5; step++) {
    await page.keyboard.press("Tab");
    order.push(await focused());
  }
  const wanted = "amount currency tip tip-on-reader note take";
  assert.equal(order.join(" "), wanted);

  await page.selectOption("#card", "no_card");
  await page.focus("#amount");
  await page.keyboard.type("5");
  await page.keyboard.press("Enter");
  await page.locator("#notice", { hasText: "Insert or tap" }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#notice", { hasText: "CANCELED" }).waitFor();
  assert.equal(await focused(), "amount");
  // What was typed stays, to be corrected.
  assert.equal(await page.inputValue("#amount"), "5");

  await page.fill("#amount", "");
  await sell(page, "1.234", "USD has 2 digits after the point");
  await page.fill("#amount", "");
  server.isOnline = false;
  await page.selectOption("#card", "interac");
  await page.focus("#amount");
  await sell(page, "7", "INTERAC_NOT_SUPPORTED_OFFLINE");
  await page.selectOption("#card", "visa");
  await page.fill("#amount", "");
  await sell(page, "7", "Accepted offline");
  await page.getByRole("button", { name: /^Void of/ }).focus();
  await page.keyboard.press("Enter");
  await page.locator("#question[open]").waitFor();
  assert.equal(await focused(), "question-yes");
  await page.keyboard.press("Enter");
  await page.locator("#notice", { hasText: "7.00 USD voided" }).waitFor();
  await page.locator("td[data-state=canceled]").waitFor();
  server.isOnline = true;
  await page.context().close();
});

test("two pages sell over one store, each with its own reader, and one may go", async () => {
  const first = await openPage();
  const second = await first.context().newPage();
  await second.goto(url);
  await second.waitForSelector("html[data-ready]");
  for (const [page, amount] of [[first, "1"], [second, "2"], [first, "3"]]) {
    await (page as Page).bringToFront();
    // Another reader would not know of this card.
    await (page as Page).selectOption("#card", "amex:tap");
    await (page as Page).focus("#amount");
    await sell(page as Page, amount as string, "amex •0005 tap");
  }
  await first.close();
  await second.bringToFront();
  await second.focus("#amount");
  await sell(second, "4", "amex •0005 tap");
  await second.locator("td.amount", { hasText: "4.00 USD" }).waitFor();
  const amounts = await second.locator("td.amount").allTextContents();
  assert.deepEqual(amounts.slice(0, 4), [
    ...["4.00 USD", "3.00 USD", "2.00 USD", "1.00 USD"],
  ]);
  await second.context().close();
});

test("a page names its fields and has readable colours in both schemes", async () => {
  const page = await openPage();
  const nameless = await page.evaluate(
    `[...document.querySelectorAll("input, select, button")]
      .filter((it) => !it.labels?.length && !it.textContent.trim() &&
        !it.ariaLabel).map((it) => it.id || it.outerHTML)`,
  );
  assert.deepEqual(nameless, []);
  const pairs = [
    ["ink", "paper"],
    ["soft", "paper"],
    ["soft", "tint"],
    ["on-brand", "brand"],
    ...["good", "warn", "bad"].flatMap((tone) => [
      [tone, "paper"],
      [tone, `${tone}-tint`],
      ["ink", `${tone}-tint`],
    ]),
  ];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [front, back] of pairs) {
      const [a, b] = await Promise.all(
        [front, back].map((name) =>
          page.evaluate(
            `getComputedStyle(document.documentElement)
              .getPropertyValue("--${name}").trim()`,
          ) as Promise<string>
        ),
      );
      const ratio = contrast(a, b);
      const what = `${front} on ${back}, ${colorScheme}: ${ratio.toFixed(2)}`;
      assert.ok(ratio >= 4.5, what);
    }
  }
  await page.context().close();
});

/** WCAG 2.2, contrast ratio of two colours `#rrggbb`. */
function contrast(first: string, second: string): number {
  const [dark, light] = [first, second].map(luminance).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [red, green, blue] = colour.slice(1).match(/../g)!
    .map((pair) => Number.parseInt(pair, 16) / 255)
    .map((part) =>
      part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Asks the server without a browser, on a connection of its own; returns the status. */
function ask(
  method: string,
  path: string,
  headers: Record<string, string>,
  body = "",
): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: "127.0.0.1",
      port: new URL(url).port,
      method,
      path,
      headers,
      agent: false,
    }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

test("PageServer refuses a stranger's host name and the switch to a stranger's form", async () => {
  assert.equal(
    await ask("GET", "/register.json", { host: "shop.example" }),
    421,
  );
  const form = { "content-type": "text/plain" };
  const cut = '{"isOnline":false}';
  assert.equal(await ask("POST", "/demo/network", form, cut), 404);
  assert.equal(server.isOnline, true);
  const page = { "content-type": "application/json" };
  assert.equal(await ask("POST", "/demo/network", page, cut), 204);
  assert.equal(server.isOnline, false);
});
