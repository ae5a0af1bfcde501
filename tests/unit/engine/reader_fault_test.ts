// Faults at every step of a whole conversation: each call ends, in time, with a typed error or
// its answer, and nothing waits for ever.
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { HoldfastError } from "../../../engine/errors.ts";
import type { ByteTransport } from "../../../engine/ports.ts";
import { FaultyTransport, type TransportFaults } from "./_faulty_transport.ts";
import { encodeFrame } from "../../../engine/reader/frame.ts";
import { createInProcessPair } from "../../../engine/reader/in_process_transport.ts";
import {
  connectReader,
  type ReaderClient,
} from "../../../engine/reader/reader_client.ts";
import {
  type CollectResult,
  MESSAGE,
} from "../../../engine/reader/messages.ts";
import { encodePayload } from "../../../engine/reader/payload.ts";
import { SeededRandom } from "../../../engine/reader/seeded_random.ts";
import { SimulatedReader } from "../../../engine/reader/simulated_reader.ts";
import {
  connectSimulated,
  finish,
  rejection,
  SALE,
  ScriptedReader,
  settle,
  VirtualClock,
} from "./_reader_world.ts";

const isSoak = process.env.HOLDFAST_SOAK === "1";

interface World {
  clock: VirtualClock;
  reader: SimulatedReader;
  /** Sends counted on the faulty side. */
  sendCount: () => number;
  /** How every call of the conversation ended. */
  outcomes: string[];
}

/** Connect, configure, three sales, status: every call is made whatever became of the others. */
async function converse(
  side: "client" | "reader",
  faults: TransportFaults,
): Promise<World> {
  const clock = new VirtualClock();
  const reader = new SimulatedReader({
    clock,
    seed: "faults",
    deviceType: "wisepad_3",
    customers: ["visa", "mastercard:tap", "amex"],
    customerDelayMs: 1_000,
  });
  const [near, far] = createInProcessPair();
  const faulty = new FaultyTransport(
    side === "client" ? near : far,
    faults,
    clock,
  );
  const serving = reader.serve(side === "client" ? far : faulty);
  const outcomes: string[] = [];
  const end = async <T>(promise: Promise<T>): Promise<T | null> => {
    try {
      const value = await finish(clock, promise);
      outcomes.push("ok");
      return value;
    } catch (error) {
      assert.ok(error instanceof HoldfastError, String(error));
      outcomes.push(error.code);
      return null;
    }
  };
  const transport: ByteTransport = side === "client" ? faulty : near;
  const client: ReaderClient | null = await end(
    connectReader(transport, { clock, deadlineMs: 5_000 }),
  );
  if (client) {
    await end(client.configure({ merchantName: "SHOP" }));
    for (let i = 0; i < 3; i++) {
      const result: CollectResult | null = await end(
        client.collect({ ...SALE, deadlineMs: 20_000 }),
      );
      assert.ok(result === null || result.emvData.length > 200);
    }
    await end(client.status());
    client.close();
  }
  await finish(clock, serving);
  assert.equal(clock.timerCount, 0, "nothing waits any more");
  return { clock, reader, sendCount: () => faulty.sendCount, outcomes };
}

const ALLOWED = [
  "ok",
  "READER_DISCONNECTED",
  "REQUEST_TIMED_OUT",
  "READER_FRAME_DAMAGED",
  "READER_BUSY",
];

test("ReaderClient ends every call whichever frame the connection breaks at", async () => {
  for (const side of ["client", "reader"] as const) {
    let at = 1;
    for (;; at++) {
      const { sendCount, outcomes } = await converse(side, {
        disconnectAtSend: at,
      });
      if (sendCount() < at) {
        assert.deepEqual(outcomes, Array(6).fill("ok"));
        break;
      }
      const broken = outcomes.indexOf("READER_DISCONNECTED");
      assert.ok(broken >= 0, `${side} ${at}`);
      assert.ok(outcomes.slice(0, broken).every((code) => code === "ok"));
      assert.ok(
        outcomes.slice(broken).every((code) => code === "READER_DISCONNECTED"),
      );
    }
    // Hello, configure, three collects, status; the reader adds two prompts a sale.
    assert.ok(at - 1 >= (side === "client" ? 6 : 12), `${side} sent ${at - 1}`);
  }
});

test("ReaderClient ends every call whichever frame is lost", async () => {
  for (const side of ["client", "reader"] as const) {
    for (let at = 1;; at++) {
      const { sendCount, outcomes } = await converse(side, { dropAtSend: at });
      assert.ok(
        outcomes.every((code) => ALLOWED.includes(code)),
        String(outcomes),
      );
      assert.ok(
        outcomes.filter((code) => code !== "ok").length <= 1,
        `${side} ${at}: ${outcomes}`,
      );
      if (sendCount() < at) break;
    }
  }
});

