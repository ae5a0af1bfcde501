/**
 * A second opener, and a second sealer, of SAF1 suite 1, written from docs/formats/saf1.md alone.
 *
 * Owns: the proof that the document suffices. Knows nothing of the core: its primitives are
 * @noble's, its offsets are the document's, and it returns every intermediate value so that the
 * worked example and the memory scan can name them. Slow and plain on purpose.
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Joins byte strings. */
export function join(...parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const KEM_SUITE = join(ascii("KEM"), Uint8Array.of(0x00, 0x20));
const HPKE_SUITE = join(
  ascii("HPKE"),
  Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x03),
);

function labeledExtract(
  suite: Uint8Array,
  salt: Uint8Array,
  label: string,
  ikm: Uint8Array,
): Uint8Array {
  const labeled = join(ascii("HPKE-v1"), suite, ascii(label), ikm);
  return extract(sha256, labeled, salt);
}

function labeledExpand(
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const labeled = join(
    Uint8Array.of(length >> 8, length & 0xff),
    ascii("HPKE-v1"),
    suite,
    ascii(label),
    info,
  );
  return expand(sha256, prk, labeled, length);
}

/** A_{i+1} from A_i. */
export function nextSecret(secret: Uint8Array): Uint8Array {
  return expand(sha256, secret, ascii("SAF1 next"), 32);
}

/** Everything an opener sees on its way, in the order of the document. */
export interface OpenedByReference {
  enc: Uint8Array;
  dh: Uint8Array;
  sharedSecret: Uint8Array;
  info: Uint8Array;
  psk: Uint8Array;
  pskId: Uint8Array;
  key: Uint8Array;
  nonce: Uint8Array;
  padded: Uint8Array;
  plaintext: Uint8Array;
  hash: Uint8Array;
}

/** Steps 4 to 8 of section 8; `pair` is enc and the recipient's public key. */
function schedule(
  header: Uint8Array,
  dh: Uint8Array,
  pair: Uint8Array,
  chainSecret: Uint8Array,
): Pick<
  OpenedByReference,
  "sharedSecret" | "info" | "psk" | "pskId" | "key" | "nonce"
> {
  const none = new Uint8Array(0);
  const eaePrk = labeledExtract(KEM_SUITE, none, "eae_prk", dh);
  const sharedSecret = labeledExpand(
    KEM_SUITE,
    eaePrk,
    "shared_secret",
    pair,
    32,
  );
  const mode = header[6];
  const isGenesis = mode === 0;
  const info = header.slice(0, 16);
  const psk = isGenesis
    ? none
    : expand(sha256, chainSecret, ascii("SAF1 psk"), 32);
  const pskId = isGenesis ? none : header.slice(16, 44);
  const context = join(
    Uint8Array.of(mode),
    labeledExtract(HPKE_SUITE, none, "psk_id_hash", pskId),
    labeledExtract(HPKE_SUITE, none, "info_hash", info),
  );
  const secret = labeledExtract(HPKE_SUITE, sharedSecret, "secret", psk);
  return {
    sharedSecret,
    info,
    psk,
    pskId,
    key: labeledExpand(HPKE_SUITE, secret, "key", context, 32),
    nonce: labeledExpand(HPKE_SUITE, secret, "base_nonce", context, 12),
  };
}

/** Seals one record; `header` has its padded length. Slow and plain, as the opener. */
export function sealByReference(
  publicKey: Uint8Array,
  header: Uint8Array,
  plaintext: Uint8Array,
  chainSecret: Uint8Array,
  entropy: Uint8Array,
): Uint8Array {
  const padded = new Uint8Array(header[205] * 256 + header[206]);
  padded.set([plaintext.length >> 8, plaintext.length & 0xff]);
  padded.set(plaintext, 2);
  const ikm = extract(
    sha256,
    join(header, padded),
    join(entropy, chainSecret),
  );
  const dkpPrk = labeledExtract(KEM_SUITE, new Uint8Array(0), "dkp_prk", ikm);
  const secretKey = labeledExpand(
    KEM_SUITE,
    dkpPrk,
    "sk",
    new Uint8Array(0),
    32,
  );
  const enc = x25519.getPublicKey(secretKey);
  const dh = x25519.getSharedSecret(secretKey, publicKey);
  const pair = join(enc, publicKey);
  const { key, nonce } = schedule(header, dh, pair, chainSecret);
  const body = chacha20poly1305(key, nonce, header).encrypt(padded);
  return join(header, enc, body);
}

/** Opens one record; `chainSecret` is A_seq, and unused for a genesis. Throws on any doubt. */
export function openByReference(
  privateKey: Uint8Array,
  record: Uint8Array,
  chainSecret: Uint8Array,
): OpenedByReference {
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  if (view.getUint32(0) !== 0x53414631) throw new Error("not SAF1");
  if (record[4] !== 1 || record[5] !== 1) {
    throw new Error("not version 1, suite 1");
  }
  const paddedLength = view.getUint16(205);
  if (record.length !== 207 + 32 + paddedLength + 16) throw new Error("length");
  const header = record.slice(0, 207);
  const enc = record.slice(207, 239);
  const ciphertext = record.slice(239);

  const publicKey = x25519.getPublicKey(privateKey);
  const dh = x25519.getSharedSecret(privateKey, enc);
  const steps = schedule(header, dh, join(enc, publicKey), chainSecret);
  const { key, nonce } = steps;

  const padded = chacha20poly1305(key, nonce, header).decrypt(ciphertext);
  const length = padded[0] * 256 + padded[1];
  if (length + 2 > padded.length) throw new Error("length prefix");
  if (padded.subarray(2 + length).some((b) => b !== 0)) {
    throw new Error("padding");
  }
  return {
    enc,
    dh,
    ...steps,
    padded,
    plaintext: padded.slice(2, 2 + length),
    hash: sha256(record),
  };
}
