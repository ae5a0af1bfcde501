// Packs the project, installs the tarball as a stranger would, and calls it.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { denoPath } from "../../scripts/_process.ts";
import { installProject, must, packTarball } from "./_project.ts";
import {
  PROGRAM_BY_NPX,
  PROGRAM_ON_NODE,
  programOnDeno,
  tryPrograms,
} from "./_programs.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-package-"));
/** A project of its own that depends on the tarball, and on what checks types. */
const project = join(folder, "project");
/** Exact, so that the test means the same tomorrow. */
const TYPESCRIPT = { typescript: "7.0.2", "@types/node": "26.6.6" };

/** A stranger's own files. */
const FILES = [
  "consumer.mjs",
  "consumer_types.ts",
  "first_payment.mjs",
  "own_gateway.mjs",
  "run_contract.mjs",
];

interface Answer {
  exported: Record<string, number>;
  tags: number[];
  refused: string;
}

function assertAnswer(text: string): void {
  const answer = JSON.parse(text) as Answer;
  assert.deepEqual(answer.tags, [0x70, 0x9f02, 0x5f2a]);
  assert.match(answer.refused, /^BER_/);
  assert.equal(Object.keys(answer.exported).length, 5);
  for (const [entry, count] of Object.entries(answer.exported)) {
    assert.ok(count > 0, `${entry} exports nothing`);
  }
}

/** A whole payment: stored offline on a real file, forwarded once. */
function assertPayment(text: string): void {
  const { id, ...rest } = JSON.parse(text) as Record<string, unknown>;
  assert.match(String(id), /^pi_/);
  assert.deepEqual(rest, {
    stored: "stored",
    then: "forwarded",
    charges: 1,
    duplicates: 0,
  });
}

/** The contract, run over a gateway of the stranger's own. */
function assertContract(text: string): void {
  const { checks, failures } = JSON.parse(text);
  assert.deepEqual(failures, []);
  assert.ok(checks > 30, `${checks} checks`);
}

before(async () => {
  await installProject(project, await packTarball(), TYPESCRIPT);
  for (const file of FILES) {
    copyFileSync(`tests/package/${file}`, join(project, file));
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("the tarball works in a Node project", async () => {
  assertAnswer(await must("node", ["consumer.mjs", "node"], project));
  assertPayment(await must("node", ["first_payment.mjs", "node"], project));
  assertContract(await must("node", ["run_contract.mjs"], project));
});

test("the tarball's holdfast runs every program on Node and on Deno", async () => {
  const [npx, ...before] = PROGRAM_BY_NPX;
  const help = await must(npx, [...before, "salvage", "--help"], project);
  assert.match(help, /^Usage: salvage/);
  await tryPrograms(project, PROGRAM_ON_NODE);
  await tryPrograms(project, programOnDeno());
});

for (const resolution of ["nodenext", "bundler"]) {
  test(`the tarball's types resolve by ${resolution} in a strict project with Node's types alone`, async () => {
    const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes"];
    const lib = ["--target", "es2022", "--lib", "es2023", "--types", "node"];
    const module = resolution === "bundler" ? "esnext" : resolution;
    await must("npx", [
      ...["tsc", ...strict, ...lib],
      ...["--module", module, "--moduleResolution", resolution],
      "consumer_types.ts",
    ], project);
  });
}

test("the tarball works in a Deno project, types included", async () => {
  const mode = "--node-modules-dir=manual";
  const args = ["run", "-A", mode, "consumer.mjs", "deno"];
  assertAnswer(await must(denoPath(), args, project));
  const payment = ["run", "-A", mode, "first_payment.mjs", "deno"];
  assertPayment(await must(denoPath(), payment, project));
  const contract = ["run", "-A", mode, "run_contract.mjs"];
  assertContract(await must(denoPath(), contract, project));
  await must(denoPath(), ["check", mode, "consumer_types.ts"], project);
});
