import assert from "node:assert/strict";
import { test } from "node:test";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { CryptoCore } from "../../../bindings/crypto.ts";
import { coreInstance, toHex } from "../../reference/core_instance.ts";
import { rounds, SampleBytes } from "../../reference/seal_samples.ts";

const core = new CryptoCore(coreInstance());

test("hmacSha256() with every key length 0 to 200 and edge data agrees with noble", () => {
  const samples = new SampleBytes(3);
  for (let length = 0; length <= 200; length++) {
    const key = samples.edge(length);
    const data = samples.edge(samples.next() % 300);
    assert.equal(
      toHex(core.hmacSha256(key, data)),
      toHex(hmac(sha256, key, data)),
    );
  }
});

test("hmacSha256() with every data length 0 to 1,100 agrees with noble", () => {
  const samples = new SampleBytes(4);
  const key = samples.bytes(32);
  for (let length = 0; length <= 1100; length++) {
    const data = samples.edge(length);
    assert.equal(
      toHex(core.hmacSha256(key, data)),
      toHex(hmac(sha256, key, data)),
    );
  }
});

test("hkdfSha256() with edge inputs and block boundaries agrees with noble", () => {
  const samples = new SampleBytes(5);
  const lengths = [0, 1, 31, 32, 33, 63, 64, 65, 255 * 32 - 1, 255 * 32];
  for (let i = 0; i < rounds(200); i++) {
    const length = lengths[i] ?? samples.next() % 300;
    const ikm = samples.edge(samples.next() % 100);
    const salt = samples.edge(samples.next() % 100);
    const info = samples.edge(samples.next() % 100);
    assert.equal(
      toHex(core.hkdfSha256(ikm, salt, info, length)),
      length === 0 ? "" : toHex(hkdf(sha256, ikm, salt, info, length)),
      `length ${length}`,
    );
  }
});

test("hkdfSha256() with more than 255 blocks or a broken length refuses", () => {
  const some = new Uint8Array(32);
  for (const length of [255 * 32 + 1, -1, 1.5, NaN, Infinity]) {
    assert.throws(() => core.hkdfSha256(some, some, some, length), {
      code: "CRYPTO_ARGUMENT",
      field: "length",
    });
  }
});
