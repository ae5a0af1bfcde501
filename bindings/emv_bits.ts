/**
 * Names for the bits of EMV objects.
 *
 * Owns: tables for display. No decision depends on them. An Issuer Application Data (9F10) is
 * scheme-specific; its parts are for reading, never for deciding.
 * @see EMV 4.4 Book 3 Annex C1 (AIP), C2 (AUC), C3 (CVM), C5 (TVR), C6 (TSI); Book 4 Annex A2
 *   (9F33), A3 (9F40), A4 (9F34); EMV Contactless Book A §5.7 (TTQ), Book C-3 (CTQ)
 * @module
 */
import { tagHex } from "./tlv.ts";

/** Rows of one byte: mask and name. */
type ByteBits = readonly (readonly [mask: number, name: string])[];

const BITS: Readonly<Record<number, readonly ByteBits[]>> = {
  // Terminal Verification Results.
  0x95: [
    [
      [0x80, "offline data authentication not performed"],
      [0x40, "SDA failed"],
      [0x20, "ICC data missing"],
      [0x10, "card on exception file"],
      [0x08, "DDA failed"],
      [0x04, "CDA failed"],
      [0x02, "SDA selected"],
      [0x01, "XDA selected"],
    ],
    [
      [0x80, "application versions differ"],
      [0x40, "expired"],
      [0x20, "not yet effective"],
      [0x10, "service not allowed"],
      [0x08, "new card"],
      [0x02, "biometric performed and successful"],
      [0x01, "biometric template format not supported"],
    ],
    [
      [0x80, "cardholder verification failed"],
      [0x40, "unrecognised CVM"],
      [0x20, "PIN try limit exceeded"],
      [0x10, "PIN pad missing or broken"],
      [0x08, "PIN not entered"],
      [0x04, "online CVM captured"],
      [0x02, "biometric required but not captured"],
      [0x01, "biometric required, template missing"],
    ],
    [
      [0x80, "floor limit exceeded"],
      [0x40, "lower consecutive offline limit exceeded"],
      [0x20, "upper consecutive offline limit exceeded"],
      [0x10, "selected randomly for online"],
      [0x08, "merchant forced online"],
      [0x04, "biometric try limit exceeded"],
      [0x02, "biometric type not supported"],
      [0x01, "XDA failed"],
    ],
    [
      [0x80, "default TDOL used"],
      [0x40, "issuer authentication failed"],
      [0x20, "script failed before final cryptogram"],
      [0x10, "script failed after final cryptogram"],
      [0x08, "relay resistance threshold exceeded"],
      [0x04, "ECC key mismatch"],
      [0x02, "ECC key recovery failed"],
      [0x01, "reserved for contactless"],
    ],
  ],
  // Transaction Status Information.
  0x9b: [
    [
      [0x80, "offline data authentication performed"],
      [0x40, "cardholder verification performed"],
      [0x20, "card risk management performed"],
      [0x10, "issuer authentication performed"],
      [0x08, "terminal risk management performed"],
      [0x04, "script processing performed"],
    ],
    [],
  ],
  // Application Interchange Profile.
  0x82: [
    [
      [0x80, "XDA supported"],
      [0x40, "SDA supported"],
      [0x20, "DDA supported"],
      [0x10, "cardholder verification supported"],
      [0x08, "terminal risk management required"],
      [0x04, "issuer authentication supported"],
      [0x02, "on-device verification supported"],
      [0x01, "CDA supported"],
    ],
    [
      [0x80, "contactless EMV mode supported"],
      [0x40, "mobile phone"],
      [0x01, "relay resistance supported"],
    ],
  ],
  // Application Usage Control.
  0x9f07: [
    [
      [0x80, "domestic cash"],
      [0x40, "international cash"],
      [0x20, "domestic goods"],
      [0x10, "international goods"],
      [0x08, "domestic services"],
      [0x04, "international services"],
      [0x02, "ATMs"],
      [0x01, "terminals other than ATMs"],
    ],
    [[0x80, "domestic cashback"], [0x40, "international cashback"]],
  ],
  // Terminal Capabilities.
  0x9f33: [
    [
      [0x80, "manual key entry"],
      [0x40, "magnetic stripe"],
      [0x20, "contact chip"],
    ],
    [
      [0x80, "plaintext PIN offline"],
      [0x40, "enciphered PIN online"],
      [0x20, "signature"],
      [0x10, "enciphered PIN offline (RSA)"],
      [0x08, "no CVM"],
      [0x04, "online biometric"],
      [0x02, "offline biometric"],
      [0x01, "enciphered PIN offline (ECC)"],
    ],
    [
      [0x80, "SDA"],
      [0x40, "DDA"],
      [0x20, "card capture"],
      [0x08, "CDA"],
      [0x04, "XDA"],
    ],
  ],
  // Additional Terminal Capabilities.
  0x9f40: [
    [
      [0x80, "cash"],
      [0x40, "goods"],
      [0x20, "services"],
      [0x10, "cashback"],
      [0x08, "inquiry"],
      [0x04, "transfer"],
      [0x02, "payment"],
      [0x01, "administrative"],
    ],
    [[0x80, "cash deposit"]],
    [
      [0x80, "numeric keys"],
      [0x40, "alphabetic and special keys"],
      [0x20, "command keys"],
      [0x10, "function keys"],
    ],
    [
      [0x80, "print for attendant"],
      [0x40, "print for cardholder"],
      [0x20, "display for attendant"],
      [0x10, "display for cardholder"],
      [0x02, "code table 10"],
      [0x01, "code table 9"],
    ],
    [
      [0x80, "code table 8"],
      [0x40, "code table 7"],
      [0x20, "code table 6"],
      [0x10, "code table 5"],
      [0x08, "code table 4"],
      [0x04, "code table 3"],
      [0x02, "code table 2"],
      [0x01, "code table 1"],
    ],
  ],
  // Terminal Transaction Qualifiers.
  0x9f66: [
    [
      [0x80, "mag-stripe mode supported"],
      [0x20, "EMV mode supported"],
      [0x10, "contact chip supported"],
      [0x08, "offline only"],
      [0x04, "online PIN supported"],
      [0x02, "signature supported"],
      [0x01, "offline data authentication for online supported"],
    ],
    [
      [0x80, "online cryptogram required"],
      [0x40, "CVM required"],
      [0x20, "contact offline PIN supported"],
    ],
    [
      [0x80, "issuer update supported"],
      [0x40, "on-device verification supported"],
    ],
    [[0x80, "fDDA version 01 supported"]],
  ],
  // Card Transaction Qualifiers.
  0x9f6c: [
    [
      [0x80, "online PIN required"],
      [0x40, "signature required"],
      [0x20, "online if offline data authentication fails"],
      [0x10, "switch interface if offline data authentication fails"],
      [0x08, "online if expired"],
      [0x04, "switch interface for cash"],
      [0x02, "switch interface for cashback"],
      [0x01, "no ATM"],
    ],
    [
      [0x80, "on-device verification performed"],
      [0x40, "issuer update supported"],
    ],
  ],
};

