/**
 * The worked example of docs/formats/saf1.md, made from fixed inputs.
 *
 * Owns: which bytes are named how. Sealing is the core's; every intermediate value is the
 * reference opener's, so the file agrees with two implementations or is not made at all.
 */
import type { CoreModule } from "../../bindings/core_module.ts";
import { type RecordHeader, SealCore } from "../../bindings/seal.ts";
import { coreInstance, toHex } from "./core_instance.ts";
import { nextSecret, openByReference } from "./saf1_opener.ts";
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
  ["suite", 1, "1: X25519, HKDF-SHA256, ChaCha20-Poly1305"],
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

/** Cuts a record into its fields; the segments cover every byte once. */
export function segments(record: Uint8Array): Segment[] {
  const parts: [string, number, string][] = [
    ...HEADER_FIELDS,
    ["enc", 32, "ephemeral public key, X25519"],
    ["ciphertext", record.length - 255, "padded plaintext, ChaCha20"],
    ["tag", 16, "Poly1305 over header and ciphertext"],
  ];
  let offset = 0;
  return parts.map(([field, length, meaning]) => {
    const hex = toHex(record.subarray(offset, offset + length));
    const segment = { offset, length, field, hex, meaning };
    offset += length;
    return segment;
  });
}

/** The whole file, as `module` seals it. */
export function makeExample(
  module: CoreModule = coreInstance(),
): Record<string, unknown> {
  const core = new SealCore(module);
  const fixed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
  const recipient = core.generateKeyPair(fixed(0x01));
  const { keyId, privateKey, publicKey } = recipient;
  const A0 = fixed(0x02);
  const deviceFacts = new TextEncoder().encode("example device");
  const plaintext = new TextEncoder().encode("example plaintext, no card data");
  const seal = (header: RecordHeader, entropy: Uint8Array, A: Uint8Array) =>
    header.mode === "base"
      ? core.sealGenesis({
        header,
        recipientPublicKey: publicKey,
        entropy,
        chainSecret: A,
        deviceFacts,
      })
      : core.sealRecord({
        header,
        recipientPublicKey: publicKey,
        entropy,
        chainSecret: A,
        plaintext,
      });
  const genesis = seal(genesisHeader({ keyId }), fixed(0x03), A0);
  const A1 = nextSecret(A0);
  const payment = seal(
    sampleHeader({ keyId, previousHash: genesis.hash }),
    fixed(0x04),
    A1,
  );
  const explain = (record: Uint8Array, A: Uint8Array) => {
    const opened = openByReference(privateKey, record, A);
    const steps = Object.fromEntries(
      Object.entries(opened).map(([name, bytes]) => [name, toHex(bytes)]),
    );
    return { segments: segments(record), steps, record: toHex(record) };
  };
  return {
    about:
      "Worked example of docs/formats/saf1.md. Keys are public: never use them.",
    inputs: {
      recipientSeed: toHex(fixed(0x01)),
      recipientPrivateKey: toHex(privateKey),
      recipientPublicKey: toHex(publicKey),
      A0: toHex(A0),
      A1: toHex(A1),
      genesisEntropy: toHex(fixed(0x03)),
      paymentEntropy: toHex(fixed(0x04)),
      deviceFacts: toHex(deviceFacts),
      plaintext: toHex(plaintext),
    },
    genesis: explain(genesis.record, A0),
    payment: explain(payment.record, A1),
  };
}
