/**
 * The primitives beside noble, hash-wasm, node:crypto and WebCrypto, in one run.
 *
 *   deno run -A bench/crypto_bench.ts
 *
 * The core is called through its binding: arguments checked and copied in, result copied out, every
 * secret wiped. The build with SIMD is compiled for the bench; none is shipped. Before anything is
 * measured, every candidate of a row must give the same bytes. Runs on Deno and, bundled, on Node.
 * Last line JSON, nanoseconds a call.
 * @module
 */
import assert from "node:assert/strict";
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  randomBytes,
} from "node:crypto";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { createSHA256 } from "hash-wasm";
import { CryptoCore } from "../bindings/crypto.ts";
import { compileCore } from "../scripts/build_core.ts";
import { coreInstance } from "../tests/reference/core_instance.ts";
import { nativeSeal } from "../tests/reference/native_aead.ts";
import {
  onBothRuntimes,
  type Operation,
  printRows,
  race,
  type Row,
} from "./_race.ts";

const LENGTHS = [64, 256, 1024, 16_384];
const random = (length: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(randomBytes(length));

/** All candidates give the same bytes, or nothing is measured. */
async function fairRace(candidates: Record<string, Operation>): Promise<Row> {
  const bytes = (value: unknown): string =>
    Buffer.from(value as Uint8Array).toString("hex");
  const [first, ...others] = Object.entries(candidates);
  const expected = bytes(await first[1]());
  for (const [name, operation] of others) {
    assert.equal(bytes(await operation()), expected, name);
  }
  return await race(candidates);
}

async function aeadRows(
  core: CryptoCore,
  simd: CryptoCore,
): Promise<Record<string, Row>> {
  const [key, nonce, aad] = [random(32), random(12), random(207)];
  const rows: Record<string, Row> = {};
  for (const length of LENGTHS) {
    const data = random(length);
    rows[`ChaCha20-Poly1305, ${length} bytes`] = await fairRace({
      core: () => core.chacha20Poly1305Seal(key, nonce, aad, data),
      "core, build with SIMD": () =>
        simd.chacha20Poly1305Seal(key, nonce, aad, data),
      noble: () => chacha20poly1305(key, nonce, aad).encrypt(data),
      "node:crypto": () => nativeSeal(key, nonce, aad, data),
    });
  }
  return rows;
}

async function hashRows(core: CryptoCore): Promise<Record<string, Row>> {
  const hasher = await createSHA256();
  const rows: Record<string, Row> = {};
  for (const length of LENGTHS) {
    const data = random(length);
    rows[`SHA-256, ${length} bytes`] = await fairRace({
      core: () => core.sha256(data),
      noble: () => sha256(data),
      "hash-wasm, instance kept": () =>
        hasher.init().update(data).digest("binary"),
      "node:crypto": () => createHash("sha256").update(data).digest(),
      WebCrypto: async () =>
        new Uint8Array(await crypto.subtle.digest("SHA-256", data)),
    });
  }
  return rows;
}

/** DER in front of raw X25519 keys, RFC 8410. */
const PRIVATE_DER = Buffer.from("302e020100300506032b656e04220420", "hex");
const PUBLIC_DER = Buffer.from("302a300506032b656e032100", "hex");

async function curveRows(core: CryptoCore): Promise<Record<string, Row>> {
  const [secret, point] = [random(32), core.x25519PublicKey(random(32))];
  const privateKey = createPrivateKey({
    key: Buffer.concat([PRIVATE_DER, secret]),
    format: "der",
    type: "pkcs8",
  });
  const publicKey = createPublicKey({
    key: Buffer.concat([PUBLIC_DER, point]),
    format: "der",
    type: "spki",
  });
  return {
    "X25519, shared secret": await fairRace({
      core: () => core.x25519(secret, point),
      noble: () => x25519.getSharedSecret(secret, point),
      "node:crypto, keys imported": () =>
        diffieHellman({ privateKey, publicKey }),
    }),
    "X25519, public key": await fairRace({
      core: () => core.x25519PublicKey(secret),
      noble: () => x25519.getPublicKey(secret),
    }),
  };
}

async function measure(): Promise<Record<string, Row>> {
  const core = new CryptoCore(coreInstance());
  const simd = new CryptoCore(
    coreInstance(await compileCore("core/index.ts", ["--enable", "simd"])),
  );
  return {
    ...await aeadRows(core, simd),
    ...await hashRows(core),
    ...await curveRows(core),
  };
}

if (import.meta.main) {
  await onBothRuntimes({ name: "crypto", measure, print: printRows });
}
