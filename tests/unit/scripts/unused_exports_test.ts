import assert from "node:assert/strict";
import test from "node:test";
import { unusedExports } from "../../../scripts/_unused_exports.ts";

test("unusedExports() names a value that no other file uses, and neither type nor class", () => {
  const files = new Map([
    [
      "engine/a.ts",
      [
        "export const USED = 1;",
        "export function lonely() { return lonely; }",
        "export async function later() {}",
        "export class Alone {}",
        "export interface Shape {}",
        "const local = 1;",
      ].join("\n"),
    ],
    ["hosts/b.ts", 'import { USED } from "../engine/a.ts";'],
  ]);
  assert.deepEqual(unusedExports(files), [
    "engine/a.ts: nothing outside uses lonely",
    "engine/a.ts: nothing outside uses later",
  ]);
});

test("unusedExports() leaves alone what a module hands on", () => {
  const files = new Map([
    ["engine/reader/a.ts", "export const A = 1;"],
    ["engine/mod.ts", 'export * from "./reader/a.ts";'],
  ]);
  assert.deepEqual(unusedExports(files), []);
});

test("unusedExports() leaves alone what is public or used unnamed", () => {
  const files = new Map([["engine/mod.ts", "export const A = 1;"]]);
  assert.equal(unusedExports(files).length, 1);
  for (const used of ["engine/mod.ts", "engine/mod.ts A"]) {
    assert.deepEqual(unusedExports(files, new Set([used])), []);
  }
});
