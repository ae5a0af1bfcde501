/** The build with SIMD, which is not shipped, beside the plain one: same vectors, same bytes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CryptoCore } from "../../../bindings/crypto.ts";
import { compileCore } from "../../../scripts/build_core.ts";
import { coreInstance, toHex } from "../../reference/core_instance.ts";
import { PUBLISHED } from "../../reference/published_vectors.ts";
import { SampleBytes } from "../../reference/seal_samples.ts";
import { WYCHEPROOF } from "../../reference/wycheproof.ts";

const module = coreInstance(
  await compileCore("core/index.ts", ["--enable", "simd"]),
);
const simd = new CryptoCore(module);
const plain = new CryptoCore(coreInstance());

test("the build with SIMD answers every published vector", () => {
  for (const run of Object.values(PUBLISHED)) assert.ok(run(module) > 0);
  for (const run of Object.values(WYCHEPROOF)) assert.ok(run(simd) > 0);
});

test("chacha20Poly1305Seal() of both builds agrees for every length 0 to 1,100", () => {
  const samples = new SampleBytes(70);
  for (let length = 0; length <= 1100; length++) {
    const [key, nonce] = [samples.edge(32), samples.edge(12)];
    const data = samples.edge(length);
    const sealed = simd.chacha20Poly1305Seal(key, nonce, nonce, data);
    const twin = plain.chacha20Poly1305Seal(key, nonce, nonce, data);
    assert.equal(toHex(sealed), toHex(twin), `length ${length}`);
    const opened = simd.chacha20Poly1305Open(key, nonce, nonce, sealed);
    assert.deepEqual(opened, data);
  }
});

test("chacha20Xor() of both builds agrees across the end of the counter", () => {
  const key = new SampleBytes(71).bytes(32);
  const run = (build: typeof module, counter: number): string => {
    const at = build.put(key);
    build.exports.chacha20Begin(at, at, counter);
    const from = build.put(new Uint8Array(512), 64);
    build.exports.chacha20Xor(from, build.outputPointer, 512);
    return toHex(build.take(512));
  };
  const other = coreInstance();
  for (const counter of [0, 1, 0x7ffffffe, 0xfffffffd]) {
    assert.equal(run(module, counter), run(other, counter), `${counter}`);
  }
});
