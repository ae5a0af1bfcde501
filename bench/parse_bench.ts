/**
 * Parsing and deciding beside plain TypeScript, npm ber-tlv and node-tlv, in one run.
 *
 * Rows compare like with like: an index with an index, objects with objects, a code with
 * a code. Before anything is measured, every candidate must give the right answer.
 *
 *   deno run -A bench/parse_bench.ts
 *
 * Runs on Deno and, bundled, on Node in the same run. Last line JSON, nanoseconds a message.
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHmac, hkdfSync } from "node:crypto";
import berTlv from "ber-tlv";
import nodeTlv from "node-tlv";
import {
  BER_SOURCE_READER,
  EMV_DECISION_BYTES,
  EMV_DECISION_CODE,
  EMV_REQUEST_BYTES,
  EMV_REQUEST_FLAG_HMAC,
  EMV_REQUEST_FLAGS,
  EMV_REQUEST_LENGTH,
  EMV_REQUEST_MESSAGE,
} from "../bindings/_wasm/abi.ts";
import { EmvCore } from "../bindings/emv.ts";
import { writeRequest } from "../bindings/emv_request.ts";
import { DECISION_CODES } from "../bindings/emv_types.ts";
import { TlvCore } from "../bindings/tlv.ts";
import { coreInstance } from "../tests/reference/core_instance.ts";
import { ACCEPTED, REFUSALS } from "../tests/unit/core/emv_cases.ts";
import { message, REQUEST } from "../tests/unit/core/emv_message.ts";
import { onBothRuntimes, printRows, race, type Row } from "./_race.ts";
import {
  flatWalk,
  objectWalk,
  plainDecide,
  plainRequest,
} from "./plain_decision.ts";

const BATCH = 128;

/** The two HMACs of a decision by node:crypto, over as many bytes; the keys are kept. */
function nodeMacs(data: Uint8Array): () => Uint8Array[] {
  const derive = (label: string): Uint8Array => {
    const salt = new Uint8Array(0);
    return new Uint8Array(
      hkdfSync("sha256", REQUEST.deviceKey, salt, label, 32),
    );
  };
  const cardKey = derive("holdfast/card/v1");
  const saleKey = derive("holdfast/card-transaction/v1");
  return () => [
    createHmac("sha256", cardKey).update(data.subarray(0, 12)).digest(),
    createHmac("sha256", saleKey).update(data.subarray(0, 22)).digest(),
  ];
}

interface Measured {
  message: { bytes: number; objects: number };
  rows: Record<string, Row>;
}

/** What the plain baseline leaves out; it would only be slower with it. */
const LEFT_OUT = [
  "domestic ADF under an international name",
  "a test card for real money",
  "a test track for real money",
  "expired last month by track 2",
  "default of an offline approval",
  "no default code, offline approval",
  "last month of a track",
  "a partial AID of the terminal",
];

/** The plain baseline decides as the core does, row by row of the tests' table. */
function checkPlain(emv: EmvCore): void {
  const request = plainRequest(REQUEST);
  const different: string[] = [];
  for (const [name, , changes, change] of [...REFUSALS, ...ACCEPTED]) {
    if (change !== undefined) continue;
    const data = message(changes);
    const { code } = emv.decide(data, REQUEST);
    if (plainDecide(data, request) !== code) different.push(name);
  }
  assert.deepEqual(different, LEFT_OUT);
}

/** Nothing is measured that does not give the right answer. */
function checkCandidates(
  data: Uint8Array,
  nodes: number,
  emv: EmvCore,
): void {
  checkPlain(emv);
  assert.equal(flatWalk(data), nodes);
  assert.equal(objectWalk(data).length, nodes);
  assert.equal(berTlv.TlvFactory.parse(Buffer.from(data)).length, nodes);
  assert.equal(
    nodeTlv.parseList(Buffer.from(data).toString("hex")).length,
    nodes,
  );
  assert.equal(plainDecide(data, plainRequest(REQUEST)), "accepted");
}

