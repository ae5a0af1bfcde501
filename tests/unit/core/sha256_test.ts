import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { CryptoCore } from "../../../bindings/crypto.ts";
import { coreInstance, toHex } from "../../reference/core_instance.ts";
import { rounds, SampleBytes } from "../../reference/seal_samples.ts";

const core = new CryptoCore(coreInstance());

test("sha256() with every length from 0 to 1,100 agrees with noble", () => {
  const samples = new SampleBytes(1);
  for (let length = 0; length <= 1100; length++) {
    const data = samples.edge(length);
    const expected = toHex(nobleSha256(data));
    assert.equal(toHex(core.sha256(data)), expected, `length ${length}`);
  }
});

test("sha256() with messages around the arena's size and beyond agrees with noble", () => {
  for (const length of [65535, 65536, 65537, 131072, 131135, 200000]) {
    const data = new SampleBytes(length).bytes(length);
    assert.equal(toHex(core.sha256(data)), toHex(nobleSha256(data)));
  }
});

test("sha256() with random lengths agrees with noble", () => {
  const samples = new SampleBytes(2);
  for (let i = 0; i < rounds(500); i++) {
    const data = samples.edge(samples.next() % 5000);
    assert.equal(toHex(core.sha256(data)), toHex(nobleSha256(data)));
  }
});
