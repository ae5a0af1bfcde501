/**
 * Inputs for the TLV and EMV fuzzers.
 *
 * Owns: the mapping from (seed, index) to an input, so that any failure is replayed by two
 * numbers. Three kinds: random bytes, TLV that is right but for one lie, a good message with
 * changed bytes.
 */
import type { DecisionRequest } from "../../bindings/emv_types.ts";
import { hex } from "../reference/core_instance.ts";
import {
  GOOD,
  message,
  NOON,
  type Objects,
  REQUEST,
} from "../unit/core/emv_message.ts";

/** A small fast generator; sfc32 would be better and is not needed here. */
export class FuzzRandom {
  #state = 1;

  /** Starts the sequence of one input. */
  seed(seed: number, index: number): void {
    let state = (seed ^ Math.imul(index, 0x9e3779b1)) >>> 0;
    state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    this.#state = (state ^ (state >>> 16)) || 0x2545f491;
  }

  /** 32 random bits, xorshift32 (Marsaglia 2003). */
  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }

  /** 0..bound-1. */
  below(bound: number): number {
    return this.next() % bound;
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }
}

const BASES = [
  message(),
  message({ "57": null, "9F10": null, "50": null }),
  new Uint8Array([...hex("70820000"), ...message()]),
  hex(
    "6F1E 8407A0000000031010 A513 500456495341 9F3806 9F02069F3704 00FF FFFF",
  ),
  hex("9F02069F03069F1A0295055F2A029A039C019F3704"),
];

// The template says how long it is.
new DataView(BASES[2].buffer).setUint16(2, BASES[2].length - 4);

const TAGS = [0x00, 0x5a, 0x70, 0x77, 0x6f, 0xa5, 0x61, 0xe1, 0x9c, 0x99, 0xff];

/**
 * Writes input (seed, index) to the end of `bytes` and returns its length, at most 600: the
 * last byte of the input is the last byte of `bytes`.
 */
export function writeInput(
  random: FuzzRandom,
  bytes: Uint8Array,
  index: number,
  seed: number,
): number {
  random.seed(seed, index);
  const kind = random.below(16);
  if (kind < 6) return writeRandom(random, bytes, random.below(33));
  if (kind < 14) return writeGrammar(random, bytes, random.below(97));
  if (kind === 14 && random.below(64) === 0) {
    return writeRandom(random, bytes, random.below(600));
  }
  return writeMutation(random, bytes);
}

function writeRandom(
  random: FuzzRandom,
  bytes: Uint8Array,
  length: number,
): number {
  const end = bytes.length;
  for (let at = end - length; at < end; at += 4) {
    const word = random.next();
    bytes[at] = word;
    bytes[at + 1] = word >>> 8;
    bytes[at + 2] = word >>> 16;
    bytes[at + 3] = word >>> 24;
  }
  return length;
}

/** Objects one after the other, templates mostly as long as what is left; few lies. */
function writeGrammar(
  random: FuzzRandom,
  bytes: Uint8Array,
  length: number,
): number {
  const end = bytes.length;
  let at = end - length;
  while (at < end) {
    const word = random.next();
    const tag = TAGS[word % TAGS.length];
    bytes[at++] = tag;
    if (tag === 0xff || (word >>> 8 & 7) === 0) {
      bytes[at - 1] |= 0x1f;
      let more = word >>> 11 & 3;
      while (more-- > 0 && at < end) bytes[at++] = 0x81 + (word >>> 13 & 3);
      if (at < end) bytes[at++] = word >>> 16 & 0x7f;
    }
    if (at >= end) break;
    const left = end - at - 1;
    const isTemplate = (tag & 0x20) !== 0;
    let value = isTemplate ? left : Math.min(left, word >>> 24 & 7);
    const lie = word >>> 27;
    if (lie === 0) value = left + 1;
    if (lie === 1) value = 0x80 + (word >>> 16 & 7);
    if (lie === 2 && left > 1) {
      bytes[at++] = 0x81;
      value = Math.max(0, left - 1);
    }
    if (lie === 3 && left > 2) {
      bytes[at++] = 0x82;
      bytes[at++] = 0;
      value = Math.max(0, left - 2);
    }
    if (lie === 4 && left > 1) {
      bytes[at++] = 0x82;
      bytes[at++] = 0xff;
      value = 0xff - (word >>> 16 & 15);
    }
    if (at < end) bytes[at++] = value;
    if (isTemplate) continue;
    for (; value > 0 && at < end; value--) bytes[at++] = word >>> (value & 15);
  }
  return length;
}

function writeMutation(random: FuzzRandom, bytes: Uint8Array): number {
  const base = BASES[random.below(BASES.length)];
  const cut = random.below(8) === 0 ? random.below(base.length) : 0;
  const length = base.length - cut;
  const start = bytes.length - length;
  bytes.set(cut === 0 ? base : base.subarray(0, length), start);
  for (let change = random.below(4); change > 0 && length > 0; change--) {
    const word = random.next();
    const at = start + (word >>> 8) % length;
    bytes[at] = word & 0x80 ? word >>> 24 : bytes[at] ^ (1 << (word & 7));
  }
  return length;
}

