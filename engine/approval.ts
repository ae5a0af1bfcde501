/**
 * When a limit refuses, a manager may say yes.
 *
 * Owns: which limits a person may lift and by how much: exactly by what this one payment needs.
 * What no person may lift: the currency list, the space on the disk, Stripe's ceiling, and any
 * refusal of the card itself.
 * @module
 */
import type { ErrorCode, HoldfastError } from "./errors.ts";

/** What a manager is asked. */
export interface ApprovalRequest {
  localId: string;
  /** Code of the limit that refuses, such as `OFFLINE_STORED_AMOUNT_LIMIT`. */
  code: string;
  /** The limit, and what this payment would make of it. */
  limit: number;
  needed: number;
  /** Amount in minor units, the tip included, and its currency. */
  amount: number;
  currency: string;
  /** Aborts when the sale is cancelled or its time is over. */
  signal: AbortSignal;
}

/** A manager's yes. */
export interface Approval {
  /** Who it was, 1..64 characters; written into the activity log. */
  by: string;
  /** Why, at most 200 characters. @default "" */
  reason?: string;
}

/** Asks a manager; null is a no. Who that is and how they prove it is the app's business. */
export type Approver = (request: ApprovalRequest) => Promise<Approval | null>;

/** A limit lifted for one payment. */
export interface LiftedLimit {
  code: ErrorCode;
  /** The limit's own name; two limits may share a code. */
  name: string;
  limit: number;
  /** Up to here. */
  needed: number;
  by: string;
  reason: string;
}

const APPROVABLE: ReadonlySet<string> = new Set<ErrorCode>([
  "AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT",
  "OFFLINE_STORED_AMOUNT_LIMIT",
  "OFFLINE_PAYMENTS_DATABASE_TOO_LARGE",
  "OFFLINE_CARD_COUNT_LIMIT",
  "OFFLINE_STORED_AGE_LIMIT",
  "OFFLINE_BRAND_LIMIT",
  "OFFLINE_READER_LIMIT",
]);

/** Whether a person may lift the limit behind this error. */
export function isApprovable(error: HoldfastError): boolean {
  return APPROVABLE.has(error.code) && error.details.isHardCap !== true;
}

/**
 * Asks about one refusal.
 *
 * @returns The limit as lifted, or null when the answer was no, or named nobody.
 */
export async function askApproval(
  approve: Approver,
  error: HoldfastError,
  request: Omit<ApprovalRequest, "code" | "limit" | "needed">,
): Promise<LiftedLimit | null> {
  const limit = Number(error.details.limit);
  const needed = Number(error.details.needed);
  const { code } = error;
  const answer = await approve({ ...request, code, limit, needed });
  const by = answer?.by.trim().slice(0, 64) ?? "";
  if (answer === null || by === "") return null;
  const reason = (answer.reason ?? "").slice(0, 200);
  const name = error.field ?? "";
  return { code: code as ErrorCode, name, limit, needed, by, reason };
}
