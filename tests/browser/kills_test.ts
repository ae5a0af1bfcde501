/** The store in a browser that is killed, again and again. @module */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { runBrowserKills } from "../crash/browser_kills.ts";

/** Real kills; each takes about a second of a processor. */
const KILLS = process.env.HOLDFAST_SOAK
  ? 1_000
  : Number(process.env.HOLDFAST_BROWSER_KILLS ?? 50);

test(`no acknowledged payment is lost when its page or the browser is killed ${KILLS} times`, async () => {
  const report = await runBrowserKills({ kills: KILLS, seed: 1 });
  assert.deepEqual(report.failures, []);
  assert.equal(report.kills, KILLS);
  assert.ok(report.browsers >= Math.floor(KILLS / 3), `${report.browsers}`);
  assert.ok(report.acknowledged >= 2 * KILLS, `${report.acknowledged}`);
  assert.ok(report.stored >= report.acknowledged);
});

test("runBrowserKills() catches a page that acknowledges before it stores", async () => {
  const report = await runBrowserKills({ kills: 9, seed: 2, isEarly: true });
  assert.ok(report.lost > 0, `${report.acknowledged} acknowledged, none lost`);
});
