/**
 * PaymentIntents of a back end, for devices that have no key.
 *
 * Owns: what a device may take up. The intent's client secret is the permission: whoever has it
 * was given it by the back end, and a token alone reaches no intent of the account. What a claim
 * says is entered in the book before the device hears of it, so that confirming finds it there.
 * @module
 */
import type { Gateway } from "../../engine/gateway.ts";
import {
  claimKey,
  holderOf,
  type OfferResult,
  parseReference,
} from "../../engine/offered_intent.ts";
import type { RelayRequests } from "../../engine/relay/protocol.ts";
import type { Book } from "./book.ts";

/** What claims work with. */
export interface OfferParts {
  gateway: Gateway;
  book: Book;
  mayActFor: (device: string, owner: string) => boolean;
  refuse: (
    device: string,
    code: string,
    localId: string | null,
  ) => { kind: "rejected"; code: string };
}

/** Answers `lookup`. */
export async function lookUp(
  { gateway, refuse }: OfferParts,
  device: string,
  { reference }: RelayRequests["lookup"],
  signal: AbortSignal,
): Promise<OfferResult> {
  const parsed = parseReference(reference);
  if (parsed === null || parsed.clientSecret === null) {
    return refuse(device, "client_secret_required", null);
  }
  return await gateway.lookUpIntent(reference, {
    idempotencyKey: null,
    signal,
  });
}

/** Answers `claim`: takes an intent up for `device`, or gives its own back. */
export async function claim(
  parts: OfferParts,
  device: string,
  { key, reference, claim: asked }: RelayRequests["claim"],
  signal: AbortSignal,
): Promise<OfferResult> {
  const { gateway, book, refuse } = parts;
  const { localId, previous } = asked;
  const id = parseReference(reference)?.id ?? "";
  const refused = localId === null
    ? notItsOwn(parts, device, id, previous)
    : await notOffered(parts, device, reference, localId, signal);
  if (refused !== null) {
    return typeof refused === "string"
      ? refuse(device, refused, localId)
      : refused;
  }
  if (key !== claimKey(id, previous)) {
    return refuse(device, "key_of_other_payment", localId);
  }
  const call = { idempotencyKey: key, signal };
  const result = await gateway.claimIntent(reference, asked, call);
  const isOurs = result.kind === "offered" &&
    holderOf(result.intent).localId === localId;
  if (!isOurs) return result;
  const { amount, currency } = result.intent;
  const isEntered = book.hand(
    id,
    localId === null ? null : { localId, device, amount, currency },
  );
  return isEntered ? result : refuse(device, "intent_taken", localId);
}

/** Why the device may not give the intent back, or null. */
function notItsOwn(
  { book, mayActFor }: OfferParts,
  device: string,
  id: string,
  previous: string | null,
): string | null {
  const bound = book.bindingOfIntent(id);
  const isMine = bound !== null && bound.localId === previous &&
    mayActFor(device, bound.device);
  return isMine ? null : "intent_of_other_device";
}

/** Why the device may not take the intent up, or null. */
async function notOffered(
  parts: OfferParts,
  device: string,
  reference: string,
  localId: string,
  signal: AbortSignal,
): Promise<OfferResult | string | null> {
  const { book, mayActFor } = parts;
  const seen = await lookUp(parts, device, { reference }, signal);
  if (seen.kind !== "offered") return seen;
  const { id } = seen.intent;
  const taken = book.binding(localId);
  if (taken !== null && taken.intentId !== id) return "local_id_taken";
  const holder = holderOf(seen.intent);
  const bound = book.bindingOfIntent(id);
  const isElsewhere = holder.localId !== null && bound !== null &&
    !mayActFor(device, bound.device);
  return isElsewhere ? "intent_of_other_device" : null;
}
