// Pairing and sessions: what goes through, and that nothing else does.
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { loadCore } from "../../../bindings/mod.ts";
import { HoldfastError } from "../../../engine/errors.ts";
import type { ByteTransport, Random } from "../../../engine/ports.ts";
import { encodeFrame } from "../../../engine/reader/frame.ts";
import { createInProcessPair } from "../../../engine/reader/in_process_transport.ts";
import {
  MemoryPairingStore,
  type Pairing,
} from "../../../engine/reader/pairing.ts";
import { connectReader } from "../../../engine/reader/reader_client.ts";
import { openSession, pairReader } from "../../../engine/reader/session.ts";
import {
  type Admission,
  PAIRING_WINDOW_MS,
  SessionGate,
} from "../../../engine/reader/session_gate.ts";
import { RecordStream } from "../../../engine/reader/session_records.ts";
import { SessionTransport } from "../../../engine/reader/session_transport.ts";
import { CipherState } from "../../../engine/reader/noise_symmetric.ts";
import { SimulatedReader } from "../../../engine/reader/simulated_reader.ts";
import { SeededRandom } from "../../../engine/reader/seeded_random.ts";
import { testByteTransport } from "../../contract/byte_transport_contract.ts";
import {
  finish,
  hex,
  rejection,
  SALE,
  settle,
  VirtualClock,
} from "./_reader_world.ts";

const core = await loadCore();
const isSoak = process.env.HOLDFAST_SOAK === "1";

function seeded(seed: string): Random {
  const random = new SeededRandom(seed);
  return {
    fill: (target): void => target.set(random.bytes(target.length)),
  };
}

/** A reader's gate and a point of sale, paired or not. */
class World {
  readonly clock = new VirtualClock();
  readonly pairings = new MemoryPairingStore();
  readonly gate: SessionGate;
  readonly ports;

  constructor() {
    const { clock } = this;
    this.ports = { core, clock, random: seeded("pos") };
    this.gate = new SessionGate({
      core,
      clock,
      random: seeded("reader"),
      pairings: this.pairings,
      name: "Counter 1",
    });
  }

  async pair(): Promise<Pairing> {
    const code = this.gate.openPairing();
    const [pos, reader] = createInProcessPair();
    const admitting = this.gate.admit(reader);
    const pairing = await pairReader(pos, {
      ...this.ports,
      code,
      name: "Till 3",
    });
    await admitting;
    return pairing;
  }

  async session(
    pairing: Pairing,
    wrap = (pos: ByteTransport, reader: ByteTransport): ByteTransport[] => [
      pos,
      reader,
    ],
  ): Promise<[ByteTransport, ByteTransport]> {
    const [pos, reader] = wrap(...createInProcessPair());
    const [near, far] = await finish(
      this.clock,
      Promise.all([
        openSession(pos, pairing, this.ports),
        this.gate.admit(reader),
      ]),
    );
    assert.equal(far.kind, "session");
    return [near, (far as Admission & { kind: "session" }).transport];
  }
}

/** Passes everything on and remembers or changes what is sent. */
class Wire implements ByteTransport {
  readonly sent: Uint8Array[] = [];
  #bitCount = 0;
  readonly #end: ByteTransport;
  readonly #flippedBit: number | null;

  constructor(end: ByteTransport, flippedBit: number | null = null) {
    this.#end = end;
    this.#flippedBit = flippedBit;
  }

  get bitCount(): number {
    return this.#bitCount;
  }

  send(bytes: Uint8Array): Promise<void> {
    const copy = bytes.slice();
    const at = (this.#flippedBit ?? -1) - this.#bitCount;
    if (at >= 0 && at < 8 * copy.length) copy[at >> 3] ^= 1 << at % 8;
    this.#bitCount += 8 * copy.length;
    this.sent.push(copy.slice());
    return this.#end.send(copy);
  }

  receive(
    onBytes: (bytes: Uint8Array) => void,
    onClose: (reason?: Error) => void,
  ): void {
    this.#end.receive(onBytes, onClose);
  }

  close(): void {
    this.#end.close();
  }
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof HoldfastError && codes.includes(error.code);
}

function record(transport: ByteTransport): { text: string; end: unknown } {
  const heard = { text: "", end: null as unknown };
  transport.receive(
    (bytes) => heard.text += new TextDecoder().decode(bytes),
    (reason) => heard.end = reason ?? "closed",
  );
  return heard;
}

const paired = new World();
const pairing = await paired.pair();

testByteTransport("openSession()", () => paired.session(pairing));

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

function limited(
  recordsMax: number,
  ...rekeyIntervals: number[]
): SessionTransport[] {
  return createInProcessPair().map((end, at) => {
    const cipher = (fill: number): CipherState =>
      new CipherState(core.crypto, new Uint8Array(32).fill(fill));
    const ciphers = { send: cipher(at), receive: cipher(1 - at) };
    const rekeyInterval = rekeyIntervals[at] ?? rekeyIntervals[0];
    const limits = { recordsMax, rekeyInterval };
    return new SessionTransport(new RecordStream(end), ciphers, limits);
  });
}

test("SessionTransport replaces its keys on both sides at the same record", async () => {
  const [near, far] = limited(1_000, 3);
  const heard = record(far);
  const back = record(near);
  for (let at = 0; at < 20; at++) {
    await near.send(Uint8Array.of(65 + at));
    if (at % 2) await far.send(Uint8Array.of(97 + at));
  }
  await settle();
  assert.equal(heard.text, "ABCDEFGHIJKLMNOPQRST");
  assert.equal(back.text, "bdfhjlnprt");
});

test("SessionTransport whose sides replace keys at different records ends", async () => {
  const [near, far] = limited(1_000, 3, 4);
  const heard = record(far);
  for (let at = 0; at < 4; at++) await near.send(Uint8Array.of(65 + at));
  await settle();
  assert.equal(heard.text, "ABC");
  assert.ok(hasCode(heard.end, "READER_SESSION_NOT_AUTHENTIC"));
});

test("SessionTransport ends before its counter could", async () => {
  const [near, far] = limited(4, 100);
  const heard = record(far);
  const back = record(near);
  for (let at = 0; at < 3; at++) await near.send(Uint8Array.of(65 + at));
  const error = await rejection(near.send(Uint8Array.of(90)));
  await settle();
  assert.equal(heard.text, "ABC");
  assert.ok(hasCode(error, "READER_DISCONNECTED"));
  assert.ok(hasCode(back.end, "READER_DISCONNECTED"));
});

test("SessionTransport cuts what is larger than a record and puts it together", async () => {
  const [near, far] = await paired.session(pairing);
  const heard = record(far);
  const bytes = new Uint8Array(100_000).fill(120);
  await near.send(bytes);
  await settle();
  assert.equal(heard.text, "x".repeat(100_000));
  near.close();
});