test("ReaderClient ends every call whichever bit of a frame is flipped", async () => {
  for (const side of ["client", "reader"] as const) {
    for (let send = 1;; send++) {
      const { sendCount } = await converse(side, {
        corruptAtSend: { send, bit: 0 },
      });
      if (sendCount() < send) break;
      // Bits of every field of the header, of the payload and of the trailer.
      const bits = isSoak
        ? Array.from({ length: 512 }, (_, at) => at)
        : [8, 33, 41, 79, 90, 100, 130, 260, 400];
      for (const bit of bits) {
        const { outcomes } = await converse(side, {
          corruptAtSend: { send, bit },
        });
        assert.ok(
          outcomes.every((code) => ALLOWED.includes(code)),
          String(outcomes),
        );
        assert.ok(
          outcomes.filter((code) => code !== "ok").length <= 1,
          `${side} frame ${send} bit ${bit}: ${outcomes}`,
        );
      }
    }
  }
});

test("ReaderClient is not disturbed by noise before any frame", async () => {
  const random = new SeededRandom("noise");
  for (const side of ["client", "reader"] as const) {
    for (let send = 1;; send++) {
      const noise = random.bytes(1 + random.below(40));
      const { sendCount, outcomes } = await converse(side, {
        noiseBeforeSend: { send, noise },
      });
      assert.deepEqual(outcomes, Array(6).fill("ok"), `${side} ${send}`);
      if (sendCount() < send) break;
    }
  }
});

test("ReaderClient works over a slow stream of single bytes", async () => {
  for (const side of ["client", "reader"] as const) {
    const { outcomes } = await converse(side, { chunkLength: 1, delayMs: 300 });
    assert.deepEqual(outcomes, Array(6).fill("ok"));
  }
});

test("ReaderClient.collect() may be cancelled at any moment and the reader is free again", async () => {
  let results = 0;
  let moment = 0;
  for (; results < 3; moment++) {
    assert.ok(moment < 200, "the collect never ends");
    const { client } = await connectSimulated({ customers: ["visa"] });
    const controller = new AbortController();
    const collecting = client.collect(SALE, controller.signal)
      .then((result) => result, (error) => error);
    for (let i = 0; i < moment; i++) await Promise.resolve();
    controller.abort();
    const outcome = await collecting;
    if (outcome instanceof Error) {
      assert.equal((outcome as HoldfastError).code, "CANCELED");
    } else results++;
    await settle();
    const next = await client.collect(SALE);
    assert.ok(next.emvData.length > 200, `moment ${moment}`);
    client.close();
  }
  assert.ok(moment > 6, "several moments were before the result");
});

test("SimulatedReader cancels only the request that CANCEL names", async () => {
  const clock = new VirtualClock();
  const reader = new SimulatedReader({
    clock,
    seed: "1",
    deviceType: "wisepad_3",
    customers: ["no_card"],
  });
  const [near, far] = createInProcessPair();
  void reader.serve(far);
  const till = new ScriptedReader(near); // The far end of a link, whichever side that is.
  const sale = { ...SALE, transactionType: 0, swipe: "return" };
  await till.send(MESSAGE.COLLECT, 5, { ...sale, deadlineMs: 60_000 });
  for (const [requestId, wasActive] of [[4, false], [5, true], [5, false]]) {
    await till.send(MESSAGE.CANCEL, 9, { requestId });
    assert.deepEqual(
      till.last(MESSAGE.CANCEL | 0x80).payload,
      encodePayload({ wasActive }),
    );
  }
  const errors = till.received.filter(({ type }) => type === MESSAGE.ERROR);
  assert.deepEqual(errors.map(({ requestId }) => requestId), [5]);
  near.close();
});

test("SimulatedReader gives up the customer when the point of sale is gone", async () => {
  const { client, reader, clock } = await connectSimulated({
    customers: ["no_card", "visa"],
  });
  const collecting = rejection(client.collect(SALE));
  await settle();
  client.close();
  await collecting;
  await settle();
  assert.equal(clock.timerCount, 0);
  const [near, far] = createInProcessPair();
  void reader.serve(far);
  const again = await connectReader(near, { clock, deadlineMs: 5_000 });
  assert.ok((await again.collect(SALE)).emvData.length > 200);
});

test("SimulatedReader.serve() leaves its old master for a new one", async () => {
  const { client, reader, clock } = await connectSimulated();
  const [near, far] = createInProcessPair();
  void reader.serve(far);
  const second = await connectReader(near, { clock, deadlineMs: 5_000 });
  await settle();
  assert.equal(client.isConnected, false);
  assert.ok((await second.collect(SALE)).emvData.length > 200);
});

test("SimulatedReader answers any bytes without falling over", async () => {
  for (let seed = 0; seed < (isSoak ? 2_000 : 60); seed++) {
    const random = new SeededRandom(`server fuzz ${seed}`);
    const clock = new VirtualClock();
    const reader = new SimulatedReader({
      clock,
      seed: "f",
      deviceType: "wisepos_e",
    });
    const [near, far] = createInProcessPair();
    void reader.serve(far);
    near.receive(() => undefined, () => undefined);
    for (let i = 0; i < 20; i++) {
      const payload = random.bytes(random.below(30));
      const frame = random.below(3) === 0 ? random.bytes(40) : encodeFrame({
        type: random.below(256),
        requestId: random.next(),
        payload,
      });
      await near.send(frame);
    }
    await settle();
    near.close();
    const [again, there] = createInProcessPair();
    void reader.serve(there);
    const client = await connectReader(again, { clock, deadlineMs: 5_000 });
    assert.equal(client.info.deviceType, "wisepos_e");
    client.close();
  }
});
