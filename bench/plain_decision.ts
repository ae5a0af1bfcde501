/**
 * The same parse and decision in plain TypeScript, written for speed: the honest baseline.
 *
 * Owns: a flat walk without an object per node, a Map from tag to rules, and the rules on bytes.
 * No HMAC, no explanation, no risk flags, no card facts, none of the few rules that
 * `bench/parse_bench.ts` names; for every other row of the tests' table that file checks that
 * the code is the core's.
 */
import { TAG_ROWS } from "../bindings/_wasm/emv_tags.ts";
import type { DecisionRequest } from "../bindings/emv_types.ts";
import { countryNumeric, currencyNumeric } from "../bindings/iso_codes.ts";
import { referenceBrand } from "../tests/reference/emv_networks.ts";

/** Four numbers a node: tag, offset of the value, length, depth. */
const FLAT = new Uint32Array(512 * 4);
const ends = new Uint32Array(9);

/** Reads a message of a reader into FLAT; the number of nodes, or a negative offset - 1. */
export function flatWalk(data: Uint8Array): number {
  let at = 0, end = data.length, depth = 0, count = 0;
  if (end > 4096) return -1;
  for (;;) {
    if (at === end) {
      if (depth === 0) return count;
      end = ends[--depth];
      continue;
    }
    const first = data[at];
    if (first === 0) {
      at++;
      continue;
    }
    if (count === 512) return -1 - at;
    let tag = first;
    let here = at + 1;
    if ((first & 0x1f) === 0x1f) {
      let more = 0x80;
      while (more & 0x80) {
        if (here - at === 4 || here === end) return -1 - at;
        more = data[here++];
        tag = (tag << 8 | more) >>> 0;
      }
    }
    if (here === end) return -1 - here;
    let length = data[here++];
    if (length >= 0x80) {
      const extra = length - 0x80;
      if (extra === 0 || extra > 2 || extra > end - here) return -here;
      length = extra === 1 ? data[here] : data[here] << 8 | data[here + 1];
      here += extra;
    }
    if (length > end - here) return -1 - at;
    if (tag === 0x90 && length === 0 && depth === 0 && here === end && count) {
      return -1 - at;
    }
    const slot = count++ << 2;
    FLAT[slot] = tag;
    FLAT[slot + 1] = here;
    FLAT[slot + 2] = length;
    FLAT[slot + 3] = depth;
    if (first & 0x20 && length > 0) {
      if (depth === 8) return -1 - at;
      ends[depth] = end;
      depth++;
      end = here + length;
      at = here;
    } else {
      at = here + length;
    }
  }
}

/** One object per node, as most TypeScript would do it. */
export function objectWalk(
  data: Uint8Array,
): { tag: number; at: number; length: number; depth: number }[] {
  const count = flatWalk(data);
  const nodes = new Array(Math.max(0, count));
  for (let index = 0; index < count; index++) {
    const slot = index << 2;
    nodes[index] = {
      tag: FLAT[slot],
      at: FLAT[slot + 1],
      length: FLAT[slot + 2],
      depth: FLAT[slot + 3],
    };
  }
  return nodes;
}

interface Rule {
  field: number;
  min: number;
  max: number;
  format: string;
}

const RULES = new Map<number, Rule>();
const FIELD: Record<string, number> = {};
for (const [tag, format, min, max, , , decides] of TAG_ROWS) {
  const field = decides ? Object.keys(FIELD).length + 1 : 0;
  if (decides) FIELD[tag.toString(16).toUpperCase()] = field;
  RULES.set(tag, { field, min, max, format });
}
const F = FIELD;
const places = new Int32Array(64);
const lengths = new Int32Array(64);

/** What a request is to the rules; made once, as an application would. */
export interface PlainRequest {
  amount: number;
  currency: number;
  country: number;
  isEea: boolean;
  type: number;
  day: number;
  isLivemode: boolean;
}

const EEA = new Set(
  ("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK " +
    "SI ES SE IS LI NO").split(" "),
);

/** Prepares a request. */
export function plainRequest(request: DecisionRequest): PlainRequest {
  return {
    amount: request.amountMinor,
    currency: currencyNumeric(request.currency)!,
    country: countryNumeric(request.terminalCountry)!,
    isEea: EEA.has(request.terminalCountry.toUpperCase()),
    type: request.transactionType ?? 0,
    day: Math.floor(Math.max(request.nowMs, request.highWaterMs) / 86_400_000),
    isLivemode: request.isLivemode,
  };
}

function isBcd(data: Uint8Array, at: number, length: number): boolean {
  for (let index = at; index < at + length; index++) {
    if (data[index] > 0x99 || (data[index] & 15) > 9) return false;
  }
  return true;
}

function isCn(data: Uint8Array, at: number, length: number): boolean {
  let isPadding = false;
  for (let index = 0; index < length * 2; index++) {
    const digit = nibble(data, at, index);
    if (isPadding ? digit !== 15 : digit > 9 && digit !== 15) return false;
    isPadding = digit === 15;
  }
  return true;
}

