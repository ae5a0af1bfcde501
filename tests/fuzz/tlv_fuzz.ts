/**
 * Any bytes: the core answers, reads nothing outside, and says what its twin says.
 *
 * Owns: the loops. Inputs lie flush against the end of linear memory, so that a read past the
 * input traps; a trap is reported with seed and index.
 */
import assert from "node:assert/strict";
import {
  BER_NODES_MAX,
  BER_SOURCE_CARD,
  BER_SOURCE_READER,
  DOL_BYTES_MAX,
  EMV_REQUEST_BYTES,
  EMV_REQUEST_FLAG_HMAC,
  EMV_REQUEST_FLAGS,
} from "../../bindings/_wasm/abi.ts";
import type { CoreModule } from "../../bindings/core_module.ts";
import { statusName } from "../../bindings/core_module.ts";
import { EmvCore } from "../../bindings/emv.ts";
import { readDecision } from "../../bindings/emv_decision.ts";
import { writeRequest } from "../../bindings/emv_request.ts";
import type { DecisionRequest } from "../../bindings/emv_types.ts";
import { TlvCore, type TlvNode } from "../../bindings/tlv.ts";
import { HoldfastError } from "../../bindings/errors.ts";
import { referenceParse } from "../reference/ber_reference.ts";
import { referenceDol, referenceDolBuild } from "../reference/dol_reference.ts";
import { flatten } from "../reference/emv_agreement.ts";
import { referenceDecide } from "../reference/emv_reference.ts";
import { REQUEST } from "../unit/core/emv_message.ts";
import {
  decisionInput,
  FuzzRandom,
  listInput,
  writeInput,
} from "./tlv_generator.ts";

type Call = (...args: number[]) => number;

/** What a run saw; the sums tell that two hosts saw the same. */
export interface FuzzTally {
  inputs: number;
  accepted: number;
  compared: number;
  hash: number;
}

/** Lowest status of the TLV and EMV rooms. */
const STATUS_MIN = -99;

/**
 * Parses, decides and reads as a list `count` inputs from `start`; compares every
 * `compareEvery`-th with the twins.
 */
export function fuzzBytes(
  module: CoreModule,
  seed: number,
  start: number,
  count: number,
  compareEvery: number,
): FuzzTally {
  const random = new FuzzRandom();
  const parse = module.exports.tlvParse as Call;
  const decide = module.exports.emvDecide as Call;
  const dol = module.exports.dolRead as Call;
  const bytes = module.bytes;
  const end = bytes.length;
  const { inputPointer, outputPointer } = module;
  writeRequest(bytes, module.view, inputPointer, REQUEST);
  // HMACs cost twenty times the rest; the decision loop below computes them.
  bytes[inputPointer + EMV_REQUEST_FLAGS] &= ~EMV_REQUEST_FLAG_HMAC;
  const tally: FuzzTally = { inputs: 0, accepted: 0, compared: 0, hash: 0 };
  let index = start;
  try {
    for (; index < start + count; index++) {
      const length = writeInput(random, bytes, index, seed);
      const source = index & 1 ? BER_SOURCE_CARD : BER_SOURCE_READER;
      const status = parse(end - length, length, source);
      if (status > BER_NODES_MAX || status < STATUS_MIN) {
        throw new Error(`impossible status ${status}`);
      }
      if (status >= 0) tally.accepted++;
      tally.hash = Math.imul(tally.hash, 31) + status | 0;
      if ((index & 3) === 0) {
        const decided = decide(
          inputPointer,
          end - length,
          length,
          outputPointer,
        );
        assert.equal(decided, 0);
        tally.hash = Math.imul(tally.hash, 31) + bytes[outputPointer + 1] | 0;
      }
      if ((index & 7) === 1) {
        tally.hash = Math.imul(tally.hash, 31) + dol(end - length, length) | 0;
      }
      if (index % compareEvery === 0) {
        tally.compared++;
        compare(module, bytes.slice(end - length), inputPointer);
      }
    }
  } catch (error) {
    throw new Error(`seed ${seed} index ${index}`, { cause: error });
  }
  tally.inputs = count;
  return tally;
}

