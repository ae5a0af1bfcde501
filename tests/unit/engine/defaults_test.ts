import assert from "node:assert/strict";
import { test } from "node:test";
import { withDefaults } from "../../../engine/defaults.ts";
import { browserLimits } from "../../../hosts/browser/browser_limits.ts";

test("withDefaults() replaces what is given, and nothing by undefined", () => {
  const given = { a: 5, b: undefined } as unknown as { a: number };
  assert.deepEqual(withDefaults({ a: 1, b: 2 }, given), { a: 5, b: 2 });
  assert.deepEqual(withDefaults({ a: 1 }), { a: 1 });
  assert.deepEqual(
    withDefaults<{ a: number | null }>({ a: 1 }, { a: null }),
    { a: null },
  );
});

test("browserLimits() of a limit given as undefined is the browser's own", () => {
  const given = { storedCountMax: undefined } as unknown as object;
  assert.deepEqual(browserLimits(given), browserLimits());
});
