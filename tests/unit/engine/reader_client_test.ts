import assert from "node:assert/strict";
import test from "node:test";
import { HoldfastError } from "../../../engine/errors.ts";
import { encodeFrame } from "../../../engine/reader/frame.ts";
import { createInProcessPair } from "../../../engine/reader/in_process_transport.ts";
import { MESSAGE } from "../../../engine/reader/messages.ts";
import { encodePayload } from "../../../engine/reader/payload.ts";
import {
  connectReader,
  type ReaderClient,
} from "../../../engine/reader/reader_client.ts";
import type { ReaderEvent } from "../../../engine/reader/reader_events.ts";
import {
  HEARTBEAT_INTERVAL_MS,
  HEARTBEAT_TIMEOUT_MS,
} from "../../../engine/reader/reader_link.ts";
import {
  connectScripted,
  finish,
  hex,
  INFO,
  rejection,
  SALE,
  ScriptedReader,
  settle,
  VirtualClock,
} from "./_reader_world.ts";

const COLLECTED = MESSAGE.COLLECT | 0x80;

function result(): object {
  return { emvData: hex("9f0206000000001250"), readMethod: "contact_emv" };
}

function listen(client: ReaderClient): ReaderEvent[] {
  const events: ReaderEvent[] = [];
  client.onEvent((event) => events.push(event));
  return events;
}

function code(error: Error): string {
  assert.ok(error instanceof HoldfastError, String(error));
  return error.code;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return code(await rejection(promise));
}

test("connectReader() says hello with the time and returns who answered", async () => {
  const clock = new VirtualClock();
  const { client, reader } = await connectScripted(clock);
  assert.deepEqual(client.info, INFO);
  assert.equal(client.isConnected, true);
  const { payload } = reader.last(MESSAGE.HELLO);
  assert.deepEqual(
    payload,
    encodePayload({ client: "holdfast", timeMs: clock.nowMs() }),
  );
});

test("connectReader() gives up at its deadline and closes the stream", async () => {
  const clock = new VirtualClock();
  const [near, far] = createInProcessPair();
  const reader = new ScriptedReader(far);
  const connecting = connectReader(near, { clock, deadlineMs: 5_000 });
  assert.equal(await codeOf(finish(clock, connecting)), "REQUEST_TIMED_OUT");
  await settle();
  assert.equal(reader.isClosed, true);
  assert.equal(clock.timerCount, 0);
});

test("connectReader() rejects a reader of another protocol version", async () => {
  const clock = new VirtualClock();
  const [near, far] = createInProcessPair();
  const reader = new ScriptedReader(far);
  const connecting = connectReader(near, { clock, deadlineMs: 5_000 });
  const rejected = codeOf(connecting);
  await settle();
  const { requestId } = reader.last(MESSAGE.HELLO);
  await reader.send(MESSAGE.HELLO | 0x80, requestId, INFO, 2);
  assert.equal(await rejected, "UNSUPPORTED_READER_VERSION");
});

test("connectReader() draws its first request id from the random port", async () => {
  const [near, far] = createInProcessPair();
  const reader = new ScriptedReader(far);
  const random = {
    fill: (target: Uint8Array): void => void target.set(hex("fffffffe")),
  };
  const clock = new VirtualClock();
  const connecting = connectReader(near, { clock, random, deadlineMs: 5_000 });
  await settle();
  assert.equal(reader.last(MESSAGE.HELLO).requestId, 0xfffffffe);
  await reader.send(MESSAGE.HELLO | 0x80, 0xfffffffe, INFO);
  const client = await connecting;
  // The id after the largest is 1: 0 answers nothing.
  const ids: number[] = [];
  for (let i = 0; i < 3; i++) {
    const configuring = client.configure({});
    await settle();
    ids.push(reader.last(MESSAGE.CONFIGURE).requestId);
    await reader.send(MESSAGE.CONFIGURE | 0x80, ids[i], {});
    await configuring;
  }
  assert.deepEqual(ids, [0xffffffff, 1, 2]);
});

test("ReaderClient.collect() sends the request and returns the result", async () => {
  const { client, reader } = await connectScripted(new VirtualClock());
  const events = listen(client);
  const collecting = client.collect({ ...SALE, currency: "USD" });
  await settle();
  const { requestId, payload } = reader.last(MESSAGE.COLLECT);
  assert.deepEqual(
    payload,
    encodePayload({
      ...SALE,
      transactionType: 0,
      swipe: "return",
      deadlineMs: 120_000,
    }),
  );
  await reader.send(MESSAGE.PROMPT, requestId, { prompt: "insert_or_tap" });
  await reader.send(COLLECTED, requestId, result());
  assert.deepEqual(await collecting, result());
  assert.deepEqual(events, [{ kind: "prompt", prompt: "insert_or_tap" }]);
});