const CVM_METHODS: Readonly<Record<number, string>> = {
  0x00: "fail",
  0x01: "plaintext PIN offline",
  0x02: "enciphered PIN online",
  0x03: "plaintext PIN offline and signature",
  0x04: "enciphered PIN offline",
  0x05: "enciphered PIN offline and signature",
  0x06: "facial biometric offline",
  0x07: "facial biometric online",
  0x08: "finger biometric offline",
  0x09: "finger biometric online",
  0x0a: "palm biometric offline",
  0x0b: "palm biometric online",
  0x0c: "iris biometric offline",
  0x0d: "iris biometric online",
  0x0e: "voice biometric offline",
  0x0f: "voice biometric online",
  0x1e: "signature",
  0x1f: "no CVM required",
  0x3f: "no CVM performed",
};

const CVM_CONDITIONS: readonly string[] = [
  "always",
  "unattended cash",
  "not cash and not cashback",
  "terminal supports the CVM",
  "manual cash",
  "cashback",
  "in application currency and under X",
  "in application currency and over X",
  "in application currency and under Y",
  "in application currency and over Y",
];

const CVM_RESULTS: readonly string[] = ["unknown", "failed", "successful"];

/** One named fact about a value. */
export interface NamedBit {
  /** Byte of the value, from 1. */
  readonly byte: number;
  /** The bits it is about, as a mask. */
  readonly mask: number;
  /** What they say. */
  readonly name: string;
}

/** `byte 2 bit 40: expired`; a bit without a name is `reserved`. */
export function bitName(tag: number, byte: number, mask: number): string {
  const name = BITS[tag]?.[byte - 1]?.find((row) => row[0] === mask)?.[1];
  const hex = mask.toString(16).toUpperCase().padStart(2, "0");
  return `byte ${byte} bit ${hex}: ${name ?? "reserved"}`;
}

/** Whether {@link namedBits} knows the tag. */
export function hasNamedBits(tag: number): boolean {
  return tag in BITS || [0x8e, 0x9f34, 0x9f27, 0x9f10].includes(tag);
}

/**
 * Names what a value says, in the order of its bytes; set bits that have no name are `reserved`.
 *
 * @param tag   95, 9B, 82, 9F07, 9F33, 9F40, 9F66, 9F6C, 8E, 9F34, 9F27 or 9F10.
 * @param value Its value; a wrong length is a RangeError, because names would be guesses.
 */
