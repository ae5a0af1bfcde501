/** Names of bits: tables against values that are known from transactions. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bitName,
  hasNamedBits,
  namedBits,
} from "../../../bindings/emv_bits.ts";
import { hex } from "../../reference/core_instance.ts";

const CASES: [name: string, tag: number, value: string, names: string[]][] = [
  ["TVR", 0x95, "8040048001", [
    "offline data authentication not performed",
    "expired",
    "online CVM captured",
    "floor limit exceeded",
    "reserved for contactless",
  ]],
  ["clean TVR", 0x95, "0000000000", []],
  ["TSI", 0x9b, "E800", [
    "offline data authentication performed",
    "cardholder verification performed",
    "card risk management performed",
    "terminal risk management performed",
  ]],
  ["reserved TSI bit", 0x9b, "0001", ["reserved"]],
  ["AIP", 0x82, "3980", [
    "DDA supported",
    "cardholder verification supported",
    "terminal risk management required",
    "CDA supported",
    "contactless EMV mode supported",
  ]],
  ["AUC", 0x9f07, "2180", [
    "domestic goods",
    "terminals other than ATMs",
    "domestic cashback",
  ]],
  ["terminal capabilities", 0x9f33, "20B0C8", [
    "contact chip",
    "plaintext PIN offline",
    "signature",
    "enciphered PIN offline (RSA)",
    "SDA",
    "DDA",
    "CDA",
  ]],
  ["additional capabilities", 0x9f40, "4080800001", [
    "goods",
    "cash deposit",
    "numeric keys",
    "code table 1",
  ]],
  ["TTQ", 0x9f66, "36004000", [
    "EMV mode supported",
    "contact chip supported",
    "online PIN supported",
    "signature supported",
    "on-device verification supported",
  ]],
  ["CTQ", 0x9f6c, "8080", [
    "online PIN required",
    "on-device verification performed",
  ]],
  ["CVM results", 0x9f34, "440302", [
    "method: enciphered PIN offline, else next",
    "condition: terminal supports the CVM",
    "result: successful",
  ]],
  ["no CVM performed", 0x9f34, "3F0000", [
    "method: no CVM performed",
    "condition: always",
    "result: unknown",
  ]],
  ["reserved CVM", 0x9f34, "21FF07", [
    "method: reserved",
    "condition: reserved",
    "result: reserved",
  ]],
  ["CVM list", 0x8e, "00000000 00000BB8 4403 1F00", [
    "amount X: 0",
    "amount Y: 3000",
    "enciphered PIN offline, else next; terminal supports the CVM",
    "no CVM required; always",
  ]],
  ["CID of an ARQC", 0x9f27, "80", ["ARQC, go online"]],
  ["CID with everything", 0x9f27, "1B", [
    "AAC, declined",
    "scheme 1",
    "advice",
    "reason: issuer authentication failed",
  ]],
  ["IAD of seven bytes", 0x9f10, "06010A03A00000", [
    "key index 01",
    "cryptogram version 0A",
  ]],
  ["IAD of eighteen bytes", 0x9f10, "0110A00003220000000000000000000000FF", [
    "key index 01",
    "cryptogram version 10",
  ]],
  [
    "IAD of the Common Core Definitions",
    0x9f10,
    "0FA501" + "00".repeat(13) +
    "0F" + "00".repeat(15),
    [
      "common core identifier A5",
      "key index 01",
    ],
  ],
  ["IAD of another layout", 0x9f10, "0102", []],
];

for (const [name, tag, value, names] of CASES) {
  test(`namedBits() ${name} ${value || "empty"} is named`, () => {
    assert.equal(hasNamedBits(tag), true);
    assert.deepEqual(namedBits(tag, hex(value)).map((bit) => bit.name), names);
  });
}

test("namedBits() a wrong length or an unknown tag is a RangeError", () => {
  for (const [tag, value] of [[0x95, "00"], [0x9f34, "0102"], [0x8e, "00"]]) {
    assert.throws(
      () => namedBits(tag as number, hex(value as string)),
      RangeError,
    );
  }
  assert.equal(hasNamedBits(0x9a), false);
  assert.throws(() => namedBits(0x9a, hex("250615")), RangeError);
});

test("bitName() names the bit that decided", () => {
  assert.equal(bitName(0x95, 2, 0x40), "byte 2 bit 40: expired");
  assert.equal(bitName(0x95, 2, 0x04), "byte 2 bit 04: reserved");
  assert.equal(bitName(0x9a, 1, 0x01), "byte 1 bit 01: reserved");
});
