/**
 * Runs the TLV and EMV fuzzers: 10^7 inputs by default, 10^9 with HOLDFAST_SOAK=1.
 *
 * Replay a failure with HOLDFAST_SEED=seed HOLDFAST_INDEX=index.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { DECISION_CODES } from "../../bindings/emv_types.ts";
import { coreInstance } from "../reference/core_instance.ts";
import { fuzzBytes, fuzzDecisions } from "./tlv_fuzz.ts";

const SEED = Number(process.env.HOLDFAST_SEED ?? 20260);
const INDEX = process.env.HOLDFAST_INDEX;
const IS_SOAK = process.env.HOLDFAST_SOAK === "1";
const INPUTS = INDEX === undefined ? (IS_SOAK ? 1e9 : 1e7) : 1;
const DECISIONS = INDEX === undefined ? (IS_SOAK ? 1e6 : 6e3) : 1;
const START = INDEX === undefined ? 0 : Number(INDEX);

test(`fuzzBytes() ${INPUTS} inputs at the end of memory agree with the twin`, () => {
  const every = INDEX === undefined ? 499 : 1;
  const tally = fuzzBytes(coreInstance(), SEED, START, INPUTS, every);
  console.log(JSON.stringify({ seed: SEED, ...tally }));
  if (INDEX !== undefined) return;
  assert.equal(tally.inputs, INPUTS);
  // A generator that makes only refusals, or only messages, would prove little.
  assert.ok(tally.accepted > INPUTS / 20 && tally.accepted < INPUTS * 0.8);
  assert.ok(tally.compared >= INPUTS / 500);
});

test(`fuzzDecisions() ${DECISIONS} messages near a rule agree with the twin`, () => {
  const codes = fuzzDecisions(coreInstance(), SEED, START, DECISIONS);
  if (INDEX !== undefined) return;
  const missing = DECISION_CODES.filter((code) => !codes.has(code));
  assert.deepEqual(missing, [], "the generator reaches every code");
});

test("fuzzBytes() the same seed gives the same sums", () => {
  const first = fuzzBytes(coreInstance(), SEED, 0, 20_000, 20_001);
  const second = fuzzBytes(coreInstance(), SEED, 0, 20_000, 20_001);
  const other = fuzzBytes(coreInstance(), SEED + 1, 0, 20_000, 20_001);
  assert.deepEqual(first, second);
  assert.notEqual(first.hash, other.hash);
});

test("fuzzBytes() a read past the input traps: the end of memory is the end", () => {
  const module = coreInstance();
  const end = module.bytes.length;
  module.bytes[end - 1] = 0x9a;
  const parse = module.exports.tlvParse as (...args: number[]) => number;
  assert.ok(parse(end - 1, 1, 1) < 0);
  assert.throws(() => parse(end - 1, 2, 1), WebAssembly.RuntimeError);
});
