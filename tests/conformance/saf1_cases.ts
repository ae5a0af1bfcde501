/**
 * Conformance cases on SAF1: the worked example of the document, sealed, opened and damaged.
 *
 * Owns: the requests. Records and hashes are those of `docs/formats/saf1-example.json`, which an
 * independent opener agrees with.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { RecordHeader } from "../../bindings/seal.ts";
import { hex, toHex } from "../reference/core_instance.ts";
import { genesisHeader, sampleHeader } from "../reference/seal_samples.ts";
import {
  type Answer,
  answers,
  type ConformanceCase,
  refuses,
} from "./cases.ts";

/** A worked example of `docs/formats/`. */
export interface Example {
  inputs: Record<string, string>;
  genesis: { record: string; steps: Record<string, string> };
  payment: { record: string; steps: Record<string, string> };
}

type Fault = NonNullable<Answer["error"]>;

/** A header as the adapter writes it. */
export function shown(header: RecordHeader): Record<string, unknown> {
  return {
    suite: header.suite,
    mode: header.mode,
    livemode: header.isLivemode,
    key_id: toHex(header.keyId),
    device_id: toHex(header.deviceId),
    epoch: header.epoch,
    seq: header.seq,
    previous_hash: toHex(header.previousHash),
    local_id: toHex(header.localId),
    created_at_ms: header.createdAtMs,
    monotonic_ms: header.monotonicMs,
    boot_id: toHex(header.bootId),
    amount_minor: header.amountMinor,
    currency: header.currency,
    account_hash: toHex(header.accountHash),
    idempotency_key: toHex(header.idempotencyKey),
    card_transaction_hmac: toHex(header.cardTransactionHmac),
    policy_version: header.policyVersion,
    schema_version: header.schemaVersion,
  };
}

/** The record with one bit of one byte changed. */
export function damaged(record: string, offset: number): string {
  const bytes = hex(record);
  bytes[offset] ^= 1;
  return toHex(bytes);
}

/** Header fields that have no encoding or are not canonical: no bytes yet, so no offset. */
const FIELDS: [change: Record<string, unknown>, error: Fault][] = [
  [{ suite: 3 }, { code: "SEAL_SUITE", field: "suite" }],
  [{ seq: 0 }, { code: "SEAL_MODE", field: "mode" }],
  [{ currency: "eur" }, { code: "SEAL_FIELD", field: "currency" }],
  [{ currency: "EURO" }, { code: "SEAL_FIELD", field: "currency" }],
  [{ epoch: 2 ** 32 }, { code: "SEAL_FIELD", field: "epoch" }],
  [{ seq: 2 ** 53 }, { code: "SEAL_FIELD", field: "seq" }],
  [{ amount_minor: -1 }, { code: "SEAL_FIELD", field: "amount_minor" }],
  [{ key_id: "00" }, { code: "SEAL_FIELD", field: "key_id" }],
  [{ boot_id: "00".repeat(17) }, { code: "SEAL_FIELD", field: "boot_id" }],
];

/** The cases. */
export function saf1Cases(): ConformanceCase[] {
  const text = readFileSync("docs/formats/saf1-example.json", "utf8");
  const { inputs, genesis, payment } = JSON.parse(text) as Example;
  const keyId = hex(genesis.record.slice(16, 32));
  const first = genesisHeader({ keyId });
  const second = sampleHeader({
    keyId,
    previousHash: hex(genesis.steps.hash),
  });
  const sealing = {
    op: "saf1_seal",
    recipient_public: inputs.recipientPublicKey,
  };
  const opening = {
    op: "saf1_open",
    recipient_private: inputs.recipientPrivateKey,
  };
  const sealSecond = {
    ...sealing,
    header: shown(second),
    chain_secret: inputs.A1,
    entropy: inputs.paymentEntropy,
    plaintext: inputs.plaintext,
  };
  const openSecond = {
    ...opening,
    record: payment.record,
    chain_secret: inputs.A1,
  };
  const chain = [genesis.record, payment.record];
  const isSealed =
    ({ record, steps }: Example["genesis"]) => ({ ok }: Answer) =>
      assert.deepEqual([ok!.record, ok!.hash], [record, steps.hash]);
  const isOpened = (
    header: RecordHeader,
    plaintext: string,
    hash: string,
  ) =>
  ({ ok }: Answer) => {
    assert.deepEqual(ok!.header, { ...shown(header), padded_length: 256 });
    assert.deepEqual([ok!.plaintext, ok!.hash], [plaintext, hash]);
  };
  return [
    {
      request: {
        ...sealing,
        header: shown(first),
        chain_secret: inputs.A0,
        entropy: inputs.genesisEntropy,
        plaintext: inputs.deviceFacts,
      },
      check(answer): void {
        isSealed(genesis)(answer);
        assert.equal(answer.ok!.next_chain_secret, inputs.A1);
      },
    },
    { request: sealSecond, check: isSealed(payment) },
    {
      request: { ...opening, record: genesis.record },
      check(answer): void {
        isOpened(first, inputs.deviceFacts, genesis.steps.hash)(answer);
        assert.equal(answer.ok!.chain_secret, inputs.A0);
        assert.equal(answer.ok!.next_chain_secret, inputs.A1);
      },
    },
    {
      request: openSecond,
      check: isOpened(second, inputs.plaintext, payment.steps.hash),
    },
    ...refusedRecords(openSecond, payment.record, genesis.record, opening),
    ...FIELDS.map(([change, error]) =>
      refuses(
        { ...sealSecond, header: { ...sealSecond.header, ...change } },
        error,
      )
    ),
    refuses({ ...sealSecond, chain_secret: "00" }, {
      code: "SEAL_FIELD",
      field: "chain_secret",
    }),
    refuses({ ...sealSecond, entropy: "00" }, {
      code: "SEAL_FIELD",
      field: "entropy",
    }),
    refuses({ ...sealSecond, recipient_public: "00".repeat(32) }, {
      code: "SEAL_PUBLIC_KEY",
      field: "recipient_public",
    }),
    refuses({ ...sealSecond, plaintext: "00".repeat(4097) }, {
      code: "SEAL_PLAINTEXT_LENGTH",
      field: "plaintext",
    }),
    ...verifications(chain, payment.steps.hash),
  ];
}

