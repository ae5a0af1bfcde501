// Pairing: who has the code is paired, and nobody else.
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { createInProcessPair } from "../../../engine/reader/in_process_transport.ts";
import {
  MemoryPairingStore,
  type Pairing,
} from "../../../engine/reader/pairing.ts";
import { pairReader } from "../../../engine/reader/session.ts";
import {
  PAIRING_WINDOW_MS,
  SessionGate,
} from "../../../engine/reader/session_gate.ts";
import { finish, rejection } from "./_reader_world.ts";
import { hasCode, Wire, World } from "./_session_world.ts";

const isSoak = process.env.HOLDFAST_SOAK === "1";

test("pairReader() leaves both sides with the halves of one pairing", async () => {
  const world = new World();
  const ours = await world.pair();
  const [theirs] = await world.pairings.list();
  assert.deepEqual(theirs.id, ours.id);
  assert.deepEqual(theirs.secret, ours.secret);
  assert.deepEqual(theirs.peerPublicKey, ours.publicKey);
  assert.deepEqual(ours.peerPublicKey, theirs.publicKey);
  assert.deepEqual([ours.peerName, theirs.peerName], ["Counter 1", "Till 3"]);
  assert.equal(world.gate.isPairing, false, "a code is good once");
});

test("pairReader() with a flipped bit on the wire pairs nobody with a stranger", async () => {
  const pairOnce = async (
    posBit: number | null,
    readerBit: number | null,
  ): Promise<{ wires: Wire[]; ours: Pairing | null; theirs: Pairing[] }> => {
    const world = new World();
    const code = world.gate.openPairing();
    const [pos, reader] = createInProcessPair();
    const wires = [new Wire(pos, posBit), new Wire(reader, readerBit)];
    const [ours] = await finish(
      world.clock,
      Promise.allSettled([
        pairReader(wires[0], { ...world.ports, code, name: "Till" }),
        world.gate.admit(wires[1]),
      ]),
    );
    return {
      wires,
      ours: ours.status === "fulfilled" ? ours.value : null,
      theirs: await world.pairings.list(),
    };
  };
  const intact = await pairOnce(null, null);
  assert.ok(intact.ours);
  const [posBits, readerBits] = intact.wires.map(({ bitCount }) => bitCount);
  const step = isSoak ? 1 : 9; // Every byte, each time another of its bits.
  for (let bit = 0; bit < posBits; bit += step) {
    const { ours, theirs } = await pairOnce(bit, null);
    assert.deepEqual([ours, theirs], [null, []], `bit ${bit} of the POS`);
  }
  for (let bit = 0; bit < readerBits; bit += step) {
    // The reader stores before it answers, so only its half may be left behind.
    const { ours } = await pairOnce(null, bit);
    assert.equal(ours, null, `bit ${bit} of the reader`);
  }
});

test("pairReader() with another code rejects on both sides and stores nothing", async () => {
  const world = new World();
  const right = world.gate.openPairing();
  const other = new SessionGate({
    ...world.ports,
    pairings: new MemoryPairingStore(),
    name: "",
  }).openPairing();
  assert.notEqual(right, other);
  const [pos, reader] = createInProcessPair();
  const admitting = rejection(world.gate.admit(reader));
  const error = await rejection(
    pairReader(pos, { ...world.ports, code: other, name: "Till" }),
  );
  assert.ok(hasCode(error, "READER_PAIRING_FAILED"), String(error));
  assert.ok(hasCode(await admitting, "READER_PAIRING_FAILED"));
  assert.deepEqual(await world.pairings.list(), []);
});

test("a pairing code is void after five minutes, three wrong codes, or its use", async () => {
  const attempt = async (world: World, code: string): Promise<string> => {
    const [pos, reader] = createInProcessPair();
    const admitting = world.gate.admit(reader).catch(() => null);
    const error = await pairReader(pos, { ...world.ports, code, name: "T" })
      .then(() => null, (error) => error.code);
    await admitting;
    return error;
  };
  const late = new World();
  const code = late.gate.openPairing();
  await late.clock.advance(PAIRING_WINDOW_MS);
  assert.equal(await attempt(late, code), "READER_PAIRING_FAILED");

  const guessed = new World();
  const right = guessed.gate.openPairing();
  const wrong = new SessionGate({
    ...guessed.ports,
    pairings: guessed.pairings,
    name: "",
  }).openPairing();
  for (let tries = 0; tries < 3; tries++) {
    assert.equal(await attempt(guessed, wrong), "READER_PAIRING_FAILED");
  }
  assert.equal(await attempt(guessed, right), "READER_PAIRING_FAILED");

  const used = new World();
  const once = used.gate.openPairing();
  assert.equal(await attempt(used, once), null);
  assert.equal(await attempt(used, once), "READER_PAIRING_FAILED");
});

test("pairReader() finds a mistyped code before anything is sent", async () => {
  const world = new World();
  const code = world.gate.openPairing();
  const swapped = code[1] + code[0] + code.slice(2);
  const changed = (code[0] === "7" ? "8" : "7") + code.slice(1);
  for (const typed of ["", "1234", changed, swapped, code.slice(1)]) {
    if (typed === code) continue;
    const [pos] = createInProcessPair();
    const wire = new Wire(pos);
    const error = await rejection(
      pairReader(wire, { ...world.ports, code: typed, name: "T" }),
    );
    assert.ok(hasCode(error, "INVALID_ARGUMENT"), typed);
    assert.equal(wire.sent.length, 0);
  }
});

test("pairReader() takes a code in lower case, with spaces and look-alikes", async () => {
  const world = new World();
  const code = world.gate.openPairing();
  const typed = code.toLowerCase().replaceAll("-", " ")
    .replaceAll("0", "o").replaceAll("1", "l");
  const [pos, reader] = createInProcessPair();
  const admitting = world.gate.admit(reader);
  await pairReader(pos, { ...world.ports, code: typed, name: "T" });
  assert.equal((await admitting).kind, "paired");
});
