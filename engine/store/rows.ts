/**
 * Rows of `payment` and the objects made from them.
 *
 * Owns: the column list and its order. What the app sees is {@link Payment}; what forwarding
 * needs besides is {@link PaymentRow}.
 * @module
 */
import type { SqlValue } from "../ports.ts";
import { offlineDetailsOf } from "../offline_details.ts";
import type {
  CaptureMethod,
  CardPresentDetails,
  Payment,
  PaymentState,
} from "../payment.ts";
import { readTerms } from "../terms.ts";
import { formatUuid, toHex } from "../uuid.ts";

/** Columns read by {@link readRow}, in its order. */
export const PAYMENT_COLUMNS = [
  "id",
  "local_id",
  "epoch",
  "seq",
  "state",
  "account",
  "livemode",
  "amount",
  "currency",
  "capture_method",
  "metadata",
  "card_present",
  "card_hmac",
  "record_hash",
  "offline",
  "created_at_ms",
  "stored_at_ms",
  "intent_id",
  "error_code",
  "decline_code",
  "advice_code",
  "attempts",
  "next_attempt_at_ms",
  "terms",
  "reader",
  "must_look",
  "origin",
].join(", ");

/** Whose chain an imported payment is in. */
export interface PaymentOrigin {
  /** Device id as a UUID. */
  device: string;
  epoch: number;
}

/** A payment with what only the engine uses. */
export interface PaymentRow {
  /** Row id; grows with every payment of this store, across epochs. */
  rowId: number;
  localIdBytes: Uint8Array;
  epoch: number;
  cardHmac: Uint8Array;
  recordHash: Uint8Array;
  storedAtMs: number;
  /** Whether somebody else may have sent it, so that Stripe is asked before it is created. */
  mustLook: boolean;
  /** The device and epoch whose chain it is in, when it came from another device; else null. */
  origin: PaymentOrigin | null;
  payment: Payment;
}

/** Makes a {@link PaymentRow} from one row of {@link PAYMENT_COLUMNS}. */
export function readRow(row: readonly SqlValue[]): PaymentRow {
  const [rowId, localId, epoch, seq, state, account, livemode, amount] = row;
  const [currency, captureMethod, metadata, cardPresent, cardHmac] = row.slice(
    8,
  );
  const [recordHash, offline, createdAtMs, storedAtMs, intentId] = row.slice(
    13,
  );
  const [errorCode, declineCode, adviceCode, attempts, nextAttempt] = row.slice(
    18,
  );
  const [terms, reader, mustLook, origin] = row.slice(23);
  const cameFrom = origin === null
    ? null
    : JSON.parse(origin as string) as PaymentOrigin;
  const card = JSON.parse(cardPresent as string) as CardPresentDetails;
  const agreed = readTerms(terms as string);
  const isOpen = state === "stored" || state === "unknown";
  return {
    rowId: rowId as number,
    localIdBytes: localId as Uint8Array,
    epoch: epoch as number,
    cardHmac: cardHmac as Uint8Array,
    recordHash: recordHash as Uint8Array,
    storedAtMs: storedAtMs as number,
    mustLook: mustLook === 1,
    origin: cameFrom,
    payment: {
      localId: formatUuid(localId as Uint8Array),
      id: intentId as string | null,
      seq: seq as number,
      state: state as PaymentState,
      amount: amount as number,
      currency: currency as string,
      captureMethod: captureMethod as CaptureMethod,
      metadata: JSON.parse(metadata as string) as Record<string, string>,
      terms: agreed,
      reader: reader as string | null,
      account: account as string,
      isLivemode: livemode === 1,
      createdAtMs: createdAtMs as number,
      offlineDetails: offline === 1
        ? offlineDetailsOf(card, {
          storedAtMs: storedAtMs as number,
          requiresUpload: isOpen || state === "failed",
          tip: agreed.tip,
        })
        : null,
      cardPresent: card,
      error: errorCode === null ? null : {
        code: errorCode as string,
        declineCode: declineCode as string | null,
        adviceCode: adviceCode as string | null,
      },
      attempts: attempts as number,
      nextAttemptAtMs: isOpen ? nextAttempt as number | null : null,
      receiptCode: `${cameFrom?.epoch ?? epoch}-${seq}-${
        toHex((recordHash as Uint8Array).subarray(0, 4))
      }`,
    },
  };
}
