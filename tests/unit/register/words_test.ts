/** What the register says, and who may lift a limit. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ERROR_CODES, failure } from "../../../engine/errors.ts";
import type { ErrorCode } from "../../../engine/error_code.ts";
import { createManager, recognise } from "../../../hosts/register/managers.ts";
import {
  ageWords,
  limitWords,
  refusalOf,
  sumsWords,
  waitWords,
} from "../../../hosts/register/words.ts";

test("refusalOf() has a sentence and a remedy for every code, and hides foreign errors", () => {
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const refusal = refusalOf(failure(code, "a developer's sentence"));
    assert.equal(refusal.code, code);
    assert.ok(refusal.sentence.length > 10, code);
    assert.ok(refusal.remedy.length > 5, code);
  }
  const foreign = refusalOf(new Error("PAN 4242424242424242"));
  assert.equal(foreign.code, "UNEXPECTED");
  assert.doesNotMatch(JSON.stringify(foreign), /4242/);
});

test("refusalOf() shows a limit as money, number or time", () => {
  const error = failure("OFFLINE_STORED_AMOUNT_LIMIT", "x", {
    details: { limit: 50_000, needed: 60_050, currency: "usd" },
  });
  assert.match(
    refusalOf(error).sentence,
    /: limit 500\.00 USD, with this one 600\.50 USD$/,
  );
  const count = { limit: 5, needed: 6, currency: "usd" };
  assert.equal(
    limitWords({ code: "OFFLINE_CARD_COUNT_LIMIT", ...count }),
    "limit 5, with this one 6",
  );
  const age = { limit: 86_400_000, needed: 90_061_000, currency: "usd" };
  assert.equal(
    limitWords({ code: "OFFLINE_STORED_AGE_LIMIT", ...age }),
    "limit 24 h 0 min, with this one 25 h 1 min",
  );
});

test("ageWords(), sumsWords() and waitWords() speak plainly", () => {
  const ages = [-5, 59_999, 60_000, 3_600_000, 172_800_000 + 7_200_000];
  assert.deepEqual(ages.map(ageWords), [
    ...["0 s", "59 s", "1 min", "1 h 0 min", "2 d 2 h"],
  ]);
  assert.equal(
    sumsWords({ usd: 4120, jpy: 1200, eur: 0 }),
    "41.20 USD, 1200 JPY",
  );
  assert.deepEqual([0, 1, 2].map(waitWords), [
    ...["nothing waits", "1 payment waits", "2 payments wait"],
  ]);
});

test("recognise() knows a manager by name and PIN, and keeps no PIN", () => {
  const managers = [
    createManager(" Zoë ", "4821"),
    createManager("Ada", "1234"),
  ];
  assert.equal(recognise(managers, "zoë", "4821")?.name, "Zoë");
  assert.equal(recognise(managers, "Ada", "4821"), null);
  assert.equal(recognise(managers, "Eve", "1234"), null);
  assert.equal(recognise([{ name: "Ada", pin: "" }], "Ada", ""), null);
  assert.doesNotMatch(JSON.stringify(managers), /4821|1234"/);
  assert.notEqual(managers[0].pin, createManager("Zoë", "4821").pin);
  for (const pin of ["", "123", "12a4", "1".repeat(13)]) {
    assert.throws(() => createManager("Ada", pin), RangeError);
  }
  assert.throws(() => createManager(" ", "1234"), RangeError);
});
