/**
 * What a process does in one task, as the terminal around `forwardPayment` does it.
 *
 * Owns: asking whose money the credentials move before anything of a payment is sent, in worlds
 * whose credentials change, and what an app is told of a capture.
 * @module
 */
import { HoldfastError } from "../../../engine/errors.ts";
import { capturePayment } from "../../../engine/forward/capture.ts";
import type { ForwardResult } from "../../../engine/forward/forward_context.ts";
import { forwardPayment } from "../../../engine/forward/forward_payment.ts";
import { laneOf } from "../../../engine/forward/queue.ts";
import type { Task } from "./processes.ts";

/** How a task ended; `foreign`: the money is of another account than the credentials. */
export type WorkResult =
  | ForwardResult
  | { kind: "foreign" | "captured" | "capture_unanswered" }
  | { kind: "capture_refused"; status: unknown };

/** Does what the task is for; throws what the engine throws. */
export function work(task: Task): Promise<WorkResult> {
  if (task.isCapture) return captureOf(task);
  return task.process.identity === null ? forward(task) : forwardOurs(task);
}

function forward({ rowId, process }: Task): Promise<ForwardResult> {
  const { context, lease, signal } = process;
  return forwardPayment(context, rowId, lease, signal);
}

/** As the forwarder's loop does it before it hands a payment out. */
async function forwardOurs(task: Task): Promise<WorkResult> {
  const { identity, context, signal } = task.process;
  const answer = await identity!.ask(signal);
  switch (answer.kind) {
    case "unauthorized":
      return { kind: "parked", code: answer.code };
    case "unavailable":
      return { ...answer, kind: "retry" };
    case "known": {
      const { payment } = context.payments.byRowId(task.rowId)!;
      return answer.lane === laneOf(payment)
        ? await forward(task)
        : { kind: "foreign" };
    }
  }
}

async function captureOf({ rowId, process }: Task): Promise<WorkResult> {
  const { context, signal } = process;
  try {
    const row = context.payments.byRowId(rowId)!;
    await capturePayment(context, row, signal);
    return { kind: "captured" };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    switch (error.code) {
      case "STRIPE_API_CONNECTION_ERROR":
        return { kind: "capture_unanswered" };
      case "CAPTURE_NOT_POSSIBLE":
        return { kind: "capture_refused", status: error.details?.status };
      default:
        throw error;
    }
  }
}
