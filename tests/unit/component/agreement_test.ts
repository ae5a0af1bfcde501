/** The component and the plain module give the same answers to any bytes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EmvCore } from "../../../bindings/emv.ts";
import { HoldfastError } from "../../../bindings/errors.ts";
import { TlvCore } from "../../../bindings/tlv.ts";
import { compileComponentCore } from "../../../scripts/component/compile.ts";
import { ComponentEmv } from "../../../scripts/component/emv_face.ts";
import { loadComponent } from "../../../scripts/component/load.ts";
import { ComponentTlv } from "../../../scripts/component/tlv_face.ts";
import { FuzzRandom, writeInput } from "../../fuzz/tlv_generator.ts";
import { coreInstance } from "../../reference/core_instance.ts";
import { rounds } from "../../reference/seal_samples.ts";
import { requestWith } from "../core/emv_cases.ts";
import { GOOD, message, REQUEST } from "../core/emv_message.ts";
import { EVERY_CASE } from "../core/emv_online_cases.ts";

const { component } = loadComponent(
  new WebAssembly.Module(await compileComponentCore()),
);
const plain = coreInstance();
const random = new FuzzRandom();
const buffer = new Uint8Array(1024);

/** Input number `index` of the fuzzer, as a copy. */
function input(index: number): Uint8Array {
  const length = writeInput(random, buffer, index, 5);
  return buffer.slice(buffer.length - length);
}

/** What a call answers, or the code and place of its refusal. */
function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    const { code, offset, field } = error;
    return { code, offset, field };
  }
}

test("tlv.parse() agrees with the binding on nodes and refusals of any bytes", () => {
  const [ours, theirs] = [new ComponentTlv(component), new TlvCore(plain)];
  let refused = 0;
  for (let index = 0; index < rounds(4_000); index++) {
    const data = input(index);
    const source = index % 2 === 0 ? "card" : "reader";
    const expected = outcome(() => theirs.parse(data, source));
    assert.deepEqual(
      outcome(() => ours.parse(data, source)),
      expected,
    );
    if (!Array.isArray(expected)) refused++;
  }
  assert.ok(refused > 100 && refused < rounds(4_000) - 100, `${refused}`);
});

test("tlv.parse() tells parents, ends and what was tolerated as the index does", () => {
  const core = new TlvCore(plain);
  for (let index = 0; index < rounds(2_000); index++) {
    const data = input(index);
    let expected;
    try {
      expected = core.index(data, "card");
    } catch {
      continue;
    }
    const { nodes, notes } = component.tlv.parse(data, "card");
    const words = component.tlv.index(data, "card");
    assert.equal(nodes.length, expected.count);
    assert.equal(words.length, 4 * nodes.length);
    nodes.forEach((node, at) => {
      assert.equal(node.next, expected.next(at));
      assert.equal(node.parent, expected.parent(at) & 0xffff);
      assert.equal(words[4 * at], node.tag);
      assert.equal(words[4 * at + 1], node.offset | node.valueOffset << 16);
      assert.equal(words[4 * at + 3] & 0xffff, node.next);
    });
    const { hasFfPadding, hasTopLevelPadding, hasLongLength } = core.notes();
    assert.equal(notes.ffPadding ?? false, hasFfPadding);
    assert.equal(notes.topLevelPadding ?? false, hasTopLevelPadding);
    assert.equal(notes.longLength ?? false, hasLongLength);
  }
});

test("tlv.dolBuild() agrees with the binding on any list and message", () => {
  const [ours, theirs] = [new ComponentTlv(component), new TlvCore(plain)];
  for (let index = 0; index < rounds(2_000); index++) {
    const list = input(index).subarray(0, 64);
    const data = input(index + 1);
    assert.deepEqual(
      outcome(() => ours.dolParse(list)),
      outcome(() => theirs.dolParse(list)),
    );
    assert.deepEqual(
      outcome(() => ours.dolBuild(list, data, "reader")),
      outcome(() => theirs.dolBuild(list, data, "reader")),
    );
  }
});

test("emv.decide() agrees with the binding on every word of every row of the table", () => {
  const [ours, theirs] = [new ComponentEmv(component), new EmvCore(plain)];
  for (const [name, , changes, change = {}] of EVERY_CASE) {
    const [data, request] = [message(changes), requestWith(change)];
    assert.deepEqual(
      ours.decide(data, request),
      theirs.decide(data, request),
      name,
    );
  }
});

