/** The tag dictionary: both generated sides, and the words that have numbers in the ABI. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as abi from "../../../bindings/_wasm/abi.ts";
import {
  BRANDS,
  DECISION_CODES,
  mayShowTag,
  OUTCOMES,
  RISK_FLAGS,
  tagEntries,
  tagEntry,
} from "../../../bindings/emv.ts";
import {
  countryNumeric,
  currencyNumeric,
} from "../../../bindings/iso_codes.ts";
import {
  bindingTable,
  coreTable,
  readTags,
} from "../../../scripts/tag_tables.ts";

const numbered = (prefix: string): string[] =>
  Object.entries(abi as unknown as Record<string, unknown>)
    .filter(([name]) => name.startsWith(prefix))
    .sort((a, b) => Number(a[1]) - Number(b[1]))
    .map(([name]) => name.slice(prefix.length).toLowerCase());

test("vocabularies stand in the order of their numbers", () => {
  assert.deepEqual([...BRANDS], numbered("EMV_BRAND_"));
  assert.deepEqual([...DECISION_CODES], numbered("EMV_CODE_"));
  assert.deepEqual([...OUTCOMES], numbered("EMV_OUTCOME_"));
  assert.deepEqual([...RISK_FLAGS], numbered("EMV_RISK_"));
});

test("generated tables are those of emv_tags.tsv", () => {
  const rows = readTags(readFileSync("scripts/emv_tags.tsv", "utf8"));
  assert.equal(
    readFileSync("core/emv_tag_table.ts", "utf8"),
    coreTable(rows),
  );
  assert.equal(
    readFileSync("bindings/_wasm/emv_tags.ts", "utf8"),
    bindingTable(rows),
  );
});

test("readTags() a line that is no entry is refused", () => {
  const good = "9A\tn\t3\t3\t-\tpublic\tDATE\tTransaction Date";
  assert.equal(readTags(good).length, 1);
  const bad = [
    good + "\n" + good,
    good.replace("public", "open"),
    good.replace("\tn\t", "\tx\t"),
    good.replace("3\t3", "4\t3"),
    good.replace("3\t3", "3\t256"),
    good.replace("\tDATE", ""),
  ];
  for (const text of bad) assert.throws(() => readTags(text));
});

test("tagEntry() all tags of EMV Book 3 Annex A are known", () => {
  const annex = "42 4F 50 57 5A 5F20 5F24 5F25 5F28 5F2A 5F2D 5F30 5F34 5F36 " +
    "5F50 5F53 5F54 5F55 5F56 5F57 61 6F 70 71 72 73 77 80 81 82 83 84 86 87 88 " +
    "89 8A 8C 8D 8E 8F 90 91 92 93 94 95 97 98 99 9A 9B 9C 9D 9F01 9F02 9F03 " +
    "9F04 9F05 9F06 9F07 9F08 9F09 9F0B 9F0D 9F0E 9F0F 9F10 9F11 9F12 9F13 9F14 " +
    "9F15 9F16 9F17 9F18 9F1A 9F1B 9F1C 9F1D 9F1E 9F1F 9F20 9F21 9F22 9F23 9F26 " +
    "9F27 9F2D 9F2E 9F2F 9F32 9F33 9F34 9F35 9F36 9F37 9F38 9F39 9F3A 9F3B 9F3C " +
    "9F3D 9F40 9F41 9F42 9F43 9F44 9F45 9F46 9F47 9F48 9F49 9F4A 9F4B 9F4C 9F4D " +
    "9F4E 9F4F A5 BF0C";
  for (const tag of annex.split(" ")) {
    assert.ok(tagEntry(parseInt(tag, 16)), tag);
  }
});

test("tagEntry() the contactless and biometric tags of Books A to C are known", () => {
  const kernels =
    "9F0A 9F0C 9F24 9F25 9F29 9F2A 9F30 9F31 9F5A 9F66 9F6C 9F6D " +
    "9F6E BF4A BF4B BF4C BF4D BF4E DF8104 DF8105 DF8106 DF8107 DF8108 DF8109 " +
    "DF810A DF810B DF810C DF810D DF810E DF810F DF8110 DF8111 DF8112 DF8113 " +
    "DF8114 DF8115 DF8116 DF8117 DF8118 DF8119 DF811A DF811B DF811C DF811D " +
    "DF811E DF811F DF8120 DF8121 DF8122 DF8123 DF8124 DF8125 DF8126 DF8127 " +
    "DF8128 DF8129 DF812A DF812B DF812C DF812D DF8130 DF8131 DF8132 DF8133 " +
    "DF8134 DF8135 DF8136 DF8137 DF8301 DF8302 DF8303 DF8304 DF8305 DF8306 " +
    "DF8307 FF8101 FF8102 FF8103 FF8104 FF8105 FF8106";
  for (const tag of kernels.split(" ")) {
    assert.ok(tagEntry(parseInt(tag, 16)), tag);
  }
  // What carries data of the card is not for showing, whatever it is called.
  for (const tag of [0xdf8104, 0xdf8107, 0xdf812b, 0xff8101, 0xbf4e]) {
    assert.equal(mayShowTag(tag), false);
  }
});

test("tagEntry() facts of some tags", () => {
  assert.deepEqual(tagEntry(0x5a), {
    tag: 0x5a,
    name: "Application Primary Account Number",
    format: "cn",
    lengthMin: 1,
    lengthMax: 10,
    templates: ["70", "77"],
    sensitivity: "chd",
    decides: true,
  });
  assert.equal(tagEntry(0x9f99), undefined);
  const entries = tagEntries();
  assert.ok(entries.every((e, i) => i === 0 || e.tag > entries[i - 1].tag));
});

test("mayShowTag() is an allow-list", () => {
  for (const tag of [0x95, 0x9b, 0x84, 0x9f02, 0x9f34]) {
    assert.equal(mayShowTag(tag), true);
  }
  const hidden = [0x57, 0x5a, 0x5f20, 0x5f24, 0x99, 0x9f1f, 0x9f20, 0x9f6b];
  const unknown = [0xdf01, 0xffee01, 0x9f6e, 0xc1];
  for (const tag of [...hidden, ...unknown]) {
    assert.equal(mayShowTag(tag), false);
  }
});

test("numeric codes of countries and currencies are BCD, any case", () => {
  assert.equal(countryNumeric("de"), 0x276);
  assert.equal(countryNumeric("US"), 0x840);
  assert.equal(countryNumeric("AT"), 0x040);
  assert.equal(countryNumeric("EU"), undefined);
  assert.equal(currencyNumeric("eur"), 0x978);
  assert.equal(currencyNumeric("USD"), 0x840);
  assert.equal(currencyNumeric("ALL"), 0x008);
  assert.equal(currencyNumeric("XXX"), undefined);
});
