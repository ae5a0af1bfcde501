/** Limits that would silently be none. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeLimits } from "../../../engine/limit_settings.ts";
import { DEFAULT_LIMITS, type OfflineLimits } from "../../../engine/limits.ts";
import { browserLimits } from "../../../hosts/browser/browser_limits.ts";

const WRONG: [given: unknown, field: string][] = [
  [null, ""],
  [[], ""],
  [5, ""],
  [{ cardCount: 5 }, ".cardCount"],
  [{ cardCountMax: "5" }, ".cardCountMax"],
  [{ cardCountMax: null }, ".cardCountMax"],
  [{ storedCountMax: NaN }, ".storedCountMax"],
  [{ storedAgeMsMax: -1 }, ".storedAgeMsMax"],
  [{ freeBytesMin: 1.5 }, ".freeBytesMin"],
  [{ paymentAmountMax: 5 }, ".paymentAmountMax"],
  [{ paymentAmountMax: { usd: "5" } }, ".paymentAmountMax.usd"],
  [{ storedAmountMax: { USD: 5 } }, ".storedAmountMax.USD"],
  [{ storedAmountMax: { usd: -5 } }, ".storedAmountMax.usd"],
  [{ readerStoredAmountMax: { dollar: 5 } }, ".readerStoredAmountMax.dollar"],
  [{ brands: [] }, ".brands"],
  [{ brands: { Visa: {} } }, ".brands.Visa"],
  [{ brands: { visa: 5 } }, ".brands.visa"],
  [{ brands: { visa: { amount: {} } } }, ".brands.visa.amount"],
  [
    { brands: { visa: { storedAmountMax: { EUR: 1 } } } },
    ".brands.visa.storedAmountMax.EUR",
  ],
];

test("mergeLimits() refuses by its path what would be no limit, in a browser too", () => {
  for (const [given, path] of WRONG) {
    const expected = {
      code: "INVALID_ARGUMENT",
      field: `offline.limits${path}`,
    };
    const limits = given as Partial<OfflineLimits>;
    assert.throws(() => mergeLimits(DEFAULT_LIMITS, limits), expected);
    assert.throws(() => browserLimits(limits), expected);
  }
});

test("mergeLimits() replaces what is given, and nothing by undefined", () => {
  const given = {
    storedCountMax: Infinity,
    cardCountMax: undefined,
    storedAmountMax: { usd: 0, eur: undefined },
    brands: { amex: { paymentAmountMax: { usd: 1 } } },
  };
  assert.deepEqual(
    mergeLimits(DEFAULT_LIMITS, given as unknown as Partial<OfflineLimits>),
    {
      ...DEFAULT_LIMITS,
      ...given,
      cardCountMax: DEFAULT_LIMITS.cardCountMax,
      storedAmountMax: { usd: 0 },
    },
  );
  assert.deepEqual(mergeLimits(DEFAULT_LIMITS), DEFAULT_LIMITS);
  // A browser's own bound of a currency is there where the app says nothing of it.
  const storedAmountMax = { usd: undefined } as unknown as Record<
    string,
    number
  >;
  assert.deepEqual(
    browserLimits({ storedAmountMax }).storedAmountMax,
    browserLimits().storedAmountMax,
  );
});
