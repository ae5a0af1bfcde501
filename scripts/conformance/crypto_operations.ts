/**
 * Conformance operations on hashes, ciphers and HPKE.
 *
 * Owns: their request and answer shapes; `docs/formats/conformance.md` is their description.
 * @module
 */
import type {
  HpkeOpenOptions,
  HpkePsk,
  HpkeSealOptions,
} from "../../bindings/crypto.ts";
import type { CryptoApi } from "./core_api.ts";
import { bytesOf, bytesOr, type Fields, numberOf, toHex } from "./fields.ts";

/** Carries out one request; what it returns becomes `ok`. */
export type Operation = (fields: Fields) => unknown;

function sealOptions(fields: Fields): HpkeSealOptions {
  return {
    publicKey: bytesOf(fields, "pk"),
    // Random unless the request asks for a reproducible answer.
    ikmE: bytesOr(
      fields,
      "ikm_e",
      crypto.getRandomValues(new Uint8Array(32)),
    ),
    info: bytesOr(fields, "info"),
    aad: bytesOr(fields, "aad"),
    plaintext: bytesOf(fields, "plaintext"),
  };
}

function openOptions(fields: Fields): HpkeOpenOptions {
  return {
    privateKey: bytesOf(fields, "sk"),
    enc: bytesOf(fields, "enc"),
    info: bytesOr(fields, "info"),
    aad: bytesOr(fields, "aad"),
    ciphertext: bytesOf(fields, "ciphertext"),
  };
}

function pskOptions(fields: Fields): HpkePsk {
  return { psk: bytesOf(fields, "psk"), pskId: bytesOf(fields, "psk_id") };
}

function sealed(
  answer: { enc: Uint8Array; ciphertext: Uint8Array },
): { enc: string; ciphertext: string } {
  return { enc: toHex(answer.enc), ciphertext: toHex(answer.ciphertext) };
}

/** The operations over `core`. */
export function cryptoOperations(
  core: CryptoApi,
): Record<string, Operation> {
  return {
    sha256: (fields) => ({
      digest: toHex(core.sha256(bytesOf(fields, "data"))),
    }),
    hmac_sha256: (fields) => ({
      mac: toHex(
        core.hmacSha256(bytesOf(fields, "key"), bytesOf(fields, "data")),
      ),
    }),
    hkdf_sha256: (fields) => ({
      okm: toHex(core.hkdfSha256(
        bytesOf(fields, "ikm"),
        bytesOr(fields, "salt"),
        bytesOr(fields, "info"),
        numberOf(fields, "length"),
      )),
    }),
    x25519: (fields) => ({
      shared: toHex(
        core.x25519(bytesOf(fields, "private"), bytesOf(fields, "public")),
      ),
    }),
    chacha20poly1305_seal: (fields) => ({
      ciphertext: toHex(core.chacha20Poly1305Seal(
        bytesOf(fields, "key"),
        bytesOf(fields, "nonce"),
        bytesOr(fields, "aad"),
        bytesOf(fields, "plaintext"),
      )),
    }),
    chacha20poly1305_open: (fields) => ({
      plaintext: toHex(core.chacha20Poly1305Open(
        bytesOf(fields, "key"),
        bytesOf(fields, "nonce"),
        bytesOr(fields, "aad"),
        bytesOf(fields, "ciphertext"),
      )),
    }),
    hpke_base_seal: (fields) => sealed(core.hpkeBaseSeal(sealOptions(fields))),
    hpke_base_open: (fields) => ({
      plaintext: toHex(core.hpkeBaseOpen(openOptions(fields))),
    }),
    hpke_psk_seal: (fields) =>
      sealed(
        core.hpkePskSeal({ ...sealOptions(fields), ...pskOptions(fields) }),
      ),
    hpke_psk_open: (fields) => ({
      plaintext: toHex(
        core.hpkePskOpen({ ...openOptions(fields), ...pskOptions(fields) }),
      ),
    }),
  };
}