function nibble(data: Uint8Array, at: number, index: number): number {
  const byte = data[at + (index >> 1)];
  return index & 1 ? byte & 15 : byte >> 4;
}

const bcd = (byte: number): number => (byte >> 4) * 10 + (byte & 15);

function dayOf(data: Uint8Array, at: number): number {
  const year = bcd(data[at]);
  const month = bcd(data[at + 1]);
  const day = bcd(data[at + 2]);
  if (month < 1 || month > 12 || day < 1 || day > 31) return NaN;
  return Date.UTC(year < 50 ? 2000 + year : 1900 + year, month - 1, day) /
    86_400_000;
}

const brands = new Map<string, string>();

/** Brand by a cache on the AID's text, which is what plain code would do. */
function brandOf(data: Uint8Array, at: number, length: number): string {
  let text = "";
  for (let index = at; index < at + length; index++) {
    text += String.fromCharCode(data[index]);
  }
  let brand = brands.get(text);
  if (brand === undefined) {
    const hex = Array.from(
      text,
      (c) => c.charCodeAt(0).toString(16).padStart(2, "0"),
    );
    brand = referenceBrand(hex.join("").toUpperCase());
    brands.set(text, brand);
  }
  return brand;
}

/** The code of the decision, for deferred messages under a policy without action codes. */
export function plainDecide(data: Uint8Array, request: PlainRequest): string {
  const count = flatWalk(data);
  if (count < 0) return "emv_malformed";
  places.fill(-1);
  for (let index = 0; index < count; index++) {
    const slot = index << 2;
    const tag = FLAT[slot];
    const rule = RULES.get(tag);
    if (rule === undefined) continue;
    if (tag === 0x99) return "pin_block_present";
    const at = FLAT[slot + 1];
    const length = FLAT[slot + 2];
    if (length === 0) {
      if (rule.field !== 0 && rule.min > 0) return "emv_malformed";
    } else {
      if (length < rule.min) return "emv_malformed";
      if (length > rule.max && rule.max !== 255) return "emv_malformed";
      if (rule.format === "n" && !isBcd(data, at, length)) {
        return "emv_malformed";
      }
      if (rule.format === "cn" && !isCn(data, at, length)) {
        return "emv_malformed";
      }
    }
    if (rule.field === 0) continue;
    if (places[rule.field] >= 0) return "emv_malformed";
    places[rule.field] = at;
    lengths[rule.field] = length;
  }
  for (const field of [F["9A"], F["5F24"], F["5F25"]]) {
    if (places[field] >= 0 && Number.isNaN(dayOf(data, places[field]))) {
      return "emv_malformed";
    }
  }
  return plainRules(data, request);
}

function byteOf(data: Uint8Array, field: number, index: number): number {
  return places[field] < 0 ? -1 : data[places[field] + index];
}

function wordOf(data: Uint8Array, field: number): number {
  const at = places[field];
  return at < 0 ? -1 : data[at] << 8 | data[at + 1];
}

function plainRules(data: Uint8Array, request: PlainRequest): string {
  return checkPan(data) || checkSale(data, request) || checkChip(data) ||
    checkCard(data, request) || checkHolder(data, request) || "accepted";
}

/** An empty text means that nothing is wrong, here and below. */
function checkPan(data: Uint8Array): string {
  const panAt = places[F["5A"]];
  const trackAt = places[F["57"]];
  let digits = 0;
  if (panAt >= 0) {
    const total = lengths[F["5A"]] * 2;
    while (digits < total && nibble(data, panAt, digits) < 10) digits++;
    if (digits < 8 || digits > 19) return "emv_malformed";
  }
  if (trackAt >= 0) {
    const total = lengths[F["57"]] * 2;
    let at = 0;
    while (at < total && nibble(data, trackAt, at) < 10) at++;
    if (at < 8 || at > 19 || at === total || nibble(data, trackAt, at) !== 13) {
      return "emv_malformed";
    }
    for (let index = 0; panAt >= 0 && index < Math.max(at, digits); index++) {
      if (nibble(data, trackAt, index) !== nibble(data, panAt, index)) {
        return "emv_malformed";
      }
    }
    digits = at++;
    let rest = at;
    while (rest < total && nibble(data, trackAt, rest) < 10) rest++;
    if (rest - at < 7) return "emv_malformed";
    while (rest < total) {
      if (nibble(data, trackAt, rest++) !== 15) return "emv_malformed";
    }
    const month = nibble(data, trackAt, at + 2) * 10 +
      nibble(data, trackAt, at + 3);
    if (month < 1 || month > 12) return "emv_malformed";
  }
  return "";
}

