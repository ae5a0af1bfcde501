import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  Aes256Gcm,
  CipherSuite,
  DhkemP256HkdfSha256,
  HkdfSha256,
} from "@hpke/core";
import { CryptoCore } from "../../../bindings/crypto.ts";
import { type RecordHeader, SealCore } from "../../../bindings/seal.ts";
import { SealSuite2 } from "../../../engine/seal_suite2.ts";
import { coreInstance, hex, toHex } from "../../reference/core_instance.ts";
import { buffer } from "../../reference/hpke_core_suite.ts";
import {
  genesisHeader,
  SampleBytes,
  sampleHeader,
} from "../../reference/seal_samples.ts";

const module = coreInstance();
const core = { seal: new SealCore(module), crypto: new CryptoCore(module) };
const suite2 = new SealSuite2(core);
const samples = new SampleBytes(50);
const A0 = samples.bytes(32);
const recipient = await suite2.generateRecipient();

const genesisOf = (changes: Partial<RecordHeader> = {}) => ({
  header: genesisHeader({ suite: 2, ...changes }),
  recipientPublicKey: recipient.publicKey,
  chainSecret: A0,
  deviceFacts: hex("d1d2"),
});
const paymentOf = (
  plaintext: Uint8Array,
  changes: Partial<RecordHeader> = {},
) => ({
  header: sampleHeader({ suite: 2, ...changes }),
  recipientPublicKey: recipient.publicKey,
  chainSecret: A0,
  plaintext,
});

test("SealSuite2 opens what it seals, genesis and payments of every length class", async () => {
  const genesis = await suite2.sealGenesis(genesisOf());
  const opened = await suite2.openGenesis({
    recipient,
    record: genesis.record,
  });
  assert.deepEqual(opened.chainSecret, A0);
  assert.equal(toHex(opened.deviceFacts), "d1d2");
  assert.deepEqual(opened.nextChainSecret, genesis.nextChainSecret);
  assert.deepEqual(opened.hash, genesis.hash);
  for (const length of [0, 1, 254, 255, 510, 511, 4096]) {
    const options = paymentOf(samples.bytes(length));
    const sealed = await suite2.sealRecord(options);
    const padded = Math.ceil((length + 2) / 256) * 256;
    assert.equal(sealed.record.length, 207 + 65 + padded + 16);
    const back = await suite2.openRecord({
      recipient,
      record: sealed.record,
      chainSecret: A0,
    });
    assert.deepEqual(back.plaintext, options.plaintext);
    assert.deepEqual(back.header, { ...options.header, paddedLength: padded });
    assert.deepEqual(back.nextChainSecret, core.seal.advanceChainSecret(A0));
  }
});

test("@hpke/core and SealSuite2 open each other's records", async () => {
  const other = new CipherSuite({
    kem: new DhkemP256HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes256Gcm(),
  });
  const { record } = await suite2.sealRecord(paymentOf(hex("c0ffee")));
  const psk = {
    id: buffer(record.subarray(16, 44)),
    key: buffer(core.seal.recordPsk(A0)),
  };
  const info = buffer(record.subarray(0, 16));
  const aad = buffer(record.subarray(0, 207));
  const receiver = await other.createRecipientContext({
    recipientKey: {
      privateKey: recipient.privateKey,
      publicKey: await other.kem.deserializePublicKey(
        buffer(recipient.publicKey),
      ),
    },
    enc: buffer(record.subarray(207, 272)),
    info,
    psk,
  });
  const padded = await receiver.open(buffer(record.subarray(272)), aad);
  assert.equal(toHex(new Uint8Array(padded, 0, 6)), "0003c0ffee00");

  const sender = await other.createSenderContext({
    recipientPublicKey: await other.kem.deserializePublicKey(
      buffer(recipient.publicKey),
    ),
    info,
    psk,
  });
  const body = await sender.seal(padded, aad);
  const theirs = new Uint8Array([
    ...record.subarray(0, 207),
    ...new Uint8Array(sender.enc),
    ...new Uint8Array(body),
  ]);
  const opened = await suite2.openRecord({
    recipient,
    record: theirs,
    chainSecret: A0,
  });
  assert.equal(toHex(opened.plaintext), "c0ffee");
});

