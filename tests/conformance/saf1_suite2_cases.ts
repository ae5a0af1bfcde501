/**
 * Conformance cases of SAF1 suite 2: P-256 and AES-256-GCM, by the host's WebCrypto.
 *
 * Owns: the list. Opening is held to the worked example of `docs/formats/`; what is sealed has a
 * fresh ephemeral key each time, so its form is checked here and its opening in
 * `tests/unit/engine/seal_suite2_test.ts`.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { genesisHeader, sampleHeader } from "../reference/seal_samples.ts";
import { hex } from "../reference/core_instance.ts";
import { type Answer, type ConformanceCase, refuses } from "./cases.ts";
import { damaged, type Example, shown } from "./saf1_cases.ts";

const ENC_OFFSET = 207;
const PADDED = 256;
const RECORD_BYTES = ENC_OFFSET + 65 + PADDED + 16;

/** The cases. */
export function saf1Suite2Cases(): ConformanceCase[] {
  const text = readFileSync("docs/formats/saf1-example-suite2.json", "utf8");
  const { inputs, genesis, payment } = JSON.parse(text) as Example;
  const keyId = hex(genesis.record.slice(16, 32));
  const first = shown({ ...genesisHeader({ keyId }), suite: 2 });
  const second = shown({
    ...sampleHeader({ keyId, previousHash: hex(genesis.steps.hash) }),
    suite: 2,
  });
  const opening = {
    op: "saf1_open",
    recipient_private: inputs.recipientPrivateKey,
    recipient_public: inputs.recipientPublicKey,
  };
  const openSecond = {
    ...opening,
    record: payment.record,
    chain_secret: inputs.A1,
  };
  const sealSecond = {
    op: "saf1_seal",
    header: second,
    recipient_public: inputs.recipientPublicKey,
    chain_secret: inputs.A1,
    plaintext: inputs.plaintext,
  };
  const refused = (
    change: Record<string, unknown>,
    error: Answer["error"],
  ): ConformanceCase => refuses({ ...openSecond, ...change }, error);
  const sealing = (
    change: Record<string, unknown>,
    error: Answer["error"],
  ): ConformanceCase => refuses({ ...sealSecond, ...change }, error);
  const notOpened = { code: "SEAL_OPEN", offset: ENC_OFFSET };
  const wrongKey = { code: "SEAL_FIELD", field: "recipient_private" };
  return [
    {
      request: { ...opening, record: genesis.record },
      check({ ok }): void {
        assert.deepEqual(ok, {
          header: { ...first, padded_length: PADDED },
          plaintext: inputs.deviceFacts,
          hash: genesis.steps.hash,
          chain_secret: inputs.A0,
          next_chain_secret: inputs.A1,
        });
      },
    },
    {
      request: openSecond,
      check({ ok }): void {
        assert.deepEqual(ok!.header, { ...second, padded_length: PADDED });
        assert.deepEqual([ok!.plaintext, ok!.hash], [
          inputs.plaintext,
          payment.steps.hash,
        ]);
      },
    },
    {
      request: sealSecond,
      check({ ok }): void {
        const { record, hash } = ok as { record: string; hash: string };
        assert.equal(record.length, 2 * RECORD_BYTES);
        const clear = 2 * ENC_OFFSET;
        assert.equal(record.slice(0, clear), payment.record.slice(0, clear));
        assert.notEqual(record.slice(clear), payment.record.slice(clear));
        const digest = createHash("sha256").update(hex(record)).digest("hex");
        assert.equal(hash, digest);
      },
    },
    // A bit of the header, of enc, of the ciphertext, of the tag: one answer for all.
    ...[16, 131, ENC_OFFSET, 240, 300, RECORD_BYTES - 1].map((offset) =>
      refused({ record: damaged(payment.record, offset) }, notOpened)
    ),
    refused({ chain_secret: "07".repeat(32) }, notOpened),
    refused({ recipient_private: "07".repeat(32) }, wrongKey),
    refused({ recipient_public: "00".repeat(65) }, wrongKey),
    refused({ recipient_public: undefined }, {
      code: "REQUEST_FIELD",
      field: "recipient_public",
    }),
    sealing({ recipient_public: "00".repeat(65) }, {
      code: "SEAL_PUBLIC_KEY",
      field: "recipient_public",
    }),
    sealing({ entropy: "00".repeat(32) }, {
      code: "REQUEST_FIELD",
      field: "entropy",
    }),
  ];
}
