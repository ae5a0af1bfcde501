import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import * as abi from "../../../bindings/_wasm/abi.ts";
import { hex } from "../../reference/core_instance.ts";
import {
  makeExample,
  makeExample2,
  type Segment,
} from "../../reference/saf1_example.ts";
import { openByReference } from "../../reference/saf1_opener.ts";

const EXAMPLE = "docs/formats/saf1-example.json";
const EXAMPLE_2 = "docs/formats/saf1-example-suite2.json";

/** Rows `| offset | bytes | field |` of the document's header table. */
function documentedFields(): {
  offset: number;
  length: number;
  field: string;
}[] {
  const text = readFileSync("docs/formats/saf1.md", "utf8");
  const rows = text.matchAll(/^\| (\d+) \| (\d+) \| ([^|]+) \|/gm);
  return [...rows].map(([, offset, length, field]) => ({
    offset: Number(offset),
    length: Number(length),
    field: field.trim(),
  }));
}

for (
  const [file, make] of [[EXAMPLE, makeExample], [
    EXAMPLE_2,
    makeExample2,
  ]] as const
) {
  test(`${file} equals what is sealed today`, () => {
    const made = JSON.stringify(make(), null, 2) + "\n";
    if (process.env.HOLDFAST_UPDATE === "1") writeFileSync(file, made);
    // Version 1 is frozen: a difference is a break of the format, not of the test.
    assert.equal(made, readFileSync(file, "utf8"));
  });

  test(`${file} explains every byte of both records once`, () => {
    const example = JSON.parse(readFileSync(file, "utf8"));
    const fields = documentedFields();
    for (const name of ["genesis", "payment"]) {
      const parts: Segment[] = example[name].segments;
      let offset = 0;
      for (const part of parts) {
        assert.equal(part.offset, offset, part.field);
        assert.equal(part.hex.length, part.length * 2, part.field);
        assert.ok(part.meaning.length > 0);
        offset += part.length;
      }
      const whole = parts.map((part) => part.hex).join("");
      assert.equal(whole, example[name].record);
      assert.deepEqual(
        parts.slice(0, fields.length).map(({ offset, length, field }) => ({
          offset,
          length,
          field,
        })),
        fields,
      );
    }
  });

  test(`openByReference() opens the records of ${file}`, () => {
    const { inputs, genesis, payment } = JSON.parse(readFileSync(file, "utf8"));
    const key = hex(inputs.recipientPrivateKey);
    const first = openByReference(key, hex(genesis.record), new Uint8Array(0));
    assert.deepEqual(first.plaintext, hex(inputs.A0 + inputs.deviceFacts));
    const second = openByReference(key, hex(payment.record), hex(inputs.A1));
    assert.deepEqual(second.plaintext, hex(inputs.plaintext));
    assert.ok(payment.record.includes(genesis.steps.hash));
  });
}

test("the document's header table equals the layout of the core", () => {
  const fields = documentedFields();
  const last = fields[fields.length - 1];
  assert.equal(last.offset + last.length, abi.SEAL_HEADER_BYTES);
  const names: Record<string, string> = {
    "created at": "CREATED_AT_MS",
    "monotonic": "MONOTONIC_MS",
    "amount": "AMOUNT_MINOR",
    "card-transaction HMAC": "CARD_TRANSACTION_HMAC",
  };
  const offsets = abi as unknown as Record<string, number>;
  for (const { field, offset } of fields) {
    const name = names[field] ?? field.toUpperCase().replaceAll(" ", "_");
    assert.equal(offsets[`SEAL_HEADER_${name}`], offset, field);
  }
  assert.equal(fields.length, 22);
});
