/** Durable commits in a real Chromium. @module */
import { bundlePages, openSite } from "../../scripts/_browser.ts";
import type { Figure } from "./race.ts";

/** Figures of OPFS and IndexedDB, raced in one dedicated Worker. */
export async function measureBrowser(): Promise<Record<string, Figure>> {
  const site = await openSite(
    await bundlePages({
      page: "tests/browser/contract_page.ts",
      worker: "bench/store/browser_worker.ts",
    }),
  );
  try {
    const context = await site.open();
    const page = await context.newPage();
    await page.goto(site.url);
    return await page.evaluate("results") as Record<string, Figure>;
  } finally {
    await site.close();
  }
}
