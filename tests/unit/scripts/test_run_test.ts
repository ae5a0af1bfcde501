// Canaries of the test runner: small files that fail in every way a file can, run for real.
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import test, { after } from "node:test";
import process from "node:process";
import { type JobResult, runJob } from "../../../scripts/_test_run.ts";
import { bundleAll } from "../../../scripts/bundle.ts";

const folder = `.build/canaries/${process.pid}`;
mkdirSync(folder, { recursive: true });
after(() => rmSync(folder, { recursive: true, force: true }));

const canaries: Record<string, string> = {
  passes: `test("a", () => {}); test("b", async (t) => {
    await t.test("b1", () => {}); await t.test("b2", () => {}); });`,
  fails: `test("a", () => {}); test("bad", () => { throw new Error("x"); });`,
  skips: `test("a", () => {}); test.skip("left out", () => {});`,
  throws_while_loading: `test("a", () => {}); throw new Error("loading");`,
  throws_late:
    `test("a", () => { setTimeout(() => { throw new Error("l") }); });
    test("b", () => new Promise((done) => setTimeout(done, 30)));`,
  exits: `test("a", () => {}); test("b", () => process.exit(0));`,
  hangs: `test("a", () => new Promise(() => {}));`,
  holds_open: `test("a", () => {}); test("b", () =>
    new Promise(() => setInterval(() => {}, 10)));`,
  empty: ``,
};

const files = Object.keys(canaries).map((name) => `${folder}/${name}.ts`);
for (const [name, body] of Object.entries(canaries)) {
  const head =
    `import test from "node:test"; import process from "node:process";`;
  writeFileSync(
    `${folder}/${name}.ts`,
    `${head} void process; void test;\n${body}\n`,
  );
}
const reporterSource = "scripts/_node_reporter.ts";
const bundles = await bundleAll(
  [...files, reporterSource],
  `${folder}/bundled`,
);

function runCanary(
  name: string,
  runtime: "deno" | "node",
  timeoutMs = 20_000,
): Promise<JobResult> {
  const file = `${folder}/${name}.ts`;
  return runJob({ runtime, file, program: bundles.get(file) ?? "" }, {
    reportDir: folder,
    nodeReporter: resolve(bundles.get(reporterSource) ?? ""),
    timeoutMs,
  });
}

for (const runtime of ["deno", "node"] as const) {
  test(`runJob() counts the leaves of a passing file, ${runtime}`, async () => {
    const result = await runCanary("passes", runtime);
    assert.deepEqual(result.failures, []);
    assert.equal(result.passed, 3);
  });

  for (
    const name of [
      "fails",
      "skips",
      "throws_while_loading",
      "throws_late",
      "exits",
      "hangs",
      "empty",
    ]
  ) {
    test(`runJob() fails a file that ${name}, ${runtime}`, async () => {
      const result = await runCanary(name, runtime);
      assert.ok(result.failures.length > 0);
    });
  }

  test(`runJob() ends a file at the deadline, ${runtime}`, async () => {
    const result = await runCanary("holds_open", runtime, 1_500);
    assert.match(result.failures[0].message, /deadline/);
    assert.ok(result.durationMs < 10_000);
  });
}
