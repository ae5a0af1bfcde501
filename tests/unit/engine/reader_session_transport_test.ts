// The stream of records of one session: its keys, its counter and its lengths.
import assert from "node:assert/strict";
import test from "node:test";
import { createInProcessPair } from "../../../engine/reader/in_process_transport.ts";
import { RecordStream } from "../../../engine/reader/session_records.ts";
import { SessionTransport } from "../../../engine/reader/session_transport.ts";
import { CipherState } from "../../../engine/reader/noise_symmetric.ts";
import { rejection, settle } from "./_reader_world.ts";
import { core, hasCode, record, World } from "./_session_world.ts";

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
  const world = new World();
  const [near, far] = await world.session(await world.pair());
  const heard = record(far);
  const bytes = new Uint8Array(100_000).fill(120);
  await near.send(bytes);
  await settle();
  assert.equal(heard.text, "x".repeat(100_000));
  near.close();
});
