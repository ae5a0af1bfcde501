/**
 * What authorises a payment now and is on no disk.
 *
 * Owns: the card data of payments that must not be stored, and PIN blocks, which may never be
 * (PCI DSS 3.3.1.3). They live from the decision until the app has its answer and are wiped then;
 * what is left of the payment is a row that can be looked up and canceled, and nothing that could
 * charge it. The reader's PIN is asked for by whoever waits for the answer, not from here.
 * @module
 */
import type { PaymentError } from "../payment.ts";
import type { OnlinePin } from "../reader/messages.ts";

/** What is at hand for one payment. */
export interface CardAtHand {
  /** The sealed record, when it is not on disk; else null. */
  record: Uint8Array | null;
  /** What the customer entered for the issuer, or null. */
  pin: OnlinePin | null;
  /** Whether the reader can still be asked for a PIN. */
  mayAskPin: boolean;
}

/** The issuer wants a PIN and leaves it open where it is verified: for a tap, online. */
const PIN_WANTED = "online_or_offline_pin_required";

interface Entry extends CardAtHand {
  isPinWanted: boolean;
  isPinSent: boolean;
}

/** Cards at hand, by row. */
export class CardsAtHand {
  readonly #entries = new Map<number, Entry>();

  /** Takes over what is needed to ask the issuer now. */
  put(rowId: number, card: CardAtHand): void {
    this.#entries.set(rowId, { ...card, isPinWanted: false, isPinSent: false });
  }

  /** What is at hand, or null. */
  get(rowId: number): CardAtHand | null {
    return this.#entries.get(rowId) ?? null;
  }

  /** Wipes the PIN and forgets the record, which a call under way may hold; safe to repeat. */
  drop(rowId: number): void {
    wipePin(this.#entries.get(rowId)?.pin ?? null);
    this.#entries.delete(rowId);
  }

  /** A copy of the PIN, on its way to the issuer from now on; the caller wipes it. */
  sendPin(rowId: number): OnlinePin | null {
    const entry = this.#entries.get(rowId);
    if (entry === undefined || entry.pin === null) return null;
    entry.isPinSent = true;
    return copyPin(entry.pin);
  }

  /** Whether a PIN was entered that the issuer has not seen: a refusal without it is no outcome. */
  isPinFresh(rowId: number): boolean {
    const entry = this.#entries.get(rowId);
    return entry !== undefined && entry.pin !== null && !entry.isPinSent;
  }

  /** Whether this refusal asks for a PIN that can be had; noted for {@link isPinWanted}. */
  wantsPin(rowId: number, { declineCode }: PaymentError): boolean {
    const entry = this.#entries.get(rowId);
    if (entry === undefined || !entry.mayAskPin) return false;
    entry.isPinWanted = declineCode === PIN_WANTED;
    return entry.isPinWanted;
  }

  /** Whether forwarding stands still until {@link answerPin}. */
  isPinWanted(rowId: number): boolean {
    return this.#entries.get(rowId)?.isPinWanted ?? false;
  }

  /** The PIN, or null when there is none; it is asked for once. */
  answerPin(rowId: number, pin: OnlinePin | null): void {
    const entry = this.#entries.get(rowId);
    if (entry === undefined) return wipePin(pin);
    entry.isPinWanted = false;
    entry.mayAskPin = false;
    entry.pin = pin;
  }
}

/** Copies a PIN block. */
export function copyPin({ block, keySerial }: OnlinePin): OnlinePin {
  return { block: block.slice(), keySerial: keySerial.slice() };
}

/** Overwrites a PIN block. */
export function wipePin(pin: OnlinePin | null): void {
  pin?.block.fill(0);
}
