import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { type RecordHeader, SealCore } from "../../../bindings/seal.ts";
import { coreInstance, hex, toHex } from "../../reference/core_instance.ts";
import { openByReference } from "../../reference/saf1_opener.ts";
import {
  genesisHeader,
  SampleBytes,
  sampleHeader,
} from "../../reference/seal_samples.ts";

const module = coreInstance();
const core = new SealCore(module);
const samples = new SampleBytes(40);
const recipient = core.generateKeyPair(samples.bytes(32));
const A0 = samples.bytes(32);

/** A genesis and five payments; `change` bends one header before it is sealed. */
function chain(
  change: (seq: number) => Partial<RecordHeader> = () => ({}),
): Uint8Array[] {
  const common = {
    recipientPublicKey: recipient.publicKey,
    deviceFacts: hex(""),
    plaintext: hex("c0ffee"),
  };
  let before = core.sealGenesis({
    ...common,
    header: genesisHeader(change(0)),
    entropy: samples.bytes(32),
    chainSecret: A0,
  });
  const records = [before.record];
  for (let seq = 1; seq <= 5; seq++) {
    before = core.sealRecord({
      ...common,
      header: sampleHeader({
        seq,
        previousHash: before.hash,
        ...change(seq),
      }),
      entropy: samples.bytes(32),
      chainSecret: before.nextChainSecret,
    });
    records.push(before.record);
  }
  return records;
}

/** The verdict as one line: ok, or index, code and field. */
function verdict(records: Uint8Array[]): string {
  const found = core.verifyRecords(records);
  if (found.ok) return found.isComplete ? "complete" : "partial";
  return `${found.index} ${found.code} ${found.field}`;
}

test("verifyRecords() of a whole chain, of a part and of nothing says so", () => {
  const records = chain();
  assert.equal(verdict(records), "complete");
  assert.equal(verdict(records.slice(2)), "partial");
  assert.equal(verdict(records.slice(0, 3)), "complete");
  assert.equal(verdict([]), "partial");
  const found = core.verifyRecords(records);
  assert.ok(found.ok && found.lastHash);
  assert.deepEqual(found.lastHash, core.recordHash(records[5]));
});

test("verifyRecords() of a chain that was tampered with names what is wrong", () => {
  const good = chain();
  const other = chain();
  const bent = (index: number, offset: number): Uint8Array[] => {
    const records = good.map((record) => record.slice());
    records[index][offset] ^= 1;
    return records;
  };
  const cases: [string, Uint8Array[], string][] = [
    ["deleted", good.toSpliced(2, 1), "2 SEAL_CHAIN_GAP seq"],
    ["replayed", good.toSpliced(3, 0, good[2]), "3 SEAL_CHAIN_REPEATED seq"],
    ["forked", good.toSpliced(3, 0, other[2]), "3 SEAL_CHAIN_FORK seq"],
    ["swapped", good.with(2, good[3]).with(3, good[2]), "2 SEAL_CHAIN_GAP seq"],
    ["moved", [...good, good[1]], "6 SEAL_CHAIN_ORDER seq"],
    ["replaced", good.with(3, other[3]), "3 SEAL_CHAIN_HASH previousHash"],
    ["edited body", bent(2, 300), "3 SEAL_CHAIN_HASH previousHash"],
    ["edited tag", bent(2, 510), "3 SEAL_CHAIN_HASH previousHash"],
    ["edited amount", bent(2, 131), "3 SEAL_CHAIN_HASH previousHash"],
    ["other device", bent(2, 20), "2 SEAL_CHAIN_DEVICE deviceId"],
    ["other epoch", bent(2, 35), "2 SEAL_CHAIN_EPOCH epoch"],
    ["other mode", bent(2, 7), "2 SEAL_CHAIN_LIVEMODE isLivemode"],
    ["other account", bent(2, 140), "2 SEAL_CHAIN_ACCOUNT accountHash"],
    ["magic", bent(2, 1), "2 SEAL_MAGIC magic"],
    ["version", bent(2, 4), "2 SEAL_VERSION version"],
    ["short", good.with(2, good[2].slice(0, 99)), "2 SEAL_TRUNCATED undefined"],
    ["empty", good.with(0, new Uint8Array(0)), "0 SEAL_TRUNCATED magic"],
  ];
  for (const [name, records, expected] of cases) {
    assert.equal(verdict(records), expected, name);
  }
});

test("verifyRecords() of headers sealed with the wrong facts names the first", () => {
  const at = (seq: number, changes: Partial<RecordHeader>) =>
    chain((s) => s === seq ? changes : {});
  const bytes16 = new Uint8Array(16);
  assert.equal(
    verdict(at(4, { deviceId: bytes16 })),
    "4 SEAL_CHAIN_DEVICE deviceId",
  );
  assert.equal(verdict(at(4, { epoch: 8 })), "4 SEAL_CHAIN_EPOCH epoch");
  assert.equal(
    verdict(at(4, { isLivemode: true })),
    "4 SEAL_CHAIN_LIVEMODE isLivemode",
  );
  assert.equal(
    verdict(at(4, { accountHash: bytes16 })),
    "4 SEAL_CHAIN_ACCOUNT accountHash",
  );
  assert.equal(
    verdict(at(4, { previousHash: new Uint8Array(32) })),
    "4 SEAL_CHAIN_HASH previousHash",
  );
  assert.equal(verdict(at(4, { seq: 6 })), "4 SEAL_CHAIN_GAP seq");
  // A new recipient key or suite in mid-chain is rotation, not tampering.
  assert.equal(verdict(at(4, { keyId: new Uint8Array(8) })), "complete");
});

