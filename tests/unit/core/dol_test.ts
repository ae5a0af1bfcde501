/** Data object lists: reading, and the padding rules of EMV 4.4 Book 3 §5.4. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TlvCore } from "../../../bindings/tlv.ts";
import { coreInstance, hex, toHex } from "../../reference/core_instance.ts";
import { coreBytes } from "../../reference/core_instance.ts";

const core = new TlvCore(coreInstance(coreBytes()));

test("dolParse() a list gives tags, lengths and offsets", () => {
  assert.deepEqual(core.dolParse(hex("9F0206 9A03 DF812908 9F3704 5F2A02")), [
    { tag: 0x9f02, offset: 0, length: 6 },
    { tag: 0x9a, offset: 3, length: 3 },
    { tag: 0xdf8129, offset: 5, length: 8 },
    { tag: 0x9f37, offset: 9, length: 4 },
    { tag: 0x5f2a, offset: 12, length: 2 },
  ]);
  assert.deepEqual(core.dolParse(hex("")), []);
  assert.equal(core.dolParse(new Uint8Array(252).fill(0x01)).length, 126);
});

test("dolParse() a broken list is refused where it breaks", () => {
  const cases: [string, string, number][] = [
    ["9A03 9F", "DOL_TAG_TRUNCATED", 2],
    ["9A03 DF8182", "DOL_TAG_TRUNCATED", 2],
    ["DF8182838401", "DOL_TAG_TOO_LONG", 0],
    ["9A03 9F02", "DOL_LENGTH_MISSING", 4],
    ["9A", "DOL_LENGTH_MISSING", 1],
    ["01".repeat(253), "DOL_TOO_LONG", 252],
  ];
  for (const [list, code, offset] of cases) {
    assert.throws(() => core.dolParse(hex(list)), { code, offset });
  }
});

const BUILDS: [name: string, list: string, data: string, built: string][] = [
  ["exact length", "9F0206", "9F0206000000001250", "000000001250"],
  ["n cut on the left", "9F0204", "9F0206000000001250", "00001250"],
  ["n filled on the left", "9F0208", "9F0206000000001250", "0000000000001250"],
  ["cn cut on the right", "5A04", "5A0845395787636214 86", "45395787"],
  ["cn filled with F", "5A0A", "5A084539578763621486", "4539578763621486FFFF"],
  ["b cut on the right", "9503", "95050102030405", "010203"],
  ["b filled with 00", "9507", "95050102030405", "01020304050000"],
  ["ans filled with 00", "5006", "500456495341", "564953410000"],
  ["missing object", "9F3704", "9A03250615", "00000000"],
  ["template", "7004", "70049A021234", "00000000"],
  ["unknown tag that is there", "DF0103", "DF01020102", "010200"],
  ["object inside a template", "9A03", "70059A03250615", "250615"],
  ["length 0", "9A00 9C01", "9A032506159C0120", "20"],
  ["empty object", "9F3802", "9F3800", "0000"],
  ["first of two", "9C01", "9C01019C0102", "01"],
  ["empty list", "", "9C0101", ""],
  [
    "several",
    "9F02069A039F3704",
    "9A032506159F02060000000000019F370401020304",
    "00000000000125061501020304",
  ],
];

for (const [name, list, data, built] of BUILDS) {
  test(`dolBuild() ${name} gives ${built || "nothing"}`, () => {
    const result = core.dolBuild(hex(list), hex(data), "reader");
    assert.equal(toHex(result).toUpperCase(), built);
  });
}

test("dolBuild() 252 bytes are built, 253 refused", () => {
  const data = hex("9A03250615");
  assert.equal(core.dolBuild(hex("9AFC"), data, "reader").length, 252);
  assert.throws(() => core.dolBuild(hex("9AFC9C01"), data, "reader"), {
    code: "DOL_RESULT_TOO_LONG",
    offset: 2,
  });
  assert.throws(() => core.dolBuild(hex("9C01"), hex("9A80"), "reader"), {
    code: "BER_LENGTH_INDEFINITE",
  });
});

test("dolBuild() the message and the result are wiped", () => {
  const module = coreInstance();
  new TlvCore(module).dolBuild(
    hex("5A0A"),
    hex("5A084539578763621486"),
    "reader",
  );
  assert.equal(toHex(module.bytes).includes("4539578763621486"), false);
});
