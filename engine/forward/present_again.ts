/**
 * Presenting a declined offline payment again, on the same PaymentIntent.
 *
 * Owns: that one decline is counted once, however often it is read, and that nothing is sent
 * before its time, whoever asks. The payment stays open (`stored` or `unknown`) with the decline
 * as its error; a state never moves back. The next confirmation is a new generation with a key
 * of its own, and the PaymentIntent still takes money at most once.
 * @module
 */
import type { PaymentError } from "../payment.ts";
import type { Presentations } from "../store/presentations.ts";
import type { PaymentRow } from "../store/rows.ts";
import type { ForwardContext, ForwardResult } from "./forward_context.ts";
import { decideDecline, type RetryPolicy } from "./retry_policy.ts";

/** What presenting again works with. */
export interface PresentAgain {
  presentations: Pick<Presentations, "count" | "notBeforeMs" | "add">;
  policy: RetryPolicy;
}

/** The wait that stands between this payment and its next confirmation, or null. */
export function waitToPresent(
  context: ForwardContext,
  row: PaymentRow,
): ForwardResult | null {
  const notBeforeMs = decidedMs(context, row);
  if (notBeforeMs === null) return null;
  const waitMs = notBeforeMs - context.clock.nowMs();
  // Longer than any wait we plan: the clock was set back, and could keep us waiting for years.
  const isBelieved = waitMs <= longestDelayMs(context.presentAgain!.policy);
  return waitMs > 0 && isBelieved ? again(waitMs) : null;
}

/** Whether the newest confirmation's decline was decided already: it is to be presented again. */
export function isPresentedAgain(
  context: ForwardContext,
  row: PaymentRow,
): boolean {
  return decidedMs(context, row) !== null;
}

/** Plans the next presentment, durably, or returns null when the decline is final. */
export function planAgain(
  context: ForwardContext,
  row: PaymentRow,
  error: PaymentError,
): ForwardResult | null {
  const { presentAgain, steps, clock } = context;
  const sent = steps.latest(row.rowId, "confirm");
  // Online the card holder is still there and hears the answer at once.
  const isOffline = row.payment.offlineDetails !== null;
  if (presentAgain === undefined || sent === null || !isOffline) return null;
  const { presentations, policy } = presentAgain;
  const nowMs = clock.nowMs();
  const decision = decideDecline(
    policy,
    error,
    presentations.count(row.rowId) + 1,
    nowMs - row.storedAtMs,
  );
  if (decision.kind === "final") {
    if (decision.group === "fraud") {
      context.activity.add("fraud_alert", row.rowId, {
        declineCode: error.declineCode,
      });
    }
    return null;
  }
  context.database.transaction(() => {
    presentations.add(
      row.rowId,
      sent.generation,
      error,
      nowMs,
      nowMs + decision.delayMs,
    );
    steps.spend(row.rowId, "confirm");
    context.activity.add("declined_for_now", row.rowId, {
      code: error.code,
      declineCode: error.declineCode,
      group: decision.group,
      againAtMs: nowMs + decision.delayMs,
    });
  });
  return again(decision.delayMs);
}

function decidedMs(context: ForwardContext, row: PaymentRow): number | null {
  const { presentAgain, steps } = context;
  const sent = steps.latest(row.rowId, "confirm");
  if (presentAgain === undefined || sent === null) return null;
  return presentAgain.presentations.notBeforeMs(row.rowId, sent.generation);
}

function longestDelayMs(policy: RetryPolicy): number {
  const { laterDelaysMs, onceDelaysMs, moneyDelaysMs } = policy;
  return Math.max(0, ...laterDelaysMs, ...onceDelaysMs, ...moneyDelaysMs);
}

function again(waitMs: number): ForwardResult {
  return {
    kind: "retry",
    code: "declined_for_now",
    retryAfterMs: waitMs,
    isAnswered: true,
  };
}
