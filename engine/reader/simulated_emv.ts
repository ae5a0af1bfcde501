/**
 * What a kernel hands over after reading a simulated card: the EMV data objects, BER-TLV.
 *
 * Owns: that the objects of one message agree with each other and with the request, as a real
 * kernel's do: the cryptogram covers the amount, the CVM results fit the CVM list and the
 * reader, the TVR tells the same story as the dates.
 * @see EMV 4.4 Book 3, Annex A (data objects), Annex C (bit layouts); Book 2 §8.1.1
 * @module
 */
import { countryNumeric, currencyNumeric } from "../../bindings/iso_codes.ts";
import { encodeTlv, type TlvItem } from "../../bindings/tlv_encode.ts";
import type { CollectMessage } from "./messages.ts";
import type {
  CardCvm,
  SimulatedApplication,
  SimulatedCard,
} from "./simulated_cards.ts";
import { applicationCryptogram } from "./simulated_cryptogram.ts";

/** One reading of a card, everything decided. */
export interface CardReading {
  card: SimulatedCard;
  application: SimulatedApplication;
  method: "insert" | "tap";
  /** How the holder was verified; `none` means "no CVM required". */
  cvm: CardCvm;
  /** Amount with the tip, minor units. */
  totalMinor: number;
  request: CollectMessage;
  /** Application transaction counter, 1..65,535. */
  atc: number;
  /** PAN sequence number, 0..99. */
  panSequence: number;
  unpredictableNumber: Uint8Array;
  terminal: TerminalData;
}

/** What the terminal adds. */
export interface TerminalData {
  /** EMV tag 9F33, hex. */
  capabilities: string;
  serialNumber: string;
  merchantName: string;
  /** EMV tag 9F41, 1..99,999,999. */
  sequenceCounter: number;
  /** Local time of the sale, epoch milliseconds; the simulator's terminals keep UTC. */
  timeMs: number;
}

/** Master key of the simulated issuer; a test key, known to everyone. */
const ISSUER_KEY = hex("9e484652" + "00112233445566778899aabb");

/** Registered application provider of Mastercard and Maestro. */
const MASTERCARD_RID = "a000000004";

/** The data objects of a chip read, contact or contactless. */
export function chipData(reading: CardReading): Uint8Array {
  const { card, application, method, request, terminal } = reading;
  const isContact = method === "insert";
  const isMastercard = application.aid.startsWith(MASTERCARD_RID);
  const isExpired = card.expiry < yymmdd(terminal.timeMs).slice(0, 4);
  const objects: DataObjects = {
    "4f": application.aid,
    "50": ascii(application.label),
    "57": track2(card),
    "5a": packed(card.pan),
    "5f20": isContact ? ascii("CARDHOLDER/TEST") : null,
    "5f24": card.expiry + lastDay(card.expiry),
    "5f28": isoCode(countryNumeric(card.issuerCountry)),
    "5f2a": isoCode(currencyNumeric(request.currency)),
    "5f34": numeric(reading.panSequence, 2),
    // Book 3 Annex C1: DDA, CV, terminal risk management, CDA; a tap has DDA only.
    "82": isContact ? "3900" : "2000",
    "84": application.aid,
    "8e": isContact ? "0000000000000000" + CVM_LISTS[card.cvm] : null,
    "95": verificationResults(isContact, isExpired, reading.cvm),
    "9a": yymmdd(terminal.timeMs),
    // Book 3 Annex C6: ODA, CV, card and terminal risk management were performed.
    "9b": isContact ? "e800" : "0000",
    "9c": byte(request.transactionType),
    "9f02": numeric(reading.totalMinor, 12),
    "9f03": numeric(0, 12),
    "9f07": "ff80",
    "9f09": isMastercard ? "0002" : "008c",
    // Book 3 Annex C5: deny when the service is not allowed; go online for what is in default.
    "9f0d": isContact ? "b850ac8000" : null,
    "9f0e": isContact ? "0010000000" : null,
    "9f0f": isContact ? "b870bc9800" : null,
    "9f10": issuerData(application.aid, card.isRefusedByChip),
    "9f12": ascii(application.label),
    "9f1a": isoCode(countryNumeric(request.terminalCountry)),
    "9f1e": ascii(terminal.serialNumber.slice(-8).padStart(8, "0")),
    "9f21": hhmmss(terminal.timeMs),
    "9f26": null,
    // Book 3 Annex C: ARQC 80, AAC 00.
    "9f27": card.isRefusedByChip ? "00" : "80",
    "9f33": terminal.capabilities,
    "9f34": cvmResults(isContact, reading.cvm),
    // Book 4 Annex A1: attended, offline with online capability, operated by the merchant.
    "9f35": "22",
    "9f36": reading.atc.toString(16).padStart(4, "0"),
    "9f37": toHex(reading.unpredictableNumber),
    "9f39": isContact ? "05" : "07",
    "9f40": "6000f0a001",
    "9f41": numeric(terminal.sequenceCounter, 8),
    "9f4e": ascii(terminal.merchantName),
  };
  objects["9f26"] = cryptogram(reading, objects);
  return encodeObjects(objects);
}

