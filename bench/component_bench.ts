/**
 * The component boundary beside the plain binding, in one run.
 *
 * Both sides check their arguments, copy, wipe and return owned JavaScript values; before anything
 * is measured, both must give the same answer. One row is not alike: of a decision the binding also
 * makes the texts of the receipt and the words of an explanation, the component returns numbers and
 * places, so that its batch does less.
 *
 *   deno run -A bench/component_bench.ts
 *
 * Runs on Deno and, bundled, on Node in the same run. Last line JSON, nanoseconds a call, or a
 * message where a row is a batch.
 * @module
 */
import assert from "node:assert/strict";
import { CryptoCore } from "../bindings/crypto.ts";
import { EmvCore } from "../bindings/emv.ts";
import { SealCore } from "../bindings/seal.ts";
import { TlvCore } from "../bindings/tlv.ts";
import { compileComponentCore } from "../scripts/component/compile.ts";
import { loadComponent } from "../scripts/component/load.ts";
import { coreInstance } from "../tests/reference/core_instance.ts";
import { sampleHeader } from "../tests/reference/seal_samples.ts";
import { message, REQUEST } from "../tests/unit/core/emv_message.ts";
import { onBothRuntimes, printRows, race, type Row } from "./_race.ts";

const BATCH = 128;

/** A payment of 1,500 bytes. */
function sealRow(component: Component): Promise<Row> {
  const seal = new SealCore(coreInstance());
  const fixed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
  const { publicKey } = seal.generateKeyPair(fixed(1));
  const header = sampleHeader();
  const shared = {
    recipientPublicKey: publicKey,
    chainSecret: fixed(2),
    entropy: fixed(3),
    plaintext: new Uint8Array(1500).fill(9),
  };
  const request = {
    ...shared,
    header: {
      ...header,
      suite: "x25519-chacha20-poly1305" as const,
      livemode: header.isLivemode,
      seq: BigInt(header.seq),
      createdAtMs: BigInt(header.createdAtMs),
      monotonicMs: BigInt(header.monotonicMs),
      amountMinor: BigInt(header.amountMinor),
    },
  };
  const plain = (): unknown => seal.sealRecord({ ...shared, header });
  const wrapped = (): unknown => component.seal.seal(request);
  assert.deepEqual(wrapped(), plain());
  return race({ plain, component: wrapped });
}

type Component = ReturnType<typeof loadComponent>["component"];

async function decideRows(
  component: Component,
): Promise<Record<string, Row>> {
  const core = new EmvCore(coreInstance());
  const data = message({});
  const sale = {
    amountMinor: BigInt(REQUEST.amountMinor),
    currency: 978,
    transactionType: 0,
    online: false,
    nowMs: BigInt(REQUEST.nowMs),
    highWaterMs: BigInt(REQUEST.highWaterMs),
  };
  const terminal = {
    country: 276,
    livemode: true,
    source: "reader" as const,
    deviceKey: REQUEST.deviceKey,
    defaultCodes: "approvals" as const,
    tacDenial: 0n,
    tacDefault: 0n,
    tacOnline: 0n,
  };
  const messages = new Array(BATCH).fill(data);
  const requests = new Array(BATCH).fill(REQUEST);
  const offers = messages.map((message) => ({ message, sale }));
  const theirs = component.emv.decide(data, sale, terminal);
  const ours = core.decide(data, REQUEST);
  assert.deepEqual(
    [theirs.outcome, theirs.card!.last4, theirs.card!.hmacs!.card],
    [ours.decision, ours.card!.last4, ours.card!.cardHmac],
  );
  return {
    decide: await race({
      plain: () => core.decide(data, REQUEST),
      component: () => component.emv.decide(data, sale, terminal),
    }),
    [`decide, batch of ${BATCH}`]: await race({
      plain: () => core.decideBatch(messages, requests),
      component: () => component.emv.decideBatch(offers, terminal),
    }, BATCH),
  };
}

async function parseRows(
  component: Component,
): Promise<Record<string, Row>> {
  const core = new TlvCore(coreInstance());
  const data = message({});
  const { nodes } = component.tlv.parse(data, "reader");
  assert.deepEqual(
    nodes.map(({ tag, offset, length }) => [tag, offset, length]),
    core.parse(data, "reader")
      .map(({ tag, offset, length }) => [tag, offset, length]),
  );
  return {
    "parse to objects": await race({
      plain: () => core.parse(data, "reader"),
      component: () => component.tlv.parse(data, "reader"),
    }),
    "parse to an index": await race({
      plain: () => core.index(data, "reader"),
      component: () => component.tlv.index(data, "reader"),
    }),
  };
}

function hashRow(component: Component): Promise<Row> {
  const crypto = new CryptoCore(coreInstance());
  const data = new Uint8Array(32).fill(5);
  assert.deepEqual(component.crypto.sha256(data), crypto.sha256(data));
  return race({
    plain: () => crypto.sha256(data),
    component: () => component.crypto.sha256(data),
  });
}

async function measure(): Promise<Record<string, Row>> {
  const core = new WebAssembly.Module(await compileComponentCore());
  const { component } = loadComponent(core);
  return {
    ...await parseRows(component),
    ...await decideRows(component),
    "seal 1.5 KB record": await sealRow(component),
    "SHA-256 of 32 bytes": await hashRow(component),
  };
}

if (import.meta.main) {
  await onBothRuntimes({ name: "component", measure, print: printRows });
}
