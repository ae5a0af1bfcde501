/**
 * The conformance table: requests, and what every build must answer on every host.
 *
 * Owns: the list. Answers come from published vectors, from the documents, from the reference
 * twins or are written out; none was recorded from a build.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dataCases } from "./data_cases.ts";
import { decisionCases } from "./decision_cases.ts";
import { errorCases } from "./error_cases.ts";
import { saf1Cases } from "./saf1_cases.ts";
import { saf1Suite2Cases } from "./saf1_suite2_cases.ts";

/** One answer line, parsed. */
export interface Answer {
  id: unknown;
  ok?: Record<string, unknown>;
  error?: { code: string; offset?: number; field?: string };
}

/** One request without its id, and a check that throws when the answer is wrong. */
export interface ConformanceCase {
  request: Record<string, unknown>;
  check: (answer: Answer) => void;
}

/** A case whose `ok` is written out. */
export function answers(
  request: Record<string, unknown>,
  expected: Record<string, unknown>,
): ConformanceCase {
  return {
    request,
    check: (answer) => assert.deepEqual(answer.ok, expected),
  };
}

/** A case whose error is written out, with its offset or field. */
export function refuses(
  request: Record<string, unknown>,
  expected: Answer["error"],
): ConformanceCase {
  return {
    request,
    check: (answer) => assert.deepEqual(answer.error, expected),
  };
}

function vectors(name: string): Record<string, string>[] {
  const text = readFileSync(`tests/vectors/${name}.json`, "utf8");
  const { numberOfTests, tests } = JSON.parse(text);
  assert.equal(tests.length, numberOfTests);
  return tests;
}

function hashCases(): ConformanceCase[] {
  return [
    ...vectors("sha256").map(({ data, digest }) =>
      answers({ op: "sha256", data }, { digest })
    ),
    ...vectors("hmac_sha256").map(({ key, data, mac }) => ({
      request: { op: "hmac_sha256", key, data },
      // RFC 4231 §4.6 prints the first 16 bytes only.
      check: ({ ok }: Answer) =>
        assert.equal(String(ok!.mac).slice(0, mac.length), mac),
    })),
    ...vectors("hkdf_sha256").map(({ ikm, salt, info, length, okm }) =>
      answers({ op: "hkdf_sha256", ikm, salt, info, length }, { okm })
    ),
    ...vectors("x25519").map(({ shared, ...v }) =>
      answers({ op: "x25519", private: v.private, public: v.public }, {
        shared,
      })
    ),
  ];
}

function cipherCases(): ConformanceCase[] {
  return vectors("chacha20poly1305").flatMap((vector) => {
    const { key, nonce, aad, plaintext, ciphertext } = vector;
    const shared = { key, nonce, aad };
    return [
      answers({ op: "chacha20poly1305_seal", ...shared, plaintext }, {
        ciphertext,
      }),
      answers({ op: "chacha20poly1305_open", ...shared, ciphertext }, {
        plaintext,
      }),
    ];
  });
}

function hpkeCases(): ConformanceCase[] {
  return vectors("hpke_x25519_chacha20poly1305").flatMap((v) => {
    const { mode, info, aad, psk, psk_id, enc, plaintext, ciphertext } = v;
    const shared = { info, aad, ...(mode === "psk" ? { psk, psk_id } : {}) };
    const seal = { op: `hpke_${mode}_seal`, pk: v.pk_r, ikm_e: v.ikm_e };
    const open = { op: `hpke_${mode}_open`, sk: v.sk_r, enc };
    return [
      answers({ ...seal, plaintext, ...shared }, { enc, ciphertext }),
      answers({ ...open, ciphertext, ...shared }, { plaintext }),
    ];
  });
}

/** The whole table. */
export function conformanceCases(): ConformanceCase[] {
  const published = [...hashCases(), ...cipherCases(), ...hpkeCases()];
  assert.equal(published.length, 26);
  return [
    ...published,
    ...dataCases(),
    ...errorCases(),
    ...decisionCases(),
    ...saf1Cases(),
    ...saf1Suite2Cases(),
  ];
}

/** The requests as lines, each with its place in the table as id. */
export function requestLines(cases: readonly ConformanceCase[]): string[] {
  return cases.map(({ request }, id) => JSON.stringify({ id, ...request }));
}

/** Throws at the first answer line that is not what the table says. */
export function checkAnswers(
  cases: readonly ConformanceCase[],
  lines: readonly string[],
): void {
  assert.equal(lines.length, cases.length);
  cases.forEach(({ request, check }, id) => {
    const answer = JSON.parse(lines[id]) as Answer;
    assert.equal(answer.id, id);
    try {
      check(answer);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const asked = JSON.stringify(request).slice(0, 200);
      throw new Error(`case ${id}, ${asked}: ${reason}`, { cause: error });
    }
  });
}
