import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { crc32c } from "../../../engine/reader/crc32c.ts";
import {
  encodeFrame,
  FRAME_LENGTH_MAX,
  FrameDecoder,
  type FrameEvent,
  PAYLOAD_LENGTH_MAX,
} from "../../../engine/reader/frame.ts";
import { SeededRandom } from "../../../engine/reader/seeded_random.ts";
import { hex, toHex } from "./_reader_world.ts";

const soak = process.env.HOLDFAST_SOAK === "1" ? 50 : 1;

function decode(...chunks: Uint8Array[]): FrameEvent[] {
  const events: FrameEvent[] = [];
  const decoder = new FrameDecoder((event) => events.push(event));
  for (const chunk of chunks) decoder.push(chunk.slice());
  return events;
}

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function frame(requestId: number, payloadLength = 5): Uint8Array {
  const payload = new Uint8Array(payloadLength).map((_, at) => at * 7 + 1);
  return encodeFrame({ type: 0x03, requestId, payload });
}

function frames(events: FrameEvent[]): number[] {
  return events.flatMap((e) => e.kind === "frame" ? [e.requestId] : []);
}

test("crc32c() agrees with the vectors of RFC 3720 B.4", () => {
  const vectors: [Uint8Array, number][] = [
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [new Uint8Array(32).map((_, at) => at), 0x46dd794e],
    [new Uint8Array(32).map((_, at) => 31 - at), 0x113fdb5c],
    [new TextEncoder().encode("123456789"), 0xe3069283],
    [new Uint8Array(0), 0],
  ];
  for (const [bytes, expected] of vectors) {
    assert.equal(crc32c(bytes), expected);
  }
});

test("encodeFrame() writes the bytes of docs/formats/reader-protocol.md", () => {
  const payload = hex("a169776173416374697665f5");
  const bytes = encodeFrame({ type: 0x89, requestId: 7, payload });
  assert.equal(
    toHex(bytes),
    "9e484652" + "01" + "89" + "00000007" + "000c" + "5cf2" +
      "a169776173416374697665f5" + "b3fc34c8",
  );
});

test("encodeFrame() writes the heartbeat of docs/formats/reader-protocol.md", () => {
  const bytes = encodeFrame({ type: 8, requestId: 9, payload: hex("a0") });
  assert.equal(toHex(bytes), "9e4846520108000000090001facfa044d6e868");
});

test("encodeFrame() refuses what does not fit its fields", () => {
  const payload = new Uint8Array(0);
  for (
    const [type, requestId] of [[256, 1], [-1, 1], [1.5, 1], [1, -1], [
      1,
      2 ** 32,
    ]]
  ) {
    assert.throws(() => encodeFrame({ type, requestId, payload }), RangeError);
  }
  const tooLong = new Uint8Array(PAYLOAD_LENGTH_MAX + 1);
  assert.throws(
    () => encodeFrame({ type: 1, requestId: 1, payload: tooLong }),
    RangeError,
  );
});

test("FrameDecoder.push() returns every payload length at its limits", () => {
  for (const length of [0, 1, 2, 127, 128, 129, 255, 256, 16383, 16384]) {
    const [event, ...rest] = decode(frame(0xffffffff, length));
    assert.equal(rest.length, 0);
    assert.ok(event.kind === "frame");
    assert.equal(event.requestId, 0xffffffff);
    assert.equal(event.type, 3);
    assert.equal(event.payload.length, length);
    assert.ok(event.payload.every((byte, at) => byte === (at * 7 + 1 & 0xff)));
  }
});

test("FrameDecoder.push() finds the same frames wherever the stream is cut", () => {
  const stream = join(frame(1, 0), frame(2, 40), frame(3));
  const expected = decode(stream);
  assert.deepEqual(frames(expected), [1, 2, 3]);
  for (let cut = 0; cut <= stream.length; cut++) {
    assert.deepEqual(
      decode(stream.subarray(0, cut), stream.subarray(cut)),
      expected,
    );
  }
  const bytewise = decode(...[...stream].map((byte) => Uint8Array.of(byte)));
  assert.deepEqual(bytewise, expected);
});

test("FrameDecoder.push() takes many frames and the largest in one chunk", () => {
  const ids = Array.from({ length: 40 }, (_, at) => at + 1);
  const stream = join(...ids.map((id) => frame(id, id === 20 ? 16384 : 900)));
  assert.ok(stream.length > 3 * FRAME_LENGTH_MAX);
  assert.deepEqual(frames(decode(stream)), ids);
});

