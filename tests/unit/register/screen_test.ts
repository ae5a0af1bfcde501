/** The cashier's screen as a function: widths, layout, typing. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Payment } from "../../../engine/payment.ts";
import { fit, widthOf, wrap } from "../../../engine/text_cells.ts";
import { LineEditor } from "../../../hosts/register/screen/line_editor.ts";
import {
  listTop,
  type Model,
  viewOf,
} from "../../../hosts/register/screen/view.ts";

const NOTES = [
  "Two coffees",
  "抹茶ラテ 東京タワー 限定",
  "Crème brûlée",
  "e\u0301clair", // A combining accent.
  "👩‍👩‍👧‍👦 family 🍮",
  "שלום עולם",
  "evil\x1b[2J\x07\r\nnote",
];

function payment(seq: number, changes: Partial<Payment> = {}): Payment {
  return {
    localId: `0190-${seq}`,
    seq,
    state: "stored",
    amount: 99_999_999,
    currency: "usd",
    captureMethod: "automatic",
    metadata: { note: NOTES[seq % NOTES.length] },
    terms: { tip: null },
    createdAtMs: Date.UTC(2026, 10, 25, 7, 29),
    cardPresent: { brand: "visa", last4: "4242", readMethod: "contact_emv" },
    error: null,
    ...changes,
  } as Payment;
}

function modelOf(changes: Partial<Model> = {}): Model {
  return {
    shopName: "Café 東京",
    isLivemode: false,
    glance: {
      networkStatus: "offline",
      waitingCount: 12,
      sums: { usd: 99_999_999, jpy: 12_345_678, kwd: 99_999_999 },
      oldestAtMs: Date.UTC(2026, 10, 25, 7),
    },
    reader: "wisepos_e WSC51968818780",
    nowMs: Date.UTC(2026, 10, 25, 8),
    utcOffsetMinutes: 0,
    payments: Array.from({ length: 30 }, (_, i) => payment(30 - i)),
    selected: 0,
    page: null,
    notice: { tone: "bad", lines: ["Head", "a remedy ".repeat(20)] },
    input: { label: "Amount USD:", text: "12.50", cursorCells: 5 },
    keys: Array.from({ length: 14 }, (_, i) => ["x", `does ${i}`]),
    demo: { isOnline: false, card: "charge_declined_insufficient_funds" },
    ...changes,
  };
}

function linesOf(model: Model, columns: number, rows: number): string[] {
  return viewOf(model, columns, rows).lines
    .map((spans) => spans.map(({ text }) => text).join(""));
}

test("viewOf() fills a window of any size exactly, whatever the names are", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 220 }),
    fc.integer({ min: 1, max: 70 }),
    fc.integer({ min: 0, max: 29 }),
    fc.string({ unit: "grapheme", maxLength: 40 }),
    (columns, rows, selected, text) => {
      const model = modelOf({
        selected,
        shopName: text,
        input: { label: "Amount USD:", text, cursorCells: widthOf(text) },
      });
      const view = viewOf(model, columns, rows);
      const lines = linesOf(model, columns, rows);
      assert.ok(lines.length <= rows);
      for (const line of lines) {
        assert.ok(widthOf(line) <= columns, JSON.stringify(line));
      }
      if (columns < 40 || rows < 14) return;
      assert.equal(lines.length, rows);
      assert.ok(view.cursor!.column < columns && view.cursor!.row < rows);
      const chosen = lines.filter((line) => line.startsWith("▸"));
      assert.equal(chosen.length, 1);
      assert.match(chosen[0], new RegExp(`^▸ ${30 - selected} `));
    },
  ));
});

test("viewOf() keeps columns below each other behind wide characters", () => {
  const lines = linesOf(modelOf(), 100, 40);
  const head = lines.find((line) => line.includes("State"))!;
  const column = widthOf(head.slice(0, head.indexOf("State")));
  const rows = lines.filter((line) => line.includes("waits"));
  assert.equal(rows.length, 27);
  for (const row of rows) {
    assert.equal(widthOf(row.slice(0, row.indexOf("waits"))), column);
  }
});

test("viewOf() lets nothing through that steers a terminal", () => {
  const lines = linesOf(modelOf({ shopName: "Shop\x1b[31m\x9b2J" }), 120, 45);
  // deno-lint-ignore no-control-regex -- they are what is looked for
  assert.doesNotMatch(lines.join(""), /[\u0000-\u001f\u007f-\u009f]/);
});

test("viewOf() says why a card was declined, and shows days for older payments", () => {
  const declined = payment(1, {
    state: "declined",
    amount: 1250,
    createdAtMs: Date.UTC(2026, 10, 24, 23, 59),
    error: {
      code: "card_declined",
      declineCode: "insufficient_funds",
      adviceCode: null,
    },
  });
  const [row] = linesOf(modelOf({ payments: [declined] }), 100, 20)
    .filter((line) => line.startsWith("▸"));
  assert.match(row, /^▸ 1 +11-24 +12\.50 USD .*declined: insufficient funds/);
});

test("fit() cuts and fills to cells, never in the middle of a character", () => {
  assert.equal(fit("abc", 5), "abc  ");
  assert.equal(fit("abc", 5, "right"), "  abc");
  assert.equal(fit("abcdef", 4), "abc…");
  assert.equal(fit("東京タワー", 6), "東京… ");
  assert.equal(fit("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 3), "👩‍👩‍👧‍👦…");
  assert.equal(fit("abc", 0), "");
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrap("incomprehensible", 6), ["incom…"]);
});

test("listTop() keeps the chosen payment on the screen", () => {
  assert.deepEqual([0, 9, 10, 29].map((at) => listTop(at, 10)), [0, 0, 1, 20]);
});

test("LineEditor moves and deletes by characters as people count them", () => {
  const editor = new LineEditor();
  editor.insert("12.50 東京👩‍👩‍👧‍👦");
  assert.equal(editor.length, 9);
  assert.equal(editor.cursorCells, 12);
  editor.press(undefined, { name: "left" });
  editor.press(undefined, { name: "backspace" });
  assert.equal(editor.text, "12.50 東👩‍👩‍👧‍👦");
  editor.press(undefined, { name: "home" });
  editor.press("9", { name: "9", sequence: "9" });
  editor.press(undefined, { name: "delete" });
  assert.equal(editor.text, "92.50 東👩‍👩‍👧‍👦");
  editor.press(undefined, { name: "end" });
  assert.equal(editor.press("\x1b", { name: "escape" }), false);
  editor.press(undefined, { name: "u", ctrl: true });
  assert.equal(editor.text, "");
  editor.insert("e");
  editor.insert("\u0301"); // Joins the character before it.
  assert.equal(editor.length, 1);
  editor.insert("x".repeat(500));
  assert.equal(editor.length, 1);
});
