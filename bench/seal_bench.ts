/**
 * Sealing and its parts beside @hpke/core and @noble, in one run.
 *
 * Owns: fair rounds: every candidate of a row takes turns with the others, slice by slice, and
 * the median slice counts, so that a noisy machine slows all of them. Lines for people, then one
 * line of JSON. Run it with Deno, or bundled with Node.
 */
import { createCipheriv, randomBytes } from "node:crypto";
import process from "node:process";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { CryptoCore } from "../bindings/crypto.ts";
import { SealCore } from "../bindings/seal.ts";
import { coreInstance } from "../tests/reference/core_instance.ts";
import { buffer, hpkeCoreSuite } from "../tests/reference/hpke_core_suite.ts";
import { sampleHeader } from "../tests/reference/seal_samples.ts";

type Operation = () => unknown;

const SLICE_MS = Number(process.env.HOLDFAST_BENCH_SLICE_MS ?? 60);
const SLICES = Number(process.env.HOLDFAST_BENCH_SLICES ?? 9);

/** Operations per second of one slice; awaits only what is a promise. */
async function slice(operation: Operation): Promise<number> {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  while (elapsed < SLICE_MS) {
    const result = operation();
    if (result instanceof Promise) await result;
    count++;
    if ((count & 7) === 0 || result instanceof Promise) {
      elapsed = performance.now() - start;
    }
  }
  return count / (performance.now() - start) * 1000;
}

/** Median operations per second by name; the first slice of each only warms up. */
async function race(
  candidates: Record<string, Operation>,
): Promise<Record<string, number>> {
  const names = Object.keys(candidates);
  const rates: Record<string, number[]> = {};
  for (let round = 0; round <= SLICES; round++) {
    for (const name of names) {
      const rate = await slice(candidates[name]);
      if (round > 0) (rates[name] ??= []).push(rate);
    }
  }
  return Object.fromEntries(names.map((name) => {
    const sorted = rates[name].sort((a, b) => a - b);
    return [name, Math.round(sorted[sorted.length >> 1])];
  }));
}

const core = new SealCore(coreInstance());
const crypto = new CryptoCore(coreInstance());
const recipient = core.generateKeyPair(randomBytes(32));
const chainSecret = new Uint8Array(randomBytes(32));
const entropy = new Uint8Array(randomBytes(32));
const plaintext = new Uint8Array(randomBytes(1500));
const padded = new Uint8Array(1536);
const header = sampleHeader({ keyId: recipient.keyId });
const aad = new Uint8Array(207);
const key = new Uint8Array(randomBytes(32));
const nonce = new Uint8Array(randomBytes(12));
const kibibyte = new Uint8Array(randomBytes(1024));
const point = recipient.publicKey;

const suite = hpkeCoreSuite();
const theirKey = await suite.kem.deserializePublicKey(buffer(point));
const psk = { id: buffer(aad.subarray(0, 28)), key: buffer(chainSecret) };
const sealed = core.sealRecord({
  header,
  recipientPublicKey: point,
  chainSecret,
  entropy,
  plaintext,
}).record;

const rows: Record<string, Record<string, number>> = {
  "seal 1.5 KB record": await race({
    holdfast: () =>
      core.sealRecord({
        header,
        recipientPublicKey: point,
        chainSecret,
        entropy,
        plaintext,
      }),
    "@hpke/core": async () => {
      const sender = await suite.createSenderContext({
        recipientPublicKey: theirKey,
        info: buffer(aad.subarray(0, 16)),
        psk,
      });
      return await sender.seal(buffer(padded), buffer(aad));
    },
  }),
  "open 1.5 KB record": await race({
    holdfast: () =>
      core.openRecord({
        recipientPrivateKey: recipient.privateKey,
        record: sealed,
        chainSecret,
      }),
  }),
  "AEAD seal 1 KiB": await race({
    holdfast: () => crypto.chacha20Poly1305Seal(key, nonce, aad, kibibyte),
    noble: () => chacha20poly1305(key, nonce, aad).encrypt(kibibyte),
    "node:crypto": () => {
      const cipher = createCipheriv("chacha20-poly1305", key, nonce, {
        authTagLength: 16,
      });
      cipher.setAAD(aad, { plaintextLength: 1024 });
      const body = cipher.update(kibibyte);
      cipher.final();
      return [body, cipher.getAuthTag()];
    },
  }),
  "SHA-256 1 KiB": await race({
    holdfast: () => crypto.sha256(kibibyte),
    noble: () => sha256(kibibyte),
  }),
  "X25519": await race({
    holdfast: () => crypto.x25519(chainSecret, point),
    noble: () => x25519.getSharedSecret(chainSecret, point),
  }),
  "X25519 public key": await race({
    holdfast: () => crypto.x25519PublicKey(chainSecret),
    noble: () => x25519.getPublicKey(chainSecret),
  }),
};

const ratios: Record<string, number> = {};
for (const [row, rates] of Object.entries(rows)) {
  for (const [name, rate] of Object.entries(rates)) {
    const ratio = rates.holdfast / rate;
    if (name !== "holdfast") ratios[`${row} vs ${name}`] = +ratio.toFixed(2);
    const times = name === "holdfast" ? "" : `  holdfast × ${ratio.toFixed(1)}`;
    console.log(`${row.padEnd(22)} ${name.padEnd(12)} ${rate} /s${times}`);
  }
}
const runtime = "Deno" in globalThis ? "deno" : `node ${process.version}`;
console.log(JSON.stringify({ bench: "seal", runtime, rows, ratios }));
