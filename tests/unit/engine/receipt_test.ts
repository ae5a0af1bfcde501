import assert from "node:assert/strict";
import { test } from "node:test";
import { type Receipt, receiptText } from "../../../engine/receipt.ts";
import { chunks, widthOf } from "../../../engine/text_cells.ts";

function receiptOf(name: string, address: string[] = []): Receipt {
  return {
    merchant: { name, address },
    title: "SALE",
    notice: "",
    amounts: [{ name: "Total", value: "12.50 USD" }],
    card: [
      { name: "Application", value: name },
      { name: "Card", value: "visa 4242" },
    ],
    references: [{ name: "Reference", value: "1".repeat(90) }],
  } as unknown as Receipt;
}

const NAMES = [
  "Blue Bottle",
  "東京ラーメン",
  "Cafe\u0301 Zoe\u0308",
  "👨‍👩‍👧‍👦 Family",
  "ﾗｰﾒﾝ半角",
  "مقهى",
  "A shop whose name is longer than any paper that it is printed on",
  "東".repeat(50),
];

test("receiptText() keeps every line within the paper and every value at its edge, in any script", () => {
  for (const width of [24, 32, 40, 48, 80]) {
    for (const name of NAMES) {
      const lines = receiptText(receiptOf(name, [name]), width).split("\n");
      for (const line of lines) {
        assert.ok(widthOf(line) <= width, `${width}: ${line}`);
      }
      for (const field of ["Total", "Card"]) {
        const line = lines.find((it) => it.startsWith(field))!;
        assert.equal(widthOf(line), width, line);
      }
    }
  }
});

test("receiptText() centres by the cells a name takes, not by its length", () => {
  const [plain] = receiptText(receiptOf("abcd"), 40).split("\n");
  const [wide] = receiptText(receiptOf("東京"), 40).split("\n");
  const [accented] = receiptText(receiptOf("a\u0301bcd"), 40).split("\n");
  for (const line of [plain, wide, accented]) {
    assert.equal(line.length - line.trimStart().length, 18, line);
  }
});

test("receiptText() breaks what does not fit, and loses nothing of it", () => {
  const name = "A shop whose name is longer than the paper";
  const lines = receiptText(receiptOf(name), 24).split("\n");
  const end = lines.indexOf("-".repeat(24));
  assert.equal(lines.slice(0, end).map((it) => it.trim()).join(" "), name);
  const text = receiptText(receiptOf("x"), 24);
  assert.equal(text.match(/1/g)!.length - text.match(/12\.50/g)!.length, 90);
});

test("receiptText() lets no value steer the printer", () => {
  const text = receiptText(receiptOf("a\u001b[2Jb"));
  // deno-lint-ignore no-control-regex -- they are what is looked for
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test("chunks() cuts between characters as people count them", () => {
  assert.deepEqual(chunks("東京都", 4), ["東京", "都"]);
  assert.deepEqual(chunks("東京都", 3), ["東", "京", "都"]);
  assert.deepEqual(chunks("e\u0301e\u0301", 1), ["e\u0301", "e\u0301"]);
  assert.deepEqual(chunks("", 3), []);
});
