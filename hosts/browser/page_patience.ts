/**
 * How long a page waits for its Worker.
 *
 * Owns: that no call of a page hangs, whatever becomes of the Worker, of the tab that leads, or of
 * a message. The engine ends every call in time by itself; a page that hears nothing of it for a
 * while longer gives up.
 * @module
 */
import type {
  Approver,
  CallOptions,
  TerminalConfiguration,
} from "../../engine/mod.ts";
import { DEFAULT_DEADLINES } from "../../engine/terminal_configuration.ts";

/** How much later than the engine a page gives up: another tab may have to take over meanwhile. */
export const GRACE_MS = 10_000;
/** The reader gives a customer two minutes to answer. */
const INPUTS_MS = 120_000;
/** Work that grows with the store, or with what is at Stripe. */
const LONG_MS = 10 * 60_000;

const LONG_METHODS: ReadonlySet<string> = new Set([
  "backup",
  "exportStored",
  "importStored",
  "reconcile",
  "verifyActivityLog",
]);

/** What of an app's configuration decides how long calls may take. */
export type Deadlines =
  & Pick<
    TerminalConfiguration,
    "callDeadlineMs" | "collectDeadlineMs" | "stepDeadlineMs"
  >
  & {
    /** Where there is one, a manager may be asked. */
    approve?: Approver;
  };

/** Milliseconds after which a call that nobody answered is given up. */
export function patienceMs(
  method: string,
  { deadlineMs }: CallOptions,
  deadlines: Deadlines,
): number {
  const {
    stepDeadlineMs = DEFAULT_DEADLINES.stepDeadlineMs,
    collectDeadlineMs = DEFAULT_DEADLINES.collectDeadlineMs,
    callDeadlineMs = DEFAULT_DEADLINES.callDeadlineMs,
  } = deadlines;
  if (method === "confirmPaymentIntent") {
    const deciding = deadlines.approve
      ? DEFAULT_DEADLINES.approvalDeadlineMs
      : stepDeadlineMs;
    // Storing has its deadline, and waiting for Stripe's answer another one.
    return (deadlineMs ?? deciding) + callDeadlineMs + GRACE_MS;
  }
  const ownMs = LONG_METHODS.has(method)
    ? LONG_MS
    : method === "collectPaymentMethod"
    ? collectDeadlineMs
    : method === "collectInputs"
    ? INPUTS_MS
    : method === "refreshConfiguration"
    ? 2 * callDeadlineMs
    : stepDeadlineMs;
  return (deadlineMs ?? ownMs) + GRACE_MS;
}
