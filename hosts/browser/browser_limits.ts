/**
 * How much may wait in a browser.
 *
 * Owns: defaults below those of a machine of its own. One click on "clear site data" takes the
 * store and everything in it away, so less may be in it at a time (docs/adr/0015).
 * @module
 */
import { withDefaults } from "../../engine/defaults.ts";
import { DEFAULT_LIMITS, type OfflineLimits } from "../../engine/mod.ts";

/** Replaces {@link DEFAULT_LIMITS} in a browser, where the app gives none. */
export const BROWSER_LIMITS: OfflineLimits = {
  ...DEFAULT_LIMITS,
  paymentAmountMax: { usd: 100_000 },
  storedCountMax: 500,
};

/** What may be stored of a currency, where the app does not say: so many of its largest payment. */
const LARGEST_PAYMENTS = 10;

/** The limits of a till in a browser: the app's, and these for what it leaves out. */
export function browserLimits(
  given: Partial<OfflineLimits> = {},
): OfflineLimits {
  const limits = withDefaults(BROWSER_LIMITS, given);
  const storedAmountMax = Object.fromEntries(
    Object.entries(limits.paymentAmountMax)
      .map(([currency, amount]) => [currency, LARGEST_PAYMENTS * amount]),
  );
  return {
    ...limits,
    storedAmountMax: { ...storedAmountMax, ...limits.storedAmountMax },
  };
}
