/**
 * The worked example of docs/formats/saf1.md, made from fixed inputs.
 *
 * Owns: which bytes are named how. Sealing is the core's; every intermediate value is the
 * reference opener's, so the file agrees with two implementations or is not made at all.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { CoreModule } from "../../bindings/core_module.ts";
import { type RecordHeader, SealCore } from "../../bindings/seal.ts";
import { encodeHeader } from "../../bindings/seal_header.ts";
import { coreInstance, toHex } from "./core_instance.ts";
import { nextSecret, openByReference, sealWithKey } from "./saf1_opener.ts";
import { ascii, join, SUITES } from "./saf1_suites.ts";
import { genesisHeader, sampleHeader } from "./seal_samples.ts";

/** One run of bytes of a record: where, what, and the bytes. */
export interface Segment {
  offset: number;
  length: number;
  field: string;
  hex: string;
  meaning: string;
}

const HEADER_FIELDS: [string, number, string][] = [
  ["magic", 4, "SAF1 in ASCII"],
  ["version", 1, "1"],
  ["suite", 1, ""],
  ["mode", 1, "0 Base (genesis), 1 PSK (payment)"],
  ["livemode", 1, "0: test"],
  ["key id", 8, "first 8 bytes of SHA-256 of the recipient's public key"],
  ["device id", 16, "20, 21 … 2f"],
  ["epoch", 4, "7"],
  ["seq", 8, "place in the chain"],
  ["previous hash", 32, "SHA-256 of the record before; zeros in this genesis"],
  ["local id", 16, "60, 61 … 6f"],
  ["created at", 8, "1,795,000,000,000 ms"],
  ["monotonic", 8, "123,456 ms"],
  ["boot id", 16, "70, 71 … 7f"],
  ["amount", 8, "minor units: 0 in the genesis, 1,250 in the payment"],
  ["currency", 3, "EUR in ASCII"],
  ["account hash", 16, "80, 81 … 8f"],
  ["idempotency key", 32, "90, 91 … af"],
  ["card-transaction HMAC", 16, "b0, b1 … bf"],
  ["policy version", 4, "3"],
  ["schema version", 2, "2"],
  ["padded length", 2, "256"],
];

/** What the suite's parts are called. */
const SUITE_WORDS: Readonly<Record<number, readonly string[]>> = {
  1: [
    "1: X25519, HKDF-SHA256, ChaCha20-Poly1305",
    "ephemeral public key, X25519",
    "padded plaintext, ChaCha20",
    "Poly1305 over header and ciphertext",
  ],
  2: [
    "2: P-256, HKDF-SHA256, AES-256-GCM",
    "ephemeral public key, P-256, uncompressed",
    "padded plaintext, AES-256 in counter mode",
    "GHASH over header and ciphertext",
  ],
};

/** Cuts a record into its fields; the segments cover every byte once. */
export function segments(record: Uint8Array): Segment[] {
  const [suite, enc, ciphertext, tag] = SUITE_WORDS[record[5]];
  const { encBytes } = SUITES[record[5]];
  const parts: [string, number, string][] = [
    ...HEADER_FIELDS,
    ["enc", encBytes, enc],
    ["ciphertext", record.length - 207 - encBytes - 16, ciphertext],
    ["tag", 16, tag],
  ];
  let offset = 0;
  return parts.map(([field, length, words]) => {
    const meaning = words === "" ? suite : words;
    const hex = toHex(record.subarray(offset, offset + length));
    const segment = { offset, length, field, hex, meaning };
    offset += length;
    return segment;
  });
}

/** A record, its bytes by field, and every value on the way to its plaintext. */
function explain(
  privateKey: Uint8Array,
  record: Uint8Array,
  chainSecret: Uint8Array,
) {
  const opened = openByReference(privateKey, record, chainSecret);
  const steps = Object.fromEntries(
    Object.entries(opened).map(([name, bytes]) => [name, toHex(bytes)]),
  );
  return { segments: segments(record), steps, record: toHex(record) };
}

const fixed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const DEVICE_FACTS = ascii("example device");
const PLAINTEXT = ascii("example plaintext, no card data");
const ABOUT =
  "Worked example of docs/formats/saf1.md. Keys are public: never use them.";

/** The example of suite 1, as `module` seals it. */
export function makeExample(
  module: CoreModule = coreInstance(),
): Record<string, unknown> {
  const core = new SealCore(module);
  const recipient = core.generateKeyPair(fixed(0x01));
  const { keyId, privateKey, publicKey } = recipient;
  const A0 = fixed(0x02);
  const seal = (header: RecordHeader, entropy: Uint8Array, A: Uint8Array) =>
    header.mode === "base"
      ? core.sealGenesis({
        header,
        recipientPublicKey: publicKey,
        entropy,
        chainSecret: A,
        deviceFacts: DEVICE_FACTS,
      })
      : core.sealRecord({
        header,
        recipientPublicKey: publicKey,
        entropy,
        chainSecret: A,
        plaintext: PLAINTEXT,
      });
  const genesis = seal(genesisHeader({ keyId }), fixed(0x03), A0);
  const A1 = nextSecret(A0);
  const payment = seal(
    sampleHeader({ keyId, previousHash: genesis.hash }),
    fixed(0x04),
    A1,
  );
  return {
    about: ABOUT,
    inputs: {
      recipientSeed: toHex(fixed(0x01)),
      recipientPrivateKey: toHex(privateKey),
      recipientPublicKey: toHex(publicKey),
      A0: toHex(A0),
      A1: toHex(A1),
      genesisEntropy: toHex(fixed(0x03)),
      paymentEntropy: toHex(fixed(0x04)),
      deviceFacts: toHex(DEVICE_FACTS),
      plaintext: toHex(PLAINTEXT),
    },
    genesis: explain(privateKey, genesis.record, A0),
    payment: explain(privateKey, payment.record, A1),
  };
}

/** The example of suite 2: sealed by the reference, because WebCrypto takes no ephemeral key. */
export function makeExample2(): Record<string, unknown> {
  const [privateKey, A0] = [fixed(0x05), fixed(0x06)];
  const publicKey = SUITES[2].publicKey(privateKey);
  const keyId = sha256(publicKey).slice(0, 8);
  const seal = (
    header: RecordHeader,
    plaintext: Uint8Array,
    chainSecret: Uint8Array,
    ephemeral: Uint8Array,
  ): Uint8Array => {
    const bytes = new Uint8Array(207);
    encodeHeader(bytes, header);
    bytes[205] = 1; // 256 bytes.
    return sealWithKey(publicKey, bytes, plaintext, chainSecret, ephemeral);
  };
  const genesis = seal(
    genesisHeader({ suite: 2, keyId }),
    join(A0, DEVICE_FACTS),
    A0,
    fixed(0x07),
  );
  const A1 = nextSecret(A0);
  const payment = seal(
    sampleHeader({ suite: 2, keyId, previousHash: sha256(genesis) }),
    PLAINTEXT,
    A1,
    fixed(0x08),
  );
  return {
    about: ABOUT,
    inputs: {
      recipientPrivateKey: toHex(privateKey),
      recipientPublicKey: toHex(publicKey),
      A0: toHex(A0),
      A1: toHex(A1),
      genesisEphemeralKey: toHex(fixed(0x07)),
      paymentEphemeralKey: toHex(fixed(0x08)),
      deviceFacts: toHex(DEVICE_FACTS),
      plaintext: toHex(PLAINTEXT),
    },
    genesis: explain(privateKey, genesis, A0),
    payment: explain(privateKey, payment, A1),
  };
}
