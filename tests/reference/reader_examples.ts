/**
 * The worked examples of docs/formats/reader-protocol.md: which messages, and every byte named.
 *
 * Owns: how a frame is written out for people. The bytes are the engine's; the test takes them
 * back out of the document.
 * @module
 */
import { encodeFrame } from "../../engine/reader/frame.ts";
import { MESSAGE, REPLY_BIT } from "../../engine/reader/messages.ts";
import { encodePayload } from "../../engine/reader/payload.ts";

/** A message of an example. */
export interface Example {
  title: string;
  type: number;
  /** What the type is called. */
  typeName: string;
  requestId: number;
  payload: Readonly<Record<string, unknown>>;
}

const request = 0x01020304;
const capabilities = {
  canStoreAndForward: false,
  canOfflinePin: true,
  canOnlinePin: true,
  canContactless: true,
  canSwipe: true,
  canTipOnReader: false,
  canCollectInputs: false,
  canDisplay: true,
  canRunApps: false,
};

/** A whole conversation: hello, a sale, and what else has a shape of its own. */
export const EXAMPLES: readonly Example[] = [
  {
    title: "The POS says HELLO",
    type: MESSAGE.HELLO,
    typeName: "HELLO",
    requestId: request,
    payload: { client: "till 1", timeMs: 1_795_000_000_000 },
  },
  {
    title: "The reader answers",
    type: MESSAGE.HELLO | REPLY_BIT,
    typeName: "HELLO (01) with the reply bit",
    requestId: request,
    payload: {
      deviceType: "wisepad_3",
      serialNumber: "WPC3-1",
      softwareVersion: "1.0",
      batteryPercent: 87,
      hasEncryptionKeys: true,
      country: "US",
      capabilities,
    },
  },
  {
    title: "The POS asks for a card",
    type: MESSAGE.COLLECT,
    typeName: "COLLECT",
    requestId: request + 1,
    payload: {
      amountMinor: 1250,
      currency: "usd",
      isOffline: true,
      terminalCountry: "US",
      transactionType: 0,
      deadlineMs: 60_000,
      swipe: "refuse",
      blockedAids: [Uint8Array.of(0xa0, 0, 0, 0x02, 0x77)],
    },
  },
  {
    title: "The reader tells what it shows",
    type: MESSAGE.PROMPT,
    typeName: "PROMPT",
    requestId: request + 1,
    payload: { prompt: "insert_or_tap" },
  },
  {
    title: "The reader answers with the card (two objects only, for this page)",
    type: MESSAGE.COLLECT | REPLY_BIT,
    typeName: "COLLECT (03) with the reply bit",
    requestId: request + 1,
    payload: {
      emvData: Uint8Array.of(
        ...[0x9f, 0x02, 0x06, 0, 0, 0, 0, 0x12, 0x50],
        ...[0x5f, 0x2a, 0x02, 0x08, 0x40],
      ),
      readMethod: "contact_emv",
    },
  },
  {
    title: "The POS gives a request up",
    type: MESSAGE.CANCEL,
    typeName: "CANCEL",
    requestId: request + 2,
    payload: { requestId: request + 1 },
  },
  {
    title: "The reader refuses",
    type: MESSAGE.ERROR,
    typeName: "ERROR",
    requestId: request + 1,
    payload: { code: "INVALID_ARGUMENT", field: "saleId" },
  },
  {
    title: "HEARTBEAT",
    type: MESSAGE.HEARTBEAT,
    typeName: "HEARTBEAT",
    requestId: request + 3,
    payload: {},
  },
];

/** The frame of an example. */
function frameOf({ type, requestId, payload }: Example): Uint8Array {
  return encodeFrame({ type, requestId, payload: encodePayload(payload) });
}

/** The frame, a line for every field: its bytes, then what they are. */
export function linesOf(example: Example): string[] {
  const frame = frameOf(example);
  const pairs = pairsOf(example.payload);
  const length = frame.length - 18;
  const widths: [number, string][] = [
    [4, "magic"],
    [1, "version 1"],
    [1, example.typeName],
    [4, `request id ${example.requestId}`],
    [2, `${length} bytes of payload`],
    [2, "header check"],
    [1, `map of ${pairs.length}`],
    ...pairs,
    [4, "CRC-32C over everything before"],
  ];
  let at = 0;
  return widths.map(([width, meaning]) => {
    const bytes = frame.subarray(at, at += width);
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
    return `${hex.join(" ")}   ${meaning}`;
  });
}

/** Keys and values in the order of the encoding: shorter keys first, then by their bytes. */
function pairsOf(
  payload: Readonly<Record<string, unknown>>,
): [number, string][] {
  return Object.entries(payload)
    .sort(([left], [right]) =>
      left.length - right.length || (left < right ? -1 : 1)
    )
    .map(([key, value]) => [
      // Without the head of the map around it.
      encodePayload({ [key]: value }).length - 1,
      `${key}: ${written(value)}`,
    ]);
}

/** JSON, and byte strings as in CBOR's diagnostic notation (RFC 8949 §8). */
function written(value: unknown): string {
  const hex = (bytes: Uint8Array): string =>
    [...bytes].map((it) => it.toString(16).padStart(2, "0")).join("");
  return JSON.stringify(
    value,
    (_, part) => part instanceof Uint8Array ? `h'${hex(part)}'` : part,
  ).replaceAll(/"(h'[0-9a-f]*')"/g, "$1");
}

/** The page docs/formats/reader-protocol-example.md. */
export function examplePage(): string {
  const blocks = EXAMPLES.map((example) =>
    [`## ${example.title}`, "", "```", ...linesOf(example), "```", ""].join(
      "\n",
    )
  );
  return [
    "# The reader protocol, byte by byte",
    "",
    "Whole frames of [the reader protocol](reader-protocol.md), each byte in the order it is sent: left",
    "the bytes in hexadecimal, right what they are. A line of the payload is one key with its value, in",
    "CBOR. `tests/unit/engine/reader_document_test.ts` reads this page and decodes it;",
    "`deno run -A tests/reference/reader_examples.ts > docs/formats/reader-protocol-example.md` writes it.",
    "",
    ...blocks,
  ].join("\n");
}

if (import.meta.main) console.log(examplePage().trimEnd());
