/**
 * A project of a stranger, with the packed tarball installed and nothing of this tree.
 * @module
 */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { denoPath, run } from "../../scripts/_process.ts";

/** Runs a command that must succeed; returns what it printed. */
export async function must(
  command: string,
  args: string[],
  cwd: string,
): Promise<string> {
  const { code, stdout, output } = await run(command, args, { cwd });
  assert.equal(code, 0, `${command} ${args.join(" ")}\n${output}`);
  return stdout;
}

/**
 * Packs this tree; returns the tarball's path. The files of one test run share it: one packs, the
 * others wait, because packing works in one folder.
 */
export async function packTarball(): Promise<string> {
  const folder = process.env.HOLDFAST_TEST_RUN ?? ".build";
  const path = resolve(folder, "holdfast.tgz");
  // Outside of a run nobody else needs it, and it may be an old one.
  if (folder === ".build") rmSync(path, { force: true });
  const pack = `"${denoPath()}" run -A scripts/pack_npm.ts --output "${path}"`;
  const line = `test -f "${path}" || ${pack}`;
  mkdirSync(".build", { recursive: true });
  await must("flock", [".build/pack.lock", "sh", "-c", line], process.cwd());
  return path;
}

/** Makes a project that depends on the tarball and on `tools`, name → version. */
export async function installProject(
  project: string,
  tarball: string,
  tools: Readonly<Record<string, string>> = {},
): Promise<void> {
  const manifest = {
    name: "stranger",
    private: true,
    type: "module",
    dependencies: { "@holdfast/holdfast": `file:${tarball}`, ...tools },
  };
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  const options = ["--ignore-scripts", "--no-audit", "--no-fund"];
  await must("npm", ["install", ...options], project);
}
