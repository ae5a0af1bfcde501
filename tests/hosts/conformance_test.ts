/**
 * The conformance adapter as an outside suite meets it: a process and two pipes.
 *
 * The same table runs over both builds here, under Deno and under Node, and in
 * `tests/browser/conformance_test.ts` in a real Chromium.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { denoPath } from "../../scripts/_process.ts";
import { bundleForNode } from "../../scripts/bundle.ts";
import {
  type Answer,
  checkAnswers,
  conformanceCases,
  requestLines,
} from "../conformance/cases.ts";

interface Run {
  code: number;
  lines: string[];
  answers: Answer[];
  elapsedMs: number;
}

const BUILDS = ["module", "component"] as const;

/** The runtime that runs this test also runs the adapter. */
const COMMAND: [string, string[]] = "deno" in process.versions
  ? [denoPath(), ["run", "-A", "--no-check", "scripts/conformance.ts"]]
  : [process.execPath, [await bundleForNode("scripts/conformance.ts")]];

async function converse(input: Uint8Array, args: string[]): Promise<Run> {
  const [program, programArgs] = COMMAND;
  const child = spawn(program, [...programArgs, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  // From the start of the process on: the rate below pays for it, too.
  const startedAt = performance.now();
  const parts: Uint8Array[] = [];
  child.stdout.on("data", (part: Uint8Array) => parts.push(part));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve(status ?? -1));
  });
  const elapsedMs = performance.now() - startedAt;
  const text = new TextDecoder().decode(Buffer.concat(parts));
  assert.ok(text === "" || text.endsWith("\n"), "the last line has no end");
  const lines = text.split("\n").slice(0, -1);
  const answers = lines.map((line) => JSON.parse(line) as Answer);
  return { code, lines, answers, elapsedMs };
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const cases = conformanceCases();

for (const build of BUILDS) {
  test(`conformance --build ${build} answers the whole table`, async () => {
    const input = encode(requestLines(cases).join("\n"));
    const { code, lines } = await converse(input, ["--build", build]);
    assert.equal(code, 0);
    checkAnswers(cases, lines);
  });
}

test("checkAnswers() a wrong answer anywhere is noticed", async () => {
  const input = encode(requestLines(cases).join("\n"));
  const { lines } = await converse(input, []);
  const wrong = '{"ok":{},"error":{"code":"NONE"}}';
  for (let id = 0; id < cases.length; id++) {
    const changed = lines.with(id, `{"id":${id},${wrong.slice(1)}`);
    assert.throws(
      () => checkAnswers(cases, changed),
      new RegExp(`^Error: case ${id},`),
    );
  }
});

const GOOD = '{"id":7,"op":"sha256","data":"616263"}';

/** Lines that are no request, or one that cannot be carried out. */
const BAD: [line: string, code: string, field?: string][] = [
  ["", "REQUEST_JSON"],
  ["{", "REQUEST_JSON"],
  ["[]", "REQUEST_JSON"],
  ["null", "REQUEST_JSON"],
  ["\u0000\u0001", "REQUEST_JSON"],
  ["[".repeat(200_000), "REQUEST_JSON"],
  ["x".repeat(4_100_000), "REQUEST_TOO_LONG"],
  ["{}", "REQUEST_OPERATION"],
  ['{"op":"__proto__"}', "REQUEST_OPERATION"],
  ['{"op":"constructor"}', "REQUEST_OPERATION"],
  ['{"op":["sha256"]}', "REQUEST_OPERATION"],
  ['{"op":"sha256"}', "REQUEST_FIELD", "data"],
  ['{"op":"sha256","data":null}', "REQUEST_FIELD"],
  ['{"op":"sha256","data":"6"}', "REQUEST_FIELD"],
  ['{"op":"sha256","data":"6g"}', "REQUEST_FIELD"],
  ['{"op":"sha256","data":"6\u0161"}', "REQUEST_FIELD"],
  ['{"op":"hkdf_sha256","ikm":"00","length":"4"}', "REQUEST_FIELD"],
  ['{"op":"bits","tag":"95","value":"00"}', "REQUEST_FIELD", "value"],
  ['{"op":"bits","tag":"5a","value":"00"}', "REQUEST_FIELD", "tag"],
  ['{"op":"bits","tag":"","value":"00"}', "REQUEST_FIELD", "tag"],
  ['{"op":"tlv_parse","data":"00","source":"elsewhere"}', "REQUEST_FIELD"],
  ['{"op":"saf1_seal","header":{"suite":3},"plaintext":""}', "REQUEST_FIELD"],
  ['{"op":"saf1_verify","records":"00"}', "REQUEST_FIELD"],
  ['{"op":"saf1_verify","records":[1]}', "REQUEST_FIELD"],
  ['{"op":"saf1_seal"}', "REQUEST_FIELD", "header"],
  ['{"op":"saf1_seal","header":null}', "REQUEST_FIELD", "header"],
  ['{"op":"emv_decide","data":""}', "REQUEST_FIELD", "request"],
  ['{"op":"emv_decide","data":"","request":{}}', "REQUEST_FIELD", "terminal"],
  ['{"op":"emv_decide","data":"","request":[]}', "REQUEST_FIELD", "request"],
];

