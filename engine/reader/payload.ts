/**
 * Payloads of the reader protocol: deterministic CBOR with a checked shape.
 *
 * Owns: that one message has exactly one encoding, and that nothing reaches the engine whose
 * types, ranges and lengths were not checked. Unknown fields are dropped, so a newer peer may
 * send more than an older one knows. Errors name the field and never its value: a payload may
 * hold card data.
 * @see RFC 8949 §4.2.1 (core deterministic encoding); docs/adr/0005-reader-protocol-payload.md
 * @module
 */
import { decode, encode, rfc8949EncodeOptions } from "cborg";
import { failure } from "../errors.ts";

/** Checks one value and returns it, or returns {@link REJECTED}. */
export type Field<T> = (value: unknown) => T | typeof REJECTED;

/** What a {@link Field} returns for a value it does not accept. */
export const REJECTED: unique symbol = Symbol("rejected");

/** One field checker per key of `T`. */
export type Schema<T> = { readonly [K in keyof T]-?: Field<T[K]> };

/** Integer in `minimum..maximum`. */
export function integer(minimum: number, maximum: number): Field<number> {
  return (value) =>
    typeof value === "number" && Number.isSafeInteger(value) &&
      value >= minimum && value <= maximum
      ? value
      : REJECTED;
}

/** True or false. */
export function flag(): Field<boolean> {
  return (value) => typeof value === "boolean" ? value : REJECTED;
}

/** Text of at most `lengthMax` UTF-16 units. */
export function text(lengthMax: number): Field<string> {
  return (value) =>
    typeof value === "string" && value.length <= lengthMax ? value : REJECTED;
}

/** Text that matches `pattern` as a whole. */
export function pattern(pattern: RegExp): Field<string> {
  return (value) =>
    typeof value === "string" && pattern.test(value) ? value : REJECTED;
}

/** One of `values`. */
export function oneOf<T extends string>(values: readonly T[]): Field<T> {
  return (value) => values.includes(value as T) ? value as T : REJECTED;
}

/** Byte string of at most `lengthMax` bytes. */
export function bytes(lengthMax: number): Field<Uint8Array> {
  return (value) =>
    value instanceof Uint8Array && value.length <= lengthMax ? value : REJECTED;
}

/** Array of at most `countMax` items. */
export function list<T>(
  item: Field<T>,
  countMax: number,
): Field<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > countMax) return REJECTED;
    const items = value.map(item);
    return items.includes(REJECTED) ? REJECTED : items as T[];
  };
}

/** Map with the fields of `schema`; others are dropped. */
export function record<T extends object>(schema: Schema<T>): Field<T> {
  return (value) => {
    const result = shape(value, schema);
    return typeof result === "string" ? REJECTED : result.value;
  };
}

/** A value that may be null. */
export function nullable<T>(field: Field<T>): Field<T | null> {
  return (value) => value === null ? null : field(value);
}

/** A field that may be missing. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return (value) => value === undefined ? undefined : field(value);
}

/**
 * Encodes `value` as deterministic CBOR; fields that are `undefined` are left out.
 *
 * @returns A new array; the caller wipes it when it holds card data.
 */
export function encodePayload(value: object): Uint8Array {
  return encode(value, {
    ...rfc8949EncodeOptions,
    ignoreUndefinedProperties: true,
  });
}

/**
 * Decodes and checks a payload.
 *
 * @param payload Deterministic CBOR map; not kept, not changed.
 * @param schema The fields of the message.
 * @returns A new object; byte strings in it are copies.
 * @throws {HoldfastError} `READER_BAD_MESSAGE` when it is not the one encoding of a map with
 *   these fields; `field` names the first bad one.
 */
export function decodePayload<T extends object>(
  payload: Uint8Array,
  schema: Schema<T>,
): T {
  const value = decodeStrict(payload);
  const result = shape(value, schema);
  if (typeof result === "string") {
    throw failure(
      "READER_BAD_MESSAGE",
      `field ${result} of a reader message is missing or out of range`,
      { field: result },
    );
  }
  return result.value;
}

/**
 * Checks a message of our own before it is sent.
 *
 * @throws {RangeError} naming the first field that is missing or out of range.
 */
export function checkPayload<T extends object>(
  value: T,
  schema: Schema<T>,
): void {
  const result = shape(value, schema);
  if (typeof result === "string") {
    throw new RangeError(`field ${result} is missing or out of range`);
  }
}

function decodeStrict(payload: Uint8Array): unknown {
  let value: unknown;
  let again: Uint8Array | null = null;
  try {
    value = decode(payload, {
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      allowBigInt: false,
      rejectDuplicateMapKeys: true,
    });
    // The decoder does not check key order, float width or UTF-8 (RFC 8949 §4.2.1); encoding
    // again does: there is one encoding, so anything else differs.
    again = encode(value, rfc8949EncodeOptions);
  } catch {
    // The decoder's error may quote the payload, so it is not kept as the cause.
    throw failure("READER_BAD_MESSAGE", "a reader message is not valid CBOR");
  }
  const isSame = again.length === payload.length &&
    again.every((byte, at) => byte === payload[at]);
  again.fill(0);
  if (!isSame) {
    throw failure(
      "READER_BAD_MESSAGE",
      "a reader message is not deterministic CBOR",
    );
  }
  return value;
}

/** The checked copy, or the name of the first field that fails. */
function shape<T extends object>(
  value: unknown,
  schema: Schema<T>,
): { value: T } | string {
  const isMap = typeof value === "object" && value !== null &&
    !Array.isArray(value) && !(value instanceof Uint8Array);
  if (!isMap) return "(map)";
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(schema) as (keyof T & string)[]) {
    const given = Object.hasOwn(value, key)
      ? (value as Record<string, unknown>)[key]
      : undefined;
    const checked = schema[key](given);
    if (checked === REJECTED) return key;
    if (checked !== undefined) result[key] = checked;
  }
  return { value: result as T };
}
