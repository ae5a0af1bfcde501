/** Rules of the BER-TLV reader, one table each; any-bytes agreement is in `tests/fuzz/`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HoldfastError } from "../../../bindings/errors.ts";
import { tagHex, TlvCore, tlvValue } from "../../../bindings/tlv.ts";
import { encodeTlv, type TlvItem } from "../../../bindings/tlv_encode.ts";
import { referenceParse } from "../../reference/ber_reference.ts";
import { coreInstance, hex, toHex } from "../../reference/core_instance.ts";

const core = new TlvCore(coreInstance());

type Shape = { tag: number; offset: number; length: number; depth: number };

function shape(nodes: readonly Shape[]): string {
  return nodes.map((n) =>
    `${".".repeat(n.depth)}${tagHex(n.tag)}@${n.offset}+${n.length}`
  ).join(" ");
}

function outcome(data: Uint8Array, source: "card" | "reader"): string {
  try {
    return shape(core.parse(data, source));
  } catch (error) {
    assert.ok(error instanceof HoldfastError);
    return `${error.code}@${error.offset}`;
  }
}

const nested = (levels: number): string => {
  let text = "9A03250101";
  for (let level = 0; level < levels; level++) {
    text = "E1" + (text.length / 2).toString(16).padStart(2, "0") + text;
  }
  return text;
};

const CASES: [name: string, input: string, card: string, reader?: string][] = [
  ["nothing", "", ""],
  ["one byte tag", "9A03250101", "9A@0+3"],
  ["two byte tag", "9F2701 80", "9F27@0+1"],
  ["three byte tag", "DF8129 01 00", "DF8129@0+1"],
  ["four byte tag", "DF818201 01 00", "DF818201@0+1"],
  ["five byte tag", "DF81828301 01 00", "BER_TAG_TOO_LONG@0"],
  ["tag 9F00", "9F00 00", "9F00@0+0"],
  ["low number in the long form", "9F1E 01 41", "9F1E@0+1"],
  ["tag cut in the middle", "9A0125 9F", "BER_TAG_TRUNCATED@3"],
  ["long tag cut in the middle", "DF8182", "BER_TAG_TRUNCATED@0"],
  ["tag without length", "9A", "BER_LENGTH_TRUNCATED@1"],
  ["length 7F", "50 7F" + "20".repeat(127), "50@0+127"],
  ["length 81 80", "50 8180" + "20".repeat(128), "50@0+128"],
  ["length 81 FF", "50 81FF" + "20".repeat(255), "50@0+255"],
  ["length 82 0100", "50 820100" + "20".repeat(256), "50@0+256"],
  ["length 81 01, longer than needed", "50 8101 20", "50@0+1"],
  ["length 82 0001, longer than needed", "50 820001 20", "50@0+1"],
  ["length 81 without its byte", "50 81", "BER_LENGTH_TRUNCATED@1"],
  ["length 82 with one byte", "50 82 01", "BER_LENGTH_TRUNCATED@1"],
  ["indefinite length", "70 80 5A0112 0000", "BER_LENGTH_INDEFINITE@1"],
  ["length form 83", "50 83000001 20", "BER_LENGTH_FORM@1"],
  ["length form 84 FFFFFFFF", "50 84FFFFFFFF 20", "BER_LENGTH_FORM@1"],
  ["length form FF", "50 FF", "BER_LENGTH_FORM@1"],
  ["value cut short", "50 02 20", "BER_VALUE_TRUNCATED@1"],
  [
    "value of 65535 in a short message",
    "50 82FFFF 20",
    "BER_VALUE_TRUNCATED@1",
  ],
  ["child past its template", "70 04 5A03 1122 33", "BER_VALUE_OVERRUN@3"],
  [
    "child's length past its template",
    "70 02 5A81 0120",
    "BER_LENGTH_TRUNCATED@3",
  ],
  ["child's tag past its template", "70 01 9F 2601", "BER_TAG_TRUNCATED@2"],
  ["template and child", "70 05 9A03250101", "70@0+5 .9A@2+3"],
  ["two templates", "7003 9C0100 7703 9C0120", "70@0+3 .9C@2+1 77@5+3 .9C@7+1"],
  ["empty template, sibling after it", "7000 9C0100", "70@0+0 9C@2+1"],
  [
    "00 before, between, after",
    "7008 00 9C0100 00 9C00 00",
    "70@0+8 .9C@3+1 .9C@7+0",
  ],
  ["00 at the top level", "00 9C0100 0000", "9C@1+1"],
  ["00 only", "000000", ""],
  [
    "FF inside 70",
    "7005 9C0100 FFFF",
    "70@0+5 .9C@2+1",
    "BER_TAG_TRUNCATED@5",
  ],
  [
    "FF tag inside 70",
    "7005 FF01 02 9C00",
    "70@0+5 .01@3+2",
    "70@0+5 .FF01@2+2 ..9C@5+0",
  ],
  ["FF tag at the top level", "FFEE01 00", "FFEE01@0+0"],
  ["FF inside 61 is a tag", "6102 FF01", "BER_LENGTH_TRUNCATED@4"],
  [
    "FF after a closed template inside 6F",
    "6F05 A502 9C00 FF",
    "6F@0+5 .A5@2+2 ..9C@4+0",
    "BER_TAG_TRUNCATED@6",
  ],
  ["status word left on", "9C0100 9000", "BER_STATUS_WORD@3"],
  ["status word alone", "9000", "90@0+0"],
  [
    "empty certificate inside a template",
    "7005 9C0100 9000",
    "70@0+5 .9C@2+1 .90@5+0",
  ],
  ["eight templates", nested(8), outcomeOfNested(8)],
  ["nine templates", nested(9), "BER_DEPTH@16"],
];

function outcomeOfNested(levels: number): string {
  const total = nested(levels).length / 2;
  const parts: string[] = [];
  for (let level = 0; level < levels; level++) {
    parts.push(`${".".repeat(level)}E1@${level * 2}+${total - 2 - level * 2}`);
  }
  parts.push(`${".".repeat(levels)}9A@${levels * 2}+3`);
  return parts.join(" ");
}

for (const [name, input, card, reader = card] of CASES) {
  test(`parse() ${name} reads as written`, () => {
    assert.equal(outcome(hex(input), "card"), card);
    assert.equal(outcome(hex(input), "reader"), reader);
    for (const source of ["card", "reader"] as const) {
      const twin = referenceParse(hex(input), source);
      const said = twin.nodes === null
        ? `${twin.status.replace("_ERR_", "_")}@${twin.offset}`
        : shape(twin.nodes);
      assert.equal(outcome(hex(input), source), said);
    }
  });
}

test("parse() 512 objects are read, 513 refused at the last", () => {
  const full = encodeTlv(new Array(512).fill({ tag: 0x9a, value: hex("") }));
  assert.equal(core.parse(full, "reader").length, 512);
  const over = encodeTlv(new Array(513).fill({ tag: 0x9a, value: hex("") }));
  assert.equal(outcome(over, "reader"), "BER_NODES@1024");
});

test("parse() 4096 bytes are read, 4097 refused", () => {
  const value = new Uint8Array(4096 - 4).fill(0x20);
  assert.equal(
    outcome(encodeTlv([{ tag: 0x50, value }]), "card"),
    "50@0+4092",
  );
  assert.equal(
    outcome(new Uint8Array(4097), "card"),
    "BER_INPUT_TOO_LONG@4096",
  );
});

test("parse() long lengths are marked, short ones are not", () => {
  const marks = core.parse(hex("508101 20 5001 20 50820001 20"), "card")
    .map((n) => n.isCanonical);
  assert.deepEqual(marks, [false, true, false]);
});

test("notes() names what was tolerated", () => {
  const notesOf = (text: string): string[] => {
    core.parse(hex(text), "card");
    return Object.entries(core.notes()).filter(([, on]) => on).map(([n]) => n);
  };
  assert.deepEqual(notesOf("9C0100"), []);
  assert.deepEqual(notesOf("009C0100"), ["hasTopLevelPadding"]);
  assert.deepEqual(notesOf("7001 00"), ["hasTemplatePadding"]);
  assert.deepEqual(notesOf("7001 FF"), ["hasFfPadding"]);
  assert.deepEqual(notesOf("9C8101 00"), ["hasLongLength"]);
});

test("parse() input arena is wiped after the call", () => {
  const module = coreInstance();
  new TlvCore(module).parse(hex("5A084793110263580417"), "card");
  const text = toHex(module.bytes);
  assert.equal(text.includes("4793110263580417"), false);
});

test("index() finds objects and refuses to answer when stale", () => {
  const index = core.index(hex("7007 9C0100 9F2601AA 9A00"), "card");
  assert.equal(index.count, 4);
  const at = index.find(0x9f26);
  assert.equal(index.offset(at), 5);
  assert.equal(index.valueOffset(at), 8);
  assert.equal(index.length(at), 1);
  assert.equal(index.depth(at), 1);
  assert.equal(index.parent(at), 0);
  assert.equal(index.parent(0), -1);
  assert.equal(index.next(0), 3);
  assert.equal(index.tag(index.next(0)), 0x9a);
  assert.equal(index.isConstructed(0), true);
  assert.equal(index.find(0x5a), -1);
  assert.throws(() => index.tag(4), RangeError);
  core.parse(hex("9C0100"), "card");
  assert.throws(() => index.tag(0), { code: "TLV_INDEX_STALE" });
  assert.throws(() => index.find(0x9a), { code: "TLV_INDEX_STALE" });
});

test("tlvValue() gives the caller's own bytes", () => {
  const data = hex("9C0107");
  const value = tlvValue(data, core.parse(data, "card")[0]);
  assert.equal(value.buffer, data.buffer);
  assert.deepEqual([...value], [7]);
});

test("encodeTlv() writes what parse() reads back, with the shortest lengths", () => {
  for (const length of [0, 1, 127, 128, 129, 255, 256, 257, 4000]) {
    const items: TlvItem[] = [{
      tag: 0xe1,
      value: [{ tag: 0xdf8129, value: new Uint8Array(length).fill(0x5a) }],
    }];
    const data = encodeTlv(items);
    const nodes = core.parse(data, "reader");
    assert.deepEqual(nodes.map((n) => n.tag), [0xe1, 0xdf8129]);
    assert.equal(nodes[1].length, length);
    assert.ok(nodes.every((n) => n.isCanonical));
    assert.equal(nodes[1].valueOffset + length, data.length);
  }
});

test("encodeTlv() a tag that does not read back is refused", () => {
  for (const tag of [0, -1, 1.5, 0x1f, 0x9f81, 0x9a01, 0x9f2601, 2 ** 32]) {
    assert.throws(() => encodeTlv([{ tag, value: hex("") }]), {
      code: "BER_TAG_INVALID",
    });
  }
  assert.throws(() => encodeTlv([{ tag: 0x70, value: hex("") }]), {
    code: "BER_TAG_INVALID",
  });
  assert.throws(() => encodeTlv([{ tag: 0x9a, value: [] }]), {
    code: "BER_TAG_INVALID",
  });
  assert.throws(
    () => encodeTlv([{ tag: 0x50, value: new Uint8Array(65536) }]),
    { code: "BER_LENGTH_FORM" },
  );
});
