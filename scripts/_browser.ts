/**
 * A real Chromium for tests: launched, and shown pages of this project.
 *
 * Owns: nothing of the tests themselves. Pages are TypeScript entries bundled by esbuild and
 * served on localhost, which browsers count as a secure context.
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { ensureChromium } from "./_chromium.ts";

const SQLITE_WASM = "node_modules/@sqlite.org/sqlite-wasm/dist/sqlite3.wasm";
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  wasm: "application/wasm",
};

/**
 * Bundles page and Worker entries for a browser; returns file name → text. `alias` replaces
 * modules that a browser lacks.
 */
export async function bundlePages(
  entries: Readonly<Record<string, string>>,
  alias: Readonly<Record<string, string>> = {},
): Promise<Map<string, string>> {
  const esbuild = await import("esbuild");
  try {
    const result = await esbuild.build({
      entryPoints: { ...entries },
      outdir: "/",
      bundle: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      alias: { ...alias },
      write: false,
      logLevel: "silent",
    });
    return new Map(
      result.outputFiles.map((file) => [file.path.slice(1), file.text]),
    );
  } finally {
    await esbuild.stop();
  }
}

/** A running site with a browser that can see it. */
export interface Site {
  url: string;
  /** Opens the profile, again after {@link Site.kill}; its storage is kept. */
  open(): Promise<BrowserContext>;
  /** SIGKILL to the whole browser: no handler, no flush. */
  kill(): Promise<void>;
  /** SIGKILL to the processes of its pages and their Workers; the browser goes on. */
  killPages(): void;
  close(): Promise<void>;
}

/**
 * Serves `files`, an empty page at `/` that loads `page.js`, and SQLite's module, to a Chromium
 * with a profile of its own; `flags` are further ones for its command line, `without` such of the
 * driver as are left out.
 */
export async function openSite(
  files: Map<string, string>,
  flags: readonly string[] = [],
  without: readonly string[] = [],
): Promise<Site> {
  const server = await serve(files);
  const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
  const profile = mkdtempSync(join(tmpdir(), "holdfast-profile-"));
  const executablePath = ensureChromium();
  let context: BrowserContext | null = null;
  return {
    url,
    async open(): Promise<BrowserContext> {
      await context?.close().catch(() => {});
      context = await chromium.launchPersistentContext(profile, {
        executablePath,
        headless: true,
        ignoreDefaultArgs: [...without],
        args: [
          ...["--no-sandbox", "--disable-gpu", "--disable-quic"],
          ...["--no-first-run", "--disable-background-networking"],
          ...["--disable-component-update", "--disable-sync"],
          ...flags,
        ],
      });
      return context;
    },
    async kill(): Promise<void> {
      // Every process of this browser names the profile; playwright gives no process here.
      spawnSync("pkill", ["-KILL", "-f", profile]);
      await context?.close().catch(() => {});
      context = null;
    },
    killPages(): void {
      const pattern = `--type=renderer.*${profile}`;
      spawnSync("pkill", ["-KILL", "-f", "--", pattern]);
    },
    async close(): Promise<void> {
      await context?.close().catch(() => {});
      server.closeAllConnections();
      server.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function serve(files: Map<string, string>): Promise<Server> {
  const server = createServer((request, response) => {
    const name = (request.url ?? "/").slice(1).split("?")[0] || "index.html";
    const body = name === "index.html"
      ? '<!doctype html><script type="module" src="page.js"></script>'
      : name === "sqlite3.wasm"
      ? readFileSync(SQLITE_WASM)
      : files.get(name);
    const type = TYPES[name.split(".").at(-1)!] ?? "text/plain";
    response.writeHead(body === undefined ? 404 : 200, {
      "content-type": type,
    });
    response.end(body ?? "");
  });
  return new Promise((resolve) =>
    server.listen(0, "localhost", () => resolve(server))
  );
}
