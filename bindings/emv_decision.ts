/**
 * From the core's decision record to plain objects.
 *
 * Owns: the reading of the record and the words for its numbers. Spans are read from the
 * caller's message, so nothing here looks at card data in the core's memory.
 * @module
 */
import {
  EMV_CODE_EMV_MISMATCH,
  EMV_DECISION_AID,
  EMV_DECISION_BRAND,
  EMV_DECISION_BYTE,
  EMV_DECISION_CARD_HMAC,
  EMV_DECISION_CID,
  EMV_DECISION_CODE,
  EMV_DECISION_CODE_TABLE,
  EMV_DECISION_CRYPTOGRAM,
  EMV_DECISION_CVM,
  EMV_DECISION_DF_NAME,
  EMV_DECISION_ENTRY_MODE,
  EMV_DECISION_EXPIRY_MONTH,
  EMV_DECISION_EXPIRY_YEAR,
  EMV_DECISION_HAS_CARD,
  EMV_DECISION_LABEL,
  EMV_DECISION_LANGUAGES,
  EMV_DECISION_LAST4,
  EMV_DECISION_MASK,
  EMV_DECISION_OFFSET,
  EMV_DECISION_OUTCOME,
  EMV_DECISION_PREFERRED_NAME,
  EMV_DECISION_RISK,
  EMV_DECISION_RULE,
  EMV_DECISION_STATUS,
  EMV_DECISION_TAG,
  EMV_DECISION_TRANSACTION_HMAC,
  EMV_DECISION_TSI,
  EMV_DECISION_TVR,
} from "./_wasm/abi.ts";
import { statusName } from "./core_module.ts";
import { bitName } from "./emv_bits.ts";
import { BRANDS, DECISION_CODES, OUTCOMES, RISK_FLAGS } from "./emv_types.ts";
import type {
  CardFacts,
  CvmMethod,
  Decision,
  DecisionExplanation,
  DecisionRequest,
  ReadMethod,
} from "./emv_types.ts";
import { countryNumeric, currencyNumeric } from "./iso_codes.ts";
import { tagHex } from "./tlv.ts";

/** "No offset" in a record. */
const NO_OFFSET = 0xffff;
const HMAC_BYTES = 16;

/** Reads the record at `at` of the core's memory; `data` and `request` are what it answers. */
export function readDecision(
  bytes: Uint8Array,
  at: number,
  data: Uint8Array,
  request: DecisionRequest,
): Decision {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  const hasCard = view.getUint8(EMV_DECISION_HAS_CARD) === 1;
  return {
    decision: OUTCOMES[view.getUint8(EMV_DECISION_OUTCOME)],
    code: DECISION_CODES[view.getUint8(EMV_DECISION_CODE)],
    explanation: readExplanation(view, data, request),
    card: hasCard ? readCard(view, data) : null,
  };
}

function readExplanation(
  view: DataView,
  data: Uint8Array,
  request: DecisionRequest,
): DecisionExplanation {
  const tag = view.getUint32(EMV_DECISION_TAG, true);
  const offset = view.getUint16(EMV_DECISION_OFFSET, true);
  const byte = view.getUint8(EMV_DECISION_BYTE);
  const mask = view.getUint8(EMV_DECISION_MASK);
  const status = view.getInt16(EMV_DECISION_STATUS, true);
  const flags = view.getUint16(EMV_DECISION_RISK, true);
  const isMismatch = view.getUint8(EMV_DECISION_CODE) === EMV_CODE_EMV_MISMATCH;
  return {
    rule: view.getUint8(EMV_DECISION_RULE),
    tag: tag === 0 ? null : tagHex(tag),
    offset: offset === NO_OFFSET ? null : offset,
    ...(byte === 0 ? {} : { bit: bitName(tag, byte, mask) }),
    ...(isMismatch ? mismatch(tag, offset, data, request) : {}),
    ...(status === 0 ? {} : { status: statusName(status) }),
    riskFlags: RISK_FLAGS.filter((_, bit) => (flags & (1 << bit)) !== 0),
  };
}

/** Expected and actual value of the objects of rule 2, none of which is card data. */
function mismatch(
  tag: number,
  offset: number,
  data: Uint8Array,
  request: DecisionRequest,
): { expected?: string; actual?: string } {
  const three = (code: number | undefined): string =>
    (code ?? 0).toString(16).padStart(4, "0");
  const expected: Record<number, string> = {
    0x9f02: String(request.amountMinor).padStart(12, "0"),
    0x5f2a: three(currencyNumeric(request.currency)),
    0x9c: (request.transactionType ?? 0).toString(16).padStart(2, "0"),
    0x9f1a: three(countryNumeric(request.terminalCountry)),
    0x9f03: "0".repeat(12),
  };
  const value: { expected?: string; actual?: string } = {};
  if (tag in expected) value.expected = expected[tag];
  if (offset !== NO_OFFSET) {
    // Lengths of these objects were checked: the length field is short or 81 or 82.
    const tagLength = tag > 0xff ? 2 : 1;
    const form = data[offset + tagLength];
    const extra = form > 0x80 ? form - 0x80 : 0;
    const at = offset + tagLength + 1 + extra;
    const length = form > 0x80 ? data[at - 1] : form;
    value.actual = hexOf(data.subarray(at, at + length)).toLowerCase();
  }
  return value;
}

