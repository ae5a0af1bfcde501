/**
 * Bundles TypeScript programs so that Node 20, which cannot strip types, runs them.
 *
 * Owns: one set of esbuild options for tests, the demo and the benches. npm packages stay
 * external and resolve from the project's `node_modules`, because the output lies in `.build/`
 * inside the project. `import.meta.main`, which Node 20 lacks, is true in the entry file and
 * false elsewhere, as under Deno.
 * @module
 */
import type { BuildOptions, BuildResult, Plugin } from "esbuild";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import process from "node:process";

/** Where {@link bundleForNode} writes, relative to the project root. */
const NODE_OUTPUT = ".build/node";

// In parts, so that bundling this file leaves it alone: the replacement reads text, not syntax.
const MAIN_FLAG = ["import", "meta", "main"].join(".");

function mainFlag(entries: readonly string[]): Plugin {
  const entryPaths = new Set(entries.map((entry) => resolve(entry)));
  return {
    name: "import-meta-main",
    setup(build): void {
      build.onLoad({ filter: /\.m?ts$/ }, ({ path }) => {
        if (path.includes("/node_modules/")) return undefined;
        const text = readFileSync(path, "utf8");
        if (!text.includes(MAIN_FLAG)) return undefined;
        const value = String(entryPaths.has(path));
        return {
          contents: text.replaceAll(MAIN_FLAG, value),
          loader: "ts",
        };
      });
    },
  };
}

const COMMON = {
  bundle: true,
  packages: "external",
  platform: "node",
  target: "node20",
  format: "esm",
  sourcemap: "inline",
  logLevel: "silent",
} as const;

let buildCount = 0;

/** Runs one build; the compiler's process ends with the last of those under way. */
async function build(
  options: BuildOptions & { entryPoints: string[] },
): Promise<BuildResult> {
  const esbuild = await import("esbuild");
  buildCount += 1;
  try {
    return await esbuild.build({
      ...COMMON,
      ...options,
      plugins: [mainFlag(options.entryPoints)],
    });
  } finally {
    buildCount -= 1;
    if (buildCount === 0) await esbuild.stop();
  }
}

/**
 * Bundles many entries in one build. Shared modules become chunks: for 25 test files 0.15 s and
 * 1.5 MB instead of 0.35 s and 6.3 MB (2026-11, 2 cores).
 *
 * @param entries   Paths relative to the project root.
 * @param outputDir Folder inside the project, used by one caller at a time; folders of the
 *                  entries are kept below it.
 * @returns         Entry → path of its bundle, relative to the project root.
 */
export async function bundleAll(
  entries: readonly string[],
  outputDir: string,
): Promise<Map<string, string>> {
  await build({
    entryPoints: [...entries],
    outdir: outputDir,
    outbase: ".",
    outExtension: { ".js": ".mjs" },
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
  });
  return new Map(entries.map((entry) => [
    entry,
    `${outputDir}/${relative(".", entry).replace(/\.m?ts$/, ".mjs")}`,
  ]));
}

/**
 * Bundles one program for Node 20. Safe while others bundle or run the same program: the bundle
 * appears whole, by a rename.
 *
 * @param entry Path of the main file, relative to the project root.
 * @returns     Absolute path of the bundle; run it with `node --enable-source-maps <path>`.
 */
export async function bundleForNode(entry: string): Promise<string> {
  const name = relative(".", entry).replace(/\.m?ts$/, ".mjs");
  const path = resolve(NODE_OUTPUT, name);
  const { outputFiles } = await build({
    entryPoints: [entry],
    outfile: path,
    write: false,
  });
  if (!outputFiles?.[0]) throw new Error(`${entry} made no bundle`);
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.${performance.now()}`;
  writeFileSync(draft, outputFiles[0].contents);
  renameSync(draft, path);
  return path;
}
