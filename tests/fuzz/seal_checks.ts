/**
 * Everything that could notice a bug in the sealing room, over any module, in a moment.
 *
 * Owns: nothing but the order, quickest first. The tests of the core are longer runs of the same.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 as nobleX25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import * as abi from "../../bindings/_wasm/abi.ts";
import type { CoreModule } from "../../bindings/core_module.ts";
import { CryptoCore } from "../../bindings/crypto.ts";
import { type RecordHeader, SealCore } from "../../bindings/seal.ts";
import { encodeHeader } from "../../bindings/seal_header.ts";
import { toHex } from "../reference/core_instance.ts";
import { checkForgetting } from "../reference/forgetting.ts";
import { PUBLISHED } from "../reference/published_vectors.ts";
import { makeExample } from "../reference/saf1_example.ts";
import { nextSecret, openByReference } from "../reference/saf1_opener.ts";
import {
  genesisHeader,
  SampleBytes,
  sampleHeader,
} from "../reference/seal_samples.ts";
import { WYCHEPROOF, wycheproofPoints } from "../reference/wycheproof.ts";

/** Lengths around every block boundary, beside @noble. */
function checkLengths(core: CryptoCore): void {
  const samples = new SampleBytes(80);
  for (let length = 0; length <= 200; length++) {
    const [data, key] = [samples.edge(length), samples.edge(32)];
    const nonce = samples.edge(12);
    assert.equal(toHex(core.sha256(data)), toHex(sha256(data)));
    assert.equal(
      toHex(core.hmacSha256(data, key)),
      toHex(hmac(sha256, data, key)),
    );
    assert.equal(
      toHex(core.hkdfSha256(key, data, nonce, length)),
      length === 0 ? "" : toHex(hkdf(sha256, key, data, nonce, length)),
    );
    const sealed = core.chacha20Poly1305Seal(key, nonce, nonce, data);
    assert.equal(
      toHex(sealed),
      toHex(chacha20poly1305(key, nonce, nonce).encrypt(data)),
    );
    sealed[samples.next() % sealed.length] ^= 1 << samples.next() % 8;
    assert.throws(() => core.chacha20Poly1305Open(key, nonce, nonce, sealed));
  }
}

/** A forged message leaves the target as it was. */
function checkRefusedOpening(module: CoreModule): void {
  const key = module.put(new Uint8Array(132));
  module.put(new Uint8Array(84).fill(0x5a), 200);
  const target = module.inputPointer + 200;
  const message = module.inputPointer + 32;
  assert.equal(
    module.exports.aeadOpen(key, key, key, 0, message, 84, target),
    0,
  );
  const left = module.bytes.slice(target, target + 84);
  assert.deepEqual(left, new Uint8Array(84).fill(0x5a));
}

/** A point that comes again, one that shares its first half, one on the twist. */
function checkCurve(module: CoreModule): void {
  const samples = new SampleBytes(81);
  const core = new CryptoCore(module);
  const { x25519, x25519Both } = module.exports;
  const out = module.outputPointer;
  for (const point of wycheproofPoints().slice(0, 60)) {
    const other = point.slice();
    other[20] ^= 1;
    for (const one of [point, point, point, other, other, other]) {
      const [at, from] = [
        module.put(samples.bytes(32)),
        module.put(one, 32),
      ];
      const isUsable = x25519(at, from, out);
      const shared = toHex(module.take(32));
      assert.equal(x25519Both(at, from, out, out + 32), isUsable);
      assert.equal(toHex(module.take(32, 32)), shared);
    }
  }
  for (let i = 0; i < 40; i++) {
    const scalar = samples.edge(32);
    const expected = toHex(nobleX25519.getPublicKey(scalar));
    assert.equal(toHex(core.x25519PublicKey(scalar)), expected);
  }
}

function checkHpkeRefusals(core: CryptoCore): void {
  const some = new Uint8Array(32).fill(9);
  const shared = { info: some, aad: some, psk: some, pskId: some };
  const good = { ...shared, publicKey: some, ikmE: some, plaintext: some };
  const sealed = core.hpkePskSeal(good);
  const zero = new Uint8Array(32);
  const changes = [{ publicKey: zero }, { psk: some.subarray(1) }, {
    pskId: zero.subarray(32),
  }];
  for (const change of changes) {
    assert.throws(() => core.hpkePskSeal({ ...good, ...change }));
  }
  const open = { ...shared, ...sealed, privateKey: some, enc: zero };
  assert.throws(() => core.hpkePskOpen(open), { code: "CRYPTO_SHARED_SECRET" });
}

