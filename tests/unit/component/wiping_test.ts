/**
 * Nothing of an argument or a result stays in the component's memory.
 *
 * But for one thing: the public key that was sealed to last, because a till seals to the same key
 * all day and the core keeps multiples of it (core/x25519.ts). It is public.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileComponentCore } from "../../../scripts/component/compile.ts";
import { ComponentEmv } from "../../../scripts/component/emv_face.ts";
import { loadComponent } from "../../../scripts/component/load.ts";
import { ComponentSeal } from "../../../scripts/component/seal_face.ts";
import {
  genesisHeader,
  SampleBytes,
  sampleHeader,
} from "../../reference/seal_samples.ts";
import { requestWith } from "../core/emv_cases.ts";
import { message } from "../core/emv_message.ts";

const module = new WebAssembly.Module(await compileComponentCore());
const { component, memory } = loadComponent(module);
const samples = new SampleBytes(3);
const secret = (length = 32): Uint8Array => samples.bytes(length);

/** One character a byte: searching text is fast on every runtime. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

function textOfMemory({ buffer }: WebAssembly.Memory): string {
  return textOf(new Uint8Array(buffer));
}

/** Where in memory some 8 bytes of `bytes` stand, searched at six places of it; -1 if none. */
function find(bytes: Uint8Array, memoryText: string): number {
  const last = bytes.length - 8;
  for (let place = 0; place <= 5; place++) {
    const at = Math.floor(last * place / 5);
    const window = bytes.subarray(at, at + 8);
    // Zeros are everywhere.
    if (window.every((byte) => byte === 0)) continue;
    const found = memoryText.indexOf(textOf(window));
    if (found >= 0) return found;
  }
  return -1;
}

function assertForgotten(named: Record<string, Uint8Array>): void {
  const text = textOfMemory(memory);
  for (const [name, bytes] of Object.entries(named)) {
    assert.ok(bytes.length >= 8, `${name} is too short to look for`);
    assert.equal(find(bytes, text), -1, `${name} is still in memory`);
  }
}

test("find() an argument is in memory until the host has read the result", () => {
  const instance = new WebAssembly.Instance(module, {});
  const call = instance.exports as Record<string, CallableFunction> & {
    memory: WebAssembly.Memory;
  };
  const data = secret();
  const at = call.cabi_realloc(0, 0, 1, data.length);
  new Uint8Array(call.memory.buffer).set(data, at);
  const name = "holdfast:core/crypto@0.1.0#sha256";
  const result = call[name](at, data.length);
  assert.ok(find(data, textOfMemory(call.memory)) >= 0);
  call[`cabi_post_${name}`](result);
  assert.equal(find(data, textOfMemory(call.memory)), -1);
});

test("crypto every function forgets keys, data and results", () => {
  const { crypto } = component;
  const [key, ikm, salt, info, aad] = [1, 2, 3, 4, 5].map(() => secret());
  const [nonce, plaintext] = [secret(12), secret(1500)];
  const psk = { key: secret(), id: secret(16) };
  const pair = crypto.hpkeDeriveKeyPair(ikm);
  const sealed = crypto.hpkeSeal(
    pair.publicKey,
    key,
    info,
    aad,
    plaintext,
    psk,
  );
  const opened = crypto.hpkeOpen(
    pair.privateKey,
    sealed.enc,
    info,
    aad,
    sealed.ciphertext,
    psk,
  );
  assert.deepEqual(opened, plaintext);
  const ciphertext = crypto.chacha20Poly1305Seal(key, nonce, aad, plaintext);
  crypto.chacha20Poly1305Open(key, nonce, aad, ciphertext);
  assertForgotten({
    ...{ key, ikm, salt, info, aad, nonce, plaintext, ciphertext },
    ...{ pskKey: psk.key, pskId: psk.id },
    privateKey: pair.privateKey,
    ...sealed,
    mac: crypto.hmacSha256(key, plaintext),
    okm: crypto.hkdfSha256(ikm, salt, info, 8160),
    digest: crypto.sha256(plaintext),
    shared: crypto.x25519(key, pair.publicKey),
    publicOfKey: crypto.x25519PublicKey(key),
  });
});

