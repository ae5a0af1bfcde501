/** A chain of sealed records, and its recipient. @module */
import {
  type RecordHeader,
  SealCore,
  type SealedRecord,
} from "../../../bindings/seal.ts";
import { coreInstance, hex } from "../../reference/core_instance.ts";
import {
  genesisHeader,
  SampleBytes,
  sampleHeader,
} from "../../reference/seal_samples.ts";

/** What every test of SAF1 seals with. */
export const core = new SealCore(coreInstance());
/** Bytes that are the same in every run. */
export const samples = new SampleBytes(30);
/** To whom all is sealed. */
export const recipient = core.generateKeyPair(samples.bytes(32));
/** The first chain secret. */
export const A0 = samples.bytes(32);

/** Seals a genesis and `count` payments, each with the changes `change` gives. */
export function chain(
  count: number,
  change: (seq: number) => Partial<RecordHeader> = () => ({}),
): SealedRecord[] {
  const records = [core.sealGenesis({
    header: genesisHeader(change(0)),
    recipientPublicKey: recipient.publicKey,
    entropy: samples.bytes(32),
    chainSecret: A0,
    deviceFacts: hex("d1d2d3"),
  })];
  for (let seq = 1; seq <= count; seq++) {
    const before = records[seq - 1];
    records.push(payment(seq, before.nextChainSecret, {
      previousHash: before.hash,
      ...change(seq),
    }));
  }
  return records;
}

/** Seals one payment. */
export function payment(
  seq: number,
  chainSecret: Uint8Array,
  changes: Partial<RecordHeader> = {},
  plaintext = hex("c0ffee"),
): SealedRecord {
  return core.sealRecord({
    header: sampleHeader({ seq, ...changes }),
    recipientPublicKey: recipient.publicKey,
    chainSecret,
    entropy: samples.bytes(32),
    plaintext,
  });
}

/** Opens it with the recipient's key; returns the plaintext. */
export function open(record: Uint8Array, chainSecret: Uint8Array): Uint8Array {
  const { privateKey } = recipient;
  return core.openRecord({
    recipientPrivateKey: privateKey,
    record,
    chainSecret,
  })
    .plaintext;
}
