// The house rules hold in the project as it is: layers, bans and parity, on every test run.
import assert from "node:assert/strict";
import test from "node:test";
import { untestedRows } from "../../../scripts/check_docs.ts";
import { denoPath, run } from "../../../scripts/_process.ts";
import { findFaults, readProject } from "../../../scripts/check_layers.ts";

test("findFaults() finds no import that points right", async () => {
  const { edges } = await readProject();
  assert.ok(edges.length > 100, `only ${edges.length} edges read`);
  assert.deepEqual(findFaults(edges), []);
});

test("deno lint finds no banned name in bindings, engine and hosts", async () => {
  const args = ["lint", "--json", "bindings", "engine", "hosts"];
  const { stdout } = await run(denoPath(), args);
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { code: string; filename: string; message: string }[];
  };
  const own = diagnostics.filter(({ code }) => code.startsWith("holdfast/"));
  assert.deepEqual(own, []);
});

test("the parity table is fresh, every link leads to a test, and every code is raised by one", async () => {
  const args = ["run", "-A", "scripts/parity.ts"];
  const { code, output } = await run(denoPath(), args);
  assert.equal(code, 0, output);
  const count = JSON.parse(output.trimEnd().split("\n").at(-1)!);
  assert.equal(count.rows, count.shown + count.differ + count.missing);
  assert.ok(count.rows > 100 && count.codes > 150, output);
});

test("every row of the failure table names a test that is there", () => {
  assert.deepEqual(untestedRows(), []);
});