export function namedBits(tag: number, value: Uint8Array): NamedBit[] {
  if (tag === 0x9f34) return cvmResults(value);
  if (tag === 0x8e) return cvmList(value);
  if (tag === 0x9f27) return cryptogramInformation(value);
  if (tag === 0x9f10) return issuerData(value);
  const table = BITS[tag];
  if (table === undefined) {
    throw new RangeError(`tag ${tagHex(tag)} has no named bits`);
  }
  checkLength(tag, value, table.length);
  const names: NamedBit[] = [];
  value.forEach((byte, index) => {
    for (let mask = 0x80; mask > 0; mask >>= 1) {
      if ((byte & mask) === 0) continue;
      const row = table[index].find((entry) => entry[0] === mask);
      names.push({ byte: index + 1, mask, name: row?.[1] ?? "reserved" });
    }
  });
  return names;
}

function checkLength(tag: number, value: Uint8Array, length: number): void {
  if (value.length === length) return;
  throw new RangeError(
    `expected ${length} bytes for ${tagHex(tag)}, got ${value.length}`,
  );
}

function cvmMethod(byte: number): string {
  const name = CVM_METHODS[byte & 0x3f] ?? "reserved";
  return (byte & 0x40) !== 0 && (byte & 0x3f) !== 0x3f
    ? `${name}, else next`
    : name;
}

function cvmResults(value: Uint8Array): NamedBit[] {
  checkLength(0x9f34, value, 3);
  const condition = CVM_CONDITIONS[value[1]] ?? "reserved";
  const result = CVM_RESULTS[value[2]] ?? "reserved";
  return [
    { byte: 1, mask: 0xff, name: `method: ${cvmMethod(value[0])}` },
    { byte: 2, mask: 0xff, name: `condition: ${condition}` },
    { byte: 3, mask: 0xff, name: `result: ${result}` },
  ];
}

/** 8E: amounts X and Y, four bytes each, then rules of two bytes. */
function cvmList(value: Uint8Array): NamedBit[] {
  if (value.length < 8 || value.length % 2 !== 0) {
    throw new RangeError(
      `expected 8 or more bytes in pairs for 8E, got ${value.length}`,
    );
  }
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  const names: NamedBit[] = [
    { byte: 1, mask: 0xff, name: `amount X: ${view.getUint32(0)}` },
    { byte: 5, mask: 0xff, name: `amount Y: ${view.getUint32(4)}` },
  ];
  for (let at = 8; at < value.length; at += 2) {
    const condition = CVM_CONDITIONS[value[at + 1]] ?? "reserved";
    const name = `${cvmMethod(value[at])}; ${condition}`;
    names.push({ byte: at + 1, mask: 0xff, name });
  }
  return names;
}

function cryptogramInformation(value: Uint8Array): NamedBit[] {
  checkLength(0x9f27, value, 1);
  const kinds = [
    "AAC, declined",
    "TC, approved",
    "ARQC, go online",
    "reserved",
  ];
  const names: NamedBit[] = [
    { byte: 1, mask: 0xc0, name: kinds[value[0] >> 6] },
  ];
  const scheme = value[0] & 0x30;
  if (scheme !== 0) {
    names.push({ byte: 1, mask: 0x30, name: `scheme ${scheme >> 4}` });
  }
  if (value[0] & 0x08) names.push({ byte: 1, mask: 0x08, name: "advice" });
  const reasons = ["", "service not allowed", "PIN try limit exceeded"];
  const reason = value[0] & 0x07;
  if (reason !== 0) {
    const name = reasons[reason] ??
      (reason === 3 ? "issuer authentication failed" : "reserved");
    names.push({ byte: 1, mask: 0x07, name: `reason: ${name}` });
  }
  return names;
}

/**
 * 9F10: only where key index and cryptogram version stand by the common layouts. Common Core
 * Definitions (EMV 4.4 Book 3 Annex C9) have 32 bytes in two halves that begin with 0F; Visa and
 * its likes begin with the length of what follows (06 or more); Mastercard's has 8, 18 or 20 bytes.
 */
function issuerData(value: Uint8Array): NamedBit[] {
  const byte = (at: number): string =>
    value[at].toString(16).padStart(2, "0").toUpperCase();
  if (value.length === 32 && value[0] === 0x0f && value[16] === 0x0f) {
    return [
      { byte: 2, mask: 0xff, name: `common core identifier ${byte(1)}` },
      { byte: 3, mask: 0xff, name: `key index ${byte(2)}` },
    ];
  }
  if (value.length >= 7 && value[0] >= 6 && value[0] < value.length) {
    return [
      { byte: 2, mask: 0xff, name: `key index ${byte(1)}` },
      { byte: 3, mask: 0xff, name: `cryptogram version ${byte(2)}` },
    ];
  }
  if ([8, 18, 20, 26, 28].includes(value.length)) {
    return [
      { byte: 1, mask: 0xff, name: `key index ${byte(0)}` },
      { byte: 2, mask: 0xff, name: `cryptogram version ${byte(1)}` },
    ];
  }
  return [];
}
