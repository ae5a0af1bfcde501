/** Amounts and times for people. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAmount, formatTime } from "../../../engine/format.ts";

test("formatAmount() puts the point where the currency has it", () => {
  const cases: [number, string, string][] = [
    [0, "usd", "0.00 USD"],
    [5, "usd", "0.05 USD"],
    [1250, "eur", "12.50 EUR"],
    [99_999_999, "usd", "999999.99 USD"],
    [1250, "jpy", "1250 JPY"],
    [0, "jpy", "0 JPY"],
    [1250, "kwd", "1.250 KWD"],
    [1250, "iqd", "1.250 IQD"],
    [-1250, "usd", "-12.50 USD"],
  ];
  for (const [amount, currency, text] of cases) {
    assert.equal(formatAmount(amount, currency), text);
  }
});

test("formatTime() agrees with the platform's calendar from 1900 to 2200", () => {
  const day = 86_400_000;
  for (let atMs = Date.UTC(1900, 0, 1); atMs < Date.UTC(2200, 0, 1);) {
    const iso = new Date(atMs).toISOString();
    const text = `${iso.slice(0, 10)} ${iso.slice(11, 16)} +00:00`;
    assert.equal(formatTime(atMs, 0), text);
    atMs += day * 13 + 3_723_000;
  }
});

test("formatTime() moves by the offset and names it", () => {
  const atMs = Date.UTC(2024, 1, 29, 23, 30);
  assert.equal(formatTime(atMs, 60), "2024-03-01 00:30 +01:00");
  assert.equal(formatTime(atMs, -210), "2024-02-29 20:00 -03:30");
});
