/**
 * Project Wycheproof's vectors, each held against what the core answers.
 *
 * Owns: what "valid", "acceptable" and "invalid" mean here. Every list of published files is read
 * whole; a runner returns how many cases it ran and throws at the first wrong answer.
 */
import assert from "node:assert/strict";
import type { CryptoApi } from "../../scripts/conformance/core_api.ts";
import { hex, toHex } from "./core_instance.ts";
import { vectors } from "./seal_samples.ts";

type Case = Record<string, string> & { tcId: number; flags: string[] };
type Group = Record<string, number>;

/** Calls `check` for every case of a file; returns their number, which the file also states. */
function eachCase(
  file: string,
  check: (test: Case, group: Group) => void,
): number {
  const { testGroups, numberOfTests } = vectors(`wycheproof/${file}_test`);
  let ran = 0;
  for (const group of testGroups) {
    for (const test of group.tests) {
      try {
        check(test, group);
      } catch (error) {
        const reason = error instanceof Error ? error.message : "threw";
        throw new Error(`${file} ${test.tcId}: ${reason}`, { cause: error });
      }
      ran++;
    }
  }
  assert.equal(ran, numberOfTests);
  return ran;
}

/** Points on the twist and non-canonical keys are computed; an all-zero result is refused. */
function x25519(core: CryptoApi): number {
  return eachCase("x25519", ({ flags, shared, ...keys }) => {
    const call = (): Uint8Array =>
      core.x25519(hex(keys.private), hex(keys.public));
    if (flags.includes("ZeroSharedSecret")) {
      assert.throws(call, { code: "CRYPTO_SHARED_SECRET" });
    } else {
      assert.equal(toHex(call()), shared);
    }
  });
}

/** Both directions; a nonce of another length is an argument error, not a failed opening. */
function chacha20Poly1305(core: CryptoApi): number {
  return eachCase("chacha20_poly1305", (test, { ivSize }) => {
    const [key, iv, aad, plaintext] = [test.key, test.iv, test.aad, test.msg]
      .map(hex);
    const sealed = test.ct + test.tag;
    const seal = (): Uint8Array =>
      core.chacha20Poly1305Seal(key, iv, aad, plaintext);
    const open = (): Uint8Array =>
      core.chacha20Poly1305Open(key, iv, aad, hex(sealed));
    if (ivSize !== 96) {
      assert.equal(test.result, "invalid");
      assert.throws(seal, { code: "CRYPTO_ARGUMENT", field: "nonce" });
      assert.throws(open, { code: "CRYPTO_ARGUMENT", field: "nonce" });
    } else if (test.result === "valid") {
      assert.equal(toHex(seal()), sealed);
      assert.equal(toHex(open()), test.msg);
    } else {
      assert.throws(open, { code: "CRYPTO_OPEN" });
    }
  });
}

/** Tags of 128 bits are the first half of the MAC; an invalid tag is one that is not its start. */
function hmacSha256(core: CryptoApi): number {
  return eachCase("hmac_sha256", ({ key, msg, tag, result }) => {
    const mac = toHex(core.hmacSha256(hex(key), hex(msg)));
    assert.equal(mac.startsWith(tag), result === "valid");
  });
}

function hkdfSha256(core: CryptoApi): number {
  return eachCase(
    "hkdf_sha256",
    ({ ikm, salt, info, okm, result, ...test }) => {
      const call = (): Uint8Array =>
        core.hkdfSha256(hex(ikm), hex(salt), hex(info), Number(test.size));
      if (result === "valid") assert.equal(toHex(call()), okm);
      else assert.throws(call, { code: "CRYPTO_ARGUMENT", field: "length" });
    },
  );
}

/** A runner by the name of its file. */
export const WYCHEPROOF: Readonly<
  Record<string, (core: CryptoApi) => number>
> = {
  x25519,
  chacha20_poly1305: chacha20Poly1305,
  hmac_sha256: hmacSha256,
  hkdf_sha256: hkdfSha256,
};

/** The public keys of the X25519 cases, 518 with repetitions. */
export function wycheproofPoints(): Uint8Array[] {
  const points: Uint8Array[] = [];
  eachCase("x25519", (test) => points.push(hex(test.public)));
  return points;
}
