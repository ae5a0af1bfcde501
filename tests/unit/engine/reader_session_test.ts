// Sessions: what goes through, and that nothing else does.
import assert from "node:assert/strict";
import test from "node:test";
import { HoldfastError } from "../../../engine/errors.ts";
import type { ByteTransport } from "../../../engine/ports.ts";
import { encodeFrame } from "../../../engine/reader/frame.ts";
import { createInProcessPair } from "../../../engine/reader/in_process_transport.ts";
import type { Pairing } from "../../../engine/reader/pairing.ts";
import { connectReader } from "../../../engine/reader/reader_client.ts";
import { openSession } from "../../../engine/reader/session.ts";
import { SimulatedReader } from "../../../engine/reader/simulated_reader.ts";
import { testByteTransport } from "../../contract/byte_transport_contract.ts";
import { finish, hex, rejection, SALE, settle } from "./_reader_world.ts";
import { core, hasCode, record, Wire, World } from "./_session_world.ts";

const paired = new World();
const pairing = await paired.pair();

testByteTransport("openSession()", () => paired.session(pairing));

test("openSession() carries a sale to a reader that knows nothing of it", async () => {
  const world = new World();
  const [near, far] = await world.session(await world.pair());
  const reader = new SimulatedReader({
    clock: world.clock,
    seed: "1",
    deviceType: "wisepos_e",
    customers: ["visa"],
  });
  void reader.serve(far);
  const client = await connectReader(near, {
    clock: world.clock,
    deadlineMs: 5_000,
  });
  const { emvData } = await client.collect(SALE);
  assert.ok(emvData.length > 100);
  client.close();
});

test("openSession() shows nothing of what it carries", async () => {
  const world = new World();
  const wires: Wire[] = [];
  const [near, far] = await world.session(
    await world.pair(),
    (pos, reader) => {
      wires.push(new Wire(pos), new Wire(reader));
      return wires;
    },
  );
  const heard = record(far);
  await near.send(new TextEncoder().encode("4242424242424242"));
  await settle();
  assert.equal(heard.text, "4242424242424242");
  const wire = wires.flatMap(({ sent }) => sent.map((part) => [...part]));
  const text = String.fromCharCode(...wire.flat());
  assert.equal(text.includes("4242"), false);
});

/** A conversation with one bit flipped; what each side heard, and the first error. */
async function talk(
  world: World,
  pairing: Pairing,
  posBit: number | null,
  readerBit: number | null,
): Promise<{ heard: string[]; bits: number[]; errors: unknown[] }> {
  const wires: Wire[] = [];
  const errors: unknown[] = [];
  const heard = ["", ""];
  try {
    const [near, far] = await world.session(pairing, (pos, reader) => {
      wires.push(new Wire(pos, posBit), new Wire(reader, readerBit));
      return wires;
    });
    const atFar = record(far);
    const atNear = record(near);
    const note = (error: unknown): unknown => errors.push(error);
    await near.send(new TextEncoder().encode("hello")).catch(note);
    await far.send(new TextEncoder().encode("world")).catch(note);
    await settle();
    heard[0] = atFar.text;
    heard[1] = atNear.text;
    errors.push(atFar.end, atNear.end);
    near.close();
    far.close();
  } catch (error) {
    errors.push(error);
  }
  return {
    heard,
    bits: wires.map(({ bitCount }) => bitCount),
    errors: errors.filter((error) => error instanceof HoldfastError),
  };
}

test("a session with any one bit flipped on the wire delivers nothing false", async () => {
  const intact = await talk(paired, pairing, null, null);
  assert.deepEqual(intact.heard, ["hello", "world"]);
  const [posBits, readerBits] = intact.bits;
  assert.deepEqual([posBits, readerBits], [
    8 * (2 + 21 + 2 + 48 + 2 + 16 + 2 + 21),
    8 * (2 + 48 + 2 + 21),
  ]);
  const bits = [
    ...Array.from({ length: posBits }, (_, bit) => [bit, null] as const),
    ...Array.from({ length: readerBits }, (_, bit) => [null, bit] as const),
  ];
  for (const [posBit, readerBit] of bits) {
    const { heard, errors } = await talk(paired, pairing, posBit, readerBit);
    const place = `bit ${posBit} of the POS, ${readerBit} of the reader`;
    assert.notDeepEqual(heard, ["hello", "world"], place);
    assert.ok(["", "hello"].includes(heard[0]), place);
    assert.ok(["", "world"].includes(heard[1]), place);
    for (const error of errors) {
      assert.ok(
        hasCode(
          error,
          "READER_SESSION_NOT_AUTHENTIC",
          "READER_SESSION_REQUIRED",
          "READER_NOT_PAIRED",
          "READER_DISCONNECTED",
          "UNSUPPORTED_READER_VERSION",
          "REQUEST_TIMED_OUT",
          "READER_PAIRING_FAILED",
        ),
        `${place}: ${error}`,
      );
    }
  }
});

