/**
 * Forwarding while somebody watches.
 *
 * Owns: when the watching ends: nothing waits any more, nobody answers, the credentials are
 * refused, or nothing moves for a while. Forwarding itself goes on by itself in every case.
 * @module
 */
import type { HoldfastError } from "../../engine/errors.ts";
import type { Till } from "./till.ts";
import { waitWords } from "./words.ts";

/** How far it is. */
export interface DrainProgress {
  /** Payments that waited when it began, and that wait now. */
  total: number;
  left: number;
}

/** How it ended, and what became of the payments meanwhile. */
export interface DrainEnd extends DrainProgress {
  reason: "done" | "nothing" | "offline" | "refused" | "stalled" | "stopped";
  approved: number;
  declined: number;
  failed: number;
  /** Why the credentials were refused, or null. */
  error: HoldfastError | null;
}

/** Longer than any single call to Stripe may take, and shorter than a cashier's patience. */
const STALL_MS = 20_000;

/**
 * Forwards what waits, tells of every change, and returns when there is no more to see.
 *
 * @param signal Ends the watching, not the forwarding.
 */
export async function drain(
  till: Till,
  onProgress: (progress: DrainProgress) => void,
  signal: AbortSignal,
): Promise<DrainEnd> {
  const count = async (): Promise<number> =>
    (await till.offlineStatus()).sdk.offlinePaymentsCount;
  const total = await count();
  const tally = { approved: 0, declined: 0, failed: 0 };
  let error: HoldfastError | null = null;
  let wake = (): void => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stops = [
    till.on("paymentForwarded", ({ payment: { state } }) => {
      if (state === "declined") tally.declined++;
      else if (state === "failed") tally.failed++;
      else if (state === "forwarded" || state === "captured") tally.approved++;
      wake();
    }),
    till.on("offlineStatusChange", () => wake()),
    till.on("forwardingFailure", (detail) => {
      error = detail.error;
      wake();
    }),
  ];
  const onAbort = (): void => wake();
  signal.addEventListener("abort", onAbort);
  const end = (reason: DrainEnd["reason"], left: number): DrainEnd => ({
    reason,
    total,
    left,
    ...tally,
    error,
  });
  try {
    if (total === 0) return end("nothing", 0);
    if (await till.probeNetwork() !== "online") return end("offline", total);
    await till.forwardNow();
    for (let left = total;;) {
      onProgress({ total, left });
      if (left === 0) return end("done", 0);
      if (error !== null) return end("refused", left);
      if (signal.aborted) return end("stopped", left);
      const hasMoved = new Promise<boolean>((resolve) => {
        wake = (): void => resolve(true);
        timer = setTimeout(() => resolve(false), STALL_MS);
      });
      // What changed before anybody waited is seen by counting.
      const before = left;
      left = await count();
      if (left === before && !await hasMoved) return end("stalled", left);
      clearTimeout(timer);
      left = await count();
      const { networkStatus } = (await till.offlineStatus()).sdk;
      if (left > 0 && networkStatus === "offline") return end("offline", left);
    }
  } finally {
    clearTimeout(timer);
    for (const stop of stops) stop();
    signal.removeEventListener("abort", onAbort);
  }
}

/** How forwarding ended, in a sentence. */
export function drainWords(end: DrainEnd): string {
  const { reason, total, left, approved, declined, failed } = end;
  const outcomes = `${approved} approved, ${declined} declined` +
    (failed === 0 ? "" : `, ${failed} not completed`);
  switch (reason) {
    case "nothing":
      return "nothing waits";
    case "done":
      return `all ${total} forwarded: ${outcomes}`;
    case "offline":
      return `no connection: ${waitWords(left)}, forwarded when it is back`;
    case "refused":
      return `forwarding is refused: ${waitWords(left)}`;
    case "stalled":
      return `${left} of ${total} still wait (${outcomes}); ` +
        "they are tried again by themselves";
    case "stopped":
      return `${left} of ${total} still wait; forwarding goes on by itself`;
  }
}