/** Values that sit on the edge of a rule. */
const EDGES: Record<string, readonly (string | null)[]> = {
  "57": [null, "4539578763621486D25122010F", "4539578763621486D49122010F"],
  "5A": [null, "4242424242424242", "4539578763621486FF", "45395787636214AF"],
  "5F24": [null, "250614", "250615", "491231", "500101", "251301"],
  "5F25": [null, "250615", "250616", "250600"],
  "5F28": [null, "0250", "0840"],
  "5F2A": [null, "0840"],
  "5F30": ["0201", "0221", "0240"],
  "5F34": [null, "00"],
  "84": [
    null,
    "A0000000041010",
    "A0000002771010",
    "A0000003591010028001",
    "A0000000980840",
    "A0000000421010",
    "A000000004",
  ],
  "9A": [null, "250614", "250616", "250613", "250617", "990615"],
  "9B": [null, "0000", "4000"],
  "9C": [null, "01", "09", "20"],
  "9F02": [null, "000000001251", "0000000012"],
  "9F03": [null, "000000000001"],
  "9F06": [null, "A0000000041010", "A000000003", "A000000004"],
  "9F07": [
    null,
    "0100",
    "2100",
    "1100",
    "0900",
    "0500",
    "FE80",
    "FF40",
    "8100",
  ],
  "9F0D": [null, "0000000000", "FFFFFFFFFF"],
  "9F0E": [null, "FFFFFFFFFF", "0000001000"],
  "9F0F": [null, "0000000000"],
  "9F1A": [null, "0840", "0250"],
  "9F26": [null, "01020304050607"],
  "9F27": [null, "00", "40", "80", "C0", "48"],
  "9F36": [null],
  "9F39": [null, "07", "95", "02", "80", "90", "91", "01"],
  "9F34": [
    null,
    "020300",
    "420300",
    "090300",
    "410302",
    "430302",
    "440301",
    "1E0302",
    "1F0302",
    "3F0000",
    "080302",
    "4A0302",
  ],
  "9F6C": ["8000", "8080", "0000", "80"],
  "99": ["00"],
  "95": [null],
};

/** A message near a rule, and a request; every choice comes from (seed, index). */
export function decisionInput(
  random: FuzzRandom,
  index: number,
  seed: number,
): [data: Uint8Array, request: DecisionRequest] {
  random.seed(seed, index);
  const changes: Objects = {};
  const country = random.pick(["DE", "US", "GB", "FR", "CA"]);
  if (country !== "DE") changes["9F1A"] = null;
  for (let change = random.below(4); change > 0; change--) {
    const tag = random.pick(Object.keys(EDGES));
    changes[tag] = random.pick(EDGES[tag]);
  }
  if (random.below(3) === 0) {
    const bit = random.below(40);
    const tvr = new Array(5).fill(0);
    tvr[bit >> 3] = 0x80 >> (bit & 7);
    changes["95"] = tvr.map((b) => b.toString(16).padStart(2, "0")).join("");
  }
  const type = random.pick([0, 0, 0, 0x01, 0x09, 0x20]);
  // Mostly the type that was asked for, or rule 2 would hide the others.
  if (!("9C" in changes) && random.below(8) !== 0) {
    changes["9C"] = type.toString(16).padStart(2, "0");
  }
  let data = message(changes);
  if (random.below(8) === 0) {
    const suffix = ["00", "9000", "9F02", "70025001", "500120", "6103500120"];
    data = new Uint8Array([...data, ...hex(random.pick(suffix))]);
  }
  const code = (): Uint8Array =>
    random.below(4) === 0 ? hex("0000008000") : new Uint8Array(5);
  return [data, {
    ...REQUEST,
    terminalCountry: country,
    transactionType: type,
    highWaterMs: random.below(6) === 0 ? NOON + 86_400_000 : NOON,
    isLivemode: random.below(4) !== 0,
    isOnline: random.below(3) === 0,
    policy: {
      allowedBrands: random.below(8) === 0 ? ["mastercard"] : null,
      respectIacDefault: random.pick([null, true, false]),
      tacDenial: code(),
      tacDefault: code(),
      tacOnline: code(),
    },
    source: random.below(8) === 0 ? "card" : "reader",
  }];
}

/** A list that asks for objects of the good message and others, in right and wrong lengths. */
export function listInput(
  random: FuzzRandom,
  index: number,
  seed: number,
): Uint8Array {
  random.seed(seed ^ 0x44, index);
  const entries: number[] = [];
  const tags = [...Object.keys(GOOD), "9F4E", "DF8129", "70", "C1"];
  for (let count = random.below(12); count > 0; count--) {
    const length = random.below(16) === 0
      ? random.below(256)
      : random.below(12);
    entries.push(...hex(random.pick(tags)), length);
  }
  return Uint8Array.from(entries);
}
