/** A leader that dies in the middle of its commits in a real browser: another tab sells on. @module */
import assert from "node:assert/strict";
import process from "node:process";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type { Site } from "../../scripts/_browser.ts";
import { openTill, openTillSite } from "../crash/browser_kills.ts";
import { isPromptTakeover, TAKEOVER_TRIES } from "./_takeover_bound.ts";
import { storedIds } from "./_till_calls.ts";

/** Deaths of each kind; when one falls into a commit is up to chance. */
const ROUNDS = process.env.HOLDFAST_SOAK ? 20 : 1;
/** Sales that are seen before the kill, and after it. */
const SALES = 12;

let site: Site;

before(async () => {
  site = await openTillSite();
});
after(() => site.close());

interface Acks {
  ids: string[];
  timesMs: number[];
}

/** What a tab has acknowledged so far. */
function acksOf(page: Page): Promise<Acks> {
  return page.evaluate("({ ids: till.acks, timesMs: till.ackTimesMs })");
}

/** Waits until a tab has acknowledged `count` sales. */
async function acknowledged(page: Page, count: number): Promise<void> {
  await page.waitForFunction(`till.acks.length >= ${count}`, null, {
    polling: 5,
  });
}

/** The leader's tab ends, in each of the ways there are. */
const DEATHS: Readonly<Record<string, (leader: Page) => Promise<unknown>>> = {
  "Worker is terminated": (leader) => leader.evaluate("till.killWorker()"),
  "tab is closed": (leader) => leader.close(),
  "process crashes": async (leader) => {
    const devtools = await leader.context().newCDPSession(leader);
    const crashed = leader.waitForEvent("crash");
    // It never answers.
    devtools.send("Page.crash").catch(() => {});
    await crashed;
  },
};

for (const [how, kill] of Object.entries(DEATHS)) {
  test(`when the leader's ${how} in the middle of its commits another tab sells on within the bound`, async (t) => {
    for (let round = 0; round < ROUNDS; round++) {
      const gapsMs: number[] = [];
      for (let isPrompt = false; !isPrompt;) {
        const name = `${how.replaceAll(" ", "")}${round}x${gapsMs.length}`;
        const gap = await killAndSell(name, kill);
        gapsMs.push(gap.ms);
        t.diagnostic(`no sale for ${gap.ms} ms`);
        ({ isPrompt } = gap);
        assert.ok(
          isPrompt || gapsMs.length < TAKEOVER_TRIES,
          `no sale for ${gapsMs.join(", then ")} ms`,
        );
      }
    }
  });
}

/** Kills the leader while another tab sells; returns how long that tab could not, and whether it may. */
async function killAndSell(
  name: string,
  kill: (leader: Page) => Promise<unknown>,
): Promise<{ ms: number; isPrompt: boolean }> {
  const context = await site.open();
  const { page: leader, leads } = await openTill(site, context, name);
  assert.equal(leads, true);
  const { page: follower } = await openTill(site, context, name);
  // Opened last: its reader is the one that is connected.
  const { page: seller } = await openTill(site, context, name);
  const selling = seller.evaluate("till.sellOn()") as Promise<string[]>;
  await Promise.race([acknowledged(seller, SALES), selling]);
  const killedAtMs = Date.now();
  await kill(leader);
  const before = (await acksOf(seller)).timesMs
    .filter((atMs) => atMs <= killedAtMs).length;
  // Nobody connects a reader, and nobody tells the app anything.
  await Promise.race([acknowledged(seller, before + 2 * SALES), selling]);
  await seller.evaluate("till.stop()");
  const codes = await selling;
  const { ids, timesMs } = await acksOf(seller);
  const ms = longestGap(timesMs, killedAtMs);
  for (const code of codes) assert.equal(code, "STORE_LEADER_CHANGED");
  await assertStored([follower, seller], ids);
  const isPrompt = await isPromptTakeover(site, context, ms);
  await context.close();
  return { ms, isPrompt };
}

/** The longest time without a sale since the kill, milliseconds. */
function longestGap(timesMs: readonly number[], killedAtMs: number): number {
  const since = [killedAtMs, ...timesMs.filter((atMs) => atMs > killedAtMs)];
  return Math.max(...since.slice(1).map((atMs, i) => atMs - since[i]));
}

/** Every acknowledged sale is there, in one chain, in both tabs, of which one leads. */
async function assertStored(
  pages: readonly Page[],
  acknowledgedIds: readonly string[],
): Promise<void> {
  const leads = await Promise.all(
    pages.map((page) => page.evaluate("till.terminal().leads")),
  );
  assert.deepEqual([...leads].sort(), [false, true]);
  for (const page of pages) {
    const stored = await storedIds(page);
    for (const id of acknowledgedIds) {
      assert.ok(stored.has(id), `${id} was acknowledged and is gone`);
    }
    // A sale that the kill cut off before its answer may be stored; it is found by its id.
    assert.equal(stored.size, new Set(acknowledgedIds).size);
    const seqs = await page.evaluate(
      "till.terminal().listPayments({ limit: 100000 })" +
        ".then((list) => list.map(({ seq }) => seq))",
    ) as number[];
    assert.deepEqual(seqs, seqs.map((_, i) => i + 1));
  }
}
