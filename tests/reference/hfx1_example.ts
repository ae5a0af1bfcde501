/** The worked example of docs/formats/hfx1.md: the payment of SAF1's example, leaving its device. @module */
import { readFileSync } from "node:fs";
import type { Core } from "../../bindings/mod.ts";
import {
  type ExportHeader,
  sealExport,
} from "../../engine/handover/export_file.ts";
import {
  encodeExport,
  type ExportContent,
} from "../../engine/handover/export_lines.ts";
import { formatTransferCode } from "../../engine/handover/transfer_code.ts";
import { formatUuid, fromHex, toHex } from "../../engine/uuid.ts";

/** The example as it is kept. */
export interface Hfx1Example {
  about: string;
  code: string;
  salt: string;
  header: string;
  lines: unknown[];
  file: string;
}

/** Bytes that count up from `first`. */
function rising(first: number, length = 16): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => first + i);
}

function contentOf(core: Core): ExportContent {
  const saf1 = JSON.parse(
    readFileSync("docs/formats/saf1-example.json", "utf8"),
  );
  const record = fromHex(saf1.payment.record)!;
  const genesis = fromHex(saf1.genesis.record)!;
  const header = core.seal.readHeader(record);
  const localId = formatUuid(header.localId);
  return {
    head: {
      kind: "head",
      account: "acct_example",
      exportedAtMs: 1_795_000_100_000,
    },
    chains: [{
      kind: "chain",
      device: formatUuid(header.deviceId),
      epoch: header.epoch,
      recipientKey: fromHex(saf1.inputs.recipientPublicKey)!,
      genesis,
    }],
    payments: [{
      kind: "payment",
      chain: 0,
      localId: header.localId,
      seq: header.seq,
      state: "unknown",
      amount: header.amountMinor,
      currency: header.currency.toLowerCase(),
      captureMethod: "automatic",
      metadata: '{"order":"1001"}',
      cardPresent: '{"brand":"visa","last4":"4242"}',
      terms: "{}",
      cardHmac: rising(0xc0),
      cardTransactionHmac: header.cardTransactionHmac,
      record,
      isOffline: true,
      createdAtMs: header.createdAtMs,
      storedAtMs: header.createdAtMs + 20,
      intentId: "pi_example",
      errorCode: null,
      declineCode: null,
      adviceCode: null,
      attempts: 1,
      reader: "SIM-1",
      steps: [{
        kind: "create",
        generation: 0,
        key: `${localId}:c:0`,
        parameters: '{"amount":1250,"currency":"eur"}',
        firstAttemptAtMs: 1_795_000_050_000,
        lastAttemptAtMs: 1_795_000_050_000,
        attempts: 1,
        isSpent: false,
      }],
      presentations: [],
    }],
  };
}

/** Makes it from fixed inputs. */
export function makeHfx1Example(core: Core): Hfx1Example {
  const code = rising(0xd0);
  const salt = rising(0xe0);
  const content = contentOf(core);
  const [{ genesis }] = content.chains;
  const sealed = core.seal.readHeader(genesis);
  const header: ExportHeader = {
    isLivemode: sealed.isLivemode,
    kind: "export",
    id: rising(0xf0),
    deviceId: sealed.deviceId,
    accountHash: sealed.accountHash,
  };
  const plaintext = encodeExport(content);
  const file = sealExport(core, header, code, salt, plaintext);
  return {
    about:
      "code d0…df, salt e0…ef, hand-over f0…ff; record and genesis: saf1-example.json",
    code: formatTransferCode(code),
    salt: toHex(salt),
    header: toHex(file.subarray(0, 80)),
    lines: new TextDecoder().decode(plaintext).split("\n").map((line) =>
      JSON.parse(line)
    ),
    file: toHex(file),
  };
}
