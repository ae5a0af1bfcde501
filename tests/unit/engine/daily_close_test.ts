import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type DailyClose,
  dailyCloseText,
} from "../../../engine/daily_close.ts";
import { widthOf } from "../../../engine/text_cells.ts";

const WIDTH = 48;

/** A close in which every text from elsewhere is `name`. */
function closeOf(name: string): DailyClose {
  const total = {
    currency: "usd",
    brand: name,
    outcome: "forwarded",
    count: 2,
    amount: 12_345,
    tip: 45,
  };
  return {
    number: 1,
    atMs: 0,
    account: name,
    isLivemode: 0,
    totals: [total],
    authorised: { usd: 12_345 },
    stillOpen: [total],
    settledLater: [total],
    refusedCount: 0,
    approvedCount: 0,
    chains: [{ epoch: 1, seq: 2, hash: "ab".repeat(32) }],
    activity: { count: 3, isIntact: true, head: "cd".repeat(32) },
  } as unknown as DailyClose;
}

for (
  const name of [
    "visa",
    "銀聯",
    "ブランド".repeat(9),
    "Cafe\u0301",
    "👨‍👩‍👧‍👦",
    "a".repeat(140),
    "two\nlines\u001b[2J",
  ]
) {
  test(`dailyCloseText() keeps to its cells with the name ${JSON.stringify(name).slice(0, 24)}`, () => {
    const lines = dailyCloseText(closeOf(name)).trimEnd().split("\n");
    for (const line of lines) {
      assert.ok(widthOf(line) <= WIDTH, line);
      // deno-lint-ignore no-control-regex -- they are what is looked for
      assert.doesNotMatch(line, /[\u0000-\u001f]/);
    }
    // Every amount ends at the edge, or stands alone where the name left no room.
    const amounts = lines.filter((line) => line.includes("123.45 USD"));
    assert.equal(amounts.length, 4);
    const hasRoom = widthOf(name) <= 16;
    for (const line of amounts) {
      const isAlone = !hasRoom && line.trim() === "123.45 USD";
      assert.ok(widthOf(line) === WIDTH || isAlone, line);
    }
  });
}
