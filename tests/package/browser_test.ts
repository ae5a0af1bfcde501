// The packed tarball in a browser, as docs/browser.md and docs/relay.md tell a stranger to use it.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import test, { after, before } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { startSandbox } from "../../hosts/sandbox/mod.ts";
import { openSite, type Site } from "../../scripts/_browser.ts";
import { denoPath } from "../../scripts/_process.ts";
import { openSettings } from "../browser/_site_settings.ts";
import { writeDocFiles } from "./_doc_files.ts";
import { installProject, must, packTarball } from "./_project.ts";
import { type ShopServer, startShopServer } from "./_shop_server.ts";

/** Bundling with webpack takes up to a minute on a busy machine. */
const HAS_WEBPACK = process.env.HOLDFAST_SOAK !== undefined;
/** Bundlers of docs/browser.md; exact, so that a new release breaks on purpose. */
const TOOLS = {
  esbuild: "0.28.2",
  vite: "8.3.8",
  ...(HAS_WEBPACK ? { webpack: "5.112.2", "webpack-cli": "7.3.1" } : {}),
};
const API_KEY = "sk_test_stranger";

const folder = mkdtempSync(join(tmpdir(), "holdfast-browser-"));
const project = join(folder, "shop");
let site: Site;
let relay: { url: string; token: string; recipient: object };
let relayProcess: ChildProcess | null = null;
let sandbox: Awaited<ReturnType<typeof startSandbox>>;

before(async () => {
  await installProject(project, await packTarball(), TOOLS);
  const files = ["docs/browser.md", "docs/relay.md"]
    .flatMap((page) => writeDocFiles(page, project));
  assert.deepEqual(files.sort(), [
    "build.mjs",
    "index.html",
    "relay.mjs",
    "service_worker.js",
    "src/page.js",
    "src/rescue.js",
    "src/till.js",
    "src/till_worker.js",
    "vite.config.js",
    "webpack.config.cjs",
  ]);
  sandbox = await startSandbox({ rateLimits: null });
  relay = await startRelay();
  site = await openSite(new Map());
});
after(async () => {
  relayProcess?.kill();
  await site?.close();
  await sandbox?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the relay of docs/relay.md; resolves with what it prints. */
async function startRelay(): Promise<typeof relay> {
  const child = spawn("node", ["relay.mjs"], {
    cwd: project,
    env: {
      ...process.env,
      STRIPE_API_KEY: API_KEY,
      STRIPE_API_BASE: sandbox.url,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  relayProcess = child;
  for await (const line of createInterface({ input: child.stdout! })) {
    return JSON.parse(line);
  }
  throw new Error("the relay said nothing");
}

async function serveShop(dist: string): Promise<ShopServer> {
  const { url, token, recipient } = relay;
  const answer = await fetch(`${sandbox.url}/v1/account`, {
    headers: { authorization: `Bearer ${API_KEY}` },
  });
  const { id } = await answer.json();
  return await startShopServer({
    folder: join(project, dist),
    relayUrl: url,
    till: { account: { id, isLivemode: false }, recipient, token },
  });
}

/** Waits until the page says so. */
async function says(page: Page, id: string, text: string): Promise<void> {
  await page.locator(`#${id}`, { hasText: new RegExp(`^${text}$`) }).waitFor();
}

/** Opens the shop as an installed app, past the first minute of its store. */
async function openShop(
  server: ShopServer,
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await site.open();
  const settings = await openSettings(context, server.url);
  await settings.setPersistence("granted");
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(error));
  await page.goto(server.url);
  await says(page, "state", "ready");
  await page.goto("about:blank");
  await settings.settleStore("shop-1");
  await page.goto(server.url);
  await says(page, "state", "ready");
  return { context, page };
}

test("the files of docs/browser.md and docs/relay.md fit the types of the package", async () => {
  const compilerOptions = {
    checkJs: true,
    strict: false, // As most JavaScript is written: names and shapes count, null does not.
    lib: ["dom", "dom.iterable", "esnext"],
  };
  writeFileSync(
    join(project, "deno.json"),
    JSON.stringify({ compilerOptions }),
  );
  const mode = "--node-modules-dir=manual";
  await must(denoPath(), ["check", mode, "src"], project);
});

test("a page bundled by esbuild sells offline, is loaded again offline, and forwards", async () => {
  await must("node", ["build.mjs"], project);
  const server = await serveShop("dist");
  const { context, page } = await openShop(server);
  await page.evaluate("navigator.serviceWorker.ready");
  const chargesBefore = (await sandbox.control.report()).charges;
  await server.cut();
  for (let count = 1; count <= 3; count++) {
    await page.click("#sell");
    await says(page, "payments", Array(count).fill("stored").join(" "));
  }
  await page.reload();
  await says(page, "state", "ready");
  await says(page, "payments", "stored stored stored");
  assert.equal((await sandbox.control.report()).charges, chargesBefore);
  await server.restore();
  await says(page, "payments", "forwarded forwarded forwarded");
  const { charges, duplicates } = await sandbox.control.report();
  assert.deepEqual([charges - chargesBefore, duplicates], [3, 0]);
  await context.close();
  await server.cut();
});

/** Sells without a connection and forwards with one; the page stays open. */
async function sellAndForward(dist: string): Promise<void> {
  const server = await serveShop(dist);
  const { context, page } = await openShop(server);
  const before = (await sandbox.control.report()).charges;
  await server.cut();
  await page.click("#sell");
  await says(page, "payments", "stored");
  await server.restore();
  await says(page, "payments", "forwarded");
  const { charges, duplicates } = await sandbox.control.report();
  assert.deepEqual([charges - before, duplicates], [1, 0]);
  await context.close();
  await server.cut();
}

test("a page bundled by Vite finds its Worker and SQLite, sells offline and forwards", async () => {
  await must("npx", ["vite", "build", "--outDir", "dist-vite"], project);
  await sellAndForward("dist-vite");
});

if (HAS_WEBPACK) {
  test("a page bundled by webpack finds its Worker and SQLite, sells offline and forwards", async () => {
    const path = join(project, "dist-webpack");
    await must("npx", ["webpack", "--output-path", path], project);
    const page = readFileSync(join(project, "index.html"), "utf8");
    const built = page.replace("/src/page.js", "/page.js");
    writeFileSync(join(path, "index.html"), built);
    await sellAndForward("dist-webpack");
  });
}
