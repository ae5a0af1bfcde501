/**
 * Conformance cases on TLV, data object lists, brands and bits.
 *
 * Owns: answers written out by hand from EMV 4.4 Book 3 §5.4 and Annexes B and C.
 */
import { answers, type ConformanceCase } from "./cases.ts";

function node(
  tag: string,
  offset: number,
  length: number,
  depth: number,
  constructed: boolean,
): Record<string, unknown> {
  const value_offset = offset + tag.length / 2 + 1;
  return { tag, offset, value_offset, length, depth, constructed };
}

const TLV: [data: string, source: string, nodes: unknown[]][] = [
  ["", "card", []],
  ["e1039c0100", "reader", [
    node("e1", 0, 3, 0, true),
    node("9c", 2, 1, 1, false),
  ]],
  ["9f0206000000001000", "reader", [node("9f02", 0, 6, 0, false)]],
  // FF is padding in a card's template 70 and the start of a tag elsewhere.
  ["7005ff5a0112ff", "card", [
    node("70", 0, 5, 0, true),
    node("5a", 3, 1, 1, false),
  ]],
  ["7003ff5a00", "reader", [
    node("70", 0, 3, 0, true),
    node("ff5a", 2, 0, 1, true),
  ]],
  ["00009c0100", "reader", [node("9c", 2, 1, 0, false)]],
];

const LISTS: [dol: string, entries: unknown[]][] = [
  ["", []],
  ["9f02069a03", [
    { tag: "9f02", offset: 0, length: 6 },
    { tag: "9a", offset: 3, length: 3 },
  ]],
];

const BUILT: [dol: string, data: string, built: string][] = [
  ["9f02069a039f3704", "9a032611249f02020100", "00000000010026112400000000"],
  ["9a03", "", "000000"],
  ["", "9a03261124", ""],
];

const BRANDS: [aid: string, brand: string][] = [
  ["a0000000031010", "visa"],
  ["a0000000041010", "mastercard"],
  ["a0000000043060", "maestro"],
  ["a00000002501", "amex"],
  ["a0000000651010", "jcb"],
  ["a000000333010101", "unionpay"],
  ["a0000000421010", "cartes_bancaires"],
  ["a0000000980840", "us_common_debit"],
  ["a0000002771010", "interac"],
  ["a00000038410", "eftpos_au"],
  ["a0000003591010028001", "girocard"],
  ["ffffffffff", "unknown"],
  ["a0", "unknown"],
  ["", "unknown"],
];

const BITS: [tag: string, value: string, bits: unknown[]][] = [
  ["9b", "4000", [
    { byte: 1, mask: 64, name: "cardholder verification performed" },
  ]],
  ["95", "0040000000", [{ byte: 2, mask: 64, name: "expired" }]],
  ["95", "0000000000", []],
];

/** The cases. */
export function dataCases(): ConformanceCase[] {
  return [
    ...TLV.map(([data, source, nodes]) =>
      answers({ op: "tlv_parse", data, source }, { nodes })
    ),
    ...LISTS.map(([dol, entries]) =>
      answers({ op: "dol_parse", dol }, { entries })
    ),
    ...BUILT.map(([dol, data, built]) =>
      answers({ op: "dol_build", dol, data }, { data: built })
    ),
    ...BRANDS.map(([aid, brand]) =>
      answers({ op: "aid_brand", aid }, { brand })
    ),
    ...BITS.map(([tag, value, bits]) =>
      answers({ op: "bits", tag, value }, { bits })
    ),
  ];
}