test("crypto a refused call forgets its arguments", () => {
  const { crypto } = component;
  const { publicKey } = crypto.hpkeDeriveKeyPair(secret());
  const [key, nonce, data] = [secret(), secret(12), secret(64)];
  const small = new Uint8Array(32);
  const psk = { key: secret(31), id: secret(16) };
  const calls = [
    () => crypto.chacha20Poly1305Open(key, nonce, data, data),
    () => crypto.chacha20Poly1305Seal(data, nonce, data, data),
    () => crypto.hkdfSha256(data, key, data, 8161),
    () => crypto.x25519(key, small),
    () => crypto.hpkeSeal(small, key, data, data, data, undefined),
    () => crypto.hpkeSeal(publicKey, key, data, data, data, psk),
    () => crypto.hpkeOpen(key, key, data, data, data, undefined),
  ];
  for (const call of calls) {
    assert.throws(call, (error: Error) => "payload" in error);
    assertForgotten({ key, nonce, data, pskKey: psk.key, pskId: psk.id });
  }
});

test("emv a decision forgets message, device key and card", () => {
  const emv = new ComponentEmv(component);
  const deviceKey = secret();
  const request = requestWith({ deviceKey });
  const data = message({});
  const { card } = emv.decide(data, request);
  emv.decideBatch([data, data], [request, request]);
  assertForgotten({
    deviceKey,
    data,
    pan: data.subarray(6 + 2, 6 + 10),
    cardHmac: card!.cardHmac,
    cardTransactionHmac: card!.cardTransactionHmac,
  });
});

test("tlv a data object list forgets the values it collected", () => {
  const value = secret(16);
  const data = Uint8Array.of(0x57, value.length, ...value);
  const dol = Uint8Array.of(0x57, value.length);
  assert.deepEqual(component.tlv.dolBuild(dol, data, "reader"), value);
  component.tlv.parse(data, "reader");
  component.tlv.index(data, "reader");
  assertForgotten({ value });
});

test("seal every function forgets keys, secrets, plaintext and record", () => {
  const seal = new ComponentSeal(component);
  const seed = secret();
  const recipient = component.seal.generateKeyPair(seed);
  const [chainSecret, entropy, deviceFacts] = [1, 2, 3].map(() => secret());
  const plaintext = secret(1500);
  const shared = { recipientPublicKey: recipient.publicKey, entropy };
  // Nothing that could stand in a table of the core by chance.
  const fields = {
    keyId: recipient.keyId,
    deviceId: secret(16),
    localId: secret(16),
    idempotencyKey: secret(),
    cardTransactionHmac: secret(16),
  };
  const header = genesisHeader(fields);
  const genesis = seal.sealGenesis({
    ...shared,
    header,
    chainSecret,
    deviceFacts,
  });
  const payment = seal.sealRecord({
    ...shared,
    header: sampleHeader(fields),
    chainSecret: genesis.nextChainSecret,
    plaintext,
  });
  const keys = { recipientPrivateKey: recipient.privateKey };
  seal.openGenesis({ ...keys, record: genesis.record });
  seal.openRecord({
    ...keys,
    record: payment.record,
    chainSecret: genesis.nextChainSecret,
  });
  assert.throws(() =>
    seal.openRecord({ ...keys, record: payment.record, chainSecret: seed })
  );
  seal.verifyRecords([genesis.record, payment.record]);
  component.seal.readHeader(payment.record);
  assert.deepEqual(component.seal.hash(payment.record), payment.hash);
  assert.deepEqual(
    component.seal.advance(chainSecret, 1),
    genesis.nextChainSecret,
  );
  assertForgotten({
    ...{ seed, chainSecret, entropy, deviceFacts, plaintext },
    privateKey: recipient.privateKey,
    genesis: genesis.record,
    nextChainSecret: genesis.nextChainSecret,
    payment: payment.record,
    ...fields,
    lastSecret: payment.nextChainSecret,
  });
});

test("cabi_realloc arguments beyond 2 MiB trap and leave the instance unusable", () => {
  const { component: full } = loadComponent(module);
  assert.equal(full.crypto.sha256(new Uint8Array(2 ** 21 - 32)).length, 32);
  assert.throws(
    () => full.crypto.sha256(new Uint8Array(2 ** 21 + 1)),
    WebAssembly.RuntimeError,
  );
});
