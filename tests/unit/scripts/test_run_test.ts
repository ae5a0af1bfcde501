// Canaries of the test runner: small files that fail in every way a file can, run for real.
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import test from "node:test";
import process from "node:process";
import {
  type JobResult,
  runJob,
  runtimesOf,
} from "../../../scripts/_test_run.ts";
import { bundleAll } from "../../../scripts/bundle.ts";

const folder = `.build/tests/${process.pid}`;
mkdirSync(folder, { recursive: true });
// Not after(): Node 20 runs that before tests that wait for a top-level await.
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const canaries: Record<string, string> = {
  passes: `test("a", () => {}); test("b", async (t) => {
    await t.test("b1", () => {}); await t.test("b2", () => {}); });`,
  fails: `test("a", () => {}); test("bad", () => { throw new Error("x"); });`,
  skips: `test("a", () => {}); test.skip("left out", () => {});`,
  throws_while_loading: `test("a", () => {}); throw new Error("loading");`,
  throws_late:
    `test("a", () => { setTimeout(() => { throw new Error("late") }); });
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

/** Canary → what the failure says. */
const FAILING: Record<string, Record<"deno" | "node", RegExp>> = {
  fails: { deno: /^bad Error: x/, node: /^bad Error: x/ },
  skips: { deno: /^left out skipped/, node: /^left out skipped/ },
  throws_while_loading: { deno: /Error: loading/, node: /status 7/ },
  throws_late: { deno: /Error: late/, node: /status 1/ },
  exits: { deno: /^b cancelled/, node: /report was complete/ },
  hangs: { deno: /^a .*still pending/, node: /^a .*still pending/ },
  empty: { deno: /contains no test/, node: /report was complete/ },
};

for (const runtime of ["deno", "node"] as const) {
  // Started together: most of a canary's time is a process starting.
  const passing = runCanary("passes", runtime);
  const names = Object.keys(FAILING);
  const failing = names.map((name) => runCanary(name, runtime));
  const holding = runCanary("holds_open", runtime, 3_000);
  await Promise.all([passing, ...failing, holding]);

  test(`runJob() counts the leaves of a passing file, ${runtime}`, async () => {
    const result = await passing;
    assert.deepEqual(result.failures, [], result.output);
    assert.equal(result.passed, 3);
  });

  names.forEach((name, i) => {
    test(`runJob() fails a file that ${name}, ${runtime}`, async () => {
      const { failures } = await failing[i];
      assert.ok(failures.length > 0);
      const text = `${failures[0].name} ${failures[0].message}`;
      assert.match(text, FAILING[name][runtime]);
    });
  });

  test(`runJob() ends a file at the deadline, ${runtime}`, async () => {
    const result = await holding;
    assert.match(result.failures[0].message, /deadline/);
    assert.ok(result.durationMs < 15_000);
  });
}

test("runtimesOf() is both, unless the place of a file says otherwise", () => {
  const cases: [file: string, runtimes: string][] = [
    ["tests/unit/core/ber_test.ts", "deno node"],
    ["tests/fuzz/tlv_fuzz_test.ts", "deno node"],
    ["tests/hosts/deno/commands_test.ts", "deno"],
    ["tests/hosts/node/any_test.ts", "node"],
    ["tests/browser/till_test.ts", "deno"],
    ["tests/unit/scripts/tidy_test.ts", "deno"],
    ["tests/fuzz/tlv_mutations_test.ts", "node"],
  ];
  for (const [file, runtimes] of cases) {
    assert.equal(runtimesOf(file).join(" "), runtimes, file);
  }
});
