/** Project Wycheproof's four files, whole, through the binding. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CryptoCore } from "../../../bindings/crypto.ts";
import { coreInstance, toHex } from "../../reference/core_instance.ts";
import { SampleBytes } from "../../reference/seal_samples.ts";
import { WYCHEPROOF, wycheproofPoints } from "../../reference/wycheproof.ts";

const module = coreInstance();
const core = new CryptoCore(module);

const COUNTS: Record<string, number> = {
  x25519: 518,
  chacha20_poly1305: 300,
  hmac_sha256: 174,
  hkdf_sha256: 105,
};

for (const [name, expected] of Object.entries(COUNTS)) {
  test(`wycheproof ${name}_test.json answers all ${expected} cases`, () => {
    assert.equal(WYCHEPROOF[name](core), expected);
  });
}

test("wycheproof runs every file there is a runner for", () => {
  assert.deepEqual(Object.keys(WYCHEPROOF), Object.keys(COUNTS));
});

test("x25519Both() with every Wycheproof point equals x25519() thrice", () => {
  const samples = new SampleBytes(17);
  const { x25519, x25519Both } = module.exports;
  const out = module.outputPointer;
  for (const point of wycheproofPoints()) {
    for (let time = 1; time <= 3; time++) {
      const [at, from] = [
        module.put(samples.edge(32)),
        module.put(point, 32),
      ];
      const isUsable = x25519(at, from, out);
      const shared = toHex(module.take(32));
      assert.equal(x25519Both(at, from, out, out + 32), isUsable);
      assert.equal(toHex(module.take(32, 32)), shared);
    }
  }
});
