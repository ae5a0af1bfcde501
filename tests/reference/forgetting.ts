/**
 * What stays in linear memory after a call does not depend on what the call was given.
 *
 * Owns: the comparison, stronger than a search for known secrets: every operation runs twice with
 * other secrets, and the whole memory must be the same bytes both times. Only the recipient's
 * public key is the same, because the core keeps multiples of the one it met last.
 */
import assert from "node:assert/strict";
import type { CoreModule } from "../../bindings/core_module.ts";
import { CryptoCore } from "../../bindings/crypto.ts";
import { EmvCore } from "../../bindings/emv.ts";
import { SealCore } from "../../bindings/seal.ts";
import { TlvCore } from "../../bindings/tlv.ts";
import { message, REQUEST } from "../unit/core/emv_message.ts";
import { toHex } from "./core_instance.ts";
import { genesisHeader, SampleBytes, sampleHeader } from "./seal_samples.ts";

type Call = (samples: SampleBytes) => void;

/** A call that must fail; how it fails is another test's business. */
function refused(call: () => unknown): void {
  assert.throws(call);
}

/** Every operation of the sealing room by name; `samples` is the only source of secrets. */
function operations(module: CoreModule): Record<string, Call> {
  const core = new CryptoCore(module);
  const seal = new SealCore(module);
  const recipient = core.hpkeDeriveKeyPair(new Uint8Array(32).fill(7));
  const { publicKey, privateKey } = recipient;
  const context = (s: SampleBytes) => ({
    info: s.bytes(20),
    aad: s.bytes(30),
    psk: s.bytes(32),
    pskId: s.bytes(9),
  });
  const record = (s: SampleBytes) => ({
    header: sampleHeader({ localId: s.bytes(16) }),
    recipientPublicKey: publicKey,
    chainSecret: s.bytes(32),
    entropy: s.bytes(32),
    plaintext: s.bytes(300),
  });
  return {
    sha256: (s) => core.sha256(s.bytes(200)),
    hmacSha256: (s) => core.hmacSha256(s.bytes(100), s.bytes(77)),
    hkdfSha256: (s) =>
      core.hkdfSha256(s.bytes(40), s.bytes(40), s.bytes(9), 70),
    x25519: (s) => core.x25519(s.bytes(32), publicKey),
    "x25519 refused": (s) =>
      refused(() => core.x25519(s.bytes(32), new Uint8Array(32))),
    x25519PublicKey: (s) => core.x25519PublicKey(s.bytes(32)),
    chacha20Poly1305: (s) => {
      const [key, nonce, aad] = [s.bytes(32), s.bytes(12), s.bytes(19)];
      const sealed = core.chacha20Poly1305Seal(key, nonce, aad, s.bytes(300));
      core.chacha20Poly1305Open(key, nonce, aad, sealed);
      sealed[5] ^= 1;
      refused(() => core.chacha20Poly1305Open(key, nonce, aad, sealed));
    },
    hpkePsk: (s) => {
      const shared = context(s);
      const [ikmE, plaintext] = [s.bytes(32), s.bytes(300)];
      const sealed = core.hpkePskSeal({
        ...shared,
        publicKey,
        ikmE,
        plaintext,
      });
      core.hpkePskOpen({ ...shared, ...sealed, privateKey });
    },
    hpkeDeriveKeyPair: (s) => core.hpkeDeriveKeyPair(s.bytes(40)),
    sealGenesis: (s) => {
      const { plaintext, ...rest } = record(s);
      const header = genesisHeader({ localId: s.bytes(16) });
      seal.sealGenesis({ ...rest, header, deviceFacts: plaintext });
    },
    sealRecord: (s) => seal.sealRecord(record(s)),
    "sealRecord refused": (s) =>
      refused(() =>
        seal.sealRecord({
          ...record(s),
          recipientPublicKey: new Uint8Array(32),
        })
      ),
    openRecord: (s) => {
      const { chainSecret, ...rest } = record(s);
      const sealed = seal.sealRecord({ ...rest, chainSecret }).record;
      const options = { recipientPrivateKey: privateKey, chainSecret };
      seal.openRecord({ ...options, record: sealed });
      sealed[400] ^= 1;
      refused(() => seal.openRecord({ ...options, record: sealed }));
    },
    advanceChainSecret: (s) => seal.advanceChainSecret(s.bytes(32), 2),
    recordPsk: (s) => seal.recordPsk(s.bytes(32)),
  };
}

/** Digits for a PAN or a track, 0 … 9. */
function digits(s: SampleBytes, count: number): string {
  return Array.from({ length: count }, () => s.next() % 10).join("");
}

/** A card and a transaction of their own in a message that always has the same shape. */
function card(s: SampleBytes): Uint8Array {
  const pan = `45${digits(s, 14)}`;
  return message({
    "57": `${pan}D281220100${digits(s, 10)}F`.padEnd(38, "F"),
    "5A": pan,
    "5F20": toHex(s.bytes(20)),
    "9F10": `06${toHex(s.bytes(6))}`,
    "9F26": toHex(s.bytes(8)),
    "9F36": toHex(s.bytes(2)),
    "9F37": toHex(s.bytes(4)),
  });
}

/** The operations that see a card. */
function cardOperations(module: CoreModule): Record<string, Call> {
  const emv = new EmvCore(module);
  const tlv = new TlvCore(module);
  const request = (s: SampleBytes) => ({ ...REQUEST, deviceKey: s.bytes(32) });
  return {
    "decide, accepted": (s) => {
      const { code } = emv.decide(card(s), request(s));
      assert.equal(code, "accepted");
    },
    "decide, refused": (s) => {
      const { code } = emv.decide(card(s), { ...request(s), amountMinor: 1 });
      assert.equal(code, "emv_mismatch");
    },
    decideBatch: (s) =>
      emv.decideBatch([card(s), card(s)], [request(s), request(s)]),
    "tlv parse": (s) => tlv.parse(card(s), "reader"),
    dolBuild: (s) => {
      const list = new Uint8Array([0x57, 19, 0x5a, 8, 0x9f, 0x26, 8]);
      tlv.dolBuild(list, card(s), "reader");
    },
  };
}

/** The first place where two images of memory differ, or −1. */
function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const [left, right] = [new Uint32Array(a.buffer), new Uint32Array(b.buffer)];
  const at = left.findIndex((word, index) => word !== right[index]);
  return at < 0 ? -1 : at * 4;
}

/** Which operations: those with keys and records, those with a card, or both. */
export type Room = "sealing" | "cards" | "both";

/** Throws when memory tells two runs of an operation apart; returns how many operations ran. */
export function checkForgetting(
  module: CoreModule,
  room: Room = "both",
): number {
  const all = Object.entries({
    ...room === "cards" ? {} : operations(module),
    ...room === "sealing" ? {} : cardOperations(module),
  });
  for (const [name, call] of all) {
    // Twice, so that the tables of the base point and of the last public key are there before.
    call(new SampleBytes(1));
    call(new SampleBytes(1));
    const [first, second] = [71, 1003].map((seed) => {
      call(new SampleBytes(seed));
      return module.bytes.slice();
    });
    const at = firstDifference(first, second);
    assert.equal(at, -1, `${name} leaves something at ${at}`);
  }
  return all.length;
}