async function measure(): Promise<Measured> {
  const module = coreInstance();
  const tlv = new TlvCore(module);
  const emv = new EmvCore(module);
  const { bytes, view, inputPointer, outputPointer } = module;
  const parse = module.exports.tlvParse as (...n: number[]) => number;
  const decide = module.exports.emvDecide as (...n: number[]) => number;
  const decideBatch = module.exports.emvDecideBatch as (n: number) => number;

  const data = message();
  const nodes = tlv.parse(data, "reader").length;
  const buffer = Buffer.from(data);
  const text = buffer.toString("hex");
  const request = plainRequest(REQUEST);
  const messages = Array.from(
    { length: BATCH },
    (_, index) =>
      message({ "9F36": (index + 256).toString(16).padStart(4, "0") }),
  );

  checkCandidates(data, nodes, emv);

  const place = (record: number, wantsHmacs: boolean): void => {
    writeRequest(bytes, view, record, REQUEST);
    if (!wantsHmacs) {
      bytes[record + EMV_REQUEST_FLAGS] &= ~EMV_REQUEST_FLAG_HMAC;
    }
  };
  const codeAt = (record: number): string =>
    DECISION_CODES[bytes[record + EMV_DECISION_CODE]];
  const single = (): string => {
    bytes.set(data, inputPointer + EMV_REQUEST_BYTES);
    const at = inputPointer + EMV_REQUEST_BYTES;
    decide(inputPointer, at, data.length, outputPointer);
    return codeAt(outputPointer);
  };
  const batched = (): string => {
    let at = BATCH * EMV_REQUEST_BYTES;
    for (let index = 0; index < BATCH; index++) {
      const record = inputPointer + index * EMV_REQUEST_BYTES;
      bytes.set(messages[index], inputPointer + at);
      view.setUint32(record + EMV_REQUEST_MESSAGE, at, true);
      view.setUint32(record + EMV_REQUEST_LENGTH, data.length, true);
      at += data.length;
    }
    decideBatch(BATCH);
    let code = "";
    for (let index = 0; index < BATCH; index++) {
      code = codeAt(outputPointer + index * EMV_DECISION_BYTES);
    }
    return code;
  };
  const plainBatch = (): void => {
    for (const one of messages) plainDecide(one, request);
  };
  const macs = nodeMacs(data);

  const rows: Record<string, Row> = {};
  rows["index of one message"] = await race({
    "core, index in memory": () => {
      bytes.set(data, inputPointer);
      return parse(inputPointer, data.length, BER_SOURCE_READER);
    },
    "core, TlvCore.index + find": () => tlv.index(data, "reader").find(0x9f26),
    "plain TypeScript, flat": () => flatWalk(data),
  });
  rows["objects of one message"] = await race({
    "core, TlvCore.parse": () => tlv.parse(data, "reader"),
    "plain TypeScript, objects": () => objectWalk(data),
    "ber-tlv": () => berTlv.TlvFactory.parse(buffer),
    "node-tlv": () => nodeTlv.parseList(text),
  });
  for (let index = 0; index < BATCH; index++) {
    place(inputPointer + index * EMV_REQUEST_BYTES, false);
  }
  assert.equal(batched(), "accepted");
  rows["code of a message, batch of 128"] = await race({
    "core, one crossing": batched,
    "plain TypeScript": plainBatch,
  }, BATCH);
  place(inputPointer, false);
  assert.equal(single(), "accepted");
  rows["code of one message"] = await race({
    "core, one crossing": single,
    "plain TypeScript": () => plainDecide(data, request),
  });
  rows["whole decision, two HMACs"] = await race({
    "core, EmvCore.decide": () => emv.decide(data, REQUEST),
    "plain TypeScript code + node:crypto, keys kept": () => {
      plainDecide(data, request);
      return macs();
    },
  });
  const whole = () => emv.decideBatch(messages, messages.map(() => REQUEST));
  const batchName = "core, EmvCore.decideBatch";
  Object.assign(
    rows["whole decision, two HMACs"],
    await race({ [batchName]: whole }, BATCH),
  );
  return { message: { bytes: data.length, objects: nodes }, rows };
}

function report(runtime: string, { message, rows }: Measured): void {
  const { bytes, objects } = message;
  printRows(
    `${runtime}, a message of ${bytes} bytes, ${objects} objects`,
    rows,
  );
}

if (import.meta.main) {
  await onBothRuntimes({ name: "parse", measure, print: report });
}
