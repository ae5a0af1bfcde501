/**
 * The files of the register page, made of its sources.
 *
 * Owns: what is served and under which name, and the version that a browser sees change. The
 * bundler is a tool of the machine that serves or publishes the page, not of the till: the npm
 * package has the page bundled already.
 * @module
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Path → bytes. */
export type PageFiles = ReadonlyMap<string, Uint8Array>;

/** Folder of the page beside its sources, or in their place, where it was bundled before. */
const BUNDLED = "bundled";
/** Comes with its own package, of the one version that both were made for. */
const SQLITE_WASM = "/sqlite3.wasm";

/** The page of `folder`: as it was bundled there before, else bundled now. */
export async function registerPage(folder: string): Promise<PageFiles> {
  const bundled = join(folder, BUNDLED);
  if (!existsSync(bundled)) return await bundleRegisterPage(folder);
  const files = readdirSync(bundled).map((name): [string, Uint8Array] => [
    name === "index.html" ? "/" : `/${name}`,
    readFileSync(join(bundled, name)),
  ]);
  return new Map([...files, [SQLITE_WASM, readFileSync(sqliteWasm())]]);
}

/** Keeps a page in `folder` for {@link registerPage}. */
export function writeRegisterPage(files: PageFiles, folder: string): void {
  const bundled = join(folder, BUNDLED);
  mkdirSync(bundled, { recursive: true });
  for (const [path, bytes] of files) {
    if (path === SQLITE_WASM) continue;
    writeFileSync(join(bundled, path === "/" ? "index.html" : path), bytes);
  }
}

/** Bundles the sources in `folder`; takes about a third of a second. */
export async function bundleRegisterPage(folder: string): Promise<PageFiles> {
  const files = new Map<string, Uint8Array>();
  const scripts = await build(
    { page: join(folder, "page.ts"), worker: join(folder, "worker.ts") },
    {},
  );
  for (const [name, bytes] of scripts) files.set(`/${name}`, bytes);
  files.set("/", readFileSync(join(folder, "index.html")));
  for (const name of ["style.css", "icon.svg", "manifest.webmanifest"]) {
    files.set(`/${name}`, readFileSync(join(folder, name)));
  }
  files.set(SQLITE_WASM, readFileSync(sqliteWasm()));
  const hash = createHash("sha256");
  for (const [path, bytes] of files) hash.update(path).update(bytes);
  const version = hash.digest("hex").slice(0, 16);
  const [[, serviceWorker]] = await build(
    { service_worker: join(folder, "service_worker.ts") },
    {
      PAGE_VERSION: JSON.stringify(version),
      PAGE_FILES: JSON.stringify([...files.keys()]),
    },
  );
  files.set("/service_worker.js", serviceWorker);
  return files;
}

async function build(
  entryPoints: Record<string, string>,
  define: Record<string, string>,
): Promise<[name: string, bytes: Uint8Array][]> {
  const esbuild = await import("esbuild");
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints,
      define,
      outdir: "/",
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      write: false,
      logLevel: "silent",
    });
    return outputFiles.map(({ path, contents }) => [path.slice(1), contents]);
  } finally {
    await esbuild.stop();
  }
}

function sqliteWasm(): string {
  const require = createRequire(import.meta.url);
  return require.resolve("@sqlite.org/sqlite-wasm/sqlite3.wasm");
}