test("verifyRecords() with any single bit of a middle record flipped refuses", () => {
  const records = chain().slice(0, 3);
  for (let bit = 0; bit < records[1].length * 8; bit++) {
    const bent = records[1].slice();
    bent[bit >> 3] ^= 1 << (bit & 7);
    const found = core.verifyRecords(records.with(1, bent));
    assert.equal(found.ok, false, `bit ${bit}`);
  }
});

// --- Nothing secret stays in linear memory ---------------------------------------------

/** Linear memory without its blocks of zeros, where no window of a secret can lie. */
function writtenMemory(): Buffer {
  const memory = Buffer.from(module.bytes.buffer as ArrayBuffer);
  const blocks: Buffer[] = [];
  for (let at = 0; at < memory.length; at += 256) {
    const block = memory.subarray(at, at + 256);
    if (block.some((byte) => byte !== 0)) blocks.push(block);
  }
  return Buffer.concat(blocks);
}

/** True when any 8 consecutive bytes of `secret` are anywhere in linear memory. */
function isInMemory(secret: Uint8Array, memory = writtenMemory()): boolean {
  for (let at = 0; at + 8 <= secret.length; at++) {
    const window = Buffer.from(secret.subarray(at, at + 8));
    if (memory.includes(window)) return true;
  }
  return false;
}

/** The scalar of a private key as the core's tables read it: 64 signed digits of base 16. */
function signedDigits(privateKey: Uint8Array): Uint8Array {
  const scalar = privateKey.slice();
  scalar[0] &= 248;
  scalar[31] = scalar[31] & 127 | 64;
  let carry = 0;
  return Uint8Array.from({ length: 64 }, (_, i) => {
    const digit = (scalar[i >> 1] >> ((i & 1) << 2) & 15) + carry;
    carry = i < 63 && digit >= 8 ? 1 : 0;
    return digit - 16 * carry;
  });
}

test("isInMemory() finds a secret that was left behind", () => {
  const secret = samples.bytes(32);
  module.put(secret.subarray(5, 13), 60000);
  assert.equal(isInMemory(secret), true);
  module.wipe();
  assert.equal(isInMemory(secret), false);
});

test("seal and open leave no key, secret, plaintext or derived value in memory", () => {
  const A1 = core.advanceChainSecret(A0);
  const entropy = samples.bytes(32);
  const plaintext = samples.bytes(700);
  const sealed = core.sealRecord({
    header: sampleHeader(),
    recipientPublicKey: recipient.publicKey,
    chainSecret: A1,
    entropy,
    plaintext,
  });
  const derived = openByReference(recipient.privateKey, sealed.record, A1);
  const secrets: Record<string, Uint8Array> = {
    privateKey: recipient.privateKey,
    privateDigits: signedDigits(recipient.privateKey),
    A0,
    A1,
    entropy,
    plaintext,
    nextChainSecret: sealed.nextChainSecret,
    dh: derived.dh,
    sharedSecret: derived.sharedSecret,
    psk: derived.psk,
    key: derived.key,
    nonce: derived.nonce,
  };
  const assertClean = (after: string): void => {
    const memory = writtenMemory();
    for (const [name, secret] of Object.entries(secrets)) {
      const isFound = isInMemory(secret, memory);
      assert.equal(isFound, false, `${name} after ${after}`);
    }
  };
  assertClean("seal");
  const options = {
    recipientPrivateKey: recipient.privateKey,
    record: sealed.record,
    chainSecret: A1,
  };
  assert.deepEqual(core.openRecord(options).plaintext, plaintext);
  assertClean("open");
  const bent = sealed.record.slice();
  bent[400] ^= 1;
  assert.throws(() => core.openRecord({ ...options, record: bent }));
  assertClean("a refused open");
  assert.throws(() =>
    core.sealRecord({
      header: sampleHeader(),
      recipientPublicKey: new Uint8Array(32),
      chainSecret: A1,
      entropy,
      plaintext,
    })
  );
  assertClean("a refused seal");
  const genesis = core.sealGenesis({
    header: genesisHeader(),
    recipientPublicKey: recipient.publicKey,
    entropy,
    chainSecret: A0,
    deviceFacts: plaintext,
  });
  assertClean("a genesis");
  core.openGenesis({
    recipientPrivateKey: recipient.privateKey,
    record: genesis.record,
  });
  assertClean("an open genesis");
  core.recordPsk(A1);
  core.advanceChainSecret(A0, 3);
  assertClean("a step of the chain");
  const pair = core.generateKeyPair(entropy);
  secrets.generated = pair.privateKey;
  secrets.generatedDigits = signedDigits(pair.privateKey);
  assertClean("a key pair");
  assert.equal(toHex(pair.publicKey).length, 64);
});
