import assert from "node:assert/strict";
import test from "node:test";
import {
  finishManifest,
  type Manifest,
  missingTargets,
  unresolvedTypes,
} from "../../../scripts/_package.ts";

const manifest: Manifest = {
  name: "@holdfast/holdfast",
  version: "1.0.0",
  exports: { ".": { types: "./a.d.ts", import: "./a.js", default: "./a.js" } },
  dependencies: { "@scope/x": "^1.2.3-build1" },
};
const config = {
  imports: { "@scope/x": "npm:@scope/x@1.2.3-build1" },
  exports: { ".": "./a.ts" },
};

test("finishManifest() replaces ranges by the exact versions of deno.json", () => {
  const { dependencies } = finishManifest(manifest, config);
  assert.deepEqual(dependencies, { "@scope/x": "1.2.3-build1" });
});

test("finishManifest() makes the program a bin, its bundler nothing and serialport optional", () => {
  const cli = { types: "./c.d.ts", import: "./c.js", default: "./c.js" };
  const { bin, exports, dependencies, ...rest } = finishManifest(
    {
      ...manifest,
      exports: { ...manifest.exports, "./cli": cli },
      dependencies: { esbuild: "^1.0.0", serialport: "^2.0.0" },
    },
    {
      exports: { ...config.exports, "./cli": "./c.ts" },
      imports: {
        esbuild: "npm:esbuild@1.0.0",
        serialport: "npm:serialport@2.0.0",
      },
    },
  );
  assert.deepEqual(bin, { holdfast: "./c.js" });
  assert.deepEqual(Object.keys(exports), [".", "./package.json"]);
  assert.deepEqual(dependencies, {});
  assert.deepEqual(rest.peerDependencies, { serialport: "^2.0.0" });
  assert.deepEqual(rest.peerDependenciesMeta, {
    serialport: { optional: true },
  });
});

test("finishManifest() adds engines, description and sideEffects", () => {
  const finished = finishManifest(manifest, config);
  assert.deepEqual(finished.engines, { node: ">=20" });
  assert.equal(finished.sideEffects, false);
  assert.ok(String(finished.description).length > 20);
});

test("finishManifest() refuses a dependency without an exact version", () => {
  const loose = { ...config, imports: { "@scope/x": "npm:@scope/x@^1.2.3" } };
  assert.throws(() => finishManifest(manifest, loose), /exact version/);
});

test("finishManifest() refuses a package that lacks an entry", () => {
  const more = { ...config, exports: { ".": "./a.ts", "./b": "./b.ts" } };
  assert.throws(() => finishManifest(manifest, more), /\.\/b is not packed/);
});

test("missingTargets() finds an absent file and an entry without types", () => {
  const files = new Set(["a.js"]);
  assert.deepEqual(missingTargets(manifest, files), [
    ". leads to ./a.d.ts, which is not packed",
  ]);
  const untyped = { ...manifest, exports: { ".": { import: "./a.js" } } };
  assert.deepEqual(missingTargets(untyped, files), [". has no types"]);
  const program = { ...manifest, exports: {}, bin: { b: "./b.js" } };
  assert.deepEqual(missingTargets(program, files), [
    "b leads to ./b.js, which is not packed",
  ]);
});

test("unresolvedTypes() finds a declaration whose import is not packed", () => {
  const files = new Map([
    ["a.js", 'import { b } from "./b.js";'],
    ["a.d.ts", 'export type { B } from "./b.js"; let c: import("./c.js").C;'],
    ["b.js", 'import x from "node:fs";'],
    ["b.d.ts", ""],
  ]);
  assert.deepEqual(unresolvedTypes(files), [
    "a.d.ts imports ./c.js, which is not packed",
  ]);
});
