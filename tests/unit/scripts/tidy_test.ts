import assert from "node:assert/strict";
import test from "node:test";
import { tidyText } from "../../../scripts/_tidy_text.ts";

function hardMessages(path: string, text: string): string[] {
  return tidyText(path, text).filter(({ isHard }) => isHard)
    .map(({ message }) => message);
}

test("tidyText() warns at the soft size and fails at the hard one", () => {
  const lines = (count: number): string => "a;\n".repeat(count);
  assert.deepEqual(tidyText("engine/a.ts", lines(300)), []);
  assert.equal(tidyText("engine/a.ts", lines(301))[0].isHard, false);
  assert.equal(tidyText("engine/a.ts", lines(500))[0].isHard, false);
  assert.equal(tidyText("engine/a.ts", lines(501))[0].isHard, true);
});

test("tidyText() holds adapters to less and tests to no hard size", () => {
  const text = "a;\n".repeat(501);
  assert.match(hardMessages("hosts/node/a.ts", text)[0], /at most 250/);
  assert.deepEqual(hardMessages("tests/unit/a_test.ts", text), []);
});

test("tidyText() exempts only the files and functions named in its list", () => {
  const text = "a;\n".repeat(501);
  assert.deepEqual(hardMessages("core/abi.ts", text), []);
  const body = "  a;\n".repeat(80);
  const kernel = `function fieldSquare(): void {\n${body}}\n`;
  assert.deepEqual(hardMessages("core/field25519.ts", kernel), []);
  assert.equal(hardMessages("core/other.ts", kernel).length, 1);
});

test("tidyText() fails a function of 71 lines and warns at 51", () => {
  const make = (count: number): string =>
    `export function f(): void {\n${"  a;\n".repeat(count - 2)}}\n`;
  assert.deepEqual(tidyText("engine/a.ts", make(50)), []);
  assert.equal(tidyText("engine/a.ts", make(51))[0].isHard, false);
  assert.equal(tidyText("engine/a.ts", make(70))[0].isHard, false);
  assert.equal(tidyText("engine/a.ts", make(71))[0].isHard, true);
});

test("tidyText() measures methods and constant arrows too", () => {
  const body = "    a;\n".repeat(70);
  const method =
    `class A {\n  async run(\n    b: C,\n  ): D {\n${body}  }\n}\n`;
  const arrow = `const run = (b: C): D => {\n${body}};\n`;
  assert.match(hardMessages("engine/a.ts", method)[0], /:2: run\(\) has 74/);
  assert.match(hardMessages("engine/a.ts", arrow)[0], /:1: run\(\) has 72/);
});

test("tidyText() counts the lines of an inner function for that one only", () => {
  const inner = `  const b = (): void => {\n${"    a;\n".repeat(40)}  };\n`;
  const outer = `function f(): void {\n${inner}${inner}}\n`;
  assert.deepEqual(tidyText("engine/a.ts", outer), []);
});

test("tidyText() takes neither a call nor a branch for a function", () => {
  const body = "    a;\n".repeat(80);
  const text = `if (\n  a\n) {\n${body}}\ncall(\n${body});\n`;
  assert.deepEqual(tidyText("engine/a.ts", text), []);
});

const banned: [string, string, RegExp][] = [
  ["engine/a.ts", "// FIXME later\n", /FIXME/],
  ["README.md", "TODO write\n", /TODO needs/],
  ["engine/a.ts", "\tx;\n", /tab/],
  ["engine/a.ts", "x;\r\n", /carriage return/],
  ["engine/a.ts", "<<<<<<< mine\n", /conflict/],
  ["engine/a.ts", "x;", /no newline/],
  ["core/a.ts", "x".repeat(101) + "\n", /101 columns/],
  ["core/a.ts", "@inline\nfunction f(): void {}\n", /no decorators/],
  ["core/a.ts", '@external("env", "log")\n', /no decorators/],
  ["core/a.ts", "new DataView(buffer);\n", /no DataView/],
  ["core/a.ts", "Date.now();\n", /no clock/],
  ["core/a.ts", 'console.log("x");\n', /no output/],
  ["core/a.ts", 'import { a } from "../bindings/mod";\n', /only core/],
  ["core/a.ts", 'import { a } from "as-sha256";\n', /only core/],
];

for (const [path, text, reason] of banned) {
  test(`tidyText() refuses ${JSON.stringify(text.slice(0, 32))} in ${path}`, () => {
    assert.match(hardMessages(path, text).join("\n"), reason);
  });
}

const allowed: [string, string][] = [
  ["engine/a.ts", "// TODO(#12) write\n"],
  ["engine/a.ts", 'const none = "XXX"; // ISO 4217\n'],
  ["core/a.ts", "x".repeat(100) + "\n"],
  ["core/a.ts", "// An e-mail @inline in a comment, DataView too.\n"],
  ["core/a.ts", 'import { a } from "./abi";\n'],
  ["bindings/_wasm/core.ts", "x".repeat(9999)],
];

for (const [path, text] of allowed) {
  test(`tidyText() accepts ${JSON.stringify(text.slice(0, 32))} in ${path}`, () => {
    assert.deepEqual(tidyText(path, text), []);
  });
}
