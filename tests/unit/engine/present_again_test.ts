/** How long a declined payment waits, and which waits are not believed. @module */
import assert from "node:assert/strict";
import test from "node:test";
import type { ForwardContext } from "../../../engine/forward/forward_context.ts";
import { waitToPresent } from "../../../engine/forward/present_again.ts";
import { DEFAULT_RETRY_POLICY } from "../../../engine/forward/retry_policy.ts";
import type { PaymentRow } from "../../../engine/store/rows.ts";

const NOW_MS = 1_800_000_000_000;
const HOUR_MS = 3600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
/** The longest wait of the default policy. */
const LONGEST_MS = 72 * HOUR_MS;

/** What stands before the next confirmation of a payment that is to wait until `notBeforeMs`. */
function waitUntil(notBeforeMs: number) {
  const context = {
    presentAgain: {
      presentations: { notBeforeMs: () => notBeforeMs },
      policy: { ...DEFAULT_RETRY_POLICY, isEnabled: true },
    },
    steps: { latest: () => ({ generation: 0 }) },
    clock: { nowMs: () => NOW_MS },
  } as unknown as ForwardContext;
  return waitToPresent(context, { rowId: 1 } as PaymentRow);
}

test("waitToPresent() waits to the end, and not a moment longer", () => {
  for (const waitMs of [1, HOUR_MS, LONGEST_MS]) {
    assert.deepEqual(waitUntil(NOW_MS + waitMs), {
      kind: "retry",
      code: "declined_for_now",
      retryAfterMs: waitMs,
      isAnswered: true,
    });
  }
  assert.equal(waitUntil(NOW_MS), null);
  assert.equal(waitUntil(NOW_MS - HOUR_MS), null);
});

test("waitToPresent() does not believe a wait longer than any that is planned", () => {
  // The clock was set back by ten years after the wait was written down.
  assert.equal(waitUntil(NOW_MS + LONGEST_MS + 1), null);
  assert.equal(waitUntil(NOW_MS + 10 * YEAR_MS), null);
});
