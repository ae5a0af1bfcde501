/**
 * Builds the core as a WebAssembly component; `deno task build:component [--check]`.
 *
 * Owns: `.build/component/holdfast.component.wasm`, for hosts in other languages, and
 * `core/component/_jco/`, the JavaScript around the core module that `jco` makes of it. The first
 * is not committed: it is 85 KB that follow every change of the core, and a release builds it. The
 * second is: it changes only with `core/wit/`, and with it the tests need no `jco`, whose packages
 * take 105 MB. `--check` compares it with a fresh build, byte for byte.
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { readArguments, runCommand } from "../hosts/posix/command.ts";
import { listFiles } from "./_files.ts";
import { run } from "./_process.ts";
import { compileComponentCore, COMPONENT_OUTPUT } from "./component/compile.ts";
import { readWit, witHash, WORLD } from "./component/names.ts";

/** The part of jco 1.35.0 that embeds, wraps and transpiles. */
const JCO = "@bytecodealliance/jco-transpile";
const JCO_VERSION = "0.15.0";
const JCO_HOME = ".build/jco";
const GLUE = "core/component/_jco";

async function succeed(command: string, args: string[]): Promise<void> {
  const { code, output } = await run(command, args, { timeoutMs: 300_000 });
  if (code !== 0) throw new Error(`${command} failed\n${output}`);
}

/** Installs the exact version once and returns its folder. */
async function ensureJco(): Promise<string> {
  const folder = `${JCO_HOME}/node_modules/${JCO}`;
  const manifest = `${folder}/package.json`;
  const isThere = existsSync(manifest) &&
    JSON.parse(readFileSync(manifest, "utf8")).version === JCO_VERSION;
  if (isThere) return folder;
  mkdirSync(JCO_HOME, { recursive: true });
  writeFileSync(`${JCO_HOME}/package.json`, '{"private":true}\n');
  const options = ["--ignore-scripts", "--no-audit", "--no-fund"];
  const prefix = ["--prefix", JCO_HOME, "--save-exact"];
  await succeed("npm", [
    "install",
    ...options,
    ...prefix,
    `${JCO}@${JCO_VERSION}`,
  ]);
  return folder;
}

/** The module without its custom sections, which the tools add to. */
function codeOf(wasm: Uint8Array): string {
  let text = "";
  let at = 8;
  while (at < wasm.length) {
    const id = wasm[at];
    let length = 0;
    let shift = 0;
    let next = at + 1;
    for (; wasm[next] & 0x80; shift += 7) {
      length |= (wasm[next++] & 0x7f) << shift;
    }
    length |= wasm[next++] << shift;
    // The body alone: a length may be written in more bytes than it needs.
    if (id !== 0) text += `${id}: ${wasm.subarray(next, next + length)}\n`;
    at = next + length;
  }
  return text;
}

/** The glue as it is committed: one module for every runtime, and types that Deno accepts. */
async function glueFiles(): Promise<Map<string, string>> {
  const esbuild = await import("esbuild");
  const { outputFiles } = await esbuild.build({
    entryPoints: [`${COMPONENT_OUTPUT}/${WORLD}.js`],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    lineLimit: 1000,
    write: false,
    // Several times a call the glue asks whether to trace, which needs a permission in Deno.
    define: { "globalThis.process.env.JCO_DEBUG": "undefined" },
    banner: {
      js:
        `// Made from core/wit/ by scripts/build_component.ts; do not edit.\n` +
        `// SHA-256 of core/wit/: ${witHash(readWit())}\n` +
        `// @ts-self-types="./${WORLD}.d.ts"`,
    },
  });
  await esbuild.stop();
  const files = new Map([[`${WORLD}.js`, outputFiles[0].text]]);
  for (const path of listFiles([COMPONENT_OUTPUT], ".d.ts")) {
    const text = readFileSync(path, "utf8").replaceAll(/\.js'/g, ".d.ts'");
    const lines = text.split("\n").map((line) => line.trimEnd());
    const name = path.slice(COMPONENT_OUTPUT.length + 1);
    files.set(name, lines.join("\n").trimEnd() + "\n");
  }
  return files;
}

/** Builds everything; returns the paths of committed files that differ. */
async function build(check: boolean): Promise<string[]> {
  const jco = await ensureJco();
  const core = await compileComponentCore();
  const input = `${COMPONENT_OUTPUT}/input`;
  mkdirSync(input, { recursive: true });
  writeFileSync(`${input}/core.wasm`, core);
  writeFileSync(`${input}/all.wit`, readWit());
  await succeed("node", [
    "scripts/component/jco.mjs",
    jco,
    `${input}/all.wit`,
    WORLD,
    `${input}/core.wasm`,
    COMPONENT_OUTPUT,
  ]);
  const inside = new Uint8Array(
    readFileSync(`${COMPONENT_OUTPUT}/${WORLD}.core.wasm`),
  );
  if (codeOf(inside) !== codeOf(core)) {
    throw new Error("the component does not hold the module that was tested");
  }
  const differing: string[] = [];
  const glue = await glueFiles();
  for (const [name, text] of glue) {
    const path = `${GLUE}/${name}`;
    const before = existsSync(path) ? readFileSync(path, "utf8") : "";
    if (before !== text) differing.push(path);
    if (check) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  console.log(JSON.stringify({
    core: core.length,
    component: readFileSync(`${COMPONENT_OUTPUT}/${WORLD}.component.wasm`)
      .length,
    glue: glue.get(`${WORLD}.js`)!.length,
    differing: differing.length,
  }));
  return differing;
}

const HELP = `Usage: deno task build:component [--check]

  --check   compares ${GLUE} with what is committed, and leaves it`;

if (import.meta.main) {
  await runCommand(async (args) => {
    const values = readArguments(args, HELP, {
      check: { type: "boolean", default: false },
    });
    if (values === null) return 0;
    const differing = await build(values.check);
    if (!values.check || differing.length === 0) return 0;
    console.error(
      `${differing.join(", ")} differ from a fresh build; ` +
        "run `deno task build:component`",
    );
    return 1;
  });
}
