/**
 * The vectors of the standards, each held against what the core answers.
 *
 * Owns: which of its exports a file goes through. A runner reads its file whole, returns how many
 * cases it ran and throws at the first wrong answer.
 */
import assert from "node:assert/strict";
import type { CoreModule } from "../../bindings/core_module.ts";
import { CryptoCore } from "../../bindings/crypto.ts";
import { hex, toHex } from "./core_instance.ts";
import { vectors } from "./seal_samples.ts";

type Runner = (module: CoreModule) => number;
type Check = (core: CryptoCore, test: Record<string, string>) => void;

/** A runner that checks each case of a file through the binding. */
function eachOf(name: string, check: Check): Runner {
  return (module) => {
    const core = new CryptoCore(module);
    const { tests, numberOfTests } = vectors(name);
    assert.equal(tests.length, numberOfTests);
    for (const test of tests) check(core, test);
    return tests.length;
  };
}

/** Poly1305 of whole blocks through the core's raw exports. */
export function rawPoly1305(
  module: CoreModule,
  key: Uint8Array,
  message: Uint8Array,
): string {
  const { poly1305Begin, poly1305Absorb, poly1305End } = module.exports;
  poly1305Begin(module.put(key));
  poly1305Absorb(module.put(message, 32), message.length);
  poly1305End(module.outputPointer);
  return toHex(module.take(16));
}

function poly1305(module: CoreModule): number {
  return eachOf("poly1305", (_core, { comment, key, message, tag }) => {
    assert.equal(rawPoly1305(module, hex(key), hex(message)), tag, comment);
  })(module);
}

function chacha20(module: CoreModule): number {
  const { chacha20Begin, chacha20Xor } = module.exports;
  return eachOf("chacha20", (_core, { comment, key, nonce, ...test }) => {
    const plaintext = hex(test.plaintext);
    const counter = Number(test.counter);
    chacha20Begin(module.put(hex(key)), module.put(hex(nonce), 32), counter);
    const from = module.put(plaintext, 64);
    chacha20Xor(from, module.outputPointer, plaintext.length);
    const made = toHex(module.take(plaintext.length));
    assert.equal(made, test.ciphertext, comment);
  })(module);
}

const aead: Check = (core, { comment, plaintext, ciphertext, ...test }) => {
  const [key, nonce, aad] = [test.key, test.nonce, test.aad].map(hex);
  const sealed = core.chacha20Poly1305Seal(key, nonce, aad, hex(plaintext));
  assert.equal(toHex(sealed), ciphertext, comment);
  const opened = core.chacha20Poly1305Open(key, nonce, aad, sealed);
  assert.equal(toHex(opened), plaintext, comment);
};

/** RFC 4231 §4.6 prints the first 16 bytes only. */
const hmac: Check = (core, { comment, key, data, mac }) => {
  const made = toHex(core.hmacSha256(hex(key), hex(data)));
  assert.equal(made.slice(0, mac.length), mac, comment);
};

const hkdf: Check = (core, { comment, ikm, salt, info, length, okm }) => {
  const made = core.hkdfSha256(hex(ikm), hex(salt), hex(info), Number(length));
  assert.equal(toHex(made), okm, comment);
};

/** RFC 7748: shared secrets, then public keys, then the iteration of §5.2 a thousand times. */
function x25519(module: CoreModule): number {
  const core = new CryptoCore(module);
  const { iterations, publicKeys } = vectors("x25519");
  for (const { comment, ...keys } of publicKeys) {
    const made = core.x25519PublicKey(hex(keys.private));
    assert.equal(toHex(made), keys.public, comment);
  }
  const ran = eachOf("x25519", (_core, { comment, shared, ...keys }) => {
    const made = core.x25519(hex(keys.private), hex(keys.public));
    assert.equal(toHex(made), shared, comment);
  })(module);
  iterateX25519(core, iterations, 1000);
  return ran;
}

/** RFC 7748 §5.2: the result becomes the scalar, the scalar the point, `times` times. */
export function iterateX25519(
  core: CryptoCore,
  expected: Record<string, string>,
  times: number,
): void {
  let scalar: Uint8Array = hex("09" + "00".repeat(31));
  let point = scalar;
  for (let i = 1; i <= times; i++) {
    const next = core.x25519(scalar, point);
    point = scalar;
    scalar = next;
    if (Object.hasOwn(expected, i)) assert.equal(toHex(scalar), expected[i]);
  }
}

const hpke: Check = (core, vector) => {
  const context = {
    info: hex(vector.info),
    aad: hex(vector.aad),
    psk: hex(vector.psk),
    pskId: hex(vector.psk_id),
  };
  const isPsk = vector.mode === "psk";
  const send = {
    ...context,
    publicKey: hex(vector.pk_r),
    ikmE: hex(vector.ikm_e),
    plaintext: hex(vector.plaintext),
  };
  const sealed = isPsk ? core.hpkePskSeal(send) : core.hpkeBaseSeal(send);
  assert.equal(toHex(sealed.enc), vector.enc, vector.comment);
  assert.equal(toHex(sealed.ciphertext), vector.ciphertext, vector.comment);
  const receive = { ...context, ...sealed, privateKey: hex(vector.sk_r) };
  const opened = isPsk ? core.hpkePskOpen(receive) : core.hpkeBaseOpen(receive);
  assert.equal(toHex(opened), vector.plaintext, vector.comment);
  for (const side of ["e", "r"]) {
    const pair = core.hpkeDeriveKeyPair(hex(vector[`ikm_${side}`]));
    const publicKey = side === "e" ? vector.enc : vector.pk_r;
    assert.equal(toHex(pair.privateKey), vector[`sk_${side}`]);
    assert.equal(toHex(pair.publicKey), publicKey);
  }
};

/** RFC 9180 §5.2: later messages of a context, by its key and base nonce. */
function hpkeEncryptions(module: CoreModule): number {
  const core = new CryptoCore(module);
  let ran = 0;
  for (const vector of vectors("hpke_x25519_chacha20poly1305").tests) {
    for (const { sequence_number: number, ...message } of vector.encryptions) {
      const nonce = hex(vector.base_nonce);
      const view = new DataView(nonce.buffer);
      view.setUint32(8, view.getUint32(8) ^ number);
      assert.equal(toHex(nonce), message.nonce);
      const [key, aad, ciphertext] = [
        vector.key,
        message.aad,
        message.ciphertext,
      ]
        .map(hex);
      const opened = core.chacha20Poly1305Open(key, nonce, aad, ciphertext);
      assert.equal(toHex(opened), vector.plaintext);
      ran++;
    }
  }
  return ran;
}

/** A runner by name. */
export const PUBLISHED: Readonly<Record<string, Runner>> = {
  "FIPS 180-4 examples": eachOf("sha256", (core, { data, digest }) => {
    assert.equal(toHex(core.sha256(hex(data))), digest);
  }),
  "RFC 4231 §4.2 to §4.8": eachOf("hmac_sha256", hmac),
  "RFC 5869 A.1 to A.3": eachOf("hkdf_sha256", hkdf),
  "RFC 7748 §5.2 and §6.1": x25519,
  "RFC 8439 §2 and A.1, A.2, A.4": chacha20,
  "RFC 8439 A.3, whole blocks": poly1305,
  "RFC 8439 §2.8.2 and A.5": eachOf("chacha20poly1305", aead),
  "RFC 9180 A.2.1 and A.2.2": eachOf("hpke_x25519_chacha20poly1305", hpke),
  "RFC 9180 A.2.1 and A.2.2, encryptions": hpkeEncryptions,
};