function checkSale(data: Uint8Array, request: PlainRequest): string {
  let amount = 0;
  if (places[F["9F02"]] < 0) return "emv_mismatch";
  for (let index = 0; index < 6; index++) {
    amount = amount * 100 + bcd(byteOf(data, F["9F02"], index));
  }
  if (amount !== request.amount) return "emv_mismatch";
  if (wordOf(data, F["5F2A"]) !== request.currency) return "emv_mismatch";
  if (byteOf(data, F["9C"], 0) !== request.type) return "emv_mismatch";
  const country = wordOf(data, F["9F1A"]);
  if (country >= 0 && country !== request.country) return "emv_mismatch";
  if (request.type === 0 && places[F["9F03"]] >= 0) {
    for (let index = 0; index < 6; index++) {
      if (byteOf(data, F["9F03"], index) !== 0) return "emv_mismatch";
    }
  }
  if (places[F["9A"]] < 0) return "emv_mismatch";
  if (Math.abs(dayOf(data, places[F["9A"]]) - request.day) > 1) {
    return "emv_mismatch";
  }
  return "";
}

function checkChip(data: Uint8Array): string {
  const mode = byteOf(data, F["9F39"], 0);
  if (mode !== 0x05 && mode !== 0x07 && mode !== 0x95) return "swipe_or_manual";
  if (places[F["9F26"]] < 0) return "swipe_or_manual";
  const cid = byteOf(data, F["9F27"], 0) & 0xc0;
  if (places[F["9F27"]] >= 0 && cid === 0) return "card_declined";
  if (cid === 0xc0) return "cryptogram_unknown";
  let chosen = F["84"];
  if (places[chosen] < 0) chosen = F["4F"];
  if (places[chosen] < 0) chosen = F["9F06"];
  if (places[chosen] < 0) return "network_not_offline";
  const brand = brandOf(data, places[chosen], lengths[chosen]);
  switch (brand) {
    case "interac":
      return "interac_not_supported";
    case "visa":
    case "mastercard":
    case "amex":
    case "discover":
    case "jcb":
    case "unionpay":
    case "maestro":
      break;
    default:
      return "network_not_offline";
  }
  if (places[F["9F06"]] >= 0 && chosen !== F["9F06"]) {
    const other = brandOf(data, places[F["9F06"]], lengths[F["9F06"]]);
    if (other !== brand) return "network_not_offline";
  }
  return "";
}

function checkCard(data: Uint8Array, request: PlainRequest): string {
  if ((places[F["5A"]] < 0 && places[F["57"]] < 0) || places[F["9F36"]] < 0) {
    return "data_missing";
  }
  const tvr = places[F["95"]];
  if (tvr < 0) return "data_missing";
  if (places[F["5F24"]] < 0) return "data_missing";
  if (dayOf(data, places[F["5F24"]]) < request.day) return "expired";
  if (data[tvr + 1] & 0x40) return "expired";
  if (places[F["5F25"]] >= 0) {
    if (dayOf(data, places[F["5F25"]]) > request.day) return "not_effective";
  }
  if (data[tvr + 1] & 0x20) return "not_effective";
  if (data[tvr + 1] & 0x10) return "service_not_allowed";
  if (places[F["9F07"]] >= 0) {
    const usage = byteOf(data, F["9F07"], 0);
    if (!(usage & 1)) return "service_not_allowed";
    const issuer = wordOf(data, F["5F28"]);
    const needed = issuer === request.country ? 0x28 : 0x14;
    if (issuer >= 0 && !(usage & needed)) return "service_not_allowed";
  }
  return "";
}

function checkHolder(data: Uint8Array, request: PlainRequest): string {
  const tvr = places[F["95"]];
  const mode = byteOf(data, F["9F39"], 0);
  if (data[tvr] & 0x4c || data[tvr + 3] & 1) return "auth_failed";
  if (data[tvr] & 0x10) return "exception_file";
  if (data[tvr + 2] & 0xa0 || byteOf(data, F["9F34"], 2) === 1) {
    return "cvm_failed";
  }
  const method = byteOf(data, F["9F34"], 0) & 0x3f;
  const hasMethod = places[F["9F34"]] >= 0;
  if (hasMethod && (method === 2 || method > 6 && method < 16 && method & 1)) {
    return "online_pin";
  }
  if (data[tvr + 2] & 0x04) return "online_pin";
  if (request.isEea) {
    const isPin = hasMethod && method >= 1 && method <= 5 && method !== 2;
    if (mode !== 0x05 || !isPin || byteOf(data, F["9F34"], 2) !== 2) {
      return "sca_required";
    }
    if (places[F["9B"]] < 0 || !(byteOf(data, F["9B"], 0) & 0x40)) {
      return "sca_required";
    }
  }
  if (places[F["9F0E"]] >= 0) {
    for (let index = 0; index < 5; index++) {
      if (data[tvr + index] & byteOf(data, F["9F0E"], index)) {
        return "iac_denied";
      }
    }
  }
  return "";
}
