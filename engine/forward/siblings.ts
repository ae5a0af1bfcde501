/**
 * Other PaymentIntents of one payment, where its row was copied.
 *
 * Owns: that a copied row is forwarded by the only PaymentIntent that can still take its money.
 * Elsewhere the one id in the row is the only one ever confirmed, and another does no harm. A copy
 * does not know which of several that was, and a confirmation of it may still be on its way.
 * @module
 */
import {
  type Intent,
  type IntentPageResult,
  LIST_TOO_LONG,
} from "../gateway.ts";
import { type Attempt, barred, call, retryLater, wait } from "./attempt.ts";
import { beginCancel, sendCancel, UNCONFIRMED } from "./cancelling.ts";
import type { ForwardResult } from "./forward_context.ts";

/** As many pages as a look-up reads. */
const PAGES_MAX = 20;
/** Later than any clock shows: year 2100. */
const END_MS = 4_102_444_800_000;

/**
 * Cancels every open PaymentIntent of the payment but `chosen`; null when there is no other, and
 * otherwise why the attempt ends here: what a cancelled one says at last decides the next, and one
 * that was confirmed since `chosen` was found is found first.
 */
export async function closeSiblings(
  attempt: Attempt,
  chosen: Intent,
  createdFromMs: number,
): Promise<ForwardResult | null> {
  const { gateway } = attempt.context;
  const { localId } = attempt.row.payment;
  if (!UNCONFIRMED.includes(chosen.status)) return null;
  let cursor: string | null = null;
  for (let i = 0; i < PAGES_MAX; i++) {
    const after: string | null = cursor;
    const page: IntentPageResult = await call(
      attempt,
      (signal) =>
        gateway.listIntents({ createdFromMs, createdToMs: END_MS }, after, {
          idempotencyKey: null,
          signal,
        }),
    );
    if (page.kind !== "page") return wait(attempt, page);
    const sibling = page.intents.find(({ id, status, metadata }) =>
      id !== chosen.id && metadata.holdfast_local_id === localId &&
      status !== "canceled"
    );
    if (sibling !== undefined) {
      return UNCONFIRMED.includes(sibling.status)
        ? await closeSibling(attempt, sibling.id)
        : retryLater("sibling_confirmed");
    }
    if (page.nextCursor === null) return null;
    cursor = page.nextCursor;
  }
  return retryLater(LIST_TOO_LONG);
}

/** Cancels one by a persisted key; the next attempt looks again. */
export async function closeSibling(
  attempt: Attempt,
  intentId: string,
): Promise<ForwardResult> {
  const { context, row } = attempt;
  const { rowId } = row;
  const bar = barred(attempt);
  if (bar !== null) return bar;
  const generation = (context.steps.latest(rowId, "cancel")?.generation ?? -1) +
    1;
  const step = beginCancel(attempt, intentId, generation);
  // The step is of this intent alone: no other may be cancelled by its key.
  context.steps.spend(rowId, "cancel");
  const result = await sendCancel(attempt, intentId, step);
  return result.kind === "intent"
    ? retryLater("sibling_closed")
    : wait(attempt, result);
}
