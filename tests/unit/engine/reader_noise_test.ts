// Noise against the public vectors, message by message and bit by bit.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { loadCore } from "../../../bindings/mod.ts";
import { HoldfastError } from "../../../engine/errors.ts";
import {
  NoiseHandshake,
  type NoiseKeyPair,
  type NoisePattern,
} from "../../../engine/reader/noise.ts";
import { CipherState } from "../../../engine/reader/noise_symmetric.ts";
import { hex, toHex } from "./_reader_world.ts";

interface Vector {
  name: string;
  pattern: NoisePattern;
  prologue: string;
  psk: string;
  init_static: string;
  init_ephemeral: string;
  resp_static: string;
  resp_ephemeral: string;
  messages: { payload: string; ciphertext: string }[];
}

const file = JSON.parse(
  readFileSync("tests/vectors/noise_reader_session.json", "utf8"),
) as { numberOfTests: number; tests: Vector[] };
const { crypto } = await loadCore();

function keyPair(privateKey: string): NoiseKeyPair {
  const bytes = hex(privateKey);
  return { privateKey: bytes, publicKey: crypto.x25519PublicKey(bytes) };
}

function open(vector: Vector, isInitiator: boolean): NoiseHandshake {
  const [us, them] = isInitiator
    ? ["init", "resp"] as const
    : ["resp", "init"] as const;
  const remote = keyPair(vector[`${them}_static`]).publicKey;
  return new NoiseHandshake(crypto, {
    pattern: vector.pattern,
    isInitiator,
    prologue: hex(vector.prologue),
    keys: {
      staticKey: keyPair(vector[`${us}_static`]),
      ephemeralKey: keyPair(vector[`${us}_ephemeral`]),
      ...(vector.pattern === "KKpsk0" ? { remoteStatic: remote } : {}),
      psk: hex(vector.psk),
    },
  });
}

function play(vector: Vector): string[] {
  const [initiator, responder] = [open(vector, true), open(vector, false)];
  const sent: string[] = [];
  let isInitiatorsTurn: boolean = true;
  const rest = [...vector.messages];
  while (!initiator.isComplete) {
    const payload = hex(rest.shift()!.payload);
    const [writer, reader]: NoiseHandshake[] = isInitiatorsTurn
      ? [initiator, responder]
      : [responder, initiator];
    const message = writer.write(payload);
    sent.push(toHex(message));
    assert.deepEqual(reader.read(message), payload);
    isInitiatorsTurn = !isInitiatorsTurn;
  }
  assert.equal(responder.isComplete, true);
  const [ours, theirs] = [initiator.split(), responder.split()];
  for (const { payload } of rest) {
    const [send, receive]: CipherState[] = isInitiatorsTurn
      ? [ours.send, theirs.receive]
      : [theirs.send, ours.receive];
    const message = send.seal(new Uint8Array(0), hex(payload));
    sent.push(toHex(message));
    assert.equal(toHex(receive.open(new Uint8Array(0), message)), payload);
    isInitiatorsTurn = !isInitiatorsTurn;
  }
  return sent;
}

test("NoiseHandshake writes and reads every message of the public vectors", () => {
  let ran = 0;
  for (const vector of file.tests) {
    const expected = vector.messages.map(({ ciphertext }) => ciphertext);
    assert.deepEqual(play(vector), expected, vector.name);
    ran++;
  }
  assert.equal(ran, file.numberOfTests);
});

test("NoiseHandshake.remoteStatic is the other party's key once it was read", () => {
  const [vector] = file.tests;
  const [initiator, responder] = [open(vector, true), open(vector, false)];
  const nothing = new Uint8Array(0);
  assert.throws(() => responder.remoteStatic, RangeError);
  responder.read(initiator.write(nothing));
  initiator.read(responder.write(nothing));
  responder.read(initiator.write(nothing));
  assert.deepEqual(
    initiator.remoteStatic,
    keyPair(vector.resp_static).publicKey,
  );
  assert.deepEqual(
    responder.remoteStatic,
    keyPair(vector.init_static).publicKey,
  );
});

/** How far a handshake gets when `spoil` changes its messages: "" when not to its end. */
function runSpoiled(
  vector: Vector,
  spoil: (message: Uint8Array, index: number) => Uint8Array,
): string {
  const [initiator, responder] = [open(vector, true), open(vector, false)];
  const nothing = new Uint8Array(0);
  let [writer, reader] = [initiator, responder];
  try {
    for (let index = 0; !initiator.isComplete; index++) {
      reader.read(spoil(writer.write(nothing), index));
      [writer, reader] = [reader, writer];
    }
    const message = initiator.split().send.seal(nothing, Uint8Array.of(1));
    responder.split().receive.open(nothing, message);
    return "authentic";
  } catch (error) {
    assert.ok(error instanceof HoldfastError, String(error));
    assert.match(error.code, /^CRYPTO_(OPEN|SHARED_SECRET)$/);
    return "";
  }
}

test("NoiseHandshake refuses every message with one bit flipped", () => {
  let ran = 0;
  for (const vector of file.tests) {
    assert.equal(runSpoiled(vector, (message) => message), "authentic");
    const lengths: number[] = [];
    runSpoiled(vector, (message) => {
      lengths.push(message.length);
      return message;
    });
    lengths.forEach((length, at) => {
      // One bit of every byte here; every bit of a whole session in reader_session_test.ts.
      for (let byte = 0; byte < length; byte++) {
        const outcome = runSpoiled(vector, (message, index) => {
          if (index === at) message[byte] ^= 1 << byte % 8;
          return message;
        });
        assert.equal(outcome, "", `${vector.name} message ${at} byte ${byte}`);
        ran++;
      }
    });
  }
  assert.equal(ran, (48 + 96 + 64) + (48 + 48));
});

test("NoiseHandshake refuses every message cut short or made longer", () => {
  for (const vector of file.tests) {
    const count = vector.pattern === "XXpsk3" ? 3 : 2;
    for (let at = 0; at < count; at++) {
      for (const change of [0, 1, 31, 32, 47, -1, 1e3]) {
        const outcome = runSpoiled(vector, (message, index) => {
          if (index !== at) return message;
          if (change === 1e3) return Uint8Array.of(...message, 0);
          return change < 0 ? message.slice(0, -1) : message.slice(0, change);
        });
        assert.equal(outcome, "", `${vector.name} ${at} ${change}`);
      }
    }
  }
});

test("CipherState.rekey() makes the key of Noise §4.2", () => {
  const key = new Uint8Array(32).fill(7);
  const nonce = Uint8Array.of(0, 0, 0, 0, ...new Uint8Array(8).fill(0xff));
  const expected = chacha20poly1305(key, nonce)
    .encrypt(new Uint8Array(32)).slice(0, 32);
  const cipher = new CipherState(crypto, key.slice());
  cipher.seal(new Uint8Array(0), Uint8Array.of(1));
  cipher.rekey();
  const message = cipher.seal(new Uint8Array(0), Uint8Array.of(2));
  // The counter goes on: rekeying does not start it anew (§11.3).
  const second = Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);
  const opened = chacha20poly1305(expected, second).decrypt(message);
  assert.deepEqual([...opened], [2]);
});
