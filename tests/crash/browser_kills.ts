/**
 * Real SIGKILLs of a real Chromium with a till in a page.
 *
 * Owns: the verdict after each kill, of the process of the page and its Worker, or of the whole
 * browser. The next page over the same profile must open the store at once, hold every payment that
 * the page had acknowledged before it died, and have a chain without a gap. Says nothing about power
 * loss; the simulated disk does.
 * @module
 */
import type { BrowserContext, Page } from "playwright-core";
import { bundlePages, openSite, type Site } from "../../scripts/_browser.ts";
import { Prng } from "../sim/prng.ts";

/** What to run. */
export interface BrowserKillOptions {
  kills: number;
  seed: number;
  /**
   * Acknowledges sales before they are stored, to show that the harness sees it, and ends when it
   * has. @default false
   */
  isEarly?: boolean;
  /** Called after every kill. @default nothing */
  onKill?: (report: BrowserKillReport) => void;
}

/** What came of it. */
export interface BrowserKillReport {
  kills: number;
  /** Those that hit the whole browser. */
  browsers: number;
  /** Payments the page had said it stored. */
  acknowledged: number;
  /** Payments in the store at the end. */
  stored: number;
  lost: number;
  corrupt: number;
  unopenable: number;
  /** Findings, for a person. */
  failures: string[];
}

/** Acknowledged payments to wait for before a kill, and how long after them it comes at most. */
const ACKS_MIN = 2;
const DELAY_MS_MAX = 120;
/** Every so manieth kill is of the whole browser, whose start costs more than all the rest. */
const BROWSER_EVERY = 3;
/** Many times what a step takes on a busy machine. */
const STEP_MS = 45_000;

/** The page and Worker every browser test of a till uses. */
export async function openTillSite(
  without: readonly string[] = [],
): Promise<Site> {
  return await openSite(
    await bundlePages({
      page: "tests/browser/till_page.ts",
      worker: "tests/browser/till_worker.ts",
    }),
    [],
    without,
  );
}

/** The script that opens a till over the store `name`; it resolves to whether it leads. */
export function tillScript(
  name: string,
  offline: object = {},
  own: object = {},
): string {
  return `till.open({
    name: "${name}",
    relay: { url: location.origin, token: "till.secret" },
    sqliteUrl: "/sqlite3.wasm",
    account: { id: "acct_1", isLivemode: false },
    location: { country: "US" },
    recipient: {
      keyId: new Uint8Array(8),
      publicKey: new Uint8Array(32).fill(9),
    },
    offline: {
      isEnabled: true,
      limits: {
        cardCountMax: 1e6,
        storedCountMax: 1e6,
        storedAmountMax: { usd: 1e9 },
      },
      ...${JSON.stringify(offline)},
    },
  }, ${JSON.stringify(own)})`;
}

/** Opens a tab with a till over the store `name`; returns whether it leads. */
export async function openTill(
  site: Site,
  context: BrowserContext,
  name: string,
  offline: object = {},
): Promise<{ page: Page; leads: boolean }> {
  const page = await within("tab", context.newPage());
  await page.goto(site.url);
  const leads = await within("open", page.evaluate(tillScript(name, offline)));
  return { page, leads: leads as boolean };
}

/** Local ids and places in the chain of everything that is stored. */
export async function storedPayments(
  page: Page,
): Promise<{ localId: string; seq: number }[]> {
  return await page.evaluate(
    `till.terminal().listPayments({ limit: 100000 }).then((list) =>
      list.map(({ localId, seq }) => ({ localId, seq })))`,
  );
}

/** Opens, sells, kills and checks; see {@link BrowserKillOptions}. */
export async function runBrowserKills(
  options: BrowserKillOptions,
): Promise<BrowserKillReport> {
  const report: BrowserKillReport = {
    kills: 0,
    browsers: 0,
    acknowledged: 0,
    stored: 0,
    lost: 0,
    corrupt: 0,
    unopenable: 0,
    failures: [],
  };
  const site = await openTillSite();
  const acknowledged = new Set<string>();
  const random = new Prng(options.seed);
  let context = await site.open();
  try {
    while (report.kills < options.kills) {
      const page = await check(site, context, acknowledged, report);
      if (page === null || (options.isEarly && report.lost > 0)) break;
      await sellSome(page, acknowledged, options.isEarly ?? false);
      await new Promise((resolve) =>
        setTimeout(resolve, random.below(DELAY_MS_MAX))
      );
      report.kills++;
      if (report.kills % BROWSER_EVERY === 0) {
        await within("kill", site.kill());
        context = await within("start", site.open());
        report.browsers++;
      } else {
        const died = page.waitForEvent("crash");
        site.killPages();
        await died;
        // A tab without a process may never tell that it is closed; it does no harm.
        await within("close", page.close()).catch(() => {});
      }
      report.acknowledged = acknowledged.size;
      options.onKill?.(report);
    }
    await check(site, context, acknowledged, report);
  } finally {
    await site.close();
  }
  return report;
}

/** Once more where the tab got a spare process that was killed with the others, unnoticed yet. */
async function openAnew(
  site: Site,
  context: BrowserContext,
): Promise<{ page: Page }> {
  try {
    return await openTill(site, context, "kills");
  } catch (error) {
    if (!/crashed|^tab did not/.test((error as Error).message)) throw error;
    return await openTill(site, context, "kills");
  }
}

/** Opens the store and compares; null when it cannot be opened any more. */
async function check(
  site: Site,
  context: BrowserContext,
  acknowledged: Set<string>,
  report: BrowserKillReport,
): Promise<Page | null> {
  const find = (
    kind: "lost" | "corrupt" | "unopenable",
    what: string,
  ): void => {
    report[kind]++;
    report.failures.push(`kill ${report.kills}: ${kind}, ${what}`);
  };
  try {
    const { page } = await openAnew(site, context);
    const stored = await within("list", storedPayments(page));
    report.stored = stored.length;
    const ids = new Set(stored.map(({ localId }) => localId));
    for (const id of acknowledged) {
      if (ids.has(id)) continue;
      find("lost", id);
      acknowledged.delete(id); // Told once.
    }
    const gap = stored.findIndex(({ seq }, i) => seq !== i + 1);
    if (gap >= 0) find("corrupt", `no record ${gap + 1} in the chain`);
    return page;
  } catch (error) {
    const { message } = error as Error;
    find(message.includes("CORRUPT") ? "corrupt" : "unopenable", message);
    return null;
  }
}

/** Sells until a few payments were acknowledged; more go on being sold. */
async function sellSome(
  page: Page,
  acknowledged: Set<string>,
  isEarly: boolean,
): Promise<void> {
  const goal = acknowledged.size + ACKS_MIN;
  const enough = new Promise<void>((resolve) => {
    page.on("console", (message) => {
      const [word, id] = message.text().split(" ");
      if (word === "ack") acknowledged.add(id);
      if (acknowledged.size >= goal) resolve();
    });
  });
  const selling = page.evaluate(`till.sellUntilKilled(${isEarly})`)
    .then(() => Promise.reject(new Error("the page sells no more")));
  // It ends because the browser is killed under it; before enough were acknowledged, it must not.
  selling.catch(() => {});
  await within("sell", Promise.race([enough, selling]));
}

/** A step that never ends is told by its name. */
async function within<T>(step: string, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${step} did not end in ${STEP_MS} ms`)),
      STEP_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
