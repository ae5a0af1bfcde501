/** The conformance adapter as an outside suite meets it: a process and two pipes. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { denoPath } from "../../scripts/_process.ts";
import { bundleForNode } from "../../scripts/bundle.ts";

type Answer = {
  id: string | number | null;
  ok?: Record<string, unknown>;
  error?: { code: string; offset?: number; field?: string };
};

interface Run {
  code: number;
  answers: Answer[];
  elapsedMs: number;
}

/** The runtime that runs this test also runs the adapter. */
const COMMAND: [string, string[]] = "deno" in process.versions
  ? [denoPath(), ["run", "-A", "--no-check", "scripts/conformance.ts"]]
  : [process.execPath, [await bundleForNode("scripts/conformance.ts")]];

async function converse(input: Uint8Array, args: string[] = []): Promise<Run> {
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
  const answers = text.split("\n").slice(0, -1).map((line) =>
    JSON.parse(line) as Answer
  );
  return { code, answers, elapsedMs };
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function lines(requests: readonly unknown[]): Uint8Array {
  return encode(requests.map((r) => JSON.stringify(r) + "\n").join(""));
}

interface VectorFile {
  numberOfTests: number;
  tests: Record<string, unknown>[];
}

function vectors(name: string): Record<string, unknown>[] {
  const path = `tests/vectors/${name}.json`;
  const file = JSON.parse(readFileSync(path, "utf8")) as VectorFile;
  assert.equal(file.tests.length, file.numberOfTests);
  return file.tests;
}

/** Request and the member of `ok` that the vector knows. */
type Case = [
  request: Record<string, unknown>,
  expected: Record<string, unknown>,
];

function vectorCases(): Case[] {
  const cases: Case[] = [];
  for (const v of vectors("sha256")) {
    cases.push([{ op: "sha256", data: v.data }, { digest: v.digest }]);
  }
  for (const { key, data, mac } of vectors("hmac_sha256")) {
    cases.push([{ op: "hmac_sha256", key, data }, { mac }]);
  }
  for (const { ikm, salt, info, length, okm } of vectors("hkdf_sha256")) {
    cases.push([{ op: "hkdf_sha256", ikm, salt, info, length }, { okm }]);
  }
  for (const { shared, ...v } of vectors("x25519")) {
    cases.push([
      { op: "x25519", private: v.private, public: v.public },
      { shared },
    ]);
  }
  for (const v of vectors("chacha20poly1305")) {
    const { key, nonce, aad, plaintext, ciphertext } = v;
    const shared = { key, nonce, aad };
    cases.push([
      { op: "chacha20poly1305_seal", ...shared, plaintext },
      { ciphertext },
    ]);
    cases.push([
      { op: "chacha20poly1305_open", ...shared, ciphertext },
      { plaintext },
    ]);
  }
  for (const v of vectors("hpke_x25519_chacha20poly1305")) {
    const { mode, info, aad, psk, psk_id, enc, plaintext, ciphertext } = v;
    const shared = { info, aad, ...(mode === "psk" ? { psk, psk_id } : {}) };
    cases.push([
      {
        op: `hpke_${mode}_seal`,
        pk: v.pk_r,
        ikm_e: v.ikm_e,
        plaintext,
        ...shared,
      },
      { enc, ciphertext },
    ]);
    cases.push([
      { op: `hpke_${mode}_open`, sk: v.sk_r, enc, ciphertext, ...shared },
      { plaintext },
    ]);
  }
  return cases;
}

test("conformance every published vector gives the published answer", async () => {
  const cases = vectorCases();
  assert.equal(cases.length, 26);
  const { code, answers } = await converse(
    lines(cases.map(([request], id) => ({ id, ...request }))),
  );
  assert.equal(code, 0);
  for (const [id, [, expected]] of cases.entries()) {
    const ok = answers[id].ok as Record<string, string>;
    if (typeof expected.mac === "string" && expected.mac.length === 32) {
      // RFC 4231 §4.6 prints the first 16 bytes only.
      ok.mac = ok.mac.slice(0, 32);
    }
    assert.deepEqual(answers[id], { id, ok: expected });
  }
});

test("conformance TLV, lists, brands and bits answer in the documented shapes", async () => {
  const cases: Case[] = [
    [
      { op: "tlv_parse", data: "e1049c0100", source: "reader" },
      {},
    ],
    [
      { op: "tlv_parse", data: "e1039c0100", source: "reader" },
      {
        nodes: [
          {
            tag: "e1",
            offset: 0,
            value_offset: 2,
            length: 3,
            depth: 0,
            constructed: true,
          },
          {
            tag: "9c",
            offset: 2,
            value_offset: 4,
            length: 1,
            depth: 1,
            constructed: false,
          },
        ],
      },
    ],
    [{ op: "tlv_parse", data: "", source: "card" }, { nodes: [] }],
    [
      { op: "dol_parse", dol: "9f02069a03" },
      {
        entries: [
          { tag: "9f02", offset: 0, length: 6 },
          { tag: "9a", offset: 3, length: 3 },
        ],
      },
    ],
    [
      {
        op: "dol_build",
        dol: "9f02069a039f3704",
        data: "9a032611249f02020100",
      },
      { data: "00000000010026112400000000" },
    ],
    [{ op: "aid_brand", aid: "a0000000031010" }, { brand: "visa" }],
    [{ op: "aid_brand", aid: "ffffffffff" }, { brand: "unknown" }],
    [
      { op: "bits", tag: "9b", value: "4000" },
      {
        bits: [
          { byte: 1, mask: 64, name: "cardholder verification performed" },
        ],
      },
    ],
  ];
  const { answers } = await converse(
    lines(cases.map(([request], id) => ({ id, ...request }))),
  );
  assert.deepEqual(answers[0], {
    id: 0,
    error: { code: "BER_VALUE_TRUNCATED", offset: 1 },
  });
  for (let id = 1; id < cases.length; id++) {
    assert.deepEqual(answers[id], { id, ok: cases[id][1] });
  }
});

const DECISION = {
  request: {
    amount_minor: 1000,
    currency: "usd",
    now_ms: 1_790_000_000_000,
    livemode: false,
  },
  terminal: { country: "US" },
  policy: {},
};

test("conformance emv_decide answers a refusal with its rule", async () => {
  const { answers } = await converse(lines([
    { id: 1, op: "emv_decide", data: "9f02", ...DECISION },
    { id: 2, op: "emv_decide", data: "9f0206000000002000", ...DECISION },
    {
      id: 3,
      op: "emv_decide",
      data: "",
      ...DECISION,
      request: { ...DECISION.request, amount_minor: 0.5 },
    },
    {
      id: 4,
      op: "emv_decide",
      data: "",
      ...DECISION,
      policy: { allowed_brands: ["no such"] },
    },
  ]));
  const first = answers[0].ok as Record<string, unknown>;
  assert.equal(first.decision, "refused");
  assert.equal(first.code, "emv_malformed");
  assert.deepEqual(Object.keys(first), ["decision", "code", "explanation"]);
  const second = answers[1].ok as Record<string, Record<string, unknown>>;
  assert.equal(second.code, "emv_mismatch");
  assert.equal(second.explanation.tag, "9f02");
  assert.equal(second.explanation.expected, "000000001000");
  assert.deepEqual(answers[2].error, {
    code: "EMV_REQUEST",
    field: "amountMinor",
  });
  assert.equal(answers[3].error?.code, "EMV_REQUEST");
});

const HEADER = {
  suite: 1,
  mode: "base",
  livemode: false,
  key_id: "11".repeat(8),
  device_id: "22".repeat(16),
  epoch: 1,
  seq: 0,
  previous_hash: "00".repeat(32),
  local_id: "33".repeat(16),
  created_at_ms: 1_790_000_000_000,
  monotonic_ms: 5,
  boot_id: "44".repeat(16),
  amount_minor: 0,
  currency: "USD",
  account_hash: "55".repeat(16),
  idempotency_key: "66".repeat(32),
  card_transaction_hmac: "77".repeat(16),
  policy_version: 1,
  schema_version: 1,
};
/** The key pair of `docs/formats/saf1-example.json`. */
const SK = "7790330b18d76c45446b7d9d1b15e87d7da80ab3b6f8cdcc0871764f1d767c9c";
const PK = "41852320ff367495fa522c94cb83af391e4e89018392725bbf2098dd931bc424";

test("conformance saf1 seals, opens and verifies a chain and names a tampered record", async () => {
  const genesis = await converse(lines([{
    id: 1,
    op: "saf1_seal",
    header: HEADER,
    recipient_public: PK,
    chain_secret: "02".repeat(32),
    entropy: "03".repeat(32),
    plaintext: "0a0b",
  }]));
  const first = genesis.answers[0].ok as Record<string, string>;
  const payment = await converse(lines([{
    id: 2,
    op: "saf1_seal",
    header: {
      ...HEADER,
      mode: "psk",
      seq: 1,
      previous_hash: first.hash,
      amount_minor: 1000,
    },
    recipient_public: PK,
    chain_secret: first.next_chain_secret,
    plaintext: "c0ffee",
  }]));
  const second = payment.answers[0].ok as Record<string, string>;
  const tampered = second.record.slice(0, -2) +
    (second.record.endsWith("00") ? "01" : "00");
  const keys = { recipient_private: SK };
  const { answers } = await converse(lines([
    { op: "saf1_open", record: first.record, ...keys },
    {
      op: "saf1_open",
      record: second.record,
      ...keys,
      chain_secret: first.next_chain_secret,
    },
    {
      op: "saf1_open",
      record: tampered,
      ...keys,
      chain_secret: first.next_chain_secret,
    },
    { op: "saf1_verify", records: [first.record, second.record] },
    { op: "saf1_verify", records: [second.record, first.record] },
    { op: "saf1_seal", header: { ...HEADER, suite: 3 }, plaintext: "" },
  ]));
  const opened = answers.map((answer) => answer.ok as Record<string, unknown>);
  assert.equal(opened[0].plaintext, "0a0b");
  assert.equal(opened[0].chain_secret, "02".repeat(32));
  assert.equal(opened[1].plaintext, "c0ffee");
  assert.equal(
    (opened[1].header as Record<string, unknown>).amount_minor,
    1000,
  );
  assert.equal(answers[2].error?.code, "SEAL_OPEN");
  assert.deepEqual(opened[3], {
    valid: true,
    complete: true,
    last_hash: second.hash,
  });
  assert.equal(opened[4].valid, false);
  assert.equal(opened[4].index, 1);
  assert.equal(answers[5].error?.code, "REQUEST_FIELD");
});

test("conformance malformed lines each get one error and the next line its answer", async () => {
  const good = '{"id":7,"op":"sha256","data":"616263"}';
  const bad: [string, string][] = [
    ["", "REQUEST_JSON"],
    ["{", "REQUEST_JSON"],
    ["[]", "REQUEST_JSON"],
    ["null", "REQUEST_JSON"],
    ["\u0000\u0001", "REQUEST_JSON"],
    ["[".repeat(200_000), "REQUEST_JSON"],
    ["x".repeat(600_000), "REQUEST_TOO_LONG"],
    ["{}", "REQUEST_OPERATION"],
    ['{"op":"__proto__"}', "REQUEST_OPERATION"],
    ['{"op":"constructor"}', "REQUEST_OPERATION"],
    ['{"op":["sha256"]}', "REQUEST_OPERATION"],
    ['{"op":"sha256"}', "REQUEST_FIELD"],
    ['{"op":"sha256","data":null}', "REQUEST_FIELD"],
    ['{"op":"sha256","data":"6"}', "REQUEST_FIELD"],
    ['{"op":"sha256","data":"6g"}', "REQUEST_FIELD"],
    ['{"op":"sha256","data":"6\u0161"}', "REQUEST_FIELD"],
    [
      '{"op":"sha256","data":"' + "00".repeat(70_000) + '"}',
      "CORE_INPUT_TOO_LARGE",
    ],
    ['{"op":"x25519","private":"00","public":"00"}', "CRYPTO_ARGUMENT"],
    [
      `{"op":"x25519","private":"${"11".repeat(32)}","public":"${
        "00".repeat(32)
      }"}`,
      "CRYPTO_SHARED_SECRET",
    ],
    ['{"op":"hkdf_sha256","ikm":"00","length":1e99}', "CRYPTO_ARGUMENT"],
    ['{"op":"hkdf_sha256","ikm":"00","length":"4"}', "REQUEST_FIELD"],
    ['{"op":"bits","tag":"95","value":"00"}', "REQUEST_FIELD"],
    ['{"op":"bits","tag":"5a","value":"00"}', "REQUEST_FIELD"],
    ['{"op":"bits","tag":"","value":"00"}', "REQUEST_FIELD"],
    ['{"op":"dol_parse","dol":"9f02"}', "DOL_LENGTH_MISSING"],
    ['{"op":"tlv_parse","data":"00","source":"elsewhere"}', "REQUEST_FIELD"],
    ['{"op":"saf1_verify","records":"00"}', "REQUEST_FIELD"],
    ['{"op":"saf1_verify","records":[1]}', "REQUEST_FIELD"],
    ['{"op":"emv_decide","data":"","request":[]}', "REQUEST_FIELD"],
  ];
  const input = bad.map(([line]) => `${line}\n${good}\r\n`).join("");
  const { code, answers } = await converse(encode(input + good));
  assert.equal(code, 0);
  assert.equal(answers.length, 2 * bad.length + 1);
  for (const [index, [line, expected]] of bad.entries()) {
    const { id, error } = answers[2 * index];
    assert.equal(id, null);
    assert.equal(error?.code, expected, line.slice(0, 60));
    assert.equal(answers[2 * index + 1].id, 7);
    assert.ok(answers[2 * index + 1].ok);
  }
  // The last line has no line feed and is answered all the same.
  assert.equal(answers.at(-1)?.id, 7);
});

test("conformance invalid UTF-8 and random bytes end in one answer a line", async () => {
  const bytes = new Uint8Array(50_000);
  let state = 12345;
  for (let i = 0; i < bytes.length; i++) {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0;
    bytes[i] = state >>> 24;
  }
  bytes[bytes.length - 1] = 0x0a;
  const { code, answers } = await converse(bytes);
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

test("conformance small requests pass the pipe in order and at speed", async () => {
  const count = 40_000;
  const requests = Array.from({ length: count }, (_, id) => {
    return { id, op: "sha256", data: (id % 256).toString(16).padStart(2, "0") };
  });
  const { answers, elapsedMs } = await converse(lines(requests));
  assert.equal(answers.length, count);
  assert.ok(answers.every((answer, id) => answer.id === id && answer.ok));
  const rate = Math.round(count / (elapsedMs / 1000));
  console.log(`conformance: ${rate} requests/s`);
  // 20,000 is the promise on a quiet machine; this floor only catches a collapse on a busy one.
  assert.ok(rate > 5_000, `${rate} requests/s`);
});
