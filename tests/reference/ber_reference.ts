/**
 * The readable twin of `core/ber.ts`: short, slow, obvious.
 *
 * Owns: an independent statement of the accepted profile of BER-TLV. It recurses, it slices, it
 * compares with plain sums; the core must agree with it on every byte string.
 */

/** One object as the twin sees it. */
export interface ReferenceNode {
  readonly tag: number;
  readonly offset: number;
  readonly valueOffset: number;
  readonly length: number;
  readonly depth: number;
  readonly isConstructed: boolean;
  readonly isCanonical: boolean;
}

/** What the twin says about a message. */
export type ReferenceParse =
  | { readonly status: "ok"; readonly nodes: ReferenceNode[] }
  | { readonly status: string; readonly offset: number; readonly nodes: null };

class Refusal extends Error {
  readonly status: string;
  readonly offset: number;
  constructor(status: string, offset: number) {
    super(status);
    this.status = status;
    this.offset = offset;
  }
}

/** Reads a message the slow way. */
export function referenceParse(
  data: Uint8Array,
  source: "card" | "reader",
): ReferenceParse {
  const nodes: ReferenceNode[] = [];
  try {
    if (data.length > 4096) throw new Refusal("BER_ERR_INPUT_TOO_LONG", 4096);
    readRange(data, source, 0, data.length, 0, null, nodes);
    return { status: "ok", nodes };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: error.status, offset: error.offset, nodes: null };
  }
}

function readRange(
  data: Uint8Array,
  source: "card" | "reader",
  start: number,
  end: number,
  depth: number,
  template: number | null,
  nodes: ReferenceNode[],
): void {
  const paddings = [0x00];
  if (source === "card" && [0x70, 0x77, 0x6f, 0xa5].includes(template ?? -1)) {
    paddings.push(0xff);
  }
  let at = start;
  while (at < end) {
    if (paddings.includes(data[at])) {
      at += 1;
      continue;
    }
    if (nodes.length === 512) throw new Refusal("BER_ERR_NODES", at);
    const tagLength = readTagLength(data, at, end);
    const lengthAt = at + tagLength;
    const [lengthLength, length] = readLength(data, lengthAt, end);
    const valueOffset = lengthAt + lengthLength;
    if (valueOffset + length > end) {
      const status = depth === 0
        ? "BER_ERR_VALUE_TRUNCATED"
        : "BER_ERR_VALUE_OVERRUN";
      throw new Refusal(status, lengthAt);
    }
    const tag = [...data.slice(at, lengthAt)].reduce((t, b) => t * 256 + b, 0);
    if (depth === 0 && nodes.length > 0 && valueOffset === data.length) {
      if (tag === 0x90) throw new Refusal("BER_ERR_STATUS_WORD", at);
    }
    const isConstructed = (data[at] & 0x20) !== 0;
    const shortest = length < 0x80 ? 1 : length < 0x100 ? 2 : 3;
    nodes.push({
      tag,
      offset: at,
      valueOffset,
      length,
      depth,
      isConstructed,
      isCanonical: lengthLength === shortest,
    });
    if (isConstructed && length > 0) {
      if (depth === 8) throw new Refusal("BER_ERR_DEPTH", at);
      const inner = valueOffset + length;
      readRange(data, source, valueOffset, inner, depth + 1, tag, nodes);
    }
    at = valueOffset + length;
  }
}

function readTagLength(data: Uint8Array, at: number, end: number): number {
  if ((data[at] & 0x1f) !== 0x1f) return 1;
  for (let length = 2; length <= 4; length++) {
    if (at + length > end) throw new Refusal("BER_ERR_TAG_TRUNCATED", at);
    if (data[at + length - 1] < 0x80) return length;
  }
  throw new Refusal("BER_ERR_TAG_TOO_LONG", at);
}

function readLength(
  data: Uint8Array,
  at: number,
  end: number,
): [lengthLength: number, length: number] {
  if (at === end) throw new Refusal("BER_ERR_LENGTH_TRUNCATED", at);
  const first = data[at];
  if (first < 0x80) return [1, first];
  if (first === 0x80) throw new Refusal("BER_ERR_LENGTH_INDEFINITE", at);
  if (first > 0x82) throw new Refusal("BER_ERR_LENGTH_FORM", at);
  const lengthLength = first - 0x80 + 1;
  if (at + lengthLength > end) {
    throw new Refusal("BER_ERR_LENGTH_TRUNCATED", at);
  }
  const length = first === 0x81
    ? data[at + 1]
    : data[at + 1] * 256 + data[at + 2];
  return [lengthLength, length];
}