test("SessionGate.admit() refuses a plain frame with READER_SESSION_REQUIRED", async () => {
  const world = new World();
  const [pos, reader] = createInProcessPair();
  const admitting = rejection(world.gate.admit(reader));
  let isEnded = false;
  pos.receive(() => undefined, () => isEnded = true);
  const payload = new Uint8Array(0);
  await pos.send(encodeFrame({ type: 1, requestId: 1, payload }));
  assert.ok(hasCode(await admitting, "READER_SESSION_REQUIRED"));
  await settle();
  assert.equal(isEnded, true);
});

test("SessionGate.admit() refuses another version and an unknown mode", async () => {
  for (
    const [preamble, code] of [
      ["0005 48465302 01", "UNSUPPORTED_READER_VERSION"],
      ["0005 48465301 00", "READER_SESSION_REQUIRED"],
      ["0005 48465301 02", "READER_SESSION_REQUIRED"],
      ["0006 48465301 01 00", "READER_SESSION_REQUIRED"],
      ["0000", "READER_SESSION_REQUIRED"],
    ]
  ) {
    const world = new World();
    world.gate.openPairing();
    const [pos, reader] = createInProcessPair();
    const admitting = rejection(world.gate.admit(reader));
    await pos.send(hex(preamble));
    assert.ok(hasCode(await admitting, code), preamble);
  }
});

test("openSession() with a pairing the reader has removed rejects with READER_NOT_PAIRED", async () => {
  const world = new World();
  const pairing = await world.pair();
  await world.pairings.remove(pairing.id);
  const [pos, reader] = createInProcessPair();
  const admitting = rejection(world.gate.admit(reader));
  const error = await rejection(openSession(pos, pairing, world.ports));
  assert.ok(hasCode(error, "READER_NOT_PAIRED"), String(error));
  assert.ok(hasCode(await admitting, "READER_NOT_PAIRED"));
});

test("openSession() to another reader rejects, whichever part of the pairing differs", async () => {
  const world = new World();
  const pairing = await world.pair();
  const stranger = await new World().pair();
  for (const field of ["privateKey", "peerPublicKey", "secret"] as const) {
    const bytes = field === "secret"
      ? new Uint8Array(32).fill(1)
      : core.crypto.x25519PublicKey(stranger[field].slice().fill(9));
    const forged = { ...pairing, [field]: bytes };
    const [pos, reader] = createInProcessPair();
    const admitting = rejection(world.gate.admit(reader));
    const error = await rejection(openSession(pos, forged, world.ports));
    assert.ok(hasCode(error, "READER_NOT_PAIRED"), `${field}: ${error}`);
    assert.ok(hasCode(await admitting, "READER_SESSION_NOT_AUTHENTIC"), field);
  }
});

test("a recorded session played again opens nothing", async () => {
  const world = new World();
  const wires: Wire[] = [];
  const pairing = await world.pair();
  const [near] = await world.session(pairing, (pos, reader) => {
    wires.push(new Wire(pos), new Wire(reader));
    return wires;
  });
  await near.send(new TextEncoder().encode("sell"));
  const [attacker, reader] = createInProcessPair();
  const admitting = rejection(world.gate.admit(reader));
  for (const bytes of wires[0].sent) await attacker.send(bytes.slice());
  assert.ok(hasCode(await admitting, "READER_SESSION_NOT_AUTHENTIC"));
});

test("a record that is repeated, dropped or swapped ends the session", async () => {
  const deeds: ((records: Uint8Array[]) => Uint8Array[])[] = [
    ([first]) => [first, first],
    ([, second]) => [second],
    ([first, second]) => [second, first],
  ];
  for (const deed of deeds) {
    const world = new World();
    const held: Uint8Array[] = [];
    let isHolding = false;
    let far: ByteTransport | null = null;
    const [near, session] = await world.session(
      await world.pair(),
      (pos, reader) => {
        far = pos;
        const wire: ByteTransport = {
          send: (bytes): Promise<void> => {
            if (!isHolding) return pos.send(bytes);
            held.push(bytes.slice());
            return Promise.resolve();
          },
          receive: (onBytes, onClose) => pos.receive(onBytes, onClose),
          close: () => pos.close(),
        };
        return [wire, reader];
      },
    );
    const heard = record(session);
    isHolding = true;
    await near.send(Uint8Array.of(65));
    await near.send(Uint8Array.of(66));
    for (const bytes of deed(held)) await far!.send(bytes).catch(() => null);
    await settle();
    assert.notEqual(heard.text, "AB");
    assert.ok(hasCode(heard.end, "READER_SESSION_NOT_AUTHENTIC"));
  }
});

test("SessionGate.admit() and openSession() give up on a silent peer", async () => {
  const world = new World();
  const pairing = await world.pair();
  const [pos, reader] = createInProcessPair();
  const opening = rejection(openSession(pos, pairing, world.ports));
  const admitting = rejection(world.gate.admit(createInProcessPair()[0]));
  assert.ok(
    hasCode(await finish(world.clock, opening), "REQUEST_TIMED_OUT"),
  );
  assert.ok(
    hasCode(await finish(world.clock, admitting), "REQUEST_TIMED_OUT"),
  );
  reader.close();
  assert.equal(world.clock.timerCount, 0);
});
