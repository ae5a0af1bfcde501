/** The failure table is held to the tests it names. @module */
import assert from "node:assert/strict";
import test from "node:test";
import {
  failureFaults,
  failureRows,
  type FailureTree,
} from "../../../scripts/_failure_table.ts";

const SOURCES: Record<string, string> = {
  "tests/a_test.ts":
    'test("sells a card once", f); test(`a cut at ${step} loses nothing`, f);' +
    'test.skip("is not ready", f);',
  "tests/x_contract.ts": 'check("takes the money once", f);',
  "tests/lonely_contract.ts": 'check("takes the money once", f);',
  "tests/hosts/deno/b_test.ts": 'test("sells a card", f);',
};

const TREE: FailureTree = {
  read: (path) => SOURCES[path] ?? null,
  runtimes: (path) => path.includes("/deno/") ? ["deno"] : ["deno", "node"],
  isRun: (path) => path === "tests/x_contract.ts",
};

function pageOf(...rows: string[]): string {
  return [
    "# Page",
    "## The failure table",
    "",
    "| What goes wrong | What holds | Shown by |",
    "|---|---|---|",
    ...rows,
    "",
    "## What does not hold",
    "| another | table |",
  ].join("\n");
}

function faultsOf(...rows: string[]): string[] {
  return failureFaults(pageOf(...rows), "docs", TREE);
}

test("failureFaults() accepts a row whose links begin a test's or a contract's name", () => {
  const links = [
    "[sells a card](../tests/a_test.ts)",
    "[a cut at … loses](../tests/a_test.ts)",
    "[takes the money](../tests/x_contract.ts)",
  ];
  const row = `| lost | once | ${links.join(", ")} |`;
  assert.deepEqual(faultsOf(row), []);
  assert.equal(failureRows(pageOf(row)).length, 1);
});

test("failureFaults() finds a row that no test shows, and says which", () => {
  const cases: [string, RegExp][] = [
    ["| a | b | [sells cards](../tests/a_test.ts) |", /no test "sells cards"/],
    ["| a | b | [card once](../tests/a_test.ts) |", /no test "card once"/],
    ["| a | b | [sells](../tests/gone_test.ts) |", /gone_test\.ts does not/],
    ["| a | b | [is not ready](../tests/a_test.ts) |", /is skipped/],
    ["| a | b | [sells](../tests/hosts/deno/b_test.ts) |", /on deno only/],
    ["| a | b | [takes](../tests/lonely_contract.ts) |", /nobody runs/],
    ["| a | b | believe us |", /no test is named/],
    ["| a |  | [sells](../tests/a_test.ts) |", /what holds/],
    ["| a | [sells](../tests/a_test.ts) |", /2 cells/],
  ];
  for (const [row, expected] of cases) {
    const [fault, ...others] = faultsOf(row);
    assert.match(fault ?? "no fault", expected);
    assert.deepEqual(others, [], row);
  }
  const row = "| a | b | [sells](../tests/a_test.ts) |";
  assert.match(faultsOf(row, row)[0], /stands twice/);
  assert.match(failureFaults("# Page", "docs", TREE)[0], /there is no table/);
});
