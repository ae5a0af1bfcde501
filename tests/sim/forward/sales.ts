/**
 * What the sales of a world are made of: ids, bytes, and a card number to be found nowhere.
 * @module
 */
import type { Payment } from "../../../engine/payment.ts";
import type { NewMemoryPayment } from "./device_store.ts";
import type { WorldEvent } from "./plan.ts";

/** A sale as the world remembers it. */
export type Sale = Extract<WorldEvent, { kind: "sale" }>;

/** Digits of a card that must be found nowhere. */
export const CANARY = "4000056655665556";
/** The account every world belongs to. */
export const ACCOUNT = "acct_sim";
/** The account to which its credentials may change. */
export const OTHER_ACCOUNT = "acct_sim_other";

/** Forwarding only asks whether a payment was taken offline. */
export const OFFLINE = {} as NonNullable<Payment["offlineDetails"]>;

const LOCAL_IDS: string[] = [];

/** The local id of the payment with this card transaction. */
export function localIdOf(card: number): string {
  return LOCAL_IDS[card] ??= `00000000-0000-7000-8000-${
    card.toString(16).padStart(12, "0")
  }`;
}

type SaleBytes = Record<
  "localIdBytes" | "cardHmac" | "recordHash" | "record",
  Uint8Array
>;
const SALE_BYTES: SaleBytes[] = [];

/** What a row holds in bytes: the same for the same card in every world, and never changed. */
function bytesOf(card: number): SaleBytes {
  return SALE_BYTES[card] ??= {
    localIdBytes: new Uint8Array(16).fill(card),
    cardHmac: new Uint8Array(16).fill(card),
    recordHash: new Uint8Array(32).fill(card),
    record: Uint8Array.of(card),
  };
}

/** What the sale with this card transaction puts into the store. */
export function paymentOf(
  { amount, currency, isManual }: Sale,
  card: number,
  storedAtMs: number,
  account: string,
): NewMemoryPayment {
  const { localIdBytes, cardHmac, recordHash, record } = bytesOf(card);
  return {
    localIdBytes,
    cardHmac,
    recordHash,
    record,
    storedAtMs,
    payment: {
      localId: localIdOf(card),
      seq: card,
      account,
      amount,
      currency,
      captureMethod: isManual ? "manual" : "automatic",
      offlineDetails: OFFLINE,
    },
  };
}

const CHIP_DATA = Uint8Array.of(
  0x5a,
  CANARY.length / 2,
  ...CANARY.match(/../g)!.map((pair) => parseInt(pair, 16)),
  0,
  0,
);

/** Chip data with the canary as a card number and the transaction's number at the end. */
export function emvDataOf(card: number): Uint8Array {
  const data = new Uint8Array(CHIP_DATA);
  data[data.length - 2] = card >> 8;
  data[data.length - 1] = card & 0xff;
  return data;
}
