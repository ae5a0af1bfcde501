/** Workers that die or never live, and options that cannot cross, in a real browser. @module */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import type { Site } from "../../scripts/_browser.ts";
import { openTillSite, tillScript } from "../crash/browser_kills.ts";
import { sell, storedIds } from "./_till_calls.ts";

let site: Site;

before(async () => {
  site = await openTillSite();
});
after(() => site.close());

/** Opens a tab of a context of its own, which goes with it. */
async function withPage(
  body: (page: Page, context: BrowserContext) => Promise<void>,
): Promise<void> {
  const context = await site.open();
  const page = await context.newPage();
  await page.goto(site.url);
  await body(page, context);
  await context.close();
}

interface Ended {
  code: string;
  retry: string;
  remedy: string;
  field: string | null;
}

/** How a script's promise is rejected. */
function ending(page: Page, script: string): Promise<Ended> {
  return page.evaluate(`${script}.then(
    () => ({ code: "none" }),
    ({ code, name, retry, remedy, field }) =>
      ({ code: code ?? name, retry, remedy, field }))`);
}

/** A sale that waits for a card that never comes. */
const WAITING_SALE = 'till.sell("no_card", 100)';
/** Resolves when the reader asks for the card. */
const ASKED = `new Promise((resolve) =>
  till.terminal().on("readerEvent", ({ event }) =>
    event.kind === "prompt" && resolve()))`;

for (
  const [what, fulfilment] of [
    ["is not found", { status: 404, body: "no" }],
    ["throws while it starts", {
      contentType: "text/javascript",
      body: 'throw new Error("a bug of the app");',
    }],
    ["is no script", { contentType: "text/javascript", body: "{{{" }],
  ] as const
) {
  test(`openBrowserTerminal() with a Worker whose script ${what} throws WORKER_GONE`, () =>
    withPage(async (page) => {
      await page.route("**/broken.js", (route) => route.fulfill(fulfilment));
      const script = tillScript("broken", {}, { script: "broken.js" });
      const { code, remedy } = await ending(page, script);
      assert.equal(code, "WORKER_GONE");
      assert.match(remedy, /open the terminal again/);
      // The next try of the same page is as good as any.
      assert.equal(await page.evaluate(tillScript("broken")), true);
    }));
}

test("a Worker that is terminated under a call ends it with WORKER_GONE, and reopening goes on", () =>
  withPage(async (page) => {
    await page.evaluate(tillScript("ended"));
    const { localId } = await sell(page, 100);
    await page.evaluate(`{
      globalThis.failures = [];
      till.terminal().on("forwardingFailure", ({ error }) =>
        failures.push(error.code));
      globalThis.asked = ${ASKED};
      globalThis.waiting = ${WAITING_SALE};
      waiting.catch(() => {});
      0; // The sale is not waited for here.
    }`);
    await page.evaluate("asked");
    await page.evaluate("till.killWorker()");
    const ended = await ending(page, "waiting");
    assert.deepEqual([ended.code, ended.retry], ["WORKER_GONE", "same_key"]);
    assert.match(ended.remedy, /may have been stored/);
    const later = await ending(page, "till.terminal().listPayments()");
    assert.equal(later.code, "WORKER_GONE");
    assert.deepEqual(await page.evaluate("failures"), ["WORKER_GONE"]);
    await page.evaluate(tillScript("ended"));
    assert.deepEqual(await storedIds(page), new Set([localId]));
    await sell(page, 200);
    assert.equal((await storedIds(page)).size, 2);
  }));

