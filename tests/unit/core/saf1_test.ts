// SAF1: what is sealed opens again, here and by others.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordHeader, SealedRecord } from "../../../bindings/seal.ts";
import { encodeHeader } from "../../../bindings/seal_header.ts";
import { hex, toHex } from "../../reference/core_instance.ts";
import { buffer, hpkeCoreSuite } from "../../reference/hpke_core_suite.ts";
import {
  nextSecret,
  openByReference,
  sealByReference,
} from "../../reference/saf1_opener.ts";
import { join } from "../../reference/saf1_suites.ts";
import {
  genesisHeader,
  rounds,
  sampleHeader,
} from "../../reference/seal_samples.ts";
import {
  A0,
  chain,
  core,
  open,
  payment,
  recipient,
  samples,
} from "./_saf1_chain.ts";

test("openRecord() of a sealed record returns every field as it was given", () => {
  const header = sampleHeader({ seq: 9, createdAtMs: Number.MAX_SAFE_INTEGER });
  const sealed = core.sealRecord({
    header,
    recipientPublicKey: recipient.publicKey,
    chainSecret: A0,
    entropy: samples.bytes(32),
    plaintext: hex("01020304"),
  });
  const opened = core.openRecord({
    recipientPrivateKey: recipient.privateKey,
    record: sealed.record,
    chainSecret: A0,
  });
  assert.deepEqual(opened.header, { ...header, paddedLength: 256 });
  assert.deepEqual(core.readHeader(sealed.record), opened.header);
  assert.equal(toHex(opened.plaintext), "01020304");
  assert.deepEqual(opened.hash, sealed.hash);
  assert.deepEqual(core.recordHash(sealed.record), sealed.hash);
  assert.deepEqual(opened.nextChainSecret, sealed.nextChainSecret);
  assert.deepEqual(sealed.nextChainSecret, core.advanceChainSecret(A0));
});

test("openGenesis() returns the chain secret, the facts and A_1", () => {
  const [genesis] = chain(0);
  const opened = core.openGenesis({
    recipientPrivateKey: recipient.privateKey,
    record: genesis.record,
  });
  assert.deepEqual(opened.chainSecret, A0);
  assert.equal(toHex(opened.deviceFacts), "d1d2d3");
  assert.deepEqual(opened.nextChainSecret, core.advanceChainSecret(A0));
  assert.deepEqual(genesis.nextChainSecret, opened.nextChainSecret);
  assert.deepEqual(opened.hash, genesis.hash);
  assert.equal(opened.header.mode, "base");
});

test("sealRecord() pads every length to the smallest step of 256 that fits", () => {
  const lengths = [
    0,
    1,
    253,
    254,
    255,
    256,
    509,
    510,
    511,
    512,
    4094,
    4095,
    4096,
  ];
  for (let i = 0; i < rounds(30); i++) lengths.push(samples.next() % 4097);
  for (const length of lengths) {
    const plaintext = samples.edge(length);
    const { record } = payment(1, A0, {}, plaintext as Uint8Array<ArrayBuffer>);
    const padded = Math.ceil((length + 2) / 256) * 256;
    assert.equal(record.length, 207 + 32 + padded + 16, `length ${length}`);
    assert.equal(core.readHeader(record).paddedLength, padded);
    assert.equal(toHex(open(record, A0)), toHex(plaintext));
  }
  assert.throws(() => payment(1, A0, {}, new Uint8Array(4097)), {
    code: "SEAL_PLAINTEXT_LENGTH",
  });
});

test("sealGenesis() takes facts of up to 4,064 bytes", () => {
  const seal = (length: number): SealedRecord =>
    core.sealGenesis({
      header: genesisHeader(),
      recipientPublicKey: recipient.publicKey,
      entropy: samples.bytes(32),
      chainSecret: A0,
      deviceFacts: new Uint8Array(length),
    });
  assert.equal(seal(4064).record.length, 207 + 32 + 4352 + 16);
  assert.throws(() => seal(4065), { code: "SEAL_PLAINTEXT_LENGTH" });
});

test("openByReference(), written from the document, opens a whole chain", () => {
  const records = chain(20);
  const genesis = openByReference(
    recipient.privateKey,
    records[0].record,
    new Uint8Array(0),
  );
  assert.equal(toHex(genesis.plaintext), toHex(A0) + "d1d2d3");
  let secret: Uint8Array = genesis.plaintext.slice(0, 32);
  for (const { record, hash, nextChainSecret } of records.slice(1)) {
    secret = nextSecret(secret);
    const opened = openByReference(recipient.privateKey, record, secret);
    assert.equal(toHex(opened.plaintext), "c0ffee");
    assert.equal(toHex(opened.hash), toHex(hash));
    assert.equal(toHex(nextSecret(secret)), toHex(nextChainSecret));
  }
});

