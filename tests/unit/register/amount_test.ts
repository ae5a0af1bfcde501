/** What a cashier types as money. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatAmount } from "../../../engine/format.ts";
import { parseAmount, parseOrder } from "../../../hosts/register/amount.ts";

const CURRENCIES = ["usd", "jpy", "kwd"];

test("parseAmount() reads as many digits as ISO 4217 gives the currency", () => {
  const cases: [string, string, number][] = [
    ["12.50", "usd", 1250],
    ["12,5", "EUR", 1250],
    ["12", "usd", 1200],
    ["0.01", "usd", 1],
    ["007", "usd", 700],
    ["1200", "jpy", 1200],
    ["1.250", "kwd", 1250],
    ["0.001", "bhd", 1],
    ["1.5", "lyd", 1500],
    ["999999.99", "usd", 99_999_999],
    ["4.35", "usd", 435], // 4.35 * 100 is 434.99999999999994 as a float.
    ["1.005", "kwd", 1005],
  ];
  for (const [text, currency, amount] of cases) {
    assert.equal(parseAmount(text, currency), amount, `${text} ${currency}`);
  }
});

test("parseAmount() refuses what is no amount, or could be read in two ways", () => {
  const cases: [string, string, RegExp][] = [
    ["", "usd", /is no amount/],
    ["12.", "usd", /is no amount/],
    [".5", "usd", /is no amount/],
    ["-1", "usd", /is no amount/],
    ["1e3", "usd", /is no amount/],
    ["1,250.00", "usd", /is no amount/],
    ["1,250", "usd", /USD has 2 digits after the point/],
    ["1.0", "jpy", /JPY has no digits after the point/],
    ["1.2345", "kwd", /KWD has 3 digits after the point/],
    ["0.00", "usd", /the amount is zero/],
    ["1234567890", "usd", /is no amount/],
    ["１２", "usd", /is no amount/],
    ["1", "xyz", /XYZ cannot be taken/],
    ["1", "isk", /ISK cannot be taken/],
  ];
  for (const [text, currency, message] of cases) {
    assert.throws(
      () => parseAmount(text, currency),
      { code: "INVALID_ARGUMENT", message },
      `${text} ${currency}`,
    );
  }
});

test("parseAmount() undoes formatAmount() for every amount", () => {
  const currencies = ["usd", "eur", "jpy", "kwd", "clp", "tnd", "iqd"];
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 99_999_999 }),
    fc.constantFrom(...currencies),
    (amount, currency) => {
      const [text] = formatAmount(amount, currency).split(" ");
      assert.equal(parseAmount(text, currency), amount);
    },
  ));
});

test("parseOrder() reads amount, tip, currency and note", () => {
  const cases: [string, number, string, number | null, string][] = [
    ["12.50", 1250, "usd", null, ""],
    ["  12.50 Two coffees ", 1250, "usd", null, "Two coffees"],
    ["12.50+2", 1450, "usd", 200, ""],
    ["12.50 + 2.00 JPYish", 1450, "usd", 200, "JPYish"],
    ["10+10%", 1100, "usd", 100, ""],
    ["0.05+50%", 8, "usd", 3, ""], // 2.5 minor units, half up.
    ["1200 jpy 抹茶 ラテ", 1200, "jpy", null, "抹茶 ラテ"],
    ["1.250+0.250 KWD", 1500, "kwd", 250, ""],
    ["9 : cup of tea", 900, "usd", null, "cup of tea"],
    ["9 usd usd 5", 900, "usd", null, "usd 5"],
  ];
  for (const [text, amount, currency, tip, note] of cases) {
    assert.deepEqual(
      parseOrder(text, CURRENCIES),
      { amount, currency, tip, note },
      text,
    );
  }
});

test("parseOrder() refuses a currency that is not taken, and two tips", () => {
  assert.throws(() => parseOrder("9 cup of tea", CURRENCIES), {
    message: /CUP is not taken here, only USD, JPY, KWD/,
  });
  assert.throws(() => parseOrder("9 EUR", CURRENCIES), {
    message: /EUR is not taken/,
  });
  assert.throws(() => parseOrder("9+1+1", CURRENCIES), { message: /two tips/ });
  assert.throws(() => parseOrder("9+0", CURRENCIES), { message: /is zero/ });
  assert.throws(() => parseOrder("", CURRENCIES), { message: /is no amount/ });
});
