/**
 * Fields of a conformance request: read with a name, refused with a name.
 *
 * Owns: hex in, hex out, and the one error a malformed request gives. Values never appear in a
 * message: a request may carry keys.
 * @module
 */

/** A request that cannot be carried out as written. */
export class RequestError extends Error {
  override name = "RequestError";
  /** `REQUEST_JSON`, `REQUEST_OPERATION` or `REQUEST_FIELD`. */
  readonly code: string;
  /** The field at fault, where there is one. */
  readonly field: string | undefined;

  constructor(code: string, message: string, field?: string) {
    super(message);
    this.code = code;
    this.field = field;
  }
}

/** Names that are not merely another spelling, by operation and then for all. */
const FIELD_NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> =
  {
    x25519: { privateKey: "private", publicKey: "public" },
    hpke: { privateKey: "sk", publicKey: "pk" },
    "": {
      recipientPublicKey: "recipient_public",
      recipientPrivateKey: "recipient_private",
      deviceFacts: "plaintext",
      isLivemode: "livemode",
      terminalCountry: "country",
    },
  };

/** What the request calls a field of the bindings. */
export function requestField(operation: string, field: string): string {
  const [family] = operation.split("_");
  return FIELD_NAMES[family]?.[field] ?? FIELD_NAMES[""][field] ??
    field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A parsed request line, or an object inside one. */
export type Fields = Readonly<Record<string, unknown>>;

/** Digit value by character code; 255 is no digit. */
const DIGITS = new Uint8Array(256).fill(255);
for (let value = 0; value < 16; value++) {
  DIGITS[value.toString(16).charCodeAt(0)] = value;
  DIGITS[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}

const HEX = Array.from({ length: 256 }, (_, byte) => {
  return byte.toString(16).padStart(2, "0");
});

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += HEX[bytes[i]];
  return text;
}

function wrong(field: string, expected: string): RequestError {
  return new RequestError(
    "REQUEST_FIELD",
    `${field} must be ${expected}`,
    field,
  );
}

function decode(text: unknown, field: string): Uint8Array<ArrayBuffer> {
  if (typeof text !== "string" || text.length % 2 !== 0) {
    throw wrong(field, "pairs of hex digits");
  }
  const bytes = new Uint8Array(text.length >> 1);
  for (let i = 0; i < bytes.length; i++) {
    const codeHigh = text.charCodeAt(2 * i);
    const codeLow = text.charCodeAt(2 * i + 1);
    const high = codeHigh < 256 ? DIGITS[codeHigh] : 255;
    const low = codeLow < 256 ? DIGITS[codeLow] : 255;
    if (high > 15 || low > 15) throw wrong(field, "pairs of hex digits");
    bytes[i] = high << 4 | low;
  }
  return bytes;
}

/** The bytes of a field that must be there. */
export function bytesOf(
  fields: Fields,
  field: string,
): Uint8Array<ArrayBuffer> {
  return decode(fields[field], field);
}

/** The bytes of a field, or none when it is absent. */
export function bytesOr(
  fields: Fields,
  field: string,
  fallback: Uint8Array<ArrayBuffer> = new Uint8Array(0),
): Uint8Array<ArrayBuffer> {
  return fields[field] === undefined ? fallback : decode(fields[field], field);
}

/** A list of byte strings. */
export function bytesListOf(fields: Fields, field: string): Uint8Array[] {
  const list = fields[field];
  if (!Array.isArray(list)) throw wrong(field, "a list of hex strings");
  return list.map((item, index) => decode(item, `${field}[${index}]`));
}

/** A number. What range it must have, the core says. */
export function numberOf(
  fields: Fields,
  field: string,
  fallback?: number,
): number {
  const value = fields[field] ?? fallback;
  if (typeof value !== "number") throw wrong(field, "a number");
  return value;
}

/** A text. */
export function textOf(
  fields: Fields,
  field: string,
  fallback?: string,
): string {
  const value = fields[field] ?? fallback;
  if (typeof value !== "string") throw wrong(field, "a text");
  return value;
}

/** A truth value. */
export function flagOf(
  fields: Fields,
  field: string,
  fallback: boolean,
): boolean {
  const value = fields[field] ?? fallback;
  if (typeof value !== "boolean") throw wrong(field, "true or false");
  return value;
}

/** One of some words. */
export function wordOf<T extends string>(
  fields: Fields,
  field: string,
  words: readonly T[],
  fallback?: T,
): T {
  const value = fields[field] ?? fallback;
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw wrong(field, words.join(" or "));
  return word;
}

/** An object inside a request; empty when it is absent. */
export function objectOr(fields: Fields, field: string): Fields {
  return fields[field] === undefined ? {} : objectOf(fields, field);
}

/** An object inside a request that must be there. */
export function objectOf(fields: Fields, field: string): Fields {
  const value = fields[field];
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(field, "an object");
  }
  return value as Fields;
}