test("a page that may make another Worker sells on by itself when one is terminated", () =>
  withPage(async (page) => {
    await page.evaluate(tillScript("lasting", {}, { isLasting: true }));
    const sold = [await sell(page, 100)];
    await page.evaluate(
      `globalThis.created = till.terminal().createPaymentIntent(
        { amount: 100, currency: "usd" })`,
    );
    await page.evaluate("till.killWorker()");
    // What was asked of the dead one is asked of the next; what it held is gone, and said to be.
    const lost = await ending(
      page,
      "created.then((intent) => till.terminal().collectPaymentMethod(intent))",
    );
    // Which of the two depends on whether the page has noticed the death by then.
    assert.match(lost.code, /^(STORE_LEADER_CHANGED|WORKER_GONE)$/);
    assert.equal(lost.retry, "same_key");
    sold.push(await sell(page, 200));
    assert.deepEqual(
      await storedIds(page),
      new Set(sold.map(({ localId }) => localId)),
    );
    assert.equal(await page.evaluate("till.terminal().leads"), true);
  }));

test("a message of the Worker that cannot be read ends what waits", () =>
  withPage(async (page) => {
    await page.addInitScript(`{
      const Real = Worker;
      globalThis.Worker = class extends Real {
        constructor(...args) {
          super(...args);
          globalThis.lastWorker = this;
        }
      };
    }`);
    await page.reload();
    await page.evaluate(tillScript("garbled"));
    // Chromium cannot be brought to garble one; it would say so with this event.
    await page.evaluate(
      'lastWorker.dispatchEvent(new MessageEvent("messageerror"))',
    );
    const { code } = await ending(page, "till.terminal().listPayments()");
    assert.equal(code, "WORKER_GONE");
    // Its Worker is ended and lets the store go.
    assert.equal(await page.evaluate(tillScript("garbled")), true);
  }));

test("PageTerminal.close() resolves when the store may be opened again", () =>
  withPage(async (page) => {
    for (let round = 0; round < 3; round++) {
      assert.equal(await page.evaluate(tillScript("closing")), true);
      await sell(page, 100);
      await page.evaluate("till.terminal().close()");
      const { code } = await ending(page, "till.terminal().listPayments()");
      assert.equal(code, "TERMINAL_CLOSED");
    }
    await page.evaluate(tillScript("closing"));
    assert.equal((await storedIds(page)).size, 3);
  }));

test("offline.approve is asked in the page, whichever tab leads", () =>
  withPage(async (page, context) => {
    const limits = {
      limits: { cardCountMax: 99, storedAmountMax: { usd: 500 } },
    };
    await page.evaluate(tillScript("manager", limits, { manager: "" }));
    const second = await context.newPage();
    await second.goto(site.url);
    const opening = tillScript("manager", limits, { manager: "Ada" });
    assert.equal(await second.evaluate(opening), false);
    const { localId } = await sell(second, 501);
    const lines = await second.evaluate(
      `till.terminal().timeline("${localId}")`,
    );
    assert.match(JSON.stringify(lines), /Ada/);
    await page.evaluate("till.connectReader()");
    const refused = await ending(page, 'till.sell("visa", 100)');
    assert.equal(refused.code, "OFFLINE_STORED_AMOUNT_LIMIT");
    assert.deepEqual(await storedIds(page), new Set([localId]));
  }));

test("openBrowserTerminal() refuses a function in any option with its field, and starts nothing", () =>
  withPage(async (page) => {
    const script = tillScript("functions");
    for (
      const [own, field] of [
        [
          "forwarding: { probeDelayMsMin: () => 1 }",
          "forwarding.probeDelayMsMin",
        ],
        ["location: { country: Symbol() }", "location.country"],
        [
          "declineRetry: { laterDelaysMs: [() => 1] }",
          "declineRetry.laterDelaysMs.0",
        ],
        [
          "offline: { policy: { allowedBrands: new WeakSet() } }",
          "offline.policy.allowedBrands",
        ],
      ]
    ) {
      const bent = script.replace(/\}, \{\}\)$/, `${own} }, {})`);
      assert.notEqual(bent, script);
      const ended = await ending(page, bent);
      assert.deepEqual([ended.code, ended.field], ["INVALID_ARGUMENT", field]);
    }
    assert.equal(await page.evaluate(script), true);
  }));
