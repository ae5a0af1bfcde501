// Wraps a core module as a component and transpiles that back to JavaScript; runs under Node.
//
//   node jco.mjs PACKAGE_FOLDER WIT_FILE WORLD CORE_WASM OUTPUT_FOLDER
//
// A process of its own, because the tools live in a folder of their own: with their dependencies
// they take 105 MB, which nobody who only runs the tests should download.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";

const [folder, witPath, world, corePath, output] = argv.slice(2);
const load = (path) => import(pathToFileURL(resolve(folder, "dist", path)));
const { componentEmbed, componentNew } = await load("wasm-tools.js");
const { transpileBytes } = await load("index.js");

const embedded = await componentEmbed({
  binary: readFileSync(corePath),
  // As text: given a path, these tools see no file system (bytecodealliance/jco 1.35).
  witSource: readFileSync(witPath, "utf8"),
  world,
  stringEncoding: "utf8",
});
const component = await componentNew(embedded, []);
const { files } = await transpileBytes(component, {
  name: world,
  // The caller hands over a compiled module: no file, no fetch, no top-level await.
  instantiation: "sync",
  // The error of a result as an Error with a payload, as the command line tool makes it.
  noComponentErrorWrapping: false,
});
const all = { [`${world}.component.wasm`]: component, ...files };
for (const [path, bytes] of Object.entries(all)) {
  mkdirSync(join(output, dirname(path)), { recursive: true });
  writeFileSync(join(output, path), bytes);
}
