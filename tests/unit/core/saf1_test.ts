import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type RecordHeader,
  SealCore,
  type SealedRecord,
} from "../../../bindings/seal.ts";
import { encodeHeader } from "../../../bindings/seal_header.ts";
import { coreInstance, hex, toHex } from "../../reference/core_instance.ts";
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
  SampleBytes,
  sampleHeader,
} from "../../reference/seal_samples.ts";

const module = coreInstance();
const core = new SealCore(module);
const samples = new SampleBytes(30);
const recipient = core.generateKeyPair(samples.bytes(32));
const A0 = samples.bytes(32);

/** Seals a genesis and `count` payments, each with the changes `change` gives. */
function chain(
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

function payment(
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

function open(record: Uint8Array, chainSecret: Uint8Array): Uint8Array {
  const { privateKey } = recipient;
  return core.openRecord({
    recipientPrivateKey: privateKey,
    record,
    chainSecret,
  })
    .plaintext;
}

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

test("openRecord() and openGenesis() with any single bit flipped refuse", () => {
  const [genesis, first] = chain(1).map((sealed) => sealed.record);
  const A1 = core.advanceChainSecret(A0);
  const openers = [
    [genesis, (record: Uint8Array): unknown =>
      core.openGenesis({
        recipientPrivateKey: recipient.privateKey,
        record,
      })],
    [first, (record: Uint8Array): unknown => open(record, A1)],
  ] as const;
  const codes = new Set<string>();
  for (const [record, openIt] of openers) {
    openIt(record);
    for (let bit = 0; bit < record.length * 8; bit++) {
      const bent = record.slice();
      bent[bit >> 3] ^= 1 << (bit & 7);
      assert.throws(() => openIt(bent), (error: { code: string }) => {
        codes.add(error.code);
        return true;
      }, `bit ${bit}`);
    }
    assert.equal(record.length, 511);
  }
  // What is not canonical is named; everything else has the one code.
  assert.deepEqual([...codes].sort(), [
    "SEAL_FIELD",
    "SEAL_MAGIC",
    "SEAL_MODE",
    "SEAL_OPEN",
    "SEAL_SUITE",
    "SEAL_TRUNCATED",
    "SEAL_VERSION",
  ]);
});

test("openRecord() with another record's chain secret refuses", () => {
  const records = chain(6);
  for (let seq = 1; seq <= 6; seq++) {
    for (let secret = 0; secret <= 7; secret++) {
      const attempt = (): Uint8Array =>
        open(records[seq].record, core.advanceChainSecret(A0, secret));
      if (secret === seq) assert.equal(toHex(attempt()), "c0ffee");
      else assert.throws(attempt, { code: "SEAL_OPEN" });
    }
  }
});

test("openRecord() with the parts of two records spliced refuses", () => {
  const [, first, second] = chain(2).map((sealed) => sealed.record);
  const cuts = [207, 239, first.length - 16];
  for (let mask = 1; mask < 15; mask++) { // 0 and 15 are the records themselves.
    const spliced = first.slice();
    const edges = [0, ...cuts, first.length];
    for (let part = 0; part < 4; part++) {
      if ((mask >> part & 1) === 0) continue;
      const [from, to] = [edges[part], edges[part + 1]];
      spliced.set(second.subarray(from, to), from);
    }
    for (const steps of [1, 2]) {
      assert.throws(
        () => open(spliced, core.advanceChainSecret(A0, steps)),
        { code: "SEAL_OPEN" },
      );
    }
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

test("openRecord() of an authentic record with a broken inside names it", async () => {
  const suite = hpkeCoreSuite();
  const good = payment(1, A0).record;
  const sealWith = async (
    change: (padded: Uint8Array) => void,
    paddedLength = 256,
  ): Promise<Uint8Array> => {
    const header = good.slice(0, 207);
    new DataView(header.buffer).setUint16(205, paddedLength);
    const padded = new Uint8Array(paddedLength);
    padded[1] = 3;
    change(padded);
    const sender = await suite.createSenderContext({
      recipientPublicKey: await suite.kem.deserializePublicKey(
        buffer(recipient.publicKey),
      ),
      info: buffer(header.subarray(0, 16)),
      psk: {
        id: buffer(header.subarray(16, 44)),
        key: buffer(core.recordPsk(A0)),
      },
    });
    const body = await sender.seal(buffer(padded), buffer(header));
    return new Uint8Array([
      ...header,
      ...new Uint8Array(sender.enc),
      ...new Uint8Array(body),
    ]);
  };
  assert.equal(toHex(open(await sealWith(() => {}), A0)), "000000");
  const broken = [
    await sealWith((padded) => padded.fill(1, 255)), // Padding not zero.
    await sealWith((padded) => padded.fill(1, 5, 6)),
    await sealWith((padded) => padded.fill(0xff, 0, 2)), // Longer than the record.
    await sealWith((padded) => padded.set([0, 255])), // One byte too long.
    await sealWith(() => {}, 512), // More padding than needed.
  ];
  for (const record of broken) {
    assert.throws(() => open(record, A0), { code: "SEAL_PADDING" });
  }
});

test("sealRecord() with a value that has no encoding refuses and names the field", () => {
  const bytes = new Uint8Array(5);
  const cases: [Partial<RecordHeader>, string, string][] = [
    [{ suite: 2 }, "SEAL_SUITE", "suite"],
    [{ mode: "base" }, "SEAL_MODE", "mode"],
    [{ seq: 0 }, "SEAL_MODE", "mode"],
    [{ seq: -1 }, "SEAL_FIELD", "seq"],
    [{ seq: 2 ** 53 }, "SEAL_FIELD", "seq"],
    [{ epoch: 2 ** 32 }, "SEAL_FIELD", "epoch"],
    [{ epoch: 1.5 }, "SEAL_FIELD", "epoch"],
    [{ createdAtMs: NaN }, "SEAL_FIELD", "createdAtMs"],
    [{ monotonicMs: 0.5 }, "SEAL_FIELD", "monotonicMs"],
    [{ amountMinor: -1 }, "SEAL_FIELD", "amountMinor"],
    [{ amountMinor: 2 ** 53 }, "SEAL_FIELD", "amountMinor"],
    [{ currency: "eur" }, "SEAL_FIELD", "currency"],
    [{ currency: "EURO" }, "SEAL_FIELD", "currency"],
    [{ policyVersion: 2 ** 32 }, "SEAL_FIELD", "policyVersion"],
    [{ schemaVersion: 2 ** 16 }, "SEAL_FIELD", "schemaVersion"],
    [{ keyId: bytes }, "SEAL_FIELD", "keyId"],
    [{ deviceId: bytes }, "SEAL_FIELD", "deviceId"],
    [{ previousHash: bytes }, "SEAL_FIELD", "previousHash"],
    [{ localId: bytes }, "SEAL_FIELD", "localId"],
    [{ bootId: bytes }, "SEAL_FIELD", "bootId"],
    [{ accountHash: bytes }, "SEAL_FIELD", "accountHash"],
    [{ idempotencyKey: bytes }, "SEAL_FIELD", "idempotencyKey"],
    [{ cardTransactionHmac: bytes }, "SEAL_FIELD", "cardTransactionHmac"],
  ];
  for (const [changes, code, field] of cases) {
    assert.throws(() => payment(1, A0, changes), { code, field }, field);
  }
  assert.throws(() => chain(0, () => ({ amountMinor: 1 })), {
    code: "SEAL_FIELD",
    field: "amountMinor",
  });
});

test("readHeader() of a record that is not canonical names field and offset", () => {
  const { record } = payment(1, A0);
  const cases: [number, number[], string, string][] = [
    [0, [0x54], "SEAL_MAGIC", "magic"],
    [4, [0], "SEAL_VERSION", "version"],
    [4, [2], "SEAL_VERSION", "version"],
    [5, [0], "SEAL_SUITE", "suite"],
    [5, [3], "SEAL_SUITE", "suite"],
    [6, [0], "SEAL_MODE", "mode"],
    [6, [2], "SEAL_MODE", "mode"],
    [7, [2], "SEAL_FIELD", "isLivemode"],
    [36, [0, 0x20], "SEAL_FIELD", "seq"],
    [92, [0, 0x20], "SEAL_FIELD", "createdAtMs"],
    [100, [0, 0x20], "SEAL_FIELD", "monotonicMs"],
    [124, [0, 0x20], "SEAL_FIELD", "amountMinor"],
    [124, [0xff], "SEAL_FIELD", "amountMinor"],
    [132, [0x40], "SEAL_FIELD", "currency"],
    [134, [0x5b], "SEAL_FIELD", "currency"],
    [205, [0, 0], "SEAL_FIELD", "paddedLength"],
    [205, [1, 1], "SEAL_FIELD", "paddedLength"],
    [205, [0x12, 0], "SEAL_FIELD", "paddedLength"],
  ];
  for (const [offset, bytes, code, field] of cases) {
    const bent = record.slice();
    bent.set(bytes, offset);
    assert.throws(() => core.readHeader(bent), { code, field }, field);
  }
});

test("recordHash() with every shorter and with a longer record refuses", () => {
  const { record } = payment(1, A0);
  for (let length = 0; length < record.length; length++) {
    assert.throws(() => core.recordHash(record.subarray(0, length)), {
      code: "SEAL_TRUNCATED",
      offset: length,
    });
  }
  for (const extra of [1, 255, 256, 70000]) {
    const longer = new Uint8Array(record.length + extra);
    longer.set(record);
    assert.throws(() => core.recordHash(longer), {
      code: "SEAL_TRAILING",
      offset: record.length,
    });
  }
});

test("sealRecord() to a recipient key of small order refuses", () => {
  assert.throws(
    () =>
      core.sealRecord({
        header: sampleHeader(),
        recipientPublicKey: new Uint8Array(32),
        chainSecret: A0,
        entropy: samples.bytes(32),
        plaintext: hex("00"),
      }),
    { code: "SEAL_PUBLIC_KEY" },
  );
});

test("sealRecord() and openRecord() with keys of another length refuse", () => {
  const { record } = payment(1, A0);
  const short = new Uint8Array(31);
  const good = {
    header: sampleHeader(),
    recipientPublicKey: recipient.publicKey,
    chainSecret: A0,
    entropy: A0,
    plaintext: short,
  };
  for (const field of ["recipientPublicKey", "chainSecret", "entropy"]) {
    assert.throws(() => core.sealRecord({ ...good, [field]: short }), {
      field,
    });
  }
  const key = recipient.privateKey;
  assert.throws(
    () =>
      core.openRecord({ recipientPrivateKey: short, record, chainSecret: A0 }),
    { field: "recipientPrivateKey" },
  );
  assert.throws(
    () =>
      core.openRecord({ recipientPrivateKey: key, record, chainSecret: short }),
    { field: "chainSecret" },
  );
  assert.throws(() => core.generateKeyPair(short), { field: "entropy" });
});