/** Every room that takes bytes must say what its twin says. */
function compare(module: CoreModule, data: Uint8Array, record: number): void {
  const request = module.bytes.slice(record, record + EMV_REQUEST_BYTES);
  const tlv = new TlvCore(module);
  compareTree(tlv, data);
  compareDol(tlv, data);
  module.bytes.set(request, record);
  compareFlush(module, data, record);
}

function compareTree(tlv: TlvCore, data: Uint8Array): void {
  for (const source of ["card", "reader"] as const) {
    const twin = referenceParse(data, source);
    let nodes: TlvNode[] | null = null;
    try {
      nodes = tlv.parse(data, source);
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      assert.equal(twin.nodes, null, "the twin accepts");
      if (twin.nodes !== null) return;
      const status = statusName(Number(error.details.status));
      assert.equal(status, twin.status);
      assert.equal(error.offset, twin.offset);
    }
    if (nodes !== null) assert.deepEqual(nodes, twin.nodes);
  }
}

function compareDol(tlv: TlvCore, data: Uint8Array): void {
  const list = data.subarray(0, DOL_BYTES_MAX);
  const twin = referenceDol(list);
  try {
    assert.deepEqual(tlv.dolParse(list), twin.entries);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    assert.equal(twin.entries, null);
    if (twin.entries !== null) return;
    assert.equal(statusName(Number(error.details.status)), twin.status);
    assert.equal(error.offset, twin.offset);
  }
  // The same bytes once as a list and once as the message, cut so that both may be good.
  compareBuild(tlv, data.subarray(0, Math.min(24, data.length)), data);
}

function compareBuild(
  tlv: TlvCore,
  list: Uint8Array,
  data: Uint8Array,
): void {
  const built = referenceDolBuild(list, data);
  try {
    assert.deepEqual([...tlv.dolBuild(list, data, "reader")], built);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    assert.equal(statusName(Number(error.details.status)), built);
  }
}

/** The decision with the input at the end of memory, against the twin. */
function compareFlush(
  module: CoreModule,
  data: Uint8Array,
  record: number,
): void {
  const { bytes, outputPointer } = module;
  const at = bytes.length - data.length;
  bytes.set(data, at);
  const decide = module.exports.emvDecide as Call;
  bytes[record + EMV_REQUEST_FLAGS] |= EMV_REQUEST_FLAG_HMAC;
  assert.equal(decide(record, at, data.length, outputPointer), 0);
  bytes[record + EMV_REQUEST_FLAGS] &= ~EMV_REQUEST_FLAG_HMAC;
  const decision = readDecision(bytes, outputPointer, data, REQUEST);
  assert.deepEqual(flatten(decision), referenceDecide(data, REQUEST));
}

/** Decides about `count` messages near a rule, one by one and in batches, against the twin. */
export function fuzzDecisions(
  module: CoreModule,
  seed: number,
  start: number,
  count: number,
): Map<string, number> {
  const random = new FuzzRandom();
  const emv = new EmvCore(module);
  const tlv = new TlvCore(module);
  const codes = new Map<string, number>();
  const messages: Uint8Array[] = [];
  const requests: DecisionRequest[] = [];
  for (let index = start; index < start + count; index++) {
    const [data, request] = decisionInput(random, index, seed);
    try {
      const decision = emv.decide(data, request);
      const twin = referenceDecide(data, request);
      assert.deepEqual(flatten(decision), twin);
      compareBuild(tlv, listInput(random, index, seed), data);
      codes.set(twin.code, (codes.get(twin.code) ?? 0) + 1);
    } catch (error) {
      throw new Error(`seed ${seed} index ${index}`, { cause: error });
    }
    messages.push(data);
    requests.push(request);
  }
  const batch = emv.decideBatch(messages, requests);
  for (let index = 0; index < count; index += 97) {
    assert.deepEqual(
      batch[index],
      emv.decide(messages[index], requests[index]),
    );
  }
  return codes;
}
