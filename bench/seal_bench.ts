/**
 * Sealing and opening a payment of 1,500 bytes beside @hpke/core and @noble, in one run.
 *
 *   deno run -A bench/seal_bench.ts
 *
 * @hpke/core does less here: HPKE alone with the same suite, neither the chain nor the hash of the
 * record, nor the derivation of the ephemeral key. The noble candidate is the whole of SAF1, as
 * tests/reference/saf1_opener.ts has it. Runs on Deno and, bundled, on Node. Last line JSON.
 * @module
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { SealCore } from "../bindings/seal.ts";
import { encodeHeader } from "../bindings/seal_header.ts";
import { coreInstance } from "../tests/reference/core_instance.ts";
import { buffer, hpkeCoreSuite } from "../tests/reference/hpke_core_suite.ts";
import {
  openByReference,
  sealByReference,
} from "../tests/reference/saf1_opener.ts";
import { sampleHeader } from "../tests/reference/seal_samples.ts";
import { onBothRuntimes, printRows, race, type Row } from "./_race.ts";

const PADDED = 1536;

async function measure(): Promise<Record<string, Row>> {
  const core = new SealCore(coreInstance());
  const recipient = core.generateKeyPair(randomBytes(32));
  const chainSecret = new Uint8Array(randomBytes(32));
  const entropy = new Uint8Array(randomBytes(32));
  const plaintext = new Uint8Array(randomBytes(1500));
  const header = sampleHeader({ keyId: recipient.keyId });
  const bytes = new Uint8Array(207);
  encodeHeader(bytes, header);
  bytes.set([PADDED >> 8, PADDED & 0xff], 205);

  const { publicKey: recipientPublicKey, privateKey } = recipient;
  const seal = () =>
    core.sealRecord({
      header,
      recipientPublicKey,
      chainSecret,
      entropy,
      plaintext,
    });
  const { record } = seal();
  const noble = () =>
    sealByReference(recipientPublicKey, bytes, plaintext, chainSecret, entropy);
  assert.deepEqual(noble(), record);

  const suite = hpkeCoreSuite();
  const theirKey = await suite.kem.deserializePublicKey(
    buffer(recipientPublicKey),
  );
  const recipientKey = await suite.kem.importKey(
    "raw",
    buffer(privateKey),
    false,
  );
  const info = buffer(bytes.subarray(0, 16));
  const aad = buffer(bytes);
  const psk = {
    id: buffer(bytes.subarray(16, 44)),
    key: buffer(core.recordPsk(chainSecret)),
  };
  const padded = buffer(new Uint8Array(PADDED));
  const open = async () => {
    const context = await suite.createRecipientContext({
      recipientKey,
      enc: buffer(record.subarray(207, 239)),
      info,
      psk,
    });
    return await context.open(buffer(record.subarray(239)), aad);
  };
  assert.equal((await open()).byteLength, PADDED);

  return {
    "seal a payment of 1,500 bytes": await race({
      "core: SAF1 record, hash, next secret": seal,
      "@hpke/core: HPKE seal, same suite": async () => {
        const sender = await suite.createSenderContext({
          recipientPublicKey: theirKey,
          info,
          psk,
        });
        return await sender.seal(padded, aad);
      },
      "noble: SAF1 record": noble,
    }),
    "open it": await race({
      "core: SAF1 record, hash, next secret": () =>
        core.openRecord({
          recipientPrivateKey: privateKey,
          record,
          chainSecret,
        }),
      "@hpke/core: HPKE open, same suite": open,
      "noble: SAF1 record": () =>
        openByReference(privateKey, record, chainSecret),
    }),
  };
}

if (import.meta.main) {
  await onBothRuntimes({ name: "seal", measure, print: printRows });
}
