/**
 * Opening the till of a page.
 *
 * Owns: what of the settings the engine gets. There is no Stripe key here and no opener: the page
 * forwards through the relay beneath its own origin.
 * @module
 */
import { openBrowserTerminal } from "../../browser/mod.ts";
import type { PageTerminal } from "../../browser/page_terminal.ts";
import { type Till, tillOf } from "../till.ts";
import type { PageReader } from "./page_reader.ts";
import { type PageSettings, RELAY_PREFIX } from "./settings.ts";

/** Opens or joins the store of this browser. */
export async function openPageTerminal(
  settings: PageSettings,
): Promise<PageTerminal> {
  const { recipient, limits, isDemo } = settings;
  return await openBrowserTerminal({
    worker: () => new Worker("/worker.js", { type: "module" }),
    name: settings.store,
    relay: { url: location.origin + RELAY_PREFIX, token: settings.token },
    sqliteUrl: "/sqlite3.wasm",
    account: settings.account,
    location: { country: settings.country },
    recipient: {
      keyId: bytesOf(recipient.keyId),
      publicKey: bytesOf(recipient.publicKey),
    },
    offline: {
      isEnabled: true,
      limits,
      // Nobody installs a demo, and there is no money in it; a shop's browser must promise to
      // keep the store.
      isEvictableStoreAllowed: isDemo,
    },
    callDeadlineMs: 10_000,
    forwarding: { probeDelayMsMax: 5_000, reconnectSpreadMs: 1_000 },
  });
}

/** The till of the register over a page's terminal and the page's own reader. */
export function pageTill(terminal: PageTerminal, reader: PageReader): Till {
  return tillOf(terminal, {
    offlineStatus: () => terminal.offlineStatus(),
    collectPaymentMethod: (intent, options) => reader.collect(intent, options),
  });
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(
    hex.match(/../g) ?? [],
    (pair) => Number.parseInt(pair, 16),
  );
}