/** The data objects of a swipe: no chip, so no cryptogram. */
export function swipeData(
  reading: Pick<
    CardReading,
    "card" | "totalMinor" | "request" | "terminal"
  >,
): Uint8Array {
  const { card, request, terminal } = reading;
  return encodeObjects({
    "57": track2(card),
    "5a": packed(card.pan),
    "5f20": ascii("CARDHOLDER/TEST"),
    "5f24": card.expiry + lastDay(card.expiry),
    "5f2a": isoCode(currencyNumeric(request.currency)),
    "9a": yymmdd(terminal.timeMs),
    "9c": byte(request.transactionType),
    "9f02": numeric(reading.totalMinor, 12),
    "9f1a": isoCode(countryNumeric(request.terminalCountry)),
    "9f1e": ascii(terminal.serialNumber.slice(-8).padStart(8, "0")),
    "9f21": hhmmss(terminal.timeMs),
    "9f33": terminal.capabilities,
    "9f35": "22",
    "9f39": "90",
    "9f40": "6000f0a001",
    "9f41": numeric(terminal.sequenceCounter, 8),
  });
}

/** Tag → value, both hex; null leaves the object out. */
type DataObjects = Record<string, string | null>;

/** Book 3 Annex C3; each rule is a CVM code and its condition, "apply next" where it may fail. */
const CVM_LISTS: Readonly<Record<CardCvm, string>> = {
  // No CVM, always.
  none: "1f00",
  // Enciphered PIN, plaintext PIN, no CVM; each if the terminal supports it.
  offline_pin: "440341031f03",
  // Online PIN if the terminal supports it, no CVM.
  online_pin: "42031f03",
};

/** Book 3 Annex C5, Table 46. */
function verificationResults(
  isContact: boolean,
  isExpired: boolean,
  cvm: CardCvm,
): string {
  const dates = isExpired ? "40" : "00";
  const holder = cvm === "online_pin" ? "04" : "00";
  // The floor limit is zero, so every contact sale exceeds it and asks for an ARQC.
  const risk = isContact ? "80" : "00";
  return `00${dates}${holder}${risk}00`;
}

/** Book 4 Annex A4. An online PIN's result is unknown to the terminal. */
function cvmResults(isContact: boolean, cvm: CardCvm): string {
  switch (cvm) {
    case "offline_pin":
      return "440302";
    case "online_pin":
      return "420300";
    case "none":
      return isContact ? "1f0302" : "1f0002";
  }
}

/** A plausible IAD: Mastercard's 18 bytes, or Visa's 7 with CVN 10; never used to decide. */
function issuerData(aid: string, isAac: boolean): string {
  const type = isAac ? "00" : "a0";
  return aid.startsWith(MASTERCARD_RID)
    ? `0110${type}0003220000000000000000000000ff`
    : `06010a03${type}0000`;
}

/** Book 2 §8.1.1, Table 26: the recommended minimum of data, in its order. */
function cryptogram(reading: CardReading, objects: DataObjects): string {
  const order = [
    "9f02",
    "9f03",
    "9f1a",
    "95",
    "5f2a",
    "9a",
    "9c",
    "9f37",
    "82",
    "9f36",
  ];
  const data = hex(order.map((tag) => objects[tag]).join(""));
  const identity = reading.card.pan + numeric(reading.panSequence, 2);
  const diversifier = hex(identity.padStart(32, "0"));
  return toHex(
    applicationCryptogram(ISSUER_KEY, diversifier, reading.atc, data),
  );
}

/** Track 2 equivalent data, at most 19 bytes (Book 3 Annex A, tag 57). */
function track2({ pan, expiry }: SimulatedCard): string {
  // Service code 201: international chip card, normal authorisation, no restrictions.
  return packed(`${pan}d${expiry}201${"0".repeat(20)}`.slice(0, 37));
}

/** BER-TLV of all objects, in ascending order of the tag. */
function encodeObjects(objects: DataObjects): Uint8Array {
  const items: TlvItem[] = [];
  for (const [tag, value] of Object.entries(objects)) {
    if (value !== null) {
      items.push({ tag: parseInt(tag, 16), value: hex(value) });
    }
  }
  return encodeTlv(items.sort((left, right) => left.tag - right.tag));
}

/** Format cn: digits left-justified, padded with F. */
function packed(digits: string): string {
  return digits.length % 2 === 0 ? digits : `${digits}f`;
}

/** Format n: digits right-justified, padded with 0. */
function numeric(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

/** A three-digit ISO code, given as BCD, in format n 3. */
function isoCode(bcd: number | undefined): string {
  if (bcd === undefined) throw new RangeError("expected a known ISO code");
  return bcd.toString(16).padStart(4, "0");
}

function byte(value: number): string {
  return value.toString(16).padStart(2, "0");
}

function ascii(text: string): string {
  return [...text].map((char) => byte(char.charCodeAt(0))).join("");
}

/** Last day of a YYMM month; a card is good through it. */
function lastDay(yymm: string): string {
  const month = Number(yymm.slice(2));
  if (month === 2) return "28";
  return [4, 6, 9, 11].includes(month) ? "30" : "31";
}

function yymmdd(timeMs: number): string {
  return isoTime(timeMs).slice(2, 10).replaceAll("-", "");
}

function hhmmss(timeMs: number): string {
  return isoTime(timeMs).slice(11, 19).replaceAll(":", "");
}

/** A pure conversion: the time itself comes from the `Clock` port. */
function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function hex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = parseInt(text.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map(byte).join("");
}
