/**
 * How long a takeover may take on this machine, now.
 *
 * Owns: the measure. A takeover opens SQLite, the store and a terminal, as a page does that opens
 * its first till; so a machine that is busy makes both slow, and the second says by how much.
 * @module
 */
import type { BrowserContext } from "playwright-core";
import type { Site } from "../../scripts/_browser.ts";
import { tillScript } from "../crash/browser_kills.ts";

/** What is promised, on a machine that has nothing else to do. */
const TAKEOVER_MS = 1_000;
/** More than a page needs there to open its till and connect its reader, milliseconds. */
const OPENING_MS = 500;
/** Openings that are looked at; the slowest one counts. */
const SAMPLES = 2;
/** How often a takeover may be tried: what makes one late for a moment is gone, what is slow stays. */
export const TAKEOVER_TRIES = 3;

let counter = 0;

/**
 * Whether a takeover of `tookMs` keeps the promise: a second, or as much longer as this machine takes
 * to open a till now. Tills are opened only where the second was not enough.
 */
export async function isPromptTakeover(
  site: Site,
  context: BrowserContext,
  tookMs: number,
): Promise<boolean> {
  if (tookMs <= TAKEOVER_MS) return true;
  const slowestMs = await slowestOpening(site, context);
  return tookMs <= TAKEOVER_MS * Math.max(1, slowestMs / OPENING_MS);
}

async function slowestOpening(
  site: Site,
  context: BrowserContext,
): Promise<number> {
  let slowestMs = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const page = await context.newPage();
    await page.goto(site.url);
    const script = tillScript(`bound${counter++}`);
    const tookMs = await page.evaluate(`(async () => {
      const from = performance.now();
      await ${script};
      return performance.now() - from;
    })()`) as number;
    slowestMs = Math.max(slowestMs, tookMs);
    await page.close();
  }
  return slowestMs;
}
