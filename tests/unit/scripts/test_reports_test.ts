import assert from "node:assert/strict";
import test from "node:test";
import {
  GUARD,
  readJunit,
  readNodeEvents,
} from "../../../scripts/_test_reports.ts";
import { judge, runtimesOf } from "../../../scripts/_test_run.ts";

function junit(cases: string): string {
  return `<testsuites><testsuite>${cases}</testsuite></testsuites>`;
}

test("readJunit() counts leaves and not their parents", () => {
  const report = readJunit(junit(
    `<testcase name="alone" classname="x"></testcase>
     <testcase name="d" classname="x"></testcase>
     <testcase name="d &gt; i1" classname="x"></testcase>
     <testcase name="d &gt; dd" classname="x"></testcase>
     <testcase name="d &gt; dd &gt; i2" classname="x"/>`,
  ));
  assert.deepEqual(report, { passed: 3, failures: [], isComplete: true });
});

test("readJunit() charges a failing step once, to the step", () => {
  const report = readJunit(junit(
    `<testcase name="s"><failure message="2 test steps failed">2 test steps failed.</failure></testcase>
     <testcase name="s &gt; bad"><failure message="Uncaught Error: x">Error: x &lt;1&gt;</failure></testcase>`,
  ));
  assert.deepEqual(report.failures, [
    { name: "s › bad", message: "Error: x <1>" },
  ]);
});

test("readJunit() counts a suite whose hook failed as a failure", () => {
  const report = readJunit(junit(
    `<testcase name="d"><failure message="Uncaught Error: before">Error</failure></testcase>
     <testcase name="d &gt; i1"></testcase>`,
  ));
  assert.equal(report.failures.length, 1);
  assert.equal(report.passed, 1);
});

test("readJunit() counts skipped and cancelled tests as failures", () => {
  const report = readJunit(junit(
    `<testcase name="a"><skipped/></testcase>
     <testcase name="b"><error message="Cancelled"/></testcase>`,
  ));
  assert.deepEqual(report.failures.map(({ name }) => name), ["a", "b"]);
});

test("readJunit() leaves a passing guard out and a failing one in", () => {
  const passing = `<testcase name="${GUARD}"></testcase>`;
  const failing =
    `<testcase name="${GUARD}"><failure message="m">E</failure></testcase>`;
  assert.equal(readJunit(junit(passing)).passed, 0);
  assert.equal(readJunit(junit(failing)).failures.length, 1);
});

test("readJunit() finds a report without an end incomplete", () => {
  assert.equal(readJunit("").isComplete, false);
});

function event(kind: string, name: string, nesting: number, more = {}): string {
  return JSON.stringify({
    kind,
    name,
    nesting,
    isSuite: false,
    isSkipped: false,
    isFiltered: false,
    isOwnFailure: true,
    message: "why",
    ...more,
  });
}

test("readNodeEvents() counts leaves and not their parents", () => {
  const report = readNodeEvents([
    event("pass", "i1", 1),
    event("pass", "i2", 2),
    event("pass", "dd", 1, { isSuite: true }),
    event("pass", "parent", 0),
    event("pass", "alone", 0),
    event("pass", "empty suite", 0, { isSuite: true }),
    '{"kind":"end"}',
  ].join("\n"));
  assert.deepEqual(report, { passed: 3, failures: [], isComplete: true });
});

test("readNodeEvents() charges failing children once, not to the parent", () => {
  const report = readNodeEvents([
    event("fail", "bad", 1),
    event("fail", "parent", 0, { isOwnFailure: false }),
  ].join("\n"));
  assert.deepEqual(report.failures, [{ name: "bad", message: "why" }]);
  assert.equal(report.isComplete, false);
});

test("readNodeEvents() counts skipped tests as failures, filtered ones not", () => {
  const report = readNodeEvents([
    event("pass", "left out", 0, { isSkipped: true }),
    event("pass", "other", 0, { isSkipped: true, isFiltered: true }),
    '{"kind":"end"}',
  ].join("\n"));
  assert.deepEqual(report.failures.map(({ name }) => name), ["left out"]);
});

const good = { passed: 1, failures: [], isComplete: true };

test("judge() fails a file whose process crashed after passing tests", () => {
  const { failures } = judge(good, { code: 7, isTimedOut: false }, false);
  assert.match(failures[0].message, /status 7/);
});

test("judge() fails a file whose report has no end", () => {
  const cut = { ...good, isComplete: false };
  const { failures } = judge(cut, { code: 0, isTimedOut: false }, false);
  assert.equal(failures.length, 1);
});

test("judge() fails a file without tests unless a filter asked for it", () => {
  const empty = { ...good, passed: 0 };
  const ended = { code: 0, isTimedOut: false };
  assert.equal(judge(empty, ended, false).failures.length, 1);
  assert.equal(judge(empty, ended, true).failures.length, 0);
});

test("judge() fails a file that ran into the deadline", () => {
  const { failures } = judge(good, { code: 137, isTimedOut: true }, false);
  assert.match(failures[0].message, /deadline/);
});

test("runtimesOf() binds a file to the runtime its folder names", () => {
  assert.deepEqual(runtimesOf("tests/hosts/deno/store_test.ts"), ["deno"]);
  assert.deepEqual(runtimesOf("tests/hosts/node/store_test.ts"), ["node"]);
  assert.deepEqual(runtimesOf("tests/unit/a_test.ts"), ["deno", "node"]);
});