/** Throws when the primitives, HPKE or their wiping are wrong. */
export function checkCrypto(module: CoreModule): void {
  const core = new CryptoCore(module);
  for (const run of Object.values(PUBLISHED)) run(module);
  checkRefusedOpening(module);
  checkHpkeRefusals(core);
  checkForgetting(module, "sealing");
  checkLengths(core);
  checkCurve(module);
  for (const run of Object.values(WYCHEPROOF)) run(core);
}

const A0 = new Uint8Array(32).fill(0xa0);

/** A genesis and `count` payments, their headers bent by `change`. */
function chain(
  core: SealCore,
  count: number,
  change: (seq: number) => Partial<RecordHeader> = () => ({}),
): Uint8Array[] {
  const samples = new SampleBytes(82);
  const { publicKey: recipientPublicKey } = core.generateKeyPair(A0);
  const records: Uint8Array[] = [];
  let chainSecret: Uint8Array = A0;
  let previousHash: Uint8Array = new Uint8Array(32);
  for (let seq = 0; seq <= count; seq++) {
    const entropy = samples.bytes(32);
    const shared = { recipientPublicKey, entropy, chainSecret };
    const changes = { previousHash, ...change(seq) };
    const sealed = seq === 0
      ? core.sealGenesis({
        ...shared,
        header: genesisHeader(changes),
        deviceFacts: samples.bytes(9),
      })
      : core.sealRecord({
        ...shared,
        header: sampleHeader({ seq, ...changes }),
        plaintext: samples.bytes(250 + seq),
      });
    records.push(sealed.record);
    ({ nextChainSecret: chainSecret, hash: previousHash } = sealed);
  }
  return records;
}

/** The document's opener reads the chain that the core sealed, and the core reads it back. */
function checkOpening(core: SealCore): void {
  const { privateKey } = core.generateKeyPair(A0);
  const records = chain(core, 6);
  const genesis = core.openGenesis({
    recipientPrivateKey: privateKey,
    record: records[0],
  });
  assert.deepEqual(genesis.nextChainSecret, nextSecret(A0));
  let secret: Uint8Array = A0;
  for (const [seq, record] of records.entries()) {
    const opened = openByReference(privateKey, record, secret);
    const length = opened.plaintext.length + 2;
    assert.equal(opened.padded.length, Math.ceil(length / 256) * 256);
    if (seq > 0) {
      const options = { recipientPrivateKey: privateKey, record };
      const own = core.openRecord({ ...options, chainSecret: secret });
      assert.deepEqual(own.plaintext, opened.plaintext);
    }
    secret = nextSecret(secret);
  }
}

/** Authentic records whose inside is not canonical, sealed by the core's own HPKE. */
function checkPadding(module: CoreModule): void {
  const core = new SealCore(module);
  const crypto = new CryptoCore(module);
  const { publicKey, privateKey } = core.generateKeyPair(A0);
  const good = chain(core, 1)[1];
  const open = (
    change: (padded: Uint8Array) => void,
    paddedLength: number,
  ): unknown => {
    const header = good.slice(0, 207);
    new DataView(header.buffer).setUint16(205, paddedLength);
    const padded = new Uint8Array(paddedLength);
    padded[1] = 3;
    change(padded);
    const { enc, ciphertext } = crypto.hpkePskSeal({
      publicKey,
      ikmE: A0,
      info: header.subarray(0, 16),
      aad: header,
      psk: core.recordPsk(nextSecret(A0)),
      pskId: header.subarray(16, 44),
      plaintext: padded,
    });
    return core.openRecord({
      recipientPrivateKey: privateKey,
      record: new Uint8Array([...header, ...enc, ...ciphertext]),
      chainSecret: nextSecret(A0),
    });
  };
  open(() => {}, 256);
  assert.throws(() => open((padded) => padded.fill(1, 255), 256));
  assert.throws(() => open((padded) => padded.set([0, 255]), 256));
  assert.throws(() => open(() => {}, 512));
}