function readCard(view: DataView, data: Uint8Array): CardFacts {
  const span = (at: number): Uint8Array => {
    const offset = view.getUint16(at, true);
    return data.subarray(offset, offset + view.getUint16(at + 2, true));
  };
  const hexAt = (at: number): string | null => hexOf(span(at)) || null;
  return {
    brand: BRANDS[view.getUint8(EMV_DECISION_BRAND)],
    last4: ascii(ownedBytes(view, EMV_DECISION_LAST4, 4)),
    expiryMonth: view.getUint8(EMV_DECISION_EXPIRY_MONTH),
    expiryYear: view.getUint16(EMV_DECISION_EXPIRY_YEAR, true),
    aid: hexOf(span(EMV_DECISION_AID)),
    applicationLabel: printable(span(EMV_DECISION_LABEL), 1),
    applicationPreferredName: printable(
      span(EMV_DECISION_PREFERRED_NAME),
      view.getUint8(EMV_DECISION_CODE_TABLE),
    ),
    preferredLocales: locales(span(EMV_DECISION_LANGUAGES)),
    readMethod: readMethodOf(view.getUint8(EMV_DECISION_ENTRY_MODE)),
    cvm: cvmOf(view.getUint8(EMV_DECISION_CVM)),
    cardHmac: ownedBytes(view, EMV_DECISION_CARD_HMAC, HMAC_BYTES),
    cardTransactionHmac: ownedBytes(
      view,
      EMV_DECISION_TRANSACTION_HMAC,
      HMAC_BYTES,
    ),
    receipt: {
      dedicatedFileName: hexAt(EMV_DECISION_DF_NAME),
      applicationCryptogram: hexAt(EMV_DECISION_CRYPTOGRAM),
      terminalVerificationResults: hexAt(EMV_DECISION_TVR),
      transactionStatusInformation: hexAt(EMV_DECISION_TSI),
      cryptogramType: cryptogramOf(view.getUint8(EMV_DECISION_CID)),
    },
  };
}

function ownedBytes(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length).slice();
}

/** Two digits for each byte; a table, because a receipt needs forty of them. */
const HEX = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).toUpperCase().padStart(2, "0"),
);

function hexOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at++) text += HEX[bytes[at]];
  return text;
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Text without control characters; `table` is 9F11, the part number of ISO/IEC 8859. */
function printable(bytes: Uint8Array, table: number): string | null {
  if (bytes.length === 0) return null;
  const isAscii = bytes.every((byte) => byte < 0x80);
  // ISO/IEC 8859-12 does not exist; 9F11 is BCD, so part 10 arrives as 0x10.
  const part = (table >> 4) * 10 + (table & 15);
  if (!isAscii && (part < 1 || part > 16 || part === 12)) return null;
  const text = isAscii
    ? ascii(bytes)
    : new TextDecoder(`iso-8859-${part}`).decode(bytes);
  return text.replace(/\p{Cc}/gu, "").trim() || null;
}

/** 5F2D: up to four ISO 639-1 codes, best first; case is the issuer's habit. */
function locales(bytes: Uint8Array): string[] {
  return (ascii(bytes).match(/.{2}/gs) ?? [])
    .filter((code) => /^[a-z]{2}$/i.test(code))
    .map((code) => code.toLowerCase());
}

function readMethodOf(entryMode: number): ReadMethod {
  switch (entryMode) {
    case 0x05:
    case 0x95:
      return "contact_emv";
    case 0x07:
      return "contactless_emv";
    case 0x91:
      return "contactless_magstripe_mode";
    case 0x80:
      return "magnetic_stripe_fallback";
    case 0x02:
    case 0x90:
      return "magnetic_stripe_track2";
    case 0x01:
      return "manual_entry";
    default:
      return "unknown";
  }
}

/** EMV 4.4 Book 3 Annex C3 and Book 4 Annex A4; bit 40 only says what to do on failure. */
function cvmOf(result: number): CvmMethod {
  if (result === 0xff) return "unknown";
  const method = result & 0x3f;
  switch (method) {
    case 0x00:
      return "failure";
    case 0x01:
    case 0x04:
      return "offline_pin";
    case 0x02:
      return "online_pin";
    case 0x03:
    case 0x05:
      return "offline_pin_and_signature";
    case 0x1e:
      return "signature";
    case 0x1f:
      return "none";
    case 0x3f:
      return "no_cvm_performed";
    default:
      return method >= 0x06 && method <= 0x0f ? "biometric" : "unknown";
  }
}

function cryptogramOf(cid: number): "aac" | "tc" | "arqc" | "unknown" {
  return (["aac", "tc", "arqc", "unknown"] as const)[cid >> 6];
}
