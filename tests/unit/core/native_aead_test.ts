/** The AEAD beside node:crypto's, which browsers do not all offer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CryptoCore } from "../../../bindings/crypto.ts";
import { coreInstance, toHex } from "../../reference/core_instance.ts";
import { nativeSeal } from "../../reference/native_aead.ts";
import { rounds, SampleBytes } from "../../reference/seal_samples.ts";

const core = new CryptoCore(coreInstance());

test("chacha20Poly1305Seal() with every length 0 to 1,100 agrees with node:crypto", () => {
  const samples = new SampleBytes(60);
  for (let length = 0; length <= 1100; length++) {
    const [key, nonce] = [samples.edge(32), samples.edge(12)];
    const aad = samples.edge(samples.next() % 80);
    const plaintext = samples.edge(length);
    assert.equal(
      toHex(core.chacha20Poly1305Seal(key, nonce, aad, plaintext)),
      nativeSeal(key, nonce, aad, plaintext).toString("hex"),
      `length ${length}`,
    );
  }
});

test("chacha20Poly1305Seal() with long edge data agrees with node:crypto", () => {
  const samples = new SampleBytes(61);
  for (let i = 0; i < rounds(100); i++) {
    const [key, nonce] = [samples.edge(32), samples.edge(12)];
    const plaintext = samples.edge(samples.next() % 20_000);
    assert.equal(
      toHex(core.chacha20Poly1305Seal(key, nonce, nonce, plaintext)),
      nativeSeal(key, nonce, nonce, plaintext).toString("hex"),
    );
  }
});
