/** A reader's gate, a point of sale and the wire between them. @module */
import assert from "node:assert/strict";
import { loadCore } from "../../../bindings/mod.ts";
import { HoldfastError } from "../../../engine/errors.ts";
import type { ByteTransport, Random } from "../../../engine/ports.ts";
import { createInProcessPair } from "../../../engine/reader/in_process_transport.ts";
import {
  MemoryPairingStore,
  type Pairing,
} from "../../../engine/reader/pairing.ts";
import { openSession, pairReader } from "../../../engine/reader/session.ts";
import {
  type Admission,
  SessionGate,
} from "../../../engine/reader/session_gate.ts";
import { SeededRandom } from "../../../engine/reader/seeded_random.ts";
import { finish, VirtualClock } from "./_reader_world.ts";

/** The core that both sides of every test share. */
export const core = await loadCore();

function seeded(seed: string): Random {
  const random = new SeededRandom(seed);
  return {
    fill: (target): void => target.set(random.bytes(target.length)),
  };
}

/** A reader's gate and a point of sale, paired or not. */
export class World {
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
export class Wire implements ByteTransport {
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

/** Whether it is a `HoldfastError` with one of these codes. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof HoldfastError && codes.includes(error.code);
}

/** Notes as text what arrives, and the reason of the end. */
export function record(
  transport: ByteTransport,
): { text: string; end: unknown } {
  const heard = { text: "", end: null as unknown };
  transport.receive(
    (bytes) => heard.text += new TextDecoder().decode(bytes),
    (reason) => heard.end = reason ?? "closed",
  );
  return heard;
}
