/**
 * The readable twin of `core/emv_decide.ts` and its rules: the thirteen rules as prose in TypeScript.
 *
 * Owns: an independent statement of the decision. Works on hex strings and dates as text, has its
 * own tables; shares only the tag dictionary with the core.
 */
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { TAG_ROWS } from "../../bindings/_wasm/emv_tags.ts";
import type { DecisionRequest } from "../../bindings/emv_types.ts";
import { countryNumeric, currencyNumeric } from "../../bindings/iso_codes.ts";
import { type ReferenceNode, referenceParse } from "./ber_reference.ts";
import { hex, toHex } from "./core_instance.ts";
import {
  EEA,
  HOMES,
  INTERNATIONAL,
  referenceBrand,
  TEST_PANS,
} from "./emv_networks.ts";

/** What the twin says; the same words as the decision, flattened. */
export interface ReferenceDecision {
  decision: "refused" | "deferred" | "offline_approved" | "online_only";
  code: string;
  rule: number;
  tag: string | null;
  offset: number | null;
  bit: string | null;
  riskFlags: string[];
  card: null | {
    brand: string;
    last4: string;
    expiry: string;
    aid: string;
    cardHmac: string;
    cardTransactionHmac: string;
  };
}

class Refused extends Error {
  readonly verdict: Partial<ReferenceDecision>;
  constructor(verdict: Partial<ReferenceDecision>) {
    super(verdict.code);
    this.verdict = verdict;
  }
}

interface Found {
  offset: number;
  value: string;
}

type Fields = Map<string, Found>;

const NAMES = ["4F", "50", "9F12", "9F11", "5F2D"];

/** Decides the slow way. */
export function referenceDecide(
  data: Uint8Array,
  request: DecisionRequest,
): ReferenceDecision {
  const parsed = referenceParse(data, request.source ?? "reader");
  const base: ReferenceDecision = {
    decision: "refused",
    code: "emv_malformed",
    rule: 1,
    tag: null,
    offset: null,
    bit: null,
    riskFlags: [],
    card: null,
  };
  if (parsed.nodes === null) return { ...base, offset: parsed.offset };
  try {
    const fields = readFields(data, parsed.nodes);
    const identity = readIdentity(fields);
    base.riskFlags = riskFlags(data, parsed.nodes, fields, identity, request);
    base.card = readCard(fields, identity, request);
    const reserve = checkRules(fields, identity, request);
    if (reserve !== null) {
      return { ...base, ...reserve, decision: "online_only" };
    }
    const isApproved = fields.get("9F27")!.value[0] in
      { 4: 1, 5: 1, 6: 1, 7: 1 };
    return {
      ...base,
      decision: isApproved ? "offline_approved" : "deferred",
      code: "accepted",
      rule: 5,
      tag: "9F27",
      offset: fields.get("9F27")!.offset,
    };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { ...base, ...error.verdict };
  }
}

function readFields(data: Uint8Array, nodes: ReferenceNode[]): Fields {
  const pin = nodes.find((node) => node.tag === 0x99);
  if (pin !== undefined) {
    throw new Refused({
      code: "pin_block_present",
      tag: "99",
      offset: pin.offset,
    });
  }
  const fields: Fields = new Map();
  for (const node of nodes) {
    const row = TAG_ROWS.find(([tag]) => tag === node.tag);
    if (row === undefined) continue;
    const [tag, format, lengthMin, lengthMax, , , decides] = row;
    const name = tagName(tag);
    const value = toHex(
      data.slice(node.valueOffset, node.valueOffset + node.length),
    ).toUpperCase();
    const malformed = new Refused({ tag: name, offset: node.offset });
    if (node.length === 0) {
      if (decides && lengthMin > 0) throw malformed;
    } else {
      if (node.length < lengthMin) throw malformed;
      if (lengthMax < 255 && node.length > lengthMax) throw malformed;
      if (format === "n" && !/^[0-9]*$/.test(value)) throw malformed;
      if (format === "cn" && !/^[0-9]*F*$/.test(value)) throw malformed;
      if (["9A", "5F24", "5F25"].includes(name) && dayOf(value) === null) {
        throw malformed;
      }
    }
    if (!decides) continue;
    const isDirectory = nodes.some((outer) =>
      [0x61, 0xbf0c].includes(outer.tag) && outer.offset < node.offset &&
      node.offset < outer.valueOffset + outer.length
    );
    if (isDirectory && NAMES.includes(name)) continue;
    if (fields.has(name)) throw malformed;
    fields.set(name, { offset: node.offset, value });
  }
  return fields;
}

interface Identity {
  pan: string | null;
  trackYymm: string | null;
  trackService: string | null;
}

