import assert from "node:assert/strict";
import { test } from "node:test";
import { x25519 } from "@noble/curves/ed25519.js";
import { CryptoCore } from "../../../bindings/crypto.ts";
import { coreInstance, hex, toHex } from "../../reference/core_instance.ts";
import { rounds, SampleBytes } from "../../reference/seal_samples.ts";

const module = coreInstance();
const core = new CryptoCore(module);
const P = 2n ** 255n - 19n;

/** Every u whose point has order 1, 2, 4 or 8 on the curve or its twist, all encodings. */
const LOW_ORDER = [
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  P - 1n,
  P,
  P + 1n,
].map((u) => littleEndian(u));

function littleEndian(value: bigint): Uint8Array {
  return hex(value.toString(16).padStart(64, "0")).reverse();
}

function reference(scalar: Uint8Array, point: Uint8Array): string | null {
  try {
    return toHex(x25519.getSharedSecret(scalar, point));
  } catch {
    return null; // All zero.
  }
}

function ours(scalar: Uint8Array, point: Uint8Array): string | null {
  try {
    return toHex(core.x25519(scalar, point));
  } catch (error) {
    assert.equal((error as { code?: string }).code, "CRYPTO_SHARED_SECRET");
    return null;
  }
}

test("x25519() with a point of small order refuses", () => {
  const samples = new SampleBytes(6);
  assert.equal(LOW_ORDER.length, 7);
  for (const point of LOW_ORDER) {
    for (const top of [0, 0x80]) { // Bit 255 is ignored (RFC 7748 §5).
      const masked = point.slice();
      masked[31] |= top;
      assert.equal(ours(samples.bytes(32), masked), null, toHex(masked));
    }
  }
});

test("x25519() with scalars and points at the edges agrees with noble", () => {
  const samples = new SampleBytes(7);
  for (let i = 0; i < rounds(400); i++) {
    const scalar = samples.edge(32);
    const point = samples.edge(32);
    assert.equal(ours(scalar, point), reference(scalar, point), toHex(point));
  }
});

test("x25519() with points around p and powers of two agrees with noble", () => {
  const scalar = new SampleBytes(8).bytes(32);
  const values: bigint[] = [];
  for (let d = -24n; d <= 24n; d++) values.push(P + d);
  for (let bit = 0n; bit < 255n; bit += 5n) {
    values.push(2n ** bit, 2n ** bit - 1n);
  }
  for (const value of values) {
    const point = littleEndian(value & (2n ** 256n - 1n));
    assert.equal(ours(scalar, point), reference(scalar, point), `${value}`);
  }
});

test("x25519PublicKey() with any scalar equals x25519() with base point 9", () => {
  const samples = new SampleBytes(9);
  const base = hex("09" + "00".repeat(31));
  for (let i = 0; i < rounds(300); i++) {
    const scalar = samples.edge(32);
    const made = toHex(core.x25519PublicKey(scalar));
    assert.equal(made, toHex(core.x25519(scalar, base)));
    if (i < 50) assert.equal(made, toHex(x25519.getPublicKey(scalar)));
  }
});

/** The raw x25519: its truth value and its 32 bytes. */
function ladder(scalar: Uint8Array, point: Uint8Array): string {
  const [at, from] = [module.put(scalar), module.put(point, 32)];
  const isUsable = module.exports.x25519(at, from, module.outputPointer);
  return `${isUsable} ${toHex(module.take(32))}`;
}

/** The same by x25519Both, whose public key must be right wherever the secret is usable. */
function both(scalar: Uint8Array, point: Uint8Array): string {
  const [at, from] = [module.put(scalar), module.put(point, 32)];
  const out = module.outputPointer;
  const isUsable = module.exports.x25519Both(at, from, out, out + 32);
  const [publicKey, shared] = [module.take(32), toHex(module.take(32, 32))];
  if (isUsable) assert.deepEqual(publicKey, core.x25519PublicKey(scalar));
  return `${isUsable} ${shared}`;
}

test("x25519Both() equals x25519() the first to the fourth time", () => {
  const samples = new SampleBytes(15);
  const points = LOW_ORDER.flatMap((point) => {
    const masked = point.slice();
    masked[31] |= 0x80;
    return [point, masked];
  });
  for (let d = -3n; d <= 3n; d++) points.push(littleEndian(P + d));
  for (let u = 2n; u < 40n; u++) points.push(littleEndian(u));
  // About half of all u are on the twist, which has no table.
  for (let i = 0; i < rounds(60); i++) points.push(samples.edge(32));
  for (const point of points) {
    for (let time = 1; time <= 4; time++) {
      const scalar = samples.edge(32);
      assert.equal(
        both(scalar, point),
        ladder(scalar, point),
        `${toHex(point)} time ${time}`,
      );
    }
  }
});

test("x25519Both() between two points serves each its own", () => {
  const samples = new SampleBytes(16);
  const points = [littleEndian(9n), core.x25519PublicKey(samples.bytes(32))];
  for (let i = 0; i < 200; i++) {
    const point = points[samples.next() % 2];
    const scalar = samples.edge(32);
    assert.equal(
      both(scalar, point),
      ladder(scalar, point),
    );
  }
});

test("x25519Both() with every signed digit in every place equals x25519()", () => {
  const point = littleEndian(9n);
  for (let digit = 0; digit < 16; digit++) {
    for (let place = 0; place < 64; place++) {
      const scalar = new Uint8Array(32).fill(0x77); // No carries of its own.
      const shift = (place & 1) << 2;
      scalar[place >> 1] &= 0xf0 >> shift;
      scalar[place >> 1] |= digit << shift;
      assert.equal(
        both(scalar, point),
        ladder(scalar, point),
      );
    }
  }
});

test("x25519() with keys of another length refuses and names the key", () => {
  const key = new Uint8Array(32);
  for (const length of [0, 31, 33]) {
    const wrong = new Uint8Array(length);
    assert.throws(() => core.x25519(wrong, key), { field: "privateKey" });
    assert.throws(() => core.x25519(key, wrong), { field: "publicKey" });
  }
});