for (const build of BUILDS) {
  test(`conformance --build ${build} malformed lines each get one error and the next line its answer`, async () => {
    const input = BAD.map(([line]) => `${line}\n${GOOD}\r\n`).join("");
    const { code, answers } = await converse(encode(input + GOOD), [
      "--build",
      build,
    ]);
    assert.equal(code, 0);
    assert.equal(answers.length, 2 * BAD.length + 1);
    for (const [index, [line, expected, field]] of BAD.entries()) {
      const { id, error } = answers[2 * index];
      assert.equal(id, null);
      assert.equal(error?.code, expected, line.slice(0, 60));
      if (field !== undefined) assert.equal(error?.field, field, line);
      assert.equal(answers[2 * index + 1].id, 7);
      assert.ok(answers[2 * index + 1].ok);
    }
    // The last line has no line feed and is answered all the same.
    assert.equal(answers.at(-1)?.id, 7);
  });
}

test("conformance a line that is not UTF-8 is refused, its id not mended", async () => {
  const line = encode('{"id":"_","op":"sha256","data":""}\n');
  const broken = line.map((byte) => byte === 0x5f ? 0xff : byte);
  const { answers } = await converse(Buffer.concat([broken, line]), []);
  assert.deepEqual(answers[0], { id: null, error: { code: "REQUEST_JSON" } });
  assert.equal(answers[1].id, "_");
});

/** Every kind of JSON value, nested values too. */
const IDS = ["7", '"a"', "null", "true", "1.5", "[1,[2]]", '{"a":{"b":null}}'];

for (const build of BUILDS) {
  test(`conformance --build ${build} an id of any kind comes back with answer and error`, async () => {
    const input = IDS.flatMap((id) => [
      `{"id":${id},"op":"sha256","data":""}`,
      `{"id":${id},"op":"none"}`,
    ]).join("\n");
    const { lines } = await converse(encode(input), ["--build", build]);
    IDS.forEach((id, index) => {
      assert.ok(lines[2 * index].startsWith(`{"id":${id},"ok":`), id);
      assert.ok(lines[2 * index + 1].startsWith(`{"id":${id},"error":`), id);
    });
    assert.equal(lines.length, 2 * IDS.length);
  });
}

test("conformance an id nested too deep to write ends in one error", async () => {
  const depth = 100_000;
  const id = "[".repeat(depth) + "]".repeat(depth);
  const input = `{"id":${id},"op":"sha256","data":""}\n${GOOD}\n`;
  const { answers } = await converse(encode(input), []);
  assert.equal(answers.length, 2);
  assert.ok(answers[0].error !== undefined || answers[0].ok !== undefined);
  assert.ok(answers[1].ok);
});

test("conformance the million letters of FIPS 180-2 B.3 give their digest", async () => {
  const data = "61".repeat(1_000_000);
  for (const build of BUILDS) {
    const input = `{"id":1,"op":"sha256","data":"${data}"}`;
    const { lines } = await converse(encode(input), ["--build", build]);
    const digest =
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
    assert.deepEqual(lines, [`{"id":1,"ok":{"digest":"${digest}"}}`]);
  }
});

test("conformance invalid UTF-8 and random bytes end in one answer a line", async () => {
  const bytes = new Uint8Array(50_000);
  let state = 12345;
  for (let i = 0; i < bytes.length; i++) {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0;
    bytes[i] = state >>> 24;
  }
  bytes[bytes.length - 1] = 0x0a;
  const { code, answers } = await converse(bytes, []);
  assert.equal(code, 0);
  assert.equal(answers.length, bytes.filter((byte) => byte === 0x0a).length);
  assert.ok(answers.every((answer) => answer.error !== undefined));
});

test("conformance an unknown build or option ends with status 2", async () => {
  for (
    const args of [
      ["--build", "none"],
      ["--build", "toString"],
      ["--build"],
      ["--runtime", "none"],
      ["x"],
    ]
  ) {
    const { code, answers } = await converse(encode("{}\n"), args);
    assert.equal(code, 2);
    assert.deepEqual(answers, []);
  }
});

for (const build of BUILDS) {
  test(`conformance --build ${build} small requests pass the pipe in order and at speed`, async () => {
    const count = 40_000;
    const input = Array.from({ length: count }, (_, id) => {
      const data = (id % 256).toString(16).padStart(2, "0");
      return `${JSON.stringify({ id, op: "sha256", data })}\n`;
    }).join("");
    const { answers, elapsedMs } = await converse(encode(input), [
      "--build",
      build,
    ]);
    assert.equal(answers.length, count);
    assert.ok(answers.every((answer, id) => answer.id === id && answer.ok));
    const rate = Math.round(count / (elapsedMs / 1000));
    console.log(`conformance --build ${build}: ${rate} requests/s`);
    // 20,000 is the promise on a quiet machine; this floor only catches a collapse on a busy one.
    assert.ok(rate > 5_000, `${rate} requests/s`);
  });
}
