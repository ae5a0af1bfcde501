import assert from "node:assert/strict";
import test from "node:test";
import {
  countRows,
  parityFaults,
  parityPage,
  testsOf,
  type TestTree,
} from "../../../scripts/_parity.ts";
import { codeTests, unraisedCodes } from "../../../scripts/_code_tests.ts";
import {
  differs,
  missing,
  type ParityRow,
  shown,
} from "../../../scripts/parity/row.ts";

const SOURCE = [
  'test("sells a card", () => {});',
  "test(`refuses ${card} with ${code}`, () => {});",
  'test.skip("is not ready", () => {});',
  'test("is left out", { skip: true }, () => {});',
].join("\n");

const TREE: TestTree = {
  read: (path) => path === "tests/till_test.ts" ? SOURCE : null,
  runtimes: () => ["deno", "node"],
};

function faultsOf(row: ParityRow, tree: TestTree = TREE): string[] {
  return parityFaults([{ title: "T", rows: [row] }], tree);
}

test("parityFaults() accepts a row whose test is there, by name or by template", () => {
  assert.deepEqual(faultsOf(shown("a", ["till", "sells a card"])), []);
  const made = shown("b", ["till", "refuses interac with NO"]);
  assert.deepEqual(faultsOf(made), []);
});

test("parityFaults() finds a test that is gone, renamed, skipped or on one runtime only", () => {
  const cases: [ParityRow, RegExp][] = [
    [shown("a", ["shop", "sells a card"]), /shop_test\.ts does not exist/],
    [shown("a", ["till", "sells cards"]), /has no test "sells cards"/],
    [shown("a", ["till", "is not ready"]), /is skipped/],
    [shown("a", ["till", "is left out"]), /is skipped/],
  ];
  for (const [row, expected] of cases) {
    const [fault, ...others] = faultsOf(row);
    assert.match(fault, expected);
    assert.deepEqual(others, []);
  }
  const onDeno = { ...TREE, runtimes: () => ["deno"] };
  const row = shown("a", ["till", "sells a card"]);
  assert.match(faultsOf(row, onDeno)[0], /does not run on node/);
});

test("parityFaults() finds a row without a test, without a reason, or twice", () => {
  assert.match(faultsOf(shown("a"))[0], /no test is named/);
  assert.match(faultsOf(missing("a", ""))[0], /does not say why/);
  const differing = differs("a", "", ["till", "sells a card"]);
  assert.match(faultsOf(differing)[0], /does not say why/);
  const row = missing("a", "not built");
  const twice = parityFaults([{ title: "T", rows: [row, row] }], TREE);
  assert.deepEqual(twice, ["T: a: stands twice"]);
});

test("testsOf() reads escaped names and leaves other calls alone", () => {
  const names = testsOf('test("a \\"b\\"", f); pattern.test(name); test(f);')
    .map(({ name }) => name);
  assert.deepEqual(names, ['a "b"']);
});

test("codeTests() counts what an assertion compares, and no mere mention", () => {
  const counts = (source: string): boolean =>
    codeTests(["STORE_IO"], new Map([["tests/till_test.ts", source]]))
      .get("STORE_IO")!.length > 0;
  for (
    const expected of [
      'await assert.rejects(open(), { code: "STORE_IO" });',
      'const refusal = { code: "STORE_IO" };',
      'assert.equal(error.code, "STORE_IO");',
      '(error) => error.code === "STORE_IO" && error.offset === 3',
      'assert.deepEqual(codes(a, "(", b), ["STORE_FULL", "STORE_IO"]);',
      'await refused(shop, shop.sell("visa"), "STORE_IO");',
      'for (const [card, code] of [["visa", "STORE_IO"]]) check(card, { code });',
    ]
  ) assert.ok(counts(expected), expected);
  for (
    const mention of [
      'const known = "STORE_IO";',
      'const internal = new Set(["STORE_IO"]);',
      '// code: "STORE_IO"',
      '/* assert.equal(error.code, "STORE_IO") */',
      'assert.equal(a, b); listen("STORE_IO");',
      'assert.notEqual(error.code, "STORE_IO");',
      'throw failure(\n  "STORE_IO", "made here");',
      'assert.rejects(fail(new HoldfastError("STORE_IO", {})), shown);',
    ]
  ) assert.ok(!counts(mention), mention);
});

test("codeTests() names tests before what they share", () => {
  const source = 'assert.equal(code, "STORE_FULL");';
  const found = codeTests(
    ["STORE_FULL"],
    new Map([["tests/support/a.ts", source], ["tests/till_test.ts", source]]),
  );
  assert.deepEqual(found.get("STORE_FULL"), [
    "tests/till_test.ts",
    "tests/support/a.ts",
  ]);
});

test("unraisedCodes() finds a code that only comments name", () => {
  const sources = new Map([
    ["engine/a.ts", 'throw failure("STORE_FULL", "");'],
    ["engine/b.ts", '/** @throws "STORE_IO" */'],
  ]);
  assert.deepEqual(unraisedCodes(["STORE_FULL", "STORE_IO"], sources), [
    "STORE_IO",
  ]);
});

test("countRows() and parityPage() say how many are shown, differ and are missing", () => {
  const sections = [{
    title: "T",
    rows: [
      shown("a|b", ["till", "sells a card"]),
      differs("c", "why", ["till", "sells a card"]),
      missing("d", "not built"),
    ],
  }];
  const counts = { rows: 3, shown: 1, differ: 1, missing: 1 };
  assert.deepEqual(countRows(sections), counts);
  const page = parityPage(sections);
  assert.match(page, /3 documented behaviours: 1 shown, 1 differ/);
  assert.match(page, /\| a\\\|b \| the same \|/);
  assert.match(page, /\*\*missing\*\*: not built/);
});
