/**
 * A PaymentIntent that a back end made, for a terminal to take up.
 *
 * Owns: the form of one, and the claim that says which terminal has it. The claim stands in the
 * intent's own metadata, because nothing else is shared by every terminal that may know its id;
 * who writes it is decided by Stripe's idempotency: see {@link claimKey}.
 * @module
 */
import type { GatewayResult, Intent } from "./gateway.ts";
import type { CaptureMethod, PaymentTerms } from "./payment.ts";

/** What was agreed about a PaymentIntent before any terminal saw it. */
export interface OfferedIntent extends Intent {
  captureMethod: CaptureMethod;
  /** Types of payment methods it takes, in Stripe's words; `card_present` must be among them. */
  paymentMethodTypes: readonly string[];
  terms: PaymentTerms;
}

/** Who takes an intent up, or lets it go. */
export interface IntentClaim {
  /** The payment it becomes; null gives it back. */
  localId: string | null;
  /** Device id as a UUID. */
  device: string;
  /** The device's epoch: a copy of its store begins another one. */
  epoch: number;
  /** Local id of the last payment that had it, or null for the first one. */
  previous: string | null;
}

/** How a look at an offered intent, or a claim on it, ended. */
export type OfferResult =
  | { kind: "offered"; intent: OfferedIntent }
  | Exclude<GatewayResult, { kind: "intent" | "declined" }>;

/**
 * The key under which the claim that follows `previous` is made. It is the same for every
 * terminal, and the claim is its parameter: of two terminals that saw the same `previous`, Stripe
 * lets one through and answers the other with `idempotency_error`.
 */
export function claimKey(intentId: string, previous: string | null): string {
  return `${intentId}:h:${previous ?? "0"}`;
}

/** What a claim writes; an empty value takes an entry away. */
export function claimMetadata(
  { localId, device, epoch, previous }: IntentClaim,
): Record<string, string> {
  const isHeld = localId !== null;
  return {
    holdfast_local_id: localId ?? "",
    holdfast_device: isHeld ? device : "",
    holdfast_epoch: isHeld ? String(epoch) : "",
    // Of a back end: reconciling cancels no intent that this device did not make.
    holdfast_retrieved: "1",
    // Another word than the local id: the key that followed that one is used up by this claim.
    holdfast_released: isHeld ? "" : `${previous ?? "0"}:r`,
  };
}

/** Who has the intent, by its metadata. */
export interface Holder {
  /** The payment it is, or null when nobody has it. */
  localId: string | null;
  /** That payment's device, or null. */
  device: string | null;
  epoch: number | null;
  /** What a claim must name as `previous`. */
  previous: string | null;
}

/** Reads who has it. */
export function holderOf({ metadata }: Intent): Holder {
  const localId = metadata.holdfast_local_id ?? null;
  const epoch = Number(metadata.holdfast_epoch);
  return {
    localId,
    device: metadata.holdfast_device ?? null,
    epoch: Number.isSafeInteger(epoch) ? epoch : null,
    previous: localId ?? metadata.holdfast_released ?? null,
  };
}

/** An intent's id and client secret; null when `reference` is neither. */
export function parseReference(
  reference: unknown,
): { id: string; clientSecret: string | null } | null {
  const match = typeof reference === "string"
    ? /^(pi_[A-Za-z0-9]{1,128})(_secret_[A-Za-z0-9_]{1,128})?$/.exec(reference)
    : null;
  if (match === null) return null;
  const [whole, id, secret] = match;
  return { id, clientSecret: secret === undefined ? null : whole };
}