/** Bytes of a good record that make it not canonical, and the code that names it. */
const NOT_CANONICAL: readonly [number, number[], string][] = [
  [4, [2], "SEAL_VERSION"],
  [5, [3], "SEAL_SUITE"],
  [7, [2], "SEAL_FIELD"],
  [36, [0, 0x20], "SEAL_FIELD"],
  [36, [0, 0, 0, 0, 0, 0, 0, 0], "SEAL_MODE"],
  [124, [0, 0x20], "SEAL_FIELD"],
  [132, [0x65], "SEAL_FIELD"],
  [205, [0, 0], "SEAL_FIELD"],
  [205, [1, 1], "SEAL_FIELD"],
  [205, [0x12, 0], "SEAL_FIELD"],
];

/** What stood in the arena before does not become padding, and a refusal leaves no plaintext. */
function checkArena(module: CoreModule): void {
  const core = new SealCore(module);
  const { privateKey, publicKey } = core.generateKeyPair(A0);
  const { outputPointer: output } = module;
  const seal = (key: Uint8Array): number => {
    const header = new Uint8Array(abi.SEAL_HEADER_BYTES);
    encodeHeader(header, sampleHeader());
    module.put(header, abi.SEAL_INPUT_HEADER);
    module.put(key, abi.SEAL_INPUT_KEY);
    module.put(A0, abi.SEAL_INPUT_ENTROPY);
    module.put(A0, abi.SEAL_INPUT_CHAIN_SECRET);
    module.put(new Uint8Array(100).fill(0x5a), abi.SEAL_INPUT_BODY);
    module.bytes.fill(0xa5, output, output + 1024);
    return module.exports.saf1Seal(100);
  };
  const length = seal(publicKey);
  const record = module.take(length, abi.SEAL_OUTPUT_RECORD);
  openByReference(privateKey, record, A0);

  assert.ok(seal(new Uint8Array(32)) < 0); // A point of small order.
  const at = output + abi.SEAL_OUTPUT_RECORD;
  const left = module.bytes.subarray(at, at + length - 16);
  assert.equal(left.findIndex((byte) => byte !== 0), -1);
  module.wipe();
}

function checkHeaders(core: SealCore): void {
  const record = chain(core, 1)[1];
  core.readHeader(record);
  for (const [offset, bytes, code] of NOT_CANONICAL) {
    const bent = record.slice();
    bent.set(bytes, offset);
    assert.throws(() => core.readHeader(bent), { code }, `${offset}`);
  }
  const lengths = [record.subarray(1), new Uint8Array([...record, 0])];
  for (const bent of [record.subarray(0, record.length - 1), ...lengths]) {
    assert.throws(() => core.readHeader(bent));
  }
  assert.throws(() => chain(core, 0, () => ({ amountMinor: 1 })), {
    field: "amountMinor",
  });
}

function checkChain(core: SealCore): void {
  const code = (records: Uint8Array[]): string => {
    const verdict = core.verifyRecords(records);
    return verdict.ok ? "ok" : verdict.code;
  };
  const at = (changes: Partial<RecordHeader>): string =>
    code(chain(core, 3, (seq) => seq === 2 ? changes : {}));
  const good = chain(core, 3);
  const fork = chain(core, 3, (seq) => seq === 2 ? { amountMinor: 1 } : {});
  const half = core.recordHash(good[1]);
  half[31] ^= 1;
  assert.equal(code(good), "ok");
  assert.deepEqual([
    code(good.toSpliced(1, 1)),
    code(good.toSpliced(3, 0, good[2])),
    code(good.toSpliced(3, 0, fork[2])),
    code([...good, good[1]]),
    at({ deviceId: new Uint8Array(16) }),
    at({ epoch: 8 }),
    at({ isLivemode: true }),
    at({ accountHash: new Uint8Array(16) }),
    at({ previousHash: half }),
  ], [
    "SEAL_CHAIN_GAP",
    "SEAL_CHAIN_REPEATED",
    "SEAL_CHAIN_FORK",
    "SEAL_CHAIN_ORDER",
    "SEAL_CHAIN_DEVICE",
    "SEAL_CHAIN_EPOCH",
    "SEAL_CHAIN_LIVEMODE",
    "SEAL_CHAIN_ACCOUNT",
    "SEAL_CHAIN_HASH",
  ]);
}

/** Throws when records are not those of docs/formats/saf1.md, or something stays in memory. */
export function checkSaf1(module: CoreModule): void {
  const core = new SealCore(module);
  assert.equal(
    JSON.stringify(makeExample(module), null, 2) + "\n",
    readFileSync("docs/formats/saf1-example.json", "utf8"),
  );
  checkHeaders(core);
  checkChain(core);
  checkOpening(core);
  checkPadding(module);
  checkArena(module);
  checkForgetting(module, "sealing");
}