test("sealByReference(), written from the document, makes the same bytes", () => {
  const header = new Uint8Array(207);
  for (let i = 0; i < rounds(20); i++) {
    const length = samples.next() % 4097;
    encodeHeader(header, sampleHeader({ localId: samples.bytes(16) }));
    const padded = Math.ceil((length + 2) / 256) * 256;
    header.set([padded >> 8, padded & 0xff], 205);
    const [chainSecret, entropy] = [samples.edge(32), samples.edge(32)];
    const plaintext = samples.edge(length);
    const { record } = core.sealRecord({
      header: core.readHeader(join(header, new Uint8Array(48 + padded))),
      recipientPublicKey: recipient.publicKey,
      chainSecret,
      entropy,
      plaintext,
    });
    const theirs = sealByReference(
      recipient.publicKey,
      header,
      plaintext,
      chainSecret,
      entropy,
    );
    assert.equal(toHex(record), toHex(theirs), `length ${length}`);
  }
});

test("@hpke/core opens a genesis and a record with the document's parameters", async () => {
  const suite = hpkeCoreSuite();
  const [genesis, first] = chain(1).map((sealed) => sealed.record);
  const recipientKey = await suite.kem.importKey(
    "raw",
    buffer(recipient.privateKey),
    false,
  );
  const psk = core.recordPsk(core.advanceChainSecret(A0));
  const unpad = (padded: ArrayBuffer): string => {
    const bytes = new Uint8Array(padded);
    return toHex(bytes.subarray(2, 2 + bytes[0] * 256 + bytes[1]));
  };
  for (
    const [record, extra, expected] of [
      [genesis, {}, toHex(A0) + "d1d2d3"],
      [first, {
        psk: { id: buffer(first.subarray(16, 44)), key: buffer(psk) },
      }, "c0ffee"],
    ] as const
  ) {
    const context = await suite.createRecipientContext({
      recipientKey,
      enc: buffer(record.subarray(207, 239)),
      info: buffer(record.subarray(0, 16)),
      ...extra,
    });
    const padded = await context.open(
      buffer(record.subarray(239)),
      buffer(record.subarray(0, 207)),
    );
    assert.equal(unpad(padded), expected);
  }
});

test("openRecord() with a lookup finds the current and the next key by id", () => {
  const next = core.generateKeyPair(samples.bytes(32));
  const byId = new Map(
    [recipient, next].map((pair) => [toHex(pair.keyId), pair.privateKey]),
  );
  const lookup = (keyId: Uint8Array): Uint8Array | undefined =>
    byId.get(toHex(keyId));
  for (const pair of [recipient, next]) {
    const { record } = core.sealRecord({
      header: sampleHeader({ keyId: pair.keyId }),
      recipientPublicKey: pair.publicKey,
      chainSecret: A0,
      entropy: samples.bytes(32),
      plaintext: hex("0a"),
    });
    const options = { record, chainSecret: A0 };
    const opened = core.openRecord({ ...options, recipientPrivateKey: lookup });
    assert.equal(toHex(opened.plaintext), "0a");
    byId.delete(toHex(pair.keyId));
    assert.throws(
      () => core.openRecord({ ...options, recipientPrivateKey: lookup }),
      { code: "SEAL_KEY_UNKNOWN" },
    );
    const wrong = pair === next ? recipient.privateKey : next.privateKey;
    assert.throws(
      () => core.openRecord({ ...options, recipientPrivateKey: wrong }),
      { code: "SEAL_OPEN" },
    );
  }
});

test("sealRecord() with repeated entropy never repeats an ephemeral key", () => {
  const entropy = new Uint8Array(32); // A random source that is stuck.
  const seal = (changes: Partial<RecordHeader>, plaintext: string): string =>
    toHex(
      core.sealRecord({
        header: sampleHeader(changes),
        recipientPublicKey: recipient.publicKey,
        chainSecret: A0,
        entropy,
        plaintext: hex(plaintext),
      }).record.subarray(207, 239),
    );
  const all = [
    seal({}, "00"),
    seal({}, "01"),
    seal({}, "0000"),
    seal({ amountMinor: 1 }, "00"),
    seal({ seq: 2 }, "00"),
  ];
  assert.equal(new Set(all).size, all.length);
  assert.equal(seal({}, "00"), all[0], "the same record, the same bytes");
});
