/** The fuzzers and twins bite: every seeded bug is noticed, and nothing is without one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CoreModule } from "../../bindings/core_module.ts";
import { EmvCore } from "../../bindings/emv.ts";
import { flatten } from "../reference/emv_agreement.ts";
import { checkForgetting } from "../reference/forgetting.ts";
import { referenceDecide } from "../reference/emv_reference.ts";
import { requestWith } from "../unit/core/emv_cases.ts";
import { message } from "../unit/core/emv_message.ts";
import { EVERY_CASE } from "../unit/core/emv_online_cases.ts";
import { encodeTlv } from "../../bindings/tlv_encode.ts";
import { TlvCore } from "../../bindings/tlv.ts";
import { referenceParse } from "../reference/ber_reference.ts";
import { hex } from "../reference/core_instance.ts";
import { fuzzBytes, fuzzDecisions } from "./tlv_fuzz.ts";
import { compileBugs } from "./seeded_bugs.ts";
import { SEEDED_BUGS } from "./tlv_mutations.ts";

const binary = await compileBugs(SEEDED_BUGS);
const compiled = new WebAssembly.Module(binary as BufferSource);

/** Runs everything that could notice; throws when something does. */
function examine(bug: number): void {
  const module = new CoreModule(compiled);
  (module.exports.setMutant as (bug: number) => void)(bug);
  // First what random inputs hardly ever build: the table of rules, and deep nesting.
  const emv = new EmvCore(module);
  for (const [, , changes, change = {}] of EVERY_CASE) {
    const data = message(changes);
    const request = requestWith(change);
    assert.deepEqual(
      flatten(emv.decide(data, request)),
      referenceDecide(data, request),
    );
  }
  let nested = encodeTlv([{ tag: 0x9a, value: hex("250615") }]);
  const tlv = new TlvCore(module);
  for (let depth = 1; depth <= 8; depth++) {
    nested = new Uint8Array([0xe1, nested.length, ...nested]);
    assert.deepEqual(
      tlv.parse(nested, "card"),
      referenceParse(nested, "card").nodes,
    );
  }
  checkForgetting(module, "cards");
  fuzzDecisions(module, 1, 0, 1_200);
  fuzzBytes(module, 1, 0, 30_000, 11);
}

test("examine() the core without a seeded bug passes", () => {
  examine(0);
});

SEEDED_BUGS.forEach(({ name }, index) => {
  test(`examine() notices: ${name}`, () => {
    assert.throws(() => examine(index + 1));
  });
});
