/** AID → brand, networks offline, candidates of co-badged cards. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EmvCore } from "../../../bindings/emv.ts";
import { coreInstance } from "../../reference/core_instance.ts";
import { referenceBrand } from "../../reference/emv_networks.ts";

const emv = new EmvCore(coreInstance());

const AIDS: [aid: string, brand: string][] = [
  ["A0000000031010", "visa"],
  ["A000000003101001", "visa"],
  ["A0000000032010", "visa"],
  ["A0000000032020", "visa"],
  ["A0000000033010", "visa"],
  ["A0000000038010", "visa"],
  ["A0000000039999", "visa"],
  ["A0000000041010", "mastercard"],
  ["A0000000046000", "mastercard"],
  ["A0000000043060", "maestro"],
  ["A000000004306001", "maestro"],
  ["A0000000050001", "maestro"],
  ["A0000000050002", "unknown"],
  ["A00000002501", "amex"],
  ["A000000025010402", "amex"],
  ["A00000079001", "amex"],
  ["A0000000651010", "jcb"],
  ["A0000001523010", "discover"],
  ["A0000003241010", "discover"],
  ["A000000333010101", "unionpay"],
  ["A000000333010102", "unionpay"],
  ["A000000333010103", "unionpay"],
  ["A000000333010106", "unionpay"],
  ["A0000000421010", "cartes_bancaires"],
  ["A0000000422010", "cartes_bancaires"],
  ["A0000003591010028001", "girocard"],
  ["A0000001214711", "dankort"],
  ["A0000001214712", "dankort"],
  ["A00000038410", "eftpos_au"],
  ["A00000038420", "eftpos_au"],
  ["A0000004540010", "unknown"],
  ["A0000002771010", "interac"],
  ["A0000000980840", "us_common_debit"],
  ["A0000000042203", "us_common_debit"],
  ["A0000001524010", "us_common_debit"],
  ["A000000333010108", "us_common_debit"],
  ["A0000006200620", "debit_network_alliance"],
  ["A0000005241010", "rupay"],
  ["A0000006581010", "mir"],
  ["A0000003710001", "verve"],
  ["A000000732100123", "meeza"],
  ["A0000001410001", "bancomat"],
  ["D5780000021010", "bankaxept"],
  ["A000000003", "visa"],
  ["A0000000", "unknown"],
  ["", "unknown"],
  ["A0000000031010A", "unknown"],
  ["A00000000310ZZ", "unknown"],
  ["A000000003" + "00".repeat(11), "visa"],
  ["A000000003" + "00".repeat(12), "unknown"],
  ["B000000003", "unknown"],
];

for (const [aid, brand] of AIDS) {
  test(`aidBrand() ${aid || "nothing"} is ${brand}`, () => {
    assert.equal(emv.aidBrand(aid), brand);
    assert.equal(emv.aidBrand(aid.toLowerCase()), brand);
  });
}

test("aidBrand() any change of one byte agrees with the twin", () => {
  for (
    const [aid] of AIDS.filter(([text]) => /^([0-9A-F]{2}){5,16}$/.test(text))
  ) {
    for (let at = 0; at < aid.length; at += 2) {
      for (let byte = 0; byte < 256; byte += 5) {
        const changed = aid.slice(0, at) +
          byte.toString(16).toUpperCase().padStart(2, "0") + aid.slice(at + 2);
        assert.equal(emv.aidBrand(changed), referenceBrand(changed), changed);
      }
    }
  }
});

test("canOperateOffline() follows brand and country", () => {
  for (
    const brand of ["visa", "mastercard", "amex", "discover", "jcb"] as const
  ) {
    for (const country of ["US", "de", "AU", "CA"]) {
      assert.equal(emv.canOperateOffline(brand, country), true);
    }
  }
  assert.equal(emv.canOperateOffline("us_common_debit", "us"), true);
  assert.equal(emv.canOperateOffline("us_common_debit", "CA"), false);
  for (
    const [brand, home] of [
      ["interac", "CA"],
      ["eftpos_au", "AU"],
      ["cartes_bancaires", "FR"],
      ["girocard", "DE"],
      ["dankort", "DK"],
      ["debit_network_alliance", "US"],
      ["unknown", "US"],
    ] as const
  ) assert.equal(emv.canOperateOffline(brand, home), false, brand);
  assert.throws(() => emv.canOperateOffline("visa", "XX"), {
    code: "EMV_REQUEST",
    field: "country",
  });
});

test("filterCandidates() keeps the international application of a co-badged card", () => {
  const cards: [candidates: string[], country: string, left: string[]][] = [
    [["A0000000421010", "A0000000031010"], "FR", ["A0000000031010"]],
    [["A00000038410", "A0000000041010"], "AU", ["A0000000041010"]],
    [["A0000003591010028001", "A0000000043060"], "DE", ["A0000000043060"]],
    [["A0000001214711", "A0000000031010"], "DK", ["A0000000031010"]],
    [["A0000002771010"], "CA", []],
    [["A0000000031010", "A0000000980840"], "US", [
      "A0000000031010",
      "A0000000980840",
    ]],
    [["A0000000031010", "A0000000980840"], "GB", ["A0000000031010"]],
  ];
  for (const [candidates, country, left] of cards) {
    assert.deepEqual(emv.filterCandidates(candidates, true, country), left);
    assert.deepEqual(
      emv.filterCandidates(candidates, false, country),
      candidates,
    );
  }
});