function readIdentity(fields: Fields): Identity {
  const pan = fields.get("5A");
  const track = fields.get("57");
  const digits = pan?.value.replace(/F+$/, "") ?? null;
  if (pan !== undefined && (digits!.length < 8 || digits!.length > 19)) {
    throw new Refused({ tag: "5A", offset: pan.offset });
  }
  if (track === undefined) {
    return { pan: digits, trackYymm: null, trackService: null };
  }
  const parts = track.value.match(
    /^([0-9]{8,19})D([0-9]{2}(?:0[1-9]|1[0-2]))([0-9]{3})[0-9]*F*$/,
  );
  if (parts === null || (digits !== null && digits !== parts[1])) {
    throw new Refused({ tag: "57", offset: track.offset });
  }
  return { pan: parts[1], trackYymm: parts[2], trackService: parts[3] };
}

function tagName(tag: number): string {
  const name = tag.toString(16).toUpperCase();
  return name.length % 2 === 0 ? name : "0" + name;
}

function year(yy: string): number {
  return Number(yy) < 50 ? 2000 + Number(yy) : 1900 + Number(yy);
}

/** Day number of YYMMDD, or null for a month or day that no calendar has. */
function dayOf(yymmdd: string): number | null {
  const month = Number(yymmdd.slice(2, 4));
  const day = Number(yymmdd.slice(4, 6));
  if (month < 1 || month > 12 || day < 1 || day > 31) return null;
  return Date.UTC(year(yymmdd.slice(0, 2)), month - 1, day) / 86400000;
}

/** Last day of the month YYMM: day 0 of the next one. */
function monthEnd(yymm: string): number {
  return Date.UTC(year(yymm.slice(0, 2)), Number(yymm.slice(2)), 0) / 86400000;
}

function chosenAid(fields: Fields): [name: string, found: Found] | null {
  for (const name of ["84", "4F", "9F06"]) {
    const found = fields.get(name);
    if (found !== undefined) return [name, found];
  }
  return null;
}

function riskFlags(
  data: Uint8Array,
  nodes: ReferenceNode[],
  fields: Fields,
  identity: Identity,
  request: DecisionRequest,
): string[] {
  const service = fields.get("5F30")?.value.slice(1) ?? identity.trackService;
  const tops = nodes.filter((node) => node.depth === 0);
  const covered = tops.reduce(
    (sum, node) => sum + node.valueOffset + node.length - node.offset,
    0,
  );
  const tvr = fields.get("95");
  const online = tvr !== undefined &&
    matchingBit(fields, "9F0F", "FFFFFFFFFF", request.policy.tacOnline);
  const flags: [string, boolean][] = [
    ["service_code_online", service !== null && "24".includes(service[1])],
    ["top_level_padding", covered < data.length],
    ["long_length", nodes.some((node) => !node.isCanonical)],
    ["no_usage_control", !fields.has("9F07")],
    ["no_cvm_results", !fields.has("9F34")],
    ["online_preferred", Boolean(online)],
    ["clock_behind", request.nowMs < request.highWaterMs],
  ];
  return flags.filter(([, isOn]) => isOn).map(([name]) => name);
}

function readCard(
  fields: Fields,
  identity: Identity,
  request: DecisionRequest,
): ReferenceDecision["card"] {
  const yymm = fields.get("5F24")?.value.slice(0, 4) ?? identity.trackYymm;
  if (identity.pan === null || yymm === null) return null;
  const aid = chosenAid(fields)?.[1].value ?? "";
  const psn = fields.get("5F34");
  const card = identity.pan.padEnd(20, "F") +
    (psn === undefined ? "0000" : "01" + psn.value);
  const atc = fields.get("9F36")?.value;
  const ac = fields.get("9F26")?.value;
  const isComplete = atc !== undefined && ac !== undefined;
  const mac = (label: string, message: string): string =>
    isComplete ? keyedHash(request.deviceKey, label, message) : "0".repeat(32);
  return {
    brand: referenceBrand(aid),
    last4: identity.pan.slice(-4),
    expiry: `${year(yymm.slice(0, 2))}-${Number(yymm.slice(2))}`,
    aid,
    cardHmac: mac("holdfast/card/v1", card),
    cardTransactionHmac: mac("holdfast/card-transaction/v1", card + atc + ac),
  };
}

function keyedHash(
  deviceKey: Uint8Array,
  label: string,
  message: string,
): string {
  const info = new TextEncoder().encode(label);
  const key = hkdf(sha256, deviceKey, new Uint8Array(0), info, 32);
  return toHex(hmac(sha256, key, hex(message))).slice(0, 32);
}

