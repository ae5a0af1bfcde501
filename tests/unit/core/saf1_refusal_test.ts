// SAF1: what was changed, is not canonical or has no encoding is refused by name.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordHeader } from "../../../bindings/seal.ts";
import { hex, toHex } from "../../reference/core_instance.ts";
import { buffer, hpkeCoreSuite } from "../../reference/hpke_core_suite.ts";
import { sampleHeader } from "../../reference/seal_samples.ts";
import {
  A0,
  chain,
  core,
  open,
  payment,
  recipient,
  samples,
} from "./_saf1_chain.ts";

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
