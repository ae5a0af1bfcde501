// Packs the project, installs the tarball as a stranger would, and calls it.
import assert from "node:assert/strict";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import test, { after, before } from "node:test";
import { denoPath, run } from "../../scripts/_process.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-package-"));
let tarball = "";

async function must(
  command: string,
  args: string[],
  cwd: string,
): Promise<string> {
  const { code, stdout, output } = await run(command, args, { cwd });
  assert.equal(code, 0, `${command} ${args.join(" ")}\n${output}`);
  return stdout;
}

/** Makes a project of its own that depends on the tarball and nothing else. */
async function makeProject(name: string): Promise<string> {
  assert.notEqual(tarball, "", "the project does not pack");
  const project = join(folder, name);
  const manifest = {
    name,
    private: true,
    type: "module",
    dependencies: { "@holdfast/holdfast": `file:${tarball}` },
  };
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  for (
    const file of ["consumer.mjs", "consumer_types.ts", "first_payment.mjs"]
  ) {
    copyFileSync(`tests/package/${file}`, join(project, file));
  }
  await must(
    "npm",
    ["install", "--ignore-scripts", "--no-audit", "--no-fund"],
    project,
  );
  return project;
}

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

before(async () => {
  const args = ["run", "-A", "scripts/pack_npm.ts"];
  const text = await must(denoPath(), args, process.cwd());
  tarball = resolve(JSON.parse(text.trim().split("\n").at(-1) ?? "").path);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("the tarball works in a Node project", async () => {
  const project = await makeProject("node-project");
  assertAnswer(await must("node", ["consumer.mjs", "node"], project));
  assertPayment(await must("node", ["first_payment.mjs", "node"], project));
});

test("the tarball works in a Deno project, types included", async () => {
  const project = await makeProject("deno-project");
  const mode = "--node-modules-dir=manual";
  const args = ["run", "-A", mode, "consumer.mjs", "deno"];
  assertAnswer(await must(denoPath(), args, project));
  const payment = ["run", "-A", mode, "first_payment.mjs", "deno"];
  assertPayment(await must(denoPath(), payment, project));
  await must(denoPath(), ["check", mode, "consumer_types.ts"], project);
});
