import assert from "node:assert/strict";
import { test } from "node:test";
import { poly1305 as noblePoly1305 } from "@noble/ciphers/_poly1305.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { CryptoCore } from "../../../bindings/crypto.ts";
import { coreInstance, toHex } from "../../reference/core_instance.ts";
import { rawPoly1305 } from "../../reference/published_vectors.ts";
import { rounds, SampleBytes } from "../../reference/seal_samples.ts";

const module = coreInstance();
const core = new CryptoCore(module);

function reference(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): string {
  return toHex(chacha20poly1305(key, nonce, aad).encrypt(plaintext));
}

test("chacha20Poly1305Seal() with every length 0 to 1,100 agrees with noble", () => {
  const samples = new SampleBytes(10);
  for (let length = 0; length <= 1100; length++) {
    const key = samples.edge(32);
    const nonce = samples.edge(12);
    const aad = samples.edge(samples.next() % 80);
    const plaintext = samples.edge(length);
    const sealed = core.chacha20Poly1305Seal(key, nonce, aad, plaintext);
    assert.equal(toHex(sealed), reference(key, nonce, aad, plaintext));
    const opened = core.chacha20Poly1305Open(key, nonce, aad, sealed);
    assert.equal(toHex(opened), toHex(plaintext), `length ${length}`);
  }
});

test("chacha20Poly1305Seal() with every aad length 0 to 200 agrees with noble", () => {
  const samples = new SampleBytes(11);
  for (let length = 0; length <= 200; length++) {
    const key = samples.edge(32);
    const nonce = samples.edge(12);
    const aad = samples.edge(length);
    const plaintext = samples.edge(40);
    const sealed = core.chacha20Poly1305Seal(key, nonce, aad, plaintext);
    assert.equal(toHex(sealed), reference(key, nonce, aad, plaintext));
  }
});

test("chacha20Poly1305Seal() with random keys and long edge data agrees with noble", () => {
  const samples = new SampleBytes(12);
  for (let i = 0; i < rounds(150); i++) {
    const key = samples.bytes(32);
    const nonce = samples.bytes(12);
    const plaintext = samples.edge(samples.next() % 9000);
    const sealed = core.chacha20Poly1305Seal(key, nonce, nonce, plaintext);
    assert.equal(toHex(sealed), reference(key, nonce, nonce, plaintext));
  }
});

test("chacha20Poly1305Open() with any single bit flipped refuses", () => {
  const samples = new SampleBytes(13);
  const parts = {
    key: samples.bytes(32),
    nonce: samples.bytes(12),
    aad: samples.bytes(21),
    ciphertext: new Uint8Array(0) as Uint8Array,
  };
  parts.ciphertext = core.chacha20Poly1305Seal(
    parts.key,
    parts.nonce,
    parts.aad,
    samples.bytes(70),
  );
  let flipped = 0;
  for (const name of ["key", "nonce", "aad", "ciphertext"] as const) {
    for (let bit = 0; bit < parts[name].length * 8; bit++) {
      const bent = { ...parts, [name]: parts[name].slice() };
      bent[name][bit >> 3] ^= 1 << (bit & 7);
      assert.throws(
        () =>
          core.chacha20Poly1305Open(
            bent.key,
            bent.nonce,
            bent.aad,
            bent.ciphertext,
          ),
        { code: "CRYPTO_OPEN", message: "core answered CRYPTO_ERR_OPEN" },
      );
      flipped++;
    }
  }
  assert.equal(flipped, (32 + 12 + 21 + 86) * 8);
});

test("aeadOpen() of what is not authentic writes nothing", () => {
  const core = module.exports;
  const [key, nonce] = [module.put(new Uint8Array(32)), module.inputPointer];
  const message = module.put(new Uint8Array(100), 32);
  module.put(new Uint8Array(84).fill(0x5a), 200);
  const target = module.inputPointer + 200;
  assert.equal(core.aeadOpen(key, nonce, key, 0, message, 84, target), 0);
  const left = module.bytes.slice(target, target + 84);
  assert.deepEqual(left, new Uint8Array(84).fill(0x5a));
  module.wipe();
});

test("chacha20Poly1305Open() with fewer bytes than a tag refuses", () => {
  const some = new Uint8Array(32);
  for (let length = 0; length < 16; length++) {
    assert.throws(
      () =>
        core.chacha20Poly1305Open(
          some,
          some.subarray(0, 12),
          some,
          some.subarray(0, length),
        ),
      { code: "CRYPTO_OPEN" },
    );
  }
});

test("chacha20Poly1305Seal() with a result larger than the arena refuses", () => {
  const key = new Uint8Array(32);
  const nonce = new Uint8Array(12);
  const none = new Uint8Array(0);
  const seal = (length: number): Uint8Array =>
    core.chacha20Poly1305Seal(key, nonce, none, new Uint8Array(length));
  assert.equal(seal(65536 - 44).length, 65536 - 44 + 16);
  assert.throws(() => seal(65536 - 43), { code: "CORE_INPUT_TOO_LARGE" });
  assert.throws(() => seal(65536 - 15), { code: "CRYPTO_ARGUMENT" });
});

test("poly1305() with edge keys and blocks agrees with noble", () => {
  const samples = new SampleBytes(14);
  for (let i = 0; i < rounds(4000); i++) {
    const key = new Uint8Array([...samples.edge(16), ...samples.edge(16)]);
    const blocks = Array.from(
      { length: samples.next() % 6 },
      () => [...samples.edge(16)],
    );
    const message = new Uint8Array(blocks.flat());
    assert.equal(
      rawPoly1305(module, key, message),
      toHex(noblePoly1305(message, key)),
    );
  }
});