function refusedRecords(
  openSecond: Record<string, unknown>,
  record: string,
  genesis: string,
  opening: Record<string, unknown>,
): ConformanceCase[] {
  const at = (offset: number): Record<string, unknown> => ({
    ...openSecond,
    record: damaged(record, offset),
  });
  const last = record.length / 2 - 1;
  const wrongMode = { code: "SEAL_MODE", offset: 6, field: "mode" };
  return [
    refuses(at(0), { code: "SEAL_MAGIC", offset: 0, field: "magic" }),
    refuses(at(4), { code: "SEAL_VERSION", offset: 4, field: "version" }),
    refuses(at(6), wrongMode),
    // A bit of the header, of enc, of the ciphertext, of the tag: one answer for all.
    ...[16, 131, 207, 239, last].map((offset) =>
      refuses(at(offset), { code: "SEAL_OPEN", offset: 207 })
    ),
    refuses({ ...openSecond, chain_secret: "07".repeat(32) }, {
      code: "SEAL_OPEN",
      offset: 207,
    }),
    refuses({ ...openSecond, recipient_private: "07".repeat(32) }, {
      code: "SEAL_OPEN",
      offset: 207,
    }),
    refuses({ ...openSecond, record: record.slice(0, -2) }, {
      code: "SEAL_TRUNCATED",
      offset: last,
    }),
    refuses({ ...openSecond, record: `${record}00` }, {
      code: "SEAL_TRAILING",
      offset: last + 1,
    }),
    // A payment without its secret, a genesis with one.
    refuses({ ...opening, record }, wrongMode),
    refuses({ ...openSecond, record: genesis }, wrongMode),
  ];
}

function verifications(
  [first, second]: readonly string[],
  lastHash: string,
): ConformanceCase[] {
  const verify = (
    records: string[],
    expected: Record<string, unknown>,
  ): ConformanceCase => answers({ op: "saf1_verify", records }, expected);
  const broken = (
    index: number,
    code: string,
    field: string,
  ): Record<string, unknown> => ({ valid: false, index, code, field });
  return [
    verify([first, second], {
      valid: true,
      complete: true,
      last_hash: lastHash,
    }),
    verify([second], { valid: true, complete: false, last_hash: lastHash }),
    verify([], { valid: true, complete: false, last_hash: null }),
    verify([second, first], broken(1, "SEAL_CHAIN_ORDER", "seq")),
    verify([first, first], broken(1, "SEAL_CHAIN_REPEATED", "seq")),
    verify([second, damaged(second, 300)], broken(1, "SEAL_CHAIN_FORK", "seq")),
    verify(
      [first, damaged(second, 44)],
      broken(1, "SEAL_CHAIN_HASH", "previous_hash"),
    ),
    verify([first, damaged(second, 42)], broken(1, "SEAL_CHAIN_GAP", "seq")),
    verify(
      [first, damaged(second, 16)],
      broken(1, "SEAL_CHAIN_DEVICE", "device_id"),
    ),
    verify(
      [first, damaged(second, 35)],
      broken(1, "SEAL_CHAIN_EPOCH", "epoch"),
    ),
    verify(
      [first, damaged(second, 7)],
      broken(1, "SEAL_CHAIN_LIVEMODE", "livemode"),
    ),
    verify(
      [first, damaged(second, 135)],
      broken(1, "SEAL_CHAIN_ACCOUNT", "account_hash"),
    ),
    verify([damaged(first, 0)], broken(0, "SEAL_MAGIC", "magic")),
  ];
}
