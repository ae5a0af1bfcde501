import assert from "node:assert/strict";
import { test } from "node:test";
import { CryptoCore } from "../../../bindings/crypto.ts";
import { coreInstance, toHex } from "../../reference/core_instance.ts";
import { buffer, hpkeCoreSuite } from "../../reference/hpke_core_suite.ts";
import { rounds, SampleBytes } from "../../reference/seal_samples.ts";

const core = new CryptoCore(coreInstance());
const other = hpkeCoreSuite();

/** One random case: sealed here and opened there, sealed there and opened here. */
async function crossCheck(samples: SampleBytes, isPsk: boolean): Promise<void> {
  const { privateKey, publicKey } = core.hpkeDeriveKeyPair(samples.bytes(32));
  const info = samples.edge(samples.next() % 60);
  const aad = samples.edge(samples.next() % 300);
  const plaintext = samples.edge(samples.next() % 2000);
  const psk = samples.edge(32 + samples.next() % 40);
  const pskId = samples.edge(1 + samples.next() % 40);
  const ikmE = samples.bytes(32);
  const send = { publicKey, ikmE, info, aad, plaintext, psk, pskId };
  const sealed = isPsk ? core.hpkePskSeal(send) : core.hpkeBaseSeal(send);

  const sharedParts = {
    info: buffer(info),
    ...(isPsk ? { psk: { id: buffer(pskId), key: buffer(psk) } } : {}),
  };
  const recipientKey = await other.kem.importKey(
    "raw",
    buffer(privateKey),
    false,
  );
  const recipient = await other.createRecipientContext({
    ...sharedParts,
    recipientKey,
    enc: buffer(sealed.enc),
  });
  const opened = await recipient.open(buffer(sealed.ciphertext), buffer(aad));
  assert.equal(toHex(new Uint8Array(opened)), toHex(plaintext));

  const sender = await other.createSenderContext({
    ...sharedParts,
    recipientPublicKey: await other.kem.deserializePublicKey(buffer(publicKey)),
  });
  const theirs = new Uint8Array(
    await sender.seal(buffer(plaintext), buffer(aad)),
  );
  const receive = {
    privateKey,
    enc: new Uint8Array(sender.enc),
    info,
    aad,
    psk,
    pskId,
    ciphertext: theirs,
  };
  const back = isPsk ? core.hpkePskOpen(receive) : core.hpkeBaseOpen(receive);
  assert.equal(toHex(back), toHex(plaintext));
}

test("hpkeBaseSeal() and @hpke/core open each other's messages", async () => {
  const samples = new SampleBytes(20);
  for (let i = 0; i < rounds(40); i++) await crossCheck(samples, false);
});

test("hpkePskSeal() and @hpke/core open each other's messages", async () => {
  const samples = new SampleBytes(21);
  for (let i = 0; i < rounds(40); i++) await crossCheck(samples, true);
});

test("hpkePskOpen() with anything altered refuses with one code", () => {
  const samples = new SampleBytes(22);
  const { privateKey, publicKey } = core.hpkeDeriveKeyPair(samples.bytes(32));
  const common = {
    info: samples.bytes(9),
    aad: samples.bytes(9),
    psk: samples.bytes(32),
    pskId: samples.bytes(9),
  };
  const sealed = core.hpkePskSeal({
    ...common,
    publicKey,
    ikmE: samples.bytes(32),
    plaintext: samples.bytes(9),
  });
  const good = { ...common, ...sealed, privateKey };
  assert.equal(core.hpkePskOpen(good).length, 9);
  const names = [
    "info",
    "aad",
    "psk",
    "pskId",
    "enc",
    "ciphertext",
    "privateKey",
  ] as const;
  for (const name of names) {
    const bent = good[name].slice();
    bent[bent.length >> 1] ^= 1;
    assert.throws(
      () => core.hpkePskOpen({ ...good, [name]: bent }),
      { code: "CRYPTO_OPEN" },
      name,
    );
  }
  assert.throws(() => core.hpkeBaseOpen(good), { code: "CRYPTO_OPEN" });
});

test("hpkeBaseSeal() to a point of small order refuses", () => {
  const some = new Uint8Array(32);
  const options = { info: some, aad: some, ikmE: some, plaintext: some };
  assert.throws(
    () => core.hpkeBaseSeal({ ...options, publicKey: new Uint8Array(32) }),
    { code: "CRYPTO_SHARED_SECRET" },
  );
});

test("hpkeBaseOpen() of an enc of small order refuses before it decrypts", () => {
  // With a shared secret of zero anyone could have made this message.
  const some = new Uint8Array(32).fill(7);
  for (const first of [0, 1]) {
    const enc = new Uint8Array(32);
    enc[0] = first;
    assert.throws(
      () =>
        core.hpkeBaseOpen({
          privateKey: some,
          enc,
          info: some,
          aad: some,
          ciphertext: some,
        }),
      { code: "CRYPTO_SHARED_SECRET" },
    );
  }
});

test("hpkePskSeal() with a short PSK, no id or short ikmE refuses", () => {
  const some = new Uint8Array(32).fill(9);
  const good = {
    publicKey: some,
    ikmE: some,
    info: some,
    aad: some,
    plaintext: some,
    psk: some,
    pskId: some,
  };
  const none = new Uint8Array(0);
  const short = some.subarray(0, 31);
  assert.equal(core.hpkePskSeal(good).enc.length, 32);
  const seal = (changes: Partial<typeof good>): unknown =>
    core.hpkePskSeal({ ...good, ...changes });
  assert.throws(() => seal({ psk: short }), { code: "CRYPTO_PSK" });
  assert.throws(() => seal({ psk: none }), { code: "CRYPTO_PSK" });
  assert.throws(() => seal({ pskId: none }), { code: "CRYPTO_PSK" });
  assert.throws(() => seal({ ikmE: short }), { field: "ikmE" });
});
