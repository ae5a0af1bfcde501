/** HFX1: the example, a second reader, and files of every length. @module */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { loadCore } from "../../../bindings/mod.ts";
import {
  type ExportHeader,
  openExport,
  readExportHeader,
  sealExport,
} from "../../../engine/handover/export_file.ts";
import {
  decodeExport,
  encodeExport,
} from "../../../engine/handover/export_lines.ts";
import {
  formatTransferCode,
  parseTransferCode,
} from "../../../engine/handover/transfer_code.ts";
import { fromHex } from "../../../engine/uuid.ts";
import {
  type Hfx1Example,
  makeHfx1Example,
} from "../../reference/hfx1_example.ts";
import { openHfx1 } from "../../reference/hfx1_opener.ts";

const EXAMPLE = "docs/formats/hfx1-example.json";
const core = await loadCore();
const CODE = new Uint8Array(16).fill(7);
const HEADER: ExportHeader = {
  isLivemode: true,
  kind: "salvage",
  id: new Uint8Array(16).fill(1),
  deviceId: new Uint8Array(16).fill(2),
  accountHash: new Uint8Array(16).fill(3),
};

function seal(plaintext: Uint8Array): Uint8Array {
  return sealExport(core, HEADER, CODE, new Uint8Array(16).fill(4), plaintext);
}

test("the worked example of HFX1 equals what the engine makes today", () => {
  const made = JSON.stringify(makeHfx1Example(core), null, 2) + "\n";
  if (process.env.HOLDFAST_UPDATE === "1") writeFileSync(EXAMPLE, made);
  // Version 1 is frozen: a difference is a break of the format, not of the test.
  assert.equal(made, readFileSync(EXAMPLE, "utf8"));
});

test("a reader written from the document opens the example and reads the same lines", () => {
  const { file, code, lines } = JSON.parse(
    readFileSync(EXAMPLE, "utf8"),
  ) as Hfx1Example;
  const bytes = fromHex(file)!;
  assert.deepEqual(openHfx1(bytes, code), lines);
  const plaintext = openExport(core, bytes, parseTransferCode(code)!);
  assert.deepEqual(encodeExport(decodeExport(plaintext)), plaintext);
});

test("openExport() returns what was sealed, at every length around a frame's", () => {
  for (const length of [0, 1, 16_383, 16_384, 16_385, 32_768, 50_000]) {
    const plaintext = Uint8Array.from({ length }, (_, i) => i % 251);
    const file = seal(plaintext);
    assert.deepEqual(openExport(core, file, CODE), plaintext, `${length}`);
    assert.deepEqual(readExportHeader(file), HEADER);
  }
});

test("openExport() of frames in another order, twice, or without the last one throws at the frame", () => {
  const file = seal(new Uint8Array(40_000).fill(9));
  const frame = 4 + 16_384 + 16;
  const head = file.subarray(0, 80);
  const [first, second, last] = [
    file.subarray(80, 80 + frame),
    file.subarray(80 + frame, 80 + 2 * frame),
    file.subarray(80 + 2 * frame),
  ];
  const orders: [string, Uint8Array[], number][] = [
    ["swapped", [second, first, last], 80],
    ["twice", [first, first, last], 80 + frame],
    ["left out", [first, last], 80 + frame],
    ["without the last", [first, second], 80 + frame],
    ["the last alone", [last], 80],
  ];
  for (const [name, frames, offset] of orders) {
    const bad = Uint8Array.from([head, ...frames].flatMap((part) => [...part]));
    assert.throws(
      () => openExport(core, bad, CODE),
      { code: "EXPORT_FILE_DAMAGED", offset },
      name,
    );
  }
});

test("a transfer code is read as people type it, and nothing else is a code", () => {
  for (let i = 0; i < 64; i++) {
    const bytes = Uint8Array.from(
      { length: 16 },
      (_, k) => (i * 37 + k * 91) & 255,
    );
    const code = formatTransferCode(bytes);
    assert.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{2}$/);
    const typed = code.toLowerCase().replaceAll("-", " ")
      .replaceAll("0", "o").replaceAll("1", "l");
    assert.deepEqual(parseTransferCode(typed), bytes);
  }
  const code = formatTransferCode(CODE);
  for (
    const bad of ["", code.slice(1), `${code}0`, code.replace(/..$/, "U0")]
  ) {
    assert.equal(parseTransferCode(bad), null, bad);
  }
  assert.equal(parseTransferCode(code.replace(/.$/, "1")), null, "spare bits");
});

test("decodeExport() refuses lines that no device writes, naming the line", () => {
  const { lines } = JSON.parse(readFileSync(EXAMPLE, "utf8")) as Hfx1Example;
  const [head, chain, payment, end] = lines as Record<string, unknown>[];
  const cases: [string, unknown[], string | RegExp][] = [
    ["no head", [chain, payment, end], "1"],
    ["no end", [head, chain, payment], "3"],
    ["count", [head, chain, payment, { ...end, count: 2 }], "4"],
    ["chain behind payments", [head, payment, chain, end], "3"],
    ["amount", [head, chain, { ...payment, amount: 0 }, end], "3"],
    ["state", [head, chain, { ...payment, state: "forwarded" }, end], "3"],
    ["record", [head, chain, { ...payment, record: "zz" }, end], "3"],
    ["metadata", [head, chain, { ...payment, metadata: "{" }, end], "3"],
    ["key", [head, chain, { ...payment, steps: [{}] }, end], "3"],
    ["no JSON", [head, chain, null, end], "3"],
  ];
  for (const [name, bad, field] of cases) {
    const text = bad.map((line) => JSON.stringify(line)).join("\n");
    assert.throws(
      () => decodeExport(new TextEncoder().encode(text)),
      { code: "EXPORT_FILE_DAMAGED", field },
      name,
    );
  }
});
