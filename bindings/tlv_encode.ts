/**
 * Writing BER-TLV: canonical lengths, any nesting.
 *
 * Owns: the encoder for readers, the sandbox and tests. Every length takes the fewest bytes.
 * @module
 */
import { bindingFailure } from "./error_codes.ts";

/** What to write: a primitive object has bytes, a template has objects. */
export interface TlvItem {
  /** Tag field as a number, `0x9f02`; its constructed bit must fit `value`. */
  readonly tag: number;
  /** The value, or the objects of a template in order. */
  readonly value: Uint8Array | readonly TlvItem[];
}

/**
 * Encodes objects one after the other and returns owned bytes.
 *
 * @throws {HoldfastError} `BER_TAG_INVALID` for a tag that no reader of BER would read back as
 *   that tag, `BER_LENGTH_FORM` for a value of 65,536 bytes or more.
 */
export function encodeTlv(items: readonly TlvItem[]): Uint8Array {
  const parts: number[] = [];
  for (const item of items) append(parts, item);
  return Uint8Array.from(parts);
}

/** The bytes of a tag field, or null when `tag` is not a well-formed one. */
export function tagBytes(tag: number): number[] | null {
  if (!Number.isInteger(tag) || tag <= 0 || tag > 0xffffffff) return null;
  const bytes: number[] = [];
  for (let rest = tag; rest > 0; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  const isLong = (bytes[0] & 0x1f) === 0x1f;
  if (isLong !== bytes.length > 1) return null;
  // X.690 8.1.2.4.2: every byte but the last says that more follow.
  const isChained = bytes.slice(1).every((byte, index, rest) =>
    (byte >= 0x80) === (index < rest.length - 1)
  );
  return isChained ? bytes : null;
}

function append(target: number[], item: TlvItem): void {
  const tag = tagBytes(item.tag);
  const isTemplate = !(item.value instanceof Uint8Array);
  if (tag === null || ((tag[0] & 0x20) !== 0) !== isTemplate) {
    throw bindingFailure(
      "BER_TAG_INVALID",
      `tag ${item.tag.toString(16)} does not fit its value`,
    );
  }
  const value = item.value instanceof Uint8Array
    ? item.value
    : encodeTlv(item.value);
  target.push(...tag, ...lengthBytes(value.length));
  for (const byte of value) target.push(byte);
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  if (length < 0x10000) return [0x82, length >> 8, length & 0xff];
  throw bindingFailure("BER_LENGTH_FORM", `${length} bytes are too many`);
}