test("ReaderClient.collect() rejects a request out of range before it is sent", async () => {
  const { client, reader } = await connectScripted(new VirtualClock());
  const wrong = { ...SALE, amountMinor: -1 };
  assert.ok(await rejection(client.collect(wrong)) instanceof RangeError);
  const tipping = client.collect({ ...SALE, tip: { percentages: [10] } });
  assert.equal(
    await codeOf(tipping),
    "FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER",
  );
  await settle();
  assert.throws(() => reader.last(MESSAGE.COLLECT));
});

test("ReaderClient.collect() ends at its deadline, cancels, and drops the late result", async () => {
  const clock = new VirtualClock();
  const { client, reader } = await connectScripted(clock);
  const events = listen(client);
  const collecting = client.collect({ ...SALE, deadlineMs: 7_000 });
  const rejected = codeOf(collecting);
  await clock.advance(6_999);
  const { requestId } = reader.last(MESSAGE.COLLECT);
  await clock.advance(1);
  assert.equal(await rejected, "REQUEST_TIMED_OUT");
  await settle();
  assert.deepEqual(
    reader.last(MESSAGE.CANCEL).payload,
    encodePayload({ requestId }),
  );
  await reader.send(MESSAGE.PROMPT, requestId, { prompt: "pin" });
  await reader.send(COLLECTED, requestId, result());
  await reader.send(MESSAGE.ERROR, requestId, { code: "CANCELED" });
  assert.deepEqual(events, []);
  assert.equal(client.isConnected, true);
});

test("ReaderClient.collect() with an aborted signal sends nothing", async () => {
  const { client, reader } = await connectScripted(new VirtualClock());
  const reason = new Error("the customer left");
  const error = await rejection(
    client.collect(SALE, AbortSignal.abort(reason)),
  );
  assert.equal(code(error), "CANCELED");
  assert.equal(error.cause, reason);
  await settle();
  assert.throws(() => reader.last(MESSAGE.COLLECT));
});

test("ReaderClient.collect() cancels when its signal aborts", async () => {
  const clock = new VirtualClock();
  const { client, reader } = await connectScripted(clock);
  const controller = new AbortController();
  const collecting = codeOf(client.collect(SALE, controller.signal));
  await settle();
  controller.abort();
  assert.equal(await collecting, "CANCELED");
  await settle();
  const { requestId } = reader.last(MESSAGE.COLLECT);
  assert.deepEqual(
    reader.last(MESSAGE.CANCEL).payload,
    encodePayload({ requestId }),
  );
  assert.equal(clock.timerCount, 1, "only the heartbeat still waits");
});

test("ReaderClient.collect() forgets its signal once it has ended", async () => {
  const { client, reader } = await connectScripted(new VirtualClock());
  const controller = new AbortController();
  const collecting = client.collect(SALE, controller.signal);
  await settle();
  const { requestId } = reader.last(MESSAGE.COLLECT);
  await reader.send(COLLECTED, requestId, result());
  await collecting;
  controller.abort();
  await settle();
  assert.throws(() => reader.last(MESSAGE.CANCEL));
});

test("ReaderClient rejects an unknown message, tells the reader and stays connected", async () => {
  const { client, reader } = await connectScripted(new VirtualClock());
  const events = listen(client);
  const collecting = codeOf(client.collect(SALE));
  await settle();
  const { requestId } = reader.last(MESSAGE.COLLECT);
  await reader.send(0x5f, requestId, {});
  assert.equal(await collecting, "READER_UNKNOWN_MESSAGE");
  assert.deepEqual(reader.last(MESSAGE.ERROR), {
    kind: "frame",
    type: MESSAGE.ERROR,
    requestId,
    payload: encodePayload({ code: "READER_UNKNOWN_MESSAGE" }),
  });
  await reader.send(0x5f, 0, {});
  const [event] = events;
  assert.ok(event.kind === "protocol_error");
  assert.equal(event.error.code, "READER_UNKNOWN_MESSAGE");
  assert.deepEqual(event.error.details, { type: 0x5f });
  const status = client.status();
  await settle();
  await reader.send(
    MESSAGE.STATUS | 0x80,
    reader.last(MESSAGE.STATUS).requestId,
    {
      batteryPercent: null,
      isCharging: true,
      uptimeMs: 1,
      hasEncryptionKeys: true,
    },
  );
  assert.equal((await status).uptimeMs, 1);
});

test("ReaderClient answers no unknown reply and no error, so that no two peers loop", async () => {
  const { client, reader } = await connectScripted(new VirtualClock());
  const before = reader.received.length;
  await reader.send(0xee, 3, {});
  await reader.send(MESSAGE.ERROR, 0, { code: "READER_UNKNOWN_MESSAGE" });
  await reader.send(MESSAGE.ERROR, 0, { bad: true });
  assert.equal(reader.received.length, before);
  assert.equal(client.isConnected, true);
});

