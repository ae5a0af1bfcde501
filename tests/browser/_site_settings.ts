/**
 * What a person does to a site in the browser's settings, and what time does to its store.
 * @module
 */
import type { BrowserContext, CDPSession } from "playwright-core";

/** A page of the site that opens no store, from which things are done to it. */
export interface SiteSettings {
  /** Whether the browser promises to keep the store; an installed app is granted it. */
  setPersistence(setting: "granted" | "denied"): Promise<void>;
  /** Makes the store `name` an hour older; no tab may have it open any more. */
  settleStore(name: string): Promise<void>;
  /** The developer tools of the page. */
  devtools: CDPSession;
  origin: string;
  /** Runs a script in the page. */
  run(script: string): Promise<unknown>;
}

/** Opens the page; what it sets holds as long as it stays open. */
export async function openSettings(
  context: BrowserContext,
  siteUrl: string,
): Promise<SiteSettings> {
  const page = await context.newPage();
  const url = new URL("/settings", siteUrl).href;
  const body = "a page without a till";
  await page.route(url, (route) => route.fulfill({ body }));
  await page.goto(url);
  const devtools = await context.newCDPSession(page);
  const { origin } = new URL(siteUrl);
  const run = (script: string): Promise<unknown> => page.evaluate(script);
  return {
    devtools,
    origin,
    run,
    async setPersistence(setting): Promise<void> {
      await devtools.send("Browser.setPermission", {
        origin,
        permission: { name: "persistent-storage" },
        setting,
      });
    },
    settleStore: async (name): Promise<void> => {
      await run(AGE_STORE.replace("NAME", name));
    },
  };
}

const AGE_STORE = `(async () => {
  const root = await navigator.storage.getDirectory();
  const parent = await root.getDirectoryHandle("holdfast");
  const folder = await parent.getDirectoryHandle("NAME");
  const handle = await folder.getFileHandle("place");
  const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
  if (bytes.length !== 65536 + 18) throw new Error("place has " + bytes.length);
  for (const offset of [0, 65536]) {
    const view = new DataView(bytes.buffer, offset);
    view.setFloat64(1, view.getFloat64(1, true) - 3600e3, true);
    for (let i = 0; i < 9; i++) view.setUint8(9 + i, 255 - view.getUint8(i));
  }
  for (;;) {
    try {
      const writer = await handle.createWritable();
      await writer.write(bytes);
      return await writer.close();
    } catch (error) {
      // The Worker of a tab that was closed has it for a moment.
      if (error.name !== "NoModificationAllowedError") throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
})()`;