/** First TVR bit that the issuer's or the terminal's action code names, as `byte:mask`. */
function matchingBit(
  fields: Fields,
  issuerTag: string,
  absent: string,
  terminal: Uint8Array | undefined,
): string | null {
  const tvr = fields.get("95")!.value;
  const issuer = fields.get(issuerTag)?.value ?? absent;
  const tac = toHex(terminal ?? new Uint8Array(5));
  for (let byte = 0; byte < 5; byte++) {
    const at = (text: string): number =>
      parseInt(text.slice(byte * 2, byte * 2 + 2), 16);
    const matched = at(tvr) & (at(issuer) | at(tac));
    for (let mask = 0x80; mask > 0; mask >>= 1) {
      if (matched & mask) return bit(byte + 1, mask);
    }
  }
  return null;
}

function bit(byte: number, mask: number): string {
  const hex = mask.toString(16).toUpperCase().padStart(2, "0");
  return `byte ${byte} bit ${hex}`;
}

/** What only a payment asked later must fear, by code. */
const OFFLINE_ONLY = [
  "brand_not_allowed",
  "online_pin",
  "sca_required",
  "iac_default",
];

/** Throws the refusal; returns what would have refused it offline, or null. */
function checkRules(
  fields: Fields,
  identity: Identity,
  request: DecisionRequest,
): Partial<ReferenceDecision> | null {
  const reserves: Partial<ReferenceDecision>[] = [];
  const value = (tag: string): string | null => fields.get(tag)?.value ?? null;
  const byteOf = (tag: string, byte: number): number =>
    parseInt(value(tag)?.slice(byte * 2 - 2, byte * 2) ?? "", 16);
  const refuse = (
    rule: number,
    code: string,
    tag: string,
    bitName = "",
    isAtHome = false,
  ): void => {
    const offset = fields.get(tag)?.offset ?? null;
    const verdict = { rule, code, tag, offset, bit: bitName || null };
    const isForLater = isAtHome || OFFLINE_ONLY.includes(code);
    if (!request.isOnline || !isForLater) throw new Refused(verdict);
    reserves.push(verdict);
  };
  const tvrBit = (
    rule: number,
    code: string,
    byte: number,
    mask: number,
  ): void => {
    if (byteOf("95", byte) & mask) refuse(rule, code, "95", bit(byte, mask));
  };
  const digits4 = (code: number): string => code.toString(16).padStart(4, "0");
  const currency = digits4(currencyNumeric(request.currency)!);
  const country = digits4(countryNumeric(request.terminalCountry)!);
  const type = (request.transactionType ?? 0).toString(16).padStart(2, "0")
    .toUpperCase();
  const today = Math.floor(
    Math.max(request.nowMs, request.highWaterMs) / 86400000,
  );

  // Rule 2: the same sale.
  const amount = String(request.amountMinor).padStart(12, "0");
  if (value("9F02") !== amount) refuse(2, "emv_mismatch", "9F02");
  if (value("5F2A") !== currency) refuse(2, "emv_mismatch", "5F2A");
  if (value("9C") !== type) refuse(2, "emv_mismatch", "9C");
  if ((value("9F1A") ?? country) !== country) refuse(2, "emv_mismatch", "9F1A");
  if (type === "00" && !/^0*$/.test(value("9F03") ?? "")) {
    refuse(2, "emv_mismatch", "9F03");
  }
  if (value("9A") === null || Math.abs(dayOf(value("9A")!)! - today) > 1) {
    refuse(2, "emv_mismatch", "9A");
  }

  // Rule 3: a chip.
  if (!["05", "07", "95"].includes(value("9F39") ?? "")) {
    refuse(3, "swipe_or_manual", "9F39");
  }
  if (value("9F26") === null) refuse(3, "swipe_or_manual", "9F26");

  // Rules 4 and 5: its answer.
  const kind = value("9F27") === null ? 3 : byteOf("9F27", 1) >> 6;
  if (kind === 0) refuse(4, "card_declined", "9F27");
  if (kind === 3) refuse(5, "cryptogram_unknown", "9F27");

  // Rule 6: its network.
  const chosen = chosenAid(fields);
  if (chosen === null) {
    refuse(6, "network_not_offline", "84");
    return null;
  }
  const brand = referenceBrand(chosen[1].value);
  const isAtHome = HOMES[brand] === request.terminalCountry.toUpperCase();
  const isHere = INTERNATIONAL.includes(brand) ||
    (brand === "us_common_debit" && country === "0840");
  const networkCode = brand === "interac"
    ? "interac_not_supported"
    : "network_not_offline";
  if (!isHere) refuse(6, networkCode, chosen[0], "", isAtHome);
  for (const other of ["4F", "9F06"]) {
    const aid = value(other);
    if (aid === null || referenceBrand(aid) === brand) continue;
    if (!aid.startsWith(chosen[1].value) && !chosen[1].value.startsWith(aid)) {
      refuse(6, "network_not_offline", other);
    }
  }
  const allowed: readonly string[] | null = request.policy.allowedBrands;
  if (allowed !== null && !allowed.includes(brand)) {
    refuse(6, "brand_not_allowed", chosen[0]);
  }
  const pan = identity.pan;
  if (request.isLivemode && pan !== null) {
    if (TEST_PANS.some((prefix) => pan.startsWith(prefix))) {
      refuse(6, "test_card_in_livemode", fields.has("5A") ? "5A" : "57");
    }
  }

  // Rule 7: whole and in date.
  if (pan === null) refuse(7, "data_missing", "5A");
  if (value("5F24") === null && identity.trackYymm === null) {
    refuse(7, "data_missing", "5F24");
  }
  if (value("9F36") === null) refuse(7, "data_missing", "9F36");
  if (value("95") === null) refuse(7, "data_missing", "95");
  if (value("5F24") !== null) {
    if (dayOf(value("5F24")!)! < today) refuse(7, "expired", "5F24");
  } else if (monthEnd(identity.trackYymm!) < today) {
    refuse(7, "expired", "57");
  }
  tvrBit(7, "expired", 2, 0x40);
  if (value("5F25") !== null && dayOf(value("5F25")!)! > today) {
    refuse(7, "not_effective", "5F25");
  }
  tvrBit(7, "not_effective", 2, 0x20);

  // Rule 8: allowed here and for this.
  tvrBit(8, "service_not_allowed", 2, 0x10);
  if (value("9F07") !== null) checkUsage();
  function checkUsage(): void {
    const [first, second] = [byteOf("9F07", 1), byteOf("9F07", 2)];
    const needs = (byte: number, usage: number, mask: number): void => {
      if (usage & mask) return;
      const highest = 2 ** Math.floor(Math.log2(mask));
      refuse(8, "service_not_allowed", "9F07", bit(byte, highest));
    };
    needs(1, first, 0x01);
    if (value("5F28") === null) return;
    const isDomestic = value("5F28") === country;
    const isCash = type === "01" || type === "17";
    if (isCash) needs(1, first, isDomestic ? 0x80 : 0x40);
    else needs(1, first, isDomestic ? 0x20 | 0x08 : 0x10 | 0x04);
    if (type === "09") needs(2, second, isDomestic ? 0x80 : 0x40);
  }

  // Rule 9: what already failed.
  for (const mask of [0x40, 0x08, 0x04]) tvrBit(9, "auth_failed", 1, mask);
  tvrBit(9, "auth_failed", 4, 0x01);
  tvrBit(9, "exception_file", 1, 0x10);
  for (const mask of [0x80, 0x20]) tvrBit(9, "cvm_failed", 3, mask);
  if (byteOf("9F34", 3) === 1) refuse(9, "cvm_failed", "9F34");

  // Rule 10: online PIN.
  const method = value("9F34") === null ? null : byteOf("9F34", 1) & 0x3f;
  if (method !== null) {
    if ([0x02, 0x07, 0x09, 0x0b, 0x0d, 0x0f].includes(method)) {
      refuse(10, "online_pin", "9F34");
    }
  } else if (brand === "visa" && value("9F6C")?.length === 4) {
    if (byteOf("9F6C", 1) & 0x80 && !(byteOf("9F6C", 2) & 0x80)) {
      refuse(10, "online_pin", "9F6C", bit(1, 0x80));
    }
  }
  tvrBit(10, "online_pin", 3, 0x04);

  // Rule 11: strong authentication.
  if (EEA.includes(request.terminalCountry.toUpperCase())) {
    if (value("9F39") !== "05") refuse(11, "sca_required", "9F39");
    const isPin = method !== null && [0x01, 0x03, 0x04, 0x05].includes(method);
    if (!isPin || byteOf("9F34", 3) !== 2) refuse(11, "sca_required", "9F34");
    if (value("9B") === null) refuse(11, "sca_required", "9B");
    if (!(byteOf("9B", 1) & 0x40)) {
      refuse(11, "sca_required", "9B", bit(1, 0x40));
    }
  }

  // Rule 12: action codes.
  const { policy } = request;
  const denied = matchingBit(fields, "9F0E", "0000000000", policy.tacDenial);
  if (denied !== null) refuse(12, "iac_denied", "95", denied);
  if (policy.respectIacDefault ?? kind === 1) {
    const codes = matchingBit(fields, "9F0D", "FFFFFFFFFF", policy.tacDefault);
    if (codes !== null) refuse(12, "iac_default", "95", codes);
  }
  return reserves[0] ?? null;
}