test("FrameDecoder.push() never accepts a frame with one flipped bit", () => {
  const first = frame(1);
  // Two good frames: a flipped length bit cannot pass the header check and eat them.
  const rest = join(frame(2), frame(3));
  for (let bit = 0; bit < first.length * 8; bit++) {
    const corrupt = first.slice();
    corrupt[bit >> 3] ^= 1 << (bit & 7);
    assert.deepEqual(frames(decode(join(corrupt, rest))), [2, 3], `bit ${bit}`);
  }
});

test("FrameDecoder.push() names the request of a frame whose payload is damaged", () => {
  const corrupt = frame(9);
  corrupt[16] ^= 1;
  assert.deepEqual(decode(corrupt), [
    { kind: "damaged", type: 3, requestId: 9 },
  ]);
});

test("FrameDecoder.push() finds the next frame after noise of any length", () => {
  const magic = hex("9e484652");
  for (let length = 0; length < 40; length++) {
    const noise = new Uint8Array(length).map((_, at) => at * 31);
    for (
      const tail of [
        new Uint8Array(0),
        magic,
        magic.subarray(0, 3),
        magic.subarray(0, 1),
      ]
    ) {
      const stream = join(noise, tail, frame(5));
      const events = decode(stream);
      assert.deepEqual(frames(events), [5]);
      const noiseLength = events.reduce(
        (sum, e) => sum + (e.kind === "noise" ? e.length : 0),
        0,
      );
      assert.equal(noiseLength, length + tail.length);
    }
  }
});

test("FrameDecoder.push() never finds a frame inside a damaged payload", () => {
  const inner = frame(66, 3);
  const outer = encodeFrame({ type: 0x83, requestId: 1, payload: inner });
  outer[outer.length - 1] ^= 1;
  const events = decode(join(outer, frame(2)));
  assert.deepEqual(events.map((e) => e.kind), ["damaged", "frame"]);
  assert.deepEqual(frames(events), [2]);
});

test("FrameDecoder.push() skips a header that promises more than the limit", () => {
  const header = frame(1, 0);
  for (const length of [PAYLOAD_LENGTH_MAX + 1, 0xffff]) {
    const view = new DataView(header.buffer);
    view.setUint16(10, length);
    view.setUint16(12, crc32c(header, 0, 12) & 0xffff);
    assert.deepEqual(frames(decode(join(header.subarray(0, 14), frame(2)))), [
      2,
    ]);
  }
});

test("FrameDecoder.push() reports a frame of another version and goes on", () => {
  const foreign = encodeFrame({ type: 1, requestId: 4, payload: hex("a0") }, 2);
  foreign[foreign.length - 1] ^= 0xff; // Its trailer may be anything.
  const events = decode(join(foreign, frame(5)));
  assert.deepEqual(events[0], { kind: "version", version: 2, requestId: 4 });
  assert.deepEqual(frames(events), [5]);
});

test("FrameDecoder.push() wipes the chunk it has taken over", () => {
  const chunk = frame(1, 100);
  new FrameDecoder(() => undefined).push(chunk);
  assert.ok(chunk.every((byte) => byte === 0));
});

test("FrameDecoder.reset() forgets an unfinished frame", () => {
  const events: FrameEvent[] = [];
  const decoder = new FrameDecoder((event) => events.push(event));
  decoder.push(frame(1).slice(0, 17));
  decoder.reset();
  decoder.push(frame(2));
  assert.deepEqual(frames(events), [2]);
});

test("FrameDecoder.push() accounts for every byte of any stream", () => {
  for (let seed = 0; seed < 400 * soak; seed++) {
    const random = new SeededRandom(`frame fuzz ${seed}`);
    const parts = Array.from({ length: 1 + random.below(12) }, (_, at) => {
      const kind = random.below(4);
      if (kind === 0) return random.bytes(random.below(60));
      const bytes = frame(at, random.below(80));
      if (kind === 1) {
        bytes[random.below(bytes.length)] ^= 1 + random.below(255);
      }
      return kind === 2 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
    });
    const stream = join(...parts);
    const whole = decode(stream);
    const cut = random.below(stream.length + 1);
    const halves = decode(stream.subarray(0, cut), stream.subarray(cut));
    assert.deepEqual(frames(halves), frames(whole), `seed ${seed}`);
    let length = 0;
    for (const event of whole) {
      if (event.kind === "noise") length += event.length;
      if (event.kind === "frame") length += 18 + event.payload.length;
    }
    assert.ok(length <= stream.length, `seed ${seed}`);
  }
});
