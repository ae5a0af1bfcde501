/**
 * The web register as a program: serves the page, and in the demo the world behind it.
 *
 * Owns: its one line of JSON with the URL, printed when a browser can come, and stopping in order.
 * @module
 */
import process from "node:process";
import type { Database } from "../../../engine/mod.ts";
import { sayLine } from "../../posix/say_line.ts";
import {
  type RegisterConfiguration,
  TIP_PERCENTAGES,
} from "../configuration.ts";
import { isLoopback } from "../reader_address.ts";
import { UsageError } from "../../posix/command.ts";
import { registerPage } from "./bundle.ts";
import { PageServer } from "./server.ts";
import type { PageSettings } from "./settings.ts";
import { startWebDemo } from "./web_demo.ts";

/** What the program is started with. */
export interface WebOptions {
  /** Where the page's sources are. */
  sources: string;
  port: number;
  host: string;
  /** Where the demo keeps its keys and the relay's book. */
  folder: string;
  /** A real shop, or null for the demo. */
  configuration: RegisterConfiguration | null;
  /** The runtime's own way to open a database; for the demo's relay. */
  openDatabase(path: string): Promise<Database>;
}

/** Serves until it is told to stop; returns the exit status. */
export async function runWeb(options: WebOptions): Promise<number> {
  const { configuration, folder, openDatabase, port, host } = options;
  const files = await registerPage(options.sources);
  const demo = configuration === null
    ? await startWebDemo(folder, openDatabase)
    : null;
  const server = new PageServer({
    files,
    settings: demo?.settings ?? pageSettings(configuration!),
    relayUrl: demo?.relayUrl ?? configuration!.relay!.url,
    hostNames: host === "127.0.0.1" ? [] : [host],
  });
  const url = await server.listen(port, host);
  if (process.stdout.isTTY) {
    sayLine(`The register is at ${url}  (Ctrl-C ends it)`);
    if (demo !== null) sayLine("A demo: nobody is charged.");
  }
  sayLine(JSON.stringify({ t: "listening", url }));
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await server.close();
  await demo?.close();
  return 0;
}

/** What of the configuration a page may know; throws {@link UsageError}. */
function pageSettings(configuration: RegisterConfiguration): PageSettings {
  const { relay, account, shop, reader } = configuration;
  const token = relay?.token ?? process.env.HOLDFAST_RELAY_TOKEN;
  if (relay === undefined || token === undefined) {
    throw new UsageError("a page forwards through a relay: give url and token");
  }
  if (!URL.canParse(reader.webSocket ?? "")) {
    throw new UsageError("a page needs a reader that it reaches by webSocket");
  }
  const { protocol, hostname } = new URL(reader.webSocket!);
  if (protocol !== "wss:" && !isLoopback(hostname) && !reader.isPlain) {
    throw new UsageError(
      "a page has no sessions yet: its reader is on this machine, or has wss",
    );
  }
  return {
    shop: { name: shop.name, address: shop.address ?? [] },
    store: account.isLivemode ? "live" : "test",
    account,
    country: configuration.country,
    currencies: configuration.currencies,
    recipient: configuration.recipient,
    token,
    limits: configuration.limits ?? {},
    tipPercentages: configuration.tipPercentages ?? TIP_PERCENTAGES,
    readerUrl: reader.webSocket!,
    customerDelayMs: 0,
    isDemo: false,
  };
}
