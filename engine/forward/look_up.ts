/**
 * Looking for a payment's PaymentIntent at Stripe.
 *
 * Owns: when it is looked for, from which moment on, and that what a person has let go of is not
 * found again.
 * @module
 */
import { type Intent, LIST_TOO_LONG } from "../gateway.ts";
import type { Step } from "../store/steps.ts";
import {
  type Attempt,
  call,
  isUseless,
  refusal,
  settle,
  wait,
} from "./attempt.ts";
import type { ForwardResult } from "./forward_context.ts";
import { closeSiblings } from "./siblings.ts";

/** How far before our first attempt to look, for a device whose clock runs ahead of Stripe's. */
const LOOK_BACK_MS = 60 * 60 * 1000;

/** Finds it; null when there is none, and otherwise why the attempt ends here. */
export async function lookUp(
  attempt: Attempt,
): Promise<Intent | ForwardResult | null> {
  const { context, row } = attempt;
  const { payment, rowId } = row;
  const creation = context.steps.latest(rowId, "create");
  const createdFromMs = lookFromMs(attempt, creation);
  const found = await call(
    attempt,
    (signal) =>
      context.gateway.findIntent(payment.localId, createdFromMs, {
        idempotencyKey: null,
        signal,
      }),
  );
  if (found.kind === "intent") {
    const { intent } = found;
    if (isLetGo(attempt, intent, creation)) return null;
    const end = row.mustLook
      ? await closeSiblings(attempt, intent, createdFromMs)
      : null;
    return end ?? intent;
  }
  if (found.kind === "not_found") return null;
  const isEndless = found.kind === "rejected" && found.code === LIST_TOO_LONG;
  if (!isEndless) return wait(attempt, found);
  // Too many to look through in time: a second intent moves no money, because only the id in
  // our row is ever confirmed, and reconciliation cancels the other. But one that another device
  // may have confirmed must not get a sibling: a person looks.
  return row.mustLook
    ? settle(attempt, "failed", refusal(LIST_TOO_LONG))
    : null;
}

function lookFromMs(
  { context, row: { payment } }: Attempt,
  creation: Step | null,
): number {
  // The intent may be older than our first attempt: online, it is made before the sale.
  const firstMs = Math.min(
    payment.createdAtMs,
    creation?.firstAttemptAtMs ?? payment.createdAtMs,
  );
  // A time that is still to come was written down while our clock was wrong.
  return firstMs > context.clock.nowMs() ? 0 : firstMs - LOOK_BACK_MS;
}

/**
 * Whether a person sends the payment again because this PaymentIntent was canceled. The planned
 * creation makes another one; while its key is trusted it makes no second, even where the first
 * of it was canceled since and this older one hides it.
 */
function isLetGo(
  { context, row: { rowId } }: Attempt,
  { id, status }: Intent,
  creation: Step | null,
): boolean {
  return status === "canceled" && creation !== null &&
    !isUseless(creation, context.clock.nowMs()) &&
    context.activity.ofPayment(rowId)
      .some(({ kind, body }) => kind === "retried" && body.id === id);
}
