import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { HoldfastError } from "../../../engine/errors.ts";
import * as schemas from "../../../engine/reader/message_schemas.ts";
import {
  checkPayload,
  decodePayload,
  encodePayload,
} from "../../../engine/reader/payload.ts";
import { SeededRandom } from "../../../engine/reader/seeded_random.ts";
import { hex, INFO, toHex } from "./_reader_world.ts";

const soak = process.env.HOLDFAST_SOAK === "1" ? 100 : 1;

function badField(payload: Uint8Array, schema: object): string | undefined {
  try {
    decodePayload(payload, schema as never);
  } catch (error) {
    assert.ok(error instanceof HoldfastError);
    assert.equal(error.code, "READER_BAD_MESSAGE");
    assert.equal(error.cause, undefined);
    return error.field ?? "";
  }
  return undefined;
}

test("encodePayload() writes deterministic CBOR with keys in bytewise order", () => {
  const bytes = encodePayload({ wasActive: true, ab: 256, b: undefined });
  assert.equal(toHex(bytes), "a262616219010069776173416374697665f5");
});

test("decodePayload() returns what was encoded", () => {
  assert.deepEqual(
    decodePayload(encodePayload(INFO), schemas.READER_INFO),
    INFO,
  );
  const result = {
    emvData: hex("9f0206000000001250"),
    readMethod: "contact_emv" as const,
  };
  assert.deepEqual(
    decodePayload(encodePayload(result), schemas.COLLECT_RESULT),
    result,
  );
});

test("decodePayload() drops fields it does not know", () => {
  const payload = encodePayload({ wasActive: true, later: [1, 2] });
  assert.deepEqual(decodePayload(payload, schemas.CANCEL_RESULT), {
    wasActive: true,
  });
});

test("decodePayload() rejects every other encoding of the same map", () => {
  const wrong: Record<string, string> = {
    "indefinite map": "bf69776173416374697665f5ff",
    "duplicate key": "a269776173416374697665f569776173416374697665f5",
    "length not minimal": "a178096173",
    "length of a key not minimal": "a17809776173416374697665f5",
    "map header not minimal": "b80169776173416374697665f5",
    "keys out of order": "a269776173416374697665f56161f5",
    "trailing byte": "a169776173416374697665f500",
    "missing value": "a169776173416374697665",
    "tagged map": "c1a169776173416374697665f5",
    "empty": "",
    "undefined": "a169776173416374697665f7",
    "key is not UTF-8": "a1617ff5a161fff5",
    "key holds a lone FF": "a261fff569776173416374697665f5",
    "map of 2^32-1": "baffffffff",
    "string of 2^64-1": "a17bffffffffffffffff",
  };
  for (const [name, text] of Object.entries(wrong)) {
    assert.equal(badField(hex(text), schemas.CANCEL_RESULT), "", name);
  }
});

test("decodePayload() rejects a payload that is not a map", () => {
  for (const text of ["00", "f5", "f6", "80", "4101", "6161", "8101"]) {
    assert.equal(badField(hex(text), schemas.EMPTY), "(map)", text);
  }
});

test("decodePayload() survives nesting as deep as a payload allows", () => {
  for (const byte of [0x81, 0xc1]) {
    const deep = new Uint8Array(16_384).fill(byte);
    assert.equal(badField(deep, schemas.EMPTY), "");
  }
});

test("decodePayload() names the field that is missing or out of range", () => {
  const sale = {
    amountMinor: 1,
    currency: "usd",
    isOffline: true,
    terminalCountry: "US",
    transactionType: 0,
    deadlineMs: 1,
    swipe: "return",
  };
  const wrong: [string, unknown][] = [
    ["amountMinor", undefined],
    ["amountMinor", -1],
    ["amountMinor", 1.5],
    ["amountMinor", 1_000_000_000_000],
    ["amountMinor", 2n ** 63n],
    ["amountMinor", "1"],
    ["currency", "USD"],
    ["currency", "usdx"],
    ["isOffline", 1],
    ["terminalCountry", "us"],
    ["transactionType", 256],
    ["deadlineMs", 0],
    ["deadlineMs", 600_001],
    ["swipe", "maybe"],
    ["swipe", null],
    ["blockedAids", [new Uint8Array(17)]],
    ["blockedAids", Array(33).fill(new Uint8Array(5))],
    ["tip", { percentages: [101] }],
    ["tip", { amountsMinor: [1, 2, 3, 4, 5] }],
    ["tip", []],
  ];
  assert.equal(
    badField(encodePayload(sale), schemas.COLLECT_REQUEST),
    undefined,
  );
  for (const [field, value] of wrong) {
    const payload = encodePayload({ ...sale, [field]: value });
    const expected = typeof value === "bigint" ? "" : field;
    assert.equal(badField(payload, schemas.COLLECT_REQUEST), expected);
  }
});

test("decodePayload() quotes nothing of the payload in its error", () => {
  const pan = "4242424242424242";
  const samples = [
    encodePayload({ [pan]: pan, amountMinor: pan }),
    Uint8Array.of(
      0xa2,
      ...Array(2).fill([0x70, ...new TextEncoder().encode(pan), 0xf5]).flat(),
    ),
  ];
  for (const sample of samples) {
    try {
      decodePayload(sample, schemas.COLLECT_REQUEST);
      assert.fail("expected an error");
    } catch (error) {
      assert.ok(error instanceof HoldfastError);
      const everything = [error.message, error.stack, JSON.stringify(error)];
      assert.ok(!everything.join().includes(pan));
    }
  }
});

test("checkPayload() names the field of a message of our own", () => {
  assert.throws(
    () => checkPayload({ requestId: 0 }, schemas.CANCEL_REQUEST),
    /requestId/,
  );
});

test("decodePayload() answers any bytes with a value or a typed error", () => {
  const shapes = Object.values(schemas);
  assert.ok(shapes.length >= 15);
  const base = encodePayload(INFO);
  let accepted = 0;
  for (let seed = 0; seed < 3_000 * soak; seed++) {
    const random = new SeededRandom(`payload fuzz ${seed}`);
    const bytes = random.below(2)
      ? random.bytes(random.below(64))
      : base.slice();
    if (bytes.length === base.length) {
      bytes[random.below(bytes.length)] ^= random.below(256);
    }
    const schema = random.below(2) ? schemas.READER_INFO : random.pick(shapes);
    if (badField(bytes, schema) === undefined) {
      accepted++;
    }
  }
  // The generator must reach both sides.
  assert.ok(accepted > 10 && accepted < 2_900 * soak);
});
