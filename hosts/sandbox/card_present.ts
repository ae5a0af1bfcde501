/**
 * The card-present part of a confirmation: what the reader sent.
 *
 * Owns: the granted wire form. Stripe's public API has no field for chip data;
 * this is the form Holdfast's own profile sends to accounts that were granted
 * one, and the sandbox is its reference:
 *
 * | `payment_method_data[…]`            | value                               |
 * | ----------------------------------- | ----------------------------------- |
 * | `[type]`                            | `card_present`                      |
 * | `[card_present][emv_data]`          | BER-TLV from the reader, lower hex  |
 * | `[card_present][read_method]`       | `contact_emv`, `contactless_emv`    |
 * | `[card_present][offline][stored_at]`| Unix seconds of the sale            |
 * | `[card_present][offline][type]`     | `deferred`                          |
 *
 * The card number lives in the returned value only, for as long as it takes to
 * decide; nothing here is kept, logged or shown except its last four digits.
 * @module
 */
import { createHash } from "node:crypto";
import { invalidParameter, missingParameter } from "./api_error.ts";
import type { ParameterReader } from "./parameters.ts";

/** Decodes BER-TLV into values by tag, as in `9F26`; throws on bad bytes. */
export type EmvReader = (data: Uint8Array) => ReadonlyMap<string, Uint8Array>;

/** How the card was read. */
export type ReadMethod = "contact_emv" | "contactless_emv";

/** A card as presented for one payment. */
export interface PresentedCard {
  /** Primary account number; never leaves memory. */
  readonly number: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly readMethod: ReadMethod;
  /** When it was stored offline, in Unix seconds, or null when online. */
  readonly storedAt: number | null;
  /** Amount the chip signed (9F02), or null when the card has no chip data. */
  readonly amount: number | null;
  /** SHA-256 over card number, 9F36 and 9F26; null without a cryptogram. */
  readonly cryptogram: string | null;
  /** Data for the receipt. */
  readonly receipt: ChipReceipt;
}

/** Chip data that a receipt shows. */
export interface ChipReceipt {
  readonly cryptogram: string | null;
  readonly applicationId: string | null;
  readonly applicationName: string | null;
  readonly tvr: string | null;
  readonly tsi: string | null;
}

const PARAM = "payment_method_data[card_present]";
// A reader's message is at most 4,096 bytes: docs/formats.
const MAX_EMV_HEX = 8192;

/**
 * Reads `payment_method_data` of a confirmation.
 *
 * @throws {ApiFailure} 400 when the data cannot be decoded
 */
export function readCardPresent(
  data: ParameterReader,
  emv: EmvReader,
): PresentedCard {
  const type = data.requiredText("type");
  if (type !== "card_present") {
    throw invalidParameter(
      "payment_method_data[type]",
      "Invalid payment_method_data[type]: must be card_present",
    );
  }
  const fields = data.record("card_present");
  if (!fields) throw missingParameter(PARAM);
  const hex = fields.requiredText("emv_data");
  const readMethod = fields.choice("read_method", [
    "contact_emv",
    "contactless_emv",
  ]);
  if (!readMethod) throw missingParameter(`${PARAM}[read_method]`);
  const storedAt = readOffline(fields.record("offline"));
  fields.done();
  data.done();
  return { ...decodeChip(hex, emv), readMethod, storedAt };
}

function readOffline(offline: ParameterReader | undefined): number | null {
  if (!offline) return null;
  const storedAt = offline.integer("stored_at", 1);
  if (storedAt === undefined) {
    throw missingParameter(`${PARAM}[offline][stored_at]`);
  }
  if (!offline.choice("type", ["deferred"])) {
    throw missingParameter(`${PARAM}[offline][type]`);
  }
  offline.done();
  return storedAt;
}

function decodeChip(
  hex: string,
  emv: EmvReader,
): Omit<PresentedCard, "readMethod" | "storedAt"> {
  // The message names the field and never its content.
  const refusal = (what: string) =>
    invalidParameter(`${PARAM}[emv_data]`, `Invalid emv_data: ${what}`);
  if (hex.length > MAX_EMV_HEX || !/^(?:[0-9a-f]{2})+$/.test(hex)) {
    throw refusal("expected lower-case hexadecimal");
  }
  let tags: ReadonlyMap<string, Uint8Array>;
  try {
    tags = emv(fromHex(hex));
  } catch {
    throw refusal("expected BER-TLV");
  }
  const text = (tag: string) => {
    const value = tags.get(tag);
    return value ? toHex(value) : null;
  };
  const track = /^(\d{12,19})d(\d{4})/.exec(text("57") ?? "");
  const number = text("5A")?.replace(/f+$/, "") ?? track?.[1];
  if (!number || !/^\d{12,19}$/.test(number)) {
    throw refusal("no card number in 5A or 57");
  }
  const expiry = text("5F24") ?? track?.[2] ?? "";
  if (!/^\d{4}/.test(expiry)) throw refusal("no expiry date in 5F24 or 57");
  const amount = text("9F02");
  const chip = text("9F26");
  const counter = text("9F36");
  return {
    number,
    expYear: 2000 + Number(expiry.slice(0, 2)),
    expMonth: Number(expiry.slice(2, 4)),
    amount: amount && /^\d+$/.test(amount) ? Number(amount) : null,
    cryptogram: chip && counter
      ? createHash("sha256").update(`${number}|${counter}|${chip}`)
        .digest("hex")
      : null,
    receipt: {
      cryptogram: chip,
      applicationId: text("84") ?? text("4F"),
      applicationName: ascii(tags.get("9F12") ?? tags.get("50")),
      tvr: text("95"),
      tsi: text("9B"),
    },
  };
}

function ascii(bytes: Uint8Array | undefined): string | null {
  if (!bytes) return null;
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")
    .replace(/[^ -~]/g, "").trim();
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
