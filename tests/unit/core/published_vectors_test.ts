/** Every vector of the standards, counted. */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { CryptoCore } from "../../../bindings/crypto.ts";
import { coreInstance } from "../../reference/core_instance.ts";
import { iterateX25519, PUBLISHED } from "../../reference/published_vectors.ts";
import { vectors } from "../../reference/seal_samples.ts";

const COUNTS: Record<string, number> = {
  "FIPS 180-4 examples": 4,
  "RFC 4231 §4.2 to §4.8": 7,
  "RFC 5869 A.1 to A.3": 3,
  "RFC 7748 §5.2 and §6.1": 4,
  "RFC 8439 §2 and A.1, A.2, A.4": 14,
  "RFC 8439 A.3, whole blocks": 8,
  "RFC 8439 §2.8.2 and A.5": 2,
  "RFC 9180 A.2.1 and A.2.2": 2,
  "RFC 9180 A.2.1 and A.2.2, encryptions": 12,
};

for (const [name, count] of Object.entries(COUNTS)) {
  test(`PUBLISHED ${name} gives all ${count} results`, () => {
    assert.equal(PUBLISHED[name](coreInstance()), count);
  });
}

test("PUBLISHED has no runner that is not counted", () => {
  assert.deepEqual(Object.keys(PUBLISHED), Object.keys(COUNTS));
});

if (process.env.HOLDFAST_SOAK === "1") {
  test("x25519() iterated 1,000,000 times reaches the RFC 7748 value", () => {
    const core = new CryptoCore(coreInstance());
    iterateX25519(core, vectors("x25519").iterations, 1_000_000);
  });
}
