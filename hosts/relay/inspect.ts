/**
 * Whether a sealed record may go to Stripe.
 *
 * Owns: what is checked of it, in this order: its form, how far along its chain it is, that it
 * opens, that its header says what the request says, and its place in the chain.
 * @module
 */
import type { Core, StoredRecordHeader } from "../../bindings/mod.ts";
import { accountHash, isSameBytes } from "../../engine/bytes.ts";
import { HoldfastError } from "../../engine/errors.ts";
import type { ConfirmIntentRequest } from "../../engine/gateway.ts";
import type { Opener } from "../../engine/opener.ts";
import { formatUuid } from "../../engine/uuid.ts";
import type { Book } from "./book.ts";

/** What an inspection works with. */
export interface InspectParts {
  core: Core;
  opener: Opener;
  book: Book;
  /** How far past the highest known seq a record may be. */
  seqGapMax: number;
  /** Whether a device may forward payments of another one. */
  mayActFor: (device: string, owner: string) => boolean;
}

/** Why this record may not be sent, or null; durable in the book when it returns null. */
export async function inspectRecord(
  parts: InspectParts,
  device: string,
  identity: { account: string; isLivemode: boolean },
  request: ConfirmIntentRequest,
): Promise<string | null> {
  const { core, opener, book } = parts;
  let header: StoredRecordHeader;
  let hash: Uint8Array;
  try {
    header = core.seal.readHeader(request.record);
    hash = core.seal.recordHash(request.record);
    const genesis = core.seal.readHeader(request.genesis);
    const isOneChain = genesis.epoch === header.epoch &&
      isSameBytes(genesis.deviceId, header.deviceId);
    if (!isOneChain) return "record_of_other_chain";
    // Opening walks the chain from its beginning, and nothing is proven yet.
    const gap = header.seq - book.highWater(header.deviceId, header.epoch);
    if (gap > parts.seqGapMax) return "record_too_far";
    // Opening proves the header; a record that was proven once needs no second proof.
    if (!book.isAccepted(header, hash)) {
      (await opener.open(request.genesis, request.record)).fill(0);
    }
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    if (error.code === "RECIPIENT_KEY_UNKNOWN") {
      return "recipient_key_unknown";
    }
    if (!error.code.startsWith("SEAL_")) throw error;
    return "record_not_authentic";
  }
  if (!agrees(core, header, identity, request)) return "record_mismatch";
  return book.enter(
    device,
    header,
    hash,
    request.localId,
    (owner) => parts.mayActFor(device, owner),
  );
}

/** Whether the sealed header says what the request says, of our own account and mode. */
function agrees(
  core: Core,
  header: StoredRecordHeader,
  identity: { account: string; isLivemode: boolean },
  request: ConfirmIntentRequest,
): boolean {
  const account = accountHash(core.crypto, identity.account);
  return formatUuid(header.localId) === request.localId &&
    header.amountMinor === request.amount &&
    header.currency === request.currency.toUpperCase() &&
    header.isLivemode === identity.isLivemode &&
    isSameBytes(header.accountHash, account);
}
