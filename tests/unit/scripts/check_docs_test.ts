import assert from "node:assert/strict";
import test from "node:test";
import { docFaults, type DocJson } from "../../../scripts/_doc_faults.ts";
import {
  errorsPage,
  readCodeTable,
  unknownCodes,
} from "../../../scripts/_error_tables.ts";
import { adrFaults, linkFaults } from "../../../scripts/_markdown_faults.ts";

const codes = new Set(["STORE_FULL"]);

/** The JSON of `deno doc` for one exported symbol. */
function docOf(name: string, more: object): DocJson {
  const declaration = {
    declarationKind: "export",
    kind: "function",
    location: { filename: "file:///p/engine/a.ts", line: 4 },
    ...more,
  };
  const symbol = { name, declarations: [declaration] };
  return { nodes: { "file:///p/engine/mod.ts": { symbols: [symbol] } } };
}

test("docFaults() finds an exported symbol without a docstring", () => {
  assert.deepEqual(docFaults(docOf("seal", {}), codes, "file:///p/"), [
    "engine/a.ts:5 seal has no docstring",
  ]);
});

test("docFaults() accepts a docstring whose codes exist", () => {
  const tags = [{ kind: "throws", doc: "`STORE_FULL` when full" }];
  const docs = docOf("seal", { jsDoc: { doc: "Seals.", tags } });
  assert.deepEqual(docFaults(docs, codes, "file:///p/"), []);
});

test("docFaults() finds a @throws code that no table has", () => {
  const tags = [{ kind: "throws", doc: "`STORE_GONE` when gone" }];
  const docs = docOf("seal", { jsDoc: { doc: "Seals.", tags } });
  const [fault] = docFaults(docs, codes, "file:///p/");
  assert.match(fault, /STORE_GONE/);
});

test("docFaults() finds undocumented methods and option fields", () => {
  const jsDoc = { doc: "Options." };
  const def = {
    methods: [{ name: "open" }, { name: "[Symbol.dispose]" }],
    properties: [{ name: "limit" }, { name: "kept", jsDoc }],
  };
  const faults = docFaults(
    docOf("StoreOptions", { jsDoc, def }),
    codes,
    "file:///p/",
  );
  assert.deepEqual(faults, [
    "engine/a.ts:5 StoreOptions.open has no docstring",
    "engine/a.ts:5 StoreOptions.limit has no docstring",
  ]);
});

test("docFaults() leaves private members and other packages alone", () => {
  const jsDoc = { doc: "A class." };
  const def = { methods: [{ name: "hidden", accessibility: "private" }] };
  const own = docOf("Store", { jsDoc, def });
  const other = docOf("Stripe", {
    location: { filename: "file:///p/node_modules/stripe/a.ts", line: 0 },
  });
  assert.deepEqual(docFaults(own, codes, "file:///p/"), []);
  assert.deepEqual(docFaults(other, codes, "file:///p/"), []);
});

const tableSource = `export const CODES = {
  // Store.
  STORE_FULL: safe("free | space"),

  // --- reader ---
  READER_GONE: never("reconnect"),
} as const;
`;
const table = readCodeTable("engine/errors.ts", {
  other: 1,
  CODES: {
    STORE_FULL: { retry: "safe", remedy: "free | space" },
    READER_GONE: { retry: "never", remedy: "reconnect" },
  },
}, tableSource);

test("readCodeTable() takes the groups from the comment lines", () => {
  assert.deepEqual([...table.groups], [
    ["STORE_FULL", "Store"],
    ["READER_GONE", "reader"],
  ]);
});

test("errorsPage() writes every code once with its retry class and remedy", () => {
  const page = errorsPage([table, table]);
  assert.equal(page.split("`STORE_FULL`").length, 2);
  assert.ok(page.includes("| `STORE_FULL` | safe | free \\| space |"));
  assert.ok(page.includes("## reader"));
});

test("unknownCodes() finds a thrown code that no table has", () => {
  const sources = new Map([
    ["engine/a.ts", 'throw new HoldfastError("STORE_LOST", {});'],
    ["engine/b.ts", 'throw failure(\n  "STORE_FULL",\n  "full");'],
  ]);
  assert.deepEqual(unknownCodes(sources, codes), [
    "engine/a.ts throws STORE_LOST, which no table has",
  ]);
});

test("linkFaults() finds a missing file and a missing heading", () => {
  const text = "# Top\n[a](deno.json) [b](nowhere.md) [c](#top) [d](#gone)";
  assert.deepEqual(linkFaults("README.md", text), [
    "README.md links to nowhere.md, which does not exist",
    "README.md links to #gone, which has no such heading",
  ]);
});

test("linkFaults() follows neither addresses of the web nor code", () => {
  const text = "[a](https://example.org/x) `[b](nowhere.md)`\n" +
    "```\n[c](nowhere.md)\n```\n";
  assert.deepEqual(linkFaults("README.md", text), []);
});

test("adrFaults() finds a shared number and a wrong name", () => {
  const names = ["0001-a.md", "0001-b.md", "2-c.md", "0003-d-e.md"];
  assert.deepEqual(adrFaults(names), [
    "docs/adr/0001-b.md shares its number with 0001-a.md",
    "docs/adr/2-c.md is not named NNNN-title.md",
  ]);
});