test("emv.decideBatch() agrees with the binding on damaged messages of one terminal", () => {
  const [ours, theirs] = [new ComponentEmv(component), new EmvCore(plain)];
  for (let batch = 0; batch < rounds(20); batch++) {
    const messages = Array.from({ length: 256 }, (_, index) => {
      const data = message(index % 3 === 0 ? {} : { "9F02": "000000000100" });
      const at = (batch * 7919 + index * 104_729) % data.length;
      if (index % 4 !== 0) data[at] ^= 1 << (batch % 8);
      return data;
    });
    const requests = messages.map((_, index) => ({
      ...REQUEST,
      amountMinor: index % 3 === 0 ? 1250 : 100,
      isOnline: index % 5 === 0,
    }));
    assert.deepEqual(
      ours.decideBatch(messages, requests),
      theirs.decideBatch(messages, requests),
    );
  }
});

test("emv.decideBatch() a full batch of the longest messages fits", () => {
  const longest = new Uint8Array(4096);
  longest.set(message(GOOD));
  const messages = new Array(256).fill(longest);
  const requests = new Array(256).fill(REQUEST);
  const ours = new ComponentEmv(component).decideBatch(messages, requests);
  const [expected] = new EmvCore(plain).decideBatch([longest], [REQUEST]);
  for (const decision of ours) assert.deepEqual(decision, expected);
});

test("emv.decideBatch() names the offer at fault and answers nothing", () => {
  const sale = {
    amountMinor: 1n,
    currency: 978,
    transactionType: 0,
    online: false,
    nowMs: 0n,
    highWaterMs: 0n,
  };
  const terminal = {
    country: 250,
    livemode: false,
    source: "reader" as const,
    deviceKey: new Uint8Array(32),
    defaultCodes: "never" as const,
    tacDenial: 0n,
    tacDefault: 0n,
    tacOnline: 0n,
  };
  const fine = { message: message({}), sale };
  const payloadOf = (call: () => unknown): unknown => {
    try {
      call();
    } catch (error) {
      return (error as { payload: unknown }).payload;
    }
    throw new Error("the call did not fail");
  };
  const batch = (offer: typeof fine): unknown =>
    payloadOf(() => component.emv.decideBatch([fine, offer], terminal));
  const bad = (val: string) => ({
    index: 1,
    error: { tag: "bad-request", val },
  });
  assert.deepEqual(
    batch({ ...fine, sale: { ...sale, amountMinor: 10n ** 12n } }),
    bad("amount-minor"),
  );
  assert.deepEqual(
    batch({ ...fine, sale: { ...sale, currency: 1000 } }),
    bad("currency"),
  );
  assert.deepEqual(
    batch({ ...fine, sale: { ...sale, nowMs: 2n ** 63n } }),
    bad("now-ms"),
  );
  assert.deepEqual(
    batch({ ...fine, sale: { ...sale, highWaterMs: 2n ** 64n - 1n } }),
    bad("high-water-ms"),
  );
  assert.deepEqual(batch({ ...fine, message: new Uint8Array(4097) }), {
    index: 1,
    error: { tag: "message-too-long" },
  });
  const single = (change: Partial<typeof terminal>): unknown =>
    payloadOf(() =>
      component.emv.decide(fine.message, sale, { ...terminal, ...change })
    );
  for (const field of ["tacDenial", "tacDefault", "tacOnline"]) {
    assert.deepEqual(single({ [field]: 2n ** 40n }), {
      tag: "bad-request",
      val: "action-code",
    });
  }
  assert.deepEqual(single({ country: 1000 }), {
    tag: "bad-request",
    val: "country",
  });
});

test("emv.networkRefusal() agrees with the binding for every brand here and there", () => {
  const core = new EmvCore(plain);
  const countries = [["FR", 250], ["US", 840], ["AU", 36], [
    "GB",
    826,
  ]] as const;
  for (const brand of ["visa", "girocard", "interac", "eftpos_au"] as const) {
    for (const [alpha, numeric] of countries) {
      const word = brand.replaceAll("_", "-") as "visa";
      const refusal = component.emv.networkRefusal(word, numeric);
      assert.equal(
        refusal === undefined,
        core.canOperateOffline(brand, alpha),
        `${brand} in ${alpha}`,
      );
    }
  }
});
