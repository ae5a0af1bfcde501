/**
 * The card-present part of a confirmation: what the reader sent.
 *
 * Owns: the granted wire form. Stripe's public API has no field for chip data;
 * this is the form Holdfast's own profile sends to accounts that were granted
 * one, and the sandbox is its reference:
 *
 * | `payment_method_data[…]`            | value                               |
 * | ----------------------------------- | ----------------------------------- |
 * | `[type]`                            | `card_present`, `interac_present`   |
 * | `[card_present][emv_data]`          | BER-TLV from the reader, lower hex  |
 * | `[card_present][read_method]`       | `contact_emv`, `contactless_emv`    |
 * | `[card_present][online_pin][block]` | enciphered PIN block, lower hex     |
 * | `[card_present][online_pin][key_serial]`| its key serial number           |
 * | `[card_present][offline][stored_at]`| Unix seconds of the sale            |
 * | `[card_present][offline][type]`     | `deferred`                          |
 *
 * The second level is called as `[type]` says. An offline payment has no PIN
 * block and is never Interac.
 *
 * The card number lives in the returned value only, for as long as it takes to
 * decide; nothing here is kept, logged or shown except its last four digits.
 * @module
 */
import { createHash } from "node:crypto";
import { invalidParameter, missingParameter } from "./api_error.ts";
import { openPin } from "./online_pin.ts";
import type { ParameterReader } from "./parameters.ts";

/** Decodes BER-TLV into values by tag, as in `9F26`; throws on bad bytes. */
export type EmvReader = (data: Uint8Array) => ReadonlyMap<string, Uint8Array>;

/** How the card was read. */
export type ReadMethod = "contact_emv" | "contactless_emv";

/** Kinds of cards, as Stripe calls them. */
export const CARD_TYPES = ["card_present", "interac_present"] as const;

/** What became of the card holder's PIN. */
export type PinState =
  /** None came. */
  | "none"
  /** The chip's CVM results say that the issuer checks it, and none came. */
  | "missing"
  | "right"
  | "wrong";

/** A card as presented for one payment. */
export interface PresentedCard {
  readonly type: typeof CARD_TYPES[number];
  readonly pin: PinState;
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
  data.requiredText("type");
  const type = data.choice("type", CARD_TYPES)!;
  const param = `payment_method_data[${type}]`;
  const fields = data.record(type);
  if (!fields) throw missingParameter(param);
  const hex = fields.requiredText("emv_data");
  const readMethod = fields.choice("read_method", [
    "contact_emv",
    "contactless_emv",
  ]);
  if (!readMethod) throw missingParameter(`${param}[read_method]`);
  const storedAt = readOffline(fields.record("offline"), param);
  const pin = readPin(fields.record("online_pin"));
  fields.done();
  data.done();
  const { isPinOnline, ...chip } = decodeChip(hex, emv, param);
  checkKind(type, chip, storedAt, pin, param);
  return {
    ...chip,
    type,
    readMethod,
    storedAt,
    pin: pin !== null
      ? openPin(pin.block, pin.keySerial, chip.number)
      : isPinOnline
      ? "missing"
      : "none",
  };
}

/** Interac is Interac's own application, and neither it nor a PIN can be deferred. */
function checkKind(
  type: PresentedCard["type"],
  { receipt }: Pick<PresentedCard, "receipt">,
  storedAt: number | null,
  pin: object | null,
  param: string,
): void {
  const isInterac = receipt.applicationId?.startsWith(INTERAC_RID) ?? false;
  if (isInterac !== (type === "interac_present")) {
    throw invalidParameter(
      "payment_method_data[type]",
      isInterac
        ? "An Interac application is presented as interac_present."
        : "This card's application is not Interac.",
    );
  }
  if (storedAt !== null && (isInterac || pin !== null)) {
    throw invalidParameter(
      `${param}[offline]`,
      "Interac and online PIN cannot be deferred.",
    );
  }
}

function readPin(
  fields: ParameterReader | undefined,
): { block: string; keySerial: string } | null {
  if (!fields) return null;
  const block = fields.requiredText("block");
  const keySerial = fields.requiredText("key_serial");
  fields.done();
  return { block, keySerial };
}

function readOffline(
  offline: ParameterReader | undefined,
  param: string,
): number | null {
  if (!offline) return null;
  const storedAt = offline.integer("stored_at", 1);
  if (storedAt === undefined) {
    throw missingParameter(`${param}[offline][stored_at]`);
  }
  if (!offline.choice("type", ["deferred"])) {
    throw missingParameter(`${param}[offline][type]`);
  }
  offline.done();
  return storedAt;
}

/** Registered application provider of Interac. */
const INTERAC_RID = "a000000277";

function decodeChip(
  hex: string,
  emv: EmvReader,
  param: string,
):
  & Omit<PresentedCard, "type" | "pin" | "readMethod" | "storedAt">
  & { isPinOnline: boolean } {
  // The message names the field and never its content.
  const refusal = (what: string) =>
    invalidParameter(`${param}[emv_data]`, `Invalid emv_data: ${what}`);
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
    // 9F34, EMV 4.4 Book 3 Annex C3: method 02, enciphered PIN verified online.
    isPinOnline: ((tags.get("9F34")?.[0] ?? 0) & 0x3f) === 0x02,
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