test("ReaderClient.collect() rejects a damaged result at once", async () => {
  const { client, reader } = await connectScripted(new VirtualClock());
  const collecting = codeOf(client.collect(SALE));
  await settle();
  const { requestId } = reader.last(MESSAGE.COLLECT);
  const payload = encodePayload({ prompt: "pin" });
  const prompt = encodeFrame({ type: MESSAGE.PROMPT, requestId, payload });
  prompt[20] ^= 1;
  await reader.sendBytes(prompt); // A damaged prompt is not the answer.
  const answer = encodeFrame({
    type: COLLECTED,
    requestId,
    payload: encodePayload(result()),
  });
  answer[20] ^= 1;
  await reader.sendBytes(answer);
  assert.equal(await collecting, "READER_FRAME_DAMAGED");
  assert.equal(client.isConnected, true);
});

test("ReaderClient.collect() rejects a result of the wrong shape", async () => {
  const { client, reader } = await connectScripted(new VirtualClock());
  const collecting = rejection(client.collect(SALE));
  await settle();
  const { requestId } = reader.last(MESSAGE.COLLECT);
  await reader.send(COLLECTED, requestId, { emvData: "00", readMethod: "x" });
  const error = await collecting;
  assert.equal(code(error), "READER_BAD_MESSAGE");
  assert.equal((error as HoldfastError).field, "emvData");
});

test("ReaderClient turns a code it does not know into READER_ERROR", async () => {
  const { client, reader } = await connectScripted(new VirtualClock());
  for (const foreign of ["PRINTER_ON_FIRE", "STORE_CORRUPT"]) {
    const collecting = rejection(client.collect(SALE));
    await settle();
    const { requestId } = reader.last(MESSAGE.COLLECT);
    await reader.send(MESSAGE.ERROR, requestId, { code: foreign });
    const error = await collecting;
    assert.equal(code(error), "READER_ERROR");
    assert.deepEqual((error as HoldfastError).details, { code: foreign });
  }
});

test("ReaderClient rejects every pending call when the stream ends", async () => {
  const clock = new VirtualClock();
  const { client, reader } = await connectScripted(clock);
  const events = listen(client);
  const pending = [client.collect(SALE), client.status(), client.reboot()];
  const codes = Promise.all(pending.map(codeOf));
  await settle();
  reader.transport.close();
  assert.deepEqual(await codes, Array(3).fill("READER_DISCONNECTED"));
  assert.deepEqual(events.map(({ kind }) => kind), ["disconnected"]);
  assert.equal(await codeOf(client.collect(SALE)), "READER_DISCONNECTED");
  assert.equal(client.isConnected, false);
  assert.equal(clock.timerCount, 0);
});

test("ReaderClient.close() rejects what is pending and may be repeated", async () => {
  const clock = new VirtualClock();
  const { client, reader } = await connectScripted(clock);
  const collecting = codeOf(client.collect(SALE));
  client.close();
  client.close();
  assert.equal(await collecting, "READER_DISCONNECTED");
  await settle();
  assert.equal(reader.isClosed, true);
  assert.equal(clock.timerCount, 0);
});

test("ReaderClient asks a silent reader for a sign of life and gives up in time", async () => {
  const clock = new VirtualClock();
  const { client, reader } = await connectScripted(clock);
  const events = listen(client);
  await clock.advance(HEARTBEAT_INTERVAL_MS);
  const { requestId } = reader.last(MESSAGE.HEARTBEAT);
  await reader.send(MESSAGE.HEARTBEAT | 0x80, requestId, {});
  await clock.advance(HEARTBEAT_TIMEOUT_MS - 1);
  assert.equal(client.isConnected, true);
  await clock.advance(HEARTBEAT_INTERVAL_MS);
  assert.equal(client.isConnected, false);
  assert.deepEqual(events.map(({ kind }) => kind), ["disconnected"]);
});

test("ReaderClient.onEvent() stops when told and survives a listener's bug", async (t) => {
  const { client, reader } = await connectScripted(new VirtualClock());
  const thrown: unknown[] = [];
  t.mock.method(globalThis, "queueMicrotask", (run: () => void) => {
    try {
      run();
    } catch (error) {
      thrown.push(error);
    }
  });
  const bug = new Error("a bug of the app");
  client.onEvent(() => {
    throw bug;
  });
  const events: ReaderEvent[] = [];
  const stop = client.onEvent((event) => events.push(event));
  await reader.send(MESSAGE.REBOOTING, 0, { reason: "security" });
  assert.deepEqual(events, [{ kind: "rebooting", reason: "security" }]);
  assert.deepEqual(thrown, [bug]);
  stop();
  await reader.send(MESSAGE.REBOOTING, 0, { reason: "update" });
  assert.equal(events.length, 1);
});

test("ReaderClient reports an event of the wrong shape and goes on", async () => {
  const { client, reader } = await connectScripted(new VirtualClock());
  const events = listen(client);
  await reader.send(MESSAGE.UPDATE_REQUIRED, 0, {});
  await reader.sendBytes(hex("00112233"));
  assert.deepEqual(
    events.map((e) => e.kind === "protocol_error" ? e.error.code : ""),
    ["READER_BAD_MESSAGE", "READER_FRAME_DAMAGED"],
  );
  assert.equal(client.isConnected, true);
});
