/**
 * The component boundary beside the plain binding, in one run.
 *
 * Owns: fair rounds: both sides of a row take turns, slice by slice, and the median slice counts.
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
import process from "node:process";
import { CryptoCore } from "../bindings/crypto.ts";
import { EmvCore } from "../bindings/emv.ts";
import { SealCore } from "../bindings/seal.ts";
import { TlvCore } from "../bindings/tlv.ts";
import { run } from "../scripts/_process.ts";
import { bundleForNode } from "../scripts/bundle.ts";
import { compileComponentCore } from "../scripts/component/compile.ts";
import { loadComponent } from "../scripts/component/load.ts";
import { coreInstance } from "../tests/reference/core_instance.ts";
import { sampleHeader } from "../tests/reference/seal_samples.ts";
import { message, REQUEST } from "../tests/unit/core/emv_message.ts";

type Operation = () => unknown;
type Row = Record<string, number>;

const SLICE_MS = Number(process.env.HOLDFAST_BENCH_SLICE_MS ?? 40);
const SLICES = Number(process.env.HOLDFAST_BENCH_SLICES ?? 11);
const BATCH = 128;
/** The first rounds only warm up. */
const WARM_UP = 3;

/** Nanoseconds a call in one slice. */
function slice(operation: Operation): number {
  const start = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < SLICE_MS) {
    for (let index = 0; index < 8; index++) operation();
    calls += 8;
    elapsed = performance.now() - start;
  }
  return elapsed * 1e6 / calls;
}

/** Median nanoseconds by name. */
function race(candidates: Record<string, Operation>, perCall = 1): Row {
  const names = Object.keys(candidates);
  const times = names.map((): number[] => []);
  for (let round = -WARM_UP; round < SLICES; round++) {
    names.forEach((name, index) => {
      const time = slice(candidates[name]) / perCall;
      if (round >= 0) times[index].push(time);
    });
  }
  return Object.fromEntries(names.map((name, index) => {
    const sorted = times[index].sort((a, b) => a - b);
    return [name, Math.round(sorted[sorted.length >> 1])];
  }));
}

/** A payment of 1,500 bytes. */
function sealRow(component: Component): Row {
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

function decideRows(component: Component): Record<string, Row> {
  const core = new EmvCore(coreInstance());
  const data = message({});
  const sale = {
    amountMinor: BigInt(REQUEST.amountMinor),
    currency: 978,
    transactionType: 0,
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
    decide: race({
      plain: () => core.decide(data, REQUEST),
      component: () => component.emv.decide(data, sale, terminal),
    }),
    [`decide, batch of ${BATCH}`]: race({
      plain: () => core.decideBatch(messages, requests),
      component: () => component.emv.decideBatch(offers, terminal),
    }, BATCH),
  };
}

function parseRows(component: Component): Record<string, Row> {
  const core = new TlvCore(coreInstance());
  const data = message({});
  const { nodes } = component.tlv.parse(data, "reader");
  assert.deepEqual(
    nodes.map(({ tag, offset, length }) => [tag, offset, length]),
    core.parse(data, "reader")
      .map(({ tag, offset, length }) => [tag, offset, length]),
  );
  return {
    "parse to objects": race({
      plain: () => core.parse(data, "reader"),
      component: () => component.tlv.parse(data, "reader"),
    }),
    "parse to an index": race({
      plain: () => core.index(data, "reader"),
      component: () => component.tlv.index(data, "reader"),
    }),
  };
}

function hashRow(component: Component): Row {
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
    ...parseRows(component),
    ...decideRows(component),
    "seal 1.5 KB record": sealRow(component),
    "SHA-256 of 32 bytes": hashRow(component),
  };
}

function report(runtime: string, rows: Record<string, Row>): void {
  for (const [row, { plain, component }] of Object.entries(rows)) {
    const times = (component / plain).toFixed(1);
    const figures = `plain ${String(plain).padStart(7)} ns  component ` +
      `${String(component).padStart(7)} ns  × ${times}`;
    console.log(`${runtime.padEnd(5)} ${row.padEnd(22)} ${figures}`);
  }
}

if (import.meta.main) {
  const here = await measure();
  if (process.argv.includes("--child")) {
    console.log(JSON.stringify(here));
  } else {
    const isDeno = "deno" in process.versions;
    const name = isDeno ? "deno" : "node";
    const result: Record<string, unknown> = {
      bench: "component",
      [name]: here,
    };
    report(name, here);
    if (isDeno) {
      const bundle = await bundleForNode("bench/component_bench.ts");
      const { stdout, code, output } = await run("node", [bundle, "--child"]);
      if (code !== 0) throw new Error(output);
      const node = JSON.parse(stdout.trim().split("\n").at(-1)!);
      report("node", node);
      result.node = node;
    }
    console.log(JSON.stringify(result));
  }
}