test("SealSuite2 opens the records of the worked example", async () => {
  const text = readFileSync("docs/formats/saf1-example-suite2.json", "utf8");
  const { inputs, genesis, payment } = JSON.parse(text);
  const publicKey = hex(inputs.recipientPublicKey);
  const shown = (bytes: Uint8Array): string =>
    Buffer.from(bytes).toString("base64url");
  const privateKey = await crypto.subtle.importKey(
    "jwk",
    {
      kty: "EC",
      crv: "P-256",
      x: shown(publicKey.subarray(1, 33)),
      y: shown(publicKey.subarray(33)),
      d: shown(hex(inputs.recipientPrivateKey)),
    },
    { name: "ECDH", namedCurve: "P-256" },
    false,
    ["deriveBits"],
  );
  const recipient = { privateKey, publicKey };
  const first = await suite2.openGenesis({
    recipient,
    record: hex(genesis.record),
  });
  assert.equal(toHex(first.chainSecret), inputs.A0);
  assert.equal(toHex(first.deviceFacts), inputs.deviceFacts);
  assert.equal(toHex(first.nextChainSecret), inputs.A1);
  const second = await suite2.openRecord({
    recipient,
    record: hex(payment.record),
    chainSecret: first.nextChainSecret,
  });
  assert.equal(toHex(second.plaintext), inputs.plaintext);
  const records = [genesis.record, payment.record].map(hex);
  assert.equal(core.seal.verifyRecords(records).ok, true);
});

test("openRecord() of suite 2 with any byte altered or another secret refuses", async () => {
  const { record } = await suite2.sealRecord(paymentOf(hex("c0ffee")));
  for (let at = 0; at < record.length; at++) {
    const bent = record.slice();
    bent[at] ^= 1 << (at & 7);
    await assert.rejects(
      suite2.openRecord({ recipient, record: bent, chainSecret: A0 }),
      { name: "HoldfastError" },
      `byte ${at}`,
    );
  }
  await assert.rejects(
    suite2.openRecord({
      recipient,
      record,
      chainSecret: core.seal.advanceChainSecret(A0),
    }),
    { code: "SEAL_OPEN" },
  );
});

test("SealSuite2 and SealCore refuse each other's suite and the wrong mode", async () => {
  const { record } = await suite2.sealRecord(paymentOf(hex("00")));
  assert.throws(
    () =>
      core.seal.openRecord({
        recipientPrivateKey: A0,
        record,
        chainSecret: A0,
      }),
    { code: "SEAL_SUITE" },
  );
  await assert.rejects(
    suite2.sealRecord(paymentOf(hex("00"), { suite: 1 })),
    { code: "SEAL_SUITE" },
  );
  await assert.rejects(suite2.sealGenesis(genesisOf({ mode: "psk" })), {
    code: "SEAL_MODE",
  });
  await assert.rejects(suite2.openGenesis({ recipient, record }), {
    code: "SEAL_MODE",
  });
  await assert.rejects(suite2.sealGenesis(genesisOf({ amountMinor: 1 })), {
    code: "SEAL_FIELD",
  });
  await assert.rejects(
    suite2.openRecord({ recipient: () => undefined, record, chainSecret: A0 }),
    { code: "SEAL_KEY_UNKNOWN" },
  );
});

test("sealRecord() of suite 2 to bytes that are no point refuses", async () => {
  const offCurve = recipient.publicKey.slice();
  offCurve[40] ^= 1;
  for (const point of [offCurve, new Uint8Array(65), new Uint8Array(33)]) {
    await assert.rejects(
      suite2.sealRecord({
        ...paymentOf(hex("00")),
        recipientPublicKey: point,
      }),
      { code: "SEAL_PUBLIC_KEY" },
    );
  }
  await assert.rejects(suite2.sealRecord(paymentOf(new Uint8Array(4097))), {
    code: "SEAL_PLAINTEXT_LENGTH",
  });
});

test("verifyRecords() accepts a chain that changes from suite 1 to suite 2", async () => {
  const pair = core.seal.generateKeyPair(samples.bytes(32));
  const genesis = core.seal.sealGenesis({
    header: genesisHeader(),
    recipientPublicKey: pair.publicKey,
    entropy: samples.bytes(32),
    chainSecret: A0,
    deviceFacts: hex(""),
  });
  const payment = await suite2.sealRecord({
    ...paymentOf(hex("00"), { previousHash: genesis.hash }),
    chainSecret: genesis.nextChainSecret,
  });
  const verdict = core.seal.verifyRecords([genesis.record, payment.record]);
  assert.equal(verdict.ok, true);
});
