/** What the browser tests ask of a page with a till. @module */
import type { Page } from "playwright-core";
import { storedPayments } from "../crash/browser_kills.ts";

/** Takes one payment in a tab. */
export function sell(
  page: Page,
  amount: number,
): Promise<{ localId: string; seq: number }> {
  return page.evaluate(`till.sell("visa", ${amount})`);
}

/** Local ids of what is stored, asked in a tab. */
export async function storedIds(page: Page): Promise<Set<string>> {
  const stored = await storedPayments(page);
  return new Set(stored.map(({ localId }) => localId));
}
