// The examples of docs/formats/reader-protocol-example.md, taken out of the page and read by the
// engine: who implements the page can talk to us.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { FrameDecoder, type FrameEvent } from "../../../engine/reader/frame.ts";
import * as schemas from "../../../engine/reader/message_schemas.ts";
import { MESSAGE, REPLY_BIT } from "../../../engine/reader/messages.ts";
import { decodePayload, type Schema } from "../../../engine/reader/payload.ts";
import { examplePage, EXAMPLES } from "../../reference/reader_examples.ts";

const PAGE = readFileSync("docs/formats/reader-protocol-example.md", "utf8");
const BLOCKS = [...PAGE.matchAll(/^```\n([\s\S]*?)^```/gm)]
  .map(([, text]) => text.trimEnd().split("\n"));

const SCHEMAS: Readonly<Record<number, Schema<object>>> = {
  [MESSAGE.HELLO]: schemas.HELLO_REQUEST,
  [MESSAGE.HELLO | REPLY_BIT]: schemas.READER_INFO,
  [MESSAGE.COLLECT]: schemas.COLLECT_REQUEST,
  [MESSAGE.COLLECT | REPLY_BIT]: schemas.COLLECT_RESULT,
  [MESSAGE.PROMPT]: schemas.PROMPT_EVENT,
  [MESSAGE.CANCEL]: schemas.CANCEL_REQUEST,
  [MESSAGE.ERROR]: schemas.ERROR_MESSAGE,
  [MESSAGE.HEARTBEAT]: schemas.EMPTY,
};

/** The bytes of a block's lines. */
function bytesOf(lines: readonly string[]): number[] {
  return lines.flatMap((line) => {
    const [, hex] = line.match(/^((?:[0-9a-f]{2} ?)+) {3}?\S/) ?? [];
    assert.ok(hex, `no bytes in "${line}"`);
    return hex.trim().split(" ").map((byte) => parseInt(byte, 16));
  });
}

test("FrameDecoder.push() reads every frame of the page, fed byte by byte", () => {
  const events: FrameEvent[] = [];
  const decoder = new FrameDecoder((event) => events.push(event));
  for (const byte of BLOCKS.flatMap(bytesOf)) decoder.push(Uint8Array.of(byte));
  assert.equal(events.length, EXAMPLES.length);
  events.forEach((event, at) => {
    const { type, requestId, payload } = EXAMPLES[at];
    assert.ok(event.kind === "frame", event.kind);
    assert.deepEqual([event.type, event.requestId], [type, requestId]);
    assert.deepEqual(decodePayload(event.payload, SCHEMAS[type]), payload);
  });
});

test("the page explains every byte, and is what the examples make", () => {
  assert.equal(BLOCKS.length, EXAMPLES.length);
  for (const [at, lines] of BLOCKS.entries()) {
    // Nine parts of a frame and its map, and a line for every field of the payload.
    assert.equal(lines.length, 8 + Object.keys(EXAMPLES[at].payload).length);
  }
  assert.equal(PAGE.trimEnd(), examplePage().trimEnd());
});
