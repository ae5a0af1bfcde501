/** The tie between the interfaces, the shims and the committed glue. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { listFiles } from "../../../scripts/_files.ts";
import { compileComponentCore } from "../../../scripts/component/compile.ts";
import {
  functionsOf,
  readWit,
  witHash,
} from "../../../scripts/component/names.ts";

const module = new WebAssembly.Module(await compileComponentCore());

test("functionsOf() names every function of core/wit/ once", () => {
  const wit = readWit();
  const functions = functionsOf(wit);
  assert.equal(functions.length, [...wit.matchAll(/: func\(/g)].length);
  assert.equal(
    new Set(functions.map(({ canonical }) => canonical)).size,
    functions.length,
  );
});

test("functionsOf() the world exports every interface that has functions", () => {
  const wit = readWit();
  const rooms = new Set(functionsOf(wit).map(({ room }) => room));
  const exported = [...wit.matchAll(/^ {2}export ([\w-]+);/gm)]
    .map(([, name]) => name);
  assert.deepEqual(exported.sort(), [...rooms].sort());
});

test("compileComponentCore() exports each function with its post-return and nothing else", () => {
  const expected = functionsOf(readWit())
    .flatMap(({ canonical }) => [canonical, `cabi_post_${canonical}`])
    .concat("memory", "cabi_realloc");
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  assert.deepEqual(names.sort(), expected.sort());
});

test("compileComponentCore() imports nothing", () => {
  assert.deepEqual(WebAssembly.Module.imports(module), []);
});

test("core/component/_jco/ was made from core/wit/ as it is", () => {
  const glue = readFileSync("core/component/_jco/holdfast.js", "utf8");
  assert.ok(
    glue.includes(`SHA-256 of core/wit/: ${witHash(readWit())}\n`),
    "run `deno task build:component`",
  );
  assert.ok(
    !glue.includes("JCO_DEBUG"),
    "each call would ask for a permission",
  );
});

test("core/ the plain module does not know the component", () => {
  for (const path of listFiles(["core"], ".ts")) {
    if (path.startsWith("core/component/")) continue;
    assert.ok(!/from "\.\/component/.test(readFileSync(path, "utf8")), path);
  }
});

test("core/wit/ every item has a sentence", () => {
  const lines = readWit().split("\n");
  const items =
    /^\s*(?:interface|world|record|enum|flags|variant|%?[a-z][\w-]*(?:\(|:|,))/;
  const bare = lines.filter((line, at) =>
    items.test(line) && !/^\s*\/\/\//.test(lines[at - 1])
  );
  assert.deepEqual(bare, []);
});
