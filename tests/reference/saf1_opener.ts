/**
 * A second opener, and a second sealer, of SAF1, written from docs/formats/saf1.md alone.
 *
 * Owns: the proof that the document suffices. Knows nothing of the core: its primitives are
 * @noble's, its offsets are the document's, and it returns every intermediate value so that the
 * worked example and the memory scan can name them. Slow and plain on purpose.
 */
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ascii, join, type ReferenceSuite, SUITES } from "./saf1_suites.ts";

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
  { kem, hpke }: ReferenceSuite,
  header: Uint8Array,
  dh: Uint8Array,
  pair: Uint8Array,
  chainSecret: Uint8Array,
): Pick<
  OpenedByReference,
  "sharedSecret" | "info" | "psk" | "pskId" | "key" | "nonce"
> {
  const none = new Uint8Array(0);
  const eaePrk = labeledExtract(kem, none, "eae_prk", dh);
  const sharedSecret = labeledExpand(
    kem,
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
    labeledExtract(hpke, none, "psk_id_hash", pskId),
    labeledExtract(hpke, none, "info_hash", info),
  );
  const secret = labeledExtract(hpke, sharedSecret, "secret", psk);
  return {
    sharedSecret,
    info,
    psk,
    pskId,
    key: labeledExpand(hpke, secret, "key", context, 32),
    nonce: labeledExpand(hpke, secret, "base_nonce", context, 12),
  };
}

/**
 * Seals one record of suite 1; `header` has its padded length. Slow and plain, as the opener.
 */
export function sealByReference(
  publicKey: Uint8Array,
  header: Uint8Array,
  plaintext: Uint8Array,
  chainSecret: Uint8Array,
  entropy: Uint8Array,
): Uint8Array {
  const { kem } = SUITES[1];
  const none = new Uint8Array(0);
  const ikm = extract(
    sha256,
    join(header, pad(header, plaintext)),
    join(entropy, chainSecret),
  );
  const dkpPrk = labeledExtract(kem, none, "dkp_prk", ikm);
  const secretKey = labeledExpand(kem, dkpPrk, "sk", none, 32);
  return sealWithKey(publicKey, header, plaintext, chainSecret, secretKey);
}

/** Section 6: length, plaintext and zeros up to the header's padded length. */
function pad(header: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const padded = new Uint8Array(header[205] * 256 + header[206]);
  padded.set([plaintext.length >> 8, plaintext.length & 0xff]);
  padded.set(plaintext, 2);
  return padded;
}

/** Seals one record of the header's suite with an ephemeral key that is given. */
export function sealWithKey(
  publicKey: Uint8Array,
  header: Uint8Array,
  plaintext: Uint8Array,
  chainSecret: Uint8Array,
  secretKey: Uint8Array,
): Uint8Array {
  const suite = SUITES[header[5]];
  const enc = suite.publicKey(secretKey);
  const dh = suite.dh(secretKey, publicKey);
  const pair = join(enc, publicKey);
  const { key, nonce } = schedule(suite, header, dh, pair, chainSecret);
  const aead = suite.aead(key, nonce, header);
  return join(header, enc, aead.encrypt(pad(header, plaintext)));
}

/** Opens one record; `chainSecret` is A_seq, and unused for a genesis. Throws on any doubt. */
export function openByReference(
  privateKey: Uint8Array,
  record: Uint8Array,
  chainSecret: Uint8Array,
): OpenedByReference {
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  if (view.getUint32(0) !== 0x53414631) throw new Error("not SAF1");
  const suite = SUITES[record[5]];
  if (record[4] !== 1 || suite === undefined) {
    throw new Error("not version 1, suite 1 or 2");
  }
  const paddedLength = view.getUint16(205);
  const body = 207 + suite.encBytes;
  if (record.length !== body + paddedLength + 16) throw new Error("length");
  const header = record.slice(0, 207);
  const enc = record.slice(207, body);

  const publicKey = suite.publicKey(privateKey);
  const dh = suite.dh(privateKey, enc);
  const pair = join(enc, publicKey);
  const steps = schedule(suite, header, dh, pair, chainSecret);
  const aead = suite.aead(steps.key, steps.nonce, header);

  const padded = aead.decrypt(record.slice(body));
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
